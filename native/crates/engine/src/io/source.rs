//! What is written or kept: the physical plan of a frame or of a sink.

use std::sync::Arc;

use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use serde::Serialize;
use ts_rs::TS;

use crate::call::Call;
use crate::error::{EngineError, Phase, Result, from_datafusion};
use crate::frame::leaf::source_plan;
use crate::plan::render;
use crate::plan::uses::{self, FunctionUse, TableUse};
use crate::session::Session;
use crate::wire::{Handle, HandleRef};

/// A plan that is ready to run once.
pub struct Source {
    /// The plan.
    pub plan: Arc<dyn ExecutionPlan>,
    /// The same, optimised, before it was made physical.
    pub optimized: LogicalPlan,
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
        let planning = |error: DataFusionError| from_datafusion(Phase::Sql, &error);
        let optimized = state.optimize(&logical).map_err(planning)?;
        let plan = state.query_planner().create_physical_plan(&optimized, &*state).await.map_err(planning)?;
        let plan = call.cancel.watch(plan)?;
        let target_partitions = state.config().target_partitions().max(1);
        Ok(Self { plan, optimized, context: Arc::new(TaskContext::from(&*state)), target_partitions })
    }
}

/// What identifies the plan of a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SourcePlan {
    /// Digest of the optimised plan.
    pub p1: String,
    /// Tables read.
    pub tables: Vec<TableUse>,
    /// Functions called.
    pub functions: Vec<FunctionUse>,
}

impl SourcePlan {
    /// Of an optimised plan; none where its tables and functions cannot be read.
    #[must_use]
    pub fn of(optimized: &LogicalPlan) -> Option<Self> {
        let p1 = render::digest("p1", &render::logical(optimized)).ok()?;
        Some(Self { p1, tables: uses::tables(optimized).ok()?, functions: uses::functions(optimized).ok()? })
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
