//! Operations of frames: a list of them over a source plan.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::common::{Column, DFSchema, JoinType, NullEquality};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::expr::{ExprSpec, Scope, SortSpec};
use super::leaf::source_plan;
use super::{Frame, FrameReply};
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::session::Session;
use crate::sql::policy::SqlPolicy;
use crate::stream::open::{StreamReply, StreamRequest};
use crate::wire::{HandleRef, Reply, decode};

/// One operation.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum Op {
    /// Exactly these columns.
    Select {
        /// In output order.
        values: Vec<ExprSpec>,
    },
    /// Rows where the predicate holds.
    Filter {
        /// A boolean.
        predicate: ExprSpec,
    },
    /// Adds or replaces columns; a replaced one keeps its place.
    WithColumns {
        /// In order.
        values: Vec<NamedExpr>,
    },
    /// All columns but these.
    Drop {
        /// Existing names.
        columns: Vec<String>,
    },
    /// New names.
    Rename {
        /// Old name → new name.
        columns: BTreeMap<String, String>,
    },
    /// Groups and aggregates.
    Aggregate {
        /// First in the output.
        by: Vec<ExprSpec>,
        /// Aggregates.
        values: Vec<ExprSpec>,
    },
    /// Orders rows.
    Sort {
        /// Most significant first.
        keys: Vec<SortSpec>,
    },
    /// Skips and limits rows.
    Limit {
        /// Null = all.
        #[ts(type = "number | null")]
        limit: Option<usize>,
        /// Rows left out first.
        #[ts(type = "number")]
        offset: usize,
    },
    /// Joins an operand.
    Join(JoinSpec),
    /// All rows of this and the operands, by position.
    Union {
        /// Operand positions.
        inputs: Vec<usize>,
    },
    /// A name for this input in qualified columns.
    Alias {
        /// The name.
        name: String,
    },
}

/// A value with its column name.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct NamedExpr {
    /// The column.
    pub name: String,
    /// Its value.
    pub value: ExprSpec,
}

/// A join with an operand.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct JoinSpec {
    /// Operand position.
    pub right: usize,
    /// Pairs of equal columns, left and right.
    pub on: Vec<(String, String)>,
    /// Kind of join.
    pub r#type: JoinKind,
    /// Further condition over both sides.
    #[serde(default)]
    pub filter: Option<ExprSpec>,
    /// Whether NULL equals NULL.
    #[serde(default)]
    pub null_equals: bool,
    /// Added to right columns whose name the left has.
    #[serde(default)]
    pub suffix: Option<String>,
}

/// Kinds of joins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "each is the join of its name")]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Semi,
    Anti,
    RightSemi,
    RightAnti,
}

impl From<JoinKind> for JoinType {
    fn from(kind: JoinKind) -> Self {
        match kind {
            JoinKind::Inner => Self::Inner,
            JoinKind::Left => Self::Left,
            JoinKind::Right => Self::Right,
            JoinKind::Full => Self::Full,
            JoinKind::Semi => Self::LeftSemi,
            JoinKind::Anti => Self::LeftAnti,
            JoinKind::RightSemi => Self::RightSemi,
            JoinKind::RightAnti => Self::RightAnti,
        }
    }
}

/// The request of `applyOps`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// A frame or sink.
    pub source: HandleRef,
    /// Performed in order.
    pub ops: Vec<Op>,
    /// Frames of joins and unions.
    #[serde(default)]
    pub operands: Vec<HandleRef>,
    /// Opens the stream of the rows too.
    #[serde(default)]
    pub open: Option<StreamRequest>,
}

/// The reply of `applyOps`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ApplyReply {
    /// The frame.
    #[serde(flatten)]
    pub frame: FrameReply,
    /// The stream that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<StreamReply>,
}

impl Session {
    /// The `applyOps` entrypoint.
    pub async fn apply_ops(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: ApplyRequest = decode(&call.request)?;
        let state = self.state()?;
        let operands = request.operands.iter().map(|handle| source_plan(self, &call.attached, *handle)).collect::<Result<Vec<_>>>()?;
        let builder = Builder { state: &state, policy: &self.spec().sql_policy, operands: &operands };
        let mut plan = source_plan(self, &call.attached, request.source)?;
        for (step, op) in request.ops.iter().enumerate() {
            plan = builder.apply(plan, op, step)?;
        }
        Frame::new(Arc::clone(self), plan)
            .into_opened_reply(&state, request.open, |frame, opened| Reply::of(&ApplyReply { frame, opened }))
            .await
    }
}

struct Builder<'a> {
    state: &'a SessionState,
    policy: &'a SqlPolicy,
    operands: &'a [LogicalPlan],
}

