use std::collections::HashMap;

use arrow::array::{ArrayData, AsArray, DictionaryArray, Int64Array, RecordBatchOptions, StringArray, StringViewArray, make_array};
use arrow::buffer::Buffer;
use arrow::datatypes::{Field, Int8Type, Schema, UnionMode};

use super::*;
use crate::batch::sample::{self, Random};

/// Rebuilds arrays from what crosses, as a reader in JavaScript does.
struct Reader<'packed> {
    header: std::slice::Iter<'packed, f64>,
    data: &'packed [u8],
    dictionaries: &'packed HashMap<u32, ArrayData>,
    end: usize,
}

impl<'packed> Reader<'packed> {
    fn new(header: &'packed [f64], data: &'packed [u8], dictionaries: &'packed HashMap<u32, ArrayData>) -> (usize, Self) {
        assert_eq!(data.as_ptr() as usize % 64, 0);
        let mut reader = Self { header: header.iter(), data, dictionaries, end: 0 };
        (reader.number(), reader)
    }

    fn number(&mut self) -> usize {
        let number = *self.header.next().expect("the header is too short");
        assert!(number >= 0.0 && number.fract() == 0.0);
        number as usize
    }

    fn buffer(&mut self) -> Buffer {
        let (offset, bytes) = (self.number(), self.number());
        assert_eq!(offset % 64, 0);
        assert!(offset >= self.end, "buffers overlap");
        self.end = offset + bytes;
        Buffer::from(&self.data[offset..offset + bytes])
    }

    fn array(&mut self, data_type: &DataType) -> ArrayData {
        let (length, nulls, count) = (self.number(), self.number(), self.number());
        let mut builder = ArrayData::builder(data_type.clone()).len(length).align_buffers(true);
        let without_validity = matches!(data_type, DataType::Null | DataType::Union(..));
        let values = if without_validity { count } else { count - 1 };
        if !without_validity {
            let validity = self.buffer();
            assert_eq!(validity.len(), if nulls == 0 { 0 } else { length.div_ceil(8) });
            builder = builder.null_bit_buffer((nulls > 0).then_some(validity)).null_count(nulls);
        }
        for _ in 0..values {
            builder = builder.add_buffer(self.buffer());
        }
        for child in self.children(data_type) {
            builder = builder.add_child_data(child);
        }
        builder.build().unwrap()
    }

    fn children(&mut self, data_type: &DataType) -> Vec<ArrayData> {
        match data_type {
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::Map(item, _) => {
                vec![self.array(item.data_type())]
            }
            DataType::Struct(fields) => fields.iter().map(|field| self.array(field.data_type())).collect(),
            DataType::Union(fields, UnionMode::Sparse | UnionMode::Dense) => {
                fields.iter().map(|(_, field)| self.array(field.data_type())).collect()
            }
            DataType::Dictionary(..) => {
                let id = u32::try_from(self.number()).unwrap();
                vec![self.dictionaries.get(&id).expect("the dictionary was not sent").clone()]
            }
            _ => vec![],
        }
    }

    fn finish(mut self) {
        assert!(self.header.next().is_none(), "the header is too long");
    }
}

/// Types of dictionary values by id: pre-order, an outer dictionary before the ones in its values.
fn dictionary_types(data_type: &DataType, found: &mut Vec<DataType>) {
    match data_type {
        DataType::Dictionary(_, values) => {
            found.push(values.as_ref().clone());
            dictionary_types(values, found);
        }
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) | DataType::Map(item, _) => {
            dictionary_types(item.data_type(), found);
        }
        DataType::Struct(fields) => fields.iter().for_each(|field| dictionary_types(field.data_type(), found)),
        DataType::Union(fields, _) => fields.iter().for_each(|(_, field)| dictionary_types(field.data_type(), found)),
        _ => {}
    }
}

/// Reads batch after batch, keeping dictionaries.
struct Receiver {
    schema: SchemaRef,
    types: Vec<DataType>,
    dictionaries: HashMap<u32, ArrayData>,
}

impl Receiver {
    fn new(packer: &Packer) -> Self {
        let schema = Arc::clone(packer.plan().storage_schema());
        let mut types = Vec::new();
        schema.fields().iter().for_each(|field| dictionary_types(field.data_type(), &mut types));
        Self { schema, types, dictionaries: HashMap::new() }
    }

    fn read(&mut self, packed: &Packed) -> RecordBatch {
        for dictionary in &packed.dictionaries {
            let (rows, mut reader) = Reader::new(&dictionary.header, &dictionary.data, &self.dictionaries);
            let values = reader.array(&self.types[dictionary.id as usize]);
            reader.finish();
            assert_eq!(values.len(), rows);
            self.dictionaries.insert(dictionary.id, values);
        }
        let (rows, mut reader) = Reader::new(&packed.header, &packed.data, &self.dictionaries);
        let columns = self.schema.fields().iter().map(|field| make_array(reader.array(field.data_type()))).collect();
        reader.finish();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).unwrap()
    }
}

