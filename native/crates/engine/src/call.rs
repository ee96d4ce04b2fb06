//! One call from JavaScript: its request, what came with it, and its cancel handle.

use std::future::Future;

use tokio_util::sync::CancellationToken;

use crate::cancel::Cancel;
use crate::error::{EngineError, Result};
use crate::panic::guarded;
use crate::wire::Attached;

/// What an entrypoint gets.
#[derive(Default)]
pub struct Call {
    /// The request document.
    pub request: String,
    /// Buffers, handles and callback.
    pub attached: Attached,
    /// Cancels the call.
    pub cancel: Cancel,
}

impl Call {
    /// A call that only has a document.
    #[must_use]
    pub fn of(request: impl Into<String>) -> Self {
        Self { request: request.into(), ..Self::default() }
    }
}

/// Runs the work of a call: panics become errors, its cancel handle and the closing of its owner end it.
pub async fn supervise<T>(cancel: &Cancel, owner: Option<(&CancellationToken, &str)>, work: impl Future<Output = Result<T>>) -> Result<T> {
    let work = cancel.race(guarded(work));
    match owner {
        None => work.await,
        Some((closed, what)) => {
            tokio::select! {
                biased;
                () = closed.cancelled() => Err(EngineError::closed(what)),
                result = work => result,
            }
        }
    }
}
