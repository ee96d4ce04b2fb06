//! A batch as one contiguous, aligned allocation that holds all its buffers: what an export of Arrow data costs at least.
//!
//! Views become plain text and binary, slices are trimmed and offsets rebased, each buffer begins at a multiple of 64 bytes.

use std::sync::Arc;

use arrow::array::{Array, ArrayData, ArrayRef, RecordBatch};
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, ScalarBuffer};
use arrow::compute::cast;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;

const ALIGNMENT: usize = 64;

/// A buffer on its way out.
enum Part {
    Bytes(Buffer),
    Bits(BooleanBuffer),
    Offsets32(ScalarBuffer<i32>),
    Offsets64(ScalarBuffer<i64>),
}

/// Copies all buffers of a batch into one allocation.
pub(crate) fn pack(batch: &RecordBatch) -> Result<MutableBuffer, ArrowError> {
    let mut parts = Vec::with_capacity(batch.num_columns() * 3);
    for column in batch.columns() {
        collect(&plain(column)?.to_data(), &mut parts);
    }
    let mut out = MutableBuffer::with_capacity(parts.iter().map(|part| part.len().next_multiple_of(ALIGNMENT)).sum());
    for part in &parts {
        part.write(&mut out);
        out.resize(out.len().next_multiple_of(ALIGNMENT), 0);
    }
    Ok(out)
}

fn plain(column: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    match column.data_type() {
        DataType::Utf8View => cast(column, &DataType::Utf8),
        DataType::BinaryView => cast(column, &DataType::Binary),
        _ => Ok(Arc::clone(column)),
    }
}

fn collect(data: &ArrayData, parts: &mut Vec<Part>) {
    if let Some(nulls) = data.nulls() {
        parts.push(Part::Bits(nulls.inner().clone()));
    }
    let (offset, len) = (data.offset(), data.len());
    match (data.data_type(), data.buffers()) {
        (DataType::Boolean, [bits]) => parts.push(Part::Bits(BooleanBuffer::new(bits.clone(), offset, len))),
        (DataType::Utf8 | DataType::Binary, [offsets, values]) => {
            let offsets = ScalarBuffer::<i32>::new(offsets.clone(), offset, len + 1);
            let (first, last) = ends(&offsets, |value| value as usize);
            parts.push(Part::Offsets32(offsets));
            parts.push(Part::Bytes(values.slice_with_length(first, last - first)));
        }
        (DataType::LargeUtf8 | DataType::LargeBinary, [offsets, values]) => {
            let offsets = ScalarBuffer::<i64>::new(offsets.clone(), offset, len + 1);
            let (first, last) = ends(&offsets, |value| value as usize);
            parts.push(Part::Offsets64(offsets));
            parts.push(Part::Bytes(values.slice_with_length(first, last - first)));
        }
        (DataType::List(_) | DataType::Map(_, _), [offsets]) => {
            let offsets = ScalarBuffer::<i32>::new(offsets.clone(), offset, len + 1);
            let (first, last) = ends(&offsets, |value| value as usize);
            parts.push(Part::Offsets32(offsets));
            children(data, (first, last - first), parts);
        }
        (DataType::FixedSizeList(_, size), _) => {
            let size = *size as usize;
            children(data, (offset * size, len * size), parts);
        }
        (DataType::Struct(_), _) => children(data, (offset, len), parts),
        (other, [values]) if width(other).is_some() => {
            let width = width(other).unwrap_or_default();
            parts.push(Part::Bytes(values.slice_with_length(offset * width, len * width)));
            // The values of a dictionary.
            data.child_data().iter().for_each(|child| collect(child, parts));
        }
        (_, buffers) => {
            parts.extend(buffers.iter().cloned().map(Part::Bytes));
            data.child_data().iter().for_each(|child| collect(child, parts));
        }
    }
}

fn children(data: &ArrayData, (offset, len): (usize, usize), parts: &mut Vec<Part>) {
    data.child_data().iter().for_each(|child| collect(&child.slice(offset, len), parts));
}

fn width(data_type: &DataType) -> Option<usize> {
    match data_type {
        DataType::Dictionary(keys, _) => keys.primitive_width(),
        DataType::FixedSizeBinary(size) => Some(*size as usize),
        other => other.primitive_width(),
    }
}

fn ends<T: Copy>(offsets: &[T], number: impl Fn(T) -> usize) -> (usize, usize) {
    match offsets {
        [first, .., last] => (number(*first), number(*last)),
        _ => (0, 0),
    }
}

impl Part {
    fn len(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Bits(bits) => bits.len().div_ceil(8),
            Self::Offsets32(offsets) => offsets.len() * 4,
            Self::Offsets64(offsets) => offsets.len() * 8,
        }
    }

    fn write(&self, out: &mut MutableBuffer) {
        match self {
            Self::Bytes(bytes) => out.extend_from_slice(bytes),
            Self::Bits(bits) => out.extend_from_slice(bits.sliced().get(..self.len()).unwrap_or_default()),
            Self::Offsets32(offsets) => match offsets.first() {
                Some(first) if *first != 0 => out.extend(offsets.iter().map(|offset| offset - first)),
                _ => out.extend_from_slice(offsets),
            },
            Self::Offsets64(offsets) => match offsets.first() {
                Some(first) if *first != 0 => out.extend(offsets.iter().map(|offset| offset - first)),
                _ => out.extend_from_slice(offsets),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{BooleanArray, Int64Array, ListArray, StringArray, StringViewArray};
    use arrow::datatypes::Int32Type;

    use super::*;

    fn packed(column: ArrayRef) -> Vec<u8> {
        pack(&RecordBatch::try_from_iter([("x", column)]).unwrap()).unwrap().as_slice().to_vec()
    }

    fn padded(buffers: &[&[u8]]) -> Vec<u8> {
        let pad = |bytes: &&[u8]| {
            let mut bytes = bytes.to_vec();
            bytes.resize(bytes.len().next_multiple_of(ALIGNMENT), 0);
            bytes
        };
        buffers.iter().flat_map(pad).collect()
    }

    fn bytes_of(offsets: &[i32]) -> Vec<u8> {
        offsets.iter().flat_map(|offset| offset.to_le_bytes()).collect()
    }

    #[test]
    fn slices_are_trimmed_and_rebased() {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![1, 2, 3]));
        assert_eq!(packed(numbers.slice(1, 1)), padded(&[&2_i64.to_le_bytes()]));
        let text: ArrayRef = Arc::new(StringArray::from(vec!["a", "bc", "def"]));
        assert_eq!(packed(text.slice(1, 2)), padded(&[&bytes_of(&[0, 2, 5]), b"bcdef"]));
        let bits: ArrayRef = Arc::new(BooleanArray::from(vec![true, false, true, true]));
        assert_eq!(packed(bits.slice(1, 3)), padded(&[&[0b110]]));
    }

    #[test]
    fn nulls_go_first_and_views_become_plain() {
        let text: ArrayRef = Arc::new(StringViewArray::from(vec![Some("a"), None, Some("longer than twelve bytes")]));
        assert_eq!(packed(text), padded(&[&[0b101], &bytes_of(&[0, 1, 1, 25]), b"alonger than twelve bytes"]));
    }

    #[test]
    fn children_follow_their_parent() {
        let lists = ListArray::from_iter_primitive::<Int32Type, _, _>([Some(vec![Some(1)]), Some(vec![Some(2), Some(3)])]);
        let column: ArrayRef = Arc::new(lists.slice(1, 1));
        assert_eq!(packed(column), padded(&[&bytes_of(&[0, 2]), &bytes_of(&[2, 3])]));
    }
}
