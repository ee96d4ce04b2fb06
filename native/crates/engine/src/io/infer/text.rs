//! The columns of one text file, from its first rows.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use arrow::datatypes::{DataType, Field, Schema};
use object_store::ObjectMeta;

use super::facts::arrow_cause;
use super::{corrupt, json};
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::format::{CompressionSpec, CsvRead, FormatName, Reading};
use crate::io::listing::{compression_of, from_io};
use crate::io::location::local_path;
use crate::io::text::array::ElementReader;
use crate::io::text::csv::Header;
use crate::panic::joined;

/// Names and inferred types of a file's columns, in its order. Null stands for "no value seen".
pub async fn sample(reading: Reading, file: &ObjectMeta) -> Result<Schema> {
    let file = file.clone();
    let task = tokio::task::spawn_blocking(move || {
        let path = local_path(&file.location)?;
        let input = open(&path, reading.compression(), &file, reading.name())?;
        let schema = match &reading {
            Reading::Csv(csv) => csv_schema(csv, input, csv.infer_rows),
            Reading::Json(spec) if spec.array => json::schema(ElementReader::new(input), spec.infer_rows),
            Reading::Json(spec) => json::schema(input, spec.infer_rows),
            Reading::Parquet | Reading::Arrow => return Err(EngineError::internal("only text files are sampled")),
        };
        schema.map_err(|error| corrupt(reading.name(), &file, error))
    });
    joined(task.await)?
}

/// The names of a CSV file's columns.
pub fn header(csv: &CsvRead, path: &Path, file: &ObjectMeta) -> Result<Header> {
    let input = open(path, csv.compression, file, FormatName::Csv)?;
    let schema = csv_schema(csv, input, 0).map_err(|error| corrupt(FormatName::Csv, file, error))?;
    Ok(Header(schema.fields().iter().map(|field| field.name().clone()).collect()))
}

fn open(path: &Path, compression: CompressionSpec, file: &ObjectMeta, format: FormatName) -> Result<BufReader<Box<dyn Read + Send>>> {
    let input = File::open(path).map_err(|error| from_io(&error, path))?;
    let input = compression_of(compression, &file.location).engine().convert_read(input);
    input.map(BufReader::new).map_err(|error| corrupt(format, file, EngineError::new(ErrorCode::EngineArrow, error.strip_backtrace())))
}

fn csv_schema(csv: &CsvRead, input: impl Read, rows: usize) -> Result<Schema> {
    let (schema, _) = csv.format(csv.header).infer_schema(input, Some(rows)).map_err(|error| arrow_cause(&error))?;
    // No row looked at: nothing is known but that it is text.
    let blind = csv.infer_rows == 0;
    let fields: Vec<Field> = schema
        .fields()
        .iter()
        .map(|field| match blind {
            true => Field::new(field.name(), DataType::Utf8, true),
            false => field.as_ref().clone(),
        })
        .collect();
    Ok(Schema::new(fields))
}
