//! Walks the arrays of a batch and writes their nodes.

use arrow::array::types::{BinaryViewType, ByteViewType, StringViewType};
use arrow::array::{Array, ArrayRef, AsArray, OffsetSizeTrait, UnionArray};
use arrow::buffer::{MutableBuffer, NullBuffer};
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

    /// Writes an array with everything inside it. The array is exactly the wanted rows.
    pub(super) fn write(&mut self, node: &Node, array: &dyn Array) -> Result<()> {
        match node {
            Node::Null => self.node(array.len(), array.len(), 0),
            Node::Boolean => {
                let bits = array.as_boolean_opt().ok_or_else(wrong_schema)?;
                self.start(array, 2);
                self.buffer(|out| values::bits(out, bits.values()));
            }
            Node::Fixed(width) => self.fixed(array, *width)?,
            Node::Bytes => self.bytes::<i32>(array)?,
            Node::LargeBytes => self.bytes::<i64>(array)?,
            Node::ViewsAsBytes | Node::Views => match array.data_type() {
                DataType::Utf8View => self.views::<StringViewType>(node, array)?,
                _ => self.views::<BinaryViewType>(node, array)?,
            },
            Node::List(item) => self.list::<i32>(item, array)?,
            Node::LargeList(item) => self.list::<i64>(item, array)?,
            Node::FixedList(item) => {
                let list = array.as_fixed_size_list_opt().ok_or_else(wrong_schema)?;
                self.start(array, 1);
                self.write(item, list.values().as_ref())?;
            }
            Node::Map(entries) => {
                let map = array.as_map_opt().ok_or_else(wrong_schema)?;
                self.start(array, 2);
                self.buffer(|out| values::offsets(out, map.offsets()));
                let (first, length) = size::extent(map.offsets());
                self.write(entries, &map.entries().slice(first, length))?;
            }
            Node::Struct(fields) => {
                let columns = array.as_struct_opt().ok_or_else(wrong_schema)?.columns();
                self.start(array, 1);
                for (field, column) in fields.iter().zip(columns) {
                    self.write(field, column.as_ref())?;
                }
            }
            Node::Union(members) => self.union(members, array.as_union_opt().ok_or_else(wrong_schema)?)?,
            Node::Dictionary { id, width, values } => self.dictionary(*id, *width, values, array)?,
            Node::Converted { to, then } => self.write(then, convert::shallow(array, to)?.as_ref())?,
        }
        Ok(())
    }

    fn fixed(&mut self, array: &dyn Array, width: usize) -> Result<()> {
        let data = array.to_data();
        let first = data.offset() * width;
        let bytes = data.buffers().first().and_then(|buffer| buffer.get(first..first + data.len() * width));
        let bytes = bytes.ok_or_else(wrong_schema)?;
        self.start(array, 2);
        self.buffer(|out| out.extend_from_slice(bytes));
        Ok(())
    }

    fn bytes<O: OffsetSizeTrait>(&mut self, array: &dyn Array) -> Result<()> {
        let (offsets, bytes) = values::offsets_and_bytes::<O>(array).ok_or_else(wrong_schema)?;
        let (first, length) = size::extent(offsets);
        let bytes = bytes.get(first..first + length).ok_or_else(wrong_schema)?;
        self.start(array, 3);
        self.buffer(|out| values::offsets(out, offsets));
        self.buffer(|out| out.extend_from_slice(bytes));
        Ok(())
    }

    fn views<T: ByteViewType>(&mut self, node: &Node, array: &dyn Array) -> Result<()> {
        let views = array.as_byte_view_opt::<T>().ok_or_else(wrong_schema)?;
        let visible = values::visible_views(views);
        let buffers = views.data_buffers();
        let plain = matches!(node, Node::ViewsAsBytes);
        let total = values::total_bytes(&visible, plain);
        if i32::try_from(total).is_err() {
            return Err(EngineError::internal(format!("{total} bytes of text in one column of a batch")));
        }
        self.start(array, 3);
        if plain {
            self.buffer(|out| values::view_offsets(out, &visible));
            self.try_buffer(|out| values::view_bytes(out, &visible, buffers))
        } else {
            self.buffer(|out| values::compact_views(out, &visible));
            self.try_buffer(|out| values::long_bytes(out, &visible, buffers))
        }
    }

    fn list<O: OffsetSizeTrait>(&mut self, item: &Node, array: &dyn Array) -> Result<()> {
        let list = array.as_list_opt::<O>().ok_or_else(wrong_schema)?;
        self.start(array, 2);
        self.buffer(|out| values::offsets(out, list.offsets()));
        let (first, length) = size::extent(list.offsets());
        self.write(item, list.values().slice(first, length).as_ref())
    }

    fn union(&mut self, members: &[(i8, Node)], union: &UnionArray) -> Result<()> {
        let type_ids = union.type_ids();
        let Some(offsets) = union.offsets() else {
            self.node(union.len(), 0, 1);
            self.buffer(|out| out.extend_from_slice(type_ids));
            return members.iter().try_for_each(|(id, node)| self.write(node, union.child(*id).as_ref()));
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
            self.write(node, union.child(*id).slice(first, end - first).as_ref())
        })
    }

    fn dictionary(&mut self, id: u32, width: usize, values: &Node, array: &dyn Array) -> Result<()> {
        let dictionary = array.as_any_dictionary_opt().ok_or_else(wrong_schema)?;
        self.fixed(dictionary.keys(), width)?;
        self.header.push(f64::from(id));
        let current = dictionary.values();
        let slot = self.sent.get_mut(id as usize).ok_or_else(wrong_schema)?;
        if slot.as_ref().is_some_and(|last| same_values(last, current)) {
            return Ok(());
        }
        *slot = Some(ArrayRef::clone(current));
        let memory = MutableBuffer::with_capacity(size::column_bytes(current.as_ref(), self.views));
        let mut inner = Writer::new(memory, current.len(), self.views, &mut *self.sent);
        inner.write(values, current.as_ref())?;
        let Packed { header, data, dictionaries } = inner.finish();
        self.dictionaries.extend(dictionaries);
        self.dictionaries.push(PackedDictionary { id, header, data });
        Ok(())
    }

    /// A node with validity as its first buffer.
    fn start(&mut self, array: &dyn Array, buffers: usize) {
        let nulls = array.nulls().filter(|nulls| nulls.null_count() > 0);
        self.node(array.len(), nulls.map_or(0, NullBuffer::null_count), buffers);
        self.buffer(|out| {
            if let Some(nulls) = nulls {
                values::bits(out, nulls.inner());
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
        filled.ok_or_else(|| EngineError::internal("a view points outside of its buffers"))
    }
}

/// Sizes are far below 2^53.
#[expect(clippy::cast_precision_loss, reason = "lengths and offsets of memory are exact in a float64")]
const fn number(value: usize) -> f64 {
    value as f64
}
