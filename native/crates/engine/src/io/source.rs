//! What is written or kept: the physical plan of a frame or of a sink.

use std::sync::Arc;

use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;

use crate::call::Call;
use crate::error::{EngineError, Phase, Result, from_datafusion};
use crate::frame::leaf::source_plan;
use crate::session::Session;
use crate::wire::{Handle, HandleRef};

/// A plan that is ready to run once.
pub struct Source {
    /// The plan.
    pub plan: Arc<dyn ExecutionPlan>,
    /// What it runs in.
    pub context: Arc<TaskContext>,
    /// Partitions and batch sizes of the session.
    pub target_partitions: usize,
}

impl Source {
    /// Plans the source of a call under the policy of its frame. `NATIVE.BAD_REQUEST {path}` for a statement.
    pub async fn plan(session: &Arc<Session>, call: &Call, handle: HandleRef) -> Result<Self> {
        let logical = query_plan(session, call, handle)?;
        let policy = match call.attached.handle(handle)? {
            Handle::Frame(frame) => frame.policy().cloned(),
            _ => None,
        };
        let state = session.state_under(policy.as_ref())?;
        let plan = state.create_physical_plan(&logical).await.map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let plan = call.cancel.watch(plan)?;
        Ok(Self { plan, context: Arc::new(TaskContext::from(&state)), target_partitions: state.config().target_partitions().max(1) })
    }
}

/// The logical plan of a source that gives rows.
pub fn query_plan(session: &Arc<Session>, call: &Call, handle: HandleRef) -> Result<LogicalPlan> {
    let plan = source_plan(session, &call.attached, handle)?;
    match plan {
        LogicalPlan::Ddl(_) | LogicalPlan::Statement(_) | LogicalPlan::Dml(_) | LogicalPlan::Copy(_) => {
            Err(EngineError::bad_request("$.source", "it is a statement, not a query"))
        }
        plan => Ok(plan),
    }
}
