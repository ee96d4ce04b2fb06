use std::collections::BTreeMap;

use arrow::datatypes::IntervalUnit;
use serde_json::json;

use super::*;
use crate::error::ErrorCode;

/// One of every type, and nested ones.
pub(crate) fn every_type() -> Vec<FieldType> {
    let field = |name: &str, data_type: FieldType, nullable| Box::new(NestedField::new(name, data_type, nullable));
    let units = [Unit::Second, Unit::Millisecond, Unit::Microsecond, Unit::Nanosecond];
    let mut types = vec![
        FieldType::Null {},
        FieldType::Bool {},
        FieldType::Int8 {},
        FieldType::Int16 {},
        FieldType::Int32 {},
        FieldType::Int64 {},
        FieldType::Uint8 {},
        FieldType::Uint16 {},
        FieldType::Uint32 {},
        FieldType::Uint64 {},
        FieldType::Float16 {},
        FieldType::Float32 {},
        FieldType::Float64 {},
        FieldType::Utf8 {},
        FieldType::LargeUtf8 {},
        FieldType::Utf8View {},
        FieldType::Binary {},
        FieldType::LargeBinary {},
        FieldType::BinaryView {},
        FieldType::FixedSizeBinary { byte_width: 16 },
        FieldType::Date32 {},
        FieldType::Date64 {},
        FieldType::Time32 { unit: Unit::Second },
        FieldType::Time32 { unit: Unit::Millisecond },
        FieldType::Time64 { unit: Unit::Microsecond },
        FieldType::Time64 { unit: Unit::Nanosecond },
        FieldType::Timestamp { unit: Unit::Microsecond, timezone: Some("Europe/Vienna".into()) },
        FieldType::Interval { unit: IntervalLayout::YearMonth },
        FieldType::Interval { unit: IntervalLayout::DayTime },
        FieldType::Interval { unit: IntervalLayout::MonthDayNano },
        FieldType::Decimal { precision: 9, scale: 2, bit_width: 32 },
        FieldType::Decimal { precision: 18, scale: 0, bit_width: 64 },
        FieldType::Decimal { precision: 38, scale: -4, bit_width: 128 },
        FieldType::Decimal { precision: 76, scale: 10, bit_width: 256 },
    ];
    types.extend(units.map(|unit| FieldType::Timestamp { unit, timezone: None }));
    types.extend(units.map(|unit| FieldType::Duration { unit }));
    types.extend([
        FieldType::List { item: field("item", FieldType::Utf8View {}, true) },
        FieldType::LargeList { item: field("item", FieldType::Int64 {}, false) },
        FieldType::ListView { item: field("item", FieldType::Utf8 {}, true) },
        FieldType::LargeListView { item: field("item", FieldType::Bool {}, true) },
        FieldType::FixedSizeList { item: field("item", FieldType::Float32 {}, true), size: 3 },
        FieldType::Struct { fields: vec![] },
        FieldType::Struct { fields: vec![*field("a b", FieldType::Int8 {}, true), *field("ü\"\\", FieldType::LargeUtf8 {}, false)] },
        FieldType::Map {
            key: field("key", FieldType::Utf8 {}, false),
            value: field("value", FieldType::List { item: field("item", FieldType::BinaryView {}, true) }, true),
            keys_sorted: true,
        },
        FieldType::Dictionary { index: Box::new(FieldType::Uint16 {}), value: Box::new(FieldType::Utf8 {}), ordered: false },
        FieldType::RunEndEncoded {
            run_ends: field("run_ends", FieldType::Int32 {}, false),
            values: field("values", FieldType::LargeUtf8 {}, true),
        },
        FieldType::Union {
            mode: UnionLayout::Sparse,
            fields: vec![*field("i", FieldType::Int32 {}, true), *field("s", FieldType::Utf8 {}, true)],
            type_ids: vec![0, 1],
        },
        FieldType::Union { mode: UnionLayout::Dense, fields: vec![*field("x", FieldType::Float64 {}, true)], type_ids: vec![7] },
    ]);
    types
}

#[test]
fn every_type_survives_arrow_and_json() {
    for data_type in every_type() {
        assert_eq!(FieldType::from_arrow(&data_type.to_arrow().unwrap()), data_type);
        let json = serde_json::to_value(&data_type).unwrap();
        assert_eq!(serde_json::from_value::<FieldType>(json).unwrap(), data_type);
    }
}

