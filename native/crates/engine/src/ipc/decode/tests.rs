use arrow::array::{Array, AsArray, DictionaryArray, Int32Array, Int64Array, StringArray, UInt64Array};
use arrow::datatypes::Int8Type;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, StreamWriter};

use super::*;
use crate::batch::sample::{self, Random};
use crate::ipc::encode;

/// Types that can cross in one IPC stream.
fn ipc_types() -> Vec<DataType> {
    sample::types().into_iter().filter(|of| !matches!(of, DataType::Dictionary(_, values) if values.is_nested())).collect()
}

fn batches() -> (SchemaRef, Vec<RecordBatch>) {
    let mut random = Random::new(21);
    let batch = sample::batch(&ipc_types(), 90, &mut random);
    let batches = vec![batch.slice(5, 30), batch.slice(40, 50)];
    (batch.schema(), batches)
}

fn numbers(values: &[i64]) -> RecordBatch {
    RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(values.to_vec())) as ArrayRef)]).unwrap()
}

fn is_refused<T>(result: Result<T>) -> bool {
    matches!(result, Err(error) if error.code == ErrorCode::NativeBadRequest)
}

#[test]
fn every_type_comes_back_however_the_bytes_are_cut() {
    let (schema, batches) = batches();
    let bytes = encode::stream(&schema, &batches).unwrap();
    assert_eq!(stream([bytes.clone()]).unwrap(), (Arc::clone(&schema), batches.clone()));
    for size in [1, 7, 64, 1000, bytes.len()] {
        let mut decoder = StreamDecoder::new(Arc::clone(&schema));
        let mut found = Vec::new();
        for start in (0..bytes.len()).step_by(size) {
            found.extend(decoder.push(bytes.slice(start..bytes.len().min(start + size))).unwrap());
        }
        decoder.finish().unwrap();
        assert_eq!(found, batches);
    }
}

#[test]
fn the_schema_message_may_be_left_out_and_streams_may_follow_each_other() {
    let schema = numbers(&[]).schema();
    let message = encode::schema_message(&schema).unwrap();
    let whole = encode::stream(&schema, &[numbers(&[1, 2])]).unwrap();
    let mut decoder = StreamDecoder::new(schema);
    assert_eq!(decoder.push(whole.slice(message.len()..)).unwrap(), [numbers(&[1, 2])]);
    assert_eq!(decoder.push(whole).unwrap(), [numbers(&[1, 2])]);
    decoder.finish().unwrap();
}

#[test]
fn a_declared_schema_with_dictionaries_needs_no_repetition() {
    let (schema, batches) = batches();
    let declared = super::schema(encode::schema_message(&schema).unwrap()).unwrap();
    assert_eq!(declared, schema);
    let whole = encode::stream(&schema, &batches).unwrap();
    let message = encode::schema_message(&schema).unwrap();
    let mut decoder = StreamDecoder::new(declared);
    assert_eq!(decoder.push(whole.slice(message.len()..)).unwrap(), batches);
}

#[test]
fn a_dictionary_may_be_replaced() {
    let batch = |values: Vec<&str>| {
        let column = DictionaryArray::<Int8Type>::new(vec![1, 0].into(), Arc::new(StringArray::from(values)));
        RecordBatch::try_from_iter([("d", Arc::new(column) as ArrayRef)]).unwrap()
    };
    let batches = vec![batch(vec!["a", "b"]), batch(vec!["c", "d"])];
    let (_, found) = stream([encode::stream(&batches[0].schema(), &batches).unwrap()]).unwrap();
    assert_eq!(found, batches);
}

#[test]
fn compressed_batches_are_read() {
    use arrow::ipc::CompressionType;
    for codec in [CompressionType::LZ4_FRAME, CompressionType::ZSTD] {
        let options = IpcWriteOptions::default().try_with_compression(Some(codec)).unwrap();
        let batch = numbers(&[7; 1000]);
        let mut writer = StreamWriter::try_new_with_options(Vec::new(), &batch.schema(), options).unwrap();
        writer.write(&batch).unwrap();
        let bytes = writer.into_inner().unwrap();
        assert_eq!(stream([bytes.into()]).unwrap().1, [batch]);
    }
}

#[test]
fn another_schema_is_refused() {
    let other = RecordBatch::try_from_iter([("n", Arc::new(Int32Array::from(vec![1])) as ArrayRef)]).unwrap();
    let mut decoder = StreamDecoder::new(numbers(&[]).schema());
    let error = decoder.push(encode::stream(&other.schema(), &[other]).unwrap()).unwrap_err();
    assert_eq!(error.code, ErrorCode::NativeBadRequest);
    assert_eq!(error.details.get("declared").and_then(|text| text.as_str()), Some("n: int64!"));
    assert_eq!(error.details.get("found").and_then(|text| text.as_str()), Some("n: int32!"));
}

