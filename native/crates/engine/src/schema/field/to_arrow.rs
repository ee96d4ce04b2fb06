//! Arrow types from their description on the wire.

use std::sync::Arc;

use arrow::datatypes::{
    DECIMAL32_MAX_PRECISION, DECIMAL64_MAX_PRECISION, DECIMAL128_MAX_PRECISION, DECIMAL256_MAX_PRECISION, DataType, Field, FieldRef,
    Fields, IntervalUnit, TimeUnit, UnionFields, UnionMode,
};

use super::{FieldType, IntervalLayout, NestedField, UnionLayout, Unit};
use crate::error::{EngineError, Result};

pub(super) fn field(source: &NestedField, path: &str) -> Result<Field> {
    let field = Field::new(&source.name, data_type(&source.data_type, path)?, source.nullable);
    let field = match source.data_type {
        FieldType::Dictionary { ordered, .. } => field.with_dict_is_ordered(ordered),
        _ => field,
    };
    let metadata = source.metadata.iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
    Ok(field.with_metadata(metadata.collect()))
}

pub(super) fn data_type(source: &FieldType, path: &str) -> Result<DataType> {
    if let Some(simple) = simple(source) {
        return Ok(simple);
    }
    Ok(match source {
        FieldType::FixedSizeBinary { byte_width } => DataType::FixedSizeBinary(natural(*byte_width, path, "byteWidth")?),
        FieldType::Time32 { unit: Unit::Second } => DataType::Time32(TimeUnit::Second),
        FieldType::Time32 { unit: Unit::Millisecond } => DataType::Time32(TimeUnit::Millisecond),
        FieldType::Time32 { .. } => return Err(refused(path, "time32 has unit s or ms")),
        FieldType::Time64 { unit: Unit::Microsecond } => DataType::Time64(TimeUnit::Microsecond),
        FieldType::Time64 { unit: Unit::Nanosecond } => DataType::Time64(TimeUnit::Nanosecond),
        FieldType::Time64 { .. } => return Err(refused(path, "time64 has unit us or ns")),
        FieldType::Decimal { precision, scale, bit_width } => decimal(*precision, *scale, *bit_width, path)?,
        FieldType::List { item } => DataType::List(child(item, path)?),
        FieldType::LargeList { item } => DataType::LargeList(child(item, path)?),
        FieldType::ListView { item } => DataType::ListView(child(item, path)?),
        FieldType::LargeListView { item } => DataType::LargeListView(child(item, path)?),
        FieldType::FixedSizeList { item, size } => DataType::FixedSizeList(child(item, path)?, natural(*size, path, "size")?),
        FieldType::Struct { fields } => DataType::Struct(children(fields, path)?),
        FieldType::Map { key, value, keys_sorted } => {
            let key = Arc::new(Field::clone(&*child(key, path)?).with_nullable(false));
            let entries = DataType::Struct(Fields::from(vec![key, child(value, path)?]));
            DataType::Map(Arc::new(Field::new("entries", entries, false)), *keys_sorted)
        }
        FieldType::Dictionary { index, value, .. } => dictionary(index, value, path)?,
        FieldType::RunEndEncoded { run_ends, values } => run_end_encoded(run_ends, values, path)?,
        FieldType::Union { mode, fields, type_ids } => union(*mode, fields, type_ids, path)?,
        _ => return Err(refused(path, "the type is not known")),
    })
}

