//! A session at one moment, and the way back to it: what the pool gives out again must be as it was.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, TableProvider};
use datafusion::datasource::TableType;
use datafusion::execution::session_state::SessionState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::Session;
use super::catalog::{SessionCatalog, SessionSchema};
use super::namespaces::forget_catalog;
use super::runtime_settings;
use super::settings;
use super::spec::RuntimeEnvSpec;
use crate::call::Call;
use crate::error::{EngineError, Result};
use crate::functions::js::javascript;
use crate::io::memory::{MemoryTable, RowsThen, memory_table};
use crate::sql::named::Statements;
use crate::wire::{Empty, Reply, decode};

/// The reply of `checkpoint`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct CheckpointReply {
    /// What `restore` is given. A later checkpoint takes its place.
    pub id: String,
}

/// The request of `restore`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct RestoreRequest {
    /// The session's checkpoint.
    pub id: String,
}

/// What was dropped or put back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
pub struct Cleaned {
    /// Tables added, replaced or dropped since.
    pub tables: usize,
    /// Views added, replaced or dropped since.
    pub views: usize,
    /// Functions added or replaced since.
    pub functions: usize,
    /// Prepared statements added or dropped since.
    pub prepared: usize,
    /// Settings that had another value.
    pub settings: usize,
}

/// The reply of `restore`.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct RestoreReply {
    /// What was not as it had been.
    pub cleaned: Cleaned,
    /// Whether everything is as it had been, read once more.
    pub verified: bool,
}

/// Everything a statement can change of a session.
pub struct Checkpoint {
    id: String,
    state: SessionState,
    catalogs: Contents,
    rows: Vec<(Arc<dyn TableProvider>, RowsThen)>,
    runtime: RuntimeEnvSpec,
    statements: Statements,
}

type Tables = BTreeMap<String, Arc<dyn TableProvider>>;
type Contents = BTreeMap<String, CatalogContent>;

/// A catalogue and, where it is a session's own, what is in it.
struct CatalogContent {
    provider: Arc<dyn CatalogProvider>,
    schemas: BTreeMap<String, (Arc<dyn SchemaProvider>, Tables)>,
}

impl Session {
    /// The `checkpoint` entrypoint.
    pub fn checkpoint(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        let state = self.context()?.state_ref().read().clone();
        let catalogs = contents(state.catalog_list().as_ref());
        let checkpoint = Checkpoint {
            id: Uuid::now_v7().to_string(),
            rows: kept_rows(&catalogs),
            catalogs,
            runtime: runtime_settings::numbers(self.runtime()),
            statements: self.statements().all(),
            state,
        };
        let reply = Reply::of(&CheckpointReply { id: checkpoint.id.clone() })?;
        *self.kept_checkpoint().lock() = Some(Arc::new(checkpoint));
        Ok(reply)
    }

    /// The `restore` entrypoint. No other call of the session may be in flight.
    pub fn restore(&self, call: &Call) -> Result<Reply> {
        let request: RestoreRequest = decode(&call.request)?;
        let kept = self.kept_checkpoint().lock().clone();
        let Some(checkpoint) = kept.filter(|checkpoint| checkpoint.id == request.id) else {
            return Err(EngineError::bad_request("$.id", "the session has no such checkpoint"));
        };
        let cleaned = self.differences(&checkpoint)?;
        self.put_back(&checkpoint)?;
        let verified = self.differences(&checkpoint)? == Cleaned::default() && self.is_at(&checkpoint)?;
        Reply::of(&RestoreReply { cleaned, verified })
    }

    fn put_back(&self, checkpoint: &Checkpoint) -> Result<()> {
        let context = self.context()?;
        let list = Arc::clone(checkpoint.state.catalog_list());
        for name in list.catalog_names().into_iter().filter(|name| !checkpoint.catalogs.contains_key(name)) {
            forget_catalog(list.as_ref(), &name)?;
        }
        for (name, content) in &checkpoint.catalogs {
            if list.catalog(name).is_none_or(|now| !Arc::ptr_eq(&now, &content.provider)) {
                list.register_catalog(name.clone(), Arc::clone(&content.provider));
            }
            content.put_back();
        }
        if checkpoint.changed_rows().any(|(then, table)| !table.put_back(then)) {
            return Err(EngineError::internal("the rows of a table in memory are still in use"));
        }
        *context.state_ref().write() = checkpoint.state.clone();
        self.statements().replace(checkpoint.statements.clone());
        runtime_settings::apply_numbers(self.runtime(), &checkpoint.runtime)?;
        self.epoch().raise();
        self.settings_epoch().raise();
        Ok(())
    }

    fn differences(&self, checkpoint: &Checkpoint) -> Result<Cleaned> {
        let shared = self.context()?.state_ref();
        let state = shared.read();
        let (tables, views) = changed_tables(&contents(state.catalog_list().as_ref()), &checkpoint.catalogs);
        let runtime = runtime_settings::numbers(self.runtime());
        Ok(Cleaned {
            tables: tables + checkpoint.changed_rows().count(),
            views,
            functions: changed_functions(&state, &checkpoint.state),
            prepared: changed(&self.statements().all(), &checkpoint.statements),
            settings: changed_settings(&state, &checkpoint.state) + runtime_settings::changed(&runtime, &checkpoint.runtime),
        })
    }

    /// Whether schemas, catalogues and the runtime environment are the very ones.
    fn is_at(&self, checkpoint: &Checkpoint) -> Result<bool> {
        let shared = self.context()?.state_ref();
        let state = shared.read();
        let now = contents(state.catalog_list().as_ref());
        let same_catalogs = now.len() == checkpoint.catalogs.len()
            && now.iter().all(|(name, content)| checkpoint.catalogs.get(name).is_some_and(|then| content.is(then)));
        Ok(same_catalogs && Arc::ptr_eq(state.runtime_env(), checkpoint.state.runtime_env()))
    }
}

