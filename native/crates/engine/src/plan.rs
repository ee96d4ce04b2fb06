//! What a plan is: its digests, the tables and functions it uses, its running totals, and how it is stopped.

pub mod artifact;
pub mod describe;
pub mod explain;
pub mod lineage;
pub mod nodes;
pub(crate) mod observed;
pub(crate) mod one_partition;
pub(crate) mod optimized;
pub mod profile;
mod proto;
pub mod pushdown;
pub mod render;
pub(crate) mod stop;
pub mod substrait;
pub(crate) mod tapped;
pub mod to_sql;
pub mod totals;
pub mod trace;
pub(crate) mod typed;
pub mod uses;
