//! Sessions: one spec in, one engine session out, built only through `SessionStateBuilder`.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, SetVariable, Statement};
use datafusion::prelude::SessionContext;
use parking_lot::Mutex;
use serde::Serialize;
use tokio_util::sync::CancellationToken;
use ts_rs::TS;
use uuid::Uuid;

use crate::call::Call;
use crate::error::{EngineError, Result};
use crate::sql::named::NamedStatements;
use crate::sql::plan_cache::{PlanCache, Stamp};
use crate::wire::{Empty, Handle, Reply, decode};

pub mod build;
pub mod cache_scope;
pub mod catalog;
pub mod catalog_ops;
pub mod checkpoint;
pub mod introspect;
pub mod lent_state;
pub mod memory_pool;
pub mod metric_tables;
pub mod namespaces;
pub mod query_tally;
pub mod rule_catalog;
pub mod runtime_env;
pub mod runtime_metrics;
pub mod runtime_settings;
pub mod settings;
pub mod spec;

use cache_scope::CacheScope;
use catalog::{Epoch, LiveLookup};
use checkpoint::Checkpoint;
use lent_state::{LentState, StateShelf};
use memory_pool::SessionPool;
use query_tally::QueryTally;
use rule_catalog::planner_names;
use runtime_metrics::RuntimeState;
use spec::{Determinism, RuntimeEnvSpec, SessionSpec};

/// An open session. Closing it ends its running calls and every handle made from it.
pub struct Session {
    id: String,
    context: SessionContext,
    runtime: Arc<RuntimeState>,
    spec: SessionSpec,
    epoch: Epoch,
    /// Counts SET and RESET.
    settings_epoch: Epoch,
    live: LiveLookup,
    plans: PlanCache,
    states: Arc<StateShelf>,
    closed: CancellationToken,
    initial: Initial,
    statements: NamedStatements,
    checkpoint: Mutex<Option<Arc<Checkpoint>>>,
}

/// What RESET goes back to.
struct Initial {
    settings: BTreeMap<String, Option<String>>,
    runtime: RuntimeEnvSpec,
}

/// What `createSession` tells of the session.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SessionReply {
    /// UUID of the native session.
    pub session_id: String,
    /// What really took effect.
    pub effective: Effective,
    /// The callable functions.
    pub functions: crate::functions::catalog::FunctionSummary,
    /// Rules in order; the engine's own come first.
    pub rules: RuleNames,
    /// Planners in order.
    pub planners: Vec<String>,
}

/// Settings and runtime numbers in effect.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Effective {
    /// Every key of the engine.
    pub settings: Vec<settings::SettingEntry>,
    /// Memory, spill and caches as numbers.
    pub runtime_env: RuntimeEnvSpec,
}

/// Names of the rules, in the order they run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RuleNames {
    /// On the logical plan, before optimisation.
    pub analyzer: Vec<String>,
    /// On the logical plan.
    pub optimizer: Vec<String>,
    /// On the physical plan.
    pub physical: Vec<String>,
}

/// Opens a session from the spec in the request.
pub fn create_session(call: &Call) -> Result<Reply> {
    let spec: SessionSpec = decode(&call.request)?;
    let shared = match spec.cache_scope.map(|scope| call.attached.handle(scope)).transpose()? {
        None => None,
        Some(Handle::CacheScope(scope)) => Some(Arc::clone(scope)),
        Some(_) => return Err(EngineError::bad_request("$.cacheScope", "the attached handle is no cache scope")),
    };
    let session = Session::open_in(spec, shared)?;
    let reply = session.describe()?;
    Ok(Reply::of(&reply)?.with_handle(Handle::Session(session)))
}

impl Session {
    /// Builds a session. `NATIVE.SETTINGS_REJECTED` names every setting the engine refuses.
    pub fn open(spec: SessionSpec) -> Result<Arc<Self>> {
        Self::open_in(spec, None)
    }

    /// The same with the caches of others. `SESSION.CACHE_CONFLICT` when the spec wants other limits.
    pub fn open_in(mut spec: SessionSpec, shared: Option<Arc<CacheScope>>) -> Result<Arc<Self>> {
        spec.sql_policy.volatile_functions &= spec.determinism != Determinism::Canonical;
        let caches = match shared {
            None => CacheScope::new(&spec.runtime_env.caches),
            Some(shared) => {
                shared.admit(&spec.runtime_env.caches)?;
                shared
            }
        };
        let epoch = Epoch::default();
        let id = Uuid::now_v7().to_string();
        let pool = memory_pool::build(&spec.runtime_env.memory)?;
        let link = crate::delta_table::SessionLink::new(OnceLock::new());
        let env = runtime_env::build(&spec.runtime_env, Arc::clone(&pool), &caches)?;
        let disk = Arc::clone(&env.disk_manager);
        let runtime = Arc::new(RuntimeState { pool, disk, caches, queries: Arc::new(QueryTally::default()) });
        let live = crate::delta_table::live_lookup(Arc::clone(&link));
        let mut state = build::state(&id, &spec, env, &epoch, Arc::clone(&live))?;
        metric_tables::register(&mut state, &runtime);
        let initial = Initial { settings: settings::texts(&state).into_iter().collect(), runtime: runtime_settings::numbers(&runtime) };
        let plans = PlanCache::new(spec.plan_cache_entries);
        let settings_epoch = Epoch::default();
        let states = StateShelf::new(epoch.clone(), settings_epoch.clone());
        let context = SessionContext::new_with_state(state);
        let session = Arc::new(Self {
            id,
            context,
            runtime,
            spec,
            epoch,
            settings_epoch,
            live,
            plans,
            states,
            closed: CancellationToken::new(),
            initial,
            statements: NamedStatements::default(),
            checkpoint: Mutex::default(),
        });
        link.get_or_init(|| Arc::downgrade(&session));
        Ok(session)
    }

