//! Type text: the twin of session-core's `formatTypeText`, and a parser of what that prints.
//!
//! JavaScript reads the many spellings people write and sends the canonical one; only that is understood here.

use arrow::datatypes::DataType;

use super::field::{FieldType, IntervalLayout, NestedField, UnionLayout, Unit};
use crate::error::{EngineError, ErrorCode, Result};

mod parser;

/// The Arrow type a canonical type text stands for. `SQL.TYPE_UNKNOWN {text}` for anything else.
pub fn parse_type_text(text: &str) -> Result<DataType> {
    let data_type = parse(text)?.to_arrow();
    data_type.map_err(|error| EngineError::new(ErrorCode::SqlTypeUnknown, error.message).with("text", text))
}

/// The canonical text of an Arrow type.
#[must_use]
pub fn format_type_text(data_type: &DataType) -> String {
    format(&FieldType::from_arrow(data_type))
}

/// Reads a canonical type text. `SQL.TYPE_UNKNOWN {text}` for anything else.
pub fn parse(text: &str) -> Result<FieldType> {
    parser::parse(text)
}

/// Prints the canonical text: `int64`, `decimal128(15,2)`, `list<utf8!>`, `struct<a: int64, b: utf8!>`.
#[must_use]
pub fn format(data_type: &FieldType) -> String {
    if let Some(name) = simple_name(data_type) {
        return name.to_owned();
    }
    match data_type {
        FieldType::FixedSizeBinary { byte_width } => format!("fixed_size_binary({byte_width})"),
        FieldType::Time32 { unit } => format!("time32({})", unit_name(*unit)),
        FieldType::Time64 { unit } => format!("time64({})", unit_name(*unit)),
        FieldType::Timestamp { unit, timezone: None } => format!("timestamp({})", unit_name(*unit)),
        FieldType::Timestamp { unit, timezone: Some(zone) } => format!("timestamp({}, {zone})", unit_name(*unit)),
        FieldType::Duration { unit } => format!("duration({})", unit_name(*unit)),
        FieldType::Interval { unit } => format!("interval({})", interval_name(*unit)),
        FieldType::Decimal { precision, scale, bit_width } => format!("decimal{bit_width}({precision},{scale})"),
        FieldType::List { item } => format!("list<{}>", child(item)),
        FieldType::LargeList { item } => format!("large_list<{}>", child(item)),
        FieldType::ListView { item } => format!("list_view<{}>", child(item)),
        FieldType::LargeListView { item } => format!("large_list_view<{}>", child(item)),
        FieldType::FixedSizeList { item, size } => format!("fixed_size_list<{},{size}>", child(item)),
        FieldType::Struct { fields } => format!("struct<{}>", fields.iter().map(named).collect::<Vec<_>>().join(", ")),
        FieldType::Map { key, value, keys_sorted } => {
            format!("map<{},{}{}>", format(&key.data_type), child(value), if *keys_sorted { ",sorted" } else { "" })
        }
        FieldType::Dictionary { index, value, ordered } => {
            format!("dictionary<{},{}{}>", format(index), format(value), if *ordered { ",ordered" } else { "" })
        }
        FieldType::RunEndEncoded { run_ends, values } => {
            format!("run_end_encoded<{},{}>", format(&run_ends.data_type), child(values))
        }
        FieldType::Union { mode, fields, type_ids } => union(*mode, fields, type_ids),
        _ => "null".to_owned(),
    }
}

