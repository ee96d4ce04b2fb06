//! Changes of rows that the engine performs itself: those of tables in memory.

use std::sync::Arc;

use datafusion::common::{Column, JoinType, NullEquality, TableReference};
use datafusion::datasource::source_as_provider;
use datafusion::error::Result as EngineResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::dml::InsertOp;
use datafusion::logical_expr::expr::Alias;
use datafusion::logical_expr::{
    Analyze, DmlStatement, Explain, Expr, LogicalPlan, LogicalPlanBuilder, PlanType, ToStringifiedPlan, WriteOp, when,
};
use datafusion::prelude::lit;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::planner::object_name_to_table_reference;
use datafusion::sql::sqlparser::ast::{FromTable, ObjectName, Statement, TableFactor, TableObject, TableWithJoins};

use super::changed_rows::{ChangedRows, RowChange, qualifier};
use super::check::refused;
use super::memory_merge::MemoryMerge;
use super::overlay;
use crate::error::{Phase, Result, from_datafusion};
use crate::io::memory::memory_table_id;
use crate::io::memory_rewrite::{HIT, MemoryRewrite, Rewrite};
use crate::plan::typed::of_table;
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
    let Some(schema) = catalog.schema(&name.schema).and_then(overlay::beneath) else { return true };
    let any: &dyn std::any::Any = schema.as_ref();
    match any.downcast_ref::<SessionSchema>() {
        Some(own) => own.registered(&name.table).is_none_or(|provider| memory_table_id(provider.as_ref()).is_some()),
        None => false,
    }
}

/// The plan of a change of a table in memory, as a query of the rows as they become: the engine loses the condition of an
/// UPDATE or DELETE that is never true or looks at other rows, and neither empties nor overwrites.
pub(super) fn rewritten(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Explain(explain) => {
            let changed = rewritten(explain.plan.as_ref().clone())?;
            let stringified_plans = vec![changed.to_stringified(PlanType::InitialLogicalPlan)];
            Ok(LogicalPlan::Explain(Explain { plan: Arc::new(changed), stringified_plans, ..explain }))
        }
        LogicalPlan::Analyze(analyze) => {
            let input = Arc::new(rewritten(analyze.input.as_ref().clone())?);
            Ok(LogicalPlan::Analyze(Analyze { input, ..analyze }))
        }
        LogicalPlan::Dml(dml) => change(dml),
        plan => Ok(plan),
    }
}

fn change(dml: DmlStatement) -> Result<LogicalPlan> {
    let table = source_as_provider(&dml.target)?;
    if memory_table_id(table.as_ref()).is_none() {
        return Ok(LogicalPlan::Dml(dml));
    }
    let (rewrite, rows) = match &dml.op {
        WriteOp::Delete => (Rewrite::Delete, changed(&dml)?),
        WriteOp::Update => (Rewrite::Update, changed(&dml)?),
        WriteOp::Truncate => (Rewrite::Delete, scanned(&dml).and_then(all_meant)),
        WriteOp::Insert(InsertOp::Overwrite) => (Rewrite::Replace, all_meant(dml.input.as_ref().clone())),
        WriteOp::Insert(InsertOp::Append) => {
            let input = of_table(dml.input.as_ref().clone(), &table.schema()).map_err(|error| from_datafusion(Phase::Sql, &error))?;
            return Ok(LogicalPlan::Dml(DmlStatement { input: Arc::new(input), ..dml }));
        }
        WriteOp::Ctas => return Ok(LogicalPlan::Dml(dml)),
        WriteOp::Insert(InsertOp::Replace) => {
            return Err(refused(
                "REPLACE INTO a table in memory",
                "MERGE INTO … WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *",
            ));
        }
        WriteOp::MergeInto(op) => {
            let rows = scanned(&dml).map_err(|error| from_datafusion(Phase::Sql, &error))?;
            let merge = MemoryMerge { op, table: table.as_ref(), rows, source: dml.input.as_ref().clone() };
            merge.check()?;
            (Rewrite::Merge, merge.plan())
        }
        other => return Err(refused(&format!("{} of a table in memory", other.name()), "INSERT INTO, UPDATE or DELETE")),
    };
    let rows = rows.map_err(|error| from_datafusion(Phase::Sql, &error))?;
    Ok(MemoryRewrite::plan(dml.table_name.to_string(), table, rewrite, rows)?)
}

