//! Entrypoints of sinks.

use std::sync::Arc;

use deltafuse_engine::sink;
use deltafuse_engine::wire::Sink;
use napi::bindgen_prelude::{ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::dispatch::{Attached, call, run};
use crate::handle::{SINK, Slot};
use crate::runtime::NativeCancel;

/// The writing end of a one-shot source.
#[napi]
pub struct NativeSink {
    pub(crate) slot: Slot<Sink>,
}

impl NativeSink {
    pub(crate) fn new(inner: Arc<Sink>) -> Self {
        Self { slot: Slot::new(inner, &SINK) }
    }
}

/// Declares the asynchronous methods of a sink.
macro_rules! sink_methods {
    ($($name:ident => |$sink:ident, $call:ident| $work:expr;)*) => {
        #[napi]
        impl NativeSink {
            $(
                #[napi(ts_return_type = "Promise<NativeReply>")]
                pub fn $name<'env>(
                    &self,
                    env: &'env Env,
                    request: String,
                    attached: Attached<'_>,
                    cancel: Option<ClassInstance<'_, NativeCancel>>,
                ) -> Result<Object<'env>> {
                    let $sink = self.slot.get()?;
                    run(env, call(request, attached, cancel)?, |$call| async move { $work })
                }
            )*
        }
    };
}

sink_methods! {
    push => |sink, call| sink::push(&sink, &call).await;
    finish => |sink, call| sink::finish(&sink, &call).await;
    fail => |sink, call| sink::fail(&sink, &call);
}

#[napi]
impl NativeSink {
    #[napi]
    pub fn close(&self) {
        if let Some(sink) = self.slot.take() {
            sink.sender.close();
        }
    }
}

#[napi(ts_return_type = "Promise<NativeReply>")]
pub fn open_sink<'env>(
    env: &'env Env,
    request: String,
    attached: Attached<'_>,
    cancel: Option<ClassInstance<'_, NativeCancel>>,
) -> Result<Object<'env>> {
    run(env, call(request, attached, cancel)?, |call| async move { sink::open(&call) })
}
