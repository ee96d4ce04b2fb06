//! Delta tables as tables of a session.

use std::any::Any;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::DataFusionError;
use datafusion::datasource::TableType;
use datafusion::error::Result as PlanResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use deltalake::delta_datafusion::{DeltaScanConfig, DeltaScanNext};
use deltalake::kernel::Protocol;
use deltalake::logstore::LogStoreRef;
use deltalake::table::state::DeltaTableState;

use super::error::Typed;
use super::log;
use super::open::Table;
use super::snapshot::has_commit_timestamps;
use crate::error::{EngineError, Result};
use crate::session::catalog;

/// Which version of which table a provider reads.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeltaIdentity {
    /// The table's identity.
    pub table_id: String,
    /// Its location as a URL.
    pub uri: String,
    /// The version.
    pub version: u64,
}

/// One version of a table, for reading.
#[derive(Debug)]
pub struct DeltaProvider {
    identity: DeltaIdentity,
    scan: DeltaScanNext,
    /// Whether its data files hold its rows as they are.
    plain: bool,
    origin: Option<LiveTable>,
    pinned: bool,
    committed: Committed,
}

/// What is known of the time of a version.
#[derive(Debug)]
struct Committed {
    log_store: LogStoreRef,
    /// Whether the commits have it inside.
    inside: bool,
    /// The time of the commit's file, where that was listed when the version was loaded.
    listed_ms: Option<i64>,
}

impl DeltaProvider {
    fn new(table: &Table, state: &DeltaTableState, config: DeltaScanConfig) -> Result<Self> {
        let scan = DeltaScanNext::new(state.snapshot().clone(), config).typed()?;
        let identity = DeltaIdentity { table_id: state.metadata().id().to_owned(), uri: table.uri(), version: state.version() };
        let committed = Committed {
            log_store: Arc::clone(table.log_store()),
            inside: has_commit_timestamps(state.metadata()),
            listed_ms: state.version_timestamp(state.version()),
        };
        Ok(Self { identity, scan, plain: is_plain(state.protocol()), origin: None, pinned: table.pinned(), committed })
    }

    /// When the version was committed, as its snapshot tells: from what was listed with it where that is enough, else from the
    /// log. `None` when the log has nothing of it any more.
    pub async fn timestamp_ms(&self) -> Option<i64> {
        let Committed { log_store, inside, listed_ms } = &self.committed;
        match listed_ms.filter(|_| !inside) {
            Some(listed) => Some(listed),
            None => log::timestamp(log_store.object_store(None).as_ref(), self.identity.version, *inside).await.ok(),
        }
    }

    /// Which version of which table this is.
    #[must_use]
    pub const fn identity(&self) -> &DeltaIdentity {
        &self.identity
    }

    /// True when the table was opened at this version.
    #[must_use]
    pub const fn pinned(&self) -> bool {
        self.pinned
    }

    /// The live table this version was resolved from.
    #[must_use]
    pub const fn origin(&self) -> Option<&LiveTable> {
        self.origin.as_ref()
    }
}

/// Features of a table whose data files hold its rows as they are: without deletion vectors, under the names of its columns.
const PLAIN_FEATURES: [&str; 3] = ["timestampNtz", "v2Checkpoint", "vacuumProtocolCheck"];

fn is_plain(protocol: &Protocol) -> bool {
    let features = protocol.reader_features().unwrap_or_default();
    protocol.min_reader_version() != 2 && features.iter().all(|feature| PLAIN_FEATURES.contains(&feature.as_ref()))
}

/// The scan of the data files under a Delta scan that has nothing to do but to take away the name of the file.
fn files_alone(plan: Arc<dyn ExecutionPlan>) -> PlanResult<Arc<dyn ExecutionPlan>> {
    let [files] = plan.children()[..] else { return Ok(plan) };
    let (wanted, found) = (plan.schema(), files.schema());
    let same = wanted.fields().iter().zip(found.fields()).all(|(one, other)| one == other);
    if plan.name() != "DeltaScanExec" || !same || found.fields().len() != wanted.fields().len() + 1 {
        return Ok(plan);
    }
    let columns = wanted.fields().iter().enumerate();
    let columns = columns.map(|(index, field)| ProjectionExpr::new(Arc::new(Column::new(field.name(), index)), field.name()));
    Ok(Arc::new(ProjectionExec::try_new(columns, Arc::clone(files))?))
}

