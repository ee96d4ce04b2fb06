//! SQL.

pub mod policy;
