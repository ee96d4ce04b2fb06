//! Running queries: planned when made, started by the first pull, stopped by a full queue, a cancel or a close.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use datafusion::arrow::datatypes::SchemaRef;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryPool, PeakRecordingPool};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::Mutex as AsyncMutex;
use tokio::time::timeout;
use ts_rs::TS;

use crate::batch::cast::ViewTypes;
use crate::batch::pack::Packed;
use crate::cancel::Cancel;
use crate::error::{EngineError, ErrorCode, Result};
use crate::panic::guarded;
use crate::plan::stop::Stop;
use crate::plan::totals::Totals;
use crate::plan::uses::TableUse;
use crate::session::Session;
use crate::session::memory_pool::SessionPool;
use crate::session::query_tally::{CountedQuery, QueryEnd};
use crate::spans::{NativeSpans, Spans};
use crate::sql::plan::micros;
use crate::wire::First;

mod command;
pub mod layout;
pub mod memory_error;
pub mod open;
mod pump;
pub mod record;

use command::Command;
use layout::Layout;
use pump::Pumps;
use record::RunRecord;

/// How long the reply of an opening waits for the first batch. A longer query tells of its plan first.
const PATIENCE: Duration = Duration::from_millis(2);

/// What a stream runs.
pub(crate) enum Work {
    /// A physical plan whose rows come out.
    Query(Query),
    /// A statement that changes the session.
    Command(Box<Command>),
}

/// A physical plan that is ready to run once.
pub(crate) struct Query {
    pub plan: Arc<dyn ExecutionPlan>,
    pub context: Arc<TaskContext>,
    /// How many rows come out, where the plan knows it for certain.
    pub exact_rows: Option<usize>,
    /// The one partition to run; all without it.
    pub partition: Option<usize>,
}

/// How batches are made and queued.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    pub prefetch_batches: usize,
    pub prefetch_bytes: usize,
    pub views: ViewTypes,
}

/// Counters of what was handed over.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    rows: AtomicU64,
    batches: AtomicU64,
    bytes: AtomicU64,
    first_batch_us: AtomicU64,
    duration_us: AtomicU64,
}

/// A batch on its way out.
#[derive(Debug)]
pub struct Pulled {
    /// Its columns.
    pub packed: Packed,
    /// True when the query is known to have ended with it, which saves a pull; false promises nothing.
    pub last: bool,
}

/// A query of a session, running or about to.
pub struct BatchStream {
    session: Arc<Session>,
    schema: SchemaRef,
    work: Mutex<Option<Work>>,
    sizes: Sizes,
    layout: Mutex<Layout>,
    record: Arc<RunRecord>,
    pumps: AsyncMutex<Option<Pumps>>,
    began: SystemTime,
    stop: Stop,
    spans: Option<Spans>,
    /// Why the pull that came with the opening failed.
    failed: Mutex<Option<EngineError>>,
    /// One for all partitions of a query.
    counted: Arc<CountedQuery>,
}

/// The reply of `metrics`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StreamMetrics {
    /// Rows handed over.
    #[ts(type = "number")]
    pub rows: u64,
    /// Batches handed over.
    #[ts(type = "number")]
    pub batches: u64,
    /// Bytes handed over.
    #[ts(type = "number")]
    pub bytes: u64,
    /// From the first pull to the first batch; null when there was none.
    #[ts(type = "number | null")]
    pub first_batch_us: Option<u64>,
    /// From the first pull to the end.
    #[ts(type = "number")]
    pub duration_us: u64,
    /// Most bytes this query held of the memory pool at once.
    #[ts(type = "number")]
    pub peak_reserved_bytes: u64,
    /// Totals of the operators.
    pub totals: Totals,
    /// Spans of the run, under a sampled trace; told once.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub native_spans: Option<NativeSpans>,
}

impl BatchStream {
    fn new(session: Arc<Session>, planned: open::Planned, sizes: Sizes) -> Self {
        let open::Planned { schema, work, observed, peak, stop, details, .. } = planned;
        Self {
            stop,
            counted: Arc::new(CountedQuery::new(&session.runtime().queries)),
            session,
            schema,
            work: Mutex::new(Some(work)),
            sizes,
            layout: Mutex::default(),
            record: Arc::new(RunRecord { observed, peak, counters: Counters::default(), started: Mutex::new(None), details }),
            pumps: AsyncMutex::new(None),
            began: SystemTime::now(),
            spans: Spans::current().map(|_| Spans::default()),
            failed: Mutex::new(None),
        }
    }

