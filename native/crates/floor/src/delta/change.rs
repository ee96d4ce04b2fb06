//! Updating and deleting rows by a condition.

use std::collections::BTreeMap;

use datafusion::prelude::SessionContext;
use deltalake::DeltaTable;
use deltalake::delta_datafusion::SessionFallbackPolicy;
use serde::Deserialize;
use serde_json::Value;

use super::{Changed, Reset, changed, commit_properties, describe, log_store, operation_session, state};
use crate::Result;
use crate::parquet_write::WriterOptions;
use crate::repeat::{Outcome, Repeat, measure, task};
use crate::session::{OpenSession, main_session};

/// Sets columns of the rows for which a condition is true.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateJob {
    /// The session.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    uri: String,
    #[serde(rename = "where")]
    condition: Option<String>,
    set: BTreeMap<String, String>,
    reset: Option<Reset>,
    repeat: Option<Repeat>,
}

/// Removes the rows for which a condition is true.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeleteJob {
    /// The session.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    uri: String,
    #[serde(rename = "where")]
    condition: String,
    reset: Option<Reset>,
    repeat: Option<Repeat>,
}

/// Measures the update, with loading the table.
pub(crate) async fn update(session: &OpenSession, job: &UpdateJob) -> Result<Value> {
    let mut last: Option<Changed> = None;
    let work = async |()| {
        let (context, job) = (session.context.clone(), job.clone());
        let changed = last.insert(task(async move { update_rows(&context, &job).await }).await?);
        Ok(Outcome { rows: changed.rows, ..Outcome::default() })
    };
    let mut answer = measure(job.repeat, async || Reset::apply(job.reset.as_ref()), work).await?;
    answer.extend(describe(&job.uri, last).await?);
    Ok(Value::Object(answer))
}

async fn update_rows(context: &SessionContext, job: &UpdateJob) -> Result<Changed> {
    let mut builder = table(&job.uri)
        .await?
        .update()
        .with_session_state(operation_session(context))
        .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
        .with_writer_properties(WriterOptions::default().properties()?)
        .with_commit_properties(commit_properties());
    if let Some(condition) = &job.condition {
        builder = builder.with_predicate(condition.as_str());
    }
    for (name, value) in &job.set {
        builder = builder.with_update(name.as_str(), value.as_str());
    }
    let (table, metrics) = builder.await?;
    changed(&table, metrics.num_updated_rows as u64, &metrics)
}

/// Measures the removal, with loading the table.
pub(crate) async fn delete(session: &OpenSession, job: &DeleteJob) -> Result<Value> {
    let mut last: Option<Changed> = None;
    let work = async |()| {
        let (context, job) = (session.context.clone(), job.clone());
        let changed = last.insert(task(async move { delete_rows(&context, &job).await }).await?);
        Ok(Outcome { rows: changed.rows, ..Outcome::default() })
    };
    let mut answer = measure(job.repeat, async || Reset::apply(job.reset.as_ref()), work).await?;
    answer.extend(describe(&job.uri, last).await?);
    Ok(Value::Object(answer))
}

async fn delete_rows(context: &SessionContext, job: &DeleteJob) -> Result<Changed> {
    let builder = table(&job.uri)
        .await?
        .delete()
        .with_predicate(job.condition.as_str())
        .with_session_state(operation_session(context))
        .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
        .with_writer_properties(WriterOptions::default().properties()?)
        .with_commit_properties(commit_properties());
    let (table, metrics) = builder.await?;
    changed(&table, metrics.num_deleted_rows.unwrap_or(0) as u64, &metrics)
}

async fn table(uri: &str) -> Result<DeltaTable> {
    let log = log_store(uri)?;
    let state = state(&log, None).await?;
    let mut table = DeltaTable::new(log);
    table.state = Some(state);
    Ok(table)
}
