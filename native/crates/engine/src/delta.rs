//! Delta tables: open, read, create, write, merge, delete, history, and the commit guard around every change.
//!
//! Log replay, planning and commits are done by deltalake with the session's own state, so that memory limit, spill,
//! functions and object stores are the session's.

pub mod clauses;
pub mod commit;
pub mod context;
pub mod create;
pub mod dml;
pub mod error;
pub mod history;
pub mod merge;
pub mod open;
pub mod predicate;
pub mod provider;
pub mod report;
pub mod snapshot;
pub mod write;

mod collected;
mod exact_cast;
mod guard;
mod location;
mod log;
mod operation;
mod recorder;
mod schema;
mod source;
mod staging;
mod upsert;
