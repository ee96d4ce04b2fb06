//! Writing Parquet with the engine's own sink, and the writer options of all writes.

use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::UInt64Type;
use datafusion::common::config::{ParquetOptions, TableParquetOptions};
use datafusion::common::file_options::parquet_writer::ParquetWriterOptions;
use datafusion::dataframe::DataFrameWriteOptions;
use datafusion::prelude::SessionContext;
use parquet::file::properties::WriterProperties;
use serde::Deserialize;
use serde_json::Value;

use crate::Result;
use crate::delta::Reset;
use crate::repeat::{Outcome, Repeat, measure, task};
use crate::session::{OpenSession, main_session};

/// Writes the rows of a statement.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ParquetWriteJob {
    /// The session.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    sql: String,
    path: PathBuf,
    #[serde(default)]
    partition_by: Vec<String>,
    single_file: Option<bool>,
    #[serde(default)]
    writer: WriterOptions,
    reset: Option<Reset>,
    repeat: Option<Repeat>,
}

/// How Parquet files are written; the defaults are those of DeltaFuse.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct WriterOptions {
    compression: String,
    row_group_rows: usize,
    dictionary: bool,
    statistics: String,
}

impl Default for WriterOptions {
    fn default() -> Self {
        Self { compression: "zstd(3)".to_owned(), row_group_rows: 1_048_576, dictionary: true, statistics: "page".to_owned() }
    }
}

impl WriterOptions {
    /// The engine's form of the options.
    fn table_options(&self) -> TableParquetOptions {
        let mut options = TableParquetOptions::default();
        let ParquetOptions { compression, max_row_group_size, dictionary_enabled, statistics_enabled, .. } = &mut options.global;
        *compression = Some(self.compression.clone());
        *max_row_group_size = self.row_group_rows;
        *dictionary_enabled = Some(self.dictionary);
        *statistics_enabled = Some(self.statistics.clone());
        options.global.data_page_row_count_limit = 20_000;
        options.global.write_batch_size = 8192;
        options
    }

    /// The writer's form of the options.
    pub(crate) fn properties(&self) -> Result<WriterProperties> {
        let mut options = self.table_options();
        options.global.skip_arrow_metadata = true;
        Ok(ParquetWriterOptions::try_from(&options)?.writer_options().clone())
    }
}

/// Measures the write, with planning.
pub(crate) async fn run(session: &OpenSession, job: &ParquetWriteJob) -> Result<Value> {
    let work = async |()| {
        let (context, job) = (session.context.clone(), Arc::new(job.clone()));
        let rows = task(async move { write(&context, &job).await }).await?;
        Ok(Outcome { rows, ..Outcome::default() })
    };
    Ok(Value::Object(measure(job.repeat, async || Reset::apply(job.reset.as_ref()), work).await?))
}

async fn write(context: &SessionContext, job: &ParquetWriteJob) -> Result<u64> {
    let single = job.single_file.unwrap_or(job.partition_by.is_empty());
    let options = DataFrameWriteOptions::new().with_single_file_output(single).with_partition_by(job.partition_by.clone());
    let path = job.path.display().to_string();
    let counts = context.sql(&job.sql).await?.write_parquet(&path, options, Some(job.writer.table_options())).await?;
    let columns = counts.iter().filter_map(|batch| batch.column(0).as_primitive_opt::<UInt64Type>());
    Ok(columns.flat_map(|column| column.values().iter().copied()).sum())
}
