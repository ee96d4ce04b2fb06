//! Queries of one small file are planned for one partition from the start: exchanges that [`SmallInput`] would take out again
//! cost as much as all other rules of a small query. Without that rule they are planned like any other.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::{CatalogProviderList, Session};
use datafusion::common::DFSchema;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::TableOptions;
use datafusion::datasource::source_as_provider;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::context::{QueryPlanner, SessionConfig};
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::registry::ExtensionTypeRegistryRef;
use datafusion::logical_expr::{AggregateUDF, Expr, HigherOrderUDF, LogicalPlan, ScalarUDF, WindowUDF};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::operator_statistics::StatisticsRegistry;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use crate::io::file_table::file_table;
use crate::rules::small_input::SmallInput;

/// A session whose plans have one partition.
pub(crate) struct OnePartition<'a> {
    session: &'a dyn Session,
    config: SessionConfig,
    table_options: TableOptions,
}

impl<'a> OnePartition<'a> {
    /// What to plan a query with: none where the session's own partitions are of use.
    pub(crate) fn of(plan: &LogicalPlan, session: &'a dyn Session) -> Option<Self> {
        let most = session.config_options().optimizer.repartition_file_min_size;
        let merges = || session.physical_optimizers().iter().any(|rule| rule.name() == SmallInput.name());
        let narrower = session.config().target_partitions() > 1 && reads_one_small_file(plan, most) && merges();
        narrower.then(|| Self {
            session,
            config: session.config().clone().with_target_partitions(1),
            table_options: session.table_options().clone(),
        })
    }

    /// Whether the file is still alone and small, now that planning has looked at it.
    pub(crate) fn suits(&self, plan: &LogicalPlan) -> bool {
        reads_one_small_file(plan, self.config.options().optimizer.repartition_file_min_size)
    }
}

/// Whether a plan reads one file of less than `most` bytes, as it was last seen, and does no more than keep or lessen its rows.
fn reads_one_small_file(plan: &LogicalPlan, most: usize) -> bool {
    let (mut scans, mut small) = (0, true);
    let visited = plan.apply_with_subqueries(|node| {
        small = match node {
            LogicalPlan::TableScan(scan) => {
                scans += 1;
                let table = source_as_provider(&scan.source);
                let bytes = table.ok().and_then(|table| file_table(table.as_ref())?.listing().only_file());
                bytes.is_some_and(|bytes| bytes < most as u64)
            }
            LogicalPlan::Aggregate(_)
            | LogicalPlan::Analyze(_)
            | LogicalPlan::Explain(_)
            | LogicalPlan::Filter(_)
            | LogicalPlan::Limit(_)
            | LogicalPlan::Projection(_)
            | LogicalPlan::Sort(_)
            | LogicalPlan::SubqueryAlias(_) => true,
            _ => false,
        };
        Ok(if small { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    visited.is_ok() && small && scans == 1
}

#[async_trait]
impl Session for OnePartition<'_> {
    fn session_id(&self) -> &str {
        self.session.session_id()
    }

    fn config(&self) -> &SessionConfig {
        &self.config
    }

    fn catalog_list(&self) -> Arc<dyn CatalogProviderList> {
        self.session.catalog_list()
    }

    fn query_planner(&self) -> Arc<dyn QueryPlanner + Send + Sync> {
        self.session.query_planner()
    }

    fn optimize(&self, plan: &LogicalPlan) -> Result<LogicalPlan> {
        self.session.optimize(plan)
    }

    fn physical_optimizers(&self) -> &[Arc<dyn PhysicalOptimizerRule + Send + Sync>] {
        self.session.physical_optimizers()
    }

    fn statistics_registry(&self) -> Option<&StatisticsRegistry> {
        self.session.statistics_registry()
    }

    async fn create_physical_plan(&self, plan: &LogicalPlan) -> Result<Arc<dyn ExecutionPlan>> {
        self.session.create_physical_plan(plan).await
    }

    fn create_physical_expr(&self, expr: Expr, schema: &DFSchema) -> Result<Arc<dyn PhysicalExpr>> {
        self.session.create_physical_expr(expr, schema)
    }

    fn scalar_functions(&self) -> &HashMap<String, Arc<ScalarUDF>> {
        self.session.scalar_functions()
    }

    fn higher_order_functions(&self) -> &HashMap<String, Arc<HigherOrderUDF>> {
        self.session.higher_order_functions()
    }

    fn aggregate_functions(&self) -> &HashMap<String, Arc<AggregateUDF>> {
        self.session.aggregate_functions()
    }

    fn window_functions(&self) -> &HashMap<String, Arc<WindowUDF>> {
        self.session.window_functions()
    }

    fn extension_type_registry(&self) -> &ExtensionTypeRegistryRef {
        self.session.extension_type_registry()
    }

    fn runtime_env(&self) -> &Arc<RuntimeEnv> {
        self.session.runtime_env()
    }

    fn execution_props(&self) -> &ExecutionProps {
        self.session.execution_props()
    }

    fn as_any(&self) -> &dyn Any {
        self.session.as_any()
    }

    fn table_options(&self) -> &TableOptions {
        &self.table_options
    }

    fn table_options_mut(&mut self) -> &mut TableOptions {
        &mut self.table_options
    }

    fn task_ctx(&self) -> Arc<TaskContext> {
        self.session.task_ctx()
    }
}
