//! Frames that start a plan: rows in memory, a sink.

use std::iter;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::datasource::{MemTable, provider_as_source};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use futures::StreamExt;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Frame;
use super::explained::RootPlan;
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Result};
use crate::ipc::channel::SinkSource;
use crate::session::Session;
use crate::wire::{Attached, BufferRef, Handle, HandleRef, Reply, decode};

/// The request of `values`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ValuesRequest {
    /// An IPC stream, or its begin.
    pub source: BufferRef,
    /// Gathered bytes: the rest of it.
    #[ts(optional)]
    pub rest: Option<HandleRef>,
}

impl Session {
    /// The `values` entrypoint: the batches of an IPC stream, in memory.
    pub fn values(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: ValuesRequest = decode(&call.request)?;
        let begin = call.attached.buffer(request.source)?.clone();
        let rest = request.rest.map(|rest| call.attached.gathered(rest)).transpose()?;
        let rest = rest.into_iter().flat_map(|gathered| gathered.chunks());
        let (schema, batches) = crate::ipc::decode::stream(iter::once(begin).chain(rest))?;
        let table = MemTable::try_new(schema, vec![batches])?;
        let plan = scan("values", Arc::new(table))?;
        Frame::new(Arc::clone(self), plan).reply()
    }
}

/// The plan of a source handle: a frame, or a sink that is read once.
pub fn source_plan(session: &Arc<Session>, attached: &Attached, handle: HandleRef) -> Result<LogicalPlan> {
    match attached.handle(handle)? {
        Handle::Frame(frame) => {
            frame.of_session(session)?;
            Ok(frame.plan().clone())
        }
        Handle::Sink(sink) => {
            let consumed = EngineError::new(
                ErrorCode::NativeSourceFailed,
                "The input can be read only once and was read already; collect it first or give it again.",
            );
            scan("input", read_once(&sink.source, consumed)?)
        }
        _ => Err(EngineError::bad_request("$.source", "the handle is neither a frame nor a sink")),
    }
}

/// A table of a sink, whose second reading fails with `consumed`.
pub(crate) fn read_once(source: &SinkSource, consumed: EngineError) -> Result<Arc<dyn TableProvider>> {
    let partition = OncePartition { schema: source.schema(), source: source.clone(), consumed };
    Ok(Arc::new(StreamingTable::try_new(source.schema(), vec![Arc::new(partition)])?))
}

/// The plan of an operand: one that the engine takes at the root only becomes a table.
pub(crate) fn operand(session: &Arc<Session>, attached: &Attached, handle: HandleRef) -> Result<LogicalPlan> {
    let plan = source_plan(session, attached, handle)?;
    match RootPlan::of(&plan) {
        Some(table) => scan("explained", table),
        None => Ok(plan),
    }
}

/// An unfiltered scan of a provider under a name.
pub fn scan(name: &str, provider: Arc<dyn TableProvider>) -> Result<LogicalPlan> {
    Ok(LogicalPlanBuilder::scan(name, provider_as_source(provider), None)?.build()?)
}

/// The one partition of a sink: it can be read once.
#[derive(Debug)]
struct OncePartition {
    schema: SchemaRef,
    source: SinkSource,
    consumed: EngineError,
}

#[async_trait]
impl PartitionStream for OncePartition {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        if let Some(stream) = self.source.take() {
            return stream;
        }
        let consumed = self.consumed.clone();
        let failed = futures::stream::once(async move { Err(consumed.into()) }).boxed();
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), failed))
    }
}
