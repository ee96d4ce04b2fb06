//! Kinds and verbs of statements: one table over the syntax tree.

use datafusion::common::{SchemaReference, TableReference};
use datafusion::logical_expr::{DdlStatement, LogicalPlan};
use datafusion::sql::parser::{CopyToSource, ResetStatement, Statement as EngineStatement};
use datafusion::sql::sqlparser::ast::{Expr, Ident, ObjectName, ObjectType, Query, SchemaName, Set, SetExpr, Statement, TableObject};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::statement::SettingChange;

/// What a statement does; later kinds are stronger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StatementKind {
    /// Reads.
    Query,
    /// Plans another statement.
    Explain,
    /// Changes the session: SET, PREPARE, transactions.
    Statement,
    /// Writes files.
    Copy,
    /// Changes rows.
    Dml,
    /// Changes the catalogue.
    Ddl,
    /// Anything the engine's planner does not know.
    Command,
}

impl StatementKind {
    /// The wire's text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Query => "query",
            Self::Explain => "explain",
            Self::Statement => "statement",
            Self::Copy => "copy",
            Self::Dml => "dml",
            Self::Ddl => "ddl",
            Self::Command => "command",
        }
    }
}

/// The kind of a parser statement by itself.
#[must_use]
pub fn kind_of(statement: &Statement) -> StatementKind {
    match statement {
        Statement::Query(_)
        | Statement::ShowTables { .. }
        | Statement::ShowVariable { .. }
        | Statement::ShowColumns { .. }
        | Statement::ShowCreate { .. }
        | Statement::ShowFunctions { .. }
        | Statement::ShowDatabases { .. }
        | Statement::ShowSchemas { .. }
        | Statement::ShowViews { .. }
        | Statement::ExplainTable { .. } => StatementKind::Query,
        Statement::Explain { .. } => StatementKind::Explain,
        Statement::Insert(_) | Statement::Update(_) | Statement::Delete(_) | Statement::Merge(_) | Statement::Truncate(_) => {
            StatementKind::Dml
        }
        Statement::Copy { .. } | Statement::Unload { .. } => StatementKind::Copy,
        Statement::Set(_)
        | Statement::Prepare { .. }
        | Statement::Execute { .. }
        | Statement::Deallocate { .. }
        | Statement::StartTransaction { .. }
        | Statement::Commit { .. }
        | Statement::Rollback { .. }
        | Statement::Savepoint { .. }
        | Statement::ReleaseSavepoint { .. }
        | Statement::Use(_) => StatementKind::Statement,
        other => {
            let text = other.to_string();
            match text.split_whitespace().next() {
                Some("CREATE" | "DROP" | "ALTER" | "COMMENT" | "GRANT" | "REVOKE" | "REPLACE") => StatementKind::Ddl,
                _ => StatementKind::Command,
            }
        }
    }
}

/// The kind of a whole statement: the strongest of those inside it.
#[must_use]
pub fn kind(tree: &EngineStatement, strongest: Option<StatementKind>) -> StatementKind {
    match tree {
        EngineStatement::Statement(statement) => strongest.map_or_else(|| kind_of(statement), |inner| inner.max(kind_of(statement))),
        EngineStatement::CreateExternalTable(_) => StatementKind::Ddl,
        EngineStatement::CopyTo(_) => StatementKind::Copy,
        EngineStatement::Reset(_) => StatementKind::Statement,
        EngineStatement::Explain(_) => StatementKind::Explain,
    }
}

/// The kind of a query whose body changes rows.
#[must_use]
pub fn written_by(query: &Query) -> Option<StatementKind> {
    match query.body.as_ref() {
        SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) | SetExpr::Merge(inner) => Some(kind_of(inner)),
        _ => None,
    }
}

