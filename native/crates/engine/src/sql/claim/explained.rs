//! A claimed statement inside EXPLAIN: the command over the plan of its rows.

use std::cmp::Ordering;
use std::fmt::{self, Formatter};
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, DataFusionError};
use datafusion::error::Result;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::{OrderingRequirements, PhysicalExpr};
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, ReplaceChildrenOptions,
};
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::Claimed;
use crate::error::{EngineError, ErrorCode};
use crate::io::memory_rewrite::MemoryRewrite;
use crate::plan::one_partition::OnePartition;

/// The plan that EXPLAIN shows.
pub(super) fn node(claimed: Claimed) -> LogicalPlan {
    let command = format!("{}, module={}", claimed.request, claimed.module);
    LogicalPlan::Extension(Extension { node: Arc::new(Command { command, input: claimed.input }) })
}

/// The command and the rows it takes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Command {
    command: String,
    input: LogicalPlan,
}

impl PartialOrd for Command {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.command.partial_cmp(&other.command).filter(|order| *order != Ordering::Equal || self == other)
    }
}

impl UserDefinedLogicalNodeCore for Command {
    fn name(&self) -> &'static str {
        "Command"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "Command: {}", self.command)
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let input = inputs.into_iter().next().unwrap_or_else(|| self.input.clone());
        Ok(Self { command: self.command.clone(), input })
    }
}

/// The engine's planner, which knows commands too.
#[derive(Debug)]
pub(crate) struct CommandPlanner;

#[async_trait]
impl QueryPlanner for CommandPlanner {
    async fn create_physical_plan(&self, plan: &LogicalPlan, session: &dyn Session) -> Result<Arc<dyn ExecutionPlan>> {
        let planner = DefaultPhysicalPlanner::with_extension_planners(vec![Arc::new(Self)]);
        if let Some(narrower) = OnePartition::of(plan, session) {
            let physical = planner.create_physical_plan(plan, &narrower).await?;
            if narrower.suits(plan) {
                return Ok(physical);
            }
        }
        planner.create_physical_plan(plan, session).await
    }
}

#[async_trait]
impl ExtensionPlanner for CommandPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn Session,
        _context: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if let Some(rewrite) = node.as_any().downcast_ref::<MemoryRewrite>() {
            let state = session.as_any().downcast_ref::<SessionState>().cloned();
            let state = state.ok_or_else(|| DataFusionError::from(EngineError::internal("a statement without the session's state")))?;
            return Ok(Some(rewrite.physical(state)));
        }
        let Some(command) = node.as_any().downcast_ref::<Command>() else { return Ok(None) };
        let Some(input) = physical_inputs.first() else { return Ok(None) };
        let order = input.properties().output_ordering().cloned().map(OrderingRequirements::from);
        Ok(Some(Arc::new(CommandExec { command: command.command.clone(), order, input: Arc::clone(input) })))
    }
}

/// Shows the command; it is performed elsewhere.
#[derive(Debug)]
struct CommandExec {
    command: String,
    /// What the rows are ordered by when it takes them.
    order: Option<OrderingRequirements>,
    input: Arc<dyn ExecutionPlan>,
}

impl DisplayAs for CommandExec {
    fn fmt_as(&self, format: DisplayFormatType, formatter: &mut Formatter<'_>) -> fmt::Result {
        match format {
            DisplayFormatType::TreeRender => writeln!(formatter, "{}", self.command),
            _ => write!(formatter, "CommandExec: {}", self.command),
        }
    }
}

impl ExecutionPlan for CommandExec {
    fn name(&self) -> &'static str {
        "CommandExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        vec![self.order.clone()]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn apply_expressions(&self, _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.input));
        Ok(Arc::new(Self { command: self.command.clone(), order: self.order.clone(), input }))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, _partition: usize, _context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let message = format!("{} is not run as a part of a query; run it with session.execute.", self.command);
        Err(DataFusionError::from(EngineError::new(ErrorCode::SqlStatementUnsupported, message).with("statement", &self.command)))
    }
}
