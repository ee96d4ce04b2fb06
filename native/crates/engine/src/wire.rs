//! The call convention: a request document with attached buffers and handles in, a [`Reply`] out.

use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use ts_rs::TS;

use crate::cancel::Cancel;
use crate::delta_table::TableHandle;
use crate::error::{EngineError, Result};
use crate::frame::Frame;
use crate::functions::js::Callback;
use crate::io::table::PreparedTable;
use crate::ipc::channel::SinkSender;
use crate::ipc::gathered::Gathered;
use crate::session::Session;
use crate::session::cache_scope::CacheScope;
use crate::spans::NativeSpans;
use crate::sql::policy::SqlPolicy;
use crate::sql::prepared::Prepared;
use crate::stream::{BatchStream, Pulled};

/// The version every request carries as `v`.
pub const WIRE_VERSION: u64 = 1;

/// A native object that JavaScript holds.
#[derive(Clone)]
pub enum Handle {
    /// An open session.
    Session(Arc<Session>),
    /// A planned query.
    Frame(Arc<Frame>),
    /// A query with placeholders, planned.
    Prepared(Arc<Prepared>),
    /// The writing end of a one-shot source.
    Sink(Arc<Sink>),
    /// A prepared table that is not published yet.
    Provider(Arc<PreparedTable>),
    /// An open Delta table.
    Table(Arc<TableHandle>),
    /// Caches of several sessions.
    CacheScope(Arc<CacheScope>),
    /// Bytes that were gathered for a request.
    Bytes(Arc<Gathered>),
}

/// A sink and the one stream its consumer will take.
pub struct Sink {
    /// Where pushed batches go.
    pub sender: SinkSender,
    /// What the consumer reads.
    pub source: crate::ipc::channel::SinkSource,
}

/// What came with a request beside its document.
#[derive(Default)]
pub struct Attached {
    /// Binary members, named `{"$buffer": n}` in the document.
    pub buffers: Vec<Bytes>,
    /// Handles, named `{"$handle": n}`.
    pub handles: Vec<Handle>,
    /// The JavaScript function of a registration.
    pub callback: Option<Arc<dyn Callback>>,
}

/// The answer to a call.
pub struct Reply {
    /// The reply document.
    pub json: String,
    /// Its binary members.
    pub buffers: Vec<Bytes>,
    /// The handle it made.
    pub handle: Option<Handle>,
    /// The stream it opened.
    pub stream: Option<OpenedStream>,
    /// The streams it opened of the partitions of a query.
    pub streams: Vec<Arc<BatchStream>>,
    /// Frames of the tables it names.
    pub tables: Vec<Arc<Frame>>,
    /// Spans of the call, under a sampled trace.
    pub spans: Option<NativeSpans>,
}

/// The streams of a query.
pub enum OpenedStreams {
    /// One of all its rows.
    One(Box<BatchStream>),
    /// One per output partition.
    PerPartition(Vec<BatchStream>),
}

/// A stream on its way to JavaScript.
pub struct OpenedStream {
    /// The query.
    pub stream: Arc<BatchStream>,
    /// What was asked for along with it.
    pub first: First,
}

/// The first batch of an opened stream.
pub enum First {
    /// To be pulled by the caller.
    Unasked,
    /// To be made before the reply goes out, if it can be soon.
    Asked,
    /// It comes along; `None` where the result has no rows.
    Pulled(Option<Pulled>),
}

impl Reply {
    /// A reply that is only a document.
    pub fn of(value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_string(value).map_err(|error| EngineError::internal(format!("reply encoding: {error}")))?;
        Ok(Self { json, buffers: Vec::new(), handle: None, stream: None, streams: Vec::new(), tables: Vec::new(), spans: None })
    }

    /// The same with one more buffer.
    #[must_use]
    pub fn with_buffer(mut self, buffer: Bytes) -> Self {
        self.buffers.push(buffer);
        self
    }

    /// The same with a stream, which begins at once when its first batch is wanted too.
    #[must_use]
    pub fn with_stream(mut self, stream: BatchStream, begins: bool) -> Self {
        let first = if begins { First::Asked } else { First::Unasked };
        self.stream = Some(OpenedStream { stream: Arc::new(stream), first });
        self
    }