/// The leading words.
#[must_use]
pub fn verb(tree: &EngineStatement) -> String {
    match tree {
        EngineStatement::CreateExternalTable(_) => "CREATE EXTERNAL TABLE".to_owned(),
        EngineStatement::CopyTo(_) => "COPY".to_owned(),
        EngineStatement::Reset(_) => "RESET".to_owned(),
        EngineStatement::Explain(_) => "EXPLAIN".to_owned(),
        EngineStatement::Statement(statement) => statement_verb(statement),
    }
}

fn statement_verb(statement: &Statement) -> String {
    let fixed = match statement {
        Statement::Query(query) => match query.body.as_ref() {
            SetExpr::Values(_) => "VALUES",
            SetExpr::Insert(_) => "INSERT",
            SetExpr::Update(_) => "UPDATE",
            SetExpr::Delete(_) => "DELETE",
            SetExpr::Merge(_) => "MERGE",
            SetExpr::Select(select) if select.into.is_some() => "SELECT INTO",
            _ => "SELECT",
        },
        Statement::CreateView(view) if view.materialized => "CREATE MATERIALIZED VIEW",
        Statement::CreateView(_) => "CREATE VIEW",
        Statement::CreateTable(table) if table.query.is_some() => "CREATE TABLE AS",
        Statement::CreateTable(_) => "CREATE TABLE",
        Statement::CreateFunction(_) => "CREATE FUNCTION",
        Statement::CreateSchema { .. } => "CREATE SCHEMA",
        Statement::CreateDatabase { .. } => "CREATE DATABASE",
        Statement::DropFunction(_) => "DROP FUNCTION",
        Statement::Drop { object_type, .. } => return format!("DROP {object_type}"),
        Statement::Truncate(_) => "TRUNCATE",
        Statement::ExplainTable { .. } => "DESCRIBE",
        other => return first_word(&other.to_string()),
    };
    fixed.to_owned()
}

fn first_word(text: &str) -> String {
    text.split_whitespace().next().unwrap_or_default().to_uppercase()
}

/// What a statement creates, changes or drops: tables, views, schemas, catalogues.
#[must_use]
pub fn targets(tree: &EngineStatement) -> Vec<String> {
    match tree {
        EngineStatement::CreateExternalTable(create) => vec![target_name(&create.name)],
        EngineStatement::CopyTo(copy) => match &copy.source {
            CopyToSource::Relation(_) | CopyToSource::Query(_) => Vec::new(),
        },
        EngineStatement::Statement(statement) => statement_targets(statement),
        EngineStatement::Explain(explain) => targets(&explain.statement),
        EngineStatement::Reset(_) => Vec::new(),
    }
}

fn statement_targets(statement: &Statement) -> Vec<String> {
    match statement {
        Statement::Insert(insert) => match &insert.table {
            TableObject::TableName(name) => vec![target_name(name)],
            _ => Vec::new(),
        },
        Statement::CreateView(view) => vec![target_name(&view.name)],
        Statement::CreateTable(table) => vec![target_name(&table.name)],
        Statement::CreateSchema { schema_name: SchemaName::Simple(name), .. } | Statement::CreateDatabase { db_name: name, .. } => {
            vec![target_name(name)]
        }
        Statement::Drop {
            object_type: ObjectType::Table | ObjectType::View | ObjectType::Schema | ObjectType::Database, names, ..
        } => names.iter().map(target_name).collect(),
        Statement::Truncate(truncate) => truncate.table_names.iter().map(|target| target_name(&target.name)).collect(),
        Statement::Update(update) => vec![update.table.relation.to_string()],
        _ => Vec::new(),
    }
}

/// The table, view or schema that a planned statement creates or drops, by the name the engine takes: a part that holds a dot or a
/// quote is in quotes.
#[must_use]
pub fn written(plan: &LogicalPlan) -> Option<String> {
    let LogicalPlan::Ddl(statement) = plan else { return None };
    let name = match statement {
        DdlStatement::CreateMemoryTable(table) => &table.name,
        DdlStatement::CreateView(view) => &view.name,
        DdlStatement::DropTable(table) => &table.name,
        DdlStatement::DropView(view) => &view.name,
        DdlStatement::DropCatalogSchema(schema) => return Some(text_of(&schema_parts(&schema.name))),
        _ => return None,
    };
    Some(text_of(&name.to_vec()))
}

