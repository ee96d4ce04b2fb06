//! Joins of a frame with an operand.

use std::collections::HashSet;

use datafusion::common::{Column, DFSchema, JoinType, NullEquality, TableReference};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::expr::ExprSpec;
use super::ops::{Planner, duplicate, finish, project};
use super::scope::Scope;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};

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

impl Planner<'_> {
    pub(super) fn join(&self, left: LogicalPlan, spec: &JoinSpec, step: usize) -> Result<LogicalPlan> {
        let right = self.operand(spec.right)?;
        let sides = Sides::of(&left, &right);
        let (left, right) = (qualified(left, &sides.left, step)?, qualified(right, &sides.right, step)?);
        let output = outputs(left.schema(), right.schema(), (&sides, spec), step)?;
        let filter = match &spec.filter {
            None => None,
            Some(filter) => {
                let both = left.schema().join(right.schema()).map_err(|error| from_datafusion(Phase::Frame(step), &error))?;
                Some(Scope::new(self, &both, step).expr(filter)?)
            }
        };
        let keys: (Vec<Column>, Vec<Column>) =
            spec.on.iter().map(|(left, right)| (column(&sides.left, left), column(&sides.right, right))).unzip();
        let nulls = if spec.null_equals { NullEquality::NullEqualsNull } else { NullEquality::NullEqualsNothing };
        let kind = JoinType::from(spec.r#type);
        let joined = finish(LogicalPlanBuilder::from(left).join_detailed(right, kind, keys, filter, nulls), step)?;
        project(joined, output, step)
    }
}

/// The names of the two sides in conditions: their aliases, else `left` and `right`.
struct Sides {
    left: String,
    right: String,
}

impl Sides {
    fn of(left: &LogicalPlan, right: &LogicalPlan) -> Self {
        let named = |plan: &LogicalPlan, otherwise: &str| match plan {
            LogicalPlan::SubqueryAlias(alias) => alias.alias.table().to_owned(),
            _ => otherwise.to_owned(),
        };
        let sides = Self { left: named(left, "left"), right: named(right, "right") };
        if sides.left == sides.right { Self { left: "left".to_owned(), right: "right".to_owned() } } else { sides }
    }
}

/// The output of a join: equal names in `on` once, others of the right with the suffix when needed.
fn outputs(left: &DFSchema, right: &DFSchema, (sides, spec): (&Sides, &JoinSpec), step: usize) -> Result<Vec<Expr>> {
    for (name, schema) in spec.on.iter().flat_map(|(l, r)| [(l, left), (r, right)]) {
        if !schema.has_column_with_unqualified_name(name) {
            return Err(missing(schema, name, step));
        }
    }
    let side = |schema: &DFSchema, side: &str| -> Vec<Expr> {
        schema.fields().iter().map(|field| Expr::Column(column(side, field.name()))).collect()
    };
    Ok(match spec.r#type {
        JoinKind::Semi | JoinKind::Anti => side(left, &sides.left),
        JoinKind::RightSemi | JoinKind::RightAnti => side(right, &sides.right),
        _ => both_sides(left, right, (sides, spec), step)?,
    })
}

fn both_sides(left: &DFSchema, right: &DFSchema, (sides, spec): (&Sides, &JoinSpec), step: usize) -> Result<Vec<Expr>> {
    let shared: HashSet<&str> = spec.on.iter().filter(|(l, r)| l == r).map(|(l, _)| l.as_str()).collect();
    let mut output = Vec::new();
    for field in left.fields() {
        let name = field.name();
        let own = Expr::Column(column(&sides.left, name));
        let other = || Expr::Column(column(&sides.right, name));
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
        let own = Expr::Column(column(&sides.right, name));
        output.push(match (left.has_column_with_unqualified_name(name), &spec.suffix) {
            (false, _) => own.alias(name),
            (true, Some(suffix)) => own.alias(format!("{name}{suffix}")),
            (true, None) => return Err(duplicate(name, step)),
        });
    }
    Ok(output)
}

fn column(side: &str, name: &str) -> Column {
    Column::new(Some(TableReference::bare(side)), name)
}

fn qualified(plan: LogicalPlan, name: &str, step: usize) -> Result<LogicalPlan> {
    finish(LogicalPlanBuilder::from(plan).alias(TableReference::bare(name)), step)
}

fn missing(schema: &DFSchema, name: &str, step: usize) -> EngineError {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let candidates = crate::error::nearest(name, &names);
    EngineError::new(ErrorCode::FrameUnknownColumn, format!("There is no column '{name}' to join on at step {step}."))
        .with("column", name)
        .with("step", step)
        .with("candidates", candidates)
}
