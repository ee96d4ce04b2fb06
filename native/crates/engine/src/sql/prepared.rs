//! Prepared statements: a query that is parsed and planned once and run with many values.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Instant;

use datafusion::common::ScalarValue;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, Statement as PlanStatement};
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{DataType as SqlType, Ident, Statement};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::overlay::{Overlay, TableArgument};
use super::params::{self, Parameters};
use super::plan::{Allow, PlanSqlReply, PlanTimings, micros};
use super::plan_cache::Stamp;
use super::policy::SqlPolicy;
use super::statement::{ParsedStatement, StatementInfo};
use super::{parameter_type, table_arguments, url_tables};
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Result};
use crate::frame::{Frame, FrameReply};
use crate::plan::uses;
use crate::schema::field::FieldType;
use crate::session::Session;
use crate::stream::open::StreamRequest;
use crate::wire::{Handle, Reply, decode};

/// The request of `prepareSql`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PrepareSqlRequest {
    /// Exactly one query.
    pub sql: String,
    /// What EXECUTE calls it. Left out, SQL does not see it.
    #[serde(default)]
    pub name: Option<String>,
    /// Type texts of `$1`, `$2`, …; the planner infers those that are left out.
    #[serde(default)]
    pub types: Vec<String>,
    /// Tables that it sees over the catalogue, unless a run gives others.
    #[serde(default)]
    pub tables: Vec<TableArgument>,
    /// Narrows the session's policy for this statement.
    #[serde(default)]
    pub policy: Option<SqlPolicy>,
}

/// A parameter of a prepared statement.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct PreparedParameter {
    /// Without `$`.
    pub name: String,
    /// What the planner inferred; null where any type will do.
    pub r#type: Option<FieldType>,
}

/// The reply of `prepareSql`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct PreparedReply {
    /// Its columns.
    #[serde(flatten)]
    pub frame: FrameReply,
    /// The query.
    pub sql: String,
    /// What the statement is.
    pub statement: StatementInfo,
    /// In the order of their names.
    pub parameters: Vec<PreparedParameter>,
    /// How long it took.
    pub timings: PlanTimings,
}

/// The request of `bind`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct BindRequest {
    /// Values of the placeholders.
    pub parameters: Option<Parameters>,
    /// Tables in the place of those it was prepared with.
    pub tables: Vec<TableArgument>,
    /// Opens the stream of the rows too.
    pub open: Option<StreamRequest>,
}

/// What is prepared.
#[derive(Clone, Debug)]
pub enum PreparedText {
    /// A query, and the types of its first parameters.
    Query(String, Vec<SqlType>),
    /// A PREPARE with a query inside.
    Prepare(String),
}

/// A query with placeholders, planned, without its session.
pub struct PreparedQuery {
    text: PreparedText,
    policy: Option<Arc<SqlPolicy>>,
    overlay: Option<Arc<Overlay>>,
    analysed: Mutex<Analysed>,
}

/// A prepared query that JavaScript holds.
pub struct Prepared {
    session: Arc<Session>,
    query: Arc<PreparedQuery>,
}

/// A plan, and the state of the catalogue it was made in.
#[derive(Clone)]
pub struct Analysed {
    /// The query, with its placeholders.
    pub plan: LogicalPlan,
    /// What it is.
    pub info: StatementInfo,
    /// What plans depended on before it was planned.
    pub stamp: Stamp,
    /// Whether it reads tables that have a newest version of their own, or locations.
    live: bool,
    /// Whether arguments of its table functions are parameters, whose values it is planned with.
    filled: bool,
}

impl Analysed {
    /// A plan made under a stamp, and whether arguments of its table functions are parameters.
    pub fn of(plan: LogicalPlan, info: StatementInfo, (stamp, filled): (Stamp, bool)) -> Result<Self> {
        let live = uses::tables(&plan)?.iter().any(|table| table.delta_version.is_some()) || !url_tables::locations(&plan)?.is_empty();
        Ok(Self { plan, info, stamp, live, filled })
    }

