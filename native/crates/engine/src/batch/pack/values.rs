//! The copy loops: bits, offsets, and the values behind views.

use std::borrow::Cow;

use arrow::array::types::{ByteArrayType, ByteViewType, GenericBinaryType, GenericStringType};
use arrow::array::{Array, AsArray, BooleanBufferBuilder, GenericByteViewArray, OffsetSizeTrait};
use arrow::buffer::{BooleanBuffer, Buffer, MutableBuffer, OffsetBuffer};
use arrow::datatypes::DataType;

use crate::batch::size::{INLINE_BYTES, view_length};

/// Values gathered before one copy into the allocation: they stay in the first-level cache.
const BLOCK: usize = 4096;

/// Bytes of a view: one store of this many per short value.
const VIEW_BYTES: usize = 16;

/// Bits, moved to bit 0, the rest of the last byte zero.
pub(super) fn bits(out: &mut MutableBuffer, source: &BooleanBuffer) {
    let bytes = source.len().div_ceil(8);
    let start = out.len();
    match source.values().get(source.offset() / 8..).and_then(|values| values.get(..bytes)) {
        Some(values) if source.offset().is_multiple_of(8) => out.extend_from_slice(values),
        _ => {
            out.extend(source.bit_chunks().iter_padded());
            out.truncate(start + bytes);
        }
    }
    let used = source.len() % 8;
    if used > 0
        && let Some(last) = out.as_slice_mut().last_mut()
    {
        *last &= (1 << used) - 1;
    }
}

/// The bits of the parts, one after the other.
pub(super) fn joined_bits(parts: impl IntoIterator<Item = BooleanBuffer>) -> BooleanBuffer {
    let mut parts = parts.into_iter();
    let (Some(first), second) = (parts.next(), parts.next()) else { return BooleanBuffer::new_unset(0) };
    let Some(second) = second else { return first };
    let mut joined = BooleanBufferBuilder::new(first.len() + second.len());
    for part in [first, second].into_iter().chain(parts) {
        joined.append_buffer(&part);
    }
    joined.finish()
}

/// Which values of an array are none of null.
pub(super) fn validity(array: &dyn Array) -> BooleanBuffer {
    array.nulls().map_or_else(|| BooleanBuffer::new_set(array.len()), |nulls| nulls.inner().clone())
}

/// Offsets of arrays, moved to begin at 0 and to go on where those of the array before ended. The last one is at most the
/// largest number of the type.
pub(super) fn offsets<O: OffsetSizeTrait>(out: &mut MutableBuffer, parts: &[&OffsetBuffer<O>]) {
    let mut end = O::default();
    out.extend_from_slice(&[end]);
    for source in parts {
        let [first, rest @ ..] = source.as_ref() else { continue };
        let moved = end - *first;
        end = rest.last().map_or(end, |last| *last + moved);
        if moved == O::default() {
            out.extend_from_slice(rest);
            continue;
        }
        let mut block = [O::default(); BLOCK / 8];
        for chunk in rest.chunks(block.len()) {
            for (target, offset) in block.iter_mut().zip(chunk) {
                *target = *offset + moved;
            }
            out.extend_from_slice(block.get(..chunk.len()).unwrap_or_default());
        }
    }
}

/// The offsets and the values of a string or binary column.
pub(super) fn offsets_and_bytes<O: OffsetSizeTrait>(array: &dyn Array) -> Option<(&OffsetBuffer<O>, &[u8])> {
    fn parts<T: ByteArrayType>(array: &dyn Array) -> Option<(&OffsetBuffer<T::Offset>, &[u8])> {
        let array = array.as_bytes_opt::<T>()?;
        Some((array.offsets(), array.value_data()))
    }
    match array.data_type() {
        DataType::Utf8 | DataType::LargeUtf8 => parts::<GenericStringType<O>>(array),
        _ => parts::<GenericBinaryType<O>>(array),
    }
}

/// The views, those of null rows empty.
pub(super) fn visible_views<T: ByteViewType>(array: &GenericByteViewArray<T>) -> Cow<'_, [u128]> {
    match array.nulls().filter(|nulls| nulls.null_count() > 0) {
        None => Cow::Borrowed(array.views()),
        Some(nulls) => {
            let views = array.views().iter().zip(nulls.iter());
            Cow::Owned(views.map(|(view, valid)| if valid { *view } else { 0 }).collect())
        }
    }
}

