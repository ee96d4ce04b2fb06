//! The two forms in which the batches of a stream leave it.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;

use crate::batch::cast::ViewTypes;
use crate::batch::pack::{Packed, Packer};
use crate::error::Result;
use crate::ipc::messages::MessageWriter;

/// How batches cross.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Layout {
    /// One allocation per batch and a header of numbers: see [`crate::batch::pack`].
    #[default]
    Batch,
    /// Arrow IPC messages; the header holds the rows alone.
    Ipc,
}

/// Brings the batches of one stream into its layout.
pub(super) enum Encoder {
    Batch(Packer),
    Ipc(Box<MessageWriter>),
}

impl Encoder {
    /// An encoder for batches of `schema` (before casts).
    pub(super) fn new(layout: Layout, schema: &SchemaRef, views: ViewTypes) -> Result<Self> {
        match layout {
            Layout::Batch => Ok(Self::Batch(Packer::new(schema, views)?)),
            Layout::Ipc => Ok(Self::Ipc(Box::new(MessageWriter::new(schema, views)))),
        }
    }

    pub(super) fn encode(&mut self, batch: &RecordBatch) -> Result<Packed> {
        match self {
            Self::Batch(packer) => packer.pack(batch),
            Self::Ipc(writer) => writer.write(batch),
        }
    }
}
