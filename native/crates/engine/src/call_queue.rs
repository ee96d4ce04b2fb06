//! Calls begin in the order in which they were made.
//!
//! Tokio hands tasks out by the batch: beside others, one that lies in the batch of a busy thread begins after many that came
//! later. A short query runs in one step, so nothing else puts its turn right.

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;

use parking_lot::Mutex;
use tokio::runtime::Handle;

type Call = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Calls that have not begun, the oldest first.
pub struct CallQueue {
    runtime: Handle,
    waiting: Mutex<VecDeque<Call>>,
}

impl CallQueue {
    pub(crate) fn new(runtime: Handle) -> Self {
        Self { runtime, waiting: Mutex::default() }
    }

    /// Runs a call once it is its turn.
    pub fn spawn(&'static self, call: impl Future<Output = ()> + Send + 'static) {
        self.waiting.lock().push_back(Box::pin(call));
        self.runtime.spawn(async {
            let oldest = self.waiting.lock().pop_front();
            if let Some(call) = oldest {
                call.await;
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};

    use super::*;

    #[test]
    fn calls_begin_in_their_order_however_many_wait() {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
        let queue: &'static CallQueue = Box::leak(Box::new(CallQueue::new(runtime.handle().clone())));
        let (made, wait) = mpsc::channel::<()>();
        runtime.spawn(async move { wait.recv() });
        let begun = Arc::new(Mutex::new(Vec::new()));
        let (done, all) = mpsc::channel::<()>();
        for number in 0..500 {
            let (begun, done) = (Arc::clone(&begun), done.clone());
            queue.spawn(async move {
                begun.lock().push(number);
                tokio::task::yield_now().await;
                drop(done);
            });
        }
        drop((made, done));
        assert!(all.recv().is_err());
        assert_eq!(*begun.lock(), (0..500).collect::<Vec<_>>());
    }
}
