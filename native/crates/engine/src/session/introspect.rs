//! What is in the catalogue, read without SQL.

use std::sync::Arc;

use datafusion::catalog::SchemaProvider;
use datafusion::datasource::TableType;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Session;
use crate::call::Call;
use crate::error::Result;
use crate::schema::field::{NestedField, fields_of};
use crate::wire::{Reply, decode};

/// How deep to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Catalogues and schemas.
    Schemata,
    /// Tables with their kind.
    Tables,
    /// Columns of tables.
    Columns,
}

/// The request of `introspect`; without parts the answer is the epoch alone.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct IntrospectRequest {
    /// What to read.
    pub parts: Vec<Part>,
    /// Only this catalogue.
    pub catalog: Option<String>,
    /// Only this schema.
    pub schema: Option<String>,
    /// Only this table.
    pub table: Option<String>,
}

/// The reply of `introspect`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct CatalogTree {
    /// Number of catalogue changes so far.
    #[ts(type = "number")]
    pub epoch: u64,
    /// Sorted by name.
    pub catalogs: Vec<CatalogNode>,
}

/// A catalogue.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct CatalogNode {
    /// Its name.
    pub name: String,
    /// Sorted by name.
    pub schemas: Vec<SchemaNode>,
}

/// A schema.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct SchemaNode {
    /// Its name.
    pub name: String,
    /// Sorted by name; empty unless tables were asked for.
    pub tables: Vec<TableNode>,
}

/// A table.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct TableNode {
    /// Its name.
    pub name: String,
    /// `base`, `view` or `temporary`.
    pub kind: &'static str,
    /// Its columns, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fields: Option<Vec<NestedField>>,
}

impl Session {
    /// The `introspect` entrypoint.
    pub async fn introspect(&self, call: &Call) -> Result<Reply> {
        let request: IntrospectRequest = decode(&call.request)?;
        let mut catalogs = Vec::new();
        if !request.parts.is_empty() {
            let list = Arc::clone(self.state()?.catalog_list());
            let mut names = list.catalog_names();
            names.sort_unstable();
            for name in names.into_iter().filter(|name| matches(name, request.catalog.as_ref())) {
                let Some(catalog) = list.catalog(&name) else { continue };
                let mut schemas = Vec::new();
                let mut schema_names = catalog.schema_names();
                schema_names.sort_unstable();
                for schema_name in schema_names.into_iter().filter(|name| matches(name, request.schema.as_ref())) {
                    let Some(schema) = catalog.schema(&schema_name) else { continue };
                    schemas.push(SchemaNode { name: schema_name, tables: tables(schema.as_ref(), &request).await? });
                }
                catalogs.push(CatalogNode { name, schemas });
            }
        }
        Reply::of(&CatalogTree { epoch: self.epoch().get(), catalogs })
    }
}

async fn tables(schema: &dyn SchemaProvider, request: &IntrospectRequest) -> Result<Vec<TableNode>> {
    let with_columns = request.parts.contains(&Part::Columns);
    if !with_columns && !request.parts.contains(&Part::Tables) {
        return Ok(Vec::new());
    }
    let mut names = schema.table_names();
    names.sort_unstable();
    let mut nodes = Vec::new();
    for name in names.into_iter().filter(|name| matches(name, request.table.as_ref())) {
        let Some(provider) = schema.table(&name).await? else { continue };
        let kind = match provider.table_type() {
            TableType::Base => "base",
            TableType::View => "view",
            TableType::Temporary => "temporary",
        };
        let fields = if with_columns { Some(fields_of(&provider.schema())) } else { None };
        nodes.push(TableNode { name, kind, fields });
    }
    Ok(nodes)
}

fn matches(name: &str, wanted: Option<&String>) -> bool {
    wanted.is_none_or(|wanted| wanted == name)
}