    /// The same with what was opened.
    #[must_use]
    pub fn with_streams(self, streams: OpenedStreams, begins: bool) -> Self {
        match streams {
            OpenedStreams::One(stream) => self.with_stream(*stream, begins),
            OpenedStreams::PerPartition(streams) => Self { streams: streams.into_iter().map(Arc::new).collect(), ..self },
        }
    }

    /// Begins the query of its stream where that was asked for.
    #[must_use]
    pub async fn begun(mut self, cancel: &Cancel) -> Self {
        if let Some(opened) = self.stream.as_mut()
            && matches!(opened.first, First::Asked)
        {
            opened.first = opened.stream.begin(cancel).await;
        }
        self
    }

    /// The same with frames of the tables it names.
    #[must_use]
    pub fn with_tables(mut self, tables: Vec<Arc<Frame>>) -> Self {
        self.tables = tables;
        self
    }

    /// The same with a handle.
    #[must_use]
    pub fn with_handle(mut self, handle: Handle) -> Self {
        self.handle = Some(handle);
        self
    }
}

/// An attached buffer, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct BufferRef {
    /// Position in the attached list.
    #[serde(rename = "$buffer")]
    pub index: usize,
}

/// An attached handle, by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct HandleRef {
    /// Position in the attached list.
    #[serde(rename = "$handle")]
    pub index: usize,
}

impl Attached {
    /// The buffer a reference points at.
    pub fn buffer(&self, reference: BufferRef) -> Result<&Bytes> {
        self.buffers
            .get(reference.index)
            .ok_or_else(|| EngineError::bad_request("$buffer", format!("there is no attached buffer {}", reference.index)))
    }

    /// The handle a reference points at.
    pub fn handle(&self, reference: HandleRef) -> Result<&Handle> {
        self.handles
            .get(reference.index)
            .ok_or_else(|| EngineError::bad_request("$handle", format!("there is no attached handle {}", reference.index)))
    }

    /// The narrower policy of a frame; `None` for anything else.
    pub fn policy(&self, reference: HandleRef) -> Result<Option<&Arc<SqlPolicy>>> {
        match self.handle(reference)? {
            Handle::Frame(frame) => Ok(frame.policy()),
            _ => Ok(None),
        }
    }

    /// The frame a reference points at.
    pub fn frame(&self, reference: HandleRef) -> Result<&Arc<Frame>> {
        match self.handle(reference)? {
            Handle::Frame(frame) => Ok(frame),
            _ => Err(EngineError::bad_request("$handle", format!("attached handle {} is not a frame", reference.index))),
        }
    }

    /// The gathered bytes a reference points at.
    pub fn gathered(&self, reference: HandleRef) -> Result<&Arc<Gathered>> {
        match self.handle(reference)? {
            Handle::Bytes(bytes) => Ok(bytes),
            _ => Err(EngineError::bad_request("$handle", format!("attached handle {} is not gathered bytes", reference.index))),
        }
    }
}

/// An empty request.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Empty {}

/// Parses a request: version 1, no unknown members, the path of the first problem in the error.
pub fn decode<T: DeserializeOwned>(request: &str) -> Result<T> {
    let mut document: Value = serde_json::from_str(request).map_err(|error| EngineError::bad_request("$", error))?;
    let Some(object) = document.as_object_mut() else {
        return Err(EngineError::bad_request("$", "it is not a JSON object"));
    };
    match object.remove("v").and_then(|version| version.as_u64()) {
        Some(WIRE_VERSION) => {}
        other => {
            let found = other.map_or("no version".to_owned(), |version| format!("version {version}"));
            return Err(EngineError::bad_request("$.v", format!("expected version {WIRE_VERSION}, found {found}")));
        }
    }
    serde_path_to_error::deserialize(document).map_err(|error| {
        let path = format!("$.{}", error.path());
        EngineError::bad_request(&path, error.into_inner())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn unknown_members_are_refused_with_their_path() {
        let error = decode::<Empty>(r#"{"v":1,"extra":2}"#).unwrap_err();
        assert_eq!(error.code, ErrorCode::NativeBadRequest);
        assert!(error.message.contains("extra"), "{}", error.message);
    }

    #[test]
    fn another_version_is_refused() {
        assert_eq!(decode::<Empty>(r#"{"v":2}"#).unwrap_err().details.get("path"), Some(&Value::from("$.v")));
    }
}
