//! From a text to a plan: policy, parameters, planning. Nothing is executed.

use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::claim::{self, ClaimReply};
use super::kept_plan::KeptPlan;
use super::memory_dml::{self, changes_memory};
use super::named::{self, Meant, Statemented};
use super::overlay::{Overlay, TableArgument};
use super::params::{self, ParameterType, Parameters};
use super::plan_cache::{CacheResult, PlanCacheReply, Search, Told};
use super::policy::SqlPolicy;
use super::statement::{ExplainKind, ParsedStatement, StatementInfo, parse};
use super::verb::{self, StatementKind};
use super::{check, engine_plan, listing, table_arguments, update_from, url_tables};
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion, nearest};
use crate::frame::{Frame, FrameReply};
use crate::plan::typed::typed;
use crate::rules::policy_guard::{PolicyOptions, check_plan};
use crate::session::Session;
use crate::session::lent_state::LentState;
use crate::spans;
use crate::stream::open::{StreamReply, StreamRequest};
use crate::wire::{Reply, decode};

/// Which statements a call takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Allow {
    /// Only queries.
    Query,
    /// Whatever the policy allows.
    Any,
}

/// The request of `planSql`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct PlanSqlRequest {
    /// Exactly one statement.
    pub sql: String,
    /// Values of its placeholders.
    #[serde(default)]
    pub parameters: Option<Parameters>,
    /// Tables that it sees over the catalogue.
    #[serde(default)]
    pub tables: Vec<TableArgument>,
    /// Narrows the session's policy for this call.
    #[serde(default)]
    pub policy: Option<SqlPolicy>,
    /// Which statements the call takes.
    pub allow: Allow,
    /// Opens the stream of its rows too.
    #[serde(default)]
    pub open: Option<StreamRequest>,
}

/// The reply of `planSql`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanSqlReply {
    /// The planned query.
    #[serde(flatten)]
    pub frame: FrameReply,
    /// What the statement is.
    pub statement: StatementInfo,
    /// Types the planner inferred.
    pub parameter_types: Vec<ParameterType>,
    /// How long it took.
    pub timings: PlanTimings,
    /// What the plan cache had to do with it; left out where it is off.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub plan_cache: Option<PlanCacheReply>,
    /// Who performs it, for a statement that a module claims. The frame gives the rows it takes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claim: Option<ClaimReply>,
    /// The stream that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<StreamReply>,
}

/// Microseconds of the phases of `planSql`.
#[derive(Clone, Copy, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanTimings {
    /// Parsing and the policy.
    #[ts(type = "number")]
    pub parse_us: u64,
    /// Resolving names and planning.
    #[ts(type = "number")]
    pub analyze_us: u64,
}

/// The request of `classifySql`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ClassifyRequest {
    /// Any number of statements.
    pub sql: String,
    /// The engine's dialect name; generic when left out.
    #[serde(default)]
    pub dialect: Option<String>,
}

/// The reply of `classifySql`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ClassifyReply {
    /// In the order of the text.
    pub statements: Vec<StatementInfo>,
}

/// Parser recursion limit where no session gives one.
const RECURSION_LIMIT: usize = 50;

/// The `classifySql` entrypoint.
pub fn classify(call: &Call) -> Result<Reply> {
    let request: ClassifyRequest = decode(&call.request)?;
    let dialect = match request.dialect {
        None => datafusion::config::Dialect::default(),
        Some(name) => name.parse().map_err(|_| EngineError::bad_request("$.dialect", format!("there is no dialect '{name}'")))?,
    };
    let statements = parse(&request.sql, dialect, RECURSION_LIMIT)?;
    Reply::of(&ClassifyReply { statements: statements.into_iter().map(|parsed| parsed.info).collect() })
}

