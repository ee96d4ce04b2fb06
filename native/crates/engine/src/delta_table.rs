//! Entrypoints of Delta tables: requests in, engine operations, replies out.

use std::sync::{Arc, OnceLock, Weak};

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::Call;
use crate::delta::context::{OperationContext, Source};
use crate::delta::create::CreateRequest;
use crate::delta::dml::DeleteRequest;
use crate::delta::history::HistoryRequest;
use crate::delta::merge::MergeRequest;
use crate::delta::open::{ExistsRequest, OpenRequest, Table};
use crate::delta::provider::{DeltaProvider, LiveTable};
use crate::delta::snapshot::Snapshot;
use crate::delta::write::WriteRequest;
use crate::delta::{create, dml, history, merge, open, provider, write};
use crate::error::{EngineError, ErrorCode, Result};
use crate::frame::Frame;
use crate::frame::leaf::scan;
use crate::io::table::PreparedTable;
use crate::schema::field::{NestedField, fields_of};
use crate::session::Session;
use crate::session::catalog::{self, LiveLookup};
use crate::wire::{Attached, BufferRef, Empty, Handle, HandleRef, Reply, decode};

/// An open Delta table of a session.
pub struct TableHandle {
    session: Arc<Session>,
    table: Arc<Table>,
}

/// The reply of calls that describe a table.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(rename = "DeltaSnapshotReply")]
pub struct SnapshotReply {
    /// The loaded version.
    pub snapshot: Snapshot,
}

/// A write and its rows.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "DeltaWriteCall")]
pub struct WriteCall {
    /// A frame or sink.
    pub source: HandleRef,
    /// What is written.
    pub write: WriteRequest,
}

/// A merge and its source.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "DeltaMergeCall")]
pub struct MergeCall {
    /// A frame or sink.
    pub source: HandleRef,
    /// What is merged.
    pub merge: MergeRequest,
}

/// The request of `provider`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
#[ts(rename = "DeltaProviderRequest")]
pub struct ProviderRequest {
    /// Whether every statement reads the newest version.
    pub live: bool,
}

/// The reply of `provider`.
#[derive(Clone, Debug, Serialize, TS)]
#[ts(rename = "DeltaProviderReply")]
pub struct ProviderReply {
    /// Its columns.
    pub fields: Vec<NestedField>,
    /// The same as an IPC schema message.
    pub schema: BufferRef,
    /// The loaded version.
    pub snapshot: Snapshot,
}

impl Session {
    /// What a Delta operation of this session runs with.
    fn operation(&self, call: &Call) -> Result<OperationContext> {
        let policy = Arc::new(self.spec().sql_policy.clone());
        Ok(OperationContext::new(self.state()?, call.cancel.clone(), policy))
    }

    /// The `deltaExists` entrypoint.
    pub async fn delta_exists(&self, call: &Call) -> Result<Reply> {
        let request: ExistsRequest = decode(&call.request)?;
        Reply::of(&open::exists(&request).await?)
    }

    /// The `deltaOpen` entrypoint.
    pub async fn delta_open(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: OpenRequest = decode(&call.request)?;
        let table = Arc::new(Table::open(&request).await?);
        let reply = Reply::of(&SnapshotReply { snapshot: table.snapshot().await? })?;
        Ok(reply.with_handle(Handle::Table(Arc::new(TableHandle { session: Arc::clone(self), table }))))
    }

    /// The `deltaCreate` entrypoint.
    pub async fn delta_create(&self, call: &Call) -> Result<Reply> {
        let request: CreateRequest = decode(&call.request)?;
        Reply::of(&create::create(&self.operation(call)?, request).await?)
    }

    /// The `deltaWrite` entrypoint.
    pub async fn delta_write(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: WriteCall = decode(&call.request)?;
        let source = source(self, &call.attached, request.source)?;
        Reply::of(&write::write(&self.operation(call)?, request.write, source).await?)
    }
}

impl TableHandle {
    /// Its session.
    #[must_use]
    pub fn session(&self) -> &Arc<Session> {
        &self.session
    }

    /// The `snapshot` entrypoint: the loaded version.
    pub async fn snapshot(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        Reply::of(&SnapshotReply { snapshot: self.table.snapshot().await? })
    }

    /// The `refresh` entrypoint: loads the newest version.
    pub async fn refresh(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        Reply::of(&SnapshotReply { snapshot: self.table.refresh().await? })
    }

