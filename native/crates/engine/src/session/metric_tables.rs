//! The table functions that show caches and metrics. They read when they are scanned.

use std::any::Any;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::record_batch::RecordBatch;
use async_trait::async_trait;
use datafusion::catalog::{Session as EngineSession, TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::plan_err;
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};

use super::cache_scope::{CacheKind, CacheStatistics};
use super::runtime_metrics::RuntimeState;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Cache(CacheKind),
    Metrics,
}

impl Shown {
    const ALL: [Self; 4] =
        [Self::Cache(CacheKind::ListFiles), Self::Cache(CacheKind::Metadata), Self::Cache(CacheKind::Statistics), Self::Metrics];

    const fn function(self) -> &'static str {
        match self {
            Self::Cache(CacheKind::ListFiles) => "list_files_cache",
            Self::Cache(CacheKind::Metadata) => "metadata_cache",
            Self::Cache(CacheKind::Statistics) => "statistics_cache",
            Self::Metrics => "runtime_metrics",
        }
    }

    fn schema(self) -> SchemaRef {
        let text = |name: &str| Field::new(name, DataType::Utf8, false);
        let number = |name: &str| Field::new(name, DataType::Int64, false);
        Arc::new(Schema::new(match self {
            Self::Cache(_) => vec![
                text("name"),
                number("entries"),
                number("bytes"),
                number("hits"),
                number("misses"),
                number("evictions"),
                number("limit_bytes"),
                Field::new("ttl_ms", DataType::Int64, true),
            ],
            Self::Metrics => vec![text("scope"), text("name"), text("type"), text("unit"), number("value")],
        }))
    }

    fn columns(self, state: &RuntimeState) -> Vec<ArrayRef> {
        match self {
            Self::Cache(kind) => {
                let CacheStatistics { name, entries, bytes, hits, misses, evictions, limit_bytes, ttl_ms } =
                    state.caches().statistics(kind);
                let number = |value: u64| -> ArrayRef { Arc::new(Int64Array::from_iter_values([signed(value)])) };
                vec![
                    Arc::new(StringArray::from_iter_values([name.as_str()])),
                    number(entries as u64),
                    number(bytes as u64),
                    number(hits),
                    number(misses),
                    number(evictions),
                    number(limit_bytes as u64),
                    Arc::new(Int64Array::from_iter([ttl_ms.map(signed)])),
                ]
            }
            Self::Metrics => {
                let rows = state.metrics().rows();
                vec![
                    Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.scope))),
                    Arc::new(StringArray::from_iter_values(rows.iter().map(|row| &row.name))),
                    Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.kind))),
                    Arc::new(StringArray::from_iter_values(rows.iter().map(|row| row.unit))),
                    Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| row.value))),
                ]
            }
        }
    }
}

fn signed(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// Adds the functions to a session.
pub(super) fn register(state: &mut SessionState, runtime: &Arc<RuntimeState>) {
    for shown in Shown::ALL {
        state.register_udtf(shown.function(), Arc::new(MetricFunction { shown, runtime: Arc::clone(runtime) }));
    }
}

/// The function whose result a table is, when it is one of these.
#[must_use]
pub fn function_of(provider: &dyn TableProvider) -> Option<&'static str> {
    let provider: &dyn Any = provider;
    provider.downcast_ref::<MetricTable>().map(|table| table.shown.function())
}

#[derive(Debug)]
struct MetricFunction {
    shown: Shown,
    runtime: Arc<RuntimeState>,
}

impl TableFunctionImpl for MetricFunction {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        if !args.exprs().is_empty() {
            return plan_err!("{} takes no arguments", self.shown.function());
        }
        Ok(Arc::new(MetricTable { shown: self.shown, schema: self.shown.schema(), runtime: Arc::clone(&self.runtime) }))
    }
}

#[derive(Clone, Debug)]
struct MetricTable {
    shown: Shown,
    schema: SchemaRef,
    runtime: Arc<RuntimeState>,
}

impl MetricTable {
    fn read(&self) -> Result<RecordBatch> {
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), self.shown.columns(&self.runtime))?)
    }
}

#[async_trait]
impl TableProvider for MetricTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _session: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let rows: Arc<dyn PartitionStream> = Arc::new(self.clone());
        Ok(Arc::new(StreamingTableExec::try_new(Arc::clone(&self.schema), vec![rows], projection, None, false, limit)?))
    }
}

impl PartitionStream for MetricTable {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        let table = self.clone();
        let batch = async move { table.read() };
        Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::once(batch)))
    }
}
