//! What can be told of a run, also when its stream is closed.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Instant;

use datafusion::execution::memory_pool::PeakRecordingPool;
use parking_lot::Mutex;

use super::Counters;
use crate::error::{EngineError, Result};
use crate::plan::observed::Observed;
use crate::plan::profile::{self, ProfileReply};
use crate::sql::plan::micros;

/// What a run has done so far. It keeps neither the plan nor its data.
pub struct RunRecord {
    pub(super) observed: Observed,
    pub(super) peak: Arc<PeakRecordingPool>,
    pub(super) counters: Counters,
    pub(super) started: Mutex<Option<Instant>>,
    /// What each operator does, where the run was asked to tell.
    pub(super) details: Vec<String>,
}

impl RunRecord {
    /// The `profile` entrypoint: what the operators have measured so far.
    pub fn profile(&self) -> Result<String> {
        let runs = self.observed.operators();
        let operators = profile::operators(&runs, &self.details);
        let handed = self.counters.rows.load(Ordering::Acquire);
        let ended = self.counters.duration_us.load(Ordering::Acquire);
        let reply = ProfileReply {
            rows: operators.first().and_then(|root| root.rows).unwrap_or(handed),
            duration_us: if ended > 0 { ended } else { self.started.lock().map_or(0, micros) },
            peak_reserved_bytes: self.peak.max_reserved() as u64,
            operators,
        };
        serde_json::to_string(&reply).map_err(|error| EngineError::internal(format!("reply encoding: {error}")))
    }
}
