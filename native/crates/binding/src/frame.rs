//! Entrypoints of frames.

use std::sync::Arc;

use deltafuse_engine::frame::Frame;
use napi::bindgen_prelude::{ClassInstance, Env, Object, Result};
use napi_derive::napi;

use crate::dispatch::{Attached, call, run_within};
use crate::handle::{FRAME, Slot};
use crate::runtime::NativeCancel;

/// A planned query.
#[napi]
pub struct NativeFrame {
    pub(crate) slot: Slot<Frame>,
}

/// Declares the asynchronous methods of a frame.
macro_rules! frame_methods {
    ($($name:ident => |$frame:ident, $call:ident| $work:expr;)*) => {
        #[napi]
        impl NativeFrame {
            $(
                #[napi(ts_return_type = "Promise<NativeReply>")]
                pub fn $name<'env>(
                    &self,
                    env: &'env Env,
                    request: String,
                    attached: Attached<'_>,
                    cancel: Option<ClassInstance<'_, NativeCancel>>,
                ) -> Result<Object<'env>> {
                    let $frame = self.slot.get()?;
                    let closed = $frame.session().closed().clone();
                    run_within(env, call(request, attached, cancel)?, closed, |$call| async move { $work })
                }
            )*
        }
    };
}

frame_methods! {
    stream => |frame, call| frame.stream(&call).await;
    plan_artifact => |frame, call| frame.plan_artifact(&call).await;
    explain => |frame, call| frame.explain(&call).await;
    optimizer_trace => |frame, call| frame.optimizer_trace(&call).await;
    probe_pushdown => |frame, call| frame.probe_pushdown(&call);
    describe_scan => |frame, call| frame.describe_scan(&call).await;
    to_sql => |frame, call| frame.to_sql(&call);
    plan_lineage => |frame, call| frame.plan_lineage(&call).await;
    spool => |frame, call| frame.spool(&call).await;
}

impl NativeFrame {
    pub(crate) fn new(inner: Arc<Frame>) -> Self {
        Self { slot: Slot::new(inner, &FRAME) }
    }
}

#[napi]
impl NativeFrame {
    #[napi]
    pub fn close(&self) {
        if let Some(frame) = self.slot.take() {
            frame.release();
        }
    }
}