/// How tables are read. Partition values are plain columns: the schema that is read is the table's.
fn scan_config(session: &SessionState) -> DeltaScanConfig {
    DeltaScanConfig::new_from_session(session).with_wrap_partition_values(false)
}

/// The loaded version of a table, to read or to register.
pub async fn pinned(table: &Table, session: &SessionState) -> Result<Arc<DeltaProvider>> {
    let state = table.files().await?;
    Ok(Arc::new(DeltaProvider::new(table, &state, scan_config(session))?))
}

/// The newest version of a table, to register: every statement resolves it anew.
pub async fn live(table: Arc<Table>, session: &SessionState) -> Result<Arc<LiveTable>> {
    let config = scan_config(session);
    let latest = newest(&table, config.clone()).await?;
    Ok(Arc::new(LiveTable { schema: latest.schema(), table, config }))
}

/// The live table behind a provider, when it is one.
#[must_use]
pub fn live_table(provider: &dyn TableProvider) -> Option<Arc<dyn catalog::LiveTable>> {
    let live = (provider as &dyn Any).downcast_ref::<LiveTable>()?;
    Some(Arc::new(live.clone()))
}

async fn newest(table: &Table, config: DeltaScanConfig) -> Result<Arc<DeltaProvider>> {
    let state = if table.pinned() { table.files().await? } else { table.latest().await? };
    Ok(Arc::new(DeltaProvider::new(table, &state, config)?))
}

/// A table whose version is chosen per statement.
#[derive(Clone, Debug)]
pub struct LiveTable {
    table: Arc<Table>,
    schema: SchemaRef,
    config: DeltaScanConfig,
}

impl LiveTable {
    /// The newest version, for one statement of a session.
    pub async fn resolve(&self, session: &SessionState) -> Result<Arc<DeltaProvider>> {
        self.newest(scan_config(session)).await
    }

    /// The newest version, which knows where it comes from.
    async fn newest(&self, config: DeltaScanConfig) -> Result<Arc<DeltaProvider>> {
        let state = if self.table.pinned() { self.table.files().await? } else { self.table.latest().await? };
        let provider = DeltaProvider::new(&self.table, &state, config)?;
        Ok(Arc::new(DeltaProvider { origin: Some(self.clone()), ..provider }))
    }

    /// The table.
    #[must_use]
    pub const fn table(&self) -> &Arc<Table> {
        &self.table
    }
}

#[async_trait]
impl catalog::LiveTable for LiveTable {
    async fn current(&self) -> PlanResult<Arc<dyn TableProvider>> {
        let provider = self.newest(self.config.clone()).await.map_err(DataFusionError::from)?;
        Ok(provider)
    }
}

#[async_trait]
impl TableProvider for DeltaProvider {
    fn schema(&self) -> SchemaRef {
        self.scan.schema()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let plan = self.scan.scan(session, projection, filters, limit).await?;
        if self.plain { files_alone(plan) } else { Ok(plan) }
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        self.scan.supports_filters_pushdown(filters)
    }
}

#[async_trait]
impl TableProvider for LiveTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    /// Only reached where a statement was planned without resolving its tables first.
    async fn scan(
        &self,
        session: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> PlanResult<Arc<dyn ExecutionPlan>> {
        let Some(state) = session.as_any().downcast_ref::<SessionState>() else {
            return Err(EngineError::internal("a live table is planned outside a session").into());
        };
        let provider = self.resolve(state).await?;
        if provider.schema() != self.schema {
            return Err(EngineError::internal("a live table has another schema than its statement was planned with").into());
        }
        provider.scan(session, projection, filters, limit).await
    }
}
