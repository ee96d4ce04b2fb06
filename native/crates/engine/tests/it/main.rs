//! The engine on real files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)]

mod allocations;
mod delta;
mod io;
mod session;
mod stream;
mod support;
