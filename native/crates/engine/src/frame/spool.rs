//! Frames whose rows were computed once and are kept: in memory, and past a limit in a file.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::datasource::TableType;
use datafusion::error::Result as EngineResult;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::{SendableRecordBatchStream, SpillFile, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::metrics::{ExecutionPlanMetricsSet, SpillMetrics};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, SpillManager, execute_stream};
use futures::{StreamExt, TryStreamExt, stream};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::leaf::scan;
use super::{Frame, FrameReply};
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::session::Session;
use crate::stream::memory_error::with_consumers;
use crate::wire::{Reply, decode};

/// The request of `spool`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SpoolRequest {
    /// Bytes kept in memory; what comes after goes to a file.
    pub memory_bytes: usize,
    /// Most bytes in all; null sets no limit.
    pub max_bytes: Option<usize>,
}

/// The reply of `spool`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct SpoolReply {
    /// The frame over the kept rows.
    #[serde(flatten)]
    pub frame: FrameReply,
    /// Rows that are kept.
    pub rows: usize,
    /// Bytes they take, in memory and in the file.
    pub bytes: usize,
}

impl Frame {
    /// The `spool` entrypoint: runs the query and keeps its rows.
    pub async fn spool(&self, call: &Call) -> Result<Reply> {
        let request: SpoolRequest = decode(&call.request)?;
        if self.is_command() {
            return Err(EngineError::bad_request("$handle", "it is a statement, not a query"));
        }
        let session = self.session();
        let state = self.state()?;
        let optimized = self.optimized(&state)?;
        let plan = state
            .query_planner()
            .create_physical_plan(&optimized.plan, &*state)
            .await
            .map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let plan = call.cancel.watch(plan)?;
        // Optimising may have found that a column has no nulls; the frame keeps saying what it said before.
        let (told, made) = (Arc::clone(self.plan().schema().inner()), plan.schema());
        let schema = if told.contains(&made) { told } else { made };
        let input = execute_stream(plan, Arc::new(TaskContext::from(&*state)))?;
        let writer = SpoolWriter::new(session, Arc::clone(state.runtime_env()), schema, request);
        let (rows, bytes, spool) = writer.fill(input).await.map_err(|error| with_consumers(error, session))?;
        let spool = Arc::new(spool);
        let table = SpoolTable { id: Uuid::now_v7(), rows, bytes, spool: Arc::clone(&spool) };
        let mut frame = Self::new(Arc::clone(session), scan("spool", Arc::new(table))?).under(self.policy().cloned());
        frame.spool = Some(spool);
        frame.into_reply(|frame| Reply::of(&SpoolReply { frame, rows, bytes }))
    }

    /// Lets go of what only its handle keeps: the rows of a spool, in the plans of other frames too.
    pub fn release(&self) {
        if let Some(spool) = &self.spool {
            spool.content.lock().take();
        }
    }
}

/// Kept rows, until they are let go.
pub(super) struct Spool {
    schema: SchemaRef,
    content: Mutex<Option<Arc<Content>>>,
}

/// The rows of a spool. Streams that read them keep them to their end.
struct Content {
    batches: Vec<RecordBatch>,
    file: Option<Arc<dyn SpillFile>>,
    manager: SpillManager,
    /// The pool gets the memory back when the rows go.
    _memory: MemoryReservation,
}

impl Debug for Spool {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Spool").field("schema", &self.schema).finish_non_exhaustive()
    }
}

struct SpoolWriter {
    schema: SchemaRef,
    manager: SpillManager,
    memory: MemoryReservation,
    request: SpoolRequest,
}

impl SpoolWriter {
    fn new(session: &Session, env: Arc<RuntimeEnv>, schema: SchemaRef, request: SpoolRequest) -> Self {
        let pool: Arc<dyn MemoryPool> = Arc::<crate::session::memory_pool::SessionPool>::clone(session.pool());
        let memory = MemoryConsumer::new("Spool").with_can_spill(true).register(&pool);
        let metrics = SpillMetrics::new(&ExecutionPlanMetricsSet::new(), 0);
        Self { manager: SpillManager::new(env, metrics, Arc::clone(&schema)), schema, memory, request }
    }

