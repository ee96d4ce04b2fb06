//! Operations of frames: a list of them over a source plan.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use datafusion::common::{Column, DFSchema, ScalarValue};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::utils::find_window_exprs;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::expr::{ExprSpec, NamedExpr, SortSpec};
use super::join::JoinSpec;
use super::scope::Scope;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::plan::typed::typed;
use crate::sql::policy::SqlPolicy;

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
    /// Values in place of nulls; a column keeps its type.
    FillNull {
        /// Existing columns.
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
    /// Each row once.
    Distinct,
    /// The first row of each group.
    DistinctOn {
        /// The groups.
        on: Vec<ExprSpec>,
        /// Begins with the groups.
        order_by: Vec<SortSpec>,
    },
    /// Groups and aggregates.
    Aggregate {
        /// First in the output.
        by: Vec<ExprSpec>,
        /// Aggregates.
        values: Vec<ExprSpec>,
        /// More than one grouping by these columns.
        #[serde(default)]
        sets: Option<GroupingSets>,
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
    /// The rows of this and the operands.
    Union {
        /// Operand positions.
        inputs: Vec<usize>,
        /// Each row once.
        #[serde(default)]
        distinct: bool,
        /// How columns find each other.
        #[serde(default)]
        by: UnionBy,
    },
    /// Rows that an operand has too.
    Intersect {
        /// Operand position.
        right: usize,
        /// Keeps duplicates.
        all: bool,
    },
    /// Rows that an operand has not.
    Except {
        /// Operand position.
        right: usize,
        /// Keeps duplicates.
        all: bool,
    },
    /// A row per element of lists, a column per field of structs.
    Unnest {
        /// Lists or structs.
        columns: Vec<String>,
        /// What becomes of rows without an element.
        nulls: UnnestNulls,
    },
    /// Spreads the rows over partitions.
    Repartition {
        /// By the hash of these; in turn when null.
        #[serde(default)]
        hash: Option<Vec<ExprSpec>>,
        /// How many; the session's when null.
        #[serde(default)]
        partitions: Option<usize>,
    },
    /// Count, nulls, mean, deviation, least, greatest and median of each column.
    Describe,
    /// A name for this input in qualified columns.
    Alias {
        /// The name.
        name: String,
    },
}

/// More than one grouping.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum GroupingSets {
    /// All columns, all but the last, …, none.
    Rollup,
    /// Every subset.
    Cube,
    /// Positions in `by`.
    Sets(Vec<Vec<usize>>),
}

/// How the columns of a union find each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum UnionBy {
    /// The first with the first.
    #[default]
    Position,
    /// Equal names; all inputs have the same.
    Name,
    /// Equal names; a missing one is null.
    AnyName,
}

/// What becomes of rows without an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnnestNulls {
    /// They go.
    Drop,
    /// Null lists stay as one row, empty ones go.
    Preserve,
    /// Both stay as one row.
    PreserveEmpty,
}

/// What operations are planned with.
pub struct Planner<'a> {
    /// The session's functions and parser.
    pub state: &'a SessionState,
    /// What SQL fragments and functions may do.
    pub policy: &'a SqlPolicy,
    /// Frames of joins, unions and subqueries.
    pub operands: &'a [LogicalPlan],
    /// Values by name.
    pub parameters: BTreeMap<String, ScalarValue>,
}

impl<'a> Planner<'a> {
    /// One without operands and parameters.
    #[must_use]
    pub fn new(state: &'a SessionState, policy: &'a SqlPolicy) -> Self {
        Self { state, policy, operands: &[], parameters: BTreeMap::new() }
    }

