//! Conditions of joins: a join of SQL says what is equal in ON or in WHERE.

use datafusion::common::{DFSchema, JoinType};
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, Join, LogicalPlan, Operator};
use recursive::recursive;

/// What a join compares.
pub(super) struct Condition<'e> {
    /// Left, right.
    pub(super) keys: Vec<(&'e Expr, &'e Expr)>,
    /// What else must hold.
    pub(super) filter: Vec<&'e Expr>,
}

/// The condition of a join under filters.
pub(super) fn condition<'e>(join: &'e Join, above: &[&'e Expr]) -> Condition<'e> {
    let mut found = Condition { keys: join.on.iter().map(|(left, right)| (left, right)).collect(), filter: Vec::new() };
    for part in join.filter.iter().flat_map(split_conjunction) {
        match pair(part, join.left.schema(), join.right.schema()) {
            Some(keys) => found.keys.push(keys),
            None => found.filter.push(part),
        }
    }
    if join.join_type == JoinType::Inner {
        found.keys.extend(above.iter().copied().filter_map(|part| pair(part, join.left.schema(), join.right.schema())));
    }
    found
}

/// Whether a part of a filter over a plan compares the two sides of an inner join below it.
#[recursive]
pub(super) fn joins(part: &Expr, plan: &LogicalPlan) -> bool {
    let LogicalPlan::Join(join) = plan else { return false };
    join.join_type == JoinType::Inner
        && (pair(part, join.left.schema(), join.right.schema()).is_some() || joins(part, &join.left) || joins(part, &join.right))
}

/// The sides of an equality between two inputs, in their order.
fn pair<'e>(part: &'e Expr, left: &DFSchema, right: &DFSchema) -> Option<(&'e Expr, &'e Expr)> {
    let Expr::BinaryExpr(BinaryExpr { left: one, op: Operator::Eq | Operator::IsNotDistinctFrom, right: other }) = part else {
        return None;
    };
    let (one, other) = (one.as_ref(), other.as_ref());
    if of(one, left) && of(other, right) {
        return Some((one, other));
    }
    (of(other, left) && of(one, right)).then_some((other, one))
}

/// Whether an expression has columns, and all of them are of one input.
fn of(expr: &Expr, schema: &DFSchema) -> bool {
    let columns = expr.column_refs();
    !columns.is_empty() && columns.into_iter().all(|column| schema.has_column(column))
}
