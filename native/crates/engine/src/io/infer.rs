//! What is stored in files: their columns and types, before anything is declared.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::Session;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::file_format::parquet::ParquetFormat;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectMeta;

use super::format::{FormatName, Reading};
use super::listing::store;
use super::location::shown;
use crate::error::{EngineError, ErrorCode, Result};
use crate::panic::guarded;

pub mod facts;
pub mod json;
pub mod merge;
pub mod text;

use facts::{FileFacts, FileFactsCache};

/// Text files whose values are looked at; of all others only the column names.
const SAMPLED_FILES: usize = 32;

/// Files looked at together.
const CONCURRENCY: usize = 16;

/// The columns of a table's files. Two files that do not fit together are an error that names both.
pub async fn stored(state: &dyn Session, reading: &Reading, files: &[ObjectMeta], cache: &FileFactsCache) -> Result<SchemaRef> {
    let found = match reading {
        Reading::Parquet => parquet(state, files).await?,
        Reading::Arrow => arrow(reading, files, cache).await?,
        Reading::Csv(_) | Reading::Json(_) => text(reading, files, cache).await?,
    };
    let schema = match reading {
        Reading::Parquet | Reading::Arrow => merge::exact(&found)?,
        Reading::Csv(_) | Reading::Json(_) => merge::lenient(&found)?,
    };
    unique(&schema)?;
    Ok(Arc::new(schema))
}

/// One file's columns.
pub struct FileSchema {
    /// The file, for messages.
    pub path: String,
    /// Its columns.
    pub schema: SchemaRef,
}

/// The Parquet format with the session's options.
#[must_use]
pub fn parquet_format(state: &dyn Session) -> ParquetFormat {
    ParquetFormat::default().with_options(state.default_table_options().parquet)
}

async fn parquet(state: &dyn Session, files: &[ObjectMeta]) -> Result<Vec<FileSchema>> {
    let (store, format) = (store(state)?, parquet_format(state));
    futures::stream::iter(files.to_vec())
        .map(|file| {
            let (store, format) = (&store, &format);
            async move {
                // The reader panics where a footer is longer than its file.
                let schema = guarded(async { Ok(format.infer_schema(state, store, std::slice::from_ref(&file)).await?) }).await;
                let schema = schema.map_err(|error| corrupt(FormatName::Parquet, &file, error))?;
                Ok(FileSchema { path: shown(&file.location), schema })
            }
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await
}

async fn arrow(reading: &Reading, files: &[ObjectMeta], cache: &FileFactsCache) -> Result<Vec<FileSchema>> {
    let mut found: Vec<FileSchema> = Vec::with_capacity(files.len());
    for (file, facts) in files.iter().zip(cache.of(reading, files).await?) {
        let FileFacts::Arrow { schema, .. } = facts else { continue };
        let next = FileSchema { path: shown(&file.location), schema };
        if let Some(first) = found.first()
            && !same_columns(&first.schema, &next.schema)
        {
            return Err(merge::conflict(first, &next, "Arrow files of one table have the same columns in the same order"));
        }
        found.push(next);
    }
    Ok(found)
}

/// Equal in names and types, in order.
#[must_use]
pub fn same_columns(left: &Schema, right: &Schema) -> bool {
    let pair = |(left, right): (&Arc<Field>, &Arc<Field>)| left.name() == right.name() && left.data_type() == right.data_type();
    left.fields().len() == right.fields().len() && left.fields().iter().zip(right.fields()).all(pair)
}

async fn text(reading: &Reading, files: &[ObjectMeta], cache: &FileFactsCache) -> Result<Vec<FileSchema>> {
    let files: Vec<ObjectMeta> = files.iter().filter(|file| file.size > 0).cloned().collect();
    let sampled = files.iter().take(SAMPLED_FILES).cloned();
    let mut found: Vec<FileSchema> = futures::stream::iter(sampled)
        .map(|file| async move {
            let schema = text::sample(reading.clone(), &file).await?;
            Ok::<_, EngineError>(FileSchema { path: shown(&file.location), schema: Arc::new(schema) })
        })
        .buffered(CONCURRENCY)
        .try_collect()
        .await?;
    for (file, facts) in files.iter().zip(cache.of(reading, &files).await?).skip(SAMPLED_FILES) {
        if let FileFacts::Csv(header) = facts {
            let fields: Vec<Field> = header.0.iter().map(|name| Field::new(name, arrow::datatypes::DataType::Null, true)).collect();
            found.push(FileSchema { path: shown(&file.location), schema: Arc::new(Schema::new(fields)) });
        }
    }
    Ok(found)
}

/// `ENGINE.PARQUET {path}` or `ENGINE.ARROW {path}` of a file that cannot be read as what it is said to be.
#[must_use]
pub fn corrupt(format: FormatName, file: &ObjectMeta, cause: EngineError) -> EngineError {
    let path = shown(&file.location);
    if matches!(cause.code, ErrorCode::StoreNotFound | ErrorCode::StorePermissionDenied | ErrorCode::EngineResourcesExhausted) {
        return cause.with("path", path);
    }
    let why = match cause.code {
        ErrorCode::NativePanic => "its metadata cannot be decoded",
        _ => cause.message.trim_end_matches('.'),
    };
    EngineError::new(
        format.corrupt(),
        format!("The file '{path}' cannot be read as {}: {why}. It is damaged, incomplete or of another format.", format.title()),
    )
    .with("path", path)
    .caused_by(&cause)
}

fn unique(schema: &Schema) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        None => Ok(()),
        Some(twice) => Err(EngineError::new(
            ErrorCode::EngineSchema,
            format!("The column name '{}' appears twice in the files; rename one of the columns.", twice.name()),
        )
        .with("column", twice.name())),
    }
}