    pub(super) fn apply(&self, plan: LogicalPlan, op: &Op, step: usize, outer: Option<&Scope<'_>>) -> Result<LogicalPlan> {
        let schema = Arc::clone(plan.schema());
        let scope = Scope::new(self, &schema, step).within(outer);
        let built = match op {
            Op::Select { values } => project(plan, scope.columns(values)?, step),
            Op::Filter { predicate } => finish(LogicalPlanBuilder::from(plan).filter(scope.expr(predicate)?), step),
            Op::WithColumns { values } => project(plan, scope.with_columns(values)?, step),
            Op::FillNull { values } => project(plan, scope.filled(values)?, step),
            Op::Drop { columns } => project(plan, without(&scope, columns)?, step),
            Op::Rename { columns } => project(plan, renamed(&scope, columns)?, step),
            Op::Distinct => finish(LogicalPlanBuilder::from(plan).distinct(), step),
            Op::DistinctOn { on, order_by } => {
                let every = schema.columns().into_iter().map(Expr::Column).collect();
                let order = scope.sorts(order_by)?;
                finish(LogicalPlanBuilder::from(plan).distinct_on(scope.all(on)?, every, Some(order)), step)
            }
            Op::Aggregate { by, values, sets } => scope.aggregate(plan, (by, values), sets.as_ref()),
            Op::Sort { keys } => finish(LogicalPlanBuilder::from(plan).sort(scope.sorts(keys)?), step),
            Op::Limit { limit, offset } => finish(LogicalPlanBuilder::from(plan).limit(*offset, *limit), step),
            Op::Join(join) => self.join(plan, join, step),
            Op::Union { inputs, distinct, by } => self.union(plan, inputs, (*distinct, *by), step),
            Op::Intersect { right, all } => finish(LogicalPlanBuilder::intersect(plan, self.operand(*right)?, *all).map(Into::into), step),
            Op::Except { right, all } => finish(LogicalPlanBuilder::except(plan, self.operand(*right)?, *all).map(Into::into), step),
            Op::Unnest { columns, nulls } => scope.unnest(plan, columns, *nulls),
            Op::Repartition { hash, partitions } => scope.repartition(plan, hash.as_deref(), *partitions),
            Op::Describe => scope.describe(plan),
            Op::Alias { name } => finish(LogicalPlanBuilder::from(plan).alias(name.as_str()), step),
        }?;
        // What has brought types together keeps them in every other operation.
        let computes =
            matches!(op, Op::Select { .. } | Op::WithColumns { .. } | Op::FillNull { .. } | Op::Aggregate { .. } | Op::Union { .. });
        let built = if computes { typed(built) } else { built };
        unique_names(built.schema(), step)?;
        Ok(built)
    }

    pub(super) fn operand(&self, index: usize) -> Result<LogicalPlan> {
        self.operands.get(index).cloned().ok_or_else(|| EngineError::bad_request("$.operands", format!("there is no operand {index}")))
    }

    /// The value that was bound to a name.
    pub(super) fn parameter(&self, name: &str) -> Result<ScalarValue> {
        self.parameters.get(name).cloned().ok_or_else(|| {
            let message = format!("The frame uses the parameter ${name}, which has no value; give one with bind().");
            EngineError::new(ErrorCode::SqlParameterMissing, message).with("names", [name])
        })
    }
}

/// A projection, over the window functions among its values.
pub(super) fn project(plan: LogicalPlan, values: Vec<Expr>, step: usize) -> Result<LogicalPlan> {
    distinct_names(&values, step)?;
    let windows = find_window_exprs(&values);
    let plan = if windows.is_empty() {
        plan
    } else {
        LogicalPlanBuilder::window_plan(plan, windows).map_err(|error| from_datafusion(Phase::Frame(step), &error))?
    };
    finish(LogicalPlanBuilder::from(plan).project(values), step)
}

pub(super) fn finish(builder: datafusion::error::Result<LogicalPlanBuilder>, step: usize) -> Result<LogicalPlan> {
    builder.and_then(LogicalPlanBuilder::build).map_err(|error| from_datafusion(Phase::Frame(step), &error))
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

pub(super) fn duplicate(name: &str, step: usize) -> EngineError {
    EngineError::new(
        ErrorCode::FrameDuplicateColumn,
        format!("Step {step} would give two columns '{name}'; use an alias, or a suffix in a join."),
    )
    .with("column", name)
    .with("step", step)
}
