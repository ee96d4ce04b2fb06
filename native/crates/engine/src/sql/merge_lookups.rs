//! What clauses of a MERGE look up in other rows: found by a query of the rows it joins, and put beside them as columns.

use std::collections::BTreeSet;

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, JoinType, NullEquality, TableReference};
use datafusion::error::Result;
use datafusion::logical_expr::dml::{MergeIntoAction, MergeIntoClause};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Subquery};
use datafusion::prelude::lit;

use super::changed_rows::{check, has_subquery};

/// True in the rows of a lookup.
const HIT: &str = "hit";

/// The joined rows of a MERGE, with what its clauses look up, and the clauses without subqueries.
pub(super) struct LookedUp {
    pub(super) rows: LogicalPlan,
    pub(super) clauses: Vec<MergeIntoClause>,
}

/// Looks up what the clauses ask of other rows. A row without values in the columns that they name has `any` instead.
pub(super) fn looked_up(
    joined: &LogicalPlan,
    clauses: &[MergeIntoClause],
    (applies, any): (impl Fn(&MergeIntoClause) -> Expr, &Column),
) -> Result<LookedUp> {
    let mut all = LookedUp { rows: joined.clone(), clauses: Vec::with_capacity(clauses.len()) };
    for (number, clause) in clauses.iter().enumerate() {
        let values: Vec<Expr> = values(clause).filter(|value| has_subquery(value)).cloned().collect();
        if values.is_empty() && !clause.predicate.as_ref().is_some_and(has_subquery) {
            all.clauses.push(clause.clone());
            continue;
        }
        let mut keys = BTreeSet::new();
        for expr in clause.predicate.iter().chain(&values) {
            columns(expr, joined.schema(), &mut keys)?;
        }
        if keys.is_empty() {
            keys.insert(any.clone());
        }
        let side = TableReference::bare(format!("merge.clause_{number}"));
        let meant = LogicalPlanBuilder::from(joined.clone()).filter(applies(clause))?.build()?;
        check("MERGE", &meant, &values.iter().collect::<Vec<_>>())?;
        all.rows = beside(all.rows, lookup(meant, &keys, &values)?, (&keys, &side))?;
        all.clauses.push(without_subqueries(clause, &values, &side));
    }
    Ok(all)
}

/// The keys of the rows that a clause means, each once, with the values it gives them.
fn lookup(meant: LogicalPlan, keys: &BTreeSet<Column>, values: &[Expr]) -> Result<LogicalPlan> {
    let keys = keys.iter().enumerate().map(|(index, key)| Expr::Column(key.clone()).alias(numbered("key", index)));
    let values = values.iter().enumerate().map(|(index, value)| value.clone().alias(numbered("value", index)));
    LogicalPlanBuilder::from(meant).project(keys.chain(values).chain([lit(true).alias(HIT)]))?.distinct()?.build()
}

/// The rows with those of a lookup that have their keys, nulls being equal.
fn beside(rows: LogicalPlan, lookup: LogicalPlan, (keys, side): (&BTreeSet<Column>, &TableReference)) -> Result<LogicalPlan> {
    let lookup = LogicalPlanBuilder::from(lookup).alias(side.clone())?.build()?;
    let theirs: Vec<Column> = (0..keys.len()).map(|index| Column::new(Some(side.clone()), numbered("key", index))).collect();
    let ours: Vec<Column> = keys.iter().cloned().collect();
    LogicalPlanBuilder::from(rows).join_detailed(lookup, JoinType::Left, (ours, theirs), None, NullEquality::NullEqualsNull)?.build()
}

/// The clause by the columns of its lookup.
fn without_subqueries(clause: &MergeIntoClause, values: &[Expr], side: &TableReference) -> MergeIntoClause {
    let found = |name: String| Expr::Column(Column::new(Some(side.clone()), name));
    let value = |value: &Expr| match values.iter().position(|one| one == value) {
        Some(index) => found(numbered("value", index)),
        None => value.clone(),
    };
    let predicate = clause.predicate.as_ref().map(|predicate| match has_subquery(predicate) {
        true => found(HIT.to_owned()).is_not_null(),
        false => predicate.clone(),
    });
    let action = match &clause.action {
        MergeIntoAction::Update(set) => MergeIntoAction::Update(set.iter().map(|(column, given)| (column.clone(), value(given))).collect()),
        MergeIntoAction::Insert { columns, values } => {
            MergeIntoAction::Insert { columns: columns.clone(), values: values.iter().map(value).collect() }
        }
        MergeIntoAction::Delete => MergeIntoAction::Delete,
    };
    MergeIntoClause { kind: clause.kind, predicate, action }
}

/// The values that a clause gives.
fn values(clause: &MergeIntoClause) -> Box<dyn Iterator<Item = &Expr> + '_> {
    match &clause.action {
        MergeIntoAction::Update(set) => Box::new(set.iter().map(|(_, value)| value)),
        MergeIntoAction::Insert { values, .. } => Box::new(values.iter()),
        MergeIntoAction::Delete => Box::new(std::iter::empty()),
    }
}

/// The columns of the rows that an expression names, its subqueries included.
fn columns(expr: &Expr, schema: &DFSchema, found: &mut BTreeSet<Column>) -> Result<()> {
    expr.apply(|expr| {
        match expr {
            Expr::Column(column) => {
                found.insert(column.clone());
            }
            Expr::ScalarSubquery(query) => outer_columns(query, schema, found)?,
            Expr::InSubquery(query) => outer_columns(&query.subquery, schema, found)?,
            Expr::Exists(query) => outer_columns(&query.subquery, schema, found)?,
            Expr::SetComparison(query) => outer_columns(&query.subquery, schema, found)?,
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

fn outer_columns(query: &Subquery, schema: &DFSchema, found: &mut BTreeSet<Column>) -> Result<()> {
    query.subquery.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|expr| {
                if let Expr::OuterReferenceColumn(_, column) = expr
                    && schema.has_column(column)
                {
                    found.insert(column.clone());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(())
}

fn numbered(kind: &str, index: usize) -> String {
    format!("{kind}_{index}")
}
