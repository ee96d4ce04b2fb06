//! Making empty tables, and what new tables have in common.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arrow::datatypes::{DataType, Schema};
use deltalake::TableProperty;
use deltalake::kernel::StructType;
use deltalake::operations::create::CreateBuilder;
use deltalake::protocol::SaveMode;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::commit::{Commit, Provenance};
use super::context::OperationContext;
use super::guard::CommitKind;
use super::location;
use super::open;
use super::operation::Operation;
use super::report::{Done, Report};
use super::schema::{column_of, table_schema};
use super::write::{made_by_another, table_exists};
use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::field::{NestedField, schema_of};

/// Makes an empty table.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaCreateRequest", optional_fields)]
pub struct CreateRequest {
    /// Absolute path or URL.
    pub uri: String,
    /// The columns.
    pub fields: Vec<NestedField>,
    /// Columns whose values name folders.
    #[serde(default)]
    pub partition_by: Option<Vec<String>>,
    /// Table properties.
    #[serde(default)]
    #[ts(optional, type = "Record<string, string>")]
    pub properties: Option<BTreeMap<String, String>>,
    /// The table's name.
    #[serde(default)]
    pub name: Option<String>,
    /// The table's description.
    #[serde(default)]
    pub description: Option<String>,
    /// How it is committed.
    #[serde(default)]
    pub commit: Option<Commit>,
}

/// Makes an empty table. `DELTA.TABLE_EXISTS` when there is one.
pub async fn create(context: &OperationContext, request: CreateRequest) -> Result<Report> {
    let started = Instant::now();
    let commit = request.commit.clone().unwrap_or_default();
    commit.validate()?;
    let (kernel, arrow) = table_schema(&schema_of(&request.fields)?)?;
    let layout = Layout::new(&arrow, request.partition_by.as_deref(), request.properties.as_ref())?;
    let url = location::table_url(&request.uri)?;
    let log_store = location::log_store(&url)?;
    if open::find(&log_store).await?.is_some() {
        return Err(table_exists(&url));
    }
    commit.check_version(None)?;
    let operation = Operation::new(context, &log_store, CommitKind::Other);
    let provenance = Provenance { no_retries: true, ..Provenance::default() };
    let properties = commit.properties(context, operation.id, provenance);
    let builder = request.builder(&kernel, layout).with_log_store(Arc::clone(&operation.log_store)).with_commit_properties(properties);
    let outcome = match operation.run(context, async { builder.await }).await {
        Ok(outcome) => outcome,
        // deltalake looks for the table itself and says in words of its own that there is one by now.
        Err(error) if error.code != ErrorCode::NativeCancelled && open::find(&log_store).await?.is_some() => {
            return Err(made_by_another(&error, &url));
        }
        Err(error) => return Err(error),
    };
    Done { operation: "create", url: &url, log_store: &log_store, started }.report(outcome, None).await
}

impl CreateRequest {
    fn builder(&self, schema: &StructType, layout: Layout) -> CreateBuilder {
        let mut builder = CreateBuilder::new()
            .with_save_mode(SaveMode::ErrorIfExists)
            .with_columns(schema.fields().cloned())
            .with_partition_columns(layout.partition_by)
            .with_raise_if_key_not_exists(false)
            .with_configuration(layout.properties.into_iter().map(|(key, value)| (key, Some(value))));
        if let Some(name) = &self.name {
            builder = builder.with_table_name(name);
        }
        if let Some(description) = &self.description {
            builder = builder.with_comment(description);
        }
        builder
    }
}

/// Partitioning and properties of a new table, checked.
pub(super) struct Layout {
    /// Partition columns in the table's spelling.
    pub(super) partition_by: Vec<String>,
    /// Table properties.
    pub(super) properties: BTreeMap<String, String>,
}

impl Layout {
    /// Checks what a new table is asked for.
    pub(super) fn new(schema: &Schema, partition_by: Option<&[String]>, properties: Option<&BTreeMap<String, String>>) -> Result<Self> {
        let partition_by = partition_columns(schema, partition_by.unwrap_or_default())?;
        let properties = properties.cloned().unwrap_or_default();
        for key in properties.keys() {
            check_property(key)?;
        }
        Ok(Self { partition_by, properties })
    }
}

fn partition_columns(schema: &Schema, names: &[String]) -> Result<Vec<String>> {
    let mut columns: Vec<String> = Vec::with_capacity(names.len());
    for name in names {
        let refuse = |why: &str| {
            EngineError::new(ErrorCode::DeltaInvalidSpec, format!("The table cannot be partitioned by '{name}': {why}."))
                .with("column", name)
        };
        let field = column_of(schema, name).ok_or_else(|| refuse("there is no such column"))?;
        if field.data_type().is_nested() || matches!(field.data_type(), DataType::Binary) {
            return Err(refuse("only plain values other than binary name folders"));
        }
        if columns.contains(field.name()) {
            return Err(refuse("it is named twice"));
        }
        columns.push(field.name().clone());
    }
    if !columns.is_empty() && columns.len() == schema.fields().len() {
        return Err(EngineError::new(ErrorCode::DeltaInvalidSpec, "A table needs a column beside its partition columns."));
    }
    Ok(columns)
}

/// Keys `delta.*` must be known; other keys are free.
fn check_property(key: &str) -> Result<()> {
    let known = !key.starts_with("delta.") || key.parse::<TableProperty>().is_ok();
    if known {
        return Ok(());
    }
    Err(EngineError::new(ErrorCode::DeltaInvalidSpec, format!("There is no table property '{key}'.")).with("property", key))
}