impl Session {
    /// The `planSql` entrypoint.
    pub async fn plan_sql(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: PlanSqlRequest = decode(&call.request)?;
        let narrowed = self.narrowed(request.policy.as_ref());
        let policy = narrowed.as_deref().unwrap_or(&self.spec().sql_policy);
        check::size(&request.sql, policy)?;
        let started = Instant::now();
        // A plan over rows of the caller is of no use to anybody else.
        let search = if request.tables.is_empty() { self.plans().find(self, &request.sql).await? } else { None };
        match search {
            Some(Search { kept: Some(kept), told }) => {
                let timings = PlanTimings { parse_us: micros(started), analyze_us: 0 };
                self.plan_kept((&request, call), (told, &kept), narrowed, timings).await
            }
            search => Box::pin(self.plan_anew(&request, call, search.map(|search| search.told), narrowed)).await,
        }
    }

    /// Uses a kept plan: under the policy of this call, with its values.
    async fn plan_kept(
        self: &Arc<Self>,
        (request, call): (&PlanSqlRequest, &Call),
        (told, kept): (Told, &Arc<KeptPlan>),
        narrowed: Option<Arc<SqlPolicy>>,
        timings: PlanTimings,
    ) -> Result<Reply> {
        let statement = kept.statement()?.clone();
        check::statement(&statement, narrowed.as_deref().unwrap_or(&self.spec().sql_policy))?;
        let values = params::values(request.parameters.as_ref(), &call.attached, &statement.placeholders)?;
        let (plan, parameter_types) = params::bind(kept.plan().clone(), values)?;
        let frame = Frame::new(Arc::clone(self), plan).under(narrowed).of_kept(Arc::clone(kept));
        let state = frame.state()?;
        let plan_cache = Some(told.reply(CacheResult::Hit));
        frame
            .into_opened_reply(&state, request.open, |frame, opened| {
                Reply::of(&PlanSqlReply { frame, statement, parameter_types, timings, claim: None, plan_cache, opened })
            })
            .await
    }

    async fn plan_anew(
        self: &Arc<Self>,
        request: &PlanSqlRequest,
        call: &Call,
        told: Option<Told>,
        narrowed: Option<Arc<SqlPolicy>>,
    ) -> Result<Reply> {
        let started = Instant::now();
        let overlay = Overlay::of(self, &request.tables, call, None)?;
        let narrowed = match &overlay {
            Some(overlay) => overlay.narrowing(narrowed),
            None => narrowed,
        };
        let state = self.state_under(narrowed.as_ref())?;
        let mut parsed = self.admitted(&request.sql, &state, narrowed.as_ref(), request.allow)?;
        update_from::join_tables(&mut parsed.tree)?;
        let over = self.seeing(overlay.as_ref(), &parsed.info, &state).await?;
        let seen = over.as_deref().unwrap_or(&state);
        self.write_out(&mut parsed.tree, &parsed.info, seen).await?;
        let values = params::values(request.parameters.as_ref(), &call.attached, &parsed.info.placeholders)?;
        let named_types = named::types_of(&parsed.tree);
        let filled = table_arguments::fill(&mut parsed.tree, &values)?.any;
        let parse_us = micros(started);
        if claim::is_claimable(&parsed.info.verb) && !changes_memory(&parsed.tree, seen) {
            let ParsedStatement { tree, mut info } = parsed;
            let (claimed, parameter_types) = self.claimed(tree, &info, seen, values).await?;
            // The policy on what the engine planned, views and all.
            seen.optimize(&claimed.input).map_err(|error| from_datafusion(Phase::Sql, &error))?;
            let timings = PlanTimings { parse_us, analyze_us: micros(started) - parse_us };
            info.module = Some(claimed.module.to_owned());
            let claim = Some(ClaimReply { module: claimed.module, request: claimed.request, source: claimed.source.is_some() });
            let rows = claimed.source.map_or_else(no_rows, typed);
            let plan_cache = told.map(|told| told.reply(CacheResult::Skipped));
            return Frame::new(Arc::clone(self), rows).under(narrowed).into_reply(|frame| {
                Reply::of(&PlanSqlReply { frame, statement: info, parameter_types, timings, claim, plan_cache, opened: None })
            });
        }
        let stamp = self.stamp();
        let (plan, info) = self.planned(parsed, seen).await?;
        let (kept, plan_cache) = match told {
            Some(mut told) => {
                let kept = match filled {
                    true => None,
                    false => self.plans().keep(self, (&request.sql, &mut told), (&plan, &info), &state)?,
                };
                let result = if kept.is_some() { CacheResult::Miss } else { CacheResult::Skipped };
                (kept, Some(told.reply(result)))
            }
            None => (None, None),
        };
        let (plan, parameter_types) = params::bind(plan, values)?;
        let planned = Statemented { plan, info, policy: narrowed.clone(), overlay, stamp, filled, named_types };
        let Meant { frame, info: statement, parameter_types } = self.meant(&request.sql, planned, &state, parameter_types).await?;
        let timings = PlanTimings { parse_us, analyze_us: micros(started) - parse_us };
        let state =
            if frame.policy().map(Arc::as_ptr) == narrowed.as_ref().map(Arc::as_ptr) { state } else { self.state_under(frame.policy())? };
        let frame = if let Some(kept) = kept { frame.of_kept(kept) } else { frame };
        frame
            .into_opened_reply(&state, request.open, |frame, opened| {
                Reply::of(&PlanSqlReply { frame, statement, parameter_types, timings, claim: None, plan_cache, opened })
            })
            .await
    }

