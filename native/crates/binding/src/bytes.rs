//! Bytes that are gathered outside of JavaScript's memory.

use std::cell::Cell;
use std::ops::Deref;
use std::sync::Arc;

use deltafuse_engine::ipc::gathered::Gathered;
use napi::bindgen_prelude::{Env, ObjectFinalize, Result, Uint8ArraySlice};
use napi_derive::napi;

use crate::handle::{BYTES, Slot};

/// V8 looks through its whole memory whenever 64 MiB more are held outside of it, which is little for tables; so it is
/// told of this part of them.
const TOLD: i64 = 4;

/// Bytes for a request. They are held as long as this object, and longer by what the engine made of them.
#[napi(custom_finalize)]
pub struct NativeBytes {
    pub(crate) slot: Slot<Gathered>,
    /// What V8 was told of.
    told: Cell<i64>,
}

impl NativeBytes {
    pub(crate) fn new(inner: Arc<Gathered>) -> Self {
        Self { slot: Slot::new(inner, &BYTES), told: Cell::new(0) }
    }

    fn tell(&self, env: Env, change: i64) -> Result<()> {
        self.told.set(self.told.get() + change);
        env.adjust_external_memory(change).map(|_| ())
    }
}

impl ObjectFinalize for NativeBytes {
    fn finalize(self, env: Env) -> Result<()> {
        self.tell(env, -self.told.get())
    }
}

/// The pieces one after the other, in memory of their own.
pub(crate) fn joined(pieces: &[impl Deref<Target = [u8]>]) -> Vec<u8> {
    pieces.iter().map(|piece| &**piece).collect::<Vec<&[u8]>>().concat()
}

#[napi]
pub fn gather_bytes() -> NativeBytes {
    NativeBytes::new(Arc::default())
}

#[napi]
impl NativeBytes {
    /// Adds a copy of the pieces.
    #[napi(ts_args_type = "pieces: Array<Uint8Array>")]
    pub fn append(&self, env: Env, pieces: Vec<Uint8ArraySlice<'_>>) -> Result<()> {
        let chunk = joined(&pieces);
        self.tell(env, i64::try_from(chunk.len()).unwrap_or(i64::MAX) / TOLD)?;
        self.slot.get()?.append(chunk.into());
        Ok(())
    }

    #[napi]
    pub fn close(&self, env: Env) -> Result<()> {
        self.slot.take();
        self.tell(env, -self.told.get())
    }
}
