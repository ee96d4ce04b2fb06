//! `UPDATE … FROM`, which the engine plans only as a join of the table.

use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{
    Join, JoinConstraint, JoinOperator, Statement, TableFactor, TableWithJoins, Update, UpdateTableFromKind,
};

use super::check::refused;
use crate::error::Result;

/// Joins the tables of FROM to the one that a statement, or the one that it explains, changes.
pub(super) fn join_tables(tree: &mut EngineStatement) -> Result<()> {
    match tree {
        EngineStatement::Explain(explain) => join_tables(&mut explain.statement),
        EngineStatement::Statement(statement) => match statement.as_mut() {
            Statement::Update(update) => join(update),
            _ => Ok(()),
        },
        _ => Ok(()),
    }
}

fn join(update: &mut Update) -> Result<()> {
    // Other joins have rows that are none of the table.
    let keeps = |join: &Join| {
        use JoinOperator::{CrossJoin, Inner, Join, Left, LeftOuter};
        matches!(join.join_operator, Join(_) | Inner(_) | CrossJoin(_) | Left(_) | LeftOuter(_))
    };
    if !update.table.joins.iter().all(keeps) {
        return Err(refused("UPDATE of a table that is joined this way", "UPDATE … FROM … WHERE …"));
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
