//! Arrow IPC in: everything is validated, because it comes from outside.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use arrow::error::ArrowError;
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::{RecordBatchDecoder, read_dictionary};
use arrow::ipc::{Message, MessageHeader};
use bytes::Bytes;

use crate::error::{EngineError, ErrorCode, Result};
use crate::panic::guarded_sync;

mod framing;

use framing::{Framed, Framer};

/// Decodes IPC stream bytes as they come, cut anywhere.
///
/// The schema is known from the start, so the first bytes need not repeat it. A schema message that repeats it, and the
/// end of one stream followed by the begin of another, are accepted; another schema is `NATIVE.BAD_REQUEST`.
pub struct StreamDecoder {
    framer: Framer,
    declared: Option<SchemaRef>,
    /// The schema as the sender numbers its dictionaries.
    wire: Option<SchemaRef>,
    dictionaries: HashMap<i64, ArrayRef>,
}

impl StreamDecoder {
    /// A decoder for batches of `schema`. For dictionaries it has to come from an IPC schema message.
    #[must_use]
    pub fn new(schema: SchemaRef) -> Self {
        Self { wire: Some(Arc::clone(&schema)), declared: Some(schema), ..Self::undeclared() }
    }

    /// A decoder for a stream that begins with its schema.
    fn undeclared() -> Self {
        Self { framer: Framer::default(), declared: None, wire: None, dictionaries: HashMap::new() }
    }

    /// Takes bytes in and gives the batches they complete. `NATIVE.BAD_REQUEST` for bytes that are not valid; the
    /// decoder is of no use after that.
    pub fn push(&mut self, bytes: Bytes) -> Result<Vec<RecordBatch>> {
        self.framer.push(bytes);
        let mut batches = Vec::new();
        while let Some(framed) = self.framer.pop()? {
            batches.extend(decoding(|| self.message(&framed))?);
        }
        Ok(batches)
    }

    /// Ends the input. `NATIVE.BAD_REQUEST` when it ends inside a message.
    pub fn finish(&self) -> Result<()> {
        if self.framer.is_between_messages() { Ok(()) } else { Err(refused("it ends in the middle of a message")) }
    }

    fn message(&mut self, framed: &Framed) -> Result<Option<RecordBatch>> {
        let message = framed.message.as_ref();
        match message.header_type() {
            MessageHeader::Schema => self.schema_message(&message).map(|()| None),
            MessageHeader::RecordBatch => self.record_batch(&message, &framed.body).map(Some),
            MessageHeader::DictionaryBatch => {
                let dictionary = message.header_as_dictionary_batch().ok_or_else(|| refused("a message has no content"))?;
                let values = dictionary.data().ok_or_else(|| refused("a dictionary has no values"))?;
                framing::check_buffers(&values, &framed.body)?;
                let schema = self.wire.as_ref().ok_or_else(no_schema)?;
                read_dictionary(&framed.body, dictionary, schema, &mut self.dictionaries, &message.version()).map_err(invalid)?;
                Ok(None)
            }
            MessageHeader::NONE => Ok(None),
            other => Err(refused(&format!("a message is a {other:?}"))),
        }
    }

    fn schema_message(&mut self, message: &Message<'_>) -> Result<()> {
        let schema = message.header_as_schema().ok_or_else(|| refused("a message has no content"))?;
        let schema = Arc::new(fb_to_schema(schema));
        match &self.declared {
            Some(declared) if declared.fields() != schema.fields() => {
                return Err(refused("its schema is not the one that was declared")
                    .with("declared", crate::schema::field::describe(declared))
                    .with("found", crate::schema::field::describe(&schema)));
            }
            Some(_) => {}
            None => self.declared = Some(Arc::clone(&schema)),
        }
        self.wire = Some(schema);
        self.dictionaries.clear();
        Ok(())
    }

    fn record_batch(&self, message: &Message<'_>, body: &Buffer) -> Result<RecordBatch> {
        let batch = message.header_as_record_batch().ok_or_else(|| refused("a message has no content"))?;
        framing::check_buffers(&batch, body)?;
        let wire = self.wire.clone().ok_or_else(no_schema)?;
        let version = message.version();
        let decoder = RecordBatchDecoder::try_new(body, batch, wire, &self.dictionaries, &version).map_err(invalid)?;
        let batch = decoder.read_record_batch().map_err(invalid)?;
        match &self.declared {
            Some(declared) => batch.with_schema(Arc::clone(declared)).map_err(invalid),
            None => Ok(batch),
        }
    }
}

/// Decodes a whole IPC stream, cut anywhere. `NATIVE.BAD_REQUEST` for bytes that are not one.
pub fn stream(chunks: impl IntoIterator<Item = Bytes>) -> Result<(SchemaRef, Vec<RecordBatch>)> {
    let mut decoder = StreamDecoder::undeclared();
    let mut batches = Vec::new();
    for chunk in chunks {
        batches.extend(decoder.push(chunk)?);
    }
    decoder.finish()?;
    Ok((decoder.declared.ok_or_else(no_schema)?, batches))
}

/// The schema at the begin of a stream, or alone. `NATIVE.BAD_REQUEST` for bytes without one.
pub fn schema(bytes: Bytes) -> Result<SchemaRef> {
    let mut decoder = StreamDecoder::undeclared();
    decoder.framer.push(bytes);
    if let Some(framed) = decoder.framer.pop()? {
        decoding(|| decoder.message(&framed))?;
    }
    decoder.declared.ok_or_else(no_schema)
}

/// Decodes one record batch message of one column: its flatbuffer, with or without the prefix of a stream, and its
/// body. `NATIVE.BAD_REQUEST` for bytes that are not valid or of another type; dictionaries cannot come alone.
pub fn column(header: &[u8], body: Bytes, data_type: &DataType) -> Result<ArrayRef> {
    if contains_dictionary(data_type) {
        return Err(refused("a dictionary column cannot come without its dictionary; send its values"));
    }
    let field = Field::new("value", data_type.clone(), true);
    let decoder = StreamDecoder::new(Arc::new(Schema::new(vec![field])));
    let framed = Framed { message: framing::message(header)?, body: Buffer::from(body) };
    let batch = decoding(|| decoder.record_batch(&framed.message.as_ref(), &framed.body))?;
    batch.columns().first().cloned().ok_or_else(|| refused("it has no column"))
}

fn contains_dictionary(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(..) => true,
        DataType::List(item)
        | DataType::LargeList(item)
        | DataType::ListView(item)
        | DataType::LargeListView(item)
        | DataType::FixedSizeList(item, _)
        | DataType::Map(item, _)
        | DataType::RunEndEncoded(_, item) => contains_dictionary(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| contains_dictionary(field.data_type())),
        DataType::Union(fields, _) => fields.iter().any(|(_, field)| contains_dictionary(field.data_type())),
        _ => false,
    }
}

/// The decoder below indexes and asserts where a sender has contradicted itself.
fn decoding<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    guarded_sync(work).map_err(|error| match error.code {
        ErrorCode::NativePanic => refused("its messages contradict each other"),
        _ => error,
    })
}

fn no_schema() -> EngineError {
    refused("it does not begin with a schema")
}

#[expect(clippy::needless_pass_by_value, reason = "the form map_err wants")]
fn invalid(error: ArrowError) -> EngineError {
    refused(&error.to_string()).caused_by(&error)
}

fn refused(problem: &str) -> EngineError {
    EngineError::bad_request("$buffer", format!("the bytes are not a valid Arrow IPC stream, {problem}"))
}

#[cfg(test)]
mod tests;
