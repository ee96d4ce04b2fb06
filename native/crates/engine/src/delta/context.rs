//! What an operation runs with: the session's state, its cancel token, and where its rows come from.

use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::ExecutionPlan;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::sql::policy::SqlPolicy;

/// Told of every physical plan an operation runs; progress is read from them.
pub type PlanWatch = Arc<dyn Fn(Arc<dyn ExecutionPlan>) + Send + Sync>;

/// The session side of one operation.
pub struct OperationContext {
    /// The session's state: functions, settings, runtime environment, planner.
    pub state: SessionState,
    /// Ends the operation while its commit has not begun.
    pub cancel: CancellationToken,
    /// What the expressions of a request may do.
    pub policy: Arc<SqlPolicy>,
    /// Commit metadata the engine adds, without the prefix `deltafuse.`.
    pub labels: Vec<(String, Value)>,
    /// Told of every plan that runs.
    pub watch: Option<PlanWatch>,
}

impl OperationContext {
    /// A context without labels and without a watcher.
    #[must_use]
    pub fn new(state: SessionState, cancel: CancellationToken, policy: Arc<SqlPolicy>) -> Self {
        Self { state, cancel, policy, labels: Vec::new(), watch: None }
    }

    /// Adds commit metadata `deltafuse.<key>`.
    #[must_use]
    pub fn with_label(mut self, key: &str, value: Value) -> Self {
        self.labels.push((key.to_owned(), value));
        self
    }

    /// Lets `watch` see every physical plan before it runs.
    #[must_use]
    pub fn with_watch(mut self, watch: PlanWatch) -> Self {
        self.watch = Some(watch);
        self
    }
}

/// Where the rows of a write or merge come from.
pub enum Source {
    /// A plan of the session: it can be run again.
    Plan(LogicalPlan),
    /// A stream that can be read once.
    OneShot(SendableRecordBatchStream),
}
