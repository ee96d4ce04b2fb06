//! The DeltaFuse engine: sessions, frames, streams, writes and Delta tables on Apache DataFusion and `deltalake`.
//!
//! A plain library: no Node-API. The binding crate parses nothing and decides nothing; every entrypoint of the
//! extension is one function here that takes a request document and answers with a [`wire::Reply`].

#![forbid(unsafe_code)]

pub mod batch;
pub mod call;
pub mod call_queue;
pub mod cancel;
pub mod canonical_json;
pub mod contract;
pub mod delta;
pub mod delta_table;
pub mod error;
pub mod frame;
pub mod functions;
pub mod io;
pub mod ipc;
pub mod panic;
pub mod plan;
pub mod rules;
pub mod runtime;
pub mod schema;
pub mod session;
pub mod sink;
pub mod spans;
pub mod sql;
pub mod stream;
pub mod wire;

#[cfg(test)]
mod wire_export;
