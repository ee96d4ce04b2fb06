//! Schemas and catalogues of a session: made and dropped, by functions and by SQL.

use std::any::Any;
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, CatalogProviderList, MemoryCatalogProviderList, SchemaProvider};

use super::Session;
use super::catalog::SessionCatalog;
use super::catalog_ops::not_found;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::sql::verb::text_of;

/// How a schema is dropped.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dropping {
    /// A missing one is fine.
    pub(crate) if_exists: bool,
    /// What is in it goes with it.
    pub(crate) cascade: bool,
}

/// A schema that was taken out of a catalogue, with its name there.
pub(crate) type RemovedSchema = (Arc<dyn CatalogProvider>, String, Arc<dyn SchemaProvider>);

impl Session {
    /// CREATE SCHEMA, by a text whose parts may stand in double quotes. `SESSION.OBJECT_EXISTS`.
    pub(crate) fn create_schema(&self, name: &str, if_not_exists: bool) -> Result<()> {
        match self.add_schema(&parts(name))? {
            None if !if_not_exists => {
                let message = format!("Schema '{name}' already exists; use another name, or IF NOT EXISTS.");
                Err(exists("schema", name, message))
            }
            _ => Ok(()),
        }
    }

    /// Adds a schema, and tells where and by which name; `None` where there is one.
    pub(crate) fn add_schema(&self, name: &[String]) -> Result<Option<(Arc<dyn CatalogProvider>, String)>> {
        let (catalog, schema) = self.schema_place(name)?;
        let provider = self.catalog(&catalog)?;
        let added = own(provider.as_ref())?.create_schema(&schema);
        Ok(added.then_some((provider, schema)))
    }

    /// Takes a schema away. `SESSION.OBJECT_NOT_FOUND` without `if_exists`, `SESSION.OBJECT_NOT_EMPTY` without `cascade`,
    /// `SESSION.OBJECT_REQUIRED`.
    pub(crate) fn remove_schema(&self, name: &[String], dropping: Dropping) -> Result<Option<RemovedSchema>> {
        let (catalog, schema) = self.schema_place(name)?;
        let text = text_of(name);
        if self.required()?.iter().any(|(of, required)| *of == catalog && *required == schema) {
            return Err(required("schema", &text));
        }
        let removed = match self.catalog(&catalog) {
            Ok(provider) => {
                let removed = provider.deregister_schema(&schema, dropping.cascade);
                let removed = removed.map_err(|error| from_datafusion(Phase::Execute, &error).with("name", &text))?;
                removed.map(|removed| (provider, schema, removed))
            }
            Err(_) if dropping.if_exists => None,
            Err(error) => return Err(error),
        };
        if removed.is_none() && !dropping.if_exists { Err(not_found("schema", &text)) } else { Ok(removed) }
    }

    /// CREATE DATABASE: a catalogue like the session's first one. `SESSION.OBJECT_EXISTS`.
    pub(crate) fn create_catalog(&self, name: &str, if_not_exists: bool) -> Result<()> {
        let name = catalog_name(parts(name))?;
        let list = Arc::clone(self.state()?.catalog_list());
        if list.catalog(&name).is_some() {
            let message = format!("Catalog '{name}' already exists; use another name, or IF NOT EXISTS.");
            return if if_not_exists { Ok(()) } else { Err(exists("catalog", &name, message)) };
        }
        let first = self.catalog(&self.spec().catalog.default)?;
        list.register_catalog(name, Arc::new(own(first.as_ref())?.sibling()));
        self.epoch().raise();
        Ok(())
    }

    /// Takes a catalogue away. `SESSION.OBJECT_NOT_FOUND` without `if_exists`, `SESSION.OBJECT_NOT_EMPTY`,
    /// `SESSION.OBJECT_REQUIRED`.
    pub(crate) fn remove_catalog(&self, name: &str, if_exists: bool) -> Result<Option<Arc<dyn CatalogProvider>>> {
        if self.required()?.iter().any(|(catalog, _)| catalog == name) {
            return Err(required("catalog", name));
        }
        let catalog = match self.catalog(name) {
            Ok(catalog) => catalog,
            Err(_) if if_exists => return Ok(None),
            Err(error) => return Err(error),
        };
        let schemas = catalog.schema_names();
        if !schemas.is_empty() {
            return Err(not_empty("catalog", name, &schemas, "Drop them first."));
        }
        forget_catalog(self.state()?.catalog_list().as_ref(), name)?;
        self.epoch().raise();
        Ok(Some(catalog))
    }

