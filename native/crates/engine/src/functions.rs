//! Functions: the catalogue of what is callable, and functions written in JavaScript.

pub mod catalog;
pub mod js;
#[cfg(feature = "testing")]
pub mod testing;