/// Types that every combination of members is allowed for.
fn simple(source: &FieldType) -> Option<DataType> {
    Some(match source {
        FieldType::Null {} => DataType::Null,
        FieldType::Bool {} => DataType::Boolean,
        FieldType::Int8 {} => DataType::Int8,
        FieldType::Int16 {} => DataType::Int16,
        FieldType::Int32 {} => DataType::Int32,
        FieldType::Int64 {} => DataType::Int64,
        FieldType::Uint8 {} => DataType::UInt8,
        FieldType::Uint16 {} => DataType::UInt16,
        FieldType::Uint32 {} => DataType::UInt32,
        FieldType::Uint64 {} => DataType::UInt64,
        FieldType::Float16 {} => DataType::Float16,
        FieldType::Float32 {} => DataType::Float32,
        FieldType::Float64 {} => DataType::Float64,
        FieldType::Utf8 {} => DataType::Utf8,
        FieldType::LargeUtf8 {} => DataType::LargeUtf8,
        FieldType::Utf8View {} => DataType::Utf8View,
        FieldType::Binary {} => DataType::Binary,
        FieldType::LargeBinary {} => DataType::LargeBinary,
        FieldType::BinaryView {} => DataType::BinaryView,
        FieldType::Date32 {} => DataType::Date32,
        FieldType::Date64 {} => DataType::Date64,
        FieldType::Timestamp { unit: of, timezone } => DataType::Timestamp(unit(*of), timezone.as_deref().map(Arc::from)),
        FieldType::Duration { unit: of } => DataType::Duration(unit(*of)),
        FieldType::Interval { unit: layout } => DataType::Interval(match layout {
            IntervalLayout::YearMonth => IntervalUnit::YearMonth,
            IntervalLayout::DayTime => IntervalUnit::DayTime,
            IntervalLayout::MonthDayNano => IntervalUnit::MonthDayNano,
        }),
        _ => return None,
    })
}

fn decimal(precision: u8, scale: i8, bit_width: u16, path: &str) -> Result<DataType> {
    let (most, data_type) = match bit_width {
        32 => (DECIMAL32_MAX_PRECISION, DataType::Decimal32(precision, scale)),
        64 => (DECIMAL64_MAX_PRECISION, DataType::Decimal64(precision, scale)),
        128 => (DECIMAL128_MAX_PRECISION, DataType::Decimal128(precision, scale)),
        256 => (DECIMAL256_MAX_PRECISION, DataType::Decimal256(precision, scale)),
        _ => return Err(refused(path, "a decimal has 32, 64, 128 or 256 bits")),
    };
    if precision == 0 || precision > most || scale.unsigned_abs() > most || i16::from(scale) > i16::from(precision) {
        return Err(refused(path, &format!("decimal{bit_width} holds 1 to {most} digits, the scale no more than the precision")));
    }
    Ok(data_type)
}

fn dictionary(index: &FieldType, value: &FieldType, path: &str) -> Result<DataType> {
    let index = data_type(index, path)?;
    if !index.is_dictionary_key_type() {
        return Err(refused(path, "the index of a dictionary is an integer"));
    }
    Ok(DataType::Dictionary(Box::new(index), Box::new(data_type(value, path)?)))
}

fn run_end_encoded(run_ends: &NestedField, values: &NestedField, path: &str) -> Result<DataType> {
    let ends = child(run_ends, path)?;
    if !ends.data_type().is_run_ends_type() {
        return Err(refused(path, "run ends are int16, int32 or int64"));
    }
    Ok(DataType::RunEndEncoded(Arc::new(Field::clone(&ends).with_nullable(false)), child(values, path)?))
}

fn union(mode: UnionLayout, fields: &[NestedField], type_ids: &[i8], path: &str) -> Result<DataType> {
    let fields = children(fields, path)?;
    let fields = UnionFields::try_new(type_ids.iter().copied(), fields.iter().cloned())
        .map_err(|error| refused(path, &format!("the union is not valid: {error}")))?;
    let mode = match mode {
        UnionLayout::Sparse => UnionMode::Sparse,
        UnionLayout::Dense => UnionMode::Dense,
    };
    Ok(DataType::Union(fields, mode))
}

fn child(source: &NestedField, path: &str) -> Result<FieldRef> {
    field(source, &format!("{path}.{}", source.name)).map(Arc::new)
}

fn children(sources: &[NestedField], path: &str) -> Result<Fields> {
    sources.iter().map(|source| child(source, path)).collect()
}

fn natural(value: i32, path: &str, member: &str) -> Result<i32> {
    if value >= 0 { Ok(value) } else { Err(refused(path, &format!("{member} is negative"))) }
}

fn refused(path: &str, message: &str) -> EngineError {
    EngineError::bad_request(path, message)
}

const fn unit(of: Unit) -> TimeUnit {
    match of {
        Unit::Second => TimeUnit::Second,
        Unit::Millisecond => TimeUnit::Millisecond,
        Unit::Microsecond => TimeUnit::Microsecond,
        Unit::Nanosecond => TimeUnit::Nanosecond,
    }
}
