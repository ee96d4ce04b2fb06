//! Parquet files: written batch by batch, under their name only when they are complete.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use serde_json::json;

/// What can fail: the disk, the writer, the generator.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Rows of a row group.
const ROW_GROUP_ROWS: usize = 1_048_576;
const ZSTD_LEVEL: i32 = 3;

/// Writes all batches into one file and tells about it on stdout. At most one row group is held in memory.
pub(crate) fn write(
    path: &Path,
    schema: &SchemaRef,
    batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>,
) -> Result<(), Failure> {
    let partial = PathBuf::from(format!("{}.partial", path.display()));
    let written = fill(&partial, schema, batches);
    if written.is_err() {
        // The first failure is the one to tell.
        let _ = fs::remove_file(&partial);
    }
    let rows = written.map_err(|error| format!("'{}' cannot be written: {error}", path.display()))?;
    fs::rename(&partial, path)?;
    let bytes = fs::metadata(path)?.len();
    let line = json!({"path": path.display().to_string(), "rows": rows, "bytes": bytes});
    Ok(writeln!(std::io::stdout(), "{line}")?)
}

fn fill(path: &Path, schema: &SchemaRef, batches: impl Iterator<Item = Result<RecordBatch, ArrowError>>) -> Result<u64, Failure> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(ZSTD_LEVEL)?))
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .build();
    // Without the Arrow schema a reader decides by itself whether text becomes views.
    let options = ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
    let file = BufWriter::new(File::create(path)?);
    let mut writer = ArrowWriter::try_new_with_options(file, SchemaRef::clone(schema), options)?;
    let mut rows = 0;
    for batch in batches {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        writer.write(&batch)?;
    }
    writer.finish()?;
    writer.inner_mut().flush()?;
    Ok(rows)
}
