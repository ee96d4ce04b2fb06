//! SQL: what a text is, what it may do, and its plan.

pub mod check;
pub mod claim;
pub mod params;
pub mod path_guard;
pub mod plan;
pub mod policy;
pub mod prepared;
pub mod sanitize;
pub mod statement;
pub mod verb;
