//! Casts of what apache-arrow cannot read: planned once per schema, applied per batch.
//!
//! View types become their plain forms unless they are kept, run-end encoded columns their values, list views lists,
//! narrow decimals decimal128, decimal256 decimal128 up to 38 digits and text beyond. Field metadata stays.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DECIMAL128_MAX_PRECISION, DataType, Field, FieldRef, Fields, Schema, SchemaRef, UnionFields};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::wrong_schema;
use crate::error::Result;

pub(crate) mod convert;

/// What happens to string and binary views.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ViewTypes {
    /// They become `Utf8` and `Binary`: offsets are what the fast string decoder needs.
    #[default]
    Plain,
    /// They cross as views over one compacted data buffer.
    Keep,
}

/// The casts of one schema.
#[derive(Clone, Debug)]
pub struct CastPlan {
    logical: SchemaRef,
    storage: SchemaRef,
}

impl CastPlan {
    /// Plans the casts of `schema`.
    #[must_use]
    pub fn new(schema: &SchemaRef, views: ViewTypes) -> Self {
        let fields: Fields = schema.fields().iter().map(|field| storage_field(field, views)).collect();
        let storage = if &fields == schema.fields() {
            Arc::clone(schema)
        } else {
            Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
        };
        Self { logical: Arc::clone(schema), storage }
    }

    /// The schema of what crosses.
    #[must_use]
    pub fn storage_schema(&self) -> &SchemaRef {
        &self.storage
    }

    /// Whether nothing is cast.
    #[must_use]
    pub fn is_identity(&self) -> bool {
        Arc::ptr_eq(&self.logical, &self.storage)
    }

    /// The batch in the storage schema. `ENGINE.CAST_FAILED {column, from, to}` for a value that has no place there.
    pub fn apply(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        if self.is_identity() {
            return Ok(batch.clone());
        }
        if batch.num_columns() != self.storage.fields().len() {
            return Err(wrong_schema());
        }
        let columns = batch.columns().iter().zip(self.storage.fields());
        let columns: Result<Vec<ArrayRef>> = columns
            .map(|(column, field)| convert::deep(column, field.data_type()).map_err(|error| error.with("column", field.name())))
            .collect();
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.storage), columns?, &options)
            .map_err(|error| super::arrow_error("The cast batch is not valid", &error))
    }
}

/// The type that crosses for `logical`.
#[must_use]
pub fn storage_type(logical: &DataType, views: ViewTypes) -> DataType {
    let field = |field: &FieldRef| storage_field(field, views);
    match logical {
        DataType::Utf8View if views == ViewTypes::Plain => DataType::Utf8,
        DataType::BinaryView if views == ViewTypes::Plain => DataType::Binary,
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => DataType::Decimal128(*precision, *scale),
        DataType::Decimal256(precision, scale) if *precision <= DECIMAL128_MAX_PRECISION => DataType::Decimal128(*precision, *scale),
        DataType::Decimal256(..) => DataType::Utf8,
        DataType::RunEndEncoded(_, values) => storage_type(values.data_type(), views),
        DataType::List(item) | DataType::ListView(item) => DataType::List(field(item)),
        DataType::LargeList(item) | DataType::LargeListView(item) => DataType::LargeList(field(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(field(item), *size),
        DataType::Map(entries, sorted) => DataType::Map(field(entries), *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect()),
        DataType::Dictionary(keys, values) => DataType::Dictionary(keys.clone(), Box::new(storage_type(values, views))),
        DataType::Union(fields, mode) => {
            let fields: UnionFields = fields.iter().map(|(id, child)| (id, field(child))).collect();
            DataType::Union(fields, *mode)
        }
        other => other.clone(),
    }
}

fn storage_field(field: &FieldRef, views: ViewTypes) -> FieldRef {
    let storage = storage_type(field.data_type(), views);
    if &storage == field.data_type() {
        return Arc::clone(field);
    }
    Arc::new(Field::clone(field).with_data_type(storage))
}

#[cfg(test)]
mod tests;