    /// The engine's context; `NATIVE.CLOSED` after close.
    pub fn context(&self) -> Result<&SessionContext> {
        if self.closed.is_cancelled() { Err(EngineError::closed("session")) } else { Ok(&self.context) }
    }

    /// A copy of the session state, with the query's own start time.
    pub fn state(&self) -> Result<SessionState> {
        Ok(self.context()?.state())
    }

    /// A state to plan one query with, which has the query's own start time.
    pub fn lent_state(&self) -> Result<LentState> {
        let context = self.context()?;
        Ok(self.states.lend(|| context.state()))
    }

    /// The pool that limits the session's memory.
    #[must_use]
    pub fn pool(&self) -> &Arc<SessionPool> {
        &self.runtime.pool
    }

    /// What its numbers are read from.
    #[must_use]
    pub fn runtime(&self) -> &Arc<RuntimeState> {
        &self.runtime
    }

    /// The spec it was built from.
    #[must_use]
    pub fn spec(&self) -> &SessionSpec {
        &self.spec
    }

    /// Changes of the catalogue.
    #[must_use]
    pub fn epoch(&self) -> &Epoch {
        &self.epoch
    }

    /// Changes of the settings.
    #[must_use]
    pub fn settings_epoch(&self) -> &Epoch {
        &self.settings_epoch
    }

    /// What plans depend on, as of now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        self.states.stamp()
    }

    /// Finds the live tables of providers.
    #[must_use]
    pub fn live(&self) -> &LiveLookup {
        &self.live
    }

    /// The kept plans.
    #[must_use]
    pub fn plans(&self) -> &PlanCache {
        &self.plans
    }

    /// The dialect that texts are read in.
    pub fn dialect(&self) -> Result<datafusion::config::Dialect> {
        Ok(self.context()?.state_ref().read().config_options().sql_parser.dialect)
    }

    /// Ends when the session closes.
    #[must_use]
    pub fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// The prepared statements that have a name.
    #[must_use]
    pub fn statements(&self) -> &NamedStatements {
        &self.statements
    }

    fn kept_checkpoint(&self) -> &Mutex<Option<Arc<Checkpoint>>> {
        &self.checkpoint
    }

    /// Ends running calls and refuses new ones. Idempotent.
    pub fn close(&self) {
        self.closed.cancel();
        self.plans.clear();
        self.states.close();
        self.statements.replace(BTreeMap::new());
        self.checkpoint.lock().take();
    }

    /// Sets a key of the runtime environment, on what is running.
    pub fn set_runtime(&self, key: &str, value: &str) -> Result<()> {
        runtime_settings::set(&self.runtime, key, value)
    }

    /// Gives a key the value it had when the session was opened.
    pub async fn reset_setting(&self, key: &str) -> Result<()> {
        if key.starts_with(runtime_settings::PREFIX) {
            return runtime_settings::reset(&self.runtime, key, &self.initial.runtime);
        }
        let variable = key.to_owned();
        let statement = match self.initial.settings.get(key) {
            Some(Some(value)) => Statement::SetVariable(SetVariable { variable, value: value.clone() }),
            Some(None) | None => Statement::ResetVariable(datafusion::logical_expr::ResetVariable { variable }),
        };
        self.context()?.execute_logical_plan(LogicalPlan::Statement(statement)).await?;
        Ok(())
    }

    /// The `settings` entrypoint: every key with its effective value.
    pub fn settings(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        let Effective { settings, runtime_env } = self.effective(&self.state()?);
        Reply::of(&settings::SettingsReply { entries: settings, runtime_env })
    }

    fn effective(&self, state: &SessionState) -> Effective {
        Effective { settings: settings::entries(state), runtime_env: runtime_env::effective(state.runtime_env(), &self.spec.runtime_env) }
    }

    fn describe(&self) -> Result<SessionReply> {
        let state = self.state()?;
        let names = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
        Ok(SessionReply {
            session_id: self.id.clone(),
            effective: self.effective(&state),
            functions: crate::functions::catalog::summary(&state)?,
            rules: RuleNames {
                analyzer: names(state.analyzer().rules.iter().map(|rule| rule.name()).collect()),
                optimizer: names(state.optimizers().iter().map(|rule| rule.name()).collect()),
                physical: names(state.physical_optimizers().iter().map(|rule| rule.name()).collect()),
            },
            planners: planner_names(&state),
        })
    }
}
