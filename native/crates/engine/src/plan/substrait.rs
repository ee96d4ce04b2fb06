//! Substrait: plans as other engines read them, and plans that other engines wrote.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::Call;
use crate::error::Result;
use crate::frame::Frame;
use crate::plan::typed::typed;
use crate::session::Session;
use crate::wire::{BufferRef, Reply, decode as decode_request};

#[cfg(feature = "substrait")]
mod consumer;
#[cfg(feature = "substrait")]
mod decode;
#[cfg(feature = "substrait")]
mod encode;
#[cfg(not(feature = "substrait"))]
mod missing;
#[cfg(feature = "substrait")]
mod portable;

#[cfg(feature = "substrait")]
pub(super) use encode::encode;
#[cfg(not(feature = "substrait"))]
pub(super) use missing::encode;

#[cfg(feature = "substrait")]
use decode::decode;
#[cfg(not(feature = "substrait"))]
use missing::decode;

/// The request of `fromSubstrait`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct SubstraitRequest {
    /// A serialised `Plan`.
    pub plan: BufferRef,
}

/// A plan for other engines.
pub(super) struct Encoded {
    /// A serialised `Plan`.
    pub(super) bytes: Vec<u8>,
    /// What another engine may not understand.
    pub(super) warnings: Vec<String>,
}

impl Session {
    /// The `fromSubstrait` entrypoint: a frame under the policy of the session. Nothing is executed.
    pub async fn from_substrait(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: SubstraitRequest = decode_request(&call.request)?;
        let plan = decode(self, call.attached.buffer(request.plan)?).await?;
        Frame::new(Arc::clone(self), typed(plan)).reply()
    }
}