/// The option a SET or RESET names.
#[must_use]
pub fn setting(tree: &EngineStatement) -> Option<SettingChange> {
    match tree {
        EngineStatement::Reset(ResetStatement::Variable(name)) => Some(SettingChange { key: setting_key(name), value: None }),
        EngineStatement::Statement(statement) => match statement.as_ref() {
            Statement::Set(Set::SingleAssignment { variable, values, .. }) => Some(SettingChange {
                key: setting_key(variable),
                value: Some(values.iter().map(plain_value).collect::<Vec<_>>().join(",")),
            }),
            Statement::Set(Set::SetTimeZone { value, .. }) => {
                Some(SettingChange { key: TIME_ZONE.to_owned(), value: Some(plain_value(value)) })
            }
            _ => None,
        },
        _ => None,
    }
}

/// The name of a prepared statement.
#[must_use]
pub fn prepared(tree: &EngineStatement) -> Option<String> {
    let EngineStatement::Statement(statement) = tree else { return None };
    match statement.as_ref() {
        Statement::Prepare { name, .. } | Statement::Deallocate { name, .. } => Some(normal(name)),
        Statement::Execute { name, .. } => name.as_ref().map(full_name),
        _ => None,
    }
}

const TIME_ZONE: &str = "datafusion.execution.time_zone";

/// The engine compares keys in lower case, quoted or not, and has other spellings for one of them.
fn setting_key(name: &ObjectName) -> String {
    let key = full_name(name).to_lowercase();
    match key.as_str() {
        "timezone" | "time.zone" => TIME_ZONE.to_owned(),
        _ => key,
    }
}

/// The text of a SET value, without the quotes of a string.
fn plain_value(value: &Expr) -> String {
    match value {
        Expr::Value(literal) => literal.value.clone().into_string().unwrap_or_else(|| literal.to_string()),
        other => other.to_string(),
    }
}

/// A dotted name with unquoted parts in lower case.
#[must_use]
pub fn full_name(name: &ObjectName) -> String {
    name.0.iter().filter_map(|part| part.as_ident()).map(normal).collect::<Vec<_>>().join(".")
}

/// The same for a table: a part that has a dot or a quote stands in double quotes.
fn target_name(name: &ObjectName) -> String {
    name.0.iter().filter_map(|part| part.as_ident()).map(normal).map(|part| quoted_part(&part)).collect::<Vec<_>>().join(".")
}

/// The name of a table that is read, written as [`targets`] writes those that are changed.
#[must_use]
pub fn table_name(table: &TableReference) -> String {
    text_of(&table.to_vec())
}

/// The parts of the name of a schema.
#[must_use]
pub fn schema_parts(name: &SchemaReference) -> Vec<String> {
    match name {
        SchemaReference::Bare { schema } => vec![schema.to_string()],
        SchemaReference::Full { schema, catalog } => vec![catalog.to_string(), schema.to_string()],
    }
}

/// A name from its parts; one that has a dot or a quote stands in double quotes.
pub(crate) fn text_of(parts: &[String]) -> String {
    parts.iter().map(|part| quoted_part(part)).collect::<Vec<_>>().join(".")
}

fn quoted_part(part: &str) -> String {
    if part.contains(['.', '"']) { format!("\"{}\"", part.replace('"', "\"\"")) } else { part.to_owned() }
}

/// The last part of a name, in lower case unless quoted.
#[must_use]
pub fn plain_name(name: &ObjectName) -> String {
    name.0.last().and_then(|part| part.as_ident()).map(normal).unwrap_or_default()
}

/// A part of a name, in lower case unless quoted.
pub(super) fn normal(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_lowercase(),
    }
}
