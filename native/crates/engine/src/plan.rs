//! What a plan is: its digests, the tables and functions it uses, its running totals, and how it is stopped.

pub mod artifact;
pub mod explain;
pub(crate) mod observed;
pub(crate) mod optimized;
pub mod render;
pub(crate) mod stop;
pub(crate) mod tapped;
pub mod to_sql;
pub mod totals;
pub mod uses;
