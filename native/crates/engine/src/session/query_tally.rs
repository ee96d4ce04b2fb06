//! How many queries of a session run, and how the others ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a query ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum QueryEnd {
    /// All rows were taken, or as many as somebody wanted.
    Finished,
    /// An error.
    Failed,
    /// It was stopped.
    Cancelled,
}

impl QueryEnd {
    /// The end of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "finished" => Some(Self::Finished),
            "failed" => Some(Self::Failed),
            "cancelled" => Some(Self::Cancelled),
            _ => None,
        }
    }
}

/// Queries of a session that began to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct QueryCounts {
    /// Not ended yet.
    #[ts(type = "number")]
    pub running: u64,
    /// Ended well, or early because nobody wanted more.
    #[ts(type = "number")]
    pub finished: u64,
    /// Ended by an error.
    #[ts(type = "number")]
    pub failed: u64,
    /// Stopped.
    #[ts(type = "number")]
    pub cancelled: u64,
}

/// Counts the queries of a session.
#[derive(Debug, Default)]
pub struct QueryTally {
    running: AtomicU64,
    finished: AtomicU64,
    failed: AtomicU64,
    cancelled: AtomicU64,
}

impl QueryTally {
    /// The counts so far.
    #[must_use]
    pub fn counts(&self) -> QueryCounts {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        QueryCounts {
            running: read(&self.running),
            finished: read(&self.finished),
            failed: read(&self.failed),
            cancelled: read(&self.cancelled),
        }
    }
}

#[derive(Debug)]
enum Phase {
    Waiting,
    /// With what the engine has seen of its end.
    Running(Option<QueryEnd>),
    Over,
}

/// One query: counted when it begins, and once when it ends.
#[derive(Debug)]
pub(crate) struct CountedQuery {
    tally: Arc<QueryTally>,
    phase: Mutex<Phase>,
}

impl CountedQuery {
    pub(crate) fn new(tally: &Arc<QueryTally>) -> Self {
        Self { tally: Arc::clone(tally), phase: Mutex::new(Phase::Waiting) }
    }

    pub(crate) fn begin(&self) {
        let mut phase = self.phase.lock();
        if matches!(*phase, Phase::Waiting) {
            *phase = Phase::Running(None);
            self.tally.running.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// The engine has seen an end, which counts unless the caller knows better.
    pub(crate) fn seen(&self, end: QueryEnd) {
        if let Phase::Running(seen) = &mut *self.phase.lock() {
            seen.get_or_insert(end);
        }
    }

    /// Counts the end: as it is told, as it was seen, else as stopped.
    pub(crate) fn conclude(&self, told: Option<QueryEnd>) {
        let mut phase = self.phase.lock();
        let Phase::Running(seen) = *phase else { return };
        *phase = Phase::Over;
        let counter = match told.or(seen).unwrap_or(QueryEnd::Cancelled) {
            QueryEnd::Finished => &self.tally.finished,
            QueryEnd::Failed => &self.tally.failed,
            QueryEnd::Cancelled => &self.tally.cancelled,
        };
        self.tally.running.fetch_sub(1, Ordering::Relaxed);
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

impl Drop for CountedQuery {
    fn drop(&mut self) {
        self.conclude(None);
    }
}
