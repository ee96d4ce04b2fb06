//! Changes of tables in memory: a query gives the rows of the table as they become, and which of them were meant.
//! They change when the plan runs, so that EXPLAIN and a refused statement change nothing.

use std::cmp::Ordering;
use std::fmt::{self, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::array::{Array, AsArray, BooleanArray, RecordBatch, UInt64Array};
use arrow::compute::{filter_record_batch, is_null};
use arrow::datatypes::{DataType, Field, Int8Type, Schema};
use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchema, DFSchemaRef, DataFusionError};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, TaskContext};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, ReplaceChildrenOptions, collect,
};
use futures::stream;

use super::memory::{MemoryTable, memory_table, memory_table_id};
use crate::error::{EngineError, ErrorCode};
use crate::plan::typed::of_table;
use crate::sql::check::refused;

/// What the node is called.
pub(crate) const NAME: &str = "MemoryRewrite";

/// The last column of its input: true for the rows that are meant, else null.
pub(crate) const HIT: &str = "changed.hit";

/// The last column of the input of a MERGE: a [`Fate`]; null for rows of the source that nothing is done with.
pub(crate) const FATE: &str = "changed.fate";

/// What becomes of a row of a MERGE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is as it was.
    Stays = 0,
    /// It has new values.
    Changes = 1,
    /// It was there and goes.
    Goes = 2,
    /// It was not there before.
    Comes = 3,
}

/// What happens to the rows that are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Rewrite {
    /// They go.
    Delete,
    /// They have their new values already.
    Update,
    /// They come in the place of all that the table has.
    Replace,
    /// Each has its own [`Fate`].
    Merge,
}

/// Takes the rows of its input in place of those of a table. Their last column is [`HIT`] or [`FATE`].
#[derive(Clone, Debug)]
pub(crate) struct MemoryRewrite {
    name: String,
    table: Arc<dyn TableProvider>,
    rewrite: Rewrite,
    input: LogicalPlan,
    schema: DFSchemaRef,
}

impl MemoryRewrite {
    /// The plan that does it and gives the number of rows that are meant.
    pub(crate) fn plan(name: String, table: Arc<dyn TableProvider>, rewrite: Rewrite, input: LogicalPlan) -> Result<LogicalPlan> {
        let (schema, input) = (Arc::new(DFSchema::try_from(counted())?), of_table(input, &table.schema())?);
        Ok(LogicalPlan::Extension(Extension { node: Arc::new(Self { name, table, rewrite, input, schema }) }))
    }

    /// The plan that runs it.
    pub(crate) fn physical(&self, state: SessionState) -> Arc<dyn ExecutionPlan> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(Arc::new(counted())),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Final,
            Boundedness::Bounded,
        );
        Arc::new(MemoryRewriteExec { change: self.clone(), state, properties: Arc::new(properties) })
    }

    fn identity(&self) -> (&str, Option<uuid::Uuid>, Rewrite, &LogicalPlan) {
        (&self.name, memory_table_id(self.table.as_ref()), self.rewrite, &self.input)
    }
}

fn counted() -> Schema {
    Schema::new(vec![Field::new("count", DataType::UInt64, false)])
}

impl PartialEq for MemoryRewrite {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for MemoryRewrite {}

impl Hash for MemoryRewrite {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl PartialOrd for MemoryRewrite {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.name.partial_cmp(&other.name).filter(|order| *order != Ordering::Equal || self == other)
    }
}

impl UserDefinedLogicalNodeCore for MemoryRewrite {
    fn name(&self) -> &'static str {
        NAME
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn fmt_for_explain(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "{NAME}: op=[{:?}] table=[{}]", self.rewrite, self.name)
    }

    fn with_exprs_and_inputs(&self, _exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let input = inputs.into_iter().next().unwrap_or_else(|| self.input.clone());
        Ok(Self { input, ..self.clone() })
    }
}

#[derive(Debug)]
struct MemoryRewriteExec {
    change: MemoryRewrite,
    state: SessionState,
    properties: Arc<PlanProperties>,
}

impl DisplayAs for MemoryRewriteExec {
    fn fmt_as(&self, _format: DisplayFormatType, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "MemoryRewriteExec: op=[{:?}] table=[{}]", self.change.rewrite, self.change.name)
    }
}