#[test]
fn members_have_the_names_of_typescript() {
    let field = NestedField {
        name: "tags".into(),
        data_type: FieldType::Map {
            key: Box::new(NestedField::new("key", FieldType::Utf8 {}, false)),
            value: Box::new(NestedField::new("value", FieldType::Decimal { precision: 10, scale: 2, bit_width: 128 }, true)),
            keys_sorted: false,
        },
        nullable: true,
        metadata: Some(BTreeMap::from([("k".into(), "v".into())])),
    };
    let decimal = json!({"type": "decimal", "precision": 10, "scale": 2, "bitWidth": 128});
    let expected = json!({
        "name": "tags",
        "type": {
            "type": "map",
            "key": {"name": "key", "type": {"type": "utf8"}, "nullable": false},
            "value": {"name": "value", "type": decimal, "nullable": true},
            "keysSorted": false,
        },
        "nullable": true,
        "metadata": {"k": "v"},
    });
    assert_eq!(serde_json::to_value(&field).unwrap(), expected);
    assert_eq!(serde_json::from_value::<NestedField>(expected).unwrap(), field);
    assert_eq!(NestedField::from_arrow(&field.to_arrow().unwrap()), field);
}

#[test]
fn defaults_may_be_left_out() {
    let field: NestedField = serde_json::from_value(json!({"name": "a", "type": {"type": "decimal", "precision": 5}})).unwrap();
    let data_type = FieldType::Decimal { precision: 5, scale: 0, bit_width: 128 };
    assert_eq!(field, NestedField::new("a", data_type, true));
}

#[test]
fn an_ordered_dictionary_stays_ordered() {
    let data_type = FieldType::Dictionary { index: Box::new(FieldType::Int8 {}), value: Box::new(FieldType::Utf8 {}), ordered: true };
    let field = NestedField::new("d", data_type, true);
    assert_eq!(NestedField::from_arrow(&field.to_arrow().unwrap()), field);
}

#[test]
fn unknown_types_and_members_are_refused() {
    for bad in [
        json!({"type": "int65"}),
        json!({"type": "int64", "unit": "s"}),
        json!({"type": "timestamp"}),
        json!({"type": "interval", "unit": "s"}),
        json!({"type": "list", "item": {"name": "item", "type": {"type": "utf8"}, "size": 1}}),
    ] {
        assert!(serde_json::from_value::<FieldType>(bad.clone()).is_err(), "{bad}");
    }
}

#[test]
fn types_that_arrow_does_not_allow_are_refused_with_their_path() {
    let bad = [
        FieldType::Time32 { unit: Unit::Nanosecond },
        FieldType::Time64 { unit: Unit::Second },
        FieldType::Decimal { precision: 10, scale: 0, bit_width: 32 },
        FieldType::Decimal { precision: 10, scale: 11, bit_width: 128 },
        FieldType::Decimal { precision: 0, scale: 0, bit_width: 128 },
        FieldType::Decimal { precision: 10, scale: 0, bit_width: 96 },
        FieldType::FixedSizeBinary { byte_width: -1 },
        FieldType::Dictionary { index: Box::new(FieldType::Utf8 {}), value: Box::new(FieldType::Utf8 {}), ordered: false },
        FieldType::Union { mode: UnionLayout::Dense, fields: vec![], type_ids: vec![1] },
        FieldType::RunEndEncoded {
            run_ends: Box::new(NestedField::new("run_ends", FieldType::Uint32 {}, false)),
            values: Box::new(NestedField::new("values", FieldType::Utf8 {}, true)),
        },
    ];
    for data_type in bad {
        let inner = NestedField::new("inner", data_type, true);
        let error = NestedField::new("outer", FieldType::Struct { fields: vec![inner] }, true).to_arrow().unwrap_err();
        assert_eq!(error.code, ErrorCode::NativeBadRequest);
        assert_eq!(error.details.get("path"), Some(&json!("outer.inner")));
    }
}

#[test]
fn a_map_key_is_never_nullable() {
    let map = FieldType::Map {
        key: Box::new(NestedField::new("k", FieldType::Utf8 {}, true)),
        value: Box::new(NestedField::new("v", FieldType::Interval { unit: IntervalLayout::DayTime }, true)),
        keys_sorted: false,
    };
    let DataType::Map(entries, false) = map.to_arrow().unwrap() else { panic!("not a map") };
    let expected = vec![Field::new("k", DataType::Utf8, false), Field::new("v", DataType::Interval(IntervalUnit::DayTime), true)];
    assert_eq!(entries.data_type(), &DataType::Struct(expected.into()));
}
