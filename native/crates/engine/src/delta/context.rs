//! What an operation runs with: the session's state, its cancel token, and where its rows come from.

use std::sync::Arc;

use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde_json::Value;

use crate::cancel::Cancel;
use crate::sql::policy::SqlPolicy;

/// The session side of one operation.
pub struct OperationContext {
    /// The session's state: functions, settings, runtime environment, planner.
    pub state: SessionState,
    /// Ends the operation while its commit has not begun; told of every plan that runs.
    pub cancel: Cancel,
    /// What the expressions of a request may do.
    pub policy: Arc<SqlPolicy>,
    /// Commit metadata the engine adds, without the prefix `deltafuse.`.
    pub labels: Vec<(String, Value)>,
}

impl OperationContext {
    /// A context without labels.
    #[must_use]
    pub fn new(state: SessionState, cancel: Cancel, policy: Arc<SqlPolicy>) -> Self {
        Self { state, cancel, policy, labels: Vec::new() }
    }

    /// Adds commit metadata `deltafuse.<key>`.
    #[must_use]
    pub fn with_label(mut self, key: &str, value: Value) -> Self {
        self.labels.push((key.to_owned(), value));
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
