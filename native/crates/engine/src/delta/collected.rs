//! Rows of a source in memory, so that it is read once however often they are needed.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::catalog::MemTable;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryLimit, MemoryReservation};
use futures::TryStreamExt;

use super::context::OperationContext;
use super::error::Typed;
use crate::error::{ErrorCode, Result};

/// Most bytes that are kept of a source that can be read again.
const FEW_BYTES: usize = 64 << 20;

/// The part of the memory limit that they may take at most.
const FEW_SHARE: usize = 16;

/// All rows of a source.
pub(super) struct Collected {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
    memory: MemoryReservation,
}

impl Collected {
    /// Fails where the memory limit of the session does not hold the rows.
    pub(super) async fn all(context: &OperationContext, mut stream: SendableRecordBatchStream) -> Result<Self> {
        let mut collected = Self::empty(context, stream.schema());
        while let Some(batch) = next(context, &mut stream).await? {
            collected.add(batch)?;
        }
        Ok(collected)
    }

    /// The rows where they take little memory: at most 64 MiB and a sixteenth of the memory limit. None otherwise.
    pub(super) async fn few(context: &OperationContext, mut stream: SendableRecordBatchStream) -> Result<Option<Self>> {
        let most = few_bytes(context);
        let mut collected = Self::empty(context, stream.schema());
        loop {
            let added = match next(context, &mut stream).await {
                Ok(None) => return Ok(Some(collected)),
                Ok(Some(batch)) => collected.add(batch),
                Err(error) => Err(error),
            };
            match added {
                Err(error) if error.code != ErrorCode::EngineResourcesExhausted => return Err(error),
                Ok(()) if collected.memory.size() <= most => {}
                _ => return Ok(None),
            }
        }
    }

    fn empty(context: &OperationContext, schema: SchemaRef) -> Self {
        let memory = MemoryConsumer::new("DeltaSource").register(&context.state.runtime_env().memory_pool);
        Self { schema, batches: Vec::new(), memory }
    }

    fn add(&mut self, batch: RecordBatch) -> Result<()> {
        self.memory.try_grow(batch.get_array_memory_size()).typed()?;
        self.batches.push(batch);
        Ok(())
    }

    /// The rows as a table, and their memory, to be held as long as it.
    pub(super) fn into_table(self) -> Result<(Arc<MemTable>, MemoryReservation)> {
        let table = MemTable::try_new(self.schema, vec![self.batches]).typed()?;
        Ok((Arc::new(table), self.memory))
    }
}

async fn next(context: &OperationContext, stream: &mut SendableRecordBatchStream) -> Result<Option<RecordBatch>> {
    context.cancel.race(async { stream.try_next().await.typed() }).await
}

fn few_bytes(context: &OperationContext) -> usize {
    match context.state.runtime_env().memory_pool.memory_limit() {
        MemoryLimit::Finite(limit) => FEW_BYTES.min(limit / FEW_SHARE),
        _ => FEW_BYTES,
    }
}
