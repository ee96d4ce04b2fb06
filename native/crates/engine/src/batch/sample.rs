//! Arrays of every type for tests: pseudo-random, reproducible, with nulls, empty values and slices.

use std::sync::Arc;

use arrow::array::builder::{BinaryViewBuilder, StringViewBuilder};
use arrow::array::{
    Array, ArrayData, ArrayRef, BooleanArray, FixedSizeListArray, GenericListArray, GenericListViewArray, MapArray, OffsetSizeTrait,
    RecordBatch, RecordBatchOptions, StructArray, UnionArray, make_array,
};
use arrow::buffer::{Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Schema, UnionMode};

use crate::schema::field::{FieldType, NestedField, tests::every_type};
use crate::schema::type_text::parse;

/// Numbers that look random and are the same in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % limit.max(1)
    }
}

/// Every type, and nestings in which casts lie deep.
pub(crate) fn types() -> Vec<DataType> {
    let nested = [
        "struct<a: utf8_view, b: list<binary_view!>, c: struct<d: decimal32(5,2), e: run_end_encoded<int32,utf8_view>>>",
        "struct<a: utf8_view, b: int64, c: bool>",
        "list<list_view<large_list_view<utf8_view>>>",
        "map<utf8,struct<a: decimal256(60,3), b: list<utf8_view>>>",
        "dictionary<int8,utf8_view>",
        "dictionary<uint32,decimal256(20,2)>",
        "dictionary<int32,struct<a: utf8, b: list<int64>>>",
        "list<dictionary<int16,utf8>>",
        "struct<a: dictionary<int8,utf8>, b: dictionary<int8,binary>>",
        "run_end_encoded<int16,struct<a: int64, b: utf8_view>>",
        "run_end_encoded<int64,dictionary<int8,utf8>>",
        "dense_union<a: utf8_view, b: list<decimal64(10,1)>, c: null>",
        "sparse_union<a: int8, b: binary_view = 5>",
        "fixed_size_list<fixed_size_list<list<bool>,2>,2>",
        "fixed_size_list<utf8,0>",
        "list<struct<>>",
        "list<null>",
        "list_view<run_end_encoded<int32,float64>>",
        "fixed_size_binary(0)",
    ];
    let nested = nested.into_iter().map(|text| parse(text).unwrap());
    every_type().into_iter().chain(nested).map(|of| of.to_arrow().unwrap()).collect()
}

/// A batch with one column per type, named by its text.
pub(crate) fn batch(types: &[DataType], rows: usize, random: &mut Random) -> RecordBatch {
    let fields: Vec<Field> = types
        .iter()
        .enumerate()
        .map(|(index, of)| {
            let name = format!("c{index} {}", crate::schema::type_text::format_type_text(of));
            NestedField::new(name, FieldType::from_arrow(of), true).to_arrow().unwrap()
        })
        .collect();
    let columns = types.iter().map(|of| array(of, rows, true, random)).collect();
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(fields)), columns, &options).unwrap()
}

