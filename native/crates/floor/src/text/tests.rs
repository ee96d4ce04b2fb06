use std::sync::Arc;

use arrow::array::{
    BinaryArray, BooleanArray, Date32Array, Decimal128Array, DictionaryArray, DurationMillisecondArray, FixedSizeListArray, Float32Array,
    Int8Array, Int64Builder, IntervalMonthDayNanoArray, ListArray, MapBuilder, NullArray, StringArray, StringBuilder, StringViewArray,
    StructArray, Time32SecondArray, TimestampMicrosecondArray, TimestampNanosecondArray, TimestampSecondArray, UInt64Array,
};
use arrow::datatypes::{Field, Int32Type, IntervalMonthDayNano};

use super::*;

fn of(array: impl Array + 'static) -> Vec<String> {
    let array: ArrayRef = Arc::new(array);
    cells(&array).unwrap()
}

#[test]
fn numbers_keep_their_digits() {
    assert_eq!(of(UInt64Array::from(vec![Some(u64::MAX), None])), ["18446744073709551615", "∅"]);
    assert_eq!(of(Int8Array::from(vec![-128])), ["-128"]);
    assert_eq!(of(Float32Array::from(vec![0.1, 16_777_216.0])), ["0.100000001", "16777216"]);
    let decimals = Decimal128Array::from(vec![Some(1230), Some(-5), Some(0), None]);
    assert_eq!(of(decimals.clone().with_precision_and_scale(15, 2).unwrap()), ["12.30", "-0.05", "0.00", "∅"]);
    assert_eq!(of(decimals.with_precision_and_scale(15, 0).unwrap()), ["1230", "-5", "0", "∅"]);
}

#[test]
fn times_are_microseconds_in_utc() {
    let instant = 1_577_836_800_123_456;
    let plain = TimestampMicrosecondArray::from(vec![Some(instant), None]);
    assert_eq!(of(plain.clone()), ["1577836800123456", "∅"]);
    assert_eq!(of(plain.with_timezone("Europe/Vienna")), ["1577836800123456", "∅"]);
    assert_eq!(of(TimestampSecondArray::from(vec![-1])), ["-1000000"]);
    assert_eq!(of(TimestampNanosecondArray::from(vec![1999, -1])), ["1", "-1"]);
    assert_eq!(of(Time32SecondArray::from(vec![3600])), ["3600000000"]);
    assert_eq!(of(DurationMillisecondArray::from(vec![-2])), ["-2000"]);
    assert_eq!(of(Date32Array::from(vec![0, -1, 18_262])), ["1970-01-01", "1969-12-31", "2020-01-01"]);
    assert_eq!(of(IntervalMonthDayNanoArray::from(vec![IntervalMonthDayNano::new(1, -2, 3)])), ["1,-2,3"]);
}

#[test]
fn text_is_the_same_in_every_encoding() {
    let expected = ["ä", "", "∅"];
    assert_eq!(of(StringArray::from(vec![Some("ä"), Some(""), None])), expected);
    assert_eq!(of(StringViewArray::from(vec![Some("ä"), Some(""), None])), expected);
    assert_eq!(of([Some("ä"), Some(""), None].into_iter().collect::<DictionaryArray<Int32Type>>()), expected);
    assert_eq!(of(BinaryArray::from(vec![b"\x00\xff".as_slice()])), ["00ff"]);
    assert_eq!(of(BooleanArray::from(vec![Some(true), Some(false), None])), ["true", "false", "∅"]);
    assert_eq!(of(NullArray::new(1)), ["∅"]);
}

#[test]
fn nested_values_are_json_of_cells() {
    let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1), None]), None, Some(vec![])]);
    assert_eq!(of(lists), [r#"["1","∅"]"#, "∅", "[]"]);
    let fixed = FixedSizeListArray::from_iter_primitive::<Int32Type, _, _>([Some([Some(1), Some(2)])], 2);
    assert_eq!(of(fixed), [r#"["1","2"]"#]);
    let field = |name: &str, data_type| Arc::new(Field::new(name, data_type, true));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["a\"b"]));
    let float: ArrayRef = Arc::new(Float32Array::from(vec![-0.0]));
    let record = StructArray::from(vec![(field("z", DataType::Utf8), text), (field("a", DataType::Float32), float)]);
    assert_eq!(of(record), [r#"{"z":"a\"b","a":"0"}"#]);
    let mut map = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    map.keys().append_value("k");
    map.values().append_null();
    map.append(true).unwrap();
    assert_eq!(of(map.finish()), [r#"[["k","∅"]]"#]);
}

#[test]
fn a_result_names_types_alike_and_keeps_the_exact_ones() {
    let decimals = Decimal128Array::from(vec![1, 2]).with_precision_and_scale(15, 2).unwrap();
    let labels: DictionaryArray<Int32Type> = ["a", "b"].into_iter().collect();
    let columns: [(&str, ArrayRef); 2] = [("d", Arc::new(decimals)), ("l", Arc::new(labels))];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let found = result(&batch.schema(), &[batch.slice(1, 1), batch.slice(0, 1)]).unwrap();
    let columns = json!([
        {"name": "d", "type": "decimal", "scale": 2, "arrow": "Decimal128(15, 2)"},
        {"name": "l", "type": "text", "arrow": "Dictionary(Int32, Utf8)"},
    ]);
    assert_eq!(found, json!({"columns": columns, "rows": [["0.02", "b"], ["0.01", "a"]]}));
}
