//! Sessions.

pub mod catalog;
pub mod memory_pool;
pub mod runtime_env;
pub mod spec;
