//! Sinks: one-shot sources that JavaScript writes to.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::Call;
use crate::error::{EngineError, Result};
use crate::ipc::channel::channel;
use crate::schema::field::{NestedField, fields_of};
use crate::wire::{BufferRef, Empty, Handle, Reply, Sink, decode};

/// The request of `openSink`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct OpenSinkRequest {
    /// An IPC schema message.
    pub schema: BufferRef,
}

/// The reply of `openSink`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct OpenSinkReply {
    /// The columns it takes.
    pub fields: Vec<NestedField>,
}

/// The request of `fail`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct FailRequest {
    /// Why the source failed.
    pub message: String,
}

/// The `openSink` entrypoint.
pub fn open(call: &Call) -> Result<Reply> {
    let request: OpenSinkRequest = decode(&call.request)?;
    let schema = crate::ipc::decode::schema(call.attached.buffer(request.schema)?.clone())?;
    let fields = fields_of(&schema);
    let (sender, source) = channel(schema);
    Ok(Reply::of(&OpenSinkReply { fields })?.with_handle(Handle::Sink(Arc::new(Sink { sender, source }))))
}

/// The `push` entrypoint: resolves when there is room for more.
pub async fn push(sink: &Sink, call: &Call) -> Result<Reply> {
    let _: Empty = decode(&call.request)?;
    let [bytes] = call.attached.buffers.as_slice() else {
        return Err(EngineError::bad_request("$", "exactly one buffer is pushed"));
    };
    sink.sender.push(bytes.clone()).await?;
    Reply::of(&Empty {})
}

/// The `finish` entrypoint.
pub async fn finish(sink: &Sink, call: &Call) -> Result<Reply> {
    let _: Empty = decode(&call.request)?;
    sink.sender.finish().await?;
    Reply::of(&Empty {})
}

/// The `fail` entrypoint.
pub fn fail(sink: &Sink, call: &Call) -> Result<Reply> {
    let request: FailRequest = decode(&call.request)?;
    sink.sender.fail(&request.message);
    Reply::of(&Empty {})
}
