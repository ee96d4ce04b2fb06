//! Record batches on their way to JavaScript: casts to what it can read, batch sizes, and the batch layout.

pub mod cast;
pub mod coalesce;
pub mod pack;
pub mod size;

#[cfg(test)]
pub(crate) mod sample;

use arrow::error::ArrowError;

use crate::error::{EngineError, ErrorCode};

/// An Arrow kernel refused `what`.
pub(crate) fn arrow_error(what: &str, error: &ArrowError) -> EngineError {
    EngineError::new(ErrorCode::EngineArrow, format!("{what}: {error}")).caused_by(error)
}

/// A batch does not have the columns its stream announced.
pub(crate) fn wrong_schema() -> EngineError {
    EngineError::internal("a batch does not have the schema of its stream")
}
