//! One call from JavaScript: its request, what came with it, and its cancel handle.

use std::future::Future;
use std::pin::Pin;

use crate::cancel::{Cancel, CancellationToken};
use crate::error::{EngineError, Result};
use crate::panic::guarded;
use crate::spans::Spans;
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
    /// Collects the spans of a sampled trace.
    pub spans: Option<Spans>,
}

impl Call {
    /// A call that only has a document.
    #[must_use]
    pub fn of(request: impl Into<String>) -> Self {
        Self { request: request.into(), ..Self::default() }
    }
}

/// Work of a call, on the heap.
pub type Work<T> = Pin<Box<dyn Future<Output = Result<T>> + Send>>;

/// Runs the work of a call: panics become errors, its cancel handle and the closing of its owner end it.
pub async fn supervise<T>(cancel: Cancel, owner: Option<(CancellationToken, &'static str)>, work: Work<T>) -> Result<T> {
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
