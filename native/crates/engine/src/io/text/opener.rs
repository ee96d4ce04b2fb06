//! Opens one text file and turns its bytes into batches; a failure names the file and the row.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use bytes::{Buf, Bytes};
use datafusion::common::DataFusionError;
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileOpenFuture, FileOpener};
use datafusion::error::Result;
use futures::stream::{self, BoxStream, StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::array::Elements;
use super::csv::{CsvRows, Header};
use super::json::JsonRows;
use super::{TextFormat, lines};
use crate::error::{EngineError, ErrorCode};
use crate::io::location::shown;

/// Takes bytes, gives batches.
pub(super) trait RowDecoder: Send {
    /// Reads up to the end of a batch, and returns the bytes used. No bytes mean the end of the file.
    fn decode(&mut self, bytes: &[u8]) -> std::result::Result<usize, ArrowError>;

    /// The rows read, when there are any.
    fn flush(&mut self) -> std::result::Result<Option<RecordBatch>, ArrowError>;
}

/// Opens the files of one scan.
#[derive(Clone)]
pub(super) struct TextOpener {
    pub(super) format: TextFormat,
    /// The columns read.
    pub(super) schema: SchemaRef,
    /// All columns of the table's files.
    pub(super) table: SchemaRef,
    pub(super) batch_rows: usize,
    pub(super) compression: FileCompressionType,
    pub(super) store: Arc<dyn ObjectStore>,
}

impl FileOpener for TextOpener {
    fn open(&self, file: PartitionedFile) -> Result<FileOpenFuture> {
        let opener = self.clone();
        Ok(Box::pin(async move {
            let rows = match opener.rows(&file).await {
                Ok(rows) => rows,
                Err(error) => return Err(opener.located(&file, error, None)),
            };
            let batches = stream::try_unfold((rows, opener, file), |(mut rows, opener, file)| async move {
                match rows.next().await {
                    Ok(Some(batch)) => Ok(Some((batch, (rows, opener, file)))),
                    Ok(None) => Ok(None),
                    Err(error) => {
                        drop(rows);
                        Err(opener.diagnose(file, error).await)
                    }
                }
            });
            Ok(batches.boxed())
        }))
    }
}

impl TextOpener {
    async fn rows(&self, file: &PartitionedFile) -> Result<Rows> {
        let chunks = lines::chunks(&self.store, file, self.format.terminator(), self.compression).await?;
        let chunks = match &self.format {
            TextFormat::Json { spec, .. } if spec.array => elements(chunks),
            _ => chunks,
        };
        let at_start = file.range.as_ref().is_none_or(|range| range.start <= 0);
        let decoder = self.decoder(file, self.batch_rows, at_start)?;
        Ok(Rows { chunks, decoder, buffered: Bytes::new(), ended: false })
    }

    fn decoder(&self, file: &PartitionedFile, batch_rows: usize, at_start: bool) -> Result<Box<dyn RowDecoder>> {
        Ok(match &self.format {
            TextFormat::Csv(csv) => {
                let own = file.extension::<Header>().cloned();
                let header = own.unwrap_or_else(|| Header(self.table.fields().iter().map(|field| field.name().clone()).collect()));
                Box::new(CsvRows::new(csv, &header, &self.schema, batch_rows, csv.header && at_start))
            }
            TextFormat::Json { lenient_text, .. } => Box::new(JsonRows::new(&self.schema, batch_rows, *lenient_text)?),
        })
    }

    /// Reads the whole file again to say where it fails: a part of a file does not know its line numbers.
    async fn diagnose(self, mut file: PartitionedFile, error: DataFusionError) -> DataFusionError {
        file.range = None;
        match self.first_failure(&file).await {
            Ok(Some((first, row))) => self.located(&file, first, Some(row)),
            _ => self.located(&file, error, None),
        }
    }

    async fn first_failure(&self, file: &PartitionedFile) -> Result<Option<(DataFusionError, u64)>> {
        let mut rows = self.rows(file).await?;
        let (mut batches, mut before) = (0_u64, 0_u64);
        let first = loop {
            match rows.next().await {
                Ok(Some(batch)) => {
                    batches += 1;
                    before += batch.num_rows() as u64;
                }
                Ok(None) => return Ok(None),
                Err(error) => break error,
            }
        };
        let mut rows = self.rows(file).await?;
        for _ in 0..batches {
            rows.next().await?;
        }
        // One row per batch from here on.
        rows.decoder = self.decoder(file, 1, batches == 0)?;
        while let Ok(Some(_)) = rows.next().await {
            before += 1;
        }
        Ok(Some((first, before + 1)))
    }

    fn located(&self, file: &PartitionedFile, error: DataFusionError, row: Option<u64>) -> DataFusionError {
        let (code, why) = match &error {
            DataFusionError::ArrowError(arrow, _) => match arrow.as_ref() {
                ArrowError::ParseError(text) | ArrowError::CastError(text) => (ErrorCode::EngineCastFailed, text.clone()),
                ArrowError::CsvError(text) | ArrowError::JsonError(text) | ArrowError::InvalidArgumentError(text) => {
                    (self.format.name().corrupt(), text.clone())
                }
                _ => return error,
            },
            DataFusionError::IoError(io) => (self.format.name().corrupt(), io.to_string()),
            _ => return error,
        };
        let path = shown(&file.object_meta.location);
        let place = row.map_or(String::new(), |row| format!(" in row {row}"));
        let message = format!(
            "The file '{path}' cannot be read as {}{place}: {}. Correct the file, or declare other types or options.",
            self.format.name().title(),
            why.trim_end_matches('.')
        );
        let typed = EngineError::new(code, message).with("path", path).caused_by(&error);
        match row {
            Some(row) => typed.with("row", row).into(),
            None => typed.into(),
        }
    }
}

/// The elements of one JSON array.
fn elements(chunks: BoxStream<'static, Result<Bytes>>) -> BoxStream<'static, Result<Bytes>> {
    stream::try_unfold((chunks, Elements::default()), |(mut chunks, mut elements)| async move {
        match chunks.try_next().await? {
            Some(chunk) => Ok(Some((Bytes::from(elements.filter(&chunk)?), (chunks, elements)))),
            None => {
                elements.finish()?;
                Ok(None)
            }
        }
    })
    .boxed()
}

/// The rows of one file, batch by batch.
struct Rows {
    chunks: BoxStream<'static, Result<Bytes>>,
    decoder: Box<dyn RowDecoder>,
    buffered: Bytes,
    ended: bool,
}

impl Rows {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        loop {
            while self.buffered.is_empty() && !self.ended {
                match self.chunks.try_next().await? {
                    Some(chunk) => self.buffered = chunk,
                    None => self.ended = true,
                }
            }
            let offered = self.buffered.len();
            let used = self.decoder.decode(&self.buffered)?;
            self.buffered.advance(used);
            if used == offered && !self.ended {
                continue;
            }
            if let Some(batch) = self.decoder.flush()? {
                return Ok(Some(batch));
            }
            if self.ended && self.buffered.is_empty() {
                return Ok(None);
            }
            if used == 0 {
                return Err(EngineError::internal("the rows of a file do not advance").into());
            }
        }
    }
}
