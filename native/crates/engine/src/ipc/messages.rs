//! The batches of one stream as Arrow IPC messages, which follow the stream's schema message.

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, write_message};

use crate::batch::arrow_error;
use crate::batch::cast::{CastPlan, ViewTypes};
use crate::batch::pack::{Packed, PackedBytes};
use crate::error::Result;

/// Writes the batches of one stream, casting them as its schema message says.
pub(crate) struct MessageWriter {
    casts: CastPlan,
    dictionaries: DictionaryTracker,
    options: IpcWriteOptions,
    context: IpcWriteContext,
}

impl MessageWriter {
    /// A writer for batches of `schema` (before casts).
    pub(crate) fn new(schema: &SchemaRef, views: ViewTypes) -> Self {
        let casts = CastPlan::new(schema, views);
        let options = IpcWriteOptions::default();
        // Gives the dictionaries the numbers that the schema message gave them.
        let mut dictionaries = DictionaryTracker::new(false);
        IpcDataGenerator {}.schema_to_bytes_with_dictionary_tracker(casts.storage_schema(), &mut dictionaries, &options);
        Self { casts, dictionaries, options, context: IpcWriteContext::default() }
    }

    /// The dictionaries that are new or changed, and the batch: whole messages, as one piece of bytes.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<Packed> {
        let batch = self.casts.apply(batch)?;
        let mut written = || {
            let (dictionaries, message) = IpcDataGenerator {}.encode(&batch, &mut self.dictionaries, &self.options, &mut self.context)?;
            let mut bytes = Vec::new();
            for message in dictionaries.into_iter().chain([message]) {
                write_message(&mut bytes, message, &self.options)?;
            }
            Ok(bytes)
        };
        let bytes = written().map_err(|error| arrow_error("The batch cannot be written as Arrow IPC", &error))?;
        Ok(Packed { header: vec![batch.num_rows() as f64], data: PackedBytes::from(bytes), dictionaries: Vec::new() })
    }
}
