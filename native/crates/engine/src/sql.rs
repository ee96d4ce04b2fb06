//! SQL: what a text is, what it may do, and its plan.

pub mod check;
pub mod claim;
pub(crate) mod listing;
pub mod memory_dml;
pub mod named;
pub mod overlay;
mod parameter_type;
pub mod params;
pub mod path_guard;
pub mod plan;
pub mod plan_cache;
pub mod policy;
pub mod prepared;
pub mod sanitize;
pub mod statement;
pub mod verb;