    /// How its batches cross, until the work starts.
    pub fn lay_out(&self, layout: Layout) {
        *self.layout.lock() = layout;
    }

    /// A stream per partition of one plan: its operators stop when all of the streams have ended.
    fn per_partition(session: &Arc<Session>, planned: open::Planned, sizes: Sizes) -> Vec<Self> {
        let open::Planned { schema, work, observed, peak, stop, partitions, details, .. } = planned;
        let Work::Query(query) = work else { return Vec::new() };
        let members = stop.divided(partitions);
        let counted = Arc::new(CountedQuery::new(&session.runtime().queries));
        let one = |(index, stop): (usize, Stop)| Self {
            session: Arc::clone(session),
            schema: Arc::clone(&schema),
            work: Mutex::new(Some(Work::Query(Query {
                plan: Arc::clone(&query.plan),
                context: Arc::clone(&query.context),
                exact_rows: None,
                partition: Some(index),
            }))),
            sizes,
            layout: Mutex::default(),
            record: Arc::new(RunRecord {
                observed: observed.clone(),
                peak: Arc::clone(&peak),
                counters: Counters::default(),
                started: Mutex::new(None),
                details: details.clone(),
            }),
            pumps: AsyncMutex::new(None),
            began: SystemTime::now(),
            stop,
            // The operators are told of once.
            spans: if index == 0 { Spans::current().map(|_| Spans::default()) } else { None },
            failed: Mutex::new(None),
            counted: Arc::clone(&counted),
        };
        members.into_iter().enumerate().map(one).collect()
    }

    /// The next batch; `None` at the end. The first call starts the work.
    pub async fn next(&self, cancel: &Cancel) -> Result<Option<Pulled>> {
        if let Some(error) = self.failed.lock().take() {
            return Err(error);
        }
        let outcome = self.raced(cancel).await;
        self.settled(outcome).await
    }

    /// Starts the work and waits a moment for the first batch. A failure is kept for the next pull.
    pub(crate) async fn begin(&self, cancel: &Cancel) -> First {
        if matches!(*self.work.lock(), Some(Work::Command(_))) {
            return First::Unasked;
        }
        // Giving up waiting loses nothing: what comes later waits in the queue.
        let Ok(outcome) = timeout(PATIENCE, guarded(self.raced(cancel))).await else { return First::Unasked };
        match self.settled(outcome).await {
            Ok(pulled) => First::Pulled(pulled),
            Err(error) => {
                *self.failed.lock() = Some(error);
                First::Unasked
            }
        }
    }

    async fn raced(&self, cancel: &Cancel) -> Result<Option<Pulled>> {
        self.stop.pulled_under(cancel.token());
        let outcome = tokio::select! {
            biased;
            () = self.stop.closed().cancelled() => Err(EngineError::closed("stream")),
            outcome = cancel.race(self.pull(cancel)) => outcome,
        };
        // The plan itself may see the close first; it calls every stop a cancel.
        match outcome {
            Err(error) if error.code == ErrorCode::NativeCancelled && self.stop.closed().is_cancelled() => {
                Err(EngineError::closed("stream"))
            }
            other => other,
        }
    }

    /// Counts a batch, and ends the work at the end.
    async fn settled(&self, outcome: Result<Option<Pulled>>) -> Result<Option<Pulled>> {
        match &outcome {
            Ok(Some(pulled)) => {
                self.count(&pulled.packed);
                if pulled.last {
                    self.end().await;
                }
            }
            Ok(None) => self.end().await,
            Err(error) => {
                let stopped = matches!(error.code, ErrorCode::NativeCancelled | ErrorCode::NativeClosed);
                self.counted.seen(if stopped { QueryEnd::Cancelled } else { QueryEnd::Failed });
                self.stop.closed().cancel();
                self.end().await;
            }
        }
        outcome
    }

    async fn pull(&self, cancel: &Cancel) -> Result<Option<Pulled>> {
        let mut pumps = self.pumps.lock().await;
        let work = self.work.lock().take();
        if let Some(work) = work {
            *self.record.started.lock() = Some(Instant::now());
            self.counted.begin();
            *pumps = Some(self.start(work).await?);
        }
        cancel.observe(self.record.observed.clone());
        match pumps.as_mut() {
            Some(running) => running.next().await,
            None => Ok(None),
        }
    }

    async fn start(&self, work: Work) -> Result<Pumps> {
        match work {
            Work::Query(query) => Pumps::start(&self.session, query, self.sizes, *self.layout.lock()),
            Work::Command(command) => {
                command.run(&self.session).await?;
                Ok(Pumps::ended())
            }
        }
    }