impl ExecutionPlan for MemoryRewriteExec {
    fn name(&self) -> &'static str {
        "MemoryRewriteExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        Vec::new()
    }

    fn apply_expressions(&self, _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
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

    fn execute(&self, _partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (change, state) = (self.change.clone(), self.state.clone());
        let counted_rows = async move {
            let meant = change.run(&state, &context).await?;
            Ok(RecordBatch::try_new(Arc::new(counted()), vec![Arc::new(UInt64Array::from(vec![meant as u64]))])?)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(Arc::new(counted()), stream::once(counted_rows))))
    }
}

/// How often the rows are computed again when others have been added meanwhile.
const ATTEMPTS: usize = 10;

impl MemoryRewrite {
    /// Changes the rows, one statement after the other. Returns how many were meant.
    async fn run(&self, state: &SessionState, context: &Arc<TaskContext>) -> Result<usize> {
        let table = memory_table(self.table.as_ref()).ok_or_else(|| EngineError::internal("rows of no table in memory"))?;
        let _alone = table.changing().await;
        for _ in 0..ATTEMPTS {
            let Some(then) = table.rows_now() else {
                tokio::task::yield_now().await;
                continue;
            };
            // The scan of the plan has the rows of this moment.
            let plan = state.create_physical_plan(&self.input).await?;
            let becoming = rewritten(collect(plan, Arc::clone(context)).await?, then.count(), self.rewrite, table);
            if table.has(&then) {
                let (batches, meant) = becoming?;
                if table.exchange(&then, batches) {
                    return Ok(meant);
                }
            }
        }
        let message = format!("Other statements change '{}' all the time; run this one again.", self.name);
        Err(EngineError::new(ErrorCode::EngineExecution, message).into())
    }
}

/// The rows of the table as they become, and how many were meant.
fn rewritten(rows: Vec<RecordBatch>, before: usize, rewrite: Rewrite, table: &MemoryTable) -> Result<(Vec<RecordBatch>, usize)> {
    let (mut batches, mut seen, mut meant) = (Vec::with_capacity(rows.len()), 0, 0);
    for batch in rows {
        let judged = Judged::of(&batch, rewrite).ok_or_else(|| EngineError::internal("rows that do not tell what becomes of them"))?;
        seen += judged.seen;
        meant += judged.meant;
        batches.push(left(&batch, &judged, table)?);
    }
    if seen == before || rewrite == Rewrite::Replace {
        return Ok((batches, meant));
    }
    let (several, use_instead) = match rewrite {
        Rewrite::Merge => ("MERGE that finds several rows of the source for a row", "a source with one row for each row of the table"),
        _ => ("UPDATE that finds several values for a row", "a FROM with one row for each row of the table"),
    };
    Err(DataFusionError::from(refused(several, use_instead)))
}

/// What the last column of a batch says.
struct Judged {
    /// The rows that the table had.
    seen: usize,
    /// The rows that come, go or change.
    meant: usize,
    /// The rows that the table has then; none for all.
    stay: Option<BooleanArray>,
}

impl Judged {
    fn of(batch: &RecordBatch, rewrite: Rewrite) -> Option<Self> {
        let last = batch.columns().last()?;
        if rewrite == Rewrite::Merge {
            let fates = last.as_primitive_opt::<Int8Type>()?;
            let count = |fate: Fate| fates.iter().flatten().filter(|code| *code == fate as i8).count();
            let (changed, gone) = (count(Fate::Changes), count(Fate::Goes));
            let stay = fates.iter().map(|fate| Some(fate.is_some_and(|code| code != Fate::Goes as i8)));
            return Some(Self {
                seen: count(Fate::Stays) + changed + gone,
                meant: changed + gone + count(Fate::Comes),
                stay: Some(stay.collect()),
            });
        }
        let hits = last.as_boolean_opt()?;
        let stay = (rewrite == Rewrite::Delete).then(|| is_null(hits as &dyn Array)).transpose().ok()?;
        Some(Self { seen: batch.num_rows(), meant: hits.true_count(), stay })
    }
}

/// The rows of a batch that stay, as those of the table.
fn left(batch: &RecordBatch, judged: &Judged, table: &MemoryTable) -> Result<RecordBatch> {
    let rows = match &judged.stay {
        None => batch.clone(),
        Some(stay) => filter_record_batch(batch, stay)?,
    };
    let columns = rows.columns().iter().take(batch.num_columns() - 1).cloned().collect();
    Ok(RecordBatch::try_new(table.schema(), columns)?)
}
