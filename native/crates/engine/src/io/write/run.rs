//! Runs the source into files of the staging folder, one task per partition of the plan.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{Array, RecordBatch};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryPool, MemoryReservation};
use datafusion::physical_expr::Partitioning;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, PhysicalExpr};
use futures::TryStreamExt;
use parquet::file::properties::WriterProperties;
use tokio::task::JoinSet;

use super::columns::Columns;
use super::file::{OpenFile, Place};
use super::partitioned::PartitionedFiles;
use super::staging::Staging;
use super::{WriteFilesRequest, WrittenFile};
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::source::Source;
use crate::panic::{guarded, joined};
use crate::session::Session;
use crate::stream::memory_error::with_consumers;

/// Files that all tasks may have open together.
const MOST_OPEN: usize = 100;

/// What one task works with.
#[derive(Clone)]
pub(super) struct Task {
    /// Its number.
    pub(super) index: usize,
    /// The columns of the write.
    pub(super) columns: Arc<Columns>,
    /// How files are written.
    pub(super) properties: WriterProperties,
    /// The staging folder.
    pub(super) staged: PathBuf,
    /// What the staging folder becomes.
    pub(super) published: PathBuf,
    /// The one file's name, where there is only one.
    pub(super) single: Option<String>,
    /// Columns of the source that hold no null.
    required: Arc<[String]>,
    write_id: String,
    sequence: usize,
}

impl Task {
    /// The first task of a write.
    pub(super) fn first(request: &WriteFilesRequest, properties: WriterProperties, columns: Columns, staging: &Staging) -> Self {
        Self {
            index: 0,
            columns: Arc::new(columns),
            properties,
            staged: staging.folder().to_path_buf(),
            published: staging.target().to_path_buf(),
            single: request.single.then(|| staging.name().to_owned()),
            required: request.required.as_slice().into(),
            write_id: request.write_id.clone(),
            sequence: 0,
        }
    }

    /// The name of the next file: `part-<task>-<sequence>-<writeId>.parquet`.
    pub(super) fn next_name(&mut self) -> String {
        let name = format!("part-{:05}-{:05}-{}.parquet", self.index, self.sequence, self.write_id);
        self.sequence += 1;
        name
    }

    async fn create(&mut self) -> Result<OpenFile> {
        let place = match &self.single {
            Some(name) => Place { staged: self.staged.join(name), published: self.published.clone(), partition: BTreeMap::new() },
            None => {
                let name = self.next_name();
                Place { staged: self.staged.join(&name), published: self.published.join(&name), partition: BTreeMap::new() }
            }
        };
        OpenFile::create(place, Arc::clone(&self.columns.file), self.properties.clone()).await
    }
}

/// Writes every row. Without rows there is one file that carries the columns, except below partition folders.
pub(super) async fn write(session: &Arc<Session>, source: Source, mut first: Task) -> Result<Vec<WrittenFile>> {
    let plan = distributed(&source, &first)?;
    let count = plan.output_partitioning().partition_count();
    let pool: Arc<dyn MemoryPool> = Arc::<crate::session::memory_pool::SessionPool>::clone(session.pool());
    let mut tasks = JoinSet::new();
    for index in 0..count {
        let stream = plan.execute(index, Arc::clone(&source.context))?;
        let reservation = MemoryConsumer::new("ParquetWriter").with_can_spill(true).register(&pool);
        let task = Task { index, ..first.clone() };
        let most_open = MOST_OPEN / count.max(1);
        tasks.spawn(async move { guarded(run(task, stream, most_open, reservation)).await });
    }
    let files = finished(&mut tasks).await;
    if files.is_err() {
        tasks.shutdown().await;
    }
    let mut files = files.map_err(|error| with_consumers(error, session))?;
    if files.is_empty() && first.columns.folders.is_empty() {
        files.push(first.create().await?.finish().await?);
    }
    Ok(files)
}

async fn finished(tasks: &mut JoinSet<Result<Vec<WrittenFile>>>) -> Result<Vec<WrittenFile>> {
    let mut files = Vec::new();
    while let Some(done) = tasks.join_next().await {
        files.extend(joined(done)??);
    }
    Ok(files)
}

/// One stream for one file; by partition values where there are folders, so that a value has one task.
fn distributed(source: &Source, first: &Task) -> Result<Arc<dyn ExecutionPlan>> {
    let (plan, columns) = (Arc::clone(&source.plan), &first.columns);
    if first.single.is_some() {
        let parts = plan.output_partitioning().partition_count();
        return Ok(if parts > 1 { Arc::new(CoalescePartitionsExec::new(plan)) } else { plan });
    }
    if columns.folders.is_empty() || source.target_partitions == 1 {
        return Ok(plan);
    }
    let keys = columns.folders.iter().map(|(index, field)| {
        let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), *index));
        column
    });
    let by = Partitioning::Hash(keys.collect(), source.target_partitions);
    Ok(Arc::new(RepartitionExec::try_new(plan, by)?))
}

async fn run(task: Task, stream: SendableRecordBatchStream, most_open: usize, reservation: MemoryReservation) -> Result<Vec<WrittenFile>> {
    if task.columns.folders.is_empty() {
        return one_file(task, stream, reservation).await;
    }
    let mut stream = stream;
    let required = Arc::clone(&task.required);
    let mut files = PartitionedFiles::new(task, most_open, reservation)?;
    while let Some(batch) = stream.try_next().await? {
        check_required(&batch, &required)?;
        if batch.num_rows() > 0 {
            files.write(&batch).await?;
        }
    }
    files.finish().await
}

/// `ENGINE.SCHEMA {column}`.
fn check_required(batch: &RecordBatch, required: &[String]) -> Result<()> {
    let has_null = |name: &&String| batch.column_by_name(name).is_some_and(|column| column.logical_null_count() > 0);
    match required.iter().find(has_null) {
        None => Ok(()),
        Some(name) => {
            let message = format!("The column '{name}' of the table holds no null, and a row has one; give it a value.");
            Err(EngineError::new(ErrorCode::EngineSchema, message).with("column", name))
        }
    }
}

async fn one_file(mut task: Task, mut stream: SendableRecordBatchStream, reservation: MemoryReservation) -> Result<Vec<WrittenFile>> {
    let mut file: Option<OpenFile> = None;
    while let Some(batch) = stream.try_next().await? {
        check_required(&batch, &task.required)?;
        if batch.num_rows() == 0 {
            continue;
        }
        let mut open = match file.take() {
            Some(open) => open,
            None => task.create().await?,
        };
        open.write(&batch).await?;
        if reservation.try_resize(open.memory()).is_err() {
            open.flush().await?;
            reservation.try_resize(open.memory())?;
        }
        file = Some(open);
    }
    match file {
        Some(file) => Ok(vec![file.finish().await?]),
        None => Ok(Vec::new()),
    }
}