    /// Stops the work and waits until it has stopped.
    async fn end(&self) {
        self.counted.seen(QueryEnd::Finished);
        self.work.lock().take();
        self.stop.end();
        if let Some(running) = self.pumps.lock().await.take() {
            running.stop().await;
        }
        if let Some(started) = *self.record.started.lock() {
            let _ = self.record.counters.duration_us.compare_exchange(0, micros(started).max(1), Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Ends the stream early. Idempotent; a pull in flight ends with `NATIVE.CLOSED`.
    pub fn close(&self) {
        self.stop.closed().cancel();
        if let Ok(mut pumps) = self.pumps.try_lock() {
            pumps.take();
        }
    }

    /// The same, and says how the query ended: the caller may know of more than the engine.
    pub fn close_as(&self, end: Option<QueryEnd>) {
        self.close();
        self.counted.conclude(end);
    }

    fn count(&self, packed: &Packed) {
        let rows = packed.header.first().map_or(0, |rows| *rows as u64);
        self.record.counters.rows.fetch_add(rows, Ordering::Relaxed);
        self.record.counters.bytes.fetch_add(packed.data.len() as u64, Ordering::Relaxed);
        if self.record.counters.batches.fetch_add(1, Ordering::Relaxed) == 0
            && let Some(started) = *self.record.started.lock()
        {
            self.record.counters.first_batch_us.store(micros(started).max(1), Ordering::Relaxed);
        }
    }

    /// The `metrics` entrypoint: counters only, so it answers at once.
    pub fn metrics(&self) -> Result<String> {
        let read = |counter: &AtomicU64| counter.load(Ordering::Acquire);
        let first = read(&self.record.counters.first_batch_us);
        let ended = read(&self.record.counters.duration_us);
        let running = self.record.started.lock().map_or(0, micros);
        let metrics = StreamMetrics {
            rows: read(&self.record.counters.rows),
            batches: read(&self.record.counters.batches),
            bytes: read(&self.record.counters.bytes),
            first_batch_us: (first > 0).then_some(first),
            duration_us: if ended > 0 { ended } else { running },
            peak_reserved_bytes: self.record.peak.max_reserved() as u64,
            totals: self.record.observed.totals(),
            native_spans: self.spans.as_ref().filter(|_| ended > 0).map(|spans| self.executed(spans)),
        };
        serde_json::to_string(&metrics).map_err(|error| EngineError::internal(format!("reply encoding: {error}")))
    }

    fn executed(&self, spans: &Spans) -> NativeSpans {
        spans.executed(self.began, SystemTime::now(), &self.record.observed.operators());
        spans.take()
    }

    /// What can be told of its run, also when it is closed.
    #[must_use]
    pub fn record(&self) -> &Arc<RunRecord> {
        &self.record
    }

    /// The logical schema of its rows.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }
}

/// Which names of functions a plan reads while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Names {
    /// It holds what it calls.
    None,
    /// The information schema lists them.
    All,
}

impl Names {
    fn read_by(tables: &[TableUse]) -> Self {
        if tables.iter().any(TableUse::tells_functions) { Self::All } else { Self::None }
    }
}

/// A task context whose memory pool records the peak of this query.
fn recording_context(session: &Session, state: &SessionState, names: Names) -> (Arc<TaskContext>, Arc<PeakRecordingPool>) {
    let pool: Arc<dyn MemoryPool> = Arc::<SessionPool>::clone(session.pool());
    let peak = Arc::new(PeakRecordingPool::new(pool));
    let env = RuntimeEnv { memory_pool: Arc::<PeakRecordingPool>::clone(&peak), ..state.runtime_env().as_ref().clone() };
    // Plans hold their functions; copying the session's thousand names would cost more than a small query.
    let all = names == Names::All;
    let context = TaskContext::new(
        None,
        state.session_id().to_owned(),
        state.config().clone(),
        if all { state.scalar_functions().clone() } else { HashMap::new() },
        if all { state.higher_order_functions().clone() } else { HashMap::new() },
        if all { state.aggregate_functions().clone() } else { HashMap::new() },
        if all { state.window_functions().clone() } else { HashMap::new() },
        Arc::new(env),
    );
    (Arc::new(context), peak)
}

/// Output partitions of a plan.
fn partitions(plan: &Arc<dyn ExecutionPlan>) -> usize {
    plan.output_partitioning().partition_count()
}
