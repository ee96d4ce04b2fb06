//! Removing rows.

use std::time::Instant;

use datafusion::catalog::TableProvider;
use datafusion::common::DFSchema;
use datafusion::logical_expr::Expr;
use deltalake::DeltaTable;
use deltalake::delta_datafusion::{DeltaScanConfig, DeltaScanNext, SessionFallbackPolicy};
use deltalake::operations::delete::DeleteMetrics;
use deltalake::table::state::DeltaTableState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::commit::{Commit, Provenance};
use super::context::OperationContext;
use super::error::Typed;
use super::guard::CommitKind;
use super::open::{Table, delta_table};
use super::operation::{Operation, Outcome};
use super::predicate::{Predicate, survives_logging};
use super::report::{Done, Metrics, Report};
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::write::options::WriterOptions;

/// Removes rows.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaDeleteRequest", optional_fields)]
pub struct DeleteRequest {
    /// Which rows; `true` for all of them.
    #[serde(rename = "where")]
    pub predicate: Predicate,
    /// How it is committed.
    #[serde(default)]
    pub commit: Option<Commit>,
}

/// Removes the rows for which the predicate is true from the newest version of a table.
pub async fn delete(context: &OperationContext, table: &Table, request: DeleteRequest) -> Result<Report> {
    let started = Instant::now();
    let commit = request.commit.clone().unwrap_or_default();
    commit.validate()?;
    if request.predicate.is_blank() {
        return Err(EngineError::new(
            ErrorCode::DeltaPredicateRequired,
            "Which rows to delete is not said; give `where` (\"true\" removes all rows).",
        )
        .with("member", "where"));
    }
    let state = table.latest().await?;
    commit.check_version(Some(state.version()))?;
    let predicate = plan(context, &state, &request.predicate)?;
    let operation = Operation::new(context, table.log_store(), CommitKind::Other);
    let provenance = Provenance { no_retries: !survives_logging(&predicate), ..Provenance::default() };
    let builder = delta_table(&operation.log_store, state.clone())
        .delete()
        .with_predicate(predicate)
        .with_session_state(operation.session())
        .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
        .with_writer_properties(WriterOptions::default().properties()?)
        .with_commit_properties(commit.properties(context, operation.id, provenance));
    let done = Done { operation: "delete", url: table.url(), log_store: table.log_store(), started };
    match operation.run(context, async { builder.await }).await {
        Ok(outcome) => report(&done, table, outcome, state).await,
        Err(error) => Err(commit.explain(table.log_store(), error).await),
    }
}

fn plan(context: &OperationContext, state: &DeltaTableState, predicate: &Predicate) -> Result<Expr> {
    let scan = DeltaScanNext::new(state.snapshot().clone(), DeltaScanConfig::new_from_session(&context.state)).typed()?;
    let schema = DFSchema::try_from(scan.schema()).typed()?;
    predicate.condition(context, &schema)
}

async fn report(done: &Done<'_>, table: &Table, outcome: Outcome<(DeltaTable, DeleteMetrics)>, before: DeltaTableState) -> Result<Report> {
    let (landed, value) = match outcome {
        Outcome::Unchanged { .. } => {
            let metrics = Metrics { rows_deleted: Some(0), ..Metrics::default() };
            return done.unchanged(before, metrics).await;
        }
        Outcome::Committed { landed, value } => (landed, value),
    };
    let mut metrics = Metrics::of(&landed.actions);
    if let Ok((_, counted)) = &value {
        metrics.rows_deleted = counted.num_deleted_rows.map(|rows| rows as u64);
        metrics.rows_copied = Some(counted.num_copied_rows as u64);
    }
    let (state, warnings) = done.settle(&landed, value.map(|(table, _)| table.state)).await?;
    table.adopt(state.clone());
    done.committed(&landed, metrics, (state, warnings)).await
}
