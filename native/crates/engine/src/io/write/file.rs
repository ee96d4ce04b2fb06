//! One Parquet file while it is written.

use std::collections::BTreeMap;
use std::path::PathBuf;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use parquet::arrow::AsyncArrowWriter;
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use tokio::fs::File;

use super::WrittenFile;
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::listing::from_io;

/// A file that is being written, in the staging folder.
pub(super) struct OpenFile {
    writer: AsyncArrowWriter<File>,
    published: PathBuf,
    partition: BTreeMap<String, Option<String>>,
    rows: u64,
}

/// Where a file is written and where it will be.
pub(super) struct Place {
    /// In the staging folder.
    pub(super) staged: PathBuf,
    /// After the commit.
    pub(super) published: PathBuf,
    /// The values of its folders.
    pub(super) partition: BTreeMap<String, Option<String>>,
}

impl OpenFile {
    /// Creates the file. Its folder has to exist.
    pub(super) async fn create(place: Place, schema: SchemaRef, properties: WriterProperties) -> Result<Self> {
        let Place { staged, published, partition } = place;
        let file = File::create_new(&staged).await.map_err(|error| from_io(&error, &published))?;
        let writer = AsyncArrowWriter::try_new(file, schema, Some(properties));
        let writer = writer.map_err(|error| failed(&error, &published))?;
        Ok(Self { writer, published, partition, rows: 0 })
    }

    /// Adds rows.
    pub(super) async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        self.rows += batch.num_rows() as u64;
        self.writer.write(batch).await.map_err(|error| failed(&error, &self.published))
    }

    /// Bytes of memory it holds.
    pub(super) fn memory(&self) -> usize {
        self.writer.memory_size()
    }

    /// Rows of the row group that is not written yet.
    pub(super) fn rows_waiting(&self) -> usize {
        self.writer.in_progress_rows()
    }

    /// Ends the row group early to free its memory.
    pub(super) async fn flush(&mut self) -> Result<()> {
        self.writer.flush().await.map_err(|error| failed(&error, &self.published))
    }

    /// Writes the footer and waits until everything is on the disk.
    pub(super) async fn finish(mut self) -> Result<WrittenFile> {
        self.writer.finish().await.map_err(|error| failed(&error, &self.published))?;
        let file = self.writer.into_inner();
        file.sync_all().await.map_err(|error| from_io(&error, &self.published))?;
        let bytes = file.metadata().await.map_err(|error| from_io(&error, &self.published))?.len();
        Ok(WrittenFile { path: self.published.display().to_string(), rows: self.rows, bytes, partition: self.partition })
    }
}

fn failed(error: &ParquetError, path: &std::path::Path) -> EngineError {
    if let ParquetError::External(inner) = error
        && let Some(io) = inner.downcast_ref::<std::io::Error>()
    {
        return from_io(io, path);
    }
    EngineError::new(ErrorCode::EngineParquet, format!("The file '{}' cannot be written: {error}.", path.display()))
        .with("path", path.display().to_string())
        .caused_by(error)
}
