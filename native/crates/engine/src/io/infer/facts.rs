//! What must be known of a file before it is scanned: a CSV file's column names, the kind of an Arrow file.

use std::collections::HashMap;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use arrow::datatypes::SchemaRef;
use arrow::error::ArrowError;
use arrow::ipc::reader::{FileReader, StreamReader};
use chrono::{DateTime, Utc};
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;
use object_store::path::Path as ObjectPath;
use parking_lot::Mutex;

use super::{corrupt, text};
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::format::{FormatName, Reading};
use crate::io::listing::from_io;
use crate::io::location::local_path;
use crate::io::text::csv::Header;
use crate::panic::joined;

/// What one file is.
#[derive(Clone, Debug)]
pub enum FileFacts {
    /// Nothing needs to be known.
    Plain,
    /// The columns of a CSV file.
    Csv(Header),
    /// An Arrow IPC file.
    Arrow {
        /// True for the stream format, which has no footer.
        stream: bool,
        /// Its columns.
        schema: SchemaRef,
    },
}

#[derive(Debug)]
struct Known {
    size: u64,
    modified: DateTime<Utc>,
    facts: FileFacts,
}

/// The facts of a table's files, kept while a file stays the same.
#[derive(Debug, Default)]
pub struct FileFactsCache(Mutex<HashMap<ObjectPath, Known>>);

impl FileFactsCache {
    /// The facts of each file. Facts of files that are not among them are dropped.
    pub async fn of(&self, reading: &Reading, files: &[ObjectMeta]) -> Result<Vec<FileFacts>> {
        if matches!(reading, Reading::Parquet | Reading::Json(_)) {
            return Ok(vec![FileFacts::Plain; files.len()]);
        }
        let known: Vec<(ObjectMeta, Option<FileFacts>)> = {
            let kept = self.0.lock();
            files.iter().map(|file| (file.clone(), current(&kept, file))).collect()
        };
        let facts: Vec<FileFacts> = futures::stream::iter(known)
            .map(|(file, known)| {
                let reading = reading.clone();
                async move {
                    match known {
                        Some(facts) => Ok(facts),
                        None => look(reading, file).await,
                    }
                }
            })
            .buffered(super::CONCURRENCY)
            .try_collect()
            .await?;
        let entries = files
            .iter()
            .zip(&facts)
            .map(|(file, facts)| (file.location.clone(), Known { size: file.size, modified: file.last_modified, facts: facts.clone() }));
        *self.0.lock() = entries.collect();
        Ok(facts)
    }
}

fn current(kept: &HashMap<ObjectPath, Known>, file: &ObjectMeta) -> Option<FileFacts> {
    let known = kept.get(&file.location)?;
    (known.size == file.size && known.modified == file.last_modified).then(|| known.facts.clone())
}

async fn look(reading: Reading, file: ObjectMeta) -> Result<FileFacts> {
    let task = tokio::task::spawn_blocking(move || {
        let path = local_path(&file.location)?;
        match &reading {
            Reading::Csv(csv) => text::header(csv, &path, &file).map(FileFacts::Csv),
            Reading::Arrow => arrow(&path, &file),
            Reading::Parquet | Reading::Json(_) => Ok(FileFacts::Plain),
        }
    });
    joined(task.await)?
}

/// What an Arrow IPC file with a footer begins with.
const MAGIC: &[u8] = b"ARROW1";

fn arrow(path: &Path, file: &ObjectMeta) -> Result<FileFacts> {
    let mut input = File::open(path).map_err(|error| from_io(&error, path))?;
    let mut start = Vec::with_capacity(MAGIC.len());
    (&mut input).take(MAGIC.len() as u64).read_to_end(&mut start).map_err(|error| from_io(&error, path))?;
    input.seek(SeekFrom::Start(0)).map_err(|error| from_io(&error, path))?;
    let stream = start != MAGIC;
    let schema = if stream {
        StreamReader::try_new(input, None).map(|reader| reader.schema())
    } else {
        FileReader::try_new(input, None).map(|reader| reader.schema())
    };
    match schema {
        Ok(schema) => Ok(FileFacts::Arrow { stream, schema }),
        Err(error) => Err(corrupt(FormatName::Arrow, file, arrow_cause(&error))),
    }
}

/// An Arrow error whose code the caller replaces.
pub(super) fn arrow_cause(error: &ArrowError) -> EngineError {
    let text = match error {
        ArrowError::CsvError(text) | ArrowError::JsonError(text) | ArrowError::ParseError(text) | ArrowError::IpcError(text) => {
            text.clone()
        }
        other => other.to_string(),
    };
    EngineError::new(ErrorCode::EngineArrow, text)
}
