//! Statements about files.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::logical_expr::{DdlStatement, EmptyRelation, LogicalPlan};
use datafusion::sql::parser::CopyToStatement;
use datafusion::sql::sqlparser::ast::Value;

use super::{ClaimRequest, Claimed};
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::file_table::FileTable;
use crate::io::format::FormatName;
use crate::schema::field::fields_of;
use crate::session::Session;
use crate::sql::check::{refused, unsupported};
use crate::sql::path_guard::{self, Access};
use crate::sql::policy::SqlPolicy;

/// The claim on COPY.
pub(super) fn copy(statement: CopyToStatement, source: LogicalPlan) -> Result<Claimed> {
    let names: Vec<&str> = source.schema().fields().iter().map(|field| field.name().as_str()).collect();
    let partition_by = statement.partitioned_by.iter().map(|column| column_name(column, &names)).collect();
    let request = ClaimRequest::Copy {
        location: statement.target,
        format: statement.stored_as.map(|format| format.to_lowercase()),
        partition_by,
        options: options(statement.options)?,
    };
    Ok(Claimed { module: "datasets", request, input: source.clone(), source: Some(source) })
}

/// The claim on INSERT into a table of files. `SQL.STATEMENT_UNSUPPORTED {statement, use}` where a new file would be none of
/// the table.
pub(super) fn insert(
    files: &FileTable,
    (table, overwrite): (Vec<String>, bool),
    source: &LogicalPlan,
    policy: &SqlPolicy,
) -> Result<Claimed> {
    let format = files.format();
    if format != FormatName::Parquet {
        return Err(refused(&format!("INSERT into {} files", format.title()), "a table of Parquet files, or a Delta table"));
    }
    let Some(location) = files.listing().folder_of("part.parquet") else {
        return Err(refused("INSERT into a table of given files", "a table over a folder, or COPY … TO"));
    };
    path_guard::check(&location, Access::Write, "dml", policy)?;
    let columns = files.schema();
    let may_be_null = |name: &str| source.schema().field_with_unqualified_name(name).is_ok_and(|field| field.is_nullable());
    let names = columns.fields().iter().filter(|field| !field.is_nullable()).map(|field| field.name());
    let required = names.filter(|name| may_be_null(name)).cloned().collect();
    let request = ClaimRequest::InsertFiles { table, location, partition_by: files.partition_columns(), required, overwrite };
    Ok(Claimed { module: "datasets", request, source: Some(source.clone()), input: source.clone() })
}

/// The claim on CREATE EXTERNAL TABLE.
pub(super) fn create_external(session: &Session, plan: &LogicalPlan) -> Result<Claimed> {
    let LogicalPlan::Ddl(DdlStatement::CreateExternalTable(create)) = plan else {
        return Err(unsupported("CREATE EXTERNAL TABLE"));
    };
    let extras = [
        (!create.order_exprs.is_empty(), "CREATE EXTERNAL TABLE … WITH ORDER"),
        (create.unbounded, "CREATE UNBOUNDED EXTERNAL TABLE"),
        (create.temporary, "CREATE TEMPORARY EXTERNAL TABLE"),
        (create.constraints.iter().next().is_some(), "CREATE EXTERNAL TABLE with constraints"),
        (!create.column_defaults.is_empty(), "CREATE EXTERNAL TABLE with defaults"),
    ];
    if let Some((_, extra)) = extras.iter().find(|(present, _)| *present) {
        return Err(refused(extra, "CREATE EXTERNAL TABLE without it"));
    }
    let fields = fields_of(create.schema.as_arrow());
    let declared: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
    let partition_columns = create.table_partition_cols.iter().map(|column| column_name(column, &declared)).collect();
    let request = ClaimRequest::CreateExternalTable {
        name: create.name.to_vec(),
        locations: create.locations.clone(),
        format: create.file_type.to_lowercase(),
        partition_columns,
        options: create.options.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        replace: create.or_replace,
        exists: create.if_not_exists && session.context()?.table_exist(create.name.clone())?,
        fields,
    };
    let nothing = LogicalPlan::EmptyRelation(EmptyRelation { produce_one_row: false, schema: Arc::clone(&create.schema) });
    Ok(Claimed { module: "datasets", request, source: None, input: nothing })
}

/// The parser gives the names of partition columns as they were written.
fn column_name(written: &str, known: &[&str]) -> String {
    match written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None if known.contains(&written) => written.to_owned(),
        None => written.to_lowercase(),
    }
}

fn options(given: Vec<(String, Value)>) -> Result<BTreeMap<String, String>> {
    let mut options = BTreeMap::new();
    for (key, value) in given {
        let text = match value {
            Value::Boolean(flag) => flag.to_string(),
            Value::Number(number, _) => number,
            other => other.clone().into_string().ok_or_else(|| {
                EngineError::new(
                    ErrorCode::SqlPlanError,
                    format!("The option {key} has the value {other}; write a text, number or boolean."),
                )
            })?,
        };
        options.insert(key.to_lowercase(), text);
    }
    Ok(options)
}
