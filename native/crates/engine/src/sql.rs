//! SQL: what a text is, what it may do, and its plan.

pub mod check;
pub mod overlay;
pub mod params;
pub mod plan;
pub mod plan_cache;
pub mod policy;
pub mod prepared;
pub mod sanitize;
pub mod statement;
pub mod verb;
