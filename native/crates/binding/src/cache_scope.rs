//! Entrypoints of caches that several sessions share.

use std::sync::Arc;

use deltafuse_engine::panic::guarded_sync;
use deltafuse_engine::session::cache_scope::CacheScope;
use deltafuse_engine::wire::Reply;
use napi::bindgen_prelude::{ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::dispatch::{Attached, call, run};
use crate::handle::{CACHE_SCOPE, Slot};
use crate::reply::to_napi;
use crate::runtime::NativeCancel;

/// Caches of several sessions.
#[napi]
pub struct NativeCacheScope {
    pub(crate) slot: Slot<CacheScope>,
}

impl NativeCacheScope {
    pub(crate) fn new(inner: Arc<CacheScope>) -> Self {
        Self { slot: Slot::new(inner, &CACHE_SCOPE) }
    }
}

#[napi]
pub fn create_cache_scope(request: String) -> Result<NativeCacheScope> {
    guarded_sync(|| CacheScope::create(&request)).map(NativeCacheScope::new).map_err(|error| to_napi(&error))
}

#[napi]
impl NativeCacheScope {
    #[napi]
    pub fn stats(&self) -> Result<String> {
        let scope = self.slot.get()?;
        let reply = guarded_sync(|| Reply::of(&scope.stats()));
        reply.map(|reply| reply.json).map_err(|error| to_napi(&error))
    }

    #[napi(ts_return_type = "Promise<NativeReply>")]
    pub fn clear<'env>(
        &self,
        env: &'env Env,
        request: String,
        attached: Attached<'_>,
        cancel: Option<ClassInstance<'_, NativeCancel>>,
    ) -> Result<Object<'env>> {
        let scope = self.slot.get()?;
        run(env, call(request, attached, cancel)?, |call| async move { scope.clear(&call) })
    }

    #[napi]
    pub fn close(&self) {
        self.slot.take();
    }
}
