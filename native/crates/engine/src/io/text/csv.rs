//! CSV records as batches: each file's own columns are found by name.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, new_null_array};
use arrow::csv::ReaderBuilder;
use arrow::csv::reader::Decoder;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;

use super::opener::RowDecoder;
use crate::io::format::CsvRead;

/// The names of a file's columns, in its order. Travels with the file through the plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header(pub Arc<[String]>);

/// Decodes the records of one file.
pub(super) struct CsvRows {
    decoder: Decoder,
    schema: SchemaRef,
    /// For each column wanted, where the decoder has it; none = the file does not have it.
    places: Vec<Option<usize>>,
}

impl CsvRows {
    /// A decoder for the columns of `schema` in a file with these columns.
    pub(super) fn new(csv: &CsvRead, header: &Header, schema: &SchemaRef, batch_rows: usize, skip_header: bool) -> Self {
        let position = |field: &Field| header.0.iter().position(|name| name == field.name());
        let mut places = Vec::with_capacity(schema.fields().len());
        let mut read = Vec::new();
        for field in schema.fields() {
            places.push(position(field).map(|index| {
                read.push(index);
                read.len() - 1
            }));
        }
        let fields: Vec<Field> = header
            .0
            .iter()
            .map(|name| match schema.field_with_name(name) {
                Ok(field) => field.clone(),
                Err(_) => Field::new(name, DataType::Utf8, true),
            })
            .collect();
        let decoder = ReaderBuilder::new(Arc::new(Schema::new(fields)))
            .with_format(csv.format(skip_header))
            .with_batch_size(batch_rows)
            .with_projection(read)
            .build_decoder();
        Self { decoder, schema: Arc::clone(schema), places }
    }

    fn complete(&self, batch: &RecordBatch) -> Result<RecordBatch, ArrowError> {
        let rows = batch.num_rows();
        let columns: Vec<ArrayRef> = self
            .places
            .iter()
            .zip(self.schema.fields())
            .map(|(place, field)| match place.and_then(|index| batch.columns().get(index)) {
                Some(column) => Arc::clone(column),
                None => new_null_array(field.data_type(), rows),
            })
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
    }
}

impl RowDecoder for CsvRows {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError> {
        self.decoder.decode(bytes)
    }

    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        self.decoder.flush()?.map(|batch| self.complete(&batch)).transpose()
    }
}
