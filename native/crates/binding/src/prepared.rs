//! Entrypoints of prepared statements.

use std::sync::Arc;

use deltafuse_engine::sql::prepared::Prepared;
use napi::bindgen_prelude::{ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::dispatch::{Attached, call, run_within};
use crate::handle::{PREPARED, Slot};
use crate::runtime::NativeCancel;

/// A query with placeholders, planned.
#[napi]
pub struct NativePrepared {
    slot: Slot<Prepared>,
}

impl NativePrepared {
    pub(crate) fn new(inner: Arc<Prepared>) -> Self {
        Self { slot: Slot::new(inner, &PREPARED) }
    }
}

#[napi]
impl NativePrepared {
    #[napi(ts_return_type = "Promise<NativeReply>")]
    pub fn bind<'env>(
        &self,
        env: &'env Env,
        request: String,
        attached: Attached<'_>,
        cancel: Option<ClassInstance<'_, NativeCancel>>,
    ) -> Result<Object<'env>> {
        let prepared = self.slot.get()?;
        let closed = prepared.session().closed().clone();
        run_within(env, call(request, attached, cancel)?, closed, |call| async move { prepared.bind(&call).await })
    }

    #[napi]
    pub fn close(&self) {
        self.slot.take();
    }
}
