//! Writing the rows of a statement into a table.

use std::collections::BTreeMap;
use std::num::NonZeroU64;

use datafusion::prelude::SessionContext;
use deltalake::delta_datafusion::SessionFallbackPolicy;
use deltalake::operations::write::WriteBuilder;
use deltalake::protocol::SaveMode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Changed, Reset, changed, commit_properties, describe, log_store, operation_session, state};
use crate::Result;
use crate::parquet_write::WriterOptions;
use crate::repeat::{Outcome, Repeat, measure, task};
use crate::session::{OpenSession, main_session};

/// Writes rows; a missing table is made.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct WriteJob {
    /// The session of the statement.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    uri: String,
    sql: String,
    mode: WriteMode,
    #[serde(default)]
    partition_by: Vec<String>,
    #[serde(default)]
    properties: BTreeMap<String, String>,
    target_bytes: Option<NonZeroU64>,
    #[serde(default)]
    writer: WriterOptions,
    reset: Option<Reset>,
    repeat: Option<Repeat>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
enum WriteMode {
    Error,
    Append,
    Overwrite,
}

/// Measures the write, with planning and with loading the table when there is one.
pub(crate) async fn run(session: &OpenSession, job: &WriteJob) -> Result<Value> {
    let mut last: Option<Changed> = None;
    let work = async |()| {
        let (context, job) = (session.context.clone(), job.clone());
        let changed = last.insert(task(async move { write(&context, &job).await }).await?);
        Ok(Outcome { rows: changed.rows, ..Outcome::default() })
    };
    let mut answer = measure(job.repeat, async || Reset::apply(job.reset.as_ref()), work).await?;
    answer.extend(describe(&job.uri, last).await?);
    Ok(Value::Object(answer))
}

async fn write(context: &SessionContext, job: &WriteJob) -> Result<Changed> {
    let log = log_store(&job.uri)?;
    let snapshot = if log.is_delta_table_location().await? { Some(state(&log, None).await?.snapshot().clone()) } else { None };
    let is_new = snapshot.is_none();
    let plan = context.sql(&job.sql).await?.into_unoptimized_plan();
    let mode = match job.mode {
        WriteMode::Error => SaveMode::ErrorIfExists,
        WriteMode::Append => SaveMode::Append,
        WriteMode::Overwrite => SaveMode::Overwrite,
    };
    let mut builder = WriteBuilder::new(log, snapshot)
        .with_session_state(operation_session(context))
        .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
        .with_writer_properties(job.writer.properties()?)
        .with_commit_properties(commit_properties())
        .with_input_plan(plan)
        .with_save_mode(mode);
    if is_new {
        builder = builder
            .with_partition_columns(job.partition_by.clone())
            .with_configuration(job.properties.iter().map(|(key, value)| (key.clone(), Some(value.clone()))));
    }
    if let Some(size) = job.target_bytes {
        builder = builder.with_target_file_size(Some(size));
    }
    changed(&builder.await?, 0, &json!({}))
}
