//! Which rows of a table an UPDATE or DELETE means, as a query: their values in the columns that decide about them, with
//! the new values. It holds subqueries and other tables, which the engine's own plan of a change does not.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, TableReference};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::expr::{Alias, InSubquery};
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, WriteOp};
use datafusion::prelude::lit;

use super::check::refused;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};

/// What the engine planned of an UPDATE or DELETE.
pub(crate) struct RowChange {
    verb: &'static str,
    /// The rows that are meant, with those of other tables.
    rows: LogicalPlan,
    /// New values by column; none where the rows go.
    pub(crate) values: Vec<Alias>,
}

/// Rows of a table that change. A row of the table is meant where one of the query has its keys, nulls being equal.
pub(crate) struct ChangedRows {
    /// Columns `key_0`, …, then `value_0`, …, and `hit`, which is true; no row twice.
    pub(crate) plan: LogicalPlan,
    /// The columns of the table that are the keys; at least one.
    pub(crate) keys: Vec<String>,
    /// The columns of the table that get the values; none where the rows go.
    pub(crate) set: Vec<String>,
}

impl RowChange {
    /// Reads the plan. `SQL.STATEMENT_UNSUPPORTED {statement, use}` with LIMIT, `SQL.PLAN_ERROR` with groups.
    pub(crate) fn of(op: &WriteOp, input: &LogicalPlan) -> Result<Self> {
        let (verb, rows, values) = match (op, input) {
            (WriteOp::Update, LogicalPlan::Projection(projection)) => {
                let table = qualifier(&projection.input);
                let mut values: Vec<Alias> = projection.expr.iter().filter_map(alias).collect();
                if values.iter().any(|value| !is_itself(value, table.as_ref())) {
                    values.retain(|value| !is_itself(value, table.as_ref()));
                }
                ("UPDATE", projection.input.as_ref(), values)
            }
            (WriteOp::Update, _) => return Err(EngineError::internal("UPDATE was planned without its values")),
            _ => ("DELETE", input, Vec::new()),
        };
        if let LogicalPlan::Limit(_) = rows {
            return Err(refused(&format!("{verb} … LIMIT"), &format!("{verb} … WHERE")));
        }
        let change = Self { verb, rows: rows.clone(), values };
        for expr in change.exprs() {
            if expr.exists(|node| Ok(matches!(node, Expr::AggregateFunction(_) | Expr::WindowFunction(_))))? {
                let message = format!("{verb} has no groups: {expr} is a value of several rows. Write it as (SELECT …).");
                return Err(EngineError::new(ErrorCode::SqlPlanError, message));
            }
        }
        Ok(change)
    }

    /// The table and the condition, where each row alone tells what becomes of it.
    pub(crate) fn alone(&self) -> Option<(&LogicalPlan, Expr)> {
        let (table, condition) = match &self.rows {
            LogicalPlan::Filter(filter) => (filter.input.as_ref(), filter.predicate.clone()),
            rows => (rows, lit(true)),
        };
        let scanned = match table {
            LogicalPlan::SubqueryAlias(alias) => alias.input.as_ref(),
            table => table,
        };
        let alone = matches!(scanned, LogicalPlan::TableScan(_)) && !self.exprs().any(has_subquery);
        alone.then_some((table, condition))
    }

    /// The rows as a query. `SQL.STATEMENT_UNSUPPORTED {statement, use}` where it would find other rows.
    pub(crate) fn query(self) -> Result<ChangedRows> {
        let values: Vec<&Expr> = self.values.iter().map(|value| value.expr.as_ref()).collect();
        check(self.verb, &self.rows, &values)?;
        changed_rows(&self.rows, self.values).map_err(|error| from_datafusion(Phase::Sql, &error))
    }

    /// The condition and the values.
    fn exprs(&self) -> impl Iterator<Item = &Expr> {
        let condition = if let LogicalPlan::Filter(filter) = &self.rows { Some(&filter.predicate) } else { None };
        condition.into_iter().chain(self.values.iter().map(|value| value.expr.as_ref()))
    }
}

