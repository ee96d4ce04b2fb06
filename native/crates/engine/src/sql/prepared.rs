//! Prepared statements: a query that is parsed and planned once and run with many values.

use std::sync::Arc;
use std::time::Instant;

use datafusion::logical_expr::LogicalPlan;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::params::{self, Parameters};
use super::plan::{Allow, PlanSqlReply, PlanTimings, micros};
use super::policy::SqlPolicy;
use super::statement::StatementInfo;
use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
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
    /// What the statement is.
    pub statement: StatementInfo,
    /// In the order of their names.
    pub parameters: Vec<PreparedParameter>,
    /// How long it took.
    pub timings: PlanTimings,
}

/// The request of `bind`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct BindRequest {
    /// Values of the placeholders.
    pub parameters: Option<Parameters>,
    /// Opens the stream of the rows too.
    pub open: Option<StreamRequest>,
}

/// A query with placeholders, planned.
pub struct Prepared {
    session: Arc<Session>,
    sql: String,
    policy: Option<Arc<SqlPolicy>>,
    analysed: Mutex<Analysed>,
}

/// A plan, and the state of the catalogue it was made in.
#[derive(Clone)]
struct Analysed {
    plan: LogicalPlan,
    info: StatementInfo,
    epoch: u64,
    /// Whether it reads tables that have a newest version of their own.
    live: bool,
}

impl Session {
    /// The `prepareSql` entrypoint.
    pub async fn prepare_sql(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: PrepareSqlRequest = decode(&call.request)?;
        let policy = self.narrowed(request.policy.as_ref());
        let (analysed, timings) = self.analyse(&request.sql, policy.as_ref()).await?;
        let (frame, message) = FrameReply::of(&analysed.plan)?;
        let reply = PreparedReply { frame, statement: analysed.info.clone(), parameters: parameters(&analysed)?, timings };
        let prepared = Prepared { session: Arc::clone(self), sql: request.sql, policy, analysed: Mutex::new(analysed) };
        Ok(Reply::of(&reply)?.with_buffer(message).with_handle(Handle::Prepared(Arc::new(prepared))))
    }

    async fn analyse(self: &Arc<Self>, sql: &str, policy: Option<&Arc<SqlPolicy>>) -> Result<(Analysed, PlanTimings)> {
        let epoch = self.epoch().get();
        let state = self.state_under(policy)?;
        let started = Instant::now();
        let parsed = self.admitted(sql, &state, policy, Allow::Query)?;
        let parse_us = micros(started);
        let (plan, info) = self.planned(parsed, &state).await?;
        let live = uses::tables(&plan)?.iter().any(|table| table.delta_version.is_some());
        let timings = PlanTimings { parse_us, analyze_us: micros(started) - parse_us };
        Ok((Analysed { plan, info, epoch, live }, timings))
    }
}

fn parameters(analysed: &Analysed) -> Result<Vec<PreparedParameter>> {
    let types = analysed.plan.get_parameter_fields().map_err(|error| from_datafusion(Phase::Sql, &error))?;
    let inferred =
        |name: &String| types.get(&format!("${name}")).and_then(Option::as_ref).map(|field| FieldType::from_arrow(field.data_type()));
    Ok(analysed.info.placeholders.iter().map(|name| PreparedParameter { name: name.clone(), r#type: inferred(name) }).collect())
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
        let (Analysed { plan, info, .. }, timings) = self.current().await?;
        let values = params::values(request.parameters.as_ref(), &call.attached, &info.placeholders)?;
        let (plan, parameter_types) = params::bind(plan, values)?;
        let state = self.session.state_under(self.policy.as_ref())?;
        Frame::new(Arc::clone(&self.session), plan)
            .under(self.policy.clone())
            .into_opened_reply(&state, request.open, |frame, opened| {
                Reply::of(&PlanSqlReply { frame, statement: info, parameter_types, timings, claim: None, opened })
            })
            .await
    }

    /// The plan, made anew when the catalogue has changed since or when a table has versions.
    async fn current(&self) -> Result<(Analysed, PlanTimings)> {
        let kept = self.analysed.lock().clone();
        if !kept.live && kept.epoch == self.session.epoch().get() {
            return Ok((kept, PlanTimings { parse_us: 0, analyze_us: 0 }));
        }
        let (anew, timings) = self.session.analyse(&self.sql, self.policy.as_ref()).await?;
        *self.analysed.lock() = anew.clone();
        Ok((anew, timings))
    }
}
