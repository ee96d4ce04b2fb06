//! Scalar parameters: one IPC row of values, bound to the placeholders of a plan.

use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::DataType;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::LogicalPlan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::schema::field::FieldType;
use crate::wire::{Attached, BufferRef};

/// Values of placeholders: one row, a column per value.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Parameters {
    /// Columns are `1`, `2`, ….
    Positional(BufferRef),
    /// Columns are the names.
    Named(BufferRef),
}

/// The type a placeholder has in the plan.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ParameterType {
    /// Without `$`.
    pub name: String,
    /// What the planner inferred.
    pub r#type: FieldType,
}

/// The values by placeholder name. Missing and unused ones are refused.
pub fn values(parameters: Option<&Parameters>, attached: &Attached, placeholders: &[String]) -> Result<BTreeMap<String, ScalarValue>> {
    let given = match parameters {
        None => BTreeMap::new(),
        Some(Parameters::Positional(buffer) | Parameters::Named(buffer)) => read(attached, *buffer)?,
    };
    complete(&given, placeholders)?;
    Ok(given)
}

/// Every placeholder has a value, and every value a placeholder. `SQL.PARAMETER_MISSING`, `SQL.PARAMETER_UNUSED`.
pub fn complete(given: &BTreeMap<String, ScalarValue>, placeholders: &[String]) -> Result<()> {
    let missing: Vec<&String> = placeholders.iter().filter(|name| !given.contains_key(*name)).collect();
    if !missing.is_empty() {
        return Err(names_error(ErrorCode::SqlParameterMissing, "The statement uses parameters without a value", "$", &missing));
    }
    let unused: Vec<&String> = given.keys().filter(|name| !placeholders.contains(name)).collect();
    if !unused.is_empty() {
        return Err(names_error(
            ErrorCode::SqlParameterUnused,
            "Values were given for parameters the statement does not use",
            "$",
            &unused,
        ));
    }
    Ok(())
}

/// An error about names, each told with a prefix.
pub(super) fn names_error(code: ErrorCode, what: &str, prefix: &str, names: &[&String]) -> EngineError {
    let list: Vec<String> = names.iter().map(|name| format!("{prefix}{name}")).collect();
    EngineError::new(code, format!("{what}: {}.", list.join(", "))).with("names", names)
}

/// The values of one row by the names of their columns.
pub fn read(attached: &Attached, buffer: BufferRef) -> Result<BTreeMap<String, ScalarValue>> {
    let (schema, batches) = crate::ipc::decode::stream([attached.buffer(buffer)?.clone()])?;
    let [batch] = batches.as_slice() else {
        return Err(EngineError::bad_request("$.parameters", "the values are one batch of one row"));
    };
    if batch.num_rows() != 1 {
        return Err(EngineError::bad_request("$.parameters", "the values are one row"));
    }
    schema
        .fields()
        .iter()
        .zip(batch.columns())
        .map(|(field, column)| Ok((field.name().clone(), ScalarValue::try_from_array(column, 0)?)))
        .collect()
}

/// Binds the values, each cast to the type the planner inferred. `SQL.PARAMETER_TYPE {name, expected, given}`.
pub fn bind(plan: LogicalPlan, values: BTreeMap<String, ScalarValue>) -> Result<(LogicalPlan, Vec<ParameterType>)> {
    if values.is_empty() {
        return Ok((plan, Vec::new()));
    }
    let inferred = plan.get_parameter_fields().map_err(|error| from_datafusion(Phase::Sql, &error))?;
    let mut bound: HashMap<String, ScalarAndMetadata> = HashMap::new();
    let mut types = Vec::new();
    for (name, value) in values {
        let expected = inferred.get(&format!("${name}")).and_then(Option::as_ref).map(|field| field.data_type().clone());
        let value = match &expected {
            Some(expected) => coerce(&name, &value, expected)?,
            None => value,
        };
        types.push(ParameterType { name: name.clone(), r#type: FieldType::from_arrow(&value.data_type()) });
        bound.insert(name, ScalarAndMetadata::from(value));
    }
    let plan = plan.with_param_values(to_values(bound)).map_err(|error| from_datafusion(Phase::Sql, &error))?;
    Ok((plan, types))
}

/// Positional values as a list, since the planner resolves `$1` only there.
fn to_values(mut bound: HashMap<String, ScalarAndMetadata>) -> ParamValues {
    let positional: Option<Vec<ScalarAndMetadata>> = (1..=bound.len()).map(|position| bound.get(&position.to_string()).cloned()).collect();
    match positional {
        Some(list) => ParamValues::List(list),
        None => ParamValues::Map(std::mem::take(&mut bound)),
    }
}

fn coerce(name: &str, value: &ScalarValue, expected: &DataType) -> Result<ScalarValue> {
    let given = value.data_type();
    let refused = || {
        EngineError::new(
            ErrorCode::SqlParameterType,
            format!("The parameter ${name} must be {expected}, but a value of type {given} was given."),
        )
        .with("name", name)
        .with("expected", expected.to_string())
        .with("given", given.to_string())
    };
    if given == *expected || value.is_null() {
        return value.cast_to(expected).map_err(|_| refused());
    }
    if !same_family(&given, expected) {
        return Err(refused());
    }
    match value.cast_to(expected) {
        Ok(cast) if !cast.is_null() => Ok(cast),
        _ => Err(refused()),
    }
}

/// Values never change their nature: a text is no number, a number no boolean.
fn same_family(given: &DataType, expected: &DataType) -> bool {
    let number = |data_type: &DataType| data_type.is_numeric();
    let text = |data_type: &DataType| data_type.is_string();
    if text(given) {
        return text(expected) || expected.is_temporal() || matches!(expected, DataType::Dictionary(_, _));
    }
    if number(given) {
        return number(expected);
    }
    if matches!(given, DataType::Boolean) {
        return matches!(expected, DataType::Boolean);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_number() {
        let error = coerce("1", &ScalarValue::from("12"), &DataType::Int64).unwrap_err();
        assert_eq!(error.code, ErrorCode::SqlParameterType);
    }

    #[test]
    fn numbers_widen() {
        assert_eq!(coerce("1", &ScalarValue::from(7_i64), &DataType::Float64).unwrap(), ScalarValue::from(7_f64));
    }
}
