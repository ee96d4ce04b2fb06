//! What of a plan Substrait has no words for. The encoder refuses some of it and drops the rest without a word: the first
//! is named in people's terms, the second refused or written in another way that means the same.

use datafusion::common::JoinType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::NullTreatment;
use datafusion::logical_expr::logical_plan::{Distinct, JoinConstraint};
use datafusion::logical_expr::{Expr, Join, LogicalPlan};

use crate::error::{EngineError, ErrorCode, Result};

/// `PLAN.SUBSTRAIT_UNSUPPORTED {reason}`.
pub(super) fn unsupported(reason: &str) -> EngineError {
    EngineError::new(ErrorCode::PlanSubstraitUnsupported, format!("Substrait, as the engine speaks it, cannot express this plan: {reason}"))
        .with("reason", reason)
}

/// The plan in words that Substrait has. `PLAN.SUBSTRAIT_UNSUPPORTED {reason}` where there are none.
pub(super) fn portable(plan: &LogicalPlan) -> Result<LogicalPlan> {
    let mut reason = None;
    plan.apply_with_subqueries(|node| {
        reason = reason.or(operator(node));
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                reason = reason.or(expression(part));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    if let Some(reason) = reason {
        return Err(unsupported(reason));
    }
    Ok(plan.clone().transform_down_with_subqueries(|node| Ok(rewritten(node)))?.data)
}

fn operator(node: &LogicalPlan) -> Option<&'static str> {
    match node {
        LogicalPlan::Join(join) if join.null_aware && join.join_type != JoinType::LeftAnti => {
            Some("a NOT IN that is part of another condition")
        }
        LogicalPlan::Unnest(_) => Some("UNNEST"),
        LogicalPlan::RecursiveQuery(_) => Some("a recursive query"),
        LogicalPlan::Distinct(Distinct::On(_)) => Some("DISTINCT ON"),
        LogicalPlan::Explain(_) | LogicalPlan::Analyze(_) => Some("EXPLAIN"),
        LogicalPlan::DescribeTable(_) => Some("DESCRIBE"),
        LogicalPlan::Statement(_) | LogicalPlan::Dml(_) | LogicalPlan::Ddl(_) | LogicalPlan::Copy(_) => {
            Some("a statement that is no query")
        }
        _ => None,
    }
}

fn expression(part: &Expr) -> Option<&'static str> {
    let ignores = |treatment: Option<NullTreatment>| treatment == Some(NullTreatment::IgnoreNulls);
    match part {
        Expr::AggregateFunction(call) if ignores(call.params.null_treatment) => Some("an aggregate with IGNORE NULLS"),
        Expr::WindowFunction(call) if ignores(call.params.null_treatment) => Some("a window function with IGNORE NULLS"),
        Expr::WindowFunction(call) if call.params.distinct => Some("a window function with DISTINCT"),
        Expr::WindowFunction(call) if call.params.filter.is_some() => Some("a window function with FILTER"),
        _ => None,
    }
}

fn rewritten(node: LogicalPlan) -> Transformed<LogicalPlan> {
    match node {
        LogicalPlan::Join(join) if join.null_aware => Transformed::yes(LogicalPlan::Join(without_null_awareness(join))),
        // The columns are resolved: USING says no more than ON does.
        LogicalPlan::Join(join) if join.join_constraint == JoinConstraint::Using => {
            Transformed::yes(LogicalPlan::Join(Join { join_constraint: JoinConstraint::On, ..join }))
        }
        other => Transformed::no(other),
    }
}

/// NOT IN drops a row when it equals one, and also when it cannot be told: the condition says both.
fn without_null_awareness(join: Join) -> Join {
    let undecided = join.on.into_iter().map(|(left, right)| {
        let unknown = left.clone().is_null().or(right.clone().is_null());
        left.eq(right).or(unknown)
    });
    let filter = undecided.chain(join.filter).reduce(Expr::and);
    Join { on: Vec::new(), filter, null_aware: false, join_constraint: JoinConstraint::On, ..join }
}
