//! Delta tables in temporary folders.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::execution::runtime_env::RuntimeEnvBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::execution::{SendableRecordBatchStream, SessionStateBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::{SessionConfig, SessionContext};
use deltafuse_engine::cancel::Cancel;
use deltafuse_engine::delta::commit::Commit;
use deltafuse_engine::delta::context::{OperationContext, Source};
use deltafuse_engine::delta::dml::{self, DeleteRequest};
use deltafuse_engine::delta::merge::{self, MergeRequest};
use deltafuse_engine::delta::open::{OpenRequest, Table};
use deltafuse_engine::delta::predicate::Predicate;
use deltafuse_engine::delta::provider;
use deltafuse_engine::delta::report::Report;
use deltafuse_engine::delta::write::{self, WriteMode, WriteRequest};
use deltafuse_engine::error::{ErrorCode, Result};
use deltafuse_engine::session::memory_pool;
use deltafuse_engine::session::spec::{MemorySpec, PoolKind};
use deltafuse_engine::sql::policy::SqlPolicy;
use futures::StreamExt;
use tempfile::TempDir;
use tokio::sync::oneshot;

mod cancel;
mod merges;
mod races;
mod reads;
mod writes;

/// A folder for tables and a session.
struct Lake {
    folder: TempDir,
    session: SessionContext,
    cancel: Cancel,
    policy: Arc<SqlPolicy>,
}

impl Lake {
    fn new() -> Self {
        Self::with_memory(None)
    }

    fn with_memory(limit_bytes: Option<u64>) -> Self {
        let pool = if limit_bytes.is_some() { PoolKind::Fair } else { PoolKind::Unbounded };
        let pool = memory_pool::build(&MemorySpec { pool, limit_bytes, top_consumers: 3 }).unwrap();
        let config = SessionConfig::new()
            .with_target_partitions(4)
            .set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_size", 0)
            .set_usize("datafusion.optimizer.hash_join_inlist_pushdown_max_distinct_values", 0);
        let env = RuntimeEnvBuilder::new().with_memory_pool(pool).build_arc().unwrap();
        let state = SessionStateBuilder::new().with_default_features().with_config(config).with_runtime_env(env).build();
        Self::of(state, SqlPolicy::default())
    }

    fn of(state: SessionState, policy: SqlPolicy) -> Self {
        let session = SessionContext::new_with_state(state);
        Self { folder: TempDir::new().unwrap(), session, cancel: Cancel::default(), policy: Arc::new(policy) }
    }

    fn context(&self) -> OperationContext {
        OperationContext::new(self.session.state(), self.cancel.clone(), Arc::clone(&self.policy))
    }

    fn path(&self, table: &str) -> PathBuf {
        self.folder.path().join(table)
    }

    fn uri(&self, table: &str) -> String {
        self.path(table).to_str().unwrap().to_owned()
    }

    /// A query as source.
    async fn rows(&self, sql: &str) -> Source {
        Source::Plan(self.session.sql(sql).await.unwrap().into_unoptimized_plan())
    }

    async fn batches(&self, sql: &str) -> Vec<RecordBatch> {
        self.session.sql(sql).await.unwrap().collect().await.unwrap()
    }

    /// The same rows as a stream that can be read once.
    async fn once(&self, sql: &str) -> Source {
        Source::OneShot(self.session.sql(sql).await.unwrap().execute_stream().await.unwrap())
    }

    /// A stream that says when it is read and waits until it may go on.
    async fn gated(&self, sql: &str) -> (Source, oneshot::Receiver<()>, oneshot::Sender<()>) {
        let batches = self.batches(sql).await;
        let schema = batches[0].schema();
        let (started, reading) = oneshot::channel();
        let (release, gate) = oneshot::channel::<()>();
        let first = futures::stream::once(async move {
            let _ = started.send(());
            let _ = gate.await;
            futures::stream::iter(batches.into_iter().map(Ok))
        });
        let stream: SendableRecordBatchStream = Box::pin(RecordBatchStreamAdapter::new(schema, first.flatten()));
        (Source::OneShot(stream), reading, release)
    }

    async fn write(&self, table: &str, mode: WriteMode, sql: &str) -> Result<Report> {
        write::write(&self.context(), self.request(table, mode), self.rows(sql).await).await
    }

    fn request(&self, table: &str, mode: WriteMode) -> WriteRequest {
        WriteRequest {
            uri: self.uri(table),
            mode,
            partition_by: None,
            properties: None,
            name: None,
            description: None,
            commit: None,
            target_bytes: None,
            writer: None,
        }
    }

    async fn open(&self, table: &str) -> Table {
        Table::open(&OpenRequest { uri: self.uri(table), version: None }).await.unwrap()
    }

    /// Merges by JSON, as it crosses the wire.
    async fn merge(&self, table: &str, request: serde_json::Value, sql: &str) -> Result<Report> {
        let request: MergeRequest = serde_json::from_value(request).unwrap();
        merge::merge(&self.context(), &self.open(table).await, request, self.rows(sql).await).await
    }

    async fn delete(&self, table: &str, predicate: &str) -> Result<Report> {
        let request = DeleteRequest { predicate: Predicate::Sql(predicate.to_owned()), commit: None };
        dml::delete(&self.context(), &self.open(table).await, request).await
    }

    /// Rows of a query over the table, which is called `t` in it.
    async fn query(&self, table: &Table, sql: &str) -> Vec<String> {
        let provider = provider::pinned(table, &self.session.state()).await.unwrap();
        let session = SessionContext::new_with_state(self.session.state());
        let _ = session.deregister_table("t").unwrap();
        session.register_table("t", provider).unwrap();
        let batches = session.sql(sql).await.unwrap().collect().await.unwrap();
        let _ = session.deregister_table("t").unwrap();
        lines(&batches)
    }

    async fn latest(&self, table: &str, sql: &str) -> Vec<String> {
        self.query(&self.open(table).await, sql).await
    }

    /// Data files below a table, whether the table knows them or not.
    fn data_files(&self, table: &str) -> usize {
        count_files(&self.path(table), "parquet")
    }
}

fn count_files(folder: &std::path::Path, extension: &str) -> usize {
    let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
    entries
        .map(|entry| entry.unwrap().path())
        .map(|path| {
            if path.is_dir() {
                count_files(&path, extension)
            } else {
                usize::from(path.extension().is_some_and(|found| found == extension))
            }
        })
        .sum()
}

/// Rows as text, values separated by `|`.
fn lines(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("null");
    let row = |batch: &RecordBatch, index: usize| {
        let values = batch.columns().iter().map(|array| ArrayFormatter::try_new(array, &options).unwrap().value(index).to_string());
        values.collect::<Vec<_>>().join("|")
    };
    batches.iter().flat_map(|batch| (0..batch.num_rows()).map(move |index| row(batch, index))).collect()
}

fn commit_with(expected_version: Option<u64>, metadata: &[(&str, serde_json::Value)]) -> Commit {
    let metadata: BTreeMap<String, serde_json::Value> = metadata.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect();
    Commit { expected_version, metadata: Some(metadata), ..Commit::default() }
}

fn code<T: std::fmt::Debug>(result: Result<T>) -> ErrorCode {
    result.unwrap_err().code
}

fn upsert(keys: &str) -> serde_json::Value {
    let on = format!("target.{keys} is not distinct from source.{keys}");
    serde_json::json!({"on": on, "whenMatched": [{"action": "updateAll"}], "whenNotMatched": [{"action": "insertAll"}]})
}
