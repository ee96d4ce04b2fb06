//! What a plan has done so far, also after it is gone.

use std::sync::{Arc, Weak};

use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use parking_lot::Mutex;

use super::tapped::tapped;
use super::totals::Totals;

/// Reads the totals of a plan without keeping it: keeping the plan itself would keep its tasks and files alive.
#[derive(Clone, Debug)]
pub(crate) struct Observed(Arc<Mutex<Ran>>);

#[derive(Debug)]
enum Ran {
    Running(Weak<dyn ExecutionPlan>),
    Ended(Totals),
}

impl Observed {
    /// The plan to run instead of `plan`, and the view of what it does.
    pub(crate) fn new(plan: Arc<dyn ExecutionPlan>) -> (Arc<dyn ExecutionPlan>, Self) {
        let observed = Self(Arc::new(Mutex::new(Ran::Running(Arc::downgrade(&plan)))));
        let last = Arc::new(Last { plan: Arc::clone(&plan), observed: observed.clone() });
        let tap = move |stream: datafusion::error::Result<SendableRecordBatchStream>| {
            let (stream, last) = (stream?, Arc::clone(&last));
            let schema = stream.schema();
            let kept = stream.inspect(move |_| {
                let _ = &last;
            });
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, kept)) as SendableRecordBatchStream)
        };
        (tapped(plan, Arc::new(tap)), observed)
    }

    /// Nothing to run.
    pub(crate) fn nothing() -> Self {
        Self(Arc::new(Mutex::new(Ran::Ended(Totals::default()))))
    }

    /// The totals so far.
    pub(crate) fn totals(&self) -> Totals {
        match &*self.0.lock() {
            Ran::Running(plan) => plan.upgrade().map_or_else(Totals::default, |plan| Totals::of(plan.as_ref())),
            Ran::Ended(totals) => *totals,
        }
    }
}

/// Held by the plan's root and its streams; the last of them leaves the totals behind.
struct Last {
    plan: Arc<dyn ExecutionPlan>,
    observed: Observed,
}

impl Drop for Last {
    fn drop(&mut self) {
        *self.observed.0.lock() = Ran::Ended(Totals::of(self.plan.as_ref()));
    }
}