fn round_trip(batch: &RecordBatch, views: ViewTypes) {
    let mut packer = Packer::new(&batch.schema(), views).unwrap();
    let packed = packer.pack(batch).unwrap();
    let expected = CastPlan::new(&batch.schema(), views).apply(batch).unwrap();
    assert_eq!(Receiver::new(&packer).read(&packed), expected);
}

#[test]
fn every_type_crosses_whole_and_sliced() {
    for (seed, data_type) in sample::types().into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 1);
        for rows in [0, 1, 7, 64, 300] {
            for views in [ViewTypes::Plain, ViewTypes::Keep] {
                let batch = sample::batch(std::slice::from_ref(&data_type), rows + 13, &mut random);
                round_trip(&batch, views);
                round_trip(&batch.slice(0, rows), views);
                round_trip(&batch.slice(3, rows), views);
                round_trip(&batch.slice(8, rows), views);
                round_trip(&batch.slice(13, rows).slice(rows / 3, rows / 2), views);
            }
        }
    }
}

#[test]
fn all_types_cross_together() {
    let mut random = Random::new(99);
    let batch = sample::batch(&sample::types(), 100, &mut random);
    round_trip(&batch, ViewTypes::Plain);
    round_trip(&batch.slice(11, 70), ViewTypes::Keep);
}

#[test]
fn batches_cross_as_one() {
    let mut joining = 0;
    for (seed, data_type) in sample::types().into_iter().enumerate() {
        let mut random = Random::new(seed as u64 + 1);
        let mut packer = Packer::new(&sample::batch(std::slice::from_ref(&data_type), 0, &mut random).schema(), ViewTypes::Plain).unwrap();
        if !packer.joins() {
            let batch = sample::batch(&[data_type], 2, &mut random);
            assert!(packer.pack_joined(&[batch.clone(), batch]).is_err());
            continue;
        }
        joining += 1;
        // With nulls and without, whole and sliced, so that bits and offsets begin anywhere.
        let mut piece = |rows: usize, nullable: bool| {
            let column = sample::array(&data_type, rows + 3, nullable, &mut random);
            RecordBatch::try_from_iter_with_nullable([("c", column, true)]).unwrap().slice(3, rows)
        };
        let pieces = [piece(70, false), piece(5, true), piece(0, true), piece(130, true), piece(1, false)];
        for count in 1..=pieces.len() {
            let parts = &pieces[..count];
            let whole = arrow::compute::concat_batches(&parts[0].schema(), parts).unwrap();
            for views in [ViewTypes::Plain, ViewTypes::Keep] {
                packer = Packer::new(&whole.schema(), views).unwrap();
                let packed = packer.pack_joined(parts).unwrap();
                let expected = CastPlan::new(&whole.schema(), views).apply(&whole).unwrap();
                assert_eq!(Receiver::new(&packer).read(&packed), expected, "{data_type} {count} {views:?}");
            }
        }
    }
    assert!(joining > 10, "{joining} types join");
}

#[test]
fn rows_without_columns_cross() {
    let options = RecordBatchOptions::new().with_row_count(Some(5));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
    let packed = Packer::new(&batch.schema(), ViewTypes::Plain).unwrap().pack(&batch).unwrap();
    assert_eq!(packed.header, [5.0]);
    assert!(packed.data.is_empty());
}

#[test]
fn the_header_says_what_lies_where() {
    let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), None, Some(3)]));
    let texts: ArrayRef = Arc::new(StringViewArray::from(vec!["a", "", "a value that is not inline"]));
    let batch = RecordBatch::try_from_iter([("n", numbers), ("s", texts)]).unwrap();
    let packed = Packer::new(&batch.schema(), ViewTypes::Plain).unwrap().pack(&batch).unwrap();
    let number = [3.0, 1.0, 2.0, 0.0, 1.0, 64.0, 24.0];
    let text = [3.0, 0.0, 3.0, 128.0, 0.0, 128.0, 16.0, 192.0, 27.0];
    assert_eq!(packed.header, [&[3.0][..], &number, &text].concat());
    assert_eq!(packed.data[0], 0b101);
    assert_eq!(&packed.data[192..219], b"aa value that is not inline");
}

fn dictionary(keys: Vec<Option<i8>>, values: &ArrayRef) -> RecordBatch {
    let column: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(keys.into(), Arc::clone(values)));
    let field = Field::new("d", column.data_type().clone(), true);
    RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).unwrap()
}

#[test]
fn a_dictionary_crosses_again_only_when_it_changed() {
    let first: ArrayRef = Arc::new(StringArray::from(vec!["x", "y"]));
    let equal: ArrayRef = Arc::new(StringArray::from(vec!["x", "y"]));
    let other: ArrayRef = Arc::new(StringArray::from(vec!["x", "y", "z"]));
    let mut packer = Packer::new(&dictionary(vec![], &first).schema(), ViewTypes::Plain).unwrap();
    let mut receiver = Receiver::new(&packer);
    for (values, sent) in [(&first, 1), (&first, 0), (&equal, 0), (&other, 1), (&first, 1)] {
        let batch = dictionary(vec![Some(1), None, Some(0)], values);
        let packed = packer.pack(&batch).unwrap();
        assert_eq!(packed.dictionaries.len(), sent);
        assert_eq!(receiver.read(&packed), batch);
    }
}