impl Builder<'_> {
    fn apply(&self, plan: LogicalPlan, op: &Op, step: usize) -> Result<LogicalPlan> {
        let schema = Arc::clone(plan.schema());
        let scope = Scope { state: self.state, schema: &schema, policy: self.policy, step };
        let built = match op {
            Op::Select { values } => project(plan, scope.all(values)?, step),
            Op::Filter { predicate } => {
                let predicate = scope.expr(predicate)?;
                finish(LogicalPlanBuilder::from(plan).filter(predicate), step)
            }
            Op::WithColumns { values } => {
                let columns = with_columns(&scope, values)?;
                project(plan, columns, step)
            }
            Op::Drop { columns } => project(plan, without(&scope, columns)?, step),
            Op::Rename { columns } => project(plan, renamed(&scope, columns)?, step),
            Op::Aggregate { by, values } => {
                let (by, values) = (scope.all(by)?, scope.all(values)?);
                finish(LogicalPlanBuilder::from(plan).aggregate(by, values), step)
            }
            Op::Sort { keys } => {
                let keys = scope.sorts(keys)?;
                finish(LogicalPlanBuilder::from(plan).sort(keys), step)
            }
            Op::Limit { limit, offset } => finish(LogicalPlanBuilder::from(plan).limit(*offset, *limit), step),
            Op::Join(join) => self.join(plan, join, step),
            Op::Union { inputs } => self.union(plan, inputs, step),
            Op::Alias { name } => finish(LogicalPlanBuilder::from(plan).alias(name.as_str()), step),
        }?;
        unique_names(built.schema(), step)?;
        Ok(built)
    }

    fn operand(&self, index: usize) -> Result<LogicalPlan> {
        self.operands.get(index).cloned().ok_or_else(|| EngineError::bad_request("$.operands", format!("there is no operand {index}")))
    }

    fn union(&self, plan: LogicalPlan, inputs: &[usize], step: usize) -> Result<LogicalPlan> {
        let mut plan = plan;
        for input in inputs {
            plan = finish(LogicalPlanBuilder::from(plan).union(self.operand(*input)?), step)?;
        }
        Ok(plan)
    }

    fn join(&self, left: LogicalPlan, spec: &JoinSpec, step: usize) -> Result<LogicalPlan> {
        let (left, right) = (qualified(left, "left", step)?, qualified(self.operand(spec.right)?, "right", step)?);
        let names = JoinNames::new(left.schema(), right.schema(), spec, step)?;
        let filter = match &spec.filter {
            None => None,
            Some(filter) => {
                let both = left.schema().join(right.schema()).map_err(|error| from_datafusion(Phase::Frame(step), &error))?;
                Some(Scope { state: self.state, schema: &both, policy: self.policy, step }.expr(filter)?)
            }
        };
        let keys: (Vec<Column>, Vec<Column>) =
            spec.on.iter().map(|(left, right)| (Column::new(Some("left"), left), Column::new(Some("right"), right))).unzip();
        let nulls = if spec.null_equals { NullEquality::NullEqualsNull } else { NullEquality::NullEqualsNothing };
        let kind = JoinType::from(spec.r#type);
        let joined = finish(LogicalPlanBuilder::from(left).join_detailed(right, kind, keys, filter, nulls), step)?;
        project(joined, names.output, step)
    }
}

/// The output of a join: equal names in `on` once, others of the right with the suffix when needed.
struct JoinNames {
    output: Vec<Expr>,
}

impl JoinNames {
    fn new(left: &DFSchema, right: &DFSchema, spec: &JoinSpec, step: usize) -> Result<Self> {
        for (name, schema) in spec.on.iter().flat_map(|(l, r)| [(l, left), (r, right)]) {
            if !schema.has_column_with_unqualified_name(name) {
                return Err(missing(schema, name, step));
            }
        }
        let side = |schema: &DFSchema, side: &str| -> Vec<Expr> {
            schema.fields().iter().map(|field| Expr::Column(Column::new(Some(side), field.name()))).collect()
        };
        let output = match spec.r#type {
            JoinKind::Semi | JoinKind::Anti => side(left, "left"),
            JoinKind::RightSemi | JoinKind::RightAnti => side(right, "right"),
            _ => both_sides(left, right, spec, step)?,
        };
        Ok(Self { output })
    }
}

