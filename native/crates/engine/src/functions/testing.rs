//! Faults on demand, for the tests of a clone: only with the cargo feature `testing`.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, ScalarUDF, Volatility, create_udf};

/// `deltafuse_test_panic()`, whose evaluation fails the hard way.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "the function it makes panics, not this one")]
pub fn functions() -> Vec<ScalarUDF> {
    #[expect(clippy::panic, reason = "the fault this function is for")]
    let fault = |_: &[ColumnarValue]| panic!("deltafuse_test_panic was called");
    vec![create_udf("deltafuse_test_panic", Vec::new(), DataType::Int64, Volatility::Volatile, Arc::new(fault))]
}
