//! Entrypoints of Delta tables.

use std::sync::Arc;

use deltafuse_engine::delta_table::TableHandle;
use napi::bindgen_prelude::{ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::dispatch::{Attached, call, run, run_to_commit};
use crate::handle::{Slot, TABLE};
use crate::runtime::NativeCancel;

/// An open Delta table.
#[napi]
pub struct NativeTable {
    pub(crate) slot: Slot<TableHandle>,
}

impl NativeTable {
    pub(crate) fn new(inner: Arc<TableHandle>) -> Self {
        Self { slot: Slot::new(inner, &TABLE) }
    }
}

/// Declares the asynchronous methods of a table: `runner: name, …`.
macro_rules! table_methods {
    ($($runner:ident: $($name:ident),*;)*) => {
        #[napi]
        impl NativeTable {
            $($(
                #[napi(ts_return_type = "Promise<NativeReply>")]
                pub fn $name<'env>(
                    &self,
                    env: &'env Env,
                    request: String,
                    attached: Attached<'_>,
                    cancel: Option<ClassInstance<'_, NativeCancel>>,
                ) -> Result<Object<'env>> {
                    let table = self.slot.get()?;
                    $runner(env, call(request, attached, cancel)?, |call| async move { table.$name(&call).await })
                }
            )*)*
        }
    };
}

table_methods! {
    run: snapshot, refresh, history, provider, scan;
    run_to_commit: merge, delete;
}

#[napi]
impl NativeTable {
    #[napi]
    pub fn close(&self) {
        self.slot.take();
    }
}
