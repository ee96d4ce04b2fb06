//! EXPLAIN and the like as a table, since the engine takes such a plan at the root only.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::datasource::TableType;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::expressions::Column;
use datafusion::physical_plan::projection::ProjectionExec;

/// A plan that must be the root of what is planned.
#[derive(Debug)]
pub(super) struct RootPlan {
    plan: LogicalPlan,
    schema: SchemaRef,
}

impl RootPlan {
    /// The table of such a plan; `None` for any other.
    pub(super) fn of(plan: &LogicalPlan) -> Option<Arc<Self>> {
        let needs_root = matches!(plan, LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) | LogicalPlan::DescribeTable(_));
        needs_root.then(|| Arc::new(Self { plan: plan.clone(), schema: Arc::clone(plan.schema().inner()) }))
    }
}

#[async_trait]
impl TableProvider for RootPlan {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        state: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let plan = state.create_physical_plan(&self.plan).await?;
        let Some(projection) = projection else { return Ok(plan) };
        let column = |index: &usize| -> (Arc<dyn datafusion::physical_plan::PhysicalExpr>, String) {
            let name = self.schema.field(*index).name();
            (Arc::new(Column::new(name, *index)), name.clone())
        };
        Ok(Arc::new(ProjectionExec::try_new(projection.iter().map(column).collect::<Vec<_>>(), plan)?))
    }
}
