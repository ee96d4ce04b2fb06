//! Walks the arrays of a batch and writes their nodes.

use arrow::array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait, UnionArray};
use arrow::buffer::MutableBuffer;
use arrow::datatypes::DataType;

use super::node::Node;
use super::{Packed, PackedBytes, PackedDictionary, same_values, values};
use crate::batch::cast::{ViewTypes, convert};
use crate::batch::size::{self, BUFFER_ALIGNMENT};
use crate::batch::wrong_schema;
use crate::error::{EngineError, Result};

/// One allocation while it is being filled.
pub(super) struct Writer<'packer> {
    out: MutableBuffer,
    header: Vec<f64>,
    dictionaries: Vec<PackedDictionary>,
    views: ViewTypes,
    sent: &'packer mut [Option<ArrayRef>],
}

impl<'packer> Writer<'packer> {
    pub(super) fn new(out: MutableBuffer, rows: usize, views: ViewTypes, sent: &'packer mut [Option<ArrayRef>]) -> Self {
        Self { out, header: vec![number(rows)], dictionaries: Vec::new(), views, sent }
    }

    pub(super) fn finish(self) -> Packed {
        Packed { header: self.header, data: PackedBytes(self.out), dictionaries: self.dictionaries }
    }

    /// Writes arrays as one, with everything inside them: exactly the wanted rows. Several only where the node joins.
    pub(super) fn write(&mut self, node: &Node, parts: &[&dyn Array]) -> Result<()> {
        match node {
            Node::Null => {
                let length = length(parts);
                self.node(length, length, 0);
            }
            Node::Boolean => {
                let bits = |array: &dyn Array| array.as_boolean_opt().map(|bits| bits.values().clone());
                let bits = parts.iter().map(|part| bits(*part)).collect::<Option<Vec<_>>>().ok_or_else(wrong_schema)?;
                self.start(parts, 2);
                self.buffer(|out| values::bits(out, &values::joined_bits(bits)));
            }
            Node::Fixed(width) => self.fixed(parts, *width)?,
            Node::Bytes => self.bytes::<i32>(parts)?,
            Node::LargeBytes => self.bytes::<i64>(parts)?,
            Node::ViewsAsBytes | Node::Views => match parts.first().map(|part| part.data_type()) {
                Some(DataType::Utf8View) => self.views::<StringViewType>(node, parts)?,
                _ => self.views::<BinaryViewType>(node, parts)?,
            },
            Node::Struct(fields) => self.fields(fields, parts)?,
            _ => match parts {
                [array] => self.nested(node, *array)?,
                _ => return Err(wrong_schema()),
            },
        }
        Ok(())
    }

    fn nested(&mut self, node: &Node, array: &dyn Array) -> Result<()> {
        match node {
            Node::List(item) => self.list::<i32>(item, array),
            Node::LargeList(item) => self.list::<i64>(item, array),
            Node::FixedList(item) => {
                let list = array.as_fixed_size_list_opt().ok_or_else(wrong_schema)?;
                self.start(&[array], 1);
                self.write(item, &[list.values().as_ref()])
            }
            Node::Map(entries) => {
                let map = array.as_map_opt().ok_or_else(wrong_schema)?;
                self.start(&[array], 2);
                self.buffer(|out| values::offsets(out, &[map.offsets()]));
                let (first, length) = size::extent(map.offsets());
                self.write(entries, &[&map.entries().slice(first, length)])
            }
            Node::Union(members) => self.union(members, array.as_union_opt().ok_or_else(wrong_schema)?),
            Node::Dictionary { id, width, values } => self.dictionary(*id, *width, values, array),
            Node::Converted { to, then } => self.write(then, &[convert::shallow(array, to)?.as_ref()]),
            _ => Err(wrong_schema()),
        }
    }

    fn fields(&mut self, fields: &[Node], parts: &[&dyn Array]) -> Result<()> {
        let structs = parts.iter().map(|part| part.as_struct_opt()).collect::<Option<Vec<_>>>().ok_or_else(wrong_schema)?;
        self.start(parts, 1);
        fields.iter().enumerate().try_for_each(|(index, field)| {
            let columns = structs.iter().filter_map(|array| array.columns().get(index)).map(AsRef::as_ref);
            self.write(field, &columns.collect::<Vec<_>>())
        })
    }

    fn fixed(&mut self, parts: &[&dyn Array], width: usize) -> Result<()> {
        self.start(parts, 2);
        self.try_buffer(|out| {
            parts.iter().try_for_each(|part| {
                let data = part.to_data();
                let first = data.offset() * width;
                out.extend_from_slice(data.buffers().first()?.get(first..first + data.len() * width)?);
                Some(())
            })
        })
    }

    fn bytes<O: OffsetSizeTrait>(&mut self, parts: &[&dyn Array]) -> Result<()> {
        let texts = parts.iter().map(|part| values::offsets_and_bytes::<O>(*part)).collect::<Option<Vec<_>>>().ok_or_else(wrong_schema)?;
        let offsets: Vec<_> = texts.iter().map(|(offsets, _)| *offsets).collect();
        let total = offsets.iter().map(|offsets| size::extent(offsets).1).sum();
        O::from_usize(total).ok_or_else(|| too_long(total))?;
        self.start(parts, 3);
        self.buffer(|out| values::offsets(out, &offsets));
        self.try_buffer(|out| {
            texts.iter().try_for_each(|(offsets, bytes)| {
                let (first, length) = size::extent(offsets);
                out.extend_from_slice(bytes.get(first..first + length)?);
                Some(())
            })
        })
    }

