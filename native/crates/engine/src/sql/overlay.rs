//! Table parameters: tables that one statement sees under names of its own, over the catalogue and registered nowhere.

use std::any::Any;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::{CatalogProvider, CatalogProviderList, SchemaProvider, Session as EngineSession, TableProvider};
use datafusion::common::Statistics;
use datafusion::config::CatalogOptions;
use datafusion::datasource::{TableType, ViewTable, source_as_provider};
use datafusion::error::Result as EngineResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use uuid::Uuid;

use super::check;
use super::params::names_error;
use super::policy::SqlPolicy;
use super::statement::StatementInfo;
use super::verb::StatementKind;
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Result};
use crate::frame::leaf::{operand, read_once};
use crate::session::Session;
use crate::wire::{Handle, HandleRef};

/// A table that a statement sees under a name.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TableArgument {
    /// The name, as the statement has it after folding its case.
    pub name: String,
    /// A frame, or a sink that is read once.
    pub source: HandleRef,
}

/// The table parameters of a statement.
#[derive(Clone, Debug, Default)]
pub(crate) struct Overlay {
    tables: BTreeMap<String, Arc<dyn TableProvider>>,
    /// The policies of the frames among them together.
    policy: Option<Arc<SqlPolicy>>,
}

impl Overlay {
    /// The tables of a call over those of `under`; `None` without any.
    pub(crate) fn of(
        session: &Arc<Session>,
        arguments: &[TableArgument],
        call: &Call,
        under: Option<&Arc<Self>>,
    ) -> Result<Option<Arc<Self>>> {
        if arguments.is_empty() {
            return Ok(under.cloned());
        }
        let mut overlay = under.map_or_else(Self::default, |under| under.as_ref().clone());
        for argument in arguments {
            let table = provider(session, argument, call)?;
            overlay.tables.insert(argument.name.clone(), table);
            if let Some(policy) = call.attached.policy(argument.source)? {
                overlay.policy = narrower(overlay.policy.take(), Some(policy));
            }
        }
        Ok(Some(Arc::new(overlay)))
    }

    /// The tables of a call, and others; `None` without any.
    pub(crate) fn with(call: Option<&Arc<Self>>, others: BTreeMap<String, Arc<dyn TableProvider>>) -> Option<Arc<Self>> {
        if others.is_empty() {
            return call.cloned();
        }
        let mut all = call.map_or_else(Self::default, |call| call.as_ref().clone());
        all.tables.extend(others);
        Some(Arc::new(all))
    }

    /// Whether a table of that name is among them.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.tables.contains_key(name)
    }

    /// A policy narrowed by those of the frames.
    pub(crate) fn narrowing(&self, policy: Option<Arc<SqlPolicy>>) -> Option<Arc<SqlPolicy>> {
        narrower(policy, self.policy.as_ref())
    }

    /// Puts the tables over the catalogue of a state that a statement is planned with.
    pub(crate) fn over(self: &Arc<Self>, state: &mut SessionState) {
        let options = &state.config_options().catalog;
        let list = OverlayList {
            catalog: options.default_catalog.clone(),
            schema: options.default_schema.clone(),
            inner: Arc::clone(state.catalog_list()),
            overlay: Arc::clone(self),
        };
        state.register_catalog_list(Arc::new(list));
    }

    /// Refuses tables that the statement does not read, or that would outlive it.
    pub(crate) fn check(&self, info: &StatementInfo, policy: &SqlPolicy, state: &SessionState) -> Result<()> {
        let info = info.inner.as_deref().unwrap_or(info);
        check::parameter_names(self.tables.keys(), info, policy)?;
        let runs_at_once = matches!(info.kind, StatementKind::Query | StatementKind::Dml | StatementKind::Copy);
        if !runs_at_once && info.verb != "CREATE TABLE AS" {
            return Err(EngineError::new(
                ErrorCode::SqlStatementUnsupported,
                format!("{} takes no table parameters, which live as long as one statement; use CREATE TABLE … AS SELECT.", info.verb),
            )
            .with("statement", &info.verb)
            .with("use", "CREATE TABLE … AS SELECT"));
        }
        if let Some(name) = self.tables.keys().find(|name| info.writes.contains(*name)) {
            return Err(EngineError::new(
                ErrorCode::SqlStatementUnsupported,
                format!("{} cannot change the table parameter {name}, which is read only; give the parameter another name.", info.verb),
            )
            .with("statement", &info.verb)
            .with("use", "a parameter of another name"));
        }
        let unused: Vec<&String> = self.tables.keys().filter(|name| !info.names.contains(*name)).collect();
        if !unused.is_empty() {
            return Err(names_error(ErrorCode::SqlParameterUnused, "Tables were given that the statement does not read", "", &unused));
        }
        let CatalogOptions { default_catalog: catalog, default_schema: schema, .. } = &state.config_options().catalog;
        for name in self.tables.keys() {
            let full = [format!("{schema}.{name}"), format!("{catalog}.{schema}.{name}")];
            if let Some(other) = full.iter().find(|other| info.names.contains(*other)) {
                return Err(EngineError::new(
                    ErrorCode::SqlPlanError,
                    format!(
                        "The statement reads the table parameter {name} and the registered table {other}; give the parameter another name."
                    ),
                )
                .with("table", other));
            }
        }
        Ok(())
    }
}

/// The schema of the catalogue, beneath the tables of a call where it is one that shows them.
pub(super) fn beneath(schema: Arc<dyn SchemaProvider>) -> Option<Arc<dyn SchemaProvider>> {
    let any: &dyn Any = schema.as_ref();
    match any.downcast_ref::<OverlaySchema>() {
        Some(shown) => shown.inner.clone(),
        None => Some(schema),
    }
}

