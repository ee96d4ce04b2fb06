//! Entrypoints of streams.

use std::cell::Cell;
use std::sync::Arc;

use deltafuse_engine::cancel::Cancel;
use deltafuse_engine::panic::guarded;
use deltafuse_engine::session::query_tally::QueryEnd;
use deltafuse_engine::stream::BatchStream;
use deltafuse_engine::stream::layout::Layout;
use deltafuse_engine::stream::record::RunRecord;
use napi::bindgen_prelude::{ArrayBuffer, ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::batch::JsBatch;
use crate::dispatch::settle_apart;
use crate::handle::{STREAM, Slot};
use crate::reply::to_napi;
use crate::runtime::NativeCancel;
use crate::settler::settle;

/// A running query.
#[napi]
pub struct NativeStream {
    pub(crate) slot: Slot<BatchStream>,
    record: Arc<RunRecord>,
    /// Whether a batch was asked for.
    pulled: Cell<bool>,
}

impl NativeStream {
    pub(crate) fn new(inner: Arc<BatchStream>) -> Self {
        let record = Arc::clone(inner.record());
        Self { slot: Slot::new(inner, &STREAM), record, pulled: Cell::new(false) }
    }
}

#[napi]
impl NativeStream {
    /// The next batch in a layout (columns, rows, ipc; default columns) that the first call decides. Memory that is given back
    /// is freed now: left to the garbage collector it makes collections frequent.
    #[napi(ts_return_type = "Promise<NativeBatch | null>")]
    pub fn next<'env>(
        &self,
        env: &'env Env,
        cancel: Option<ClassInstance<'_, NativeCancel>>,
        returned: Option<ArrayBuffer<'_>>,
        layout: Option<String>,
    ) -> Result<Object<'env>> {
        if let Some(returned) = returned {
            returned.detach()?;
        }
        let stream = self.slot.get()?;
        if let Some(layout) = layout {
            stream.lay_out(Layout::named(&layout).map_err(|error| to_napi(&error))?);
        }
        let cancel = cancel.map_or_else(Cancel::default, |cancel| cancel.inner.clone());
        let batch = async move { guarded(stream.next(&cancel)).await.map(JsBatch) };
        // Only one batch after another could keep the event loop from turning; all that a short query has is the first.
        if self.pulled.replace(true) { settle_apart(env, batch) } else { settle(env, batch) }
    }

    #[napi]
    pub fn metrics(&self) -> Result<String> {
        self.slot.get()?.metrics().map_err(|error| to_napi(&error))
    }

    /// What the operators have measured, also after `close()`.
    #[napi]
    pub fn profile(&self) -> Result<String> {
        self.record.profile().map_err(|error| to_napi(&error))
    }

    /// Ends it. The outcome (finished, failed, cancelled) says how the query ended, where the engine may not know.
    #[napi]
    pub fn close(&self, outcome: Option<String>) {
        if let Some(stream) = self.slot.take() {
            stream.close_as(outcome.as_deref().and_then(QueryEnd::named));
        }
    }
}

impl Drop for NativeStream {
    fn drop(&mut self) {
        if let Ok(stream) = self.slot.get() {
            stream.close();
        }
    }
}
