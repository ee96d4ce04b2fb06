//! The `stream` entrypoint: everything about a query that is known before it runs.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use datafusion::common::stats::Precision;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::command::Command;
use super::{BatchStream, Names, Query, Sizes, Work, partitions, recording_context};
use crate::batch::cast::{CastPlan, ViewTypes};
use crate::call::Call;
use crate::error::{ErrorCode, Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::plan::observed::Observed;
use crate::plan::optimized::{digests, texts};
use crate::plan::profile;
use crate::plan::stop::{Stop, stoppable};
use crate::plan::uses::{self, FunctionUse, TableUse};
use crate::schema::field::{NestedField, fields_of};
use crate::spans;
use crate::sql::plan::micros;
use crate::wire::{BufferRef, OpenedStreams, Reply, decode};

/// The request of `stream`.
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that is asked for")]
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct StreamRequest {
    /// Batches made ahead; default 2.
    pub prefetch_batches: Option<usize>,
    /// Bytes made ahead; default 64 MiB.
    pub prefetch_bytes: Option<usize>,
    /// What happens to view types; default `plain`.
    pub view_types: Option<ViewTypes>,
    /// True opens a stream per output partition. Default false.
    pub partitioned: bool,
    /// True begins the query; a first batch that is soon there comes with the reply. Default false.
    pub begin: bool,
    /// True keeps what each operator does, for a profile. Default false.
    pub details: bool,
    /// True sends the texts of the logical stages. Default false.
    pub texts: bool,
}

impl StreamRequest {
    /// Whether the query begins at once. One that calls JavaScript does not: its plan is told of first.
    pub(crate) fn begins(self, opened: &StreamReply) -> bool {
        self.begin && !self.partitioned && !opened.functions.iter().any(|function| function.javascript_rows.is_some())
    }
}

/// The digests of the logical stages.
#[derive(Clone, Debug, Serialize, TS)]
pub struct Digests {
    /// As planned.
    pub p0: String,
    /// Optimised.
    pub p1: String,
}

/// The texts of the logical stages, which the digests are of.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PlanTexts {
    /// As planned.
    pub p0: String,
    /// Optimised.
    pub p1: String,
}

/// What the planner expects.
#[derive(Clone, Copy, Debug, Default, Serialize, TS)]
pub struct Estimates {
    /// Rows; null when unknown.
    #[ts(type = "number | null")]
    pub rows: Option<u64>,
    /// Bytes; null when unknown.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
}

/// Microseconds of the planning phases.
#[derive(Clone, Copy, Debug, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StreamTimings {
    /// Logical optimisation.
    #[ts(type = "number")]
    pub optimize_us: u64,
    /// Physical planning.
    #[ts(type = "number")]
    pub physical_us: u64,
}

/// The reply of `stream`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StreamReply {
    /// Logical columns.
    pub fields: Vec<NestedField>,
    /// Columns as they cross, where a cast applies.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_fields: Option<Vec<NestedField>>,
    /// Schema message of what crosses.
    pub schema: BufferRef,
    /// Output partitions.
    pub partitions: usize,
    /// Digests of the logical stages.
    pub digests: Digests,
    /// Their texts, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub texts: Option<PlanTexts>,
    /// Tables read.
    pub tables: Vec<TableUse>,
    /// Functions called.
    pub functions: Vec<FunctionUse>,
    /// What the planner expects.
    pub estimates: Estimates,
    /// How long planning took.
    pub timings: StreamTimings,
}

/// A stream and what is told of it.
pub(crate) struct Opened {
    pub(crate) reply: StreamReply,
    /// The schema message of what crosses.
    pub(crate) schema: bytes::Bytes,
    pub(crate) streams: OpenedStreams,
}

const PREFETCH_BATCHES: usize = 2;
const PREFETCH_BYTES: usize = 64 * 1024 * 1024;

impl Frame {
    /// The `stream` entrypoint. Plans; the first pull of the stream starts the work, unless the request begins it.
    pub async fn stream(&self, call: &Call) -> Result<Reply> {
        let request: StreamRequest = decode(&call.request)?;
        let state = self.state()?;
        let Opened { reply, schema, streams } = self.open(&state, request, 0).await?;
        let begins = request.begins(&reply);
        Ok(Reply::of(&reply)?.with_buffer(schema).with_streams(streams, begins))
    }

    /// Opens the stream of this frame, or those of its partitions; its schema message will be the reply's buffer `index`.
    pub(crate) async fn open(&self, state: &SessionState, request: StreamRequest, index: usize) -> Result<Opened> {
        let sizes = Sizes {
            prefetch_batches: request.prefetch_batches.unwrap_or(PREFETCH_BATCHES).max(1),
            prefetch_bytes: request.prefetch_bytes.unwrap_or(PREFETCH_BYTES).max(1),
            views: request.view_types.unwrap_or_default(),
        };
        let planned = if self.is_command() { self.command(state, request)? } else { self.query(state, request).await? };
        let casts = CastPlan::new(&planned.schema, sizes.views);
        let schema = crate::ipc::encode::schema_message(casts.storage_schema())?;
        let reply = StreamReply {
            fields: fields_of(&planned.schema),
            storage_fields: (!casts.is_identity()).then(|| fields_of(casts.storage_schema())),
            schema: BufferRef { index },
            partitions: planned.partitions,
            digests: planned.digests.clone(),
            texts: planned.texts.clone(),
            tables: planned.tables.clone(),
            functions: planned.functions.clone(),
            estimates: planned.estimates,
            timings: planned.timings,
        };
        let streams = match planned.work {
            Work::Query(_) if request.partitioned => {
                OpenedStreams::PerPartition(BatchStream::per_partition(self.session(), planned, sizes))
            }
            _ => OpenedStreams::One(Box::new(BatchStream::new(Arc::clone(self.session()), planned, sizes))),
        };
        Ok(Opened { reply, schema, streams })
    }

