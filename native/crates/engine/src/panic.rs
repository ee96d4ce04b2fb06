//! Panics become errors: a hook remembers where, the caught payload says what.

use std::any::Any;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use futures::FutureExt;
use parking_lot::Mutex;

use crate::error::{EngineError, ErrorCode, Result};

struct Place {
    file: String,
    line: u32,
}

static HOOK: Once = Once::new();
static LAST: Mutex<Option<Place>> = Mutex::new(None);

/// Installs the hook that records a panic's place and prints nothing. Idempotent.
pub fn install_hook() {
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| {
            *LAST.lock() = info.location().map(|place| Place { file: place.file().to_owned(), line: place.line() });
        }));
    });
}

/// The error for a caught panic payload.
#[must_use]
pub fn to_error(payload: &(dyn Any + Send)) -> EngineError {
    let message = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "unknown panic".to_owned());
    let error = EngineError::new(
        ErrorCode::NativePanic,
        format!("The engine panicked: {message}. This is a bug; the process and other queries go on."),
    )
    .with("message", &message);
    match LAST.lock().take() {
        Some(place) => error.with("file", place.file).with("line", place.line),
        None => error,
    }
}

/// Runs `work`; a panic in any of its polls becomes `NATIVE.PANIC`.
pub async fn guarded<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    install_hook();
    AssertUnwindSafe(work).catch_unwind().await.unwrap_or_else(|payload| Err(to_error(payload.as_ref())))
}

/// The same for a synchronous function.
pub fn guarded_sync<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    install_hook();
    panic::catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|payload| Err(to_error(payload.as_ref())))
}

/// The result of a joined task: a panic inside becomes `NATIVE.PANIC`, an abort `NATIVE.CANCELLED`.
pub fn joined<T>(result: std::result::Result<T, tokio::task::JoinError>) -> Result<T> {
    result.map_err(|error| match error.try_into_panic() {
        Ok(payload) => to_error(payload.as_ref()),
        Err(_) => EngineError::cancelled(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_in_a_poll_is_an_error_with_its_place() {
        let error = guarded::<()>(async { panic!("boom {}", 1) }).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::NativePanic);
        assert!(error.message.contains("boom 1"));
    }

    #[tokio::test]
    async fn a_panic_in_a_task_is_an_error() {
        install_hook();
        let error = joined(tokio::spawn(async { panic!("in task") }).await).map(|()| ()).unwrap_err();
        assert_eq!(error.code, ErrorCode::NativePanic);
    }
}