/// The rows that an UPDATE or DELETE leaves.
fn changed(dml: &DmlStatement) -> Result<EngineResult<LogicalPlan>> {
    let change = RowChange::of(&dml.op, &dml.input)?;
    Ok(match change.alone() {
        Some((rows, condition)) => one_by_one(dml, rows, condition, &change.values),
        None => found(dml, change.query()?),
    })
}

fn scanned(dml: &DmlStatement) -> EngineResult<LogicalPlan> {
    LogicalPlanBuilder::scan(dml.table_name.clone(), Arc::clone(&dml.target), None)?.build()
}

/// The rows of a plan, each of them meant.
fn all_meant(rows: LogicalPlan) -> EngineResult<LogicalPlan> {
    let columns: Vec<Expr> = rows.schema().iter().map(Expr::from).collect();
    LogicalPlanBuilder::from(rows).project(columns.into_iter().chain([lit(true).alias(HIT)]))?.build()
}

/// The rows of the table with their new values, and whether they were meant, by a condition on each row.
fn one_by_one(dml: &DmlStatement, table: &LogicalPlan, condition: Expr, values: &[Alias]) -> EngineResult<LogicalPlan> {
    let own = |name: &str| Expr::Column(Column::new(qualifier(table), name));
    let hit = Expr::Column(Column::new_unqualified(HIT));
    let schema = dml.target.schema();
    let columns = schema.fields().iter().map(|field| own(field.name()));
    let judged = LogicalPlanBuilder::from(table.clone()).project(columns.chain([condition.alias(HIT)]))?;
    let columns = schema.fields().iter().map(|field| {
        let value = values.iter().find(|value| value.name == *field.name()).map(|value| value.expr.as_ref().clone());
        valued(&hit, value, own(field.name())).map(|value| value.alias(field.name()))
    });
    let columns = columns.collect::<EngineResult<Vec<_>>>()?;
    let met = when(hit.clone(), lit(true)).end()?;
    judged.project(columns.into_iter().chain([met.alias(HIT)]))?.build()
}

/// The value of a column: a new one where the row is meant.
fn valued(hit: &Expr, value: Option<Expr>, old: Expr) -> EngineResult<Expr> {
    match value {
        Some(value) => when(hit.clone(), value).otherwise(old),
        None => Ok(old),
    }
}

/// The same by a query of the rows that are meant.
fn found(dml: &DmlStatement, changed: ChangedRows) -> EngineResult<LogicalPlan> {
    let side = TableReference::bare("changed");
    let of = |name: String| Column::new(Some(side.clone()), name);
    let target = |name: &String| Column::new(Some(dml.table_name.clone()), name);
    let rows = LogicalPlanBuilder::from(changed.plan).alias(side.clone())?.build()?;
    let table = LogicalPlanBuilder::from(scanned(dml)?);
    let keys: Vec<Column> = changed.keys.iter().map(target).collect();
    let numbers: Vec<Column> = (0..keys.len()).map(|index| of(format!("key_{index}"))).collect();
    let joined = table.join_detailed(rows, JoinType::Left, (keys, numbers), None, NullEquality::NullEqualsNull)?;
    let hit = Expr::Column(of("hit".to_owned()));
    let schema = dml.target.schema();
    let columns = schema.fields().iter().map(|field| {
        let index = changed.set.iter().position(|name| name == field.name());
        let value = index.map(|index| Expr::Column(of(format!("value_{index}"))));
        valued(&hit, value, Expr::Column(target(field.name()))).map(|value| value.alias(field.name()))
    });
    let columns = columns.collect::<EngineResult<Vec<_>>>()?;
    joined.project(columns.into_iter().chain([hit.alias(HIT)]))?.build()
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