    /// Takes every batch: first in memory, and once one does not fit there, in a file.
    async fn fill(self, mut input: SendableRecordBatchStream) -> Result<(usize, usize, Spool)> {
        let Self { schema, manager, memory, request } = self;
        let (mut rows, mut bytes) = (0, 0);
        let mut batches = Vec::new();
        let mut writing = None;
        while let Some(batch) = input.try_next().await? {
            let batch = batch.with_schema(Arc::clone(&schema))?;
            let size = get_record_batch_memory_size(&batch);
            rows += batch.num_rows();
            bytes += size;
            if let Some(limit) = request.max_bytes
                && bytes > limit
            {
                return Err(too_large(limit, bytes));
            }
            let fits = writing.is_none() && memory.size() + size <= request.memory_bytes && memory.try_grow(size).is_ok();
            if fits {
                batches.push(batch);
                continue;
            }
            let file = match writing.take() {
                Some(file) => file,
                None => manager.create_in_progress_file("a spooled frame")?,
            };
            writing.insert(file).append_batch(&batch)?;
        }
        let file = match writing {
            Some(mut file) => file.finish()?,
            None => None,
        };
        let content = Content { batches, file, manager, _memory: memory };
        Ok((rows, bytes, Spool { schema, content: Mutex::new(Some(Arc::new(content))) }))
    }
}

fn too_large(limit: usize, seen: usize) -> EngineError {
    EngineError::new(
        ErrorCode::QueryResultTooLarge,
        format!("The rows to be spooled take more than {limit} bytes ({seen} were seen). Filter them, or raise maxBytes."),
    )
    .with("limit", limit)
    .with("seen", seen)
    .with("unit", "bytes")
}

/// Kept rows as a table that can be read any number of times.
#[derive(Debug)]
pub(crate) struct SpoolTable {
    id: Uuid,
    rows: usize,
    bytes: usize,
    spool: Arc<Spool>,
}

impl SpoolTable {
    /// Tells it from every other table.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }
}

/// The kept rows behind a provider; `None` for any other table.
pub(crate) fn spool_table(provider: &dyn TableProvider) -> Option<&SpoolTable> {
    let any: &dyn std::any::Any = provider;
    any.downcast_ref()
}

#[async_trait]
impl TableProvider for SpoolTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.spool.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let schema = self.schema();
        let Some(content) = self.spool.content.lock().clone() else { return Err(EngineError::closed("spooled frame").into()) };
        let partition = SpoolPartition { schema: Arc::clone(&schema), content };
        StreamingTable::try_new(schema, vec![Arc::new(partition)])?.scan(state, projection, filters, limit).await
    }

    fn statistics(&self) -> Option<Statistics> {
        let unknown = Statistics::new_unknown(&self.spool.schema);
        Some(Statistics { num_rows: Precision::Exact(self.rows), total_byte_size: Precision::Inexact(self.bytes), ..unknown })
    }
}

struct SpoolPartition {
    schema: SchemaRef,
    content: Arc<Content>,
}

impl Debug for SpoolPartition {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SpoolPartition").field("schema", &self.schema).finish_non_exhaustive()
    }
}

impl PartitionStream for SpoolPartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let content = Arc::clone(&self.content);
        let kept = stream::iter(self.content.batches.clone()).map(Ok);
        let spilled = match &self.content.file {
            None => stream::empty().boxed(),
            Some(file) => match content.manager.read_spill_as_stream(Arc::clone(file), None) {
                Ok(batches) => batches.boxed(),
                Err(error) => stream::once(async move { Err(error) }).boxed(),
            },
        };
        let all = kept.chain(spilled).inspect(move |_| {
            let _ = &content;
        });
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), all))
    }
}
