//! `UPDATE … FROM`, `DELETE … USING` and DELETE of a table under another name, which the engine plans only as an UPDATE of
//! joined tables.

use std::sync::Arc;

use datafusion::logical_expr::{Analyze, DmlStatement, Explain, LogicalPlan, WriteOp};
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::helpers::attached_token::AttachedToken;
use datafusion::sql::sqlparser::ast::{
    Delete, FromTable, Join, JoinConstraint, JoinOperator, Statement, TableFactor, TableWithJoins, Update, UpdateTableFromKind,
};

use super::check::refused;
use crate::error::Result;

/// Joins the tables of FROM and USING to the one that a statement, or the one that it explains, changes. A DELETE is then
/// an UPDATE that sets nothing. `SQL.STATEMENT_UNSUPPORTED {statement, use}`.
pub(super) fn join_tables(tree: &mut EngineStatement) -> Result<()> {
    match tree {
        EngineStatement::Explain(explain) => join_tables(&mut explain.statement),
        EngineStatement::Statement(statement) => {
            if let Statement::Delete(delete) = statement.as_mut() {
                refuse("DELETE", delete.returning.is_some(), false)?;
                if let Some(update) = as_update(delete) {
                    **statement = Statement::Update(update);
                }
            }
            match statement.as_mut() {
                Statement::Update(update) => join(update),
                _ => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Whether a statement is a DELETE that became an UPDATE.
pub(super) fn is_delete(tree: &EngineStatement) -> bool {
    match tree {
        EngineStatement::Explain(explain) => is_delete(&explain.statement),
        EngineStatement::Statement(statement) => {
            matches!(statement.as_ref(), Statement::Update(update) if update.assignments.is_empty())
        }
        _ => false,
    }
}

/// The plan of the DELETE in that of the UPDATE.
pub(super) fn deleting(plan: LogicalPlan) -> LogicalPlan {
    match plan {
        LogicalPlan::Explain(explain) => {
            let plan = Arc::new(deleting(explain.plan.as_ref().clone()));
            LogicalPlan::Explain(Explain { plan, ..explain })
        }
        LogicalPlan::Analyze(analyze) => {
            let input = Arc::new(deleting(analyze.input.as_ref().clone()));
            LogicalPlan::Analyze(Analyze { input, ..analyze })
        }
        LogicalPlan::Dml(dml) => match dml.input.as_ref() {
            LogicalPlan::Projection(projection) => {
                let rows = Arc::clone(&projection.input);
                LogicalPlan::Dml(DmlStatement::new(dml.table_name, dml.target, WriteOp::Delete, rows))
            }
            _ => LogicalPlan::Dml(dml),
        },
        plan => plan,
    }
}

fn as_update(delete: &mut Delete) -> Option<Update> {
    let (FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables)) = &mut delete.from;
    let named = matches!(tables.as_slice(), [TableWithJoins { relation: TableFactor::Table { alias: Some(_), .. }, .. }]);
    if tables.len() != 1 || !(named || delete.using.is_some()) {
        return None;
    }
    Some(Update {
        update_token: AttachedToken::empty(),
        optimizer_hints: Vec::new(),
        table: tables.pop()?,
        assignments: Vec::new(),
        from: delete.using.take().map(UpdateTableFromKind::AfterSet),
        selection: delete.selection.take(),
        returning: None,
        output: delete.output.take(),
        or: None,
        order_by: std::mem::take(&mut delete.order_by),
        limit: delete.limit.take(),
    })
}

fn refuse(verb: &str, returning: bool, limit: bool) -> Result<()> {
    let used = [(returning, "RETURNING", "a query of the rows"), (limit, "LIMIT", "WHERE")];
    match used.into_iter().find(|(used, ..)| *used) {
        Some((_, clause, instead)) => Err(refused(&format!("{verb} … {clause}"), instead)),
        None => Ok(()),
    }
}

fn join(update: &mut Update) -> Result<()> {
    let verb = if update.assignments.is_empty() { "DELETE" } else { "UPDATE" };
    refuse(verb, update.returning.is_some(), update.limit.is_some())?;
    // Other joins have rows that are none of the table.
    let keeps = |join: &Join| {
        use JoinOperator::{CrossJoin, Inner, Join, Left, LeftOuter};
        matches!(join.join_operator, Join(_) | Inner(_) | CrossJoin(_) | Left(_) | LeftOuter(_))
    };
    if !update.table.joins.iter().all(keeps) {
        return Err(refused(&format!("{verb} of a table that is joined this way"), &format!("{verb} with WHERE EXISTS, or UPDATE … FROM")));
    }
    let Some(UpdateTableFromKind::BeforeSet(tables) | UpdateTableFromKind::AfterSet(tables)) = update.from.take() else { return Ok(()) };
    update.table.joins.extend(tables.into_iter().map(|table| Join {
        relation: one(table),
        global: false,
        join_operator: JoinOperator::CrossJoin(JoinConstraint::None),
    }));
    Ok(())
}

/// A table with its joins as one.
fn one(table: TableWithJoins) -> TableFactor {
    match table.joins.is_empty() {
        true => table.relation,
        false => TableFactor::NestedJoin { table_with_joins: Box::new(table), alias: None },
    }
}