    /// The `history` entrypoint.
    pub async fn history(&self, call: &Call) -> Result<Reply> {
        let request: HistoryRequest = decode(&call.request)?;
        Reply::of(&history::history(&self.table, request).await?)
    }

    /// The `provider` entrypoint.
    pub async fn provider(&self, call: &Call) -> Result<Reply> {
        let request: ProviderRequest = decode(&call.request)?;
        let state = self.session.state()?;
        let table: Arc<dyn TableProvider> = if request.live {
            provider::live(Arc::clone(&self.table), &state).await?
        } else {
            provider::pinned(&self.table, &state).await?
        };
        let schema = table.schema();
        let message = crate::ipc::encode::schema_message(&schema)?;
        let snapshot = self.table.snapshot().await?;
        let reply = Reply::of(&ProviderReply { fields: fields_of(&schema), schema: BufferRef { index: 0 }, snapshot })?;
        Ok(reply.with_buffer(message).with_handle(Handle::Provider(Arc::new(PreparedTable { provider: table }))))
    }

    /// The `scan` entrypoint: a frame over the loaded version.
    pub async fn scan(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        let provider = provider::pinned(&self.table, &self.session.state()?).await?;
        Frame::new(Arc::clone(&self.session), scan("delta", provider)?).reply()
    }

    /// The `merge` entrypoint.
    pub async fn merge(&self, call: &Call) -> Result<Reply> {
        let request: MergeCall = decode(&call.request)?;
        let source = source(&self.session, &call.attached, request.source)?;
        Reply::of(&merge::merge(&self.session.operation(call)?, &self.table, request.merge, source).await?)
    }

    /// The `delete` entrypoint.
    pub async fn delete(&self, call: &Call) -> Result<Reply> {
        let request: DeleteRequest = decode(&call.request)?;
        Reply::of(&dml::delete(&self.session.operation(call)?, &self.table, request).await?)
    }
}

fn source(session: &Arc<Session>, attached: &Attached, handle: HandleRef) -> Result<Source> {
    match attached.handle(handle)? {
        Handle::Frame(frame) => {
            frame.of_session(session)?;
            Ok(Source::Plan(frame.plan().clone()))
        }
        Handle::Sink(sink) => sink
            .source
            .take()
            .map(Source::OneShot)
            .ok_or_else(|| EngineError::new(ErrorCode::NativeSourceFailed, "The input was read already; give it again.")),
        _ => Err(EngineError::bad_request("$.source", "the handle is neither a frame nor a sink")),
    }
}

fn delta(provider: &dyn TableProvider) -> Option<&DeltaProvider> {
    let any: &dyn std::any::Any = provider;
    any.downcast_ref()
}

/// Version and id of a Delta provider.
#[must_use]
pub fn identity(provider: &dyn TableProvider) -> Option<(u64, String)> {
    delta(provider).map(|table| (table.identity().version, table.identity().table_id.clone()))
}

/// True for a Delta table that was opened at the version it reads.
#[must_use]
pub fn is_pinned(provider: &dyn TableProvider) -> bool {
    delta(provider).is_some_and(DeltaProvider::pinned)
}

/// When the version of a Delta table was committed.
pub async fn timestamp_ms(provider: &dyn TableProvider) -> Option<i64> {
    delta(provider)?.timestamp_ms().await
}

/// The session a catalogue belongs to, known once it is built.
pub type SessionLink = Arc<OnceLock<Weak<Session>>>;

/// Finds the live table behind a provider, registered or bound by an earlier statement.
#[must_use]
pub fn live_lookup(session: SessionLink) -> LiveLookup {
    Arc::new(move |provider| {
        let any: &dyn std::any::Any = provider;
        let live = match any.downcast_ref::<LiveTable>() {
            Some(live) => Some(live.clone()),
            None => any.downcast_ref::<DeltaProvider>().and_then(|bound| bound.origin().cloned()),
        };
        live.map(|live| Arc::new(SessionTable { live, session: Arc::clone(&session) }) as Arc<dyn catalog::LiveTable>)
    })
}

/// A live table resolved with its session's settings.
#[derive(Debug)]
struct SessionTable {
    live: LiveTable,
    session: SessionLink,
}

#[async_trait]
impl catalog::LiveTable for SessionTable {
    async fn current(&self) -> datafusion::error::Result<Arc<dyn TableProvider>> {
        let session = self.session.get().and_then(Weak::upgrade).ok_or_else(|| EngineError::closed("session"))?;
        Ok(self.live.resolve(&session.state()?).await?)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").finish_non_exhaustive()
    }
}
