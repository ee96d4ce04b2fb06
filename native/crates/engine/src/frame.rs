//! Frames: planned, unexecuted queries of a session.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde::Serialize;
use ts_rs::TS;

use crate::error::{EngineError, Result};
use crate::schema::field::{NestedField, fields_of};
use crate::session::Session;
use crate::sql::policy::SqlPolicy;
use crate::stream::open::{Opened, StreamReply, StreamRequest};
use crate::wire::{BufferRef, Handle, Reply};

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
mod subquery;

/// A logical plan and the session it belongs to.
pub struct Frame {
    session: Arc<Session>,
    plan: LogicalPlan,
    policy: Option<Arc<SqlPolicy>>,
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
        Self { session, plan, policy: None }
    }

    /// The same under a narrower policy.
    #[must_use]
    pub fn under(mut self, policy: Option<Arc<SqlPolicy>>) -> Self {
        self.policy = policy;
        self
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
        let Opened { reply, schema, stream } = self.open(state, request, 1).await?;
        let begins = request.begins(&reply);
        let reply = self.into_reply(|frame| describe(frame, Some(reply)))?;
        Ok(reply.with_buffer(schema).with_stream(stream, begins))
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
