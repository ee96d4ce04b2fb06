//! DELETE and UPDATE of tables in memory.
//!
//! The engine's table changes its rows while the statement is planned. Here the plan changes them when it runs, so that
//! EXPLAIN and a refused statement change nothing.

use std::fmt::{self, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, UInt64Type};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::Expr;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PhysicalExpr, PlanProperties, ReplaceChildrenOptions,
};
use futures::stream;

/// What happens to the rows.
#[derive(Clone, Debug)]
pub(super) enum Change {
    /// Those for which every filter holds go.
    Delete(Vec<Expr>),
    /// They get new values, by column, where every filter holds.
    Update(Vec<(String, Expr)>, Vec<Expr>),
}

/// Changes rows when it runs and gives their number.
#[derive(Debug)]
pub(super) struct MemoryChangeExec {
    rows: Arc<dyn TableProvider>,
    state: SessionState,
    change: Change,
    affected: Arc<AtomicU64>,
    properties: Arc<PlanProperties>,
}

impl MemoryChangeExec {
    pub(super) fn new(rows: Arc<dyn TableProvider>, state: SessionState, change: Change) -> Self {
        let schema = Arc::new(Schema::new(vec![Field::new("count", DataType::UInt64, false)]));
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Self { rows, state, change, affected: Arc::default(), properties: Arc::new(properties) }
    }
}

impl DisplayAs for MemoryChangeExec {
    fn fmt_as(&self, _format: DisplayFormatType, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: rows_affected={}", self.name(), self.affected.load(Ordering::Relaxed))
    }
}

impl ExecutionPlan for MemoryChangeExec {
    fn name(&self) -> &'static str {
        "DmlResultExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn replace_children(
        self: Arc<Self>,
        _children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn apply_expressions(&self, _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (rows, state, change) = (Arc::clone(&self.rows), self.state.clone(), self.change.clone());
        let affected = Arc::clone(&self.affected);
        let counted = stream::once(async move { changed(rows.as_ref(), &state, change, context, &affected).await });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), counted)))
    }
}

async fn changed(
    rows: &dyn TableProvider,
    state: &SessionState,
    change: Change,
    context: Arc<TaskContext>,
    affected: &AtomicU64,
) -> Result<RecordBatch> {
    let done = match change {
        Change::Delete(filters) => rows.delete_from(state, filters).await?,
        Change::Update(assignments, filters) => rows.update(state, assignments, filters).await?,
    };
    let schema = done.schema();
    let batches = datafusion::physical_plan::collect(done, context).await?;
    let batch = arrow::compute::concat_batches(&schema, &batches)?;
    let count = batch.column(0).as_primitive::<UInt64Type>().values().iter().sum();
    affected.store(count, Ordering::Relaxed);
    Ok(batch)
}
