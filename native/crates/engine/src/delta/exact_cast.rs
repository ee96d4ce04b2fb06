//! The cast every value takes on its way into a table: exact, or an error that names the column.

use std::hash::Hash;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::{CastOptions, cast_with_options};
use arrow::datatypes::{DataType, Field, FieldRef, Float32Type, Float64Type, TimeUnit, TimestampNanosecondType};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::{ColumnarValue, Expr, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility};

use crate::error::{EngineError, ErrorCode};

/// Casts one column to the type of the table.
#[derive(Debug, PartialEq, Eq, Hash)]
struct ExactCast {
    column: String,
    to: DataType,
    nullable: bool,
    signature: Signature,
}

/// `value` as a column of type `to`. With `nullable` the result may be null even where the input may not.
pub(super) fn exact_cast(value: Expr, target: &Field, nullable: bool) -> Expr {
    let function = ExactCast {
        column: target.name().clone(),
        to: target.data_type().clone(),
        nullable,
        signature: Signature::any(1, Volatility::Immutable),
    };
    ScalarUDF::new_from_impl(function).call(vec![value])
}

impl ScalarUDFImpl for ExactCast {
    fn name(&self) -> &'static str {
        "delta_exact_cast"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> Result<DataType> {
        Ok(self.to.clone())
    }

    fn return_field_from_args(&self, arguments: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        let nullable = self.nullable || arguments.arg_fields.iter().any(|field| field.is_nullable());
        Ok(Arc::new(Field::new(self.name(), self.to.clone(), nullable)))
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(value) = arguments.args.first() else {
            return Err(DataFusionError::Internal("delta_exact_cast takes one argument".to_owned()));
        };
        let array = value.to_array(arguments.number_rows)?;
        let cast = self.cast(&array).map_err(DataFusionError::from)?;
        Ok(ColumnarValue::Array(cast))
    }
}

impl ExactCast {
    fn cast(&self, array: &ArrayRef) -> std::result::Result<ArrayRef, EngineError> {
        if array.data_type() == &self.to {
            return Ok(Arc::clone(array));
        }
        if loses(array, &self.to) {
            let message = format!(
                "Column '{}' holds values finer than the table's type {} (a fraction, or a part of a microsecond); round them first.",
                self.column, self.to
            );
            return Err(self.failed(array, message));
        }
        let options = CastOptions { safe: false, ..CastOptions::default() };
        cast_with_options(array, &self.to, &options).map_err(|error| {
            let message = format!("A value of column '{}' does not fit the table's type {}: {error}.", self.column, self.to);
            self.failed(array, message).caused_by(&error)
        })
    }

    fn failed(&self, array: &ArrayRef, message: String) -> EngineError {
        EngineError::new(ErrorCode::EngineCastFailed, message)
            .with("column", &self.column)
            .with("from", array.data_type().to_string())
            .with("to", self.to.to_string())
    }
}

/// True when the cast would cut something off, at any depth: nanoseconds of a timestamp, the fraction of a float.
fn loses(array: &ArrayRef, to: &DataType) -> bool {
    match (array.data_type(), to) {
        (DataType::Timestamp(TimeUnit::Nanosecond, _), DataType::Timestamp(TimeUnit::Microsecond, _)) => {
            array.as_primitive::<TimestampNanosecondType>().iter().flatten().any(|value| value % 1000 != 0)
        }
        (DataType::Float64, to) if to.is_integer() => has_fraction(array.as_primitive::<Float64Type>().iter().flatten()),
        (DataType::Float32, to) if to.is_integer() => has_fraction(array.as_primitive::<Float32Type>().iter().flatten().map(f64::from)),
        (DataType::List(_), DataType::List(item)) => loses(array.as_list::<i32>().values(), item.data_type()),
        (DataType::LargeList(_), DataType::List(item)) => loses(array.as_list::<i64>().values(), item.data_type()),
        (DataType::FixedSizeList(..), DataType::List(item)) => loses(array.as_fixed_size_list().values(), item.data_type()),
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let columns = array.as_struct();
            let child_loses = |field: &FieldRef| columns.column_by_name(field.name()).is_some_and(|child| loses(child, field.data_type()));
            fields.iter().any(child_loses)
        }
        (DataType::Map(..), DataType::Map(entries, _)) => {
            let DataType::Struct(fields) = entries.data_type() else { return false };
            let children = array.as_map().entries().columns();
            children.iter().zip(fields).any(|(child, field)| loses(child, field.data_type()))
        }
        _ => false,
    }
}

/// NaN and infinities have no fraction; the cast itself refuses them.
fn has_fraction(mut values: impl Iterator<Item = f64>) -> bool {
    values.any(|value| value.is_finite() && value.fract() != 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Float64Array, Int64Array, StringViewArray, TimestampNanosecondArray};

    fn cast(array: ArrayRef, to: DataType) -> std::result::Result<ArrayRef, EngineError> {
        let cast = ExactCast { column: "c".to_owned(), to, nullable: true, signature: Signature::any(1, Volatility::Immutable) };
        cast.cast(&array)
    }

    #[test]
    fn whole_microseconds_pass_and_finer_ones_do_not() {
        let micros = DataType::Timestamp(TimeUnit::Microsecond, None);
        let whole: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![Some(5_000), None]));
        assert_eq!(cast(whole, micros.clone()).unwrap().data_type(), &micros);
        let finer: ArrayRef = Arc::new(TimestampNanosecondArray::from(vec![5_001]));
        assert_eq!(cast(finer, micros).unwrap_err().code, ErrorCode::EngineCastFailed);
    }

    #[test]
    fn a_value_that_does_not_fit_names_its_column() {
        let error = cast(Arc::new(Int64Array::from(vec![1_i64 << 40])), DataType::Int32).unwrap_err();
        assert_eq!((error.code, error.details.get("column")), (ErrorCode::EngineCastFailed, Some(&"c".into())));
    }

    #[test]
    fn whole_floats_become_integers_and_fractions_do_not() {
        let whole = cast(Arc::new(Float64Array::from(vec![Some(3.0), None])), DataType::Int64).unwrap();
        assert_eq!(whole.as_primitive::<arrow::datatypes::Int64Type>().value(0), 3);
        for value in [2.5, f64::NAN, 1e300] {
            let error = cast(Arc::new(Float64Array::from(vec![value])), DataType::Int64).unwrap_err();
            assert_eq!(error.code, ErrorCode::EngineCastFailed, "{value}");
        }
    }

    #[test]
    fn views_become_plain_text() {
        let text = cast(Arc::new(StringViewArray::from(vec!["a"])), DataType::Utf8).unwrap();
        assert_eq!(text.as_string::<i32>().value(0), "a");
    }
}
