//! Sources as tables of the operation's plan.

use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Column, DataFusionError};
use datafusion::datasource::{TableType, provider_as_source, source_as_provider};
use datafusion::error::Result as PlanResult;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::collected::Collected;
use super::context::{OperationContext, Source};
use super::error::Typed;
use super::provider::DeltaProvider;
use crate::error::{EngineError, Result};
use crate::io::source::SourcePlan;

/// A source ready to be planned.
pub(super) struct Prepared {
    /// A scan of the source.
    pub(super) plan: LogicalPlan,
    /// Delta tables and versions it reads.
    pub(super) inputs: Vec<(String, Value)>,
    /// What was planned of a source that is a plan, once it was.
    planned: Arc<Mutex<Option<LogicalPlan>>>,
    /// Memory of a collected source, held as long as this.
    _memory: Option<MemoryReservation>,
}

impl Prepared {
    /// A source that is read once, while it is written.
    pub(super) fn streaming(context: &OperationContext, source: Source) -> Result<Self> {
        match source {
            Source::Plan(plan) => Self::planned(context, plan),
            Source::OneShot(stream) => {
                let schema = stream.schema();
                let partition = OneShot { schema: Arc::clone(&schema), stream: Mutex::new(Some(stream)) };
                let table = StreamingTable::try_new(schema, vec![Arc::new(partition)]).typed()?;
                Ok(Self { plan: scan(Arc::new(table))?, inputs: Vec::new(), planned: Arc::default(), _memory: None })
            }
        }
    }

    /// A source that gives the same rows however often it is read: what might not is collected first, and so is what takes
    /// little memory.
    pub(super) async fn repeatable(context: &OperationContext, source: Source) -> Result<Self> {
        let plan = match source {
            Source::Plan(plan) => plan,
            Source::OneShot(stream) => return Self::collected(Collected::all(context, stream).await?, Vec::new()),
        };
        let inputs = inputs(&plan)?;
        let physical = context.cancel.watch(context.state.create_physical_plan(&plan).await.typed()?).typed()?;
        let stream = datafusion::physical_plan::execute_stream(physical, context.state.task_ctx()).typed()?;
        if is_volatile(&plan)? {
            return Self::collected(Collected::all(context, stream).await?, inputs);
        }
        match Collected::few(context, stream).await? {
            Some(few) => Self::collected(few, inputs),
            None => Self::planned(context, plan),
        }
    }

    fn planned(context: &OperationContext, plan: LogicalPlan) -> Result<Self> {
        let inputs = inputs(&plan)?;
        let planned = Arc::default();
        let schema = Arc::clone(plan.schema().inner());
        let table = PlannedSource { schema, plan, state: context.state.clone(), planned: Arc::clone(&planned) };
        Ok(Self { plan: scan(Arc::new(table))?, inputs, planned, _memory: None })
    }

    fn collected(rows: Collected, inputs: Vec<(String, Value)>) -> Result<Self> {
        let (table, memory) = rows.into_table()?;
        Ok(Self { plan: scan(table)?, inputs, planned: Arc::default(), _memory: Some(memory) })
    }

    /// What identifies the plan that was run, after it was; none for a source that is no plan.
    pub(super) fn source_plan(&self) -> Option<SourcePlan> {
        self.planned.lock().as_ref().and_then(SourcePlan::of)
    }

    /// The tables read as one JSON value; `None` without any.
    pub(super) fn inputs_json(&self) -> Option<Value> {
        (!self.inputs.is_empty()).then(|| self.inputs.iter().map(|(_, input)| input.clone()).collect())
    }

    /// True when the source reads this table itself.
    pub(super) fn reads(&self, table_id: &str) -> bool {
        self.inputs.iter().any(|(id, _)| id == table_id)
    }
}

fn scan(table: Arc<dyn TableProvider>) -> Result<LogicalPlan> {
    LogicalPlanBuilder::scan("source", provider_as_source(table), None).and_then(LogicalPlanBuilder::build).typed()
}

/// The Delta tables a plan reads, subqueries included.
fn inputs(plan: &LogicalPlan) -> Result<Vec<(String, Value)>> {
    let mut found = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(delta) = (provider.as_ref() as &dyn std::any::Any).downcast_ref::<DeltaProvider>()
        {
            let identity = delta.identity();
            let input = json!({"tableId": identity.table_id, "uri": identity.uri, "version": identity.version});
            if !found.iter().any(|(_, seen)| seen == &input) {
                found.push((identity.table_id.clone(), input));
            }
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .typed()?;
    Ok(found)
}

/// True when two runs of a plan may give other rows.
fn is_volatile(plan: &LogicalPlan) -> Result<bool> {
    let mut volatile = false;
    plan.apply_with_subqueries(|node| {
        // The order of rows is not fixed, so neither is what a limit keeps nor what a window counts.
        let unordered = matches!(node, LogicalPlan::Limit(_) | LogicalPlan::Window(_));
        volatile |= unordered || node.expressions().iter().any(Expr::is_volatile);
        Ok(if volatile { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    })
    .typed()?;
    Ok(volatile)
}

/// A plan that is planned by its own session, whatever planner the operation has.
struct PlannedSource {
    plan: LogicalPlan,
    schema: SchemaRef,
    state: SessionState,
    /// Takes the optimised plan.
    planned: Arc<Mutex<Option<LogicalPlan>>>,
}

impl Debug for PlannedSource {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "PlannedSource({:?})", self.schema)
    }
}

#[async_trait]
impl TableProvider for PlannedSource {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    async fn scan(
        &self,
        _session: &dyn Session,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let plan = match projection {
            None => self.plan.clone(),
            Some(indexes) => {
                let columns = self.plan.schema().columns();
                let kept: Vec<Column> = indexes.iter().filter_map(|index| columns.get(*index).cloned()).collect();
                LogicalPlanBuilder::from(self.plan.clone()).project(kept.into_iter().map(Expr::Column))?.build()?
            }
        };
        let optimized = self.state.optimize(&plan)?;
        #[expect(clippy::disallowed_methods, reason = "the rules see the whole plan of the operation, so none may see this part twice")]
        let unruled = SessionStateBuilder::new_from_existing(self.state.clone()).with_physical_optimizer_rules(Vec::new()).build();
        let physical = self.state.query_planner().create_physical_plan(&optimized, &unruled).await?;
        *self.planned.lock() = Some(optimized);
        Ok(physical)
    }
}

/// One partition that can be read once.
struct OneShot {
    schema: SchemaRef,
    stream: Mutex<Option<SendableRecordBatchStream>>,
}

impl Debug for OneShot {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("OneShot")
    }
}

impl PartitionStream for OneShot {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _context: Arc<TaskContext>) -> SendableRecordBatchStream {
        self.stream.lock().take().unwrap_or_else(|| {
            let error = DataFusionError::from(EngineError::internal("a one-shot source was read twice"));
            Box::pin(RecordBatchStreamAdapter::new(Arc::clone(&self.schema), futures::stream::iter([Err(error)])))
        })
    }
}
