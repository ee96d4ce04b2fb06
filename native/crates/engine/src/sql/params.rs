//! Scalar parameters: one IPC row of values, bound to the placeholders of a plan.

use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::DataType;
use datafusion::common::metadata::ScalarAndMetadata;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{ParamValues, ScalarValue};
use datafusion::logical_expr::expr::Placeholder;
use datafusion::logical_expr::{Expr, LogicalPlan};
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
    let given = given(parameters, attached)?;
    complete(&given, placeholders)?;
    Ok(given)
}

/// The values of a request by their names.
pub fn given(parameters: Option<&Parameters>, attached: &Attached) -> Result<BTreeMap<String, ScalarValue>> {
    match parameters {
        None => Ok(BTreeMap::new()),
        Some(Parameters::Positional(buffer) | Parameters::Named(buffer)) => read(attached, *buffer),
    }
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
fn read(attached: &Attached, buffer: BufferRef) -> Result<BTreeMap<String, ScalarValue>> {
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

/// Binds the values. Each has the type the planner inferred for its placeholder where that holds it exactly; any other keeps
/// its own type, and the planner brings both sides together as it does for a literal. `SQL.PARAMETER_TYPE {name, expected, given}`.
pub fn bind(plan: LogicalPlan, values: BTreeMap<String, ScalarValue>) -> Result<(LogicalPlan, Vec<ParameterType>)> {
    if values.is_empty() {
        return Ok((plan, Vec::new()));
    }
    let inferred = inferred(&plan)?;
    let mut bound: HashMap<String, ScalarAndMetadata> = HashMap::new();
    let mut types = Vec::new();
    for (name, value) in values {
        let value = match inferred.get(&name).and_then(Option::as_ref) {
            Some(expected) => coerce(&name, value, expected)?,
            None => value,
        };
        types.push(ParameterType { name: name.clone(), r#type: FieldType::from_arrow(&value.data_type()) });
        bound.insert(name, ScalarAndMetadata::from(value));
    }
    let plan = plan.with_param_values(to_values(bound)).map_err(|error| from_datafusion(Phase::Sql, &error))?;
    Ok((plan, types))
}

/// The type that the planner inferred for each placeholder, by its name without `$`: none where it has found none, or finds
/// another one at another place.
pub(super) fn inferred(plan: &LogicalPlan) -> Result<BTreeMap<String, Option<DataType>>> {
    let mut found: BTreeMap<String, Option<DataType>> = BTreeMap::new();
    let mut take = |placeholder: &Placeholder| {
        let here = placeholder.field.as_ref().map(|field| field.data_type().clone());
        let name = placeholder.id.trim_start_matches('$').to_owned();
        found.entry(name).and_modify(|known| *known = known.take().filter(|known| here.as_ref() == Some(known))).or_insert(here);
    };
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|inner| {
                if let Expr::Placeholder(placeholder) = inner {
                    take(placeholder);
                }
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })
    .map_err(|error| from_datafusion(Phase::Sql, &error))?;
    Ok(found)
}

/// Positional values as a list, since the planner resolves `$1` only there.
fn to_values(mut bound: HashMap<String, ScalarAndMetadata>) -> ParamValues {
    let positional: Option<Vec<ScalarAndMetadata>> = (1..=bound.len()).map(|position| bound.get(&position.to_string()).cloned()).collect();
    match positional {
        Some(list) => ParamValues::List(list),
        None => ParamValues::Map(std::mem::take(&mut bound)),
    }
}

/// The values of SQL, in which a text in quotes may stand for a number or a boolean. Any other text stays one.
pub(super) fn read_texts(plan: &LogicalPlan, values: BTreeMap<String, ScalarValue>) -> Result<BTreeMap<String, ScalarValue>> {
    let inferred = inferred(plan)?;
    let read = |(name, value): (String, ScalarValue)| {
        let expected = inferred.get(&name).and_then(Option::as_ref);
        let value = match expected.filter(|expected| expected.is_numeric() || **expected == DataType::Boolean) {
            Some(expected) if value.data_type().is_string() => value.cast_to(expected).unwrap_or(value),
            _ => value,
        };
        (name, value)
    };
    Ok(values.into_iter().map(read).collect())
}

fn coerce(name: &str, value: ScalarValue, expected: &DataType) -> Result<ScalarValue> {
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
    if !same_nature(&given, expected) {
        return Err(refused());
    }
    match value.cast_to(expected) {
        Ok(cast) if !cast.is_null() && (given.is_string() || holds(&cast, &value)) => Ok(cast),
        _ if given.is_string() => Err(refused()),
        _ => Ok(value),
    }
}

/// Whether a value survives its cast.
fn holds(cast: &ScalarValue, value: &ScalarValue) -> bool {
    cast.cast_to(&value.data_type()).is_ok_and(|back| back == *value)
}

/// Values never change their nature: a text is no number, a number no boolean, a moment no number.
fn same_nature(given: &DataType, expected: &DataType) -> bool {
    if given.is_string() {
        return expected.is_string() || expected.is_temporal() || matches!(expected, DataType::Dictionary(_, _));
    }
    if given.is_numeric() {
        return expected.is_numeric();
    }
    if matches!(given, DataType::Boolean) {
        return matches!(expected, DataType::Boolean);
    }
    !expected.is_numeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_no_number() {
        let error = coerce("1", ScalarValue::from("12"), &DataType::Int64).unwrap_err();
        assert_eq!(error.code, ErrorCode::SqlParameterType);
    }

    #[test]
    fn numbers_widen_and_keep_what_would_be_lost() {
        let bound = |value: ScalarValue, expected| coerce("1", value, &expected).unwrap();
        assert_eq!(bound(ScalarValue::from(7_i64), DataType::Float64), ScalarValue::from(7_f64));
        assert_eq!(bound(ScalarValue::from(7_f64), DataType::Int64), ScalarValue::from(7_i64));
        assert_eq!(bound(ScalarValue::from(1.5), DataType::Int64), ScalarValue::from(1.5));
        assert_eq!(bound(ScalarValue::from(300_i64), DataType::Int8), ScalarValue::from(300_i64));
        let thousandths = ScalarValue::Decimal128(Some(1005), 5, 3);
        assert_eq!(bound(thousandths.clone(), DataType::Decimal128(15, 2)), thousandths);
    }

    #[test]
    fn a_moment_is_a_date_at_midnight_only() {
        let at = |milliseconds| ScalarValue::TimestampMillisecond(Some(milliseconds), Some("UTC".into()));
        assert_eq!(coerce("1", at(86_400_000), &DataType::Date32).unwrap(), ScalarValue::Date32(Some(1)));
        assert_eq!(coerce("1", at(86_400_001), &DataType::Date32).unwrap(), at(86_400_001));
        assert_eq!(coerce("1", at(0), &DataType::Int64).unwrap_err().code, ErrorCode::SqlParameterType);
    }
}
