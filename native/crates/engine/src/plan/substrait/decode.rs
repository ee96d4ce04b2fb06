//! From the bytes of Substrait to a plan, under the SQL policy.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion_substrait::extensions::Extensions;
use datafusion_substrait::logical_plan::consumer::from_substrait_plan_with_consumer;
use datafusion_substrait::substrait::proto::Plan;
use prost::Message;

use super::consumer::Consumer;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::panic::guarded;
use crate::rules::policy_guard::{check_plan, refusal};
use crate::session::Session;

/// The plan that bytes hold.
///
/// `PLAN.SUBSTRAIT_INVALID {reason}`, `PLAN.SUBSTRAIT_UNSUPPORTED {reason}`, `SQL.POLICY_VIOLATION`, `SQL.PLAN_ERROR
/// {table, candidates}`, `SQL.PARAMETER_MISSING {names}`.
pub(super) async fn decode(session: &Session, bytes: &[u8]) -> Result<LogicalPlan> {
    let policy = &session.spec().sql_policy;
    if bytes.len() > policy.max_sql_bytes {
        return Err(refusal("size", "query", policy, None).with("bytes", bytes.len()).with("limit", policy.max_sql_bytes));
    }
    let document = Plan::decode(bytes).map_err(|error| invalid(&error.to_string()))?;
    let extensions = Extensions::try_from(&document.extensions).map_err(|error| invalid(&error.strip_backtrace()))?;
    if !extensions.type_variations.is_empty() {
        return Err(unreadable("variations of types"));
    }
    let state = session.state()?;
    let consumer = Consumer::new(&extensions, (&state, policy), session.table_names()?);
    // The reader takes much for granted that bytes need not hold.
    let read = guarded(async {
        let plan = from_substrait_plan_with_consumer(&consumer, &document).await;
        plan.map_err(|error| told(&error))
    });
    let plan = read.await.map_err(|error| match error.code {
        ErrorCode::NativePanic => invalid("something that a plan must have is missing in it"),
        _ => error,
    })?;
    check_plan(&plan, policy)?;
    without_parameters(&plan)?;
    Ok(plan)
}

/// `PLAN.SUBSTRAIT_UNSUPPORTED {reason}`.
pub(super) fn unreadable(reason: &str) -> EngineError {
    let message = format!("The Substrait plan holds what cannot be read here: {reason}.");
    EngineError::new(ErrorCode::PlanSubstraitUnsupported, message).with("reason", reason)
}

/// `PLAN.SUBSTRAIT_INVALID {reason}`.
fn invalid(reason: &str) -> EngineError {
    let message = format!("The bytes are no valid Substrait plan: {reason}. Write the plan again with its producer.");
    EngineError::new(ErrorCode::PlanSubstraitInvalid, message).with("reason", reason)
}

/// What a failure to read means: the plan is refused, not understood, or wrong.
fn told(error: &DataFusionError) -> EngineError {
    let typed = from_datafusion(Phase::Sql, error);
    let names_table = typed.code == ErrorCode::SqlPlanError && typed.details.contains_key("table");
    let own = ["STORE.", "DELTA.", "PLAN.", "NATIVE."].iter().any(|space| typed.code.as_str().starts_with(space));
    match typed.code {
        ErrorCode::EngineNotImplemented => unreadable(&typed.message),
        ErrorCode::SqlPolicyViolation => typed,
        _ if names_table || own => typed,
        _ => invalid(&typed.message),
    }
}

fn without_parameters(plan: &LogicalPlan) -> Result<()> {
    let mut names = std::collections::BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|part| {
                if let Expr::Placeholder(placeholder) = part {
                    names.insert(placeholder.id.trim_start_matches('$').to_owned());
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    if names.is_empty() {
        return Ok(());
    }
    let message = "The Substrait plan holds parameters; write the plan with their values.";
    Err(EngineError::new(ErrorCode::SqlParameterMissing, message).with("names", names))
}
