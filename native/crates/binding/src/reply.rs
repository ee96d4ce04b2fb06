//! Replies and errors on their way to JavaScript.

use deltafuse_engine::error::EngineError;
use deltafuse_engine::wire::{First, Handle, OpenedStream, Reply};
use napi::bindgen_prelude::{Env, Object, Result, ToNapiValue, Uint8Array};
use napi::{Error, Status, sys};

use crate::batch::JsBatch;
use crate::bytes::NativeBytes;
use crate::cache_scope::NativeCacheScope;
use crate::frame::NativeFrame;
use crate::prepared::NativePrepared;
use crate::session::{NativeProvider, NativeSession};
use crate::sink::NativeSink;
use crate::stream::NativeStream;
use crate::table::NativeTable;

/// The error whose message is the envelope.
pub(crate) fn to_napi(error: &EngineError) -> Error {
    Error::new(Status::GenericFailure, error.envelope())
}

/// `{ json, buffers, handle?, stream?, first?, streams?, tables?, spans? }`.
pub(crate) struct JsReply(pub(crate) Reply);

impl ToNapiValue for JsReply {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw);
        let Reply { json, buffers, handle, stream, streams, tables, spans } = value.0;
        let mut object = Object::new(&env)?;
        object.set("json", json)?;
        object.set("buffers", buffers.into_iter().map(|buffer| Uint8Array::from(buffer.as_ref())).collect::<Vec<_>>())?;
        match handle {
            None => {}
            Some(Handle::Session(session)) => object.set("handle", NativeSession::new(session))?,
            Some(Handle::Frame(frame)) => object.set("handle", NativeFrame::new(frame))?,
            Some(Handle::Prepared(prepared)) => object.set("handle", NativePrepared::new(prepared))?,
            Some(Handle::Sink(sink)) => object.set("handle", NativeSink::new(sink))?,
            Some(Handle::Provider(provider)) => object.set("handle", NativeProvider::new(provider))?,
            Some(Handle::Table(table)) => object.set("handle", NativeTable::new(table))?,
            Some(Handle::CacheScope(scope)) => object.set("handle", NativeCacheScope::new(scope))?,
            Some(Handle::Bytes(bytes)) => object.set("handle", NativeBytes::new(bytes))?,
        }
        if let Some(OpenedStream { stream, first }) = stream {
            object.set("stream", NativeStream::new(stream))?;
            if let First::Pulled(pulled) = first {
                object.set("first", JsBatch(pulled))?;
            }
        }
        if !streams.is_empty() {
            object.set("streams", streams.into_iter().map(NativeStream::new).collect::<Vec<_>>())?;
        }
        if !tables.is_empty() {
            object.set("tables", tables.into_iter().map(NativeFrame::new).collect::<Vec<_>>())?;
        }
        if let Some(spans) = spans {
            let text = serde_json::to_string(&spans).map_err(|error| napi::Error::from_reason(error.to_string()))?;
            object.set("spans", text)?;
        }
        // SAFETY: the object was made in this environment a moment ago.
        unsafe { Object::to_napi_value(raw, object) }
    }
}