    /// The session's policy, narrowed by a call.
    pub(super) fn narrowed(&self, policy: Option<&SqlPolicy>) -> Option<Arc<SqlPolicy>> {
        policy.map(|policy| Arc::new(self.spec().sql_policy.narrow(policy)))
    }

    /// Parses a text and applies every rule that needs no plan.
    pub(super) fn admitted(
        &self,
        sql: &str,
        state: &SessionState,
        narrowed: Option<&Arc<SqlPolicy>>,
        allow: Allow,
    ) -> Result<ParsedStatement> {
        let policy = narrowed.map_or(&self.spec().sql_policy, |policy| policy.as_ref());
        spans::measure("parse", || admit(sql, state, policy, allow))
    }

    /// A state that sees the tables of a call and the locations that stand for tables over the catalogue; none without any.
    /// Refuses those that the statement does not take.
    pub(super) async fn seeing(
        &self,
        overlay: Option<&Arc<Overlay>>,
        info: &StatementInfo,
        state: &SessionState,
    ) -> Result<Option<Box<SessionState>>> {
        if let Some(overlay) = overlay {
            overlay.check(info, self.policy_of(state), state)?;
        }
        let named = Box::pin(url_tables::named(self, info, state, overlay)).await?;
        let Some(overlay) = Overlay::with(overlay, named) else { return Ok(None) };
        let mut state = Box::new(state.clone());
        overlay.over(&mut state);
        Ok(Some(state))
    }

    /// Plans a statement with a state that sees its tables. Its placeholders stay.
    pub(super) async fn planned(&self, parsed: ParsedStatement, state: &SessionState) -> Result<(LogicalPlan, StatementInfo)> {
        let ParsedStatement { tree, mut info } = parsed;
        let is_claimed = info.inner.as_deref().is_some_and(|inner| claim::is_claimable(&inner.verb)) && !changes_memory(&tree, state);
        let plan = if is_claimed {
            self.explained(tree, &info, state).await?
        } else {
            let plan = spans::within("analyze", engine_plan::plan(tree, state)).await;
            let plan = plan.and_then(|plan| listing::enclosed(plan, &info, state));
            let plan = plan.map_err(|error| self.describe_failure(&error, &info))?;
            url_tables::check_target(&plan)?;
            typed(memory_dml::rewritten(plan)?)
        };
        if matches!(plan, LogicalPlan::Explain(_)) {
            // The engine makes a row of what its rules refuse in a plan that is explained.
            check_plan(&plan, self.policy_of(state))?;
        }
        if let Some(name) = verb::written(&plan) {
            info.writes = vec![name];
        }
        Ok((plan, info))
    }

