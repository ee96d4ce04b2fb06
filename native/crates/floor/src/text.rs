//! Results as text, normalised so that the same values of other engines become the same text.

mod float;
mod nested;

use std::fmt::Write;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::compute::cast;
use arrow::datatypes::{
    ArrowPrimitiveType, DataType, DurationMicrosecondType, DurationMillisecondType, DurationNanosecondType, DurationSecondType,
    Float16Type, Float32Type, Float64Type, IntervalDayTimeType, IntervalMonthDayNanoType, IntervalUnit, IntervalYearMonthType, Schema,
    Time32MillisecondType, Time32SecondType, Time64MicrosecondType, Time64NanosecondType, TimeUnit, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType,
};
use serde_json::{Map, Value, json};

use crate::Result;

/// The text of null in every type.
const NULL: &str = "∅";

/// Columns and rows of a result.
pub(crate) fn result(schema: &Schema, batches: &[RecordBatch]) -> Result<Value> {
    let columns: Vec<Value> = schema.fields().iter().map(|field| column(field.name(), field.data_type())).collect();
    let mut rows = Vec::new();
    for batch in batches {
        let mut cells = batch.columns().iter().map(|column| Ok(cells(column)?.into_iter())).collect::<Result<Vec<_>>>()?;
        rows.extend((0..batch.num_rows()).map(|_| cells.iter_mut().map(Iterator::next).collect::<Value>()));
    }
    Ok(json!({"columns": columns, "rows": rows}))
}

fn column(name: &str, data_type: &DataType) -> Value {
    let mut members = Map::new();
    members.insert("name".to_owned(), name.into());
    members.insert("type".to_owned(), logical(data_type).into());
    if let DataType::Decimal32(_, scale) | DataType::Decimal64(_, scale) | DataType::Decimal128(_, scale) | DataType::Decimal256(_, scale) =
        data_type
    {
        members.insert("scale".to_owned(), (*scale).into());
    }
    members.insert("arrow".to_owned(), data_type.to_string().into());
    Value::Object(members)
}

/// The name of a type that all engines share.
fn logical(data_type: &DataType) -> &'static str {
    match data_type {
        DataType::Null => "null",
        DataType::Boolean => "boolean",
        other if other.is_integer() => "integer",
        other if other.is_floating() => "float",
        other if other.is_decimal() => "decimal",
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text",
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => "binary",
        DataType::Date32 | DataType::Date64 => "date",
        DataType::Time32(_) | DataType::Time64(_) => "time",
        DataType::Timestamp(_, _) => "timestamp",
        DataType::Duration(_) => "duration",
        DataType::Interval(_) => "interval",
        DataType::List(_) | DataType::LargeList(_) | DataType::ListView(_) | DataType::LargeListView(_) | DataType::FixedSizeList(_, _) => {
            "list"
        }
        DataType::Struct(_) => "struct",
        DataType::Map(_, _) => "map",
        DataType::Dictionary(_, values) => logical(values),
        DataType::RunEndEncoded(_, values) => logical(values.data_type()),
        _ => "other",
    }
}

/// The cells of a column.
fn cells(array: &ArrayRef) -> Result<Vec<String>> {
    match array.data_type() {
        DataType::Null => Ok(vec![NULL.to_owned(); array.len()]),
        DataType::Float16 => Ok(numbers::<Float16Type>(array, |value| float::text(value.to_f64()))),
        DataType::Float32 => Ok(numbers::<Float32Type>(array, |value| float::text(value.into()))),
        DataType::Float64 => Ok(numbers::<Float64Type>(array, float::text)),
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => binary(array),
        DataType::Date64 => text(&cast(array, &DataType::Date32)?),
        DataType::Time32(_) | DataType::Time64(_) | DataType::Duration(_) | DataType::Timestamp(_, _) => Ok(times(array)),
        DataType::Interval(unit) => Ok(intervals(array, *unit)),
        DataType::Dictionary(_, values) => cells(&cast(array, values)?),
        DataType::RunEndEncoded(_, values) => cells(&cast(array, values.data_type())?),
        other if other.is_nested() => nested::cells(array),
        _ => text(array),
    }
}

/// What the engine's own text is right for: booleans, integers, decimals, dates and text.
fn text(array: &ArrayRef) -> Result<Vec<String>> {
    let text = cast(array, &DataType::Utf8)?;
    Ok(text.as_string::<i32>().iter().map(|cell| cell.unwrap_or(NULL).to_owned()).collect())
}

fn binary(array: &ArrayRef) -> Result<Vec<String>> {
    let plain = cast(array, &DataType::Binary)?;
    Ok(plain.as_binary::<i32>().iter().map(|cell| cell.map_or_else(|| NULL.to_owned(), hex)).collect())
}

fn numbers<T: ArrowPrimitiveType>(array: &ArrayRef, text: impl Fn(T::Native) -> String) -> Vec<String> {
    array.as_primitive::<T>().iter().map(|cell| cell.map_or_else(|| NULL.to_owned(), &text)).collect()
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Times as whole microseconds: of the day, since 1970 in UTC, or between two instants.
fn times(array: &ArrayRef) -> Vec<String> {
    fn of<T: ArrowPrimitiveType<Native: Into<i64>>>(array: &ArrayRef, unit: TimeUnit) -> Vec<String> {
        numbers::<T>(array, |value| microseconds(value.into(), unit).to_string())
    }
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match array.data_type() {
        DataType::Time32(Second) => of::<Time32SecondType>(array, Second),
        DataType::Time32(_) => of::<Time32MillisecondType>(array, Millisecond),
        DataType::Time64(Microsecond) => of::<Time64MicrosecondType>(array, Microsecond),
        DataType::Time64(_) => of::<Time64NanosecondType>(array, Nanosecond),
        DataType::Duration(Second) => of::<DurationSecondType>(array, Second),
        DataType::Duration(Millisecond) => of::<DurationMillisecondType>(array, Millisecond),
        DataType::Duration(Microsecond) => of::<DurationMicrosecondType>(array, Microsecond),
        DataType::Duration(Nanosecond) => of::<DurationNanosecondType>(array, Nanosecond),
        DataType::Timestamp(Second, _) => of::<TimestampSecondType>(array, Second),
        DataType::Timestamp(Millisecond, _) => of::<TimestampMillisecondType>(array, Millisecond),
        DataType::Timestamp(Nanosecond, _) => of::<TimestampNanosecondType>(array, Nanosecond),
        _ => of::<TimestampMicrosecondType>(array, Microsecond),
    }
}

fn microseconds(value: i64, unit: TimeUnit) -> i128 {
    let value = i128::from(value);
    match unit {
        TimeUnit::Second => value * 1_000_000,
        TimeUnit::Millisecond => value * 1000,
        TimeUnit::Microsecond => value,
        TimeUnit::Nanosecond => value.div_euclid(1000),
    }
}

/// Months, days, nanoseconds.
fn intervals(array: &ArrayRef, unit: IntervalUnit) -> Vec<String> {
    match unit {
        IntervalUnit::YearMonth => numbers::<IntervalYearMonthType>(array, |months| format!("{months},0,0")),
        IntervalUnit::DayTime => {
            numbers::<IntervalDayTimeType>(array, |value| format!("0,{},{}", value.days, i64::from(value.milliseconds) * 1_000_000))
        }
        IntervalUnit::MonthDayNano => {
            numbers::<IntervalMonthDayNanoType>(array, |value| format!("{},{},{}", value.months, value.days, value.nanoseconds))
        }
    }
}

#[cfg(test)]
#[path = "text/tests.rs"]
mod tests;
