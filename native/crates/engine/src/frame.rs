//! Frames: planned, unexecuted queries of a session.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde::Serialize;
use ts_rs::TS;

use crate::error::{EngineError, Result};
use crate::plan::optimized::Optimized;
use crate::rules::policy_guard::check_plan;
use crate::schema::field::{NestedField, fields_of};
use crate::session::Session;
use crate::session::lent_state::LentState;
use crate::sql::kept_plan::KeptPlan;
use crate::sql::policy::SqlPolicy;
use crate::sql::prepared::PreparedQuery;
use crate::stream::open::{Opened, StreamReply, StreamRequest};
use crate::wire::{BufferRef, Handle, Reply};

pub mod apply;
mod call;
mod columns;
pub mod described;
mod explained;
pub mod expr;
mod fragment;
mod grouping;
pub mod join;
pub mod leaf;
mod literal;
pub mod ops;
mod reshape;
pub mod scope;
pub mod spool;
mod subquery;

use spool::Spool;

/// A logical plan and the session it belongs to.
pub struct Frame {
    session: Arc<Session>,
    plan: LogicalPlan,
    policy: Option<Arc<SqlPolicy>>,
    /// What running a PREPARE adds.
    adds: Option<(String, Arc<PreparedQuery>)>,
    /// The kept plan it was made of, with values or without.
    kept: Option<Arc<KeptPlan>>,
    /// Rows that go when its handle is closed.
    spool: Option<Arc<Spool>>,
}

/// What every reply with a frame tells of it.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FrameReply {
    /// Its columns.
    pub fields: Vec<NestedField>,
    /// The same as an IPC schema message.
    pub schema: BufferRef,
}

impl FrameReply {
    /// What is told of a plan, and its schema message, which is the reply's first buffer.
    pub(crate) fn of(plan: &LogicalPlan) -> Result<(Self, Bytes)> {
        let schema = Arc::new(plan.schema().as_arrow().clone());
        let message = crate::ipc::encode::schema_message(&schema)?;
        Ok((Self { fields: fields_of(&schema), schema: BufferRef { index: 0 } }, message))
    }
}

impl Frame {
    /// A frame over a plan.
    #[must_use]
    pub fn new(session: Arc<Session>, plan: LogicalPlan) -> Self {
        Self { session, plan, policy: None, adds: None, kept: None, spool: None }
    }

    /// The same under a narrower policy.
    #[must_use]
    pub fn under(mut self, policy: Option<Arc<SqlPolicy>>) -> Self {
        self.policy = policy;
        self
    }

    /// The same of a PREPARE, which adds a statement when it runs.
    #[must_use]
    pub fn adding(mut self, name: String, query: Arc<PreparedQuery>) -> Self {
        self.adds = Some((name, query));
        self
    }

    /// What a PREPARE adds when it runs.
    #[must_use]
    pub fn adds(&self) -> Option<&(String, Arc<PreparedQuery>)> {
        self.adds.as_ref()
    }

    /// The same, made of a kept plan.
    #[must_use]
    pub(crate) fn of_kept(mut self, kept: Arc<KeptPlan>) -> Self {
        self.kept = Some(kept);
        self
    }

    /// The kept plan that this frame is, values and all.
    fn kept_whole(&self) -> Option<&Arc<KeptPlan>> {
        self.kept.as_ref().filter(|kept| !kept.takes_values())
    }

    /// The state it is planned with, under its policy.
    pub(crate) fn state(&self) -> Result<LentState> {
        self.session.state_under(self.policy.as_ref())
    }

    /// Its plan, optimised under its policy: once where that is the same for every run.
    pub(crate) fn optimized(&self, state: &SessionState) -> Result<Arc<Optimized>> {
        let Some(once) = self.kept.as_deref().and_then(|kept| kept.optimized(&self.session)) else {
            return Optimized::of(&self.plan, state).map(Arc::new);
        };
        if let Some(known) = once.get() {
            // Whoever optimised it was under a policy too, but maybe under a wider one.
            if let Some(policy) = &self.policy {
                check_plan(&self.plan, policy)?;
            }
            return Ok(Arc::clone(known));
        }
        // A state that planned the query has counted its aliases; the text of a plan must not depend on that.
        let fresh = self.session.state_under(self.policy.as_ref())?;
        let made = Arc::new(Optimized::of(&self.plan, &fresh)?);
        Ok(Arc::clone(once.get_or_init(|| made)))
    }

    /// Its session.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// Its plan, as built.
    #[must_use]
    pub fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// The narrower policy of the call that made it.
    #[must_use]
    pub fn policy(&self) -> Option<&Arc<SqlPolicy>> {
        self.policy.as_ref()
    }

    /// True for a statement that changes the session when it runs.
    #[must_use]
    pub fn is_command(&self) -> bool {
        matches!(self.plan, LogicalPlan::Ddl(_) | LogicalPlan::Statement(_))
    }

    /// The columns and schema message of the reply, with the handle, and with its stream where the request opens one too.
    pub(crate) async fn into_opened_reply(
        self,
        state: &SessionState,
        open: Option<StreamRequest>,
        describe: impl FnOnce(FrameReply, Option<StreamReply>) -> Result<Reply>,
    ) -> Result<Reply> {
        let Some(request) = open else { return self.into_reply(|frame| describe(frame, None)) };
        let Opened { reply, schema, streams } = self.open(state, request, 1).await?;
        let begins = request.begins(&reply);
        let reply = self.into_reply(|frame| describe(frame, Some(reply)))?;
        Ok(reply.with_buffer(schema).with_streams(streams, begins))
    }

    /// The columns and schema message of the reply, with the handle.
    pub fn into_reply(self, describe: impl FnOnce(FrameReply) -> Result<Reply>) -> Result<Reply> {
        let (frame, message) = FrameReply::of(&self.plan)?;
        let reply = describe(frame)?;
        Ok(reply.with_buffer(message).with_handle(Handle::Frame(Arc::new(self))))
    }

    /// The plain reply.
    pub fn reply(self) -> Result<Reply> {
        self.into_reply(|frame| Reply::of(&frame))
    }

    /// Refuses a frame of another session.
    pub fn of_session(self: &Arc<Self>, session: &Arc<Session>) -> Result<()> {
        if Arc::ptr_eq(&self.session, session) {
            Ok(())
        } else {
            Err(EngineError::bad_request("$handle", "the frame belongs to another session"))
        }
    }
}
