//! From a text to a plan: policy, parameters, planning. Nothing is executed.

use std::sync::Arc;
use std::time::Instant;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::check;
use super::memory_dml::changes_memory;
use super::params::{self, ParameterType, Parameters};
use super::policy::SqlPolicy;
use super::statement::{ExplainKind, ParsedStatement, StatementInfo, parse};
use super::verb::{self, StatementKind};
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion, nearest};
use crate::frame::{Frame, FrameReply};
use crate::rules::policy_guard::PolicyOptions;
use crate::session::Session;
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
        let started = Instant::now();
        let narrowed = self.narrowed(request.policy.as_ref());
        let state = self.state_under(narrowed.as_ref())?;
        let parsed = self.admitted(&request.sql, &state, narrowed.as_ref(), request.allow)?;
        let values = params::values(request.parameters.as_ref(), &call.attached, &parsed.info.placeholders)?;
        let parse_us = micros(started);
        let (plan, info) = self.planned(parsed, &state).await?;
        let (plan, parameter_types) = params::bind(plan, values)?;
        let timings = PlanTimings { parse_us, analyze_us: micros(started) - parse_us };
        Frame::new(Arc::clone(self), plan)
            .under(narrowed)
            .into_opened_reply(&state, request.open, |frame, opened| {
                Reply::of(&PlanSqlReply { frame, statement: info, parameter_types, timings, opened })
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

    /// Plans a statement. Its placeholders stay.
    pub(super) async fn planned(&self, parsed: ParsedStatement, state: &SessionState) -> Result<(LogicalPlan, StatementInfo)> {
        let ParsedStatement { tree, mut info } = parsed;
        let plan = spans::within("analyze", state.statement_to_plan(tree)).await;
        let plan = plan.map_err(|error| self.describe_failure(&error, &info))?;
        if let Some(name) = verb::written(&plan) {
            info.writes = vec![name];
        }
        Ok((plan, info))
    }

    /// The session state under a narrower policy.
    pub fn state_under(&self, policy: Option<&Arc<SqlPolicy>>) -> Result<SessionState> {
        let mut state = self.state()?;
        if let Some(policy) = policy {
            state.config_mut().options_mut().extensions.insert(PolicyOptions { policy: policy.as_ref().clone() });
        }
        Ok(state)
    }

    /// Names the nearest tables when one is unknown.
    fn describe_failure(&self, error: &datafusion::error::DataFusionError, info: &StatementInfo) -> EngineError {
        let typed = from_datafusion(Phase::Sql, error);
        let known = self.table_names().unwrap_or_default();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let named = info.inner.as_deref().unwrap_or(info);
        let unknown = named.reads.iter().chain(&named.writes).find(|table| {
            let last = table.rsplit('.').next().unwrap_or(table);
            typed.message.contains("not found") && typed.message.contains(last) && !names.contains(&last)
        });
        match unknown {
            Some(table) if typed.code == ErrorCode::SqlPlanError => {
                let candidates = nearest(table, &names);
                let hint = if candidates.is_empty() { String::new() } else { format!(" Did you mean {}?", candidates.join(", ")) };
                EngineError::new(ErrorCode::SqlPlanError, format!("There is no table or view '{table}'.{hint}"))
                    .with("table", table)
                    .with("candidates", candidates)
                    .caused_by(error)
            }
            _ => typed,
        }
    }

    fn table_names(&self) -> Result<Vec<String>> {
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

/// Parses and applies every rule that needs no plan.
fn admit(sql: &str, state: &SessionState, policy: &SqlPolicy, allow: Allow) -> Result<ParsedStatement> {
    check::size(sql, policy)?;
    let options = &state.config_options().sql_parser;
    let parsed = check::single(parse(sql, options.dialect, options.recursion_limit.get())?, policy)?;
    check::statement(&parsed.info, policy)?;
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
        (kind, ..) => matches!(kind, StatementKind::Query | StatementKind::Explain),
    }
}

/// Whole microseconds since an instant.
#[must_use]
pub fn micros(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_micros()).unwrap_or(u64::MAX)
}
