//! The forms in which the batches of a stream leave it.

use std::borrow::Cow;
use std::slice;

use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;

use crate::batch::cast::ViewTypes;
use crate::batch::pack::{Packed, Packer};
use crate::error::{EngineError, Result};
use crate::ipc::messages::MessageWriter;

/// How batches cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One allocation per batch and a header of numbers: see [`crate::batch::pack`].
    #[default]
    Columns,
    /// The same with fewer rows in a batch, for who reads all of them within one turn of the event loop.
    Rows,
    /// Arrow IPC messages; the header holds the rows alone.
    Ipc,
}

impl Layout {
    /// The layout of this name.
    pub fn named(name: &str) -> Result<Self> {
        match name {
            "columns" => Ok(Self::Columns),
            "rows" => Ok(Self::Rows),
            "ipc" => Ok(Self::Ipc),
            _ => Err(EngineError::bad_request("$.layout", "it must be columns, rows or ipc")),
        }
    }

    /// About how many rows a batch holds. A batch costs JavaScript 70 µs, whatever is in it.
    pub(super) const fn batch_rows(self) -> usize {
        match self {
            Self::Rows => 8192,
            Self::Columns | Self::Ipc => 32_768,
        }
    }
}

/// Brings the batches of one stream into its layout.
pub(super) struct Encoder {
    schema: SchemaRef,
    form: Form,
}

enum Form {
    Batch(Packer),
    Ipc(Box<MessageWriter>),
}

impl Encoder {
    /// An encoder for batches of `schema` (before casts).
    pub(super) fn new(layout: Layout, schema: SchemaRef, views: ViewTypes) -> Result<Self> {
        let form = match layout {
            Layout::Columns | Layout::Rows => Form::Batch(Packer::new(&schema, views)?),
            Layout::Ipc => Form::Ipc(Box::new(MessageWriter::new(&schema, views))),
        };
        Ok(Self { schema, form })
    }

    /// The batches as one, or each for itself where they cannot be joined.
    pub(super) fn encode(&mut self, batches: &[RecordBatch]) -> Result<Vec<Packed>> {
        if let Form::Batch(packer) = &mut self.form
            && packer.joins()
        {
            return Ok(vec![packer.pack_joined(batches)?]);
        }
        self.joined(batches).iter().map(|batch| self.form.encode(batch)).collect()
    }

    /// A type or dictionary that cannot be joined crosses in the sizes it has.
    fn joined<'batches>(&self, batches: &'batches [RecordBatch]) -> Cow<'batches, [RecordBatch]> {
        if batches.len() < 2 {
            return Cow::Borrowed(batches);
        }
        concat_batches(&self.schema, batches).map_or(Cow::Borrowed(batches), |batch| Cow::Owned(vec![batch]))
    }
}

impl Form {
    fn encode(&mut self, batch: &RecordBatch) -> Result<Packed> {
        match self {
            Self::Batch(packer) => packer.pack_joined(slice::from_ref(batch)),
            Self::Ipc(writer) => writer.write(batch),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, DictionaryArray, Int64Array, StringArray};
    use arrow::datatypes::{DataType, Field, Int8Type, Schema};

    use super::*;

    fn rows(batches: &[RecordBatch], layout: Layout) -> Vec<f64> {
        let mut encoder = Encoder::new(layout, batches[0].schema(), ViewTypes::Plain).unwrap();
        encoder.encode(batches).unwrap().iter().map(|packed| packed.header[0]).collect()
    }

    fn column(values: ArrayRef) -> RecordBatch {
        RecordBatch::try_from_iter([("c", values)]).unwrap()
    }

    #[test]
    fn batches_leave_as_one() {
        let numbers = || column(Arc::new(Int64Array::from(vec![1, 2])));
        for layout in [Layout::Columns, Layout::Rows, Layout::Ipc] {
            assert_eq!(rows(&[numbers(), numbers(), numbers()], layout), [6.0], "{layout:?}");
        }
    }

    #[test]
    fn batches_of_fields_named_alike_are_joined_in_the_schema_given() {
        let numbers = || column(Arc::new(Int64Array::from(vec![1, 2])));
        let schema = Arc::new(Schema::new(vec![Field::new("c", DataType::Int64, true)]));
        assert_ne!(schema, numbers().schema());
        for layout in [Layout::Columns, Layout::Rows, Layout::Ipc] {
            let mut encoder = Encoder::new(layout, Arc::clone(&schema), ViewTypes::Plain).unwrap();
            let left = encoder.encode(&[numbers(), numbers()]).unwrap();
            assert_eq!(left.iter().map(|packed| packed.header[0]).collect::<Vec<_>>(), [4.0], "{layout:?}");
            assert_eq!(encoder.joined(&[numbers(), numbers()])[0].schema(), schema);
        }
    }

    #[test]
    fn dictionaries_are_joined_as_long_as_their_keys_suffice() {
        let of = |from: usize| {
            let values = StringArray::from_iter_values((from..from + 100).map(|value| value.to_string()));
            column(Arc::new(DictionaryArray::<Int8Type>::new((0..100).collect::<Vec<i8>>().into(), Arc::new(values))))
        };
        for layout in [Layout::Columns, Layout::Ipc] {
            assert_eq!(rows(&[of(0), of(10)], layout), [200.0], "{layout:?}");
            assert_eq!(rows(&[of(0), of(100)], layout), [100.0, 100.0], "{layout:?}");
        }
    }

    #[test]
    fn layouts_are_told_by_name() {
        assert_eq!(["columns", "rows", "ipc"].map(|name| Layout::named(name).unwrap()), [Layout::Columns, Layout::Rows, Layout::Ipc]);
        assert!(Layout::named("Rows").is_err());
    }
}
