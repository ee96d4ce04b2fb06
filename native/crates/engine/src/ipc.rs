//! Arrow IPC: schema messages and streams out, validated streams in, bytes gathered for one, and the channel behind a sink.

pub mod channel;
pub mod decode;
pub mod encode;
pub mod gathered;
pub(crate) mod messages;
