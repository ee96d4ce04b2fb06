//! The DeltaFuse engine: sessions, frames, streams, writes and Delta tables on Apache DataFusion and deltalake.
//!
//! A plain library: no Node-API. The binding crate parses nothing and decides nothing; every entrypoint of the
//! extension is one function here that takes a request document and answers with a [`wire::Reply`].

#![forbid(unsafe_code)]

pub mod error;
pub mod panic;
pub mod rules;
pub mod runtime;
pub mod session;
pub mod sql;
