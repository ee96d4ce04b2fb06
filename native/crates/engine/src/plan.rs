//! What a plan is: its digests, the tables and functions it uses, its running totals.

pub mod artifact;
pub mod explain;
pub mod render;
pub mod totals;
pub mod uses;