/// `SQL.STATEMENT_UNSUPPORTED {statement, use}` where a query of rows, with values that look at other rows, would find others
/// than those that are meant.
pub(crate) fn check(verb: &str, rows: &LogicalPlan, values: &[&Expr]) -> Result<()> {
    let condition = if let LogicalPlan::Filter(filter) = rows { Some(&filter.predicate) } else { None };
    if let Some(expr) = condition.into_iter().chain(values.iter().copied()).find(|expr| expr.is_volatile()) {
        let what = format!("{verb} by a volatile function");
        return Err(refused(&what, "CREATE TABLE … AS SELECT of its values, and that table").with("expression", expr.to_string()));
    }
    let mut lost: Option<String> = values.iter().find(|value| compares(value)).map(ToString::to_string);
    rows.apply_with_subqueries(|node| {
        if let LogicalPlan::Filter(filter) = node
            && loses_null(&filter.predicate, true)
        {
            lost.get_or_insert_with(|| filter.predicate.to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    match lost {
        Some(expression) => {
            let what = format!("{verb} by an IN (SELECT …) whose nulls matter");
            Err(refused(&what, "EXISTS (SELECT …) or NOT EXISTS (SELECT …)").with("expression", expression))
        }
        None => Ok(()),
    }
}

fn changed_rows(rows: &LogicalPlan, values: Vec<Alias>) -> EngineResult<ChangedRows> {
    let numbered = |kind: &str, index: usize| format!("{kind}_{index}");
    let set = values.iter().map(|value| value.name.clone()).collect();
    let values: Vec<Expr> = values.into_iter().enumerate().map(|(index, value)| value.expr.alias(numbered("value", index))).collect();
    let table = qualifier(rows);
    let deciding = LogicalPlanBuilder::from(rows.clone()).project(values.iter().cloned().chain([lit(true).alias("hit")]))?.build()?;
    let mut keys = columns(&deciding, table.as_ref())?;
    if keys.is_empty() {
        // All rows of the table or none: any column tells.
        keys.extend(any_column(rows, table.as_ref()));
    }
    let named = keys.iter().enumerate().map(|(index, name)| Expr::Column(Column::new(table.clone(), name)).alias(numbered("key", index)));
    let plan = LogicalPlanBuilder::from(rows.clone()).project(named.chain(values).chain([lit(true).alias("hit")]))?.distinct()?.build()?;
    Ok(ChangedRows { plan, keys: keys.into_iter().collect(), set })
}

/// Whether an expression looks at other rows.
pub(crate) fn has_subquery(expr: &Expr) -> bool {
    expr.exists(|node| Ok(is_subquery(node))).unwrap_or(true)
}

fn is_subquery(expr: &Expr) -> bool {
    matches!(expr, Expr::Exists(_) | Expr::InSubquery(_) | Expr::ScalarSubquery(_) | Expr::SetComparison(_))
}

fn alias(expr: &Expr) -> Option<Alias> {
    if let Expr::Alias(alias) = expr { Some(alias.clone()) } else { None }
}

/// The name of the table that is changed, which comes first.
pub(crate) fn qualifier(rows: &LogicalPlan) -> Option<TableReference> {
    rows.schema().iter().next().and_then(|(qualifier, _)| qualifier.cloned())
}

/// A column of the table, one of single values where there is one.
fn any_column(rows: &LogicalPlan, table: Option<&TableReference>) -> Option<String> {
    let own = || rows.schema().iter().filter(|(qualifier, _)| *qualifier == table).map(|(_, field)| field);
    own().find(|field| !field.data_type().is_nested()).or_else(|| own().next()).map(|field| field.name().clone())
}

/// Whether a column keeps its value.
fn is_itself(value: &Alias, table: Option<&TableReference>) -> bool {
    matches!(value.expr.as_ref(), Expr::Column(column) if column.name == value.name && column.relation.as_ref() == table)
}

/// Whether the engine may take a null for false, or for a value that is not in the list, and so find other rows: NOT IN is
/// right only as a condition of its own, of a column, with a query that is the same for every row; IN only where null and
/// false are one.
fn loses_null(expr: &Expr, alone: bool) -> bool {
    let not_in = |query: &InSubquery| !alone || !is_column(&query.expr) || !query.subquery.outer_ref_columns.is_empty();
    match expr {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => loses_null(left, alone) || loses_null(right, alone),
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => loses_null(left, false) || loses_null(right, false),
        Expr::InSubquery(query) => (query.negated && not_in(query)) || compares(&query.expr),
        Expr::SetComparison(comparison) => !alone || compares(&comparison.expr),
        Expr::Not(inner) => match inner.as_ref() {
            Expr::InSubquery(query) if !query.negated => not_in(query) || compares(&query.expr),
            other => compares(other),
        },
        other => compares(other),
    }
}

/// Whether an expression compares with the rows of a query.
fn compares(expr: &Expr) -> bool {
    expr.exists(|node| Ok(matches!(node, Expr::InSubquery(_) | Expr::SetComparison(_)))).unwrap_or(true)
}

fn is_column(expr: &Expr) -> bool {
    match expr {
        Expr::Column(_) => true,
        Expr::Cast(cast) => is_column(&cast.expr),
        _ => false,
    }
}

/// The columns of a table that a query names, its subqueries included.
fn columns(plan: &LogicalPlan, table: Option<&TableReference>) -> EngineResult<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::Column(column) | Expr::OuterReferenceColumn(_, column) = expr
                    && column.relation.as_ref() == table
                {
                    names.insert(column.name.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(names)
}