#[test]
fn a_dictionary_within_a_dictionary_crosses_before_it() {
    let inner: ArrayRef = Arc::new(StringArray::from(vec!["x", "y"]));
    let middle: ArrayRef = Arc::new(DictionaryArray::<Int8Type>::new(vec![1, 0, 1].into(), inner));
    let batch = dictionary(vec![Some(2), Some(0)], &middle);
    let mut packer = Packer::new(&batch.schema(), ViewTypes::Plain).unwrap();
    let packed = packer.pack(&batch).unwrap();
    assert_eq!(packed.dictionaries.iter().map(|dictionary| dictionary.id).collect::<Vec<_>>(), [1, 0]);
    assert_eq!(Receiver::new(&packer).read(&packed), batch);
}

#[test]
fn a_slice_of_a_long_column_is_small() {
    let values: Vec<String> = (0..10_000).map(|row| format!("row {row} of a column whose values are not inline")).collect();
    for column in [Arc::new(StringArray::from(values.clone())) as ArrayRef, Arc::new(StringViewArray::from_iter_values(&values))] {
        let batch = RecordBatch::try_from_iter([("s", column)]).unwrap().slice(5_000, 1);
        for views in [ViewTypes::Plain, ViewTypes::Keep] {
            let packed = Packer::new(&batch.schema(), views).unwrap().pack(&batch).unwrap();
            assert!(packed.data.len() < 256 && packed.data.capacity() <= 512, "{} bytes", packed.data.len());
        }
    }
}

#[test]
fn the_size_is_known_before() {
    let mut random = Random::new(7);
    for data_type in sample::types() {
        // What is converted on the way has an estimated size.
        let cast = crate::batch::cast::storage_type(&data_type, ViewTypes::Keep) != data_type;
        let batch = sample::batch(&[data_type], 500, &mut random).slice(100, 300);
        for views in [ViewTypes::Plain, ViewTypes::Keep] {
            let packed = Packer::new(&batch.schema(), views).unwrap().pack(&batch).unwrap();
            let estimate = size::packed_bytes(&batch, views);
            assert!(cast || packed.data.len() <= estimate, "{}: {} of {estimate}", batch.schema(), packed.data.len());
        }
    }
}

#[test]
fn columns_of_their_own_lengths_cross_together() {
    let mut random = Random::new(6);
    let types = [DataType::Int64, DataType::Utf8View];
    let (long, short) = (sample::array(&types[0], 50, true, &mut random), sample::array(&types[1], 1, false, &mut random));
    let mut packer = Packer::new(&sample::batch(&types, 0, &mut random).schema(), ViewTypes::Plain).unwrap();
    let packed = packer.pack_columns(&[Arc::clone(&long), Arc::clone(&short)]).unwrap();
    let dictionaries = HashMap::new();
    let (rows, mut reader) = Reader::new(&packed.header, &packed.data, &dictionaries);
    assert_eq!(rows, 50);
    assert_eq!(&make_array(reader.array(&types[0])), &long);
    let value = make_array(reader.array(&DataType::Utf8));
    assert_eq!(value.as_string::<i32>().value(0), short.as_string_view().value(0));
    reader.finish();
}

#[test]
fn a_batch_of_another_schema_is_refused() {
    let mut random = Random::new(4);
    let batch = sample::batch(&[DataType::Int64], 3, &mut random);
    let other = sample::batch(&[DataType::Float64], 3, &mut random);
    let mut packer = Packer::new(&batch.schema(), ViewTypes::Plain).unwrap();
    assert!(packer.pack(&other).is_err());
    assert!(packer.pack(&sample::batch(&[DataType::Int64, DataType::Int64], 3, &mut random)).is_err());
}

#[test]
fn long_and_short_views_keep_their_order_across_blocks() {
    let lengths = (0..4000).map(|row| [0, 12, 13, 5, 4096, 11, 5000, 1][row % 8] + row % 3);
    let values: Vec<String> = lengths.enumerate().map(|(row, length)| "abcdefghij"[row % 10..=row % 10].repeat(length)).collect();
    let column: ArrayRef = Arc::new(StringViewArray::from_iter_values(&values));
    let batch = RecordBatch::try_from_iter([("s", column)]).unwrap();
    let mut packer = Packer::new(&batch.schema(), ViewTypes::Plain).unwrap();
    let packed = packer.pack(&batch).unwrap();
    let read = Receiver::new(&packer).read(&packed);
    assert!(read.column(0).as_string::<i32>().iter().zip(&values).all(|(read, value)| read == Some(value.as_str())));
}
