//! The `schemaCodec` entrypoint: fields to an IPC schema message and back, with the hashes.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::field::{NestedField, fields_of, schema_of};
use super::hash::{schema_hash, schema_identity_hash};
use crate::call::Call;
use crate::error::{EngineError, Result};
use crate::ipc::{decode, encode};
use crate::wire::{BufferRef, Reply, decode as decode_request};

/// The request of `schemaCodec`: exactly one of its members.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct SchemaCodecRequest {
    /// Columns to write as an IPC schema message.
    #[ts(optional)]
    pub fields: Option<Vec<NestedField>>,
    /// An IPC schema message, or a stream that begins with one.
    #[ts(optional)]
    pub schema: Option<BufferRef>,
}

/// The reply of `schemaCodec`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SchemaCodecReply {
    /// The columns.
    pub fields: Vec<NestedField>,
    /// The same as an IPC schema message.
    pub schema: BufferRef,
    /// Hash of what the columns are, without layout and metadata.
    pub schema_hash: String,
    /// Hash of everything the schema says.
    pub schema_identity_hash: String,
}

/// The `schemaCodec` entrypoint.
pub fn schema_codec(call: &Call) -> Result<Reply> {
    let request: SchemaCodecRequest = decode_request(&call.request)?;
    let schema = match (&request.fields, request.schema) {
        (Some(fields), None) => Arc::new(schema_of(fields)?),
        (None, Some(reference)) => decode::schema(call.attached.buffer(reference)?.clone())?,
        _ => return Err(EngineError::bad_request("$", "give either fields or schema")),
    };
    let reply = SchemaCodecReply {
        fields: fields_of(&schema),
        schema: BufferRef { index: 0 },
        schema_hash: schema_hash(&schema)?,
        schema_identity_hash: schema_identity_hash(&schema)?,
    };
    Ok(Reply::of(&reply)?.with_buffer(encode::schema_message(&schema)?))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::error::ErrorCode;
    use crate::schema::field::tests::every_type;
    use crate::wire::Attached;

    #[test]
    fn fields_come_back_from_their_schema_message() {
        let fields: Vec<NestedField> =
            every_type().into_iter().enumerate().map(|(index, of)| NestedField::new(format!("c{index}"), of, true)).collect();
        let first = schema_codec(&Call::of(json!({"v": 1, "fields": fields}).to_string())).unwrap();
        let request = json!({"v": 1, "schema": {"$buffer": 0}}).to_string();
        let attached = Attached { buffers: first.buffers.clone(), ..Attached::default() };
        let second = schema_codec(&Call { request, attached, ..Call::default() }).unwrap();
        assert_eq!(first.json, second.json);
        assert_eq!(first.buffers, second.buffers);
        let reply: Value = serde_json::from_str(&first.json).unwrap();
        assert_eq!(reply["fields"], json!(fields));
        assert_eq!(reply["schema"], json!({"$buffer": 0}));
        assert_eq!(reply["schemaHash"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn bad_requests_are_refused() {
        let requests = [
            json!({"v": 1}),
            json!({"v": 1, "fields": [], "schema": {"$buffer": 0}}),
            json!({"v": 1, "schema": {"$buffer": 0}}),
            json!({"v": 1, "fields": [{"name": "a", "type": {"type": "int65"}}]}),
            json!({"v": 1, "fields": [{"name": "a", "type": {"type": "int64", "unit": "s"}}]}),
            json!({"v": 1, "fields": [{"name": "a", "type": {"type": "int64"}, "extra": 1}]}),
            json!({"v": 1, "fields": [{"name": "a", "type": {"type": "decimal", "precision": 39}}]}),
        ];
        for request in requests {
            let error = schema_codec(&Call::of(request.to_string())).err().unwrap();
            assert_eq!(error.code, ErrorCode::NativeBadRequest, "{request}");
        }
    }
}