#[test]
fn bytes_that_are_no_stream_are_refused() {
    let schema = numbers(&[]).schema();
    let whole = encode::stream(&schema, &[numbers(&[1, 2, 3])]).unwrap();
    for bytes in [&b"ARROW1\0\0 and so on"[..], b"{\"a\": 1}", &[0xff; 64], &[0xff, 0xff, 0xff, 0xff, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]] {
        assert!(is_refused(stream([Bytes::copy_from_slice(bytes)])));
        assert!(is_refused(super::schema(Bytes::copy_from_slice(bytes))));
    }
    assert!(is_refused(stream([Bytes::new()])));
    for end in 1..whole.len() - 8 {
        let mut decoder = StreamDecoder::new(Arc::clone(&schema));
        let pushed = decoder.push(whole.slice(..end));
        assert!(pushed.is_err() || !pushed.unwrap().is_empty() || is_refused(decoder.finish()) || is_boundary(&whole, end), "{end}");
    }
}

/// Whether a message of the stream ends at `end`: after its schema.
fn is_boundary(whole: &Bytes, end: usize) -> bool {
    end == encode::schema_message(&super::schema(whole.clone()).unwrap()).unwrap().len()
}

/// Whatever is damaged, the answer is batches or an error, never a panic, and what comes out is valid.
#[test]
fn damaged_bytes_never_get_through_unseen() {
    let mut random = Random::new(5);
    let (schema, batches) = batches();
    let whole = encode::stream(&schema, &batches).unwrap();
    for _ in 0..3000 {
        let mut damaged = whole.to_vec();
        for _ in 0..=random.below(3) {
            let place = random.below(damaged.len());
            damaged[place] = u8::try_from(random.below(256)).unwrap();
        }
        match stream([damaged.into()]) {
            Ok((_, batches)) => {
                for batch in batches {
                    batch.columns().iter().for_each(|column| column.to_data().validate_full().unwrap());
                }
            }
            Err(error) => assert_eq!(error.code, ErrorCode::NativeBadRequest),
        }
    }
}

/// Header and body of a batch, apart, as a function returns them.
fn message_of(batch: &RecordBatch) -> (Vec<u8>, Bytes) {
    let options = IpcWriteOptions::default();
    let mut tracker = DictionaryTracker::new(false);
    let (_, encoded) = IpcDataGenerator {}.encode(batch, &mut tracker, &options, &mut IpcWriteContext::default()).unwrap();
    (encoded.ipc_message, encoded.arrow_data.into())
}

#[test]
fn a_column_comes_back_from_header_and_body() {
    let mut random = Random::new(8);
    for data_type in ipc_types() {
        let batch = sample::batch(std::slice::from_ref(&data_type), 40, &mut random);
        if contains_dictionary(&data_type) {
            assert!(is_refused(column(b"", Bytes::new(), &data_type)));
            continue;
        }
        let (header, body) = message_of(&batch);
        assert_eq!(&column(&header, body.clone(), &data_type).unwrap(), batch.column(0));
        let mut prefixed = vec![0xff, 0xff, 0xff, 0xff];
        prefixed.extend(u32::try_from(header.len()).unwrap().to_le_bytes());
        prefixed.extend(&header);
        assert_eq!(&column(&prefixed, body, &data_type).unwrap(), batch.column(0));
    }
}

#[test]
fn a_column_of_another_type_or_with_a_short_body_is_refused() {
    let batch = RecordBatch::try_from_iter([("s", Arc::new(StringArray::from(vec!["a", "bc"])) as ArrayRef)]).unwrap();
    let (header, body) = message_of(&batch);
    assert_eq!(column(&header, body.clone(), &DataType::Utf8).unwrap().as_string::<i32>().value(1), "bc");
    assert!(is_refused(column(&header, body.slice(..8), &DataType::Utf8)));
    assert!(is_refused(column(&header, body.clone(), &DataType::Struct(vec![Field::new("a", DataType::Utf8, true)].into()))));
    assert!(is_refused(column(b"", body, &DataType::Utf8)));
    let (header, body) = message_of(&RecordBatch::try_from_iter([("n", Arc::new(UInt64Array::from(vec![1])) as ArrayRef)]).unwrap());
    assert!(is_refused(column(&header, body, &DataType::Decimal256(40, 2))));
}
