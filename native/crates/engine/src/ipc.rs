//! Arrow IPC: schema messages and streams out, validated streams in, and the channel behind a sink.

pub mod channel;
pub mod decode;
pub mod encode;
pub(crate) mod messages;
