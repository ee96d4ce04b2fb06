//! Changes of the catalogue: all of a call, or none.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::datasource::TableType;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Session;
use super::catalog::SessionCatalog;
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Result};
use crate::wire::{Attached, Handle, HandleRef, Reply, decode};

/// What kind of object a drop means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A table that is not a view.
    Table,
    /// A view.
    View,
    /// An empty schema.
    Schema,
}

/// One change.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "op", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum CatalogOp {
    /// Adds a schema to the default catalogue; one that exists is kept.
    CreateSchema {
        /// Its name.
        name: String,
    },
    /// Publishes a prepared table.
    Put {
        /// One to three parts.
        name: Vec<String>,
        /// The prepared table.
        provider: HandleRef,
        /// Whether one of that name is replaced.
        replace: bool,
    },
    /// Removes an object.
    Drop {
        /// What it must be.
        kind: ObjectKind,
        /// One to three parts.
        name: Vec<String>,
        /// Whether a missing one is fine.
        if_exists: bool,
    },
}

/// The request of `catalogApply`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct CatalogRequest {
    /// Performed in order.
    pub ops: Vec<CatalogOp>,
}

/// The reply of `catalogApply`.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct CatalogReply {
    /// The epoch afterwards.
    #[ts(type = "number")]
    pub epoch: u64,
}

/// How to take a change back.
enum Undo {
    Restore(Arc<dyn SchemaProvider>, String, Arc<dyn TableProvider>),
    Remove(Arc<dyn SchemaProvider>, String),
    RestoreSchema(Arc<dyn CatalogProvider>, String, Arc<dyn SchemaProvider>),
    RemoveSchema(Arc<dyn CatalogProvider>, String),
}

impl Session {
    /// The `catalogApply` entrypoint.
    pub fn catalog_apply(&self, call: &Call) -> Result<Reply> {
        let request: CatalogRequest = decode(&call.request)?;
        let mut done = Vec::new();
        for op in &request.ops {
            if let Err(error) = self.apply(op, &call.attached, &mut done) {
                undo(done)?;
                return Err(error);
            }
        }
        Reply::of(&CatalogReply { epoch: self.epoch().get() })
    }

    fn apply(&self, op: &CatalogOp, attached: &Attached, done: &mut Vec<Undo>) -> Result<()> {
        match op {
            CatalogOp::CreateSchema { name } => self.create_schema(name, done),
            CatalogOp::Put { name, provider, replace } => {
                let Handle::Provider(prepared) = attached.handle(*provider)? else {
                    return Err(EngineError::bad_request("$.ops.provider", "the handle is not a prepared table"));
                };
                self.put(&reference(name)?, Arc::clone(&prepared.provider), *replace, done)
            }
            CatalogOp::Drop { kind: ObjectKind::Schema, name, if_exists } => self.drop_schema(name, *if_exists, done),
            CatalogOp::Drop { kind, name, if_exists } => self.remove(*kind, &reference(name)?, *if_exists, done),
        }
    }

    fn default_catalog(&self) -> Result<Arc<dyn CatalogProvider>> {
        let state = self.state()?;
        let name = &state.config_options().catalog.default_catalog;
        state.catalog_list().catalog(name).ok_or_else(|| not_found("catalog", name))
    }

    fn create_schema(&self, name: &str, done: &mut Vec<Undo>) -> Result<()> {
        let catalog = self.default_catalog()?;
        let any: &dyn std::any::Any = catalog.as_ref();
        let own =
            any.downcast_ref::<SessionCatalog>().ok_or_else(|| EngineError::internal("the default catalogue is not the session's own"))?;
        if own.create_schema(name) {
            done.push(Undo::RemoveSchema(catalog, name.to_owned()));
        }
        Ok(())
    }

    fn drop_schema(&self, name: &[String], if_exists: bool, done: &mut Vec<Undo>) -> Result<()> {
        let [name] = name else { return Err(EngineError::bad_request("$.ops.name", "a schema has one name")) };
        let catalog = self.default_catalog()?;
        match catalog.deregister_schema(name, false)? {
            Some(schema) => done.push(Undo::RestoreSchema(catalog, name.clone(), schema)),
            None if if_exists => {}
            None => return Err(not_found("schema", name)),
        }
        Ok(())
    }

    fn schema_of(&self, name: &TableReference) -> Result<(Arc<dyn SchemaProvider>, ResolvedTableReference)> {
        let state = self.state()?;
        let options = &state.config_options().catalog;
        let resolved = name.clone().resolve(&options.default_catalog, &options.default_schema);
        let schema = state.catalog_list().catalog(&resolved.catalog).and_then(|catalog| catalog.schema(&resolved.schema));
        schema.map(|schema| (schema, resolved.clone())).ok_or_else(|| not_found("schema", &resolved.schema))
    }

    fn put(&self, name: &TableReference, provider: Arc<dyn TableProvider>, replace: bool, done: &mut Vec<Undo>) -> Result<()> {
        let (schema, resolved) = self.schema_of(name)?;
        let table = resolved.table.to_string();
        if schema.table_exist(&table) && !replace {
            return Err(EngineError::new(
                ErrorCode::SessionObjectExists,
                format!("There is already a table or view '{name}'; choose another name or replace it."),
            )
            .with("kind", "table")
            .with("name", name.to_string()));
        }
        let previous = schema.register_table(table.clone(), provider)?;
        done.push(match previous {
            Some(previous) => Undo::Restore(schema, table, previous),
            None => Undo::Remove(schema, table),
        });
        Ok(())
    }

    fn remove(&self, kind: ObjectKind, name: &TableReference, if_exists: bool, done: &mut Vec<Undo>) -> Result<()> {
        let (schema, resolved) = self.schema_of(name)?;
        let table = resolved.table.to_string();
        let text = if kind == ObjectKind::View { "view" } else { "table" };
        match schema.deregister_table(&table)? {
            Some(previous) if (previous.table_type() == TableType::View) == (kind == ObjectKind::View) => {
                done.push(Undo::Restore(schema, table, previous));
                Ok(())
            }
            Some(other) => {
                schema.register_table(table, other)?;
                Err(not_found(text, &name.to_string()))
            }
            None if if_exists => Ok(()),
            None => Err(not_found(text, &name.to_string())),
        }
    }
}

fn undo(done: Vec<Undo>) -> Result<()> {
    for step in done.into_iter().rev() {
        match step {
            Undo::Restore(schema, name, provider) => drop(schema.register_table(name, provider)?),
            Undo::Remove(schema, name) => drop(schema.deregister_table(&name)?),
            Undo::RestoreSchema(catalog, name, schema) => drop(catalog.register_schema(&name, schema)?),
            Undo::RemoveSchema(catalog, name) => drop(catalog.deregister_schema(&name, true)?),
        }
    }
    Ok(())
}

/// A table reference from its parts, taken as they are.
pub fn reference(parts: &[String]) -> Result<TableReference> {
    match parts {
        [table] => Ok(TableReference::bare(table.as_str())),
        [schema, table] => Ok(TableReference::partial(schema.as_str(), table.as_str())),
        [catalog, schema, table] => Ok(TableReference::full(catalog.as_str(), schema.as_str(), table.as_str())),
        _ => Err(EngineError::bad_request("$.name", "a name has one to three parts")),
    }
}

/// `SESSION.OBJECT_NOT_FOUND {kind, name}`.
#[must_use]
pub fn not_found(kind: &str, name: &str) -> EngineError {
    EngineError::new(ErrorCode::SessionObjectNotFound, format!("There is no {kind} '{name}' in the catalogue."))
        .with("kind", kind)
        .with("name", name)
}
