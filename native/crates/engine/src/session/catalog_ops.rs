//! Changes of the catalogue: all of a call, or none.

use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::{ResolvedTableReference, TableReference};
use datafusion::datasource::TableType;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::Session;
use super::catalog::SessionSchema;
use super::namespaces::{Dropping, catalog_name};
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
    /// A catalogue without schemas.
    Catalog,
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
    RestoreCatalog(String, Arc<dyn CatalogProvider>),
}

impl Session {
    /// The `catalogApply` entrypoint.
    pub fn catalog_apply(&self, call: &Call) -> Result<Reply> {
        let request: CatalogRequest = decode(&call.request)?;
        let mut done = Vec::new();
        for op in &request.ops {
            if let Err(error) = self.apply(op, &call.attached, &mut done) {
                self.undo(done)?;
                return Err(error);
            }
        }
        Reply::of(&CatalogReply { epoch: self.epoch().get() })
    }

    fn apply(&self, op: &CatalogOp, attached: &Attached, done: &mut Vec<Undo>) -> Result<()> {
        match op {
            CatalogOp::CreateSchema { name } => {
                done.extend(self.add_schema(std::slice::from_ref(name))?.map(|(catalog, schema)| Undo::RemoveSchema(catalog, schema)));
                Ok(())
            }
            CatalogOp::Put { name, provider, replace } => {
                let Handle::Provider(prepared) = attached.handle(*provider)? else {
                    return Err(EngineError::bad_request("$.ops.provider", "the handle is not a prepared table"));
                };
                self.put(&reference(name)?, Arc::clone(&prepared.provider), *replace, done)
            }
            CatalogOp::Drop { kind, name, if_exists } => {
                done.extend(self.drop_object(*kind, name, *if_exists)?);
                Ok(())
            }
        }
    }

    fn drop_object(&self, kind: ObjectKind, name: &[String], if_exists: bool) -> Result<Option<Undo>> {
        match kind {
            ObjectKind::Table | ObjectKind::View => {
                let removed = self.remove(kind, &reference(name)?, if_exists)?;
                Ok(removed.map(|(schema, table, previous)| Undo::Restore(schema, table, previous)))
            }
            ObjectKind::Schema => {
                let removed = self.remove_schema(name, Dropping { if_exists, cascade: false })?;
                Ok(removed.map(|(catalog, name, schema)| Undo::RestoreSchema(catalog, name, schema)))
            }
            ObjectKind::Catalog => {
                let name = catalog_name(name.to_vec())?;
                Ok(self.remove_catalog(&name, if_exists)?.map(|catalog| Undo::RestoreCatalog(name, catalog)))
            }
        }
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

    /// Takes a table or view away: where it was, its name there, and what it was. `SESSION.OBJECT_NOT_FOUND` without
    /// `if_exists`.
    pub(crate) fn remove(&self, kind: ObjectKind, name: &TableReference, if_exists: bool) -> Result<Option<Removed>> {
        let removed = match self.schema_of(name) {
            Ok((schema, resolved)) => deregistered(schema, resolved.table.to_string(), kind == ObjectKind::View)?,
            Err(_) if if_exists => None,
            Err(error) => return Err(error),
        };
        match removed {
            None if !if_exists => Err(not_found(if kind == ObjectKind::View { "view" } else { "table" }, &name.to_string())),
            removed => Ok(removed),
        }
    }

    fn undo(&self, done: Vec<Undo>) -> Result<()> {
        for step in done.into_iter().rev() {
            match step {
                Undo::Restore(schema, name, provider) => drop(schema.register_table(name, provider)?),
                Undo::Remove(schema, name) => drop(schema.deregister_table(&name)?),
                Undo::RestoreSchema(catalog, name, schema) => drop(catalog.register_schema(&name, schema)?),
                Undo::RemoveSchema(catalog, name) => drop(catalog.deregister_schema(&name, true)?),
                Undo::RestoreCatalog(name, catalog) => drop(self.state()?.catalog_list().register_catalog(name, catalog)),
            }
        }
        Ok(())
    }
}

/// A table that was taken out of a schema, with its name there.
pub(crate) type Removed = (Arc<dyn SchemaProvider>, String, Arc<dyn TableProvider>);

/// Takes a view, or what is none, out of a schema.
fn deregistered(schema: Arc<dyn SchemaProvider>, table: String, view: bool) -> Result<Option<Removed>> {
    let any: &dyn std::any::Any = schema.as_ref();
    let registered = any.downcast_ref::<SessionSchema>().and_then(|own| own.registered(&table));
    if registered.is_none_or(|provider| (provider.table_type() == TableType::View) != view) {
        return Ok(None);
    }
    Ok(schema.deregister_table(&table)?.map(|previous| (schema, table, previous)))
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
