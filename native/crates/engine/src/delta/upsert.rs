//! The upsert form of a merge, and its promise: one source row per key.
//!
//! deltalake notices when several source rows change one row of the table. When the key is new to the table it would
//! insert all of them, so for an upsert the source is checked before.

use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::common::{Column, TableReference};
use datafusion::execution::session_state::SessionState;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{BinaryExpr, Expr, LogicalPlan, LogicalPlanBuilder, Operator, lit};
use datafusion::physical_plan::collect;
use serde_json::{Map, Value};

use super::clauses::Planned;
use super::error::Typed;
use crate::cancel::Cancel;
use crate::error::{EngineError, ErrorCode, Result};

/// One key column of the source.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Key {
    /// Its name.
    column: String,
    /// Whether null equals null.
    null_safe: bool,
}

/// The names of the two sides.
pub(super) struct Sides {
    pub(super) source: TableReference,
    pub(super) target: TableReference,
}

/// The key columns when a merge is an upsert: rows are matched by equality of columns, every match is updated and
/// everything else inserted. `None` for any other merge.
pub(super) fn keys(on: &Expr, sides: &Sides, matched: &[Planned], not_matched: &[Planned]) -> Option<Vec<Key>> {
    let unconditional = |clauses: &[Planned]| matches!(clauses, [Planned { when: None, assignments: Some(_) }]);
    if !unconditional(matched) || !unconditional(not_matched) {
        return None;
    }
    let mut keys = Vec::new();
    for term in split_conjunction(on) {
        match key_of(term, sides) {
            Some(key) => keys.push(key),
            None if term.column_refs().iter().all(|column| column.relation.as_ref() == Some(&sides.target)) => {}
            None => return None,
        }
    }
    (!keys.is_empty()).then_some(keys)
}

fn key_of(term: &Expr, sides: &Sides) -> Option<Key> {
    let Expr::BinaryExpr(BinaryExpr { left, op, right }) = term else { return None };
    let null_safe = match op {
        Operator::Eq => false,
        Operator::IsNotDistinctFrom => true,
        _ => return None,
    };
    let (left, right) = (plain_column(left)?, plain_column(right)?);
    let of = |column: &Column, side: &TableReference| column.relation.as_ref() == Some(side);
    let source = if of(left, &sides.source) && of(right, &sides.target) {
        left
    } else if of(right, &sides.source) && of(left, &sides.target) {
        right
    } else {
        return None;
    };
    Some(Key { column: source.name.clone(), null_safe })
}

/// A column, also below a cast that coercion has put there.
fn plain_column(expr: &Expr) -> Option<&Column> {
    match expr {
        Expr::Column(column) => Some(column),
        Expr::Cast(cast) => plain_column(&cast.expr),
        _ => None,
    }
}

/// `DELTA.MERGE_AMBIGUOUS {keys, example, rows}` when the source holds a key twice.
pub(super) async fn check_unique(state: &SessionState, cancel: &Cancel, source: &LogicalPlan, keys: &[Key]) -> Result<()> {
    let columns: Vec<Expr> = keys.iter().map(|key| Expr::Column(Column::from_name(&key.column))).collect();
    let mut builder = LogicalPlanBuilder::from(source.clone());
    for (key, column) in keys.iter().zip(&columns) {
        if !key.null_safe {
            builder = builder.filter(column.clone().is_not_null()).typed()?;
        }
    }
    let rows = "delta_rows";
    let plan = builder
        .aggregate(columns, [count(lit(1)).alias(rows)])
        .and_then(|builder| builder.filter(Expr::Column(Column::from_name(rows)).gt(lit(1))))
        .and_then(|builder| builder.limit(0, Some(1)))
        .and_then(LogicalPlanBuilder::build)
        .typed()?;
    let physical = state.create_physical_plan(&plan).await.typed()?;
    let batches = cancel.race(async { collect(physical, state.task_ctx()).await.typed() }).await?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(()) };
    let mut example = Map::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let formatter = ArrayFormatter::try_new(array.as_ref(), &FormatOptions::default().with_null("null"))?;
        example.insert(field.name().clone(), Value::from(formatter.value(0).to_string()));
    }
    let found = example.remove(rows).unwrap_or(Value::Null);
    let shown: Vec<String> = example.iter().map(|(name, value)| format!("{name} = {}", value.as_str().unwrap_or_default())).collect();
    Err(EngineError::new(
        ErrorCode::DeltaMergeAmbiguous,
        format!("The source holds several rows with the key {}; an upsert needs one row per key.", shown.join(", ")),
    )
    .with("keys", keys.iter().map(|key| key.column.as_str()).collect::<Vec<_>>())
    .with("example", example)
    .with("rows", found))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sides() -> Sides {
        Sides { source: TableReference::bare("source"), target: TableReference::bare("target") }
    }

    fn clause(when: Option<Expr>) -> Vec<Planned> {
        vec![Planned { when, assignments: Some(Vec::new()) }]
    }

    fn column(side: &str, name: &str) -> Expr {
        Expr::Column(Column::new(Some(TableReference::bare(side)), name))
    }

    #[test]
    fn an_upsert_is_recognised_by_its_form() {
        let on = column("target", "id").eq(column("source", "id")).and(column("target", "month").eq(lit(3)));
        let expected = vec![Key { column: "id".to_owned(), null_safe: false }];
        assert_eq!(keys(&on, &sides(), &clause(None), &clause(None)), Some(expected));
        assert_eq!(keys(&on, &sides(), &clause(Some(lit(true))), &clause(None)), None);
        let range = column("target", "id").lt(column("source", "id"));
        assert_eq!(keys(&range, &sides(), &clause(None), &clause(None)), None);
    }
}
