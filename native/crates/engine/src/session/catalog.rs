//! The in-memory catalogue of a session: live tables resolve per statement, every change raises the epoch.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use async_trait::async_trait;
use datafusion::catalog::{CatalogProvider, SchemaProvider, TableProvider};
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::{ViewTable, provider_as_source, source_as_provider};
use datafusion::error::Result;
use datafusion::logical_expr::LogicalPlan;
use parking_lot::RwLock;

use super::namespaces::not_empty;
use crate::io::memory::MemoryTable;

/// A table whose content is looked up again for every statement.
#[async_trait]
pub trait LiveTable: Debug + Send + Sync {
    /// The provider of the newest state.
    async fn current(&self) -> Result<Arc<dyn TableProvider>>;
}

/// Counts changes of the catalogue.
#[derive(Clone, Debug, Default)]
pub struct Epoch(Arc<AtomicU64>);

impl Epoch {
    /// The number of changes so far.
    #[must_use]
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Acquire)
    }

    /// Notes one change.
    pub fn raise(&self) {
        self.0.fetch_add(1, Ordering::AcqRel);
    }
}

/// Finds the live table of a provider, for the providers that have one.
pub type LiveLookup = Arc<dyn Fn(&dyn TableProvider) -> Option<Arc<dyn LiveTable>> + Send + Sync>;

/// A catalogue whose schemas are all [`SessionSchema`]s.
pub struct SessionCatalog {
    schemas: RwLock<BTreeMap<String, Arc<dyn SchemaProvider>>>,
    epoch: Epoch,
    live: LiveLookup,
}

impl SessionCatalog {
    /// An empty catalogue.
    #[must_use]
    pub fn new(epoch: Epoch, live: LiveLookup) -> Self {
        Self { schemas: RwLock::default(), epoch, live }
    }

    /// An empty catalogue of the same session.
    #[must_use]
    pub fn sibling(&self) -> Self {
        Self::new(self.epoch.clone(), Arc::clone(&self.live))
    }

    /// Adds an empty schema; false when it exists.
    pub fn create_schema(&self, name: &str) -> bool {
        let mut schemas = self.schemas.write();
        if schemas.contains_key(name) {
            return false;
        }
        schemas.insert(name.to_owned(), Arc::new(SessionSchema::new(self.epoch.clone(), Arc::clone(&self.live))));
        self.epoch.raise();
        true
    }

    /// Its schemas by name.
    #[must_use]
    pub fn schemas(&self) -> BTreeMap<String, Arc<dyn SchemaProvider>> {
        self.schemas.read().clone()
    }

    /// Takes other schemas in place of its own.
    pub fn replace_schemas(&self, schemas: BTreeMap<String, Arc<dyn SchemaProvider>>) {
        *self.schemas.write() = schemas;
        self.epoch.raise();
    }
}

impl Debug for SessionCatalog {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionCatalog").field("schemas", &self.schema_names()).finish_non_exhaustive()
    }
}

impl CatalogProvider for SessionCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.schemas.read().keys().cloned().collect()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        self.schemas.read().get(name).cloned()
    }

    fn register_schema(&self, name: &str, schema: Arc<dyn SchemaProvider>) -> Result<Option<Arc<dyn SchemaProvider>>> {
        let any: &dyn std::any::Any = schema.as_ref();
        let schema = match any.is::<SessionSchema>() {
            true => schema,
            false => Arc::new(SessionSchema::new(self.epoch.clone(), Arc::clone(&self.live))),
        };
        let previous = self.schemas.write().insert(name.to_owned(), schema);
        self.epoch.raise();
        Ok(previous)
    }

    fn deregister_schema(&self, name: &str, cascade: bool) -> Result<Option<Arc<dyn SchemaProvider>>> {
        let mut schemas = self.schemas.write();
        match schemas.get(name) {
            Some(schema) if !cascade && !schema.table_names().is_empty() => {
                Err(not_empty("schema", name, &schema.table_names(), "Drop them first, or use DROP SCHEMA … CASCADE.").into())
            }
            Some(_) => {
                let removed = schemas.remove(name);
                self.epoch.raise();
                Ok(removed)
            }
            None => Ok(None),
        }
    }
}

