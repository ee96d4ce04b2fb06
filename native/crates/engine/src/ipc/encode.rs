//! Arrow IPC out.

use arrow::array::RecordBatch;
use arrow::datatypes::Schema;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions, StreamEncoder, write_message};
use bytes::Bytes;

use crate::batch::arrow_error;
use crate::error::Result;

/// The schema as one encapsulated IPC message: a stream up to its first batch.
pub fn schema_message(schema: &Schema) -> Result<Bytes> {
    let options = IpcWriteOptions::default();
    let mut dictionaries = DictionaryTracker::new(false);
    let message = IpcDataGenerator {}.schema_to_bytes_with_dictionary_tracker(schema, &mut dictionaries, &options);
    let mut bytes = Vec::new();
    write_message(&mut bytes, message, &options).map_err(|error| arrow_error("The schema cannot be written as Arrow IPC", &error))?;
    Ok(bytes.into())
}

/// A whole IPC stream: schema, batches, end. Every batch has the schema given; those without rows are left out.
pub fn stream(schema: &Schema, batches: &[RecordBatch]) -> Result<Bytes> {
    let written = || {
        let mut encoder = StreamEncoder::try_new(schema)?;
        let mut bytes = Vec::new();
        // Of a run-end encoded column without rows the writer makes a run of length zero, which no reader takes.
        for batch in batches.iter().filter(|batch| batch.num_rows() > 0) {
            encoder.encode(batch)?.iter().for_each(|part| bytes.extend_from_slice(part));
        }
        encoder.finish()?.iter().for_each(|part| bytes.extend_from_slice(part));
        Ok(bytes.into())
    };
    written().map_err(|error| arrow_error("The batches cannot be written as Arrow IPC", &error))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, Int64Array};

    use super::*;
    use crate::ipc::decode;

    #[test]
    fn a_stream_without_rows_is_its_schema() {
        let column: ArrayRef = Arc::new(Int64Array::from(vec![1]));
        let batch = RecordBatch::try_from_iter([("n", column)]).unwrap();
        let bytes = stream(&batch.schema(), &[batch.slice(0, 0)]).unwrap();
        assert!(bytes.starts_with(&schema_message(&batch.schema()).unwrap()));
        assert_eq!(decode::stream([bytes]).unwrap(), (batch.schema(), vec![]));
    }
}
