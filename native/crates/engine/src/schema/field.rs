//! `NestedField` and `FieldType`, the structured form of Arrow fields and types on the wire.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::Result;

mod from_arrow;
mod to_arrow;

/// A named, typed child: a column, a struct field, a list item, a map key or value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NestedField {
    /// Its name.
    pub name: String,
    /// Its type.
    #[serde(rename = "type")]
    pub data_type: FieldType,
    /// Whether values may be null; a map key never is.
    #[serde(default = "yes")]
    pub nullable: bool,
    /// Arrow field metadata; absent when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub metadata: Option<BTreeMap<String, String>>,
}

/// Resolution of times, timestamps and durations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(rename = "TimeUnit")]
pub enum Unit {
    /// Seconds.
    #[serde(rename = "s")]
    Second,
    /// Milliseconds.
    #[serde(rename = "ms")]
    Millisecond,
    /// Microseconds.
    #[serde(rename = "us")]
    Microsecond,
    /// Nanoseconds.
    #[serde(rename = "ns")]
    Nanosecond,
}

/// Layout of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(rename = "IntervalUnit")]
pub enum IntervalLayout {
    /// Months.
    YearMonth,
    /// Days and milliseconds.
    DayTime,
    /// Months, days and nanoseconds.
    MonthDayNano,
}

/// How the members of a union lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum UnionLayout {
    /// Every member has a slot for every row.
    Sparse,
    /// A member has slots for its own rows.
    Dense,
}

/// Every Arrow type as structured data, told apart by `type`.
// Types without members are empty structs: of unit variants serde ignores unknown members.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
#[expect(missing_docs, reason = "the variants are Arrow's types by name")]
pub enum FieldType {
    Null {},
    Bool {},
    Int8 {},
    Int16 {},
    Int32 {},
    Int64 {},
    Uint8 {},
    Uint16 {},
    Uint32 {},
    Uint64 {},
    Float16 {},
    Float32 {},
    Float64 {},
    Utf8 {},
    LargeUtf8 {},
    Utf8View {},
    Binary {},
    LargeBinary {},
    BinaryView {},
    FixedSizeBinary {
        byte_width: i32,
    },
    Date32 {},
    Date64 {},
    Time32 {
        unit: Unit,
    },
    Time64 {
        unit: Unit,
    },
    Timestamp {
        unit: Unit,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional)]
        timezone: Option<String>,
    },
    Duration {
        unit: Unit,
    },
    Interval {
        unit: IntervalLayout,
    },
    Decimal {
        precision: u8,
        #[serde(default)]
        scale: i8,
        #[serde(default = "decimal_bits")]
        #[ts(type = "32 | 64 | 128 | 256")]
        bit_width: u16,
    },
    List {
        item: Box<NestedField>,
    },
    LargeList {
        item: Box<NestedField>,
    },
    ListView {
        item: Box<NestedField>,
    },
    LargeListView {
        item: Box<NestedField>,
    },
    FixedSizeList {
        item: Box<NestedField>,
        size: i32,
    },
    Struct {
        fields: Vec<NestedField>,
    },
    Map {
        key: Box<NestedField>,
        value: Box<NestedField>,
        #[serde(default)]
        keys_sorted: bool,
    },
    Dictionary {
        index: Box<FieldType>,
        value: Box<FieldType>,
        #[serde(default)]
        ordered: bool,
    },
    RunEndEncoded {
        run_ends: Box<NestedField>,
        values: Box<NestedField>,
    },
    Union {
        mode: UnionLayout,
        fields: Vec<NestedField>,
        type_ids: Vec<i8>,
    },
}

impl NestedField {
    /// A field without metadata.
    pub fn new(name: impl Into<String>, data_type: FieldType, nullable: bool) -> Self {
        Self { name: name.into(), data_type, nullable, metadata: None }
    }

    /// Describes an Arrow field.
    #[must_use]
    pub fn from_arrow(field: &Field) -> Self {
        from_arrow::field(field)
    }

    /// The Arrow field. `NATIVE.BAD_REQUEST {path}` for a type that Arrow does not allow.
    pub fn to_arrow(&self) -> Result<Field> {
        to_arrow::field(self, &self.name)
    }
}

impl FieldType {
    /// Describes an Arrow type.
    #[must_use]
    pub fn from_arrow(data_type: &DataType) -> Self {
        from_arrow::data_type(data_type, false)
    }

    /// The Arrow type. `NATIVE.BAD_REQUEST {path}` for one that Arrow does not allow.
    pub fn to_arrow(&self) -> Result<DataType> {
        to_arrow::data_type(self, "type")
    }
}

/// Describes the columns of a schema.
#[must_use]
pub fn fields_of(schema: &Schema) -> Vec<NestedField> {
    schema.fields().iter().map(|field| NestedField::from_arrow(field)).collect()
}

/// A schema of these columns. `NATIVE.BAD_REQUEST {path}` for a type that Arrow does not allow.
pub fn schema_of(fields: &[NestedField]) -> Result<Schema> {
    let fields: Result<Vec<_>> = fields.iter().map(|field| field.to_arrow().map(Arc::new)).collect();
    Ok(Schema::new(fields?))
}

/// The columns of a schema in one line, for messages.
pub(crate) fn describe(schema: &Schema) -> String {
    let columns = schema.fields().iter().map(|field| {
        let text = super::type_text::format_type_text(field.data_type());
        format!("{}: {text}{}", field.name(), if field.is_nullable() { "" } else { "!" })
    });
    columns.collect::<Vec<_>>().join(", ")
}

const fn yes() -> bool {
    true
}

const fn decimal_bits() -> u16 {
    128
}

#[cfg(test)]
pub(crate) mod tests;