/// An array of `rows` values.
pub(crate) fn array(data_type: &DataType, rows: usize, nullable: bool, random: &mut Random) -> ArrayRef {
    let nulls = if nullable { nulls(rows, random) } else { None };
    match data_type {
        DataType::Null => make_array(ArrayData::new_null(data_type, rows)),
        DataType::Boolean => {
            let bits: Vec<bool> = (0..rows).map(|_| random.below(2) == 1).collect();
            Arc::new(BooleanArray::new(bits.into(), nulls))
        }
        DataType::FixedSizeBinary(width) => fixed(data_type, rows, usize::try_from(*width).unwrap(), nulls, random),
        DataType::Utf8 | DataType::Binary => bytes::<i32>(data_type, rows, nulls, random),
        DataType::LargeUtf8 | DataType::LargeBinary => bytes::<i64>(data_type, rows, nulls, random),
        DataType::Utf8View => {
            let mut builder = StringViewBuilder::new().with_fixed_block_size(100);
            (0..rows).for_each(|row| builder.append_option(is_valid(&nulls, row).then(|| text(random))));
            Arc::new(builder.finish())
        }
        DataType::BinaryView => {
            let mut builder = BinaryViewBuilder::new().with_fixed_block_size(100);
            (0..rows).for_each(|row| builder.append_option(is_valid(&nulls, row).then(|| text(random))));
            Arc::new(builder.finish())
        }
        DataType::List(item) => list::<i32>(item, rows, nulls, random),
        DataType::LargeList(item) => list::<i64>(item, rows, nulls, random),
        DataType::ListView(item) => list_view::<i32>(item, rows, nulls, random),
        DataType::LargeListView(item) => list_view::<i64>(item, rows, nulls, random),
        DataType::FixedSizeList(item, size) => {
            let values = child(item, rows * usize::try_from(*size).unwrap(), random);
            Arc::new(FixedSizeListArray::try_new_with_length(Arc::clone(item), *size, values, nulls, rows).unwrap())
        }
        DataType::Struct(fields) => {
            let columns = fields.iter().map(|field| child(field, rows, random)).collect();
            Arc::new(StructArray::try_new_with_length(fields.clone(), columns, nulls, rows).unwrap())
        }
        DataType::Map(entries, sorted) => {
            let offsets = offsets::<i32>(rows, 3, random);
            let inner = array(entries.data_type(), *offsets.last().unwrap() as usize, false, random);
            let inner = inner.as_any().downcast_ref::<StructArray>().unwrap().clone();
            Arc::new(MapArray::try_new(Arc::clone(entries), offsets, inner, nulls, *sorted).unwrap())
        }
        DataType::Union(..) => union(data_type, rows, random),
        DataType::Dictionary(keys, values) => {
            let values = array(values, 5, true, random);
            let indices = keys_of(keys, rows, values.len(), nulls, random);
            let data = indices.to_data().into_builder().data_type(data_type.clone()).add_child_data(values.to_data());
            make_array(data.build().unwrap())
        }
        DataType::RunEndEncoded(ends, values) => runs(data_type, ends, values, rows, random),
        other => fixed(data_type, rows, other.primitive_width().unwrap(), nulls, random),
    }
}

/// A value of between 0 and 30 bytes, often short, not always ASCII.
fn text(random: &mut Random) -> String {
    let length = if random.below(2) == 0 { random.below(13) } else { random.below(30) };
    let letters = ['a', 'b', 'Z', '0', ' ', 'é', '✓', '😀'];
    let kinds = if random.below(3) == 0 { letters.len() } else { 5 };
    let mut text = String::new();
    while text.len() < length {
        text.push(letters[random.below(kinds)]);
    }
    text
}

fn nulls(rows: usize, random: &mut Random) -> Option<NullBuffer> {
    match random.below(4) {
        0 => None,
        1 => Some(NullBuffer::new_valid(rows)),
        _ => Some((0..rows).map(|_| random.below(5) > 0).collect()),
    }
}

fn is_valid(nulls: &Option<NullBuffer>, row: usize) -> bool {
    nulls.as_ref().is_none_or(|nulls| nulls.is_valid(row))
}

/// Small numbers in any fixed width.
fn fixed(data_type: &DataType, rows: usize, width: usize, nulls: Option<NullBuffer>, random: &mut Random) -> ArrayRef {
    let limit = if matches!(data_type, DataType::Decimal32(..)) { 200 } else { 256 };
    let mut values = vec![0_u8; rows * width];
    for value in values.chunks_exact_mut(width.max(1)) {
        value.iter_mut().take(2).for_each(|byte| *byte = u8::try_from(random.below(limit)).unwrap());
    }
    let data = ArrayData::builder(data_type.clone()).len(rows).add_buffer(Buffer::from_slice_ref(&values)).nulls(nulls);
    make_array(data.align_buffers(true).build().unwrap())
}

fn bytes<O: OffsetSizeTrait>(data_type: &DataType, rows: usize, nulls: Option<NullBuffer>, random: &mut Random) -> ArrayRef {
    let texts: Vec<String> = (0..rows).map(|_| text(random)).collect();
    let offsets = OffsetBuffer::<O>::from_lengths(texts.iter().map(String::len));
    let data = ArrayData::builder(data_type.clone())
        .len(rows)
        .add_buffer(offsets.into_inner().into_inner())
        .add_buffer(Buffer::from(texts.concat().as_bytes()))
        .nulls(nulls);
    make_array(data.build().unwrap())
}

