//! SQL: what a text is, what it may do, and its plan.

mod changed_rows;
pub mod check;
pub mod claim;
mod common_tables;
mod engine_plan;
pub(crate) mod kept_plan;
pub(crate) mod listing;
pub mod memory_dml;
mod memory_merge;
mod merge_lookups;
mod merge_stars;
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
pub(crate) mod table_arguments;
mod text_lines;
mod update_from;
pub(crate) mod url_tables;
pub mod verb;