    fn catalog(&self, name: &str) -> Result<Arc<dyn CatalogProvider>> {
        self.state()?.catalog_list().catalog(name).ok_or_else(|| not_found("catalog", name))
    }

    /// The catalogue and the name in it that a name of one or two parts means.
    fn schema_place(&self, name: &[String]) -> Result<(String, String)> {
        match name {
            [schema] => Ok((self.state()?.config_options().catalog.default_catalog.clone(), schema.clone())),
            [catalog, schema] => Ok((catalog.clone(), schema.clone())),
            _ => Err(EngineError::new(ErrorCode::SqlPlanError, "A schema has one name, or that of its catalog in front.")),
        }
    }

    /// The schemas, with their catalogues, that names without them mean, and where views are kept.
    fn required(&self) -> Result<Vec<(String, String)>> {
        let state = self.state()?;
        let (own, now) = (&self.spec().catalog, &state.config_options().catalog);
        let first = [Some(&own.schema), own.view_schema.as_ref()].into_iter().flatten();
        let mut required: Vec<_> = first.map(|schema| (own.default.clone(), schema.clone())).collect();
        required.push((now.default_catalog.clone(), now.default_schema.clone()));
        Ok(required)
    }
}

/// Takes a catalogue out of the list of a session.
pub(crate) fn forget_catalog(list: &dyn CatalogProviderList, name: &str) -> Result<()> {
    let any: &dyn Any = list;
    let own = any.downcast_ref::<MemoryCatalogProviderList>();
    own.ok_or_else(|| EngineError::internal("the catalogues are not the session's own"))?.catalogs.remove(name);
    Ok(())
}

fn own(catalog: &dyn CatalogProvider) -> Result<&SessionCatalog> {
    let any: &dyn Any = catalog;
    any.downcast_ref::<SessionCatalog>().ok_or_else(|| EngineError::internal("the catalogue is not the session's own"))
}

/// The name of a catalogue, which has one part.
pub(crate) fn catalog_name(parts: Vec<String>) -> Result<String> {
    let [name] = <[String; 1]>::try_from(parts).map_err(|_| EngineError::new(ErrorCode::SqlPlanError, "A catalog has one name."))?;
    Ok(name)
}

/// The parts of a name that [`text_of`] wrote.
fn parts(name: &str) -> Vec<String> {
    let (mut parts, mut part, mut quoted) = (Vec::new(), String::new(), false);
    let mut rest = name.chars().peekable();
    while let Some(next) = rest.next() {
        match next {
            '"' if quoted && rest.peek() == Some(&'"') => part.extend(rest.next()),
            '"' => quoted = !quoted,
            '.' if !quoted => parts.push(std::mem::take(&mut part)),
            other => part.push(other),
        }
    }
    parts.push(part);
    parts
}

/// `SESSION.OBJECT_EXISTS {kind, name}`.
pub(crate) fn exists(kind: &str, name: &str, message: String) -> EngineError {
    EngineError::new(ErrorCode::SessionObjectExists, message).with("kind", kind).with("name", name)
}

/// `SESSION.OBJECT_NOT_EMPTY {kind, name, contents}`.
pub(crate) fn not_empty(kind: &str, name: &str, contents: &[String], advice: &str) -> EngineError {
    let message = format!("The {kind} '{name}' is not empty; it holds {}. {advice}", contents.join(", "));
    EngineError::new(ErrorCode::SessionObjectNotEmpty, message).with("kind", kind).with("name", name).with("contents", contents)
}

/// `SESSION.OBJECT_REQUIRED {kind, name}`.
fn required(kind: &str, name: &str) -> EngineError {
    let message = format!("The {kind} '{name}' is one that the session makes its tables or views in; drop what is in it instead.");
    EngineError::new(ErrorCode::SessionObjectRequired, message).with("kind", kind).with("name", name)
}
