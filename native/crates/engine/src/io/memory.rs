//! Tables kept in memory, paid for by the session's memory pool.

use std::any::Any;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::common::Constraints;
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::TryStreamExt;
use parking_lot::Mutex;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::memory_change::{Change, MemoryChangeExec};
use super::source::Source;
use crate::error::{EngineError, Result};
use crate::panic::{guarded, joined};
use crate::session::Session;
use crate::stream::memory_error::with_consumers;

/// Rows in memory, unlike those of any other table.
#[derive(Debug)]
pub struct MemoryTable {
    id: Uuid,
    rows: Arc<dyn TableProvider>,
    /// The pool gets the memory back when the table goes.
    _memory: Option<Arc<Mutex<MemoryReservation>>>,
}

/// A source whose rows were kept.
pub struct Kept {
    /// The table.
    pub table: MemoryTable,
    /// Its rows.
    pub rows: usize,
    /// Bytes it holds of the pool.
    pub bytes: usize,
}

impl MemoryTable {
    /// Runs a source and keeps its batches.
    pub async fn collect(session: &Arc<Session>, source: Source) -> Result<Kept> {
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
        let rows = kept.iter().flatten().map(RecordBatch::num_rows).sum();
        let bytes = reservation.lock().size();
        let table = MemTable::try_new(source.plan.schema(), kept)?;
        Ok(Kept { table: Self { id: Uuid::now_v7(), rows: Arc::new(table), _memory: Some(reservation) }, rows, bytes })
    }

    /// What the engine's CREATE TABLE AS made becomes a table like the others; any other stays.
    #[must_use]
    pub fn adopt(table: Arc<dyn TableProvider>) -> Arc<dyn TableProvider> {
        let any: &dyn Any = table.as_ref();
        match any.is::<MemTable>() {
            true => Arc::new(Self { id: Uuid::now_v7(), rows: table, _memory: None }),
            false => table,
        }
    }

    /// The plan that changes the rows when it runs.
    fn change(&self, state: &dyn EngineSession, change: Change) -> EngineResult<Arc<dyn ExecutionPlan>> {
        let state = state.as_any().downcast_ref::<SessionState>().cloned();
        let state = state.ok_or_else(|| DataFusionError::from(EngineError::internal("a statement without the session's state")))?;
        Ok(Arc::new(MemoryChangeExec::new(Arc::clone(&self.rows), state, change)))
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

    fn constraints(&self) -> Option<&Constraints> {
        self.rows.constraints()
    }

    fn get_column_default(&self, column: &str) -> Option<&Expr> {
        self.rows.get_column_default(column)
    }

    async fn insert_into(
        &self,
        state: &dyn EngineSession,
        input: Arc<dyn ExecutionPlan>,
        operation: InsertOp,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        self.rows.insert_into(state, input, operation).await
    }

    async fn delete_from(&self, state: &dyn EngineSession, filters: Vec<Expr>) -> EngineResult<Arc<dyn ExecutionPlan>> {
        self.change(state, Change::Delete(filters))
    }

    async fn update(
        &self,
        state: &dyn EngineSession,
        assignments: Vec<(String, Expr)>,
        filters: Vec<Expr>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        self.change(state, Change::Update(assignments, filters))
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

/// The id of a table kept in memory; `None` for any other.
#[must_use]
pub fn memory_table_id(provider: &dyn TableProvider) -> Option<Uuid> {
    let any: &dyn Any = provider;
    any.downcast_ref::<MemoryTable>().map(|table| table.id)
}
