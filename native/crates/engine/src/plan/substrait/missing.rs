//! A build without Substrait.

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use super::Encoded;
use crate::error::{EngineError, ErrorCode, Result};
use crate::session::Session;

/// Refused.
pub(in crate::plan) fn encode(_plan: &LogicalPlan, _state: &SessionState) -> Result<Encoded> {
    Err(unavailable())
}

/// Refused.
pub(super) async fn decode(_session: &Session, _bytes: &[u8]) -> Result<LogicalPlan> {
    std::future::ready(Err(unavailable())).await
}

fn unavailable() -> EngineError {
    let message = "This extension was built without Substrait; build it with the cargo feature 'substrait'.";
    EngineError::new(ErrorCode::NativeFeatureUnavailable, message).with("feature", "substrait")
}