fn both_sides(left: &DFSchema, right: &DFSchema, spec: &JoinSpec, step: usize) -> Result<Vec<Expr>> {
    let shared: HashSet<&str> = spec.on.iter().filter(|(l, r)| l == r).map(|(l, _)| l.as_str()).collect();
    let mut output = Vec::new();
    for field in left.fields() {
        let name = field.name();
        let own = Expr::Column(Column::new(Some("left"), name));
        let other = || Expr::Column(Column::new(Some("right"), name));
        output.push(match spec.r#type {
            JoinKind::Right if shared.contains(name.as_str()) => other().alias(name),
            JoinKind::Full if shared.contains(name.as_str()) => {
                datafusion::functions::core::expr_fn::coalesce(vec![own, other()]).alias(name)
            }
            _ => own.alias(name),
        });
    }
    for field in right.fields().iter().filter(|field| !shared.contains(field.name().as_str())) {
        let name = field.name();
        let column = Expr::Column(Column::new(Some("right"), name));
        output.push(match (left.has_column_with_unqualified_name(name), &spec.suffix) {
            (false, _) => column.alias(name),
            (true, Some(suffix)) => column.alias(format!("{name}{suffix}")),
            (true, None) => return Err(duplicate(name, step)),
        });
    }
    Ok(output)
}

fn qualified(plan: LogicalPlan, name: &str, step: usize) -> Result<LogicalPlan> {
    finish(LogicalPlanBuilder::from(plan).alias(name), step)
}

fn project(plan: LogicalPlan, values: Vec<Expr>, step: usize) -> Result<LogicalPlan> {
    distinct_names(&values, step)?;
    finish(LogicalPlanBuilder::from(plan).project(values), step)
}

fn finish(builder: datafusion::error::Result<LogicalPlanBuilder>, step: usize) -> Result<LogicalPlan> {
    builder.and_then(LogicalPlanBuilder::build).map_err(|error| from_datafusion(Phase::Frame(step), &error))
}

fn with_columns(scope: &Scope<'_>, values: &[NamedExpr]) -> Result<Vec<Expr>> {
    let mut new: Vec<(&str, Expr)> =
        values.iter().map(|value| Ok((value.name.as_str(), scope.expr(&value.value)?.alias(&value.name)))).collect::<Result<_>>()?;
    let mut output = Vec::new();
    for (qualifier, field) in scope.schema.iter() {
        let replaced = new.iter().position(|(name, _)| name == field.name());
        output.push(match replaced {
            Some(at) => new.remove(at).1,
            None => Expr::Column(Column::new(qualifier.cloned(), field.name())),
        });
    }
    output.extend(new.into_iter().map(|(_, value)| value));
    Ok(output)
}

fn without(scope: &Scope<'_>, columns: &[String]) -> Result<Vec<Expr>> {
    if let Some(unknown) = columns.iter().find(|name| !scope.schema.has_column_with_unqualified_name(name)) {
        return Err(scope.unknown(unknown));
    }
    Ok(kept(scope, |name| if columns.iter().any(|dropped| dropped == name) { None } else { Some(name.to_owned()) }))
}

fn renamed(scope: &Scope<'_>, columns: &BTreeMap<String, String>) -> Result<Vec<Expr>> {
    if let Some(unknown) = columns.keys().find(|name| !scope.schema.has_column_with_unqualified_name(name)) {
        return Err(scope.unknown(unknown));
    }
    Ok(kept(scope, |name| Some(columns.get(name).cloned().unwrap_or_else(|| name.to_owned()))))
}

fn kept(scope: &Scope<'_>, new_name: impl Fn(&str) -> Option<String>) -> Vec<Expr> {
    scope
        .schema
        .iter()
        .filter_map(|(qualifier, field)| {
            let column = Expr::Column(Column::new(qualifier.cloned(), field.name()));
            new_name(field.name()).map(|name| if name == *field.name() { column } else { column.alias(name) })
        })
        .collect()
}

fn distinct_names(values: &[Expr], step: usize) -> Result<()> {
    let mut seen = HashSet::new();
    match values.iter().map(|value| value.schema_name().to_string()).find(|name| !seen.insert(name.clone())) {
        Some(name) => Err(duplicate(name.rsplit('.').next().unwrap_or(&name), step)),
        None => Ok(()),
    }
}

fn unique_names(schema: &DFSchema, step: usize) -> Result<()> {
    let mut seen = HashSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        Some(field) => Err(duplicate(field.name(), step)),
        None => Ok(()),
    }
}

fn duplicate(name: &str, step: usize) -> EngineError {
    EngineError::new(
        ErrorCode::FrameDuplicateColumn,
        format!("Step {step} would give two columns '{name}'; use an alias, or a suffix in a join."),
    )
    .with("column", name)
    .with("step", step)
}

fn missing(schema: &DFSchema, name: &str, step: usize) -> EngineError {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let candidates = crate::error::nearest(name, &names);
    EngineError::new(ErrorCode::FrameUnknownColumn, format!("There is no column '{name}' to join on at step {step}."))
        .with("column", name)
        .with("step", step)
        .with("candidates", candidates)
}
