//! JSON objects as batches. Integers are exact: `1.5` is an error in an integer column, never `1`.

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, OffsetSizeTrait, PrimitiveArray, RecordBatch, RecordBatchOptions,
    StructArray,
};
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, Decimal128Type, DecimalType, Field, FieldRef, Fields, Int8Type, Int16Type, Int32Type, Int64Type, Schema,
    SchemaRef, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow::error::ArrowError;
use arrow::json::ReaderBuilder;
use arrow::json::reader::Decoder;

use super::opener::RowDecoder;

/// Decodes the objects of one file.
pub(super) struct JsonRows {
    decoder: Decoder,
    schema: SchemaRef,
    widened: bool,
}

impl JsonRows {
    /// A decoder for the columns of `schema`; with `lenient_text` numbers and booleans may become text.
    pub(super) fn new(schema: &SchemaRef, batch_rows: usize, lenient_text: bool) -> Result<Self, ArrowError> {
        let wide = widen_schema(schema);
        let widened = wide != **schema;
        let decoder = ReaderBuilder::new(Arc::new(wide)).with_batch_size(batch_rows).with_coerce_primitive(lenient_text).build_decoder()?;
        Ok(Self { decoder, schema: Arc::clone(schema), widened })
    }
}

impl RowDecoder for JsonRows {
    fn decode(&mut self, bytes: &[u8]) -> Result<usize, ArrowError> {
        self.decoder.decode(bytes)
    }

    fn flush(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        let Some(batch) = self.decoder.flush()? else { return Ok(None) };
        if !self.widened {
            return Ok(Some(batch));
        }
        let columns = narrow_all(batch.columns(), self.schema.fields())?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map(Some)
    }
}

/// Whether values of the field's type can be read.
#[must_use]
pub fn reads(field: &Field) -> bool {
    ReaderBuilder::new(Arc::new(widen_schema(&Schema::new(vec![field.clone()])))).build_decoder().is_ok()
}

/// Wide enough for every 64-bit integer, with digits behind the point that tell what is none.
const WIDE: DataType = DataType::Decimal128(38, WIDE_SCALE);
const WIDE_SCALE: i8 = 18;
const WIDE_ONE: i128 = 1_000_000_000_000_000_000;

fn widen_schema(schema: &Schema) -> Schema {
    Schema::new_with_metadata(widen_fields(schema.fields()), schema.metadata().clone())
}

fn widen_fields(fields: &Fields) -> Fields {
    fields.iter().map(widen).collect()
}

fn widen(field: &FieldRef) -> FieldRef {
    let wide = match field.data_type() {
        other if other.is_integer() => WIDE,
        DataType::Struct(fields) => DataType::Struct(widen_fields(fields)),
        DataType::List(item) => DataType::List(widen(item)),
        DataType::LargeList(item) => DataType::LargeList(widen(item)),
        DataType::FixedSizeList(item, size) => DataType::FixedSizeList(widen(item), *size),
        _ => return Arc::clone(field),
    };
    Arc::new(field.as_ref().clone().with_data_type(wide))
}

fn narrow_all(columns: &[ArrayRef], fields: &Fields) -> Result<Vec<ArrayRef>, ArrowError> {
    columns
        .iter()
        .zip(fields)
        .map(|(column, field)| {
            narrow(column, field.data_type())
                .map_err(|error| ArrowError::CastError(format!("column '{}': {}", field.name(), plain(&error))))
        })
        .collect()
}

fn plain(error: &ArrowError) -> String {
    match error {
        ArrowError::CastError(text) => text.clone(),
        other => other.to_string(),
    }
}

fn narrow(array: &ArrayRef, target: &DataType) -> Result<ArrayRef, ArrowError> {
    match target {
        DataType::Int8 => integers::<Int8Type>(array),
        DataType::Int16 => integers::<Int16Type>(array),
        DataType::Int32 => integers::<Int32Type>(array),
        DataType::Int64 => integers::<Int64Type>(array),
        DataType::UInt8 => integers::<UInt8Type>(array),
        DataType::UInt16 => integers::<UInt16Type>(array),
        DataType::UInt32 => integers::<UInt32Type>(array),
        DataType::UInt64 => integers::<UInt64Type>(array),
        DataType::Struct(fields) => {
            let Some(array) = array.as_struct_opt() else { return Ok(Arc::clone(array)) };
            let columns = narrow_all(array.columns(), fields)?;
            Ok(Arc::new(StructArray::try_new_with_length(fields.clone(), columns, array.nulls().cloned(), array.len())?))
        }
        DataType::List(item) => list::<i32>(array, item),
        DataType::LargeList(item) => list::<i64>(array, item),
        DataType::FixedSizeList(item, size) => {
            let Some(array) = array.as_fixed_size_list_opt() else { return Ok(Arc::clone(array)) };
            let values = narrow(array.values(), item.data_type())?;
            Ok(Arc::new(FixedSizeListArray::try_new(Arc::clone(item), *size, values, array.nulls().cloned())?))
        }
        _ => Ok(Arc::clone(array)),
    }
}

fn list<O: OffsetSizeTrait>(array: &ArrayRef, item: &FieldRef) -> Result<ArrayRef, ArrowError> {
    let Some(array) = array.as_list_opt::<O>() else { return Ok(Arc::clone(array)) };
    let values = narrow(array.values(), item.data_type())?;
    Ok(Arc::new(GenericListArray::<O>::try_new(Arc::clone(item), array.offsets().clone(), values, array.nulls().cloned())?))
}

fn integers<T>(array: &ArrayRef) -> Result<ArrayRef, ArrowError>
where
    T: ArrowPrimitiveType,
    T::Native: TryFrom<i128>,
{
    let Some(wide) = array.as_primitive_opt::<Decimal128Type>() else { return Ok(Arc::clone(array)) };
    let narrow: PrimitiveArray<T> = wide.try_unary(|value| {
        let whole = value / WIDE_ONE;
        let fits = if value % WIDE_ONE == 0 { T::Native::try_from(whole).ok() } else { None };
        fits.ok_or_else(|| {
            let text = Decimal128Type::format_decimal(value, 38, WIDE_SCALE);
            let text = text.trim_end_matches('0').trim_end_matches('.');
            ArrowError::CastError(format!("{text} is not a value of type {}", T::DATA_TYPE))
        })
    })?;
    Ok(Arc::new(narrow))
}
