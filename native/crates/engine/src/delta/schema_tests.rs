use super::*;

fn schema(fields: &[(&str, DataType, bool)]) -> Schema {
    Schema::new(fields.iter().map(|(name, data_type, nullable)| Field::new(*name, data_type.clone(), *nullable)).collect::<Vec<_>>())
}

#[test]
fn every_arrow_type_widens_or_is_refused() {
    let nanos = DataType::Timestamp(TimeUnit::Nanosecond, Some("Europe/Berlin".into()));
    let cases = [
        (DataType::UInt8, DataType::Int16),
        (DataType::UInt64, DataType::Decimal128(20, 0)),
        (DataType::Utf8View, DataType::Utf8),
        (DataType::Date64, DataType::Date32),
        (nanos, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))),
        (DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8)), DataType::Utf8),
        (DataType::Decimal256(38, 2), DataType::Decimal128(38, 2)),
    ];
    for (from, to) in cases {
        assert_eq!(delta_type(&from, "c").unwrap(), to, "{from}");
    }
    for refused in [DataType::Null, DataType::Time32(TimeUnit::Second), DataType::Duration(TimeUnit::Second), DataType::Decimal256(39, 0)] {
        assert_eq!(delta_type(&refused, "c").unwrap_err().code, ErrorCode::DeltaTypeUnsupported, "{refused}");
    }
}

#[test]
fn differences_are_listed_together() {
    let table = schema(&[("id", DataType::Int64, false), ("name", DataType::Utf8, true), ("price", DataType::Int32, true)]);
    let source = schema(&[("NAME", DataType::Utf8View, true), ("price", DataType::Utf8, true), ("colour", DataType::Utf8, true)]);
    let error = Differences::between(&source, &table).check().unwrap_err();
    assert_eq!(error.code, ErrorCode::DeltaSchemaMismatch);
    assert_eq!(
        Value::Object(error.details),
        json!({"missing": ["id"], "extra": ["colour"], "types": [{"column": "price", "expected": "Int32", "actual": "Utf8"}]})
    );
}

#[test]
fn columns_that_differ_only_by_case_are_refused() {
    let error = table_schema(&schema(&[("Id", DataType::Int64, true), ("id", DataType::Int64, true)])).unwrap_err();
    assert_eq!(error.code, ErrorCode::DeltaInvalidSpec);
}

#[test]
fn values_fit_where_no_cast_always_loses() {
    assert!(fits(&DataType::Int64, &DataType::Int32));
    assert!(fits(&DataType::Int32, &DataType::Float64));
    assert!(fits(&DataType::Float64, &DataType::Int64));
    assert!(!fits(&DataType::Decimal128(10, 2), &DataType::Int64));
    assert!(!fits(&DataType::Utf8, &DataType::Int64));
    assert!(!fits(&DataType::Int64, &DataType::Utf8));
    assert!(!fits(&DataType::Int64, &DataType::Date32));
    assert!(fits(&DataType::Decimal128(10, 2), &DataType::Decimal128(12, 2)));
    assert!(!fits(&DataType::Decimal128(10, 2), &DataType::Decimal128(10, 3)));
}
