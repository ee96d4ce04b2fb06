use arrow::array::{Array, AsArray, Decimal256Array, RunArray, StringArray};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{Int32Type, i256};
use arrow::util::display::{ArrayFormatter, FormatOptions};

use super::*;
use crate::batch::sample::{self, Random};
use crate::error::ErrorCode;

/// What every row looks like.
fn texts(array: &ArrayRef) -> Vec<String> {
    let options = FormatOptions::default().with_null("∅");
    let formatter = ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
    (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
}

fn is_readable(data_type: &DataType, views: ViewTypes) -> bool {
    match data_type {
        DataType::Utf8View | DataType::BinaryView => views == ViewTypes::Keep,
        DataType::RunEndEncoded(..) | DataType::ListView(_) | DataType::LargeListView(_) => false,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal256(..) => false,
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::Map(item, _) => {
            is_readable(item.data_type(), views)
        }
        DataType::Struct(fields) => fields.iter().all(|field| is_readable(field.data_type(), views)),
        DataType::Union(fields, _) => fields.iter().all(|(_, field)| is_readable(field.data_type(), views)),
        DataType::Dictionary(_, values) => is_readable(values, views),
        _ => true,
    }
}

#[test]
fn every_value_stays_what_it_is() {
    for (seed, data_type) in sample::types().into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 1);
        for views in [ViewTypes::Plain, ViewTypes::Keep] {
            let batch = sample::batch(std::slice::from_ref(&data_type), 60, &mut random).slice(9, 41);
            let plan = CastPlan::new(&batch.schema(), views);
            let cast = plan.apply(&batch).unwrap();
            assert_eq!(cast.schema(), *plan.storage_schema());
            assert!(is_readable(cast.column(0).data_type(), views), "{data_type}");
            assert_eq!(plan.is_identity(), is_readable(&data_type, views), "{data_type}");
            assert_eq!(texts(batch.column(0)), texts(cast.column(0)), "{data_type}");
        }
    }
}

#[test]
fn storage_types_are_those_of_the_design() {
    let pairs = [
        ("utf8_view", "utf8"),
        ("binary_view", "binary"),
        ("run_end_encoded<int32,utf8_view>", "utf8"),
        ("list_view<int8>", "list<int8>"),
        ("large_list_view<int8>", "large_list<int8>"),
        ("decimal32(5,2)", "decimal128(5,2)"),
        ("decimal64(15,2)", "decimal128(15,2)"),
        ("decimal256(38,2)", "decimal128(38,2)"),
        ("decimal256(39,2)", "utf8"),
        ("large_utf8", "large_utf8"),
        ("dictionary<int8,utf8_view>", "dictionary<int8,utf8>"),
    ];
    for (logical, storage) in pairs {
        let parse = crate::schema::type_text::parse_type_text;
        assert_eq!(storage_type(&parse(logical).unwrap(), ViewTypes::Plain), parse(storage).unwrap());
    }
}

#[test]
fn metadata_of_fields_and_schema_stays() {
    let metadata = std::collections::HashMap::from([("ARROW:extension:name".to_owned(), "arrow.json".to_owned())]);
    let inner = Field::new("json", DataType::Utf8View, false).with_metadata(metadata.clone());
    let field = Field::new("s", DataType::Struct(vec![inner].into()), true).with_metadata(metadata.clone());
    let schema = Arc::new(Schema::new_with_metadata(vec![field], metadata.clone()));
    let plan = CastPlan::new(&schema, ViewTypes::Plain);
    let storage = plan.storage_schema();
    assert_eq!(storage.metadata(), &metadata);
    assert_eq!(storage.field(0).metadata(), &metadata);
    let DataType::Struct(fields) = storage.field(0).data_type() else { panic!("not a struct") };
    assert_eq!((fields[0].data_type(), fields[0].metadata(), fields[0].is_nullable()), (&DataType::Utf8, &metadata, false));
}

#[test]
fn a_decimal_that_does_not_fit_is_an_error_with_its_column() {
    let value = i256::from_parts(0, i128::MAX);
    let column: ArrayRef = Arc::new(Decimal256Array::from(vec![value]).with_precision_and_scale(20, 2).unwrap());
    let batch = RecordBatch::try_from_iter([("price", column)]).unwrap();
    let error = CastPlan::new(&batch.schema(), ViewTypes::Plain).apply(&batch).unwrap_err();
    assert_eq!(error.code, ErrorCode::EngineCastFailed);
    assert_eq!(error.details.get("column").and_then(|column| column.as_str()), Some("price"));
}

#[test]
fn a_wide_decimal_becomes_exact_text() {
    let value = i256::from_string(&"7".repeat(60)).unwrap();
    let column = Decimal256Array::from(vec![Some(value), None]).with_precision_and_scale(60, 10).unwrap();
    let batch = RecordBatch::try_from_iter([("d", Arc::new(column) as ArrayRef)]).unwrap();
    let cast = CastPlan::new(&batch.schema(), ViewTypes::Plain).apply(&batch).unwrap();
    let expected = format!("{}.{}", "7".repeat(50), "7".repeat(10));
    assert_eq!(cast.column(0).as_string::<i32>().iter().collect::<Vec<_>>(), [Some(expected.as_str()), None]);
}

#[test]
fn a_sliced_run_is_written_out() {
    let runs: RunArray<Int32Type> = ["a", "a", "a", "b", "b", "c"].into_iter().collect();
    let sliced: ArrayRef = Arc::new(runs.slice(2, 3));
    let batch = RecordBatch::try_from_iter([("r", sliced)]).unwrap();
    let cast = CastPlan::new(&batch.schema(), ViewTypes::Plain).apply(&batch).unwrap();
    assert_eq!(cast.column(0).as_string::<i32>(), &StringArray::from(vec!["a", "b", "b"]));
    assert_eq!(cast.column(0).nulls().map(NullBuffer::null_count), None);
}
