//! Entrypoints of the process: contract, runtimes, cancel handles.

use std::sync::OnceLock;
use std::sync::atomic::Ordering;

use deltafuse_engine::cancel::Cancel;
use deltafuse_engine::contract::{self, RuntimeStats};
use deltafuse_engine::panic::guarded_sync;
use deltafuse_engine::runtime as engine;
use deltafuse_engine::wire::decode;
use napi::bindgen_prelude::Result;
use napi_derive::napi;

use crate::batch::{COPIED, EXTERNAL};
use crate::handle::{LEAKED, open_handles};
use crate::reply::to_napi;

/// Cancels the calls it was given to and tells how far they are.
#[napi]
pub struct NativeCancel {
    pub(crate) inner: Cancel,
}

#[napi]
impl NativeCancel {
    #[napi]
    pub fn cancel(&self) {
        self.inner.cancel();
    }

    #[napi(getter)]
    pub fn cancelled(&self) -> bool {
        self.inner.is_cancelled()
    }

    #[napi]
    pub fn progress(&self) -> Result<Option<String>> {
        let progress = self.inner.progress().map(|progress| serde_json::to_string(&progress));
        progress.transpose().map_err(|error| napi::Error::from_reason(error.to_string()))
    }
}

#[napi]
pub fn create_cancel() -> NativeCancel {
    NativeCancel { inner: Cancel::default() }
}

/// The document never changes, and every session that is opened asks for it.
static CONTRACT: OnceLock<String> = OnceLock::new();

#[napi]
pub fn contract() -> Result<String> {
    if let Some(document) = CONTRACT.get() {
        return Ok(document.clone());
    }
    let build_id = option_env!("DELTAFUSE_BUILD_ID").unwrap_or("unknown");
    let document = guarded_sync(|| contract::contract(build_id)).map_err(|error| to_napi(&error))?;
    Ok(CONTRACT.get_or_init(|| document).clone())
}

#[napi]
pub fn configure_runtime(request: String) -> Result<()> {
    guarded_sync(|| {
        let options: engine::RuntimeOptions = decode(&request)?;
        engine::configure(options)?;
        EXTERNAL.store(options.external_buffers.unwrap_or(true), Ordering::Relaxed);
        Ok(())
    })
    .map_err(|error| to_napi(&error))
}

#[napi]
pub fn runtime_stats() -> Result<String> {
    let stats = RuntimeStats::new(open_handles(), LEAKED.load(Ordering::Relaxed), COPIED.load(Ordering::Relaxed));
    guarded_sync(|| stats.to_json()).map_err(|error| to_napi(&error))
}