    fn views<T: ByteViewType>(&mut self, node: &Node, parts: &[&dyn Array]) -> Result<()> {
        let arrays = parts.iter().map(|part| part.as_byte_view_opt::<T>()).collect::<Option<Vec<_>>>().ok_or_else(wrong_schema)?;
        let visible: Vec<_> = arrays.iter().map(|array| (values::visible_views(array), array.data_buffers())).collect();
        let plain = matches!(node, Node::ViewsAsBytes);
        let total = visible.iter().map(|(views, _)| values::total_bytes(views, plain)).sum();
        i32::try_from(total).map_err(|_| too_long(total))?;
        self.start(parts, 3);
        if plain {
            self.buffer(|out| values::view_offsets(out, visible.iter().map(|(views, _)| views.as_ref())));
            self.try_buffer(|out| visible.iter().try_for_each(|(views, buffers)| values::view_bytes(out, views, buffers)))
        } else {
            self.buffer(|out| values::compact_views(out, visible.iter().flat_map(|(views, _)| views.iter())));
            self.try_buffer(|out| visible.iter().try_for_each(|(views, buffers)| values::long_bytes(out, views, buffers)))
        }
    }

    fn list<O: OffsetSizeTrait>(&mut self, item: &Node, array: &dyn Array) -> Result<()> {
        let list = array.as_list_opt::<O>().ok_or_else(wrong_schema)?;
        self.start(&[array], 2);
        self.buffer(|out| values::offsets(out, &[list.offsets()]));
        let (first, length) = size::extent(list.offsets());
        self.write(item, &[list.values().slice(first, length).as_ref()])
    }

    fn union(&mut self, members: &[(i8, Node)], union: &UnionArray) -> Result<()> {
        let type_ids = union.type_ids();
        let Some(offsets) = union.offsets() else {
            self.node(union.len(), 0, 1);
            self.buffer(|out| out.extend_from_slice(type_ids));
            return members.iter().try_for_each(|(id, node)| self.write(node, &[union.child(*id).as_ref()]));
        };
        let spans = values::dense_spans(type_ids, offsets);
        self.node(union.len(), 0, 2);
        self.buffer(|out| out.extend_from_slice(type_ids));
        self.buffer(|out| {
            let first = |id: i8| spans.get(usize::from(id.unsigned_abs())).map_or(0, |span| span.0);
            out.extend(type_ids.iter().zip(offsets.iter()).map(|(id, offset)| offset - first(*id)));
        });
        members.iter().try_for_each(|(id, node)| {
            let (first, end) = spans.get(usize::from(id.unsigned_abs())).copied().unwrap_or_default();
            let first = usize::try_from(first).map_err(|_| wrong_schema())?;
            let end = usize::try_from(end).map_err(|_| wrong_schema())?;
            self.write(node, &[union.child(*id).slice(first, end - first).as_ref()])
        })
    }

    fn dictionary(&mut self, id: u32, width: usize, values: &Node, array: &dyn Array) -> Result<()> {
        let dictionary = array.as_any_dictionary_opt().ok_or_else(wrong_schema)?;
        self.fixed(&[dictionary.keys()], width)?;
        self.header.push(f64::from(id));
        let current = dictionary.values();
        let slot = self.sent.get_mut(id as usize).ok_or_else(wrong_schema)?;
        if slot.as_ref().is_some_and(|last| same_values(last, current)) {
            return Ok(());
        }
        *slot = Some(ArrayRef::clone(current));
        let memory = MutableBuffer::with_capacity(size::column_bytes(current.as_ref(), self.views));
        let mut inner = Writer::new(memory, current.len(), self.views, &mut *self.sent);
        inner.write(values, &[current.as_ref()])?;
        let Packed { header, data, dictionaries } = inner.finish();
        self.dictionaries.extend(dictionaries);
        self.dictionaries.push(PackedDictionary { id, header, data });
        Ok(())
    }

    /// A node with validity as its first buffer.
    fn start(&mut self, parts: &[&dyn Array], buffers: usize) {
        let nulls = parts.iter().map(|part| part.null_count()).sum();
        self.node(length(parts), nulls, buffers);
        self.buffer(|out| {
            if nulls > 0 {
                values::bits(out, &values::joined_bits(parts.iter().map(|part| values::validity(*part))));
            }
        });
    }

    fn node(&mut self, length: usize, nulls: usize, buffers: usize) {
        self.header.extend([number(length), number(nulls), number(buffers)]);
    }

    fn buffer(&mut self, fill: impl FnOnce(&mut MutableBuffer)) {
        let padding = self.out.len().next_multiple_of(BUFFER_ALIGNMENT) - self.out.len();
        self.out.extend_zeros(padding);
        let start = self.out.len();
        fill(&mut self.out);
        self.header.extend([number(start), number(self.out.len() - start)]);
    }

    fn try_buffer(&mut self, fill: impl FnOnce(&mut MutableBuffer) -> Option<()>) -> Result<()> {
        let mut filled = None;
        self.buffer(|out| filled = fill(out));
        filled.ok_or_else(|| EngineError::internal("a column points outside of its buffers"))
    }
}

fn length(parts: &[&dyn Array]) -> usize {
    parts.iter().map(|part| part.len()).sum()
}

fn too_long(total: usize) -> EngineError {
    EngineError::internal(format!("{total} bytes of text in one column of a batch"))
}

/// Sizes are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "lengths and offsets of memory are exact in a float64")]
const fn number(value: usize) -> f64 {
    value as f64
}