/// A schema of named providers.
pub struct SessionSchema {
    tables: RwLock<BTreeMap<String, Arc<dyn TableProvider>>>,
    epoch: Epoch,
    live: LiveLookup,
}

impl SessionSchema {
    fn new(epoch: Epoch, live: LiveLookup) -> Self {
        Self { tables: RwLock::default(), epoch, live }
    }

    /// The registered provider itself, not looked up again.
    #[must_use]
    pub fn registered(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        self.tables.read().get(name).cloned()
    }

    /// The registered providers by name.
    #[must_use]
    pub fn tables(&self) -> BTreeMap<String, Arc<dyn TableProvider>> {
        self.tables.read().clone()
    }

    /// Takes other providers in place of its own.
    pub fn replace_tables(&self, tables: BTreeMap<String, Arc<dyn TableProvider>>) {
        *self.tables.write() = tables;
        self.epoch.raise();
    }
}

impl Debug for SessionSchema {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SessionSchema").field("tables", &self.table_names()).finish_non_exhaustive()
    }
}

#[async_trait]
impl SchemaProvider for SessionSchema {
    fn table_names(&self) -> Vec<String> {
        self.tables.read().keys().cloned().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        match self.registered(name) {
            Some(provider) => current_provider(provider, &self.live).await.map(Some),
            None => Ok(None),
        }
    }

    fn register_table(&self, name: String, table: Arc<dyn TableProvider>) -> Result<Option<Arc<dyn TableProvider>>> {
        let previous = self.tables.write().insert(name, MemoryTable::adopt(table));
        self.epoch.raise();
        Ok(previous)
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let previous = self.tables.write().remove(name);
        self.epoch.raise();
        Ok(previous)
    }

    fn table_exist(&self, name: &str) -> bool {
        self.tables.read().contains_key(name)
    }
}

/// Looks live tables up again; inside a view, those its plan reads.
async fn current_provider(provider: Arc<dyn TableProvider>, live: &LiveLookup) -> Result<Arc<dyn TableProvider>> {
    if let Some(table) = live(provider.as_ref()) {
        return table.current().await;
    }
    let any: &dyn std::any::Any = provider.as_ref();
    match any.downcast_ref::<ViewTable>() {
        Some(view) => {
            let plan = current_plan(view.logical_plan().clone(), live).await?;
            Ok(Arc::new(ViewTable::new(plan, view.definition().map(ToOwned::to_owned))))
        }
        None => Ok(provider),
    }
}

/// A plan whose scans of live tables read the newest state.
async fn current_plan(plan: LogicalPlan, live: &LiveLookup) -> Result<LogicalPlan> {
    let mut found: Vec<Arc<dyn LiveTable>> = Vec::new();
    plan.apply_with_subqueries(|node| {
        found.extend(live_of(node, live));
        Ok(TreeNodeRecursion::Continue)
    })?;
    if found.is_empty() {
        return Ok(plan);
    }
    let mut resolved = Vec::with_capacity(found.len());
    for table in found {
        resolved.push(table.current().await?);
    }
    let mut next = resolved.into_iter();
    let bound = plan.transform_down_with_subqueries(|node| match (live_of(&node, live), node) {
        (Some(_), LogicalPlan::TableScan(mut scan)) => match next.next() {
            Some(provider) => {
                scan.source = provider_as_source(provider);
                Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
            }
            None => Ok(Transformed::no(LogicalPlan::TableScan(scan))),
        },
        (_, node) => Ok(Transformed::no(node)),
    })?;
    Ok(bound.data)
}

/// The live table that a scan reads a version of.
pub(crate) fn live_of(node: &LogicalPlan, live: &LiveLookup) -> Option<Arc<dyn LiveTable>> {
    let LogicalPlan::TableScan(scan) = node else { return None };
    let provider = source_as_provider(&scan.source).ok()?;
    live(provider.as_ref())
}
