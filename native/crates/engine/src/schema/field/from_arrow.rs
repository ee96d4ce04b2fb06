//! Arrow types described on the wire.

use arrow::datatypes::{DataType, Field, FieldRef, IntervalUnit, TimeUnit, UnionMode};

use super::{FieldType, IntervalLayout, NestedField, UnionLayout, Unit};

pub(super) fn field(field: &Field) -> NestedField {
    let metadata = field.metadata();
    NestedField {
        name: field.name().clone(),
        data_type: data_type(field.data_type(), field.dict_is_ordered().unwrap_or(false)),
        nullable: field.is_nullable(),
        metadata: (!metadata.is_empty()).then(|| metadata.iter().map(|(key, value)| (key.clone(), value.clone())).collect()),
    }
}

pub(super) fn data_type(source: &DataType, ordered: bool) -> FieldType {
    scalar(source).unwrap_or_else(|| match source {
        DataType::List(item) => FieldType::List { item: Box::new(field(item)) },
        DataType::LargeList(item) => FieldType::LargeList { item: Box::new(field(item)) },
        DataType::ListView(item) => FieldType::ListView { item: Box::new(field(item)) },
        DataType::LargeListView(item) => FieldType::LargeListView { item: Box::new(field(item)) },
        DataType::FixedSizeList(item, size) => FieldType::FixedSizeList { item: Box::new(field(item)), size: *size },
        DataType::Struct(fields) => FieldType::Struct { fields: fields.iter().map(|inner| field(inner)).collect() },
        DataType::Map(entries, sorted) => map(entries, *sorted),
        DataType::Dictionary(index, value) => {
            FieldType::Dictionary { index: Box::new(data_type(index, false)), value: Box::new(data_type(value, false)), ordered }
        }
        DataType::RunEndEncoded(ends, values) => {
            FieldType::RunEndEncoded { run_ends: Box::new(field(ends)), values: Box::new(field(values)) }
        }
        DataType::Union(fields, mode) => FieldType::Union {
            mode: if *mode == UnionMode::Sparse { UnionLayout::Sparse } else { UnionLayout::Dense },
            fields: fields.iter().map(|(_, member)| field(member)).collect(),
            type_ids: fields.iter().map(|(id, _)| id).collect(),
        },
        _ => FieldType::Null {},
    })
}

fn scalar(source: &DataType) -> Option<FieldType> {
    let decimal = |precision: u8, scale: i8, bit_width| FieldType::Decimal { precision, scale, bit_width };
    Some(match source {
        DataType::Null => FieldType::Null {},
        DataType::Boolean => FieldType::Bool {},
        DataType::Int8 => FieldType::Int8 {},
        DataType::Int16 => FieldType::Int16 {},
        DataType::Int32 => FieldType::Int32 {},
        DataType::Int64 => FieldType::Int64 {},
        DataType::UInt8 => FieldType::Uint8 {},
        DataType::UInt16 => FieldType::Uint16 {},
        DataType::UInt32 => FieldType::Uint32 {},
        DataType::UInt64 => FieldType::Uint64 {},
        DataType::Float16 => FieldType::Float16 {},
        DataType::Float32 => FieldType::Float32 {},
        DataType::Float64 => FieldType::Float64 {},
        DataType::Utf8 => FieldType::Utf8 {},
        DataType::LargeUtf8 => FieldType::LargeUtf8 {},
        DataType::Utf8View => FieldType::Utf8View {},
        DataType::Binary => FieldType::Binary {},
        DataType::LargeBinary => FieldType::LargeBinary {},
        DataType::BinaryView => FieldType::BinaryView {},
        DataType::FixedSizeBinary(byte_width) => FieldType::FixedSizeBinary { byte_width: *byte_width },
        DataType::Date32 => FieldType::Date32 {},
        DataType::Date64 => FieldType::Date64 {},
        DataType::Time32(of) => FieldType::Time32 { unit: unit(*of) },
        DataType::Time64(of) => FieldType::Time64 { unit: unit(*of) },
        DataType::Timestamp(of, zone) => FieldType::Timestamp { unit: unit(*of), timezone: zone.as_ref().map(ToString::to_string) },
        DataType::Duration(of) => FieldType::Duration { unit: unit(*of) },
        DataType::Interval(layout) => FieldType::Interval { unit: interval(*layout) },
        DataType::Decimal32(precision, scale) => decimal(*precision, *scale, 32),
        DataType::Decimal64(precision, scale) => decimal(*precision, *scale, 64),
        DataType::Decimal128(precision, scale) => decimal(*precision, *scale, 128),
        DataType::Decimal256(precision, scale) => decimal(*precision, *scale, 256),
        _ => return None,
    })
}

/// Arrow keeps key and value in a struct called entries.
fn map(entries: &FieldRef, keys_sorted: bool) -> FieldType {
    let mut children = match entries.data_type() {
        DataType::Struct(fields) => fields.iter().map(|inner| field(inner)).collect::<Vec<_>>().into_iter(),
        _ => Vec::new().into_iter(),
    };
    let missing = |name: &str| NestedField::new(name, FieldType::Null {}, true);
    let key = children.next().unwrap_or_else(|| missing("key"));
    let value = children.next().unwrap_or_else(|| missing("value"));
    FieldType::Map { key: Box::new(NestedField { nullable: false, ..key }), value: Box::new(value), keys_sorted }
}

const fn unit(of: TimeUnit) -> Unit {
    match of {
        TimeUnit::Second => Unit::Second,
        TimeUnit::Millisecond => Unit::Millisecond,
        TimeUnit::Microsecond => Unit::Microsecond,
        TimeUnit::Nanosecond => Unit::Nanosecond,
    }
}

const fn interval(layout: IntervalUnit) -> IntervalLayout {
    match layout {
        IntervalUnit::YearMonth => IntervalLayout::YearMonth,
        IntervalUnit::DayTime => IntervalLayout::DayTime,
        IntervalUnit::MonthDayNano => IntervalLayout::MonthDayNano,
    }
}