    /// The session state under a narrower policy.
    pub fn state_under(&self, policy: Option<&Arc<SqlPolicy>>) -> Result<LentState> {
        let Some(policy) = policy else { return self.lent_state() };
        let mut state = self.state()?;
        state.config_mut().options_mut().extensions.insert(PolicyOptions { policy: policy.as_ref().clone() });
        Ok(LentState::own(state))
    }

    /// Names the nearest tables when one is unknown.
    pub(super) fn describe_failure(&self, error: &datafusion::error::DataFusionError, info: &StatementInfo) -> EngineError {
        let typed = from_datafusion(Phase::Sql, error);
        let known = self.table_names().unwrap_or_default();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let statement = info.inner.as_deref().unwrap_or(info);
        let unknown = statement.reads.iter().chain(&statement.writes).find(|table| {
            let last = last_part(table);
            typed.message.contains("not found") && typed.message.contains(last) && !names.contains(&last)
        });
        match unknown {
            Some(table) if typed.code == ErrorCode::SqlPlanError => {
                let candidates = nearest(table, &names);
                let hint = match candidates.as_slice() {
                    [] if url_tables::is_location(last_part(table)) && !self.spec().catalog.url_tables => {
                        " Locations stand for tables where the profile has catalog.urlTables: true.".to_owned()
                    }
                    [] => String::new(),
                    names => format!(" Did you mean {}?", names.join(", ")),
                };
                EngineError::new(ErrorCode::SqlPlanError, format!("There is no table or view '{table}'.{hint}"))
                    .with("table", table)
                    .with("candidates", candidates)
                    .caused_by(error)
            }
            _ => typed,
        }
    }

    /// Names of all tables and views, without their schemas.
    pub(crate) fn table_names(&self) -> Result<Vec<String>> {
        let state = self.state()?;
        let list = state.catalog_list();
        let mut names = Vec::new();
        for catalog in list.catalog_names().iter().filter_map(|name| list.catalog(name)) {
            for schema in catalog.schema_names().iter().filter_map(|name| catalog.schema(name)) {
                names.extend(schema.table_names());
            }
        }
        Ok(names)
    }
}

/// The last part of a name, without its quotes.
fn last_part(table: &str) -> &str {
    match table.strip_suffix('"') {
        Some(quoted) => quoted.rsplit('"').next().unwrap_or(quoted),
        None => table.rsplit('.').next().unwrap_or(table),
    }
}

/// The plan of a statement that takes no rows.
fn no_rows() -> LogicalPlan {
    let schema = Arc::new(datafusion::common::DFSchema::empty());
    LogicalPlan::EmptyRelation(datafusion::logical_expr::EmptyRelation { produce_one_row: false, schema })
}

/// Parses and applies every rule that needs no plan.
fn admit(sql: &str, state: &SessionState, policy: &SqlPolicy, allow: Allow) -> Result<ParsedStatement> {
    check::size(sql, policy)?;
    let options = &state.config_options().sql_parser;
    let parsed = check::single(parse(sql, options.dialect, options.recursion_limit.get())?, policy)?;
    check::statement(&parsed.info, policy)?;
    check::functions(&parsed.info, policy, state)?;
    if allow == Allow::Query && !is_query(&parsed.info) {
        return Err(EngineError::new(
            ErrorCode::SqlNotAQuery,
            format!("{} is not a query; run it with session.execute.", parsed.info.verb),
        )
        .with("statement", &parsed.info.verb));
    }
    if !changes_memory(&parsed.tree, state) {
        check::supported(&parsed.info)?;
    }
    Ok(parsed)
}

/// Whether a statement only reads: EXPLAIN ANALYZE runs what it explains.
fn is_query(info: &StatementInfo) -> bool {
    match (info.kind, info.explain, info.inner.as_deref()) {
        (StatementKind::Explain, Some(ExplainKind::Analyze), Some(inner)) => is_query(inner),
        (kind, ..) => matches!(kind, StatementKind::Query | StatementKind::Explain) || info.verb == "EXECUTE",
    }
}

/// Whole microseconds since an instant.
#[must_use]
pub fn micros(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}