/// Bytes of all values, or only of those that do not lie within their view.
pub(super) fn total_bytes(views: &[u128], inline: bool) -> usize {
    let lengths = views.iter().map(|view| view_length(*view));
    if inline { lengths.sum() } else { lengths.filter(|length| *length > INLINE_BYTES).sum() }
}

/// Offsets of the values when they are written one after the other. Their sum fits 31 bits.
pub(super) fn view_offsets<'views>(out: &mut MutableBuffer, parts: impl Iterator<Item = &'views [u128]>) {
    let mut end = 0_i32;
    out.extend_from_slice(&[end]);
    let mut block = [0_i32; BLOCK / 4];
    for chunk in parts.flat_map(|views| views.chunks(BLOCK / 4)) {
        for (target, view) in block.iter_mut().zip(chunk) {
            end = end.wrapping_add(low_half(*view));
            *target = end;
        }
        out.extend_from_slice(block.get(..chunk.len()).unwrap_or_default());
    }
}

/// The values one after the other; none when a view points outside of `buffers`.
pub(super) fn view_bytes(out: &mut MutableBuffer, views: &[u128], buffers: &[Buffer]) -> Option<()> {
    // Short values are stored as whole views of 16 bytes, each over the rest of the one before.
    let mut block = [0_u8; BLOCK + VIEW_BYTES];
    let mut used = 0;
    for view in views {
        let length = view_length(*view);
        if length <= INLINE_BYTES {
            block.get_mut(used..used + VIEW_BYTES)?.copy_from_slice(&(*view >> 32).to_le_bytes());
            used += length;
        } else {
            let value = outside(*view, buffers)?;
            if length <= BLOCK - used {
                block.get_mut(used..used + length)?.copy_from_slice(value);
                used += length;
            } else {
                out.extend_from_slice(block.get(..used)?);
                used = 0;
                out.extend_from_slice(value);
            }
        }
        if used > BLOCK - VIEW_BYTES {
            out.extend_from_slice(block.get(..used)?);
            used = 0;
        }
    }
    out.extend_from_slice(block.get(..used)?);
    Some(())
}

/// Views over one data buffer, in which the long values lie one after the other. Their sum fits 31 bits.
pub(super) fn compact_views<'views>(out: &mut MutableBuffer, views: impl Iterator<Item = &'views u128>) {
    let mut start = 0_u128;
    out.extend(views.map(|view| {
        let length = view_length(*view);
        if length <= INLINE_BYTES {
            return *view;
        }
        let moved = (*view & u128::from(u64::MAX)) | (start << 96);
        start += length as u128;
        moved
    }));
}

/// The long values one after the other; none when a view points outside of `buffers`.
pub(super) fn long_bytes(out: &mut MutableBuffer, views: &[u128], buffers: &[Buffer]) -> Option<()> {
    for view in views.iter().filter(|view| view_length(**view) > INLINE_BYTES) {
        out.extend_from_slice(outside(*view, buffers)?);
    }
    Some(())
}

/// First and one past the last used value of each member of a dense union, by type id.
pub(super) fn dense_spans(type_ids: &[i8], offsets: &[i32]) -> Vec<(i32, i32)> {
    let mut spans = vec![(i32::MAX, 0); 128];
    for (id, offset) in type_ids.iter().zip(offsets) {
        if let Some((first, end)) = spans.get_mut(usize::from(id.unsigned_abs())) {
            *first = (*first).min(*offset);
            *end = (*end).max(*offset + 1);
        }
    }
    for (first, end) in &mut spans {
        *first = (*first).min(*end);
    }
    spans
}

/// The value of a view that does not hold it: length, prefix, buffer and offset, 32 bits each.
fn outside(view: u128, buffers: &[Buffer]) -> Option<&[u8]> {
    let buffer = buffers.get(view_length(view >> 64))?;
    let start = view_length(view >> 96);
    buffer.get(start..start + view_length(view))
}

/// A length as a signed number; lengths of values never reach its sign.
#[expect(clippy::cast_possible_truncation, reason = "the low half is meant")]
const fn low_half(view: u128) -> i32 {
    view as i32
}
