//! Panics become errors: a hook remembers where, the caught payload says what.

use std::any::Any;
use std::collections::VecDeque;
use std::future::Future;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use futures::FutureExt;
use parking_lot::Mutex;
use tokio::task::JoinError;

use crate::error::{EngineError, ErrorCode, Result};

/// Places that are remembered.
const REMEMBERED: usize = 16;

#[derive(Clone)]
struct Place {
    message: String,
    file: String,
    line: u32,
}

static HOOK: Once = Once::new();
static PLACES: Mutex<VecDeque<Place>> = Mutex::new(VecDeque::new());

/// Installs the hook that records a panic's place and prints nothing. Idempotent.
pub fn install_hook() {
    HOOK.call_once(|| {
        panic::set_hook(Box::new(|info| {
            let Some(place) = info.location() else { return };
            let mut places = PLACES.lock();
            if places.len() == REMEMBERED {
                places.pop_front();
            }
            places.push_back(Place { message: message_of(info.payload()), file: place.file().to_owned(), line: place.line() });
        }));
    });
}

/// The error for a caught panic payload.
#[must_use]
pub fn to_error(payload: &(dyn Any + Send)) -> EngineError {
    let message = message_of(payload);
    let place = place_of(|place| place.message == message);
    error_of(&message, place)
}

/// The error for a task of the engine that ended before its time: a panic becomes `NATIVE.PANIC`, an abort
/// `NATIVE.CANCELLED`.
#[must_use]
pub fn from_join(join: &JoinError) -> EngineError {
    if !join.is_panic() {
        return EngineError::cancelled();
    }
    let text = join.to_string();
    let place = place_of(|place| text.ends_with(&format!("panicked with message {:?}", place.message)));
    let message = place.as_ref().map_or(text, |place| place.message.clone());
    error_of(&message, place)
}

fn message_of(payload: &(dyn Any + Send)) -> String {
    let text = payload.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| payload.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown panic".to_owned())
}

/// The newest place that fits. It stays: a task that panicked may be told of by everybody who waited for it.
fn place_of(fits: impl Fn(&Place) -> bool) -> Option<Place> {
    PLACES.lock().iter().rev().find(|place| fits(place)).cloned()
}

fn error_of(message: &str, place: Option<Place>) -> EngineError {
    let text = format!("The engine panicked: {message}. This is a bug; the process and other queries go on.");
    let error = EngineError::new(ErrorCode::NativePanic, text).with("message", message);
    match place {
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
pub fn joined<T>(result: std::result::Result<T, JoinError>) -> Result<T> {
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
