//! Rules that DeltaFuse appends after the engine's own.

pub mod key_filter;
pub mod policy_guard;
pub mod small_input;
