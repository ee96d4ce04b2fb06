//! The batch layout: one contiguous allocation per batch, and a header of exact numbers that says what lies where.
//!
//! `header` = rows, then one node per array in schema pre-order: length, null count, buffer count `n`, `n` pairs of
//! (byte offset, bytes), and for a dictionary node its dictionary's id. Buffers are in Arrow's order: validity (0 bytes
//! when nothing is null), then
//!
//! | type | buffers after validity | children |
//! |---|---|---|
//! | null | none at all, no validity either | |
//! | fixed width, bool | values | |
//! | utf8, binary (large: 64-bit) | offsets, values | |
//! | utf8 view, binary view | views, one data buffer | |
//! | list, large list | offsets | item |
//! | fixed size list, struct | | item, or every field |
//! | map | offsets | the entries struct, and in it key and value |
//! | union | type ids (no validity), and offsets when dense | every member in the order of the type |
//! | dictionary | indices | none: the values are a [`PackedDictionary`] |
//!
//! Offsets begin at 0, bits at bit 0, and every buffer lies at a multiple of 64 bytes.

use std::ops::{Deref, DerefMut};
use std::slice;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch};
use arrow::buffer::MutableBuffer;
use arrow::datatypes::{DataType, SchemaRef};

use super::cast::{CastPlan, ViewTypes};
use super::size;
use super::wrong_schema;
use crate::error::Result;

mod node;
mod values;
mod writer;

use node::Node;
use writer::Writer;

/// Memory that was filled without being zeroed first; in the batch layout it is aligned to at least 64 bytes.
#[derive(Debug)]
pub struct PackedBytes(MutableBuffer);

impl PackedBytes {
    /// Bytes that can be held without another allocation.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.0.capacity()
    }
}

impl From<Vec<u8>> for PackedBytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self(MutableBuffer::from(bytes))
    }
}

impl Deref for PackedBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0.as_slice()
    }
}

impl DerefMut for PackedBytes {
    fn deref_mut(&mut self) -> &mut [u8] {
        self.0.as_slice_mut()
    }
}

/// One batch in the batch layout.
#[derive(Debug)]
pub struct Packed {
    /// Rows, then the nodes.
    pub header: Vec<f64>,
    /// All buffers.
    pub data: PackedBytes,
    /// The dictionaries that appear for the first time or changed, inner ones first.
    pub dictionaries: Vec<PackedDictionary>,
}

/// The values of one dictionary, in the same form as a batch of one column.
#[derive(Debug)]
pub struct PackedDictionary {
    /// The number that dictionary nodes carry, counted from 0 through the schema in pre-order.
    pub id: u32,
    /// Values, then their nodes.
    pub header: Vec<f64>,
    /// All buffers.
    pub data: PackedBytes,
}

/// Packs the batches of one stream, casting what JavaScript cannot read while it copies.
#[derive(Debug)]
pub struct Packer {
    plan: CastPlan,
    views: ViewTypes,
    columns: Vec<(DataType, Node)>,
    /// The values last sent, by dictionary id.
    sent: Vec<Option<ArrayRef>>,
}

impl Packer {
    /// A packer for batches of `schema` (before casts).
    pub fn new(schema: &SchemaRef, views: ViewTypes) -> Result<Self> {
        let mut dictionaries = 0;
        let columns: Result<Vec<_>> = schema
            .fields()
            .iter()
            .map(|field| Ok((field.data_type().clone(), Node::new(field.data_type(), views, &mut dictionaries)?)))
            .collect();
        Ok(Self { plan: CastPlan::new(schema, views), views, columns: columns?, sent: vec![None; dictionaries as usize] })
    }

    /// The casts that packing performs.
    #[must_use]
    pub fn plan(&self) -> &CastPlan {
        &self.plan
    }

    /// Whether several batches can be packed as one without joining them first.
    #[must_use]
    pub fn joins(&self) -> bool {
        self.columns.iter().all(|(_, node)| node.joins())
    }

    /// Packs a batch into memory of its own.
    pub fn pack(&mut self, batch: &RecordBatch) -> Result<Packed> {
        self.pack_joined(slice::from_ref(batch))
    }

    /// Packs batches as one, row after row. Several only where they [join](Self::joins).
    pub fn pack_joined(&mut self, batches: &[RecordBatch]) -> Result<Packed> {
        if batches.iter().any(|batch| batch.columns().iter().any(|column| column.len() != batch.num_rows())) {
            return Err(wrong_schema());
        }
        let rows = batches.iter().map(RecordBatch::num_rows).sum();
        self.pack_parts(&batches.iter().map(RecordBatch::columns).collect::<Vec<_>>(), rows)
    }

    /// Packs columns of their own lengths: arguments of a function, where constants are one row long. The header's row
    /// count is that of the longest.
    pub fn pack_columns(&mut self, columns: &[ArrayRef]) -> Result<Packed> {
        let rows = columns.iter().map(Array::len).max().unwrap_or(0);
        self.pack_parts(&[columns], rows)
    }

    fn pack_parts(&mut self, batches: &[&[ArrayRef]], rows: usize) -> Result<Packed> {
        let types = || self.columns.iter().map(|(data_type, _)| data_type);
        if !batches.iter().all(|columns| columns.iter().map(Array::data_type).eq(types())) {
            return Err(wrong_schema());
        }
        let out = MutableBuffer::with_capacity(self.wanted(batches, rows));
        let mut writer = Writer::new(out, rows, self.views, &mut self.sent);
        let mut parts: Vec<&dyn Array> = Vec::with_capacity(batches.len());
        for (index, (_, node)) in self.columns.iter().enumerate() {
            parts.clear();
            parts.extend(batches.iter().filter_map(|columns| columns.get(index)).map(AsRef::as_ref));
            writer.write(node, &parts)?;
        }
        Ok(writer.finish())
    }

    /// Bytes that the batches take together. Where one of them has nulls, all have validity.
    fn wanted(&self, batches: &[&[ArrayRef]], rows: usize) -> usize {
        let columns = batches.iter().flat_map(|columns| columns.iter());
        let apart: usize = columns.map(|column| size::column_bytes(column.as_ref(), self.views)).sum();
        let validity = if batches.len() > 1 { self.columns.len() * size::aligned(rows.div_ceil(8)) } else { 0 };
        apart + validity
    }
}

/// Whether both arrays are the same memory, or else hold the same values.
fn same_values(left: &ArrayRef, right: &ArrayRef) -> bool {
    Arc::ptr_eq(left, right) || left.to_data().ptr_eq(&right.to_data()) || left.as_ref() == right.as_ref()
}

#[cfg(test)]
mod tests;
