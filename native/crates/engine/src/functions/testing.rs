//! Functions for the tests of a clone, faults on demand among them: only with the cargo feature `testing`.

use std::sync::Arc;

use arrow::array::{Array, StringArray};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility, create_udf};

/// `deltafuse_test_panic()`, whose evaluation fails the hard way, and `deltafuse_test_display(value)`.
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "the function it makes panics, not this one")]
pub fn functions() -> Vec<ScalarUDF> {
    #[expect(clippy::panic, reason = "the fault this function is for")]
    let fault = |_: &[ColumnarValue]| panic!("deltafuse_test_panic was called");
    let panic = create_udf("deltafuse_test_panic", Vec::new(), DataType::Int64, Volatility::Volatile, Arc::new(fault));
    vec![panic, ScalarUDF::from(Display { signature: Signature::any(1, Volatility::Volatile) })]
}

/// The text that Arrow shows for a value of any type, as it is before it leaves the engine; null has none.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Display {
    signature: Signature,
}

impl ScalarUDFImpl for Display {
    fn name(&self) -> &'static str {
        "deltafuse_test_display"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(DataType::Utf8)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let columns = ColumnarValue::values_to_arrays(&arguments.args)?;
        let [column] = columns.as_slice() else { return datafusion::common::exec_err!("deltafuse_test_display takes one value") };
        let formatter = ArrayFormatter::try_new(column.as_ref(), &FormatOptions::default().with_null("NULL"))?;
        let text = |row: usize| column.is_valid(row).then(|| formatter.value(row).to_string());
        Ok(ColumnarValue::Array(Arc::new((0..column.len()).map(text).collect::<StringArray>())))
    }
}
