//! Changes of rows that the engine performs itself: those of tables in memory.

use datafusion::common::TableReference;
use datafusion::execution::session_state::SessionState;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{FromTable, ObjectName, Statement, TableFactor, TableObject, TableWithJoins};

use crate::io::memory::memory_table_id;
use crate::session::catalog::SessionSchema;

/// Whether a statement, or the one that it explains, changes rows of a table in memory. A table that is not there counts
/// too: the planner tells of it best.
#[must_use]
pub fn changes_memory(tree: &EngineStatement, state: &SessionState) -> bool {
    match tree {
        EngineStatement::Explain(explain) => changes_memory(&explain.statement, state),
        EngineStatement::Statement(statement) => target(statement).is_some_and(|name| in_memory(name, state)),
        _ => false,
    }
}

/// The table whose rows a statement changes.
fn target(statement: &Statement) -> Option<&ObjectName> {
    match statement {
        Statement::Insert(insert) => match &insert.table {
            TableObject::TableName(name) => Some(name),
            _ => None,
        },
        Statement::Update(update) => named(&update.table),
        Statement::Delete(delete) => match &delete.from {
            FromTable::WithFromKeyword(tables) | FromTable::WithoutKeyword(tables) => tables.first().and_then(named),
        },
        Statement::Truncate(truncate) => truncate.table_names.first().map(|table| &table.name),
        Statement::Merge(merge) => name_of(&merge.table),
        _ => None,
    }
}

fn named(table: &TableWithJoins) -> Option<&ObjectName> {
    name_of(&table.relation)
}

fn name_of(factor: &TableFactor) -> Option<&ObjectName> {
    match factor {
        TableFactor::Table { name, args: None, .. } => Some(name),
        _ => None,
    }
}

fn in_memory(name: &ObjectName, state: &SessionState) -> bool {
    let options = state.config_options();
    let normalize = options.sql_parser.enable_ident_normalization;
    let Ok(name) = object_name_to_table_reference(name.clone(), normalize) else { return false };
    let name = TableReference::resolve(name, &options.catalog.default_catalog, &options.catalog.default_schema);
    let Some(catalog) = state.catalog_list().catalog(&name.catalog) else { return true };
    let Some(schema) = catalog.schema(&name.schema) else { return true };
    let any: &dyn std::any::Any = schema.as_ref();
    match any.downcast_ref::<SessionSchema>() {
        Some(own) => own.registered(&name.table).is_none_or(|provider| memory_table_id(provider.as_ref()).is_some()),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use datafusion::config::Dialect;

    use super::*;
    use crate::session::Session;
    use crate::session::spec::SessionSpec;
    use crate::sql::statement::parse;

    async fn session() -> Arc<Session> {
        let session = Session::open(SessionSpec::default()).unwrap();
        let context = session.context().unwrap();
        context.sql("CREATE TABLE kept AS SELECT 1 AS a").await.unwrap();
        context.sql("CREATE VIEW seen AS SELECT 1 AS a").await.unwrap();
        session
    }

    #[tokio::test]
    async fn tables_in_memory_and_those_that_are_not_there_are_the_engines() {
        let session = session().await;
        let state = session.state().unwrap();
        let engines = |sql: &str| changes_memory(&parse(sql, Dialect::Generic, 50).unwrap().remove(0).tree, &state);
        for sql in [
            "INSERT INTO kept VALUES (1)",
            "EXPLAIN INSERT INTO Kept VALUES (1)",
            "INSERT INTO datafusion.public.kept VALUES (1)",
            "UPDATE kept SET a = 2",
            "DELETE FROM kept WHERE a = 1",
            "TRUNCATE TABLE kept",
            "MERGE INTO kept AS k USING seen AS s ON k.a = s.a WHEN MATCHED THEN DELETE",
            "INSERT INTO gone VALUES (1)",
            "INSERT INTO gone.gone.gone VALUES (1)",
        ] {
            assert!(engines(sql), "{sql}");
        }
        for sql in ["INSERT INTO seen VALUES (1)", "DELETE FROM seen", "SELECT * FROM kept", "INSERT INTO \"a.b\".tables VALUES (1)"] {
            assert_eq!(engines(sql), sql.contains("a.b"), "{sql}");
        }
    }
}
