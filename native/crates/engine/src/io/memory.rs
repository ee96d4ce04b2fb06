//! Tables kept in memory, paid for by the session's memory pool.

use std::any::Any;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::common::Constraints;
use datafusion::common::utils::memory::get_record_batch_memory_size;
use datafusion::datasource::memory::PartitionData;
use datafusion::datasource::{MemTable, TableType};
use datafusion::error::Result as EngineResult;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::TryStreamExt;
use parking_lot::Mutex;
use tokio::sync::{Mutex as AsyncMutex, MutexGuard as AsyncMutexGuard};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::source::Source;
use crate::error::Result;
use crate::panic::{guarded, joined};
use crate::session::Session;
use crate::stream::memory_error::with_consumers;

/// Rows in memory, unlike those of any other table.
#[derive(Debug)]
pub struct MemoryTable {
    id: Uuid,
    rows: Arc<dyn TableProvider>,
    /// Held by the statement that changes the rows.
    changes: AsyncMutex<()>,
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
        Ok(Kept {
            table: Self { id: Uuid::now_v7(), rows: Arc::new(table), changes: AsyncMutex::default(), _memory: Some(reservation) },
            rows,
            bytes,
        })
    }

    /// What the engine's CREATE TABLE AS made becomes a table like the others; any other stays.
    #[must_use]
    pub fn adopt(table: Arc<dyn TableProvider>) -> Arc<dyn TableProvider> {
        let any: &dyn Any = table.as_ref();
        match any.is::<MemTable>() {
            true => Arc::new(Self { id: Uuid::now_v7(), rows: table, changes: AsyncMutex::default(), _memory: None }),
            false => table,
        }
    }

    /// Waits until no statement changes the rows but this one.
    pub async fn changing(&self) -> AsyncMutexGuard<'_, ()> {
        self.changes.lock().await
    }

    /// Its rows as they are; `None` while a statement changes them.
    #[must_use]
    pub fn rows_now(&self) -> Option<RowsThen> {
        let kept = self.partitions().iter().map(|partition| partition.try_read().map(|batches| batches.clone()).ok());
        kept.collect::<Option<Vec<_>>>().map(RowsThen)
    }

    /// Whether its rows are still those of then: the same memory, not only the same values.
    #[must_use]
    pub fn has(&self, then: &RowsThen) -> bool {
        let same = |now: &RecordBatch, then: &RecordBatch| {
            now.num_rows() == then.num_rows() && now.columns().iter().zip(then.columns()).all(|(now, then)| Arc::ptr_eq(now, then))
        };
        let equal =
            |now: &[RecordBatch], then: &[RecordBatch]| now.len() == then.len() && now.iter().zip(then).all(|(now, then)| same(now, then));
        self.rows_now().is_some_and(|now| now.0.len() == then.0.len() && now.0.iter().zip(&then.0).all(|(now, then)| equal(now, then)))
    }

    /// Puts rows of then back; false while a statement reads or changes them.
    #[must_use]
    pub fn put_back(&self, then: &RowsThen) -> bool {
        self.partitions().iter().zip(&then.0).all(|(partition, batches)| match partition.try_write() {
            Ok(mut now) => {
                now.clone_from(batches);
                true
            }
            Err(_) => false,
        })
    }

    /// Takes other rows in place of those of then; false when they have changed since, or while a statement reads them.
    #[must_use]
    pub fn exchange(&self, then: &RowsThen, batches: Vec<RecordBatch>) -> bool {
        let mut rows: Vec<Vec<RecordBatch>> = vec![Vec::new(); then.0.len()];
        match rows.first_mut() {
            Some(first) => *first = batches,
            None => return batches.is_empty(),
        }
        self.has(then) && self.put_back(&RowsThen(rows))
    }

    fn partitions(&self) -> &[PartitionData] {
        let any: &dyn Any = self.rows.as_ref();
        any.downcast_ref::<MemTable>().map(|rows| rows.batches.as_slice()).unwrap_or_default()
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

/// The rows of a table in memory at one moment.
#[derive(Clone, Debug)]
pub struct RowsThen(Vec<Vec<RecordBatch>>);

impl RowsThen {
    /// How many.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.iter().flatten().map(RecordBatch::num_rows).sum()
    }
}

/// The table in memory that a provider is.
#[must_use]
pub fn memory_table(provider: &dyn TableProvider) -> Option<&MemoryTable> {
    let any: &dyn Any = provider;
    any.downcast_ref()
}

/// The id of a table kept in memory; `None` for any other.
#[must_use]
pub fn memory_table_id(provider: &dyn TableProvider) -> Option<Uuid> {
    memory_table(provider).map(|table| table.id)
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn count(context: &SessionContext) -> usize {
        context.table("t").await.unwrap().count().await.unwrap()
    }

    #[tokio::test]
    async fn changed_rows_are_put_back() {
        let context = SessionContext::new();
        context.sql("CREATE TABLE t AS VALUES (1), (2), (3)").await.unwrap();
        let made = context.deregister_table("t").unwrap().unwrap();
        let table = MemoryTable::adopt(made);
        context.register_table("t", Arc::clone(&table)).unwrap();
        let own = memory_table(table.as_ref()).unwrap();
        let then = own.rows_now().unwrap();
        assert!(own.has(&then));
        context.sql("INSERT INTO t VALUES (4)").await.unwrap().collect().await.unwrap();
        assert_eq!((count(&context).await, own.has(&then)), (4, false));
        assert!(!own.exchange(&then, Vec::new()));
        let now = own.rows_now().unwrap();
        assert!(own.exchange(&now, Vec::new()));
        assert_eq!((count(&context).await, now.count(), own.has(&now)), (0, 4, false));
        assert!(own.put_back(&then));
        assert_eq!((count(&context).await, own.has(&then)), (3, true));
    }
}