impl Checkpoint {
    /// The tables in memory whose rows are others now, with those of then.
    fn changed_rows(&self) -> impl Iterator<Item = (&RowsThen, &MemoryTable)> {
        let tables = self.rows.iter().filter_map(|(provider, then)| memory_table(provider.as_ref()).map(|table| (then, table)));
        tables.filter(|(then, table)| !table.has(then))
    }
}

/// The rows of the tables in memory.
fn kept_rows(contents: &Contents) -> Vec<(Arc<dyn TableProvider>, RowsThen)> {
    let rows = |provider: &Arc<dyn TableProvider>| Some((Arc::clone(provider), memory_table(provider.as_ref())?.rows_now()?));
    by_name(contents).into_values().filter_map(rows).collect()
}

impl CatalogContent {
    fn put_back(&self) {
        let any: &dyn std::any::Any = self.provider.as_ref();
        let Some(catalog) = any.downcast_ref::<SessionCatalog>() else { return };
        for (schema, tables) in self.schemas.values() {
            let any: &dyn std::any::Any = schema.as_ref();
            if let Some(schema) = any.downcast_ref::<SessionSchema>() {
                schema.replace_tables(tables.clone());
            }
        }
        catalog.replace_schemas(self.schemas.iter().map(|(name, (schema, _))| (name.clone(), Arc::clone(schema))).collect());
    }

    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.provider, &other.provider)
            && self.schemas.len() == other.schemas.len()
            && self.schemas.iter().all(|(name, (schema, _))| other.schemas.get(name).is_some_and(|(then, _)| Arc::ptr_eq(schema, then)))
    }
}

fn contents(list: &dyn CatalogProviderList) -> Contents {
    let named = list.catalog_names().into_iter().filter_map(|name| list.catalog(&name).map(|provider| (name, provider)));
    named.map(|(name, provider)| (name, CatalogContent { schemas: schemas_of(provider.as_ref()), provider })).collect()
}

fn schemas_of(catalog: &dyn CatalogProvider) -> BTreeMap<String, (Arc<dyn SchemaProvider>, Tables)> {
    let any: &dyn std::any::Any = catalog;
    let Some(own) = any.downcast_ref::<SessionCatalog>() else { return BTreeMap::new() };
    let with_tables = |schema: Arc<dyn SchemaProvider>| {
        let any: &dyn std::any::Any = schema.as_ref();
        let tables = any.downcast_ref::<SessionSchema>().map(SessionSchema::tables).unwrap_or_default();
        (schema, tables)
    };
    own.schemas().into_iter().map(|(name, schema)| (name, with_tables(schema))).collect()
}

/// Every table by the names of catalogue, schema and its own.
fn by_name(contents: &Contents) -> BTreeMap<(&str, &str, &str), &Arc<dyn TableProvider>> {
    contents
        .iter()
        .flat_map(|(catalog, content)| {
            content.schemas.iter().flat_map(move |(schema, (_, tables))| {
                tables.iter().map(move |(table, provider)| ((catalog.as_str(), schema.as_str(), table.as_str()), provider))
            })
        })
        .collect()
}

/// How many tables and how many views differ.
fn changed_tables(now: &Contents, then: &Contents) -> (usize, usize) {
    let (now, then) = (by_name(now), by_name(then));
    let gone = then.iter().filter(|(name, _)| !now.contains_key(*name));
    let other = now.iter().filter(|(name, provider)| then.get(*name).is_none_or(|before| !Arc::ptr_eq(before, provider)));
    let are_views: Vec<bool> = gone.chain(other).map(|(_, provider)| provider.table_type() == TableType::View).collect();
    let views = are_views.iter().filter(|is_view| **is_view).count();
    (are_views.len() - views, views)
}

/// How many names two maps have differently.
fn changed<T: ?Sized>(now: &BTreeMap<String, Arc<T>>, then: &BTreeMap<String, Arc<T>>) -> usize {
    let gone = then.keys().filter(|name| !now.contains_key(*name)).count();
    gone + now.iter().filter(|(name, value)| then.get(*name).is_none_or(|before| !Arc::ptr_eq(before, value))).count()
}

/// Functions of the engine are made anew by SET; only their names count.
fn changed_functions(now: &SessionState, then: &SessionState) -> usize {
    let scalars = now.scalar_functions().iter().filter(|(name, function)| {
        let before = then.scalar_functions().get(*name);
        before.is_none_or(|before| !Arc::ptr_eq(before, function) && (javascript(before).is_some() || javascript(function).is_some()))
    });
    let gone = then.scalar_functions().keys().filter(|name| !now.scalar_functions().contains_key(*name)).count();
    scalars.count()
        + gone
        + other_names(now.aggregate_functions(), then.aggregate_functions())
        + other_names(now.window_functions(), then.window_functions())
        + other_names(now.table_functions(), then.table_functions())
        + other_names(now.higher_order_functions(), then.higher_order_functions())
}

fn other_names<T>(now: &HashMap<String, T>, then: &HashMap<String, T>) -> usize {
    now.keys().filter(|name| !then.contains_key(*name)).count() + then.keys().filter(|name| !now.contains_key(*name)).count()
}

fn changed_settings(now: &SessionState, then: &SessionState) -> usize {
    if Arc::ptr_eq(now.config_options(), then.config_options()) {
        return 0;
    }
    settings::texts(now).into_iter().zip(settings::texts(then)).filter(|(now, then)| now != then).count()
}
