//! Declared types of parameters: from type text to what SQL calls it.

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::sql::sqlparser::ast::{DataType as SqlType, ExactNumberInfo, TimezoneInfo};

use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::type_text::parse_type_text;

/// The SQL type of a parameter. `SQL.TYPE_UNKNOWN`, and `SQL.PARAMETER_TYPE {name, given}` for a type SQL cannot name.
pub(super) fn declared(position: usize, text: &str) -> Result<SqlType> {
    let data_type = parse_type_text(text)?;
    sql_type(&data_type).ok_or_else(|| {
        let message = format!(
            "The parameter ${position} cannot be declared as {text}; leave its type out, or declare a number, text, binary, \
             boolean, date, or a timestamp without time zone and cast it in the query."
        );
        EngineError::new(ErrorCode::SqlParameterType, message).with("name", position.to_string()).with("given", text)
    })
}

fn sql_type(data_type: &DataType) -> Option<SqlType> {
    Some(match data_type {
        DataType::Boolean => SqlType::Boolean,
        DataType::Int8 => SqlType::TinyInt(None),
        DataType::Int16 => SqlType::SmallInt(None),
        DataType::Int32 => SqlType::Int(None),
        DataType::Int64 => SqlType::BigInt(None),
        DataType::UInt8 => SqlType::TinyIntUnsigned(None),
        DataType::UInt16 => SqlType::SmallIntUnsigned(None),
        DataType::UInt32 => SqlType::IntUnsigned(None),
        DataType::UInt64 => SqlType::BigIntUnsigned(None),
        DataType::Float32 => SqlType::Real,
        DataType::Float64 => SqlType::DoublePrecision,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => SqlType::Text,
        DataType::Binary | DataType::LargeBinary | DataType::BinaryView => SqlType::Bytea,
        DataType::Date32 => SqlType::Date,
        DataType::Timestamp(unit, None) => SqlType::Timestamp(Some(digits(*unit)), TimezoneInfo::None),
        DataType::Decimal128(precision, scale) => {
            SqlType::Decimal(ExactNumberInfo::PrecisionAndScale(u64::from(*precision), i64::from(*scale)))
        }
        _ => return None,
    })
}

const fn digits(unit: TimeUnit) -> u64 {
    match unit {
        TimeUnit::Second => 0,
        TimeUnit::Millisecond => 3,
        TimeUnit::Microsecond => 6,
        TimeUnit::Nanosecond => 9,
    }
}
