//! Bytes that rows take in the batch layout, without building it.

use arrow::array::types::{BinaryViewType, ByteArrayType, ByteViewType, GenericBinaryType, GenericStringType, StringViewType};
use arrow::array::{Array, ArrayRef, AsArray, GenericByteViewArray, OffsetSizeTrait, RecordBatch};
use arrow::buffer::OffsetBuffer;
use arrow::datatypes::DataType;

use super::cast::ViewTypes;

/// Every buffer starts at a multiple of this.
pub(crate) const BUFFER_ALIGNMENT: usize = 64;

/// Bytes of one view.
const VIEW_BYTES: usize = 16;

/// Values of at most this many bytes lie within their view.
pub(crate) const INLINE_BYTES: usize = 12;

/// Bytes the batch takes in the batch layout, dictionaries apart. Near for types that are cast on the way.
#[must_use]
pub fn packed_bytes(batch: &RecordBatch, views: ViewTypes) -> usize {
    batch.columns().iter().map(|column| column_bytes(column.as_ref(), views)).sum()
}

/// Bytes one column takes, its children included.
pub(crate) fn column_bytes(array: &dyn Array, views: ViewTypes) -> usize {
    let validity = if array.null_count() > 0 { aligned(array.len().div_ceil(8)) } else { 0 };
    validity + value_bytes(array, views).unwrap_or(0)
}

/// `bytes` with the padding up to the next buffer.
pub(crate) const fn aligned(bytes: usize) -> usize {
    bytes.next_multiple_of(BUFFER_ALIGNMENT)
}

fn value_bytes(array: &dyn Array, views: ViewTypes) -> Option<usize> {
    let rows = array.len();
    let children = |arrays: &[ArrayRef]| arrays.iter().map(|child| column_bytes(child.as_ref(), views)).sum::<usize>();
    Some(match array.data_type() {
        DataType::Null => 0,
        DataType::Boolean => aligned(rows.div_ceil(8)),
        DataType::FixedSizeBinary(width) => aligned(rows * usize::try_from(*width).unwrap_or(0)),
        DataType::Utf8 => text_bytes::<GenericStringType<i32>>(array)?,
        DataType::LargeUtf8 => text_bytes::<GenericStringType<i64>>(array)?,
        DataType::Binary => text_bytes::<GenericBinaryType<i32>>(array)?,
        DataType::LargeBinary => text_bytes::<GenericBinaryType<i64>>(array)?,
        DataType::Utf8View => view_bytes(array.as_byte_view_opt::<StringViewType>()?, views),
        DataType::BinaryView => view_bytes(array.as_byte_view_opt::<BinaryViewType>()?, views),
        DataType::List(_) => list_bytes::<i32>(array, views)?,
        DataType::LargeList(_) => list_bytes::<i64>(array, views)?,
        DataType::FixedSizeList(..) => column_bytes(array.as_fixed_size_list_opt()?.values().as_ref(), views),
        DataType::Map(..) => {
            let map = array.as_map_opt()?;
            let (start, length) = extent(map.offsets());
            aligned((rows + 1) * 4) + column_bytes(&map.entries().slice(start, length), views)
        }
        DataType::Struct(_) => children(array.as_struct_opt()?.columns()),
        DataType::Union(fields, _) => {
            let union = array.as_union_opt()?;
            let offsets = if union.offsets().is_some() { aligned(rows * 4) } else { 0 };
            aligned(rows) + offsets + fields.iter().map(|(id, _)| column_bytes(union.child(id).as_ref(), views)).sum::<usize>()
        }
        DataType::Dictionary(keys, _) => aligned(rows * keys.primitive_width().unwrap_or(8)),
        DataType::RunEndEncoded(_, values) => aligned(rows * values.data_type().primitive_width().unwrap_or(VIEW_BYTES)),
        DataType::ListView(_) => {
            let list = array.as_list_view_opt::<i32>()?;
            aligned((rows + 1) * 4) + share(list.values(), list.sizes().iter().map(|size| i64::from(*size)), views)
        }
        DataType::LargeListView(_) => {
            let list = array.as_list_view_opt::<i64>()?;
            aligned((rows + 1) * 8) + share(list.values(), list.sizes().iter().copied(), views)
        }
        other => aligned(rows * other.primitive_width().unwrap_or(VIEW_BYTES).max(4)),
    })
}

fn text_bytes<T: ByteArrayType>(array: &dyn Array) -> Option<usize> {
    let offsets = array.as_bytes_opt::<T>()?.offsets();
    let (_, length) = extent(offsets);
    Some(aligned(offsets.len() * size_of::<T::Offset>()) + aligned(length))
}

fn list_bytes<O: OffsetSizeTrait>(array: &dyn Array, views: ViewTypes) -> Option<usize> {
    let list = array.as_list_opt::<O>()?;
    let (start, length) = extent(list.offsets());
    let values = list.values().slice(start, length);
    Some(aligned(list.offsets().len() * size_of::<O>()) + column_bytes(values.as_ref(), views))
}

fn view_bytes<T: ByteViewType>(array: &GenericByteViewArray<T>, views: ViewTypes) -> usize {
    let lengths = array.views().iter().map(|view| view_length(*view));
    match views {
        ViewTypes::Plain => aligned((array.len() + 1) * 4) + aligned(lengths.sum()),
        ViewTypes::Keep => aligned(array.len() * VIEW_BYTES) + aligned(lengths.filter(|length| *length > INLINE_BYTES).sum()),
    }
}

/// Length of the value a view stands for: its low 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
pub(crate) const fn view_length(view: u128) -> usize {
    view as u32 as usize
}

/// The part of `values` that the rows of a list view use, assuming that all values are alike.
fn share(values: &ArrayRef, sizes: impl Iterator<Item = i64>, views: ViewTypes) -> usize {
    let used = usize::try_from(sizes.sum::<i64>()).unwrap_or(0);
    let whole = column_bytes(values.as_ref(), views);
    if values.is_empty() { 0 } else { aligned((whole / values.len() + 1) * used) }
}

/// First value and number of values that the offsets span.
pub(crate) fn extent<O: OffsetSizeTrait>(offsets: &OffsetBuffer<O>) -> (usize, usize) {
    let first = offsets.first().map_or(0, |offset| offset.as_usize());
    let last = offsets.last().map_or(0, |offset| offset.as_usize());
    (first, last - first)
}