fn child(field: &FieldRef, rows: usize, random: &mut Random) -> ArrayRef {
    array(field.data_type(), rows, field.is_nullable(), random)
}

fn offsets<O: OffsetSizeTrait>(rows: usize, most: usize, random: &mut Random) -> OffsetBuffer<O> {
    OffsetBuffer::from_lengths((0..rows).map(|_| random.below(most + 1)))
}

fn list<O: OffsetSizeTrait>(item: &FieldRef, rows: usize, nulls: Option<NullBuffer>, random: &mut Random) -> ArrayRef {
    let offsets = offsets::<O>(rows, 4, random);
    let values = child(item, offsets.last().unwrap().as_usize(), random);
    Arc::new(GenericListArray::<O>::new(Arc::clone(item), offsets, values, nulls))
}

/// Lists that overlap, skip values and go backwards.
fn list_view<O: OffsetSizeTrait>(item: &FieldRef, rows: usize, nulls: Option<NullBuffer>, random: &mut Random) -> ArrayRef {
    let values = child(item, 20, random);
    let spans: Vec<(usize, usize)> = (0..rows).map(|_| (random.below(16), random.below(5))).collect();
    let starts: ScalarBuffer<O> = spans.iter().map(|span| O::usize_as(span.0)).collect();
    let sizes: ScalarBuffer<O> = spans.iter().map(|span| O::usize_as(span.1)).collect();
    Arc::new(GenericListViewArray::<O>::try_new(Arc::clone(item), starts, sizes, values, nulls).unwrap())
}

fn union(data_type: &DataType, rows: usize, random: &mut Random) -> ArrayRef {
    let DataType::Union(fields, mode) = data_type else { panic!("not a union") };
    let ids: Vec<i8> = fields.iter().map(|(id, _)| id).collect();
    let type_ids: Vec<i8> = (0..rows).map(|_| ids[random.below(ids.len())]).collect();
    let mut counts = [0_i32; 128];
    let offsets: Vec<i32> = type_ids
        .iter()
        .map(|id| {
            let count = &mut counts[usize::try_from(*id).unwrap()];
            *count += 1;
            *count - 1
        })
        .collect();
    let dense = *mode == UnionMode::Dense;
    let length = |id: i8| if dense { usize::try_from(counts[usize::try_from(id).unwrap()]).unwrap() } else { rows };
    let children = fields.iter().map(|(id, field)| child(field, length(id), random)).collect();
    let offsets = dense.then(|| ScalarBuffer::from(offsets));
    Arc::new(UnionArray::try_new(fields.clone(), type_ids.into(), offsets, children).unwrap())
}

fn keys_of(keys: &DataType, rows: usize, values: usize, nulls: Option<NullBuffer>, random: &mut Random) -> ArrayRef {
    let width = keys.primitive_width().unwrap();
    let mut bytes = vec![0_u8; rows * width];
    bytes.chunks_exact_mut(width).for_each(|key| key[0] = u8::try_from(random.below(values)).unwrap());
    let data = ArrayData::builder(keys.clone()).len(rows).add_buffer(Buffer::from_slice_ref(&bytes)).nulls(nulls);
    make_array(data.align_buffers(true).build().unwrap())
}

fn runs(data_type: &DataType, ends: &FieldRef, values: &FieldRef, rows: usize, random: &mut Random) -> ArrayRef {
    let mut lengths = Vec::new();
    while lengths.iter().sum::<usize>() < rows {
        lengths.push((1 + random.below(4)).min(rows - lengths.iter().sum::<usize>()));
    }
    let width = ends.data_type().primitive_width().unwrap();
    let mut end = 0;
    let bytes: Vec<u8> = lengths
        .iter()
        .flat_map(|length| {
            end += length;
            (end as u64).to_le_bytes()[..width].to_vec()
        })
        .collect();
    let run_ends = ArrayData::builder(ends.data_type().clone()).len(lengths.len()).add_buffer(Buffer::from_slice_ref(&bytes));
    let run_ends = run_ends.align_buffers(true).build().unwrap();
    let values = child(values, lengths.len(), random).to_data();
    let data = ArrayData::builder(data_type.clone()).len(rows).add_child_data(run_ends).add_child_data(values);
    make_array(data.build().unwrap())
}
