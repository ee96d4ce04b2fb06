//! Cancellation and progress: the token a call races with, and the counters JavaScript polls.

use std::future::Future;
use std::sync::Arc;

use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use serde::Serialize;
pub use tokio_util::sync::CancellationToken;
use ts_rs::TS;

use crate::error::{EngineError, Result};
use crate::plan::observed::Observed;
use crate::plan::stop::{Stop, stoppable};
use crate::plan::totals::Totals;

/// A cancel handle. One may serve several calls.
#[derive(Clone, Default)]
pub struct Cancel {
    token: CancellationToken,
    plans: Arc<Mutex<Vec<Observed>>>,
}

/// What the calls that hold a token have done so far.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Progress {
    /// Always `running`: there is no progress before a plan runs.
    pub phase: &'static str,
    /// Rows read by the scans so far.
    #[ts(type = "number")]
    pub rows: u64,
    /// Bytes read by the scans so far.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Files finished.
    #[ts(type = "number")]
    pub files_done: u64,
    /// Files to read.
    #[ts(type = "number")]
    pub files_total: u64,
    /// Bytes spilled to disk.
    #[ts(type = "number")]
    pub spilled_bytes: u64,
}

impl Cancel {
    /// Cancels; a no-op after the end.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// True once cancelled.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.token.is_cancelled()
    }

    /// The token itself, for engine code that watches it.
    #[must_use]
    pub fn token(&self) -> CancellationToken {
        self.token.clone()
    }

    /// The plan to run instead of `plan`: it ends with the token, and [`Self::progress`] tells of it.
    pub fn watch(&self, plan: Arc<dyn ExecutionPlan>) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        let (plan, observed) = Observed::new(stoppable(plan, &Stop::new(self.token()))?);
        self.observe(observed);
        Ok(plan)
    }

    /// Makes a plan visible to [`Self::progress`].
    pub(crate) fn observe(&self, observed: Observed) {
        let mut plans = self.plans.lock();
        if !plans.iter().any(|known| known.same(&observed)) {
            plans.push(observed);
        }
    }

    /// The counters; `None` before any plan runs.
    #[must_use]
    pub fn progress(&self) -> Option<Progress> {
        let plans = self.plans.lock();
        if plans.is_empty() {
            return None;
        }
        let totals = plans.iter().map(Observed::totals).fold(Totals::default(), Totals::plus);
        Some(Progress {
            phase: "running",
            rows: totals.scan_rows,
            bytes: totals.scan_bytes,
            files_done: totals.files_done,
            files_total: totals.files_total,
            spilled_bytes: totals.spilled_bytes,
        })
    }

    /// Races `work` with the token. When the token wins, `work` is dropped before this returns.
    pub async fn race<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        if self.is_cancelled() {
            return Err(EngineError::cancelled());
        }
        tokio::select! {
            biased;
            () = self.token.cancelled() => Err(EngineError::cancelled()),
            result = work => result,
        }
    }
}