    fn parameters(&self) -> Result<Vec<PreparedParameter>> {
        let types = params::inferred(&self.plan)?;
        let inferred = |name: &String| types.get(name).and_then(Option::as_ref).map(FieldType::from_arrow);
        Ok(self.info.placeholders.iter().map(|name| PreparedParameter { name: name.clone(), r#type: inferred(name) }).collect())
    }
}

const AT_ONCE: PlanTimings = PlanTimings { parse_us: 0, analyze_us: 0 };

impl Session {
    /// The `prepareSql` entrypoint.
    pub async fn prepare_sql(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: PrepareSqlRequest = decode(&call.request)?;
        let overlay = Overlay::of(self, &request.tables, call, None)?;
        let policy = self.narrowed(request.policy.as_ref());
        let types = request.types.iter().enumerate().map(|(index, text)| parameter_type::declared(index + 1, text));
        let text = PreparedText::Query(request.sql.clone(), types.collect::<Result<_>>()?);
        if let Some(name) = &request.name {
            self.statements().refuse_taken(name)?;
        }
        let under = narrowing(overlay.as_ref(), policy.as_ref());
        let (analysed, timings) = self.analyse((&text, &BTreeMap::new()), under.as_ref(), overlay.as_ref()).await?;
        let query = Arc::new(PreparedQuery::new(text, policy, overlay, analysed));
        let reply = query.reply(self, request.sql.clone(), timings)?;
        if let Some(name) = request.name {
            self.statements().add(name, query)?;
        }
        Ok(reply)
    }

    async fn analyse(
        self: &Arc<Self>,
        (text, values): (&PreparedText, &BTreeMap<String, ScalarValue>),
        policy: Option<&Arc<SqlPolicy>>,
        overlay: Option<&Arc<Overlay>>,
    ) -> Result<(Analysed, PlanTimings)> {
        let stamp = self.stamp();
        let state = self.state_under(policy)?;
        let started = Instant::now();
        let mut parsed = self.parsed(text, &state, policy)?;
        let filled = table_arguments::fill(&mut parsed.tree, values)?;
        let parse_us = micros(started);
        let over = self.seeing(overlay, &parsed.info, &state).await?;
        let planned = self.planned(parsed, over.as_deref().unwrap_or(&state)).await;
        let (plan, info) = planned.map_err(|error| waiting(error, &filled.missing))?;
        let analysed = Analysed::of(inside(plan)?, info, (stamp, filled.any))?;
        Ok((analysed, PlanTimings { parse_us, analyze_us: micros(started) - parse_us }))
    }

    /// The statement to plan, described as the query in it.
    fn parsed(&self, text: &PreparedText, state: &SessionState, policy: Option<&Arc<SqlPolicy>>) -> Result<ParsedStatement> {
        match text {
            PreparedText::Query(sql, types) => {
                let ParsedStatement { tree, info } = self.admitted(sql, state, policy, Allow::Query)?;
                let tree = match tree {
                    EngineStatement::Statement(statement) if !types.is_empty() => {
                        let name = Ident::new("prepared");
                        EngineStatement::Statement(Box::new(Statement::Prepare { name, data_types: types.clone(), statement }))
                    }
                    tree => tree,
                };
                Ok(ParsedStatement { tree, info })
            }
            PreparedText::Prepare(sql) => {
                let ParsedStatement { tree, info } = self.admitted(sql, state, policy, Allow::Any)?;
                let inner = info.inner.map(|inner| *inner);
                let info = inner.ok_or_else(|| EngineError::internal("a PREPARE without a query"))?;
                Ok(ParsedStatement { tree, info })
            }
        }
    }
}

/// A failure of a plan that was made before the arguments of its table functions were known.
fn waiting(error: EngineError, missing: &BTreeSet<String>) -> EngineError {
    if missing.is_empty() || error.code != ErrorCode::SqlPlanError {
        return error;
    }
    let names: Vec<String> = missing.iter().map(|name| format!("${name}")).collect();
    let message = format!(
        "{} Until {} has a value, a series counts as one of integers; run the text with its values where it is another.",
        error.message,
        names.join(", ")
    );
    EngineError { message, ..error }
}

/// A policy and those of the frames among the tables, together.
fn narrowing(overlay: Option<&Arc<Overlay>>, policy: Option<&Arc<SqlPolicy>>) -> Option<Arc<SqlPolicy>> {
    match overlay {
        Some(overlay) => overlay.narrowing(policy.cloned()),
        None => policy.cloned(),
    }
}

/// The text of the query inside a PREPARE.
fn query_inside(parsed: ParsedStatement, whole: &str) -> String {
    match parsed.tree {
        EngineStatement::Statement(statement) => match *statement {
            Statement::Prepare { statement, .. } => statement.to_string(),
            other => other.to_string(),
        },
        _ => whole.to_owned(),
    }
}

/// The query inside a PREPARE.
fn inside(plan: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Statement(PlanStatement::Prepare(prepare)) => Ok(Arc::unwrap_or_clone(prepare.input)),
        LogicalPlan::Statement(statement) => {
            let message = format!("{} is not a query; run it with session.execute.", statement.name());
            Err(EngineError::new(ErrorCode::SqlNotAQuery, message).with("statement", statement.name()))
        }
        plan => Ok(plan),
    }
}

impl PreparedQuery {
    /// A query with its first plan.
    pub(super) fn new(text: PreparedText, policy: Option<Arc<SqlPolicy>>, overlay: Option<Arc<Overlay>>, analysed: Analysed) -> Self {
        Self { text, policy, overlay, analysed: Mutex::new(analysed) }
    }

    /// The narrower policy it was prepared under, with those of its tables.
    #[must_use]
    pub fn policy(&self) -> Option<Arc<SqlPolicy>> {
        narrowing(self.overlay.as_ref(), self.policy.as_ref())
    }

    /// The reply that hands it to JavaScript.
    fn reply(self: &Arc<Self>, session: &Arc<Session>, sql: String, timings: PlanTimings) -> Result<Reply> {
        let analysed = self.analysed.lock().clone();
        let (frame, message) = FrameReply::of(&analysed.plan)?;
        let reply = PreparedReply { frame, sql, parameters: analysed.parameters()?, statement: analysed.info, timings };
        let prepared = Prepared { session: Arc::clone(session), query: Arc::clone(self) };
        Ok(Reply::of(&reply)?.with_buffer(message).with_handle(Handle::Prepared(Arc::new(prepared))))
    }

    /// The same for one that was prepared before.
    pub fn reply_again(self: &Arc<Self>, session: &Arc<Session>) -> Result<Reply> {
        let sql = match &self.text {
            PreparedText::Query(sql, _) => sql.clone(),
            PreparedText::Prepare(sql) => {
                let policy = self.policy();
                let state = session.state_under(policy.as_ref())?;
                query_inside(session.parsed(&self.text, &state, policy.as_ref())?, sql)
            }
        };
        self.reply(session, sql, AT_ONCE)
    }

    /// The plan, made anew when the catalogue has changed since, when a table has versions, or for table functions of these
    /// values.
    pub async fn current(&self, session: &Arc<Session>, values: &BTreeMap<String, ScalarValue>) -> Result<(Analysed, PlanTimings)> {
        let kept = self.analysed.lock().clone();
        if !kept.live && !kept.filled && kept.stamp == session.stamp() {
            return Ok((kept, AT_ONCE));
        }
        let (anew, timings) = session.analyse((&self.text, values), self.policy().as_ref(), self.overlay.as_ref()).await?;
        if !anew.filled {
            *self.analysed.lock() = anew.clone();
        }
        Ok((anew, timings))
    }
}

impl Prepared {
    /// Its session.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The `bind` entrypoint: a frame with values in place of the placeholders.
    pub async fn bind(&self, call: &Call) -> Result<Reply> {
        let request: BindRequest = decode(&call.request)?;
        let overlay = Overlay::of(&self.session, &request.tables, call, self.query.overlay.as_ref())?;
        let policy = narrowing(overlay.as_ref(), self.query.policy.as_ref());
        let values = params::given(request.parameters.as_ref(), &call.attached)?;
        let (Analysed { plan, info, .. }, timings) = match request.tables.is_empty() {
            true => self.query.current(&self.session, &values).await?,
            false => self.session.analyse((&self.query.text, &values), policy.as_ref(), overlay.as_ref()).await?,
        };
        params::complete(&values, &info.placeholders)?;
        let (plan, parameter_types) = params::bind(plan, values)?;
        let state = self.session.state_under(policy.as_ref())?;
        Frame::new(Arc::clone(&self.session), plan)
            .under(policy)
            .into_opened_reply(&state, request.open, |frame, opened| {
                Reply::of(&PlanSqlReply { frame, statement: info, parameter_types, timings, claim: None, plan_cache: None, opened })
            })
            .await
    }
}