/// The name of a type without members.
const fn simple_name(data_type: &FieldType) -> Option<&'static str> {
    Some(match data_type {
        FieldType::Null {} => "null",
        FieldType::Bool {} => "bool",
        FieldType::Int8 {} => "int8",
        FieldType::Int16 {} => "int16",
        FieldType::Int32 {} => "int32",
        FieldType::Int64 {} => "int64",
        FieldType::Uint8 {} => "uint8",
        FieldType::Uint16 {} => "uint16",
        FieldType::Uint32 {} => "uint32",
        FieldType::Uint64 {} => "uint64",
        FieldType::Float16 {} => "float16",
        FieldType::Float32 {} => "float32",
        FieldType::Float64 {} => "float64",
        FieldType::Utf8 {} => "utf8",
        FieldType::LargeUtf8 {} => "large_utf8",
        FieldType::Utf8View {} => "utf8_view",
        FieldType::Binary {} => "binary",
        FieldType::LargeBinary {} => "large_binary",
        FieldType::BinaryView {} => "binary_view",
        FieldType::Date32 {} => "date32",
        FieldType::Date64 {} => "date64",
        _ => return None,
    })
}

fn child(field: &NestedField) -> String {
    format!("{}{}", format(&field.data_type), if field.nullable { "" } else { "!" })
}

fn named(field: &NestedField) -> String {
    format!("{}: {}", name(&field.name), child(field))
}

fn name(name: &str) -> String {
    let mut letters = name.chars();
    let bare = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
    if bare { name.to_owned() } else { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\"\"")) }
}

fn union(mode: UnionLayout, fields: &[NestedField], type_ids: &[i8]) -> String {
    let members = fields.iter().enumerate().map(|(index, field)| match type_ids.get(index) {
        Some(id) if usize::try_from(*id) != Ok(index) => format!("{} = {id}", named(field)),
        _ => named(field),
    });
    let mode = match mode {
        UnionLayout::Sparse => "sparse",
        UnionLayout::Dense => "dense",
    };
    format!("{mode}_union<{}>", members.collect::<Vec<_>>().join(", "))
}

const fn unit_name(unit: Unit) -> &'static str {
    match unit {
        Unit::Second => "s",
        Unit::Millisecond => "ms",
        Unit::Microsecond => "us",
        Unit::Nanosecond => "ns",
    }
}

const fn interval_name(layout: IntervalLayout) -> &'static str {
    match layout {
        IntervalLayout::YearMonth => "year_month",
        IntervalLayout::DayTime => "day_time",
        IntervalLayout::MonthDayNano => "month_day_nano",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;
    use crate::schema::field::tests::every_type;

    #[test]
    fn every_type_reads_back_what_it_prints() {
        for data_type in every_type() {
            let text = format(&data_type);
            assert_eq!(format(&parse(&text).unwrap()), text);
        }
    }

    #[test]
    fn what_the_text_says_is_kept() {
        let texts = [
            "int64",
            "decimal256(50,-3)",
            "timestamp(us, Europe/Vienna)",
            "timestamp(ns, +01:00)",
            "list<struct<a: int64!, \"b \"\"\\\\ c\": utf8>!>",
            "map<utf8,list<int8>!,sorted>",
            "dictionary<uint16,large_utf8,ordered>",
            "run_end_encoded<int32,float16!>",
            "fixed_size_list<bool!,0>",
            "dense_union<a: int8, b: null = 7>",
            "struct<>",
        ];
        for text in texts {
            assert_eq!(format(&parse(text).unwrap()), text);
        }
        let union = parse("dense_union<a: int8, b: null = 7>").unwrap();
        assert!(matches!(union, FieldType::Union { mode: UnionLayout::Dense, type_ids, .. } if type_ids == [0, 7]));
        let quoted = parse("struct<\"b \"\"\\\\ c\": utf8>").unwrap();
        assert!(matches!(quoted, FieldType::Struct { fields } if fields.first().unwrap().name == "b \"\\ c"));
    }

    #[test]
    fn other_text_is_refused() {
        let deep = format!("{}int8{}", "list<".repeat(200), ">".repeat(200));
        for text in ["", "int", "INT64", "list<int8", "list<int8>>", "int8!", "decimal128(10)", "struct<a int8>", "time32(x)", &deep] {
            assert_eq!(parse(text).unwrap_err().code, ErrorCode::SqlTypeUnknown, "{text}");
        }
    }
}
