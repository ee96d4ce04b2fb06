//! The conversions themselves: one level at a time for the packer, all levels for a whole array.

use std::sync::Arc;

use arrow::array::types::{Decimal128Type, Decimal256Type, Int16Type, Int32Type, Int64Type, RunEndIndexType};
use arrow::array::{
    Array, ArrayRef, AsArray, FixedSizeListArray, GenericListArray, MapArray, OffsetSizeTrait, PrimitiveArray, RunArray, StructArray,
    UInt64Array, UnionArray,
};
use arrow::compute::{CastOptions, cast_with_options, take};
use arrow::datatypes::{ArrowNativeType, DataType};

use crate::batch::{arrow_error, wrong_schema};
use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::type_text::format_type_text;

/// The type that takes the place of `logical` at its own level, children untouched; none when it crosses as it is.
pub(crate) fn shallow_type(logical: &DataType) -> Option<DataType> {
    match logical {
        DataType::RunEndEncoded(_, values) => Some(values.data_type().clone()),
        DataType::ListView(item) => Some(DataType::List(Arc::clone(item))),
        DataType::LargeListView(item) => Some(DataType::LargeList(Arc::clone(item))),
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal256(..) => {
            let storage = super::storage_type(logical, super::ViewTypes::Keep);
            (&storage != logical).then_some(storage)
        }
        _ => None,
    }
}

/// Converts to the type of [`shallow_type`].
pub(crate) fn shallow(array: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    match array.data_type() {
        DataType::RunEndEncoded(ends, _) => match ends.data_type() {
            DataType::Int16 => expand_runs::<Int16Type>(array),
            DataType::Int32 => expand_runs::<Int32Type>(array),
            _ => expand_runs::<Int64Type>(array),
        },
        DataType::Decimal256(..) if matches!(to, DataType::Decimal128(..)) => narrow(array, to),
        _ => kernel(array, to),
    }
}

/// Decimal256 to decimal128 of the same digits. Arrow's cast panics on a value beyond its declared precision.
fn narrow(array: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    let source = array.as_primitive_opt::<Decimal256Type>().ok_or_else(wrong_schema)?;
    let values: Option<Vec<i128>> = match source.nulls() {
        None => source.values().iter().map(|value| value.to_i128()).collect(),
        Some(nulls) => {
            let values = source.values().iter().zip(nulls.iter());
            values.map(|(value, valid)| if valid { value.to_i128() } else { Some(0) }).collect()
        }
    };
    let values = values.ok_or_else(|| cast_failed(array.data_type(), to, "a value has more digits than its type"))?;
    let narrow = PrimitiveArray::<Decimal128Type>::new(values.into(), source.nulls().cloned());
    Ok(Arc::new(narrow.with_data_type(to.clone())))
}

/// Converts an array with everything inside it to a storage type.
pub(super) fn deep(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let from = array.data_type();
    if from == to {
        return Ok(Arc::clone(array));
    }
    if let Some(next) = shallow_type(from) {
        return deep(&shallow(array.as_ref(), &next)?, to);
    }
    match to {
        DataType::List(_) => list::<i32>(array, to),
        DataType::LargeList(_) => list::<i64>(array, to),
        DataType::FixedSizeList(..) => fixed_size_list(array, to),
        DataType::Map(..) => map(array, to),
        DataType::Struct(_) => structure(array, to),
        DataType::Union(..) => union(array, to),
        DataType::Dictionary(_, values) => {
            let dictionary = array.as_any_dictionary_opt().ok_or_else(wrong_schema)?;
            Ok(dictionary.with_values(deep(dictionary.values(), values)?))
        }
        _ => kernel(array.as_ref(), to),
    }
}

/// Arrow's own cast; a value that does not fit is an error, never null.
fn kernel(array: &dyn Array, to: &DataType) -> Result<ArrayRef> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    cast_with_options(array, to, &options).map_err(|error| cast_failed(array.data_type(), to, &error.to_string()).caused_by(&error))
}

fn cast_failed(from: &DataType, to: &DataType, problem: &str) -> EngineError {
    EngineError::new(ErrorCode::EngineCastFailed, format!("A value could not be cast for JavaScript: {problem}"))
        .with("from", format_type_text(from))
        .with("to", format_type_text(to))
}

/// Every row's value, written out.
fn expand_runs<R: RunEndIndexType>(array: &dyn Array) -> Result<ArrayRef> {
    let runs: &RunArray<R> = array.as_run_opt::<R>().ok_or_else(wrong_schema)?;
    let ends = runs.run_ends();
    let (first, last) = (ends.offset(), ends.offset() + ends.len());
    let mut indices: Vec<u64> = Vec::with_capacity(ends.len());
    let mut row = first;
    for (index, end) in ends.values().iter().enumerate() {
        let end = end.as_usize().min(last);
        if end > row {
            indices.resize(indices.len() + (end - row), index as u64);
            row = end;
        }
    }
    take(runs.values().as_ref(), &UInt64Array::from(indices), None)
        .map_err(|error| arrow_error("A run-end encoded column could not be written out", &error))
}

fn list<O: OffsetSizeTrait>(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let (DataType::List(item) | DataType::LargeList(item)) = to else { return Err(wrong_schema()) };
    let source = array.as_list_opt::<O>().ok_or_else(wrong_schema)?;
    let values = deep(source.values(), item.data_type())?;
    let list = GenericListArray::<O>::try_new(Arc::clone(item), source.offsets().clone(), values, source.nulls().cloned());
    finish(list)
}

fn fixed_size_list(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let DataType::FixedSizeList(item, size) = to else { return Err(wrong_schema()) };
    let source = array.as_fixed_size_list_opt().ok_or_else(wrong_schema)?;
    let values = deep(source.values(), item.data_type())?;
    let nulls = source.nulls().cloned();
    finish(FixedSizeListArray::try_new_with_length(Arc::clone(item), *size, values, nulls, source.len()))
}

fn map(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let DataType::Map(entries, sorted) = to else { return Err(wrong_schema()) };
    let source = array.as_map_opt().ok_or_else(wrong_schema)?;
    let inner: ArrayRef = Arc::new(source.entries().clone());
    let inner = deep(&inner, entries.data_type())?;
    let inner = inner.as_struct_opt().ok_or_else(wrong_schema)?.clone();
    finish(MapArray::try_new(Arc::clone(entries), source.offsets().clone(), inner, source.nulls().cloned(), *sorted))
}

fn structure(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let DataType::Struct(fields) = to else { return Err(wrong_schema()) };
    let source = array.as_struct_opt().ok_or_else(wrong_schema)?;
    let columns: Result<Vec<ArrayRef>> =
        source.columns().iter().zip(fields).map(|(column, field)| deep(column, field.data_type())).collect();
    finish(StructArray::try_new_with_length(fields.clone(), columns?, source.nulls().cloned(), source.len()))
}

fn union(array: &ArrayRef, to: &DataType) -> Result<ArrayRef> {
    let DataType::Union(fields, _) = to else { return Err(wrong_schema()) };
    let source = array.as_union_opt().ok_or_else(wrong_schema)?;
    let children: Result<Vec<ArrayRef>> = fields.iter().map(|(id, field)| deep(source.child(id), field.data_type())).collect();
    finish(UnionArray::try_new(fields.clone(), source.type_ids().clone(), source.offsets().cloned(), children?))
}

fn finish<A: Array + 'static>(array: Result<A, arrow::error::ArrowError>) -> Result<ArrayRef> {
    match array {
        Ok(array) => Ok(Arc::new(array)),
        Err(error) => Err(arrow_error("A nested column could not be rebuilt", &error)),
    }
}