/// Two policies together; `None` is the session's.
fn narrower(one: Option<Arc<SqlPolicy>>, other: Option<&Arc<SqlPolicy>>) -> Option<Arc<SqlPolicy>> {
    match (one, other) {
        (Some(one), Some(other)) if !Arc::ptr_eq(&one, other) => Some(Arc::new(one.narrow(other))),
        (Some(one), _) => Some(one),
        (None, other) => other.cloned(),
    }
}

/// Rows are a table of that name; a query becomes part of the plan, as a view does.
fn provider(session: &Arc<Session>, argument: &TableArgument, call: &Call) -> Result<Arc<dyn TableProvider>> {
    let name = &argument.name;
    let rows = |inner| Arc::new(OverlayTable { id: Uuid::now_v7(), name: name.clone(), inner }) as Arc<dyn TableProvider>;
    if let Handle::Sink(sink) = call.attached.handle(argument.source)? {
        return Ok(rows(read_once(&sink.source, consumed(name))?));
    }
    let plan = operand(session, &call.attached, argument.source)?;
    if let LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) = plan {
        return Err(EngineError::bad_request("$.tables.source", "it is a statement, not a query"));
    }
    Ok(match whole_memory_table(&plan) {
        Some(table) => rows(table),
        None => Arc::new(ViewTable::new(plan, None)),
    })
}

fn consumed(name: &str) -> EngineError {
    EngineError::new(
        ErrorCode::SqlTableParameterConsumed,
        format!("The table parameter {name} can be read only once and was read already; give an array, or a frame of its rows."),
    )
    .with("parameter", name)
}

fn whole_memory_table(plan: &LogicalPlan) -> Option<Arc<dyn TableProvider>> {
    let LogicalPlan::TableScan(scan) = plan else { return None };
    if scan.projection.is_some() || !scan.filters.is_empty() || scan.fetch.is_some() {
        return None;
    }
    let provider = source_as_provider(&scan.source).ok()?;
    let any: &dyn Any = provider.as_ref();
    any.is::<datafusion::datasource::MemTable>().then_some(provider)
}

/// Rows under the name of a parameter.
#[derive(Debug)]
pub(crate) struct OverlayTable {
    id: Uuid,
    name: String,
    inner: Arc<dyn TableProvider>,
}

impl OverlayTable {
    /// Tells it from every other table.
    pub(crate) const fn id(&self) -> Uuid {
        self.id
    }

    /// The name of the parameter.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// The rows of a table parameter; `None` for any other table.
pub(crate) fn overlay_table(provider: &dyn TableProvider) -> Option<&OverlayTable> {
    let any: &dyn Any = provider;
    any.downcast_ref()
}

#[async_trait]
impl TableProvider for OverlayTable {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Temporary
    }

    fn get_logical_plan(&'_ self) -> Option<Cow<'_, LogicalPlan>> {
        self.inner.get_logical_plan()
    }

    async fn scan(
        &self,
        state: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> EngineResult<Arc<dyn ExecutionPlan>> {
        self.inner.scan(state, projection, filters, limit).await
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> EngineResult<Vec<TableProviderFilterPushDown>> {
        self.inner.supports_filters_pushdown(filters)
    }

    fn statistics(&self) -> Option<Statistics> {
        self.inner.statistics()
    }
}

/// Catalogues whose default schema has the tables of a statement too.
#[derive(Debug)]
struct OverlayList {
    inner: Arc<dyn CatalogProviderList>,
    overlay: Arc<Overlay>,
    catalog: String,
    schema: String,
}

impl CatalogProviderList for OverlayList {
    fn register_catalog(&self, name: String, catalog: Arc<dyn CatalogProvider>) -> Option<Arc<dyn CatalogProvider>> {
        self.inner.register_catalog(name, catalog)
    }

    fn catalog_names(&self) -> Vec<String> {
        self.inner.catalog_names()
    }

    fn catalog(&self, name: &str) -> Option<Arc<dyn CatalogProvider>> {
        let inner = self.inner.catalog(name);
        if name != self.catalog {
            return inner;
        }
        Some(Arc::new(OverlayCatalog { inner, overlay: Arc::clone(&self.overlay), schema: self.schema.clone() }))
    }
}

#[derive(Debug)]
struct OverlayCatalog {
    inner: Option<Arc<dyn CatalogProvider>>,
    overlay: Arc<Overlay>,
    schema: String,
}

impl CatalogProvider for OverlayCatalog {
    fn schema_names(&self) -> Vec<String> {
        self.inner.as_ref().map(|inner| inner.schema_names()).unwrap_or_default()
    }

    fn schema(&self, name: &str) -> Option<Arc<dyn SchemaProvider>> {
        let inner = self.inner.as_ref().and_then(|inner| inner.schema(name));
        if name != self.schema {
            return inner;
        }
        Some(Arc::new(OverlaySchema { inner, overlay: Arc::clone(&self.overlay) }))
    }
}

#[derive(Debug)]
struct OverlaySchema {
    inner: Option<Arc<dyn SchemaProvider>>,
    overlay: Arc<Overlay>,
}

#[async_trait]
impl SchemaProvider for OverlaySchema {
    fn table_names(&self) -> Vec<String> {
        self.inner.as_ref().map(|inner| inner.table_names()).unwrap_or_default()
    }

    async fn table(&self, name: &str) -> EngineResult<Option<Arc<dyn TableProvider>>> {
        if let Some(table) = self.overlay.tables.get(name) {
            return Ok(Some(Arc::clone(table)));
        }
        match &self.inner {
            Some(inner) => inner.table(name).await,
            None => Ok(None),
        }
    }

    fn table_exist(&self, name: &str) -> bool {
        self.overlay.tables.contains_key(name) || self.inner.as_ref().is_some_and(|inner| inner.table_exist(name))
    }
}
