//! Tables kept in memory, paid for by the session's memory pool.

use std::any::Any;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::Result as EngineResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::TryStreamExt;
use parking_lot::Mutex;
use tokio::task::JoinSet;

use super::source::Source;
use crate::error::Result;
use crate::panic::{guarded, joined};
use crate::session::Session;
use crate::stream::memory_error::with_consumers;

/// Rows in memory; the pool gets the memory back when the table goes.
#[derive(Debug)]
pub struct MemoryTable {
    rows: MemTable,
    reservation: Arc<Mutex<MemoryReservation>>,
    count: usize,
}

impl MemoryTable {
    /// Runs a source and keeps its batches.
    pub async fn collect(session: &Arc<Session>, source: Source) -> Result<Self> {
        let pool: Arc<dyn MemoryPool> = Arc::<crate::session::memory_pool::SessionPool>::clone(session.pool());
        let reservation = Arc::new(Mutex::new(MemoryConsumer::new("MemoryTable").register(&pool)));
        let mut tasks = JoinSet::new();
        let partitions = source.plan.output_partitioning().partition_count();
        for index in 0..partitions {
            let stream = source.plan.execute(index, Arc::clone(&source.context))?;
            let reservation = Arc::clone(&reservation);
            tasks.spawn(async move { guarded(keep(stream, reservation)).await.map(|batches| (index, batches)) });
        }
        let mut kept: Vec<Vec<RecordBatch>> = vec![Vec::new(); partitions];
        while let Some(done) = tasks.join_next().await {
            let (index, batches) = joined(done)?.map_err(|error| with_consumers(error, session))?;
            if let Some(slot) = kept.get_mut(index) {
                *slot = batches;
            }
        }
        let count = kept.iter().flatten().map(RecordBatch::num_rows).sum();
        Ok(Self { rows: MemTable::try_new(source.plan.schema(), kept)?, reservation, count })
    }

    /// How many rows it has.
    #[must_use]
    pub const fn count(&self) -> usize {
        self.count
    }

    /// Bytes it holds of the pool.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.reservation.lock().size()
    }
}

async fn keep(mut stream: SendableRecordBatchStream, reservation: Arc<Mutex<MemoryReservation>>) -> Result<Vec<RecordBatch>> {
    let mut batches = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        reservation.lock().try_grow(get_record_batch_memory_size(&batch))?;
        batches.push(batch);
    }
    Ok(batches)
}

#[async_trait]
impl TableProvider for MemoryTable {
    fn schema(&self) -> SchemaRef {
        self.rows.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        self.rows.scan(state, projection, filters, limit).await
    }
}

/// True for a table kept in memory.
#[must_use]
pub fn is_memory_table(provider: &dyn TableProvider) -> bool {
    let any: &dyn Any = provider;
    any.is::<MemoryTable>()
}
