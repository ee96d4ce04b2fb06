//! Queries: planned, run and consumed as often as asked.

use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use arrow::array::RecordBatch;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::{execute_stream, execute_stream_partitioned};
use datafusion::prelude::SessionContext;
use futures::{StreamExt, TryStreamExt};
use serde::Deserialize;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::repeat::{Outcome, Repeat, measure, task};
use crate::session::{OpenSession, main_session};
use crate::{Result, pack, text};

/// Runs a statement.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct QueryJob {
    /// The session.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    sql: String,
    repeat: Option<Repeat>,
    #[serde(default)]
    consume: Consume,
    #[serde(default)]
    fresh_session: bool,
    #[serde(default)]
    rows: bool,
    limit_batches: Option<u64>,
}

/// What becomes of a batch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Consume {
    /// It is counted and dropped.
    #[default]
    Count,
    /// Its buffers are copied into one allocation first.
    Packed,
}

/// Measures a query; with `rows` it runs once more and gives its result as text.
pub(crate) async fn run(session: &OpenSession, job: &QueryJob) -> Result<Value> {
    let work = async |()| {
        let fresh = job.fresh_session.then(|| session.again());
        let open = session.context.clone();
        let consumer = Consumer::new(job);
        let sql = job.sql.clone();
        task(async move {
            let context = match fresh {
                Some(fresh) => fresh.await?,
                None => open,
            };
            consume(&context, &sql, consumer).await
        })
        .await
    };
    let mut answer = measure(job.repeat, async || Ok(()), work).await?;
    if job.rows {
        let (context, sql) = (session.context.clone(), job.sql.clone());
        let result = task(async move { collect(&context, &sql).await }).await?;
        answer.insert("result".to_owned(), result);
    }
    Ok(Value::Object(answer))
}

/// The rows of a statement in the engine's order, as text.
async fn collect(context: &SessionContext, sql: &str) -> Result<Value> {
    let frame = context.sql(sql).await?;
    let tasks = Arc::new(frame.task_ctx());
    let stream = execute_stream(frame.create_physical_plan().await?, tasks)?;
    let schema = stream.schema();
    let batches: Vec<RecordBatch> = stream.try_collect().await?;
    text::result(&schema, &batches)
}

/// Plans and runs a statement, one task per partition of its plan.
async fn consume(context: &SessionContext, sql: &str, consumer: Consumer) -> Result<Outcome> {
    let frame = context.sql(sql).await?;
    let tasks = Arc::new(frame.task_ctx());
    let streams = execute_stream_partitioned(frame.create_physical_plan().await?, tasks)?;
    let consumer = Arc::new(consumer);
    let mut running = JoinSet::new();
    for stream in streams {
        running.spawn(Arc::clone(&consumer).drain(stream));
    }
    while let Some(ended) = running.join_next().await {
        if ended?? == Drained::Enough {
            running.shutdown().await;
        }
    }
    Ok(consumer.outcome())
}

/// How a partition ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drained {
    End,
    Enough,
}

/// Counts what the partitions give.
struct Consumer {
    consume: Consume,
    limit: u64,
    started: Instant,
    rows: AtomicU64,
    batches: AtomicU64,
    bytes: AtomicU64,
    first: OnceLock<Duration>,
}

impl Consumer {
    fn new(job: &QueryJob) -> Self {
        let counter = AtomicU64::default;
        Self {
            consume: job.consume,
            limit: job.limit_batches.unwrap_or(u64::MAX),
            started: Instant::now(),
            rows: counter(),
            batches: counter(),
            bytes: counter(),
            first: OnceLock::new(),
        }
    }

    async fn drain(self: Arc<Self>, mut stream: SendableRecordBatchStream) -> Result<Drained> {
        while let Some(batch) = stream.next().await {
            let batch = batch?;
            if self.consume == Consume::Packed {
                self.bytes.fetch_add(pack::pack(&batch)?.len() as u64, Ordering::Relaxed);
            }
            self.first.get_or_init(|| self.started.elapsed());
            self.rows.fetch_add(batch.num_rows() as u64, Ordering::Relaxed);
            if self.batches.fetch_add(1, Ordering::Relaxed) + 1 >= self.limit {
                return Ok(Drained::Enough);
            }
        }
        Ok(Drained::End)
    }

    fn outcome(&self) -> Outcome {
        Outcome {
            rows: self.rows.load(Ordering::Relaxed),
            first_batch: self.first.get().copied(),
            bytes: (self.consume == Consume::Packed).then(|| self.bytes.load(Ordering::Relaxed)),
        }
    }
}
