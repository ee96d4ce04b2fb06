//! `key=value` folders: which columns they are, and the values of each file.

use std::collections::BTreeSet;
use std::fmt::Write;

use arrow::datatypes::{DataType, Field, FieldRef, Fields};
use datafusion::common::ScalarValue;
use object_store::ObjectMeta;

use super::listing::Listing;
use super::location::shown;
use crate::error::{EngineError, ErrorCode, Result};

/// What a folder says for null.
pub const NULL_VALUE: &str = "__HIVE_DEFAULT_PARTITION__";

/// The partition columns: as declared, else those of the paths as utf8.
///
/// `IO.PARTITION_VALUE {path}` when a file lacks one of them or two files have different ones.
pub fn columns(listing: &Listing, files: &[ObjectMeta], declared: Option<&[Field]>) -> Result<Fields> {
    let wanted: Option<Vec<String>> = declared.map(|fields| fields.iter().map(|field| field.name().clone()).collect());
    let mut known = wanted;
    for file in files {
        let keys = keys(listing.relative(&file.location));
        match &known {
            None => known = Some(keys),
            Some(known) if same(known, &keys) => {}
            Some(known) => return Err(other_folders(&shown(&file.location), known, &keys)),
        }
    }
    let fields: Vec<Field> = match declared {
        Some(fields) => fields.to_vec(),
        None => known.unwrap_or_default().into_iter().map(|name| Field::new(name, DataType::Utf8, true)).collect(),
    };
    Ok(Fields::from(fields))
}

fn same(left: &[String], right: &[String]) -> bool {
    left.len() == right.len() && left.iter().collect::<BTreeSet<_>>() == right.iter().collect::<BTreeSet<_>>()
}

fn other_folders(path: &str, expected: &[String], found: &[String]) -> EngineError {
    let list = |keys: &[String]| match keys {
        [] => "none".to_owned(),
        keys => keys.join(", "),
    };
    EngineError::new(
        ErrorCode::IoPartitionValue,
        format!(
            "The file '{path}' has other partition folders (key=value) than expected: {} instead of {}. Move it, or narrow the location or glob.",
            list(found),
            list(expected)
        ),
    )
    .with("path", path)
    .with("expected", expected)
    .with("found", found)
}

/// The keys in a relative path, in its order.
fn keys(relative: &str) -> Vec<String> {
    pairs(relative).map(|(key, _)| decode(key)).collect()
}

fn pairs(relative: &str) -> impl Iterator<Item = (&str, &str)> {
    let folders = relative.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders.split('/').filter_map(|folder| folder.split_once('='))
}

/// The values of a file's partition columns, typed. `IO.PARTITION_VALUE {path, column, value}` for one that does not fit.
pub fn values(listing: &Listing, file: &ObjectMeta, columns: &[FieldRef]) -> Result<Vec<ScalarValue>> {
    let path = shown(&file.location);
    let found: Vec<(String, String)> = pairs(listing.relative(&file.location)).map(|(key, value)| (decode(key), decode(value))).collect();
    if found.len() != columns.len() {
        let expected: Vec<String> = columns.iter().map(|column| column.name().clone()).collect();
        let names: Vec<String> = found.into_iter().map(|(key, _)| key).collect();
        return Err(other_folders(&path, &expected, &names));
    }
    columns
        .iter()
        .map(|column| {
            let text = found.iter().find(|(key, _)| key == column.name()).map(|(_, value)| value.as_str());
            let text = text.ok_or_else(|| bad(&path, column, "there is no such folder in the path", ""))?;
            value(column, text).map_err(|why| bad(&path, column, &why, text))
        })
        .collect()
}

fn value(column: &Field, text: &str) -> std::result::Result<ScalarValue, String> {
    if text == NULL_VALUE {
        return match column.is_nullable() {
            true => ScalarValue::try_from(column.data_type()).map_err(|error| error.strip_backtrace()),
            false => Err("it is null, and the column does not allow null".to_owned()),
        };
    }
    ScalarValue::try_from_string(text.to_owned(), column.data_type()).map_err(|error| error.strip_backtrace())
}

fn bad(path: &str, column: &Field, why: &str, value: &str) -> EngineError {
    let text = crate::schema::type_text::format_type_text(column.data_type());
    EngineError::new(
        ErrorCode::IoPartitionValue,
        format!("The folder '{}={value}' of '{path}' is not a value of type {text}: {why}.", column.name()),
    )
    .with("path", path)
    .with("column", column.name())
    .with("value", value)
}

/// Writes a key or a value so that it is one folder name: everything outside `A-Za-z0-9_.-` is percent-encoded.
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The text behind a folder name. What is no percent-encoded UTF-8 stays.
#[must_use]
pub fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let pair = tail.get(..2).filter(|pair| *first == b'%' && pair.iter().all(u8::is_ascii_hexdigit));
        let hex = pair.and_then(|pair| std::str::from_utf8(pair).ok());
        match hex.and_then(|pair| u8::from_str_radix(pair, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_back_from_their_folders() {
        for text in ["plain-1.0_x", "a b/c%d=e", "Zürich", "2024-01-01T00:00:00Z", "%", "%zz"] {
            assert_eq!(decode(&encode(text)), text);
        }
        assert_eq!(encode("a b/ü"), "a%20b%2F%C3%BC");
        assert_eq!(decode("%FF"), "%FF");
        assert_eq!(decode("50%"), "50%");
        assert_eq!(decode("%+1"), "%+1");
    }

    #[test]
    fn values_take_the_declared_type() {
        let month = Field::new("month", DataType::Int32, true);
        assert_eq!(value(&month, "7").unwrap(), ScalarValue::Int32(Some(7)));
        assert_eq!(value(&month, NULL_VALUE).unwrap(), ScalarValue::Int32(None));
        assert!(value(&month, "July").is_err());
        assert!(value(&month.with_nullable(false), NULL_VALUE).is_err());
    }

    #[test]
    fn keys_are_those_of_the_folders() {
        assert_eq!(keys("year=2024/x/a%20b=1/file=1.parquet"), ["year", "a b"]);
        assert_eq!(keys("file.parquet"), Vec::<String>::new());
    }
}