    fn command(&self, state: &SessionState, request: StreamRequest) -> Result<Planned> {
        let (_, peak) = recording_context(self.session(), state, Names::None);
        let plan = self.plan();
        // What it reads is planned by the engine under the session's policy; here under that of the call.
        let creates_view = matches!(plan, LogicalPlan::Ddl(DdlStatement::CreateView(_)));
        for input in plan.inputs() {
            // The engine plans a view when it is read; what that says then is the reader's.
            if let Err(error) = state.optimize(input).map_err(|error| from_datafusion(Phase::Sql, &error))
                && (!creates_view || error.code == ErrorCode::SqlPolicyViolation)
            {
                return Err(error);
            }
        }
        Ok(Planned {
            schema: Arc::new(arrow::datatypes::Schema::empty()),
            partitions: 1,
            digests: digests(plan, plan)?,
            texts: request.texts.then(|| texts(plan, plan)),
            tables: uses::tables(plan)?,
            functions: uses::functions(plan)?,
            estimates: Estimates::default(),
            timings: StreamTimings::default(),
            work: Work::Command(Box::new(Command::of(self))),
            observed: Observed::nothing(),
            details: Vec::new(),
            peak,
            stop: Stop::new(self.session().closed().child_token()),
        })
    }

    async fn query(&self, state: &SessionState, request: StreamRequest) -> Result<Planned> {
        let planning = |error: datafusion::error::DataFusionError| from_datafusion(Phase::Sql, &error);
        let started = Instant::now();
        let optimized = self.optimized(state)?;
        let optimize_us = micros(started);
        let physical = state.query_planner().create_physical_plan(&optimized.plan, state);
        let plan = spans::within("physical", physical).await.map_err(planning)?;
        let timings = StreamTimings { optimize_us, physical_us: micros(started) - optimize_us };
        let stop = Stop::new(self.session().closed().child_token());
        let (estimates, exact_rows) = expected(plan.as_ref());
        let details = if request.details { profile::details(plan.as_ref()) } else { Vec::new() };
        let names = Names::read_by(&optimized.tables);
        let (context, peak) = recording_context(self.session(), &with_batches_of(state, &optimized.functions), names);
        let (plan, observed) = Observed::new(stoppable(plan, &stop)?);
        Ok(Planned {
            schema: plan.schema(),
            partitions: partitions(&plan),
            digests: optimized.digests.clone(),
            texts: request.texts.then(|| texts(self.plan(), &optimized.plan)),
            tables: optimized.tables.clone(),
            functions: optimized.functions.clone(),
            estimates,
            timings,
            work: Work::Query(Query { plan, context, exact_rows, partition: None }),
            observed,
            details,
            peak,
            stop,
        })
    }
}

/// A query that is ready to run.
pub(super) struct Planned {
    pub(super) schema: arrow::datatypes::SchemaRef,
    pub(super) partitions: usize,
    digests: Digests,
    texts: Option<PlanTexts>,
    tables: Vec<TableUse>,
    functions: Vec<FunctionUse>,
    estimates: Estimates,
    timings: StreamTimings,
    pub(super) work: Work,
    pub(super) observed: Observed,
    pub(super) details: Vec<String>,
    pub(super) peak: Arc<datafusion::execution::memory_pool::PeakRecordingPool>,
    pub(super) stop: Stop,
}

/// The state whose operators make batches as large as the functions of JavaScript take them: a call costs more than its
/// rows.
fn with_batches_of<'a>(state: &'a SessionState, functions: &[FunctionUse]) -> Cow<'a, SessionState> {
    let wanted = functions.iter().filter_map(|function| function.javascript_rows).max().unwrap_or(0);
    if wanted <= state.config().batch_size() {
        return Cow::Borrowed(state);
    }
    let mut state = state.clone();
    let config = std::mem::take(state.config_mut());
    *state.config_mut() = config.with_batch_size(wanted);
    Cow::Owned(state)
}

/// What the planner expects, and the rows it is certain of.
fn expected(plan: &dyn ExecutionPlan) -> (Estimates, Option<usize>) {
    let Ok(statistics) = StatisticsContext::new().compute(plan, &StatisticsArgs::default()) else { return Default::default() };
    let estimates = Estimates {
        rows: statistics.num_rows.get_value().map(|rows| *rows as u64),
        bytes: statistics.total_byte_size.get_value().map(|bytes| *bytes as u64),
    };
    let exact_rows = if let Precision::Exact(rows) = statistics.num_rows { Some(rows) } else { None };
    (estimates, exact_rows)
}
