//! Parameters in the arguments of table functions: these are called while a statement is planned, so that the values stand in
//! the text before.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use arrow::datatypes::{DataType, TimeUnit};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::lit;
use datafusion::sql::parser::{CopyToSource, Statement as EngineStatement};
use datafusion::sql::sqlparser::ast::{Expr, FunctionArg, FunctionArgExpr, TableFactor, Value, ValueWithSpan, VisitMut, VisitorMut};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;
use datafusion::sql::unparser::Unparser;

use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};

/// What was put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Filled {
    /// Whether arguments of a table function were parameters.
    pub any: bool,
    /// Those of them that have no value yet, without `$`: NULL stands for each argument of their call.
    pub missing: BTreeSet<String>,
}

/// Writes the values of parameters into the arguments of the table functions of a statement.
pub(super) fn fill(tree: &mut EngineStatement, values: &BTreeMap<String, ScalarValue>) -> Result<Filled> {
    match tree {
        EngineStatement::Statement(statement) => filled(statement.as_mut(), values),
        EngineStatement::Explain(explain) => fill(&mut explain.statement, values),
        EngineStatement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => filled(query.as_mut(), values),
            CopyToSource::Relation(_) => Ok(Filled::default()),
        },
        EngineStatement::CreateExternalTable(_) | EngineStatement::Reset(_) => Ok(Filled::default()),
    }
}

/// The same for any part of a statement.
pub(crate) fn filled(part: &mut impl VisitMut, values: &BTreeMap<String, ScalarValue>) -> Result<Filled> {
    let mut calls = Calls { values, filled: Filled::default() };
    match part.visit(&mut calls) {
        ControlFlow::Continue(()) => Ok(calls.filled),
        ControlFlow::Break(error) => Err(error),
    }
}

struct Calls<'a> {
    values: &'a BTreeMap<String, ScalarValue>,
    filled: Filled,
}

impl VisitorMut for Calls<'_> {
    type Break = EngineError;

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<EngineError> {
        let args = match factor {
            TableFactor::Table { args: Some(args), .. } => &mut args.args,
            TableFactor::Function { args, .. } => args,
            _ => return ControlFlow::Continue(()),
        };
        let mut arguments = Arguments { values: self.values, filled: Filled::default() };
        for arg in args.iter_mut() {
            arg.visit(&mut arguments)?;
        }
        let Filled { any, mut missing } = arguments.filled;
        if !missing.is_empty() {
            args.iter_mut().for_each(nothing);
        }
        self.filled.any |= any;
        self.filled.missing.append(&mut missing);
        ControlFlow::Continue(())
    }
}

/// The arguments of one call.
struct Arguments<'a> {
    values: &'a BTreeMap<String, ScalarValue>,
    filled: Filled,
}

impl VisitorMut for Arguments<'_> {
    type Break = EngineError;

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<EngineError> {
        let Expr::Value(ValueWithSpan { value: Value::Placeholder(text), .. }) = expr else { return ControlFlow::Continue(()) };
        let name = text.trim_start_matches('$');
        self.filled.any = true;
        match self.values.get(name) {
            Some(value) => match written(name, value) {
                Ok(value) => *expr = Expr::Nested(Box::new(value)),
                Err(error) => return ControlFlow::Break(error),
            },
            None => {
                self.filled.missing.insert(name.to_owned());
            }
        }
        ControlFlow::Continue(())
    }
}

fn nothing(arg: &mut FunctionArg) {
    *arg = FunctionArg::Unnamed(FunctionArgExpr::Expr(Expr::value(Value::Null)));
}

/// A value as it is written in a text. Times have the unit that times in a text have.
fn written(name: &str, value: &ScalarValue) -> Result<Expr> {
    let written = match value.data_type() {
        _ if value.is_null() => Ok(Expr::value(Value::Null)),
        DataType::Timestamp(_, Some(zone)) => zoned(value, &DataType::Timestamp(TimeUnit::Nanosecond, Some(zone))),
        _ => Unparser::default().expr_to_sql(&lit(value.clone())),
    };
    written.map_err(|error| {
        let given = value.data_type().to_string();
        let message = format!("The parameter ${name}, of type {given}, cannot be an argument of a table function.");
        EngineError::new(ErrorCode::SqlParameterType, message)
            .with("name", name)
            .with("expected", "an argument of a table function")
            .with("given", given)
            .caused_by(&from_datafusion(Phase::Sql, &error))
    })
}

fn zoned(value: &ScalarValue, wanted: &DataType) -> datafusion::error::Result<Expr> {
    let text = value.cast_to(wanted)?.cast_to(&DataType::Utf8)?.to_string();
    let call = format!("arrow_cast('{text}', '{wanted}')");
    Ok(Parser::new(&GenericDialect {}).try_with_sql(&call)?.parse_expr()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::parse;
    use datafusion::config::Dialect;

    fn filled_text(sql: &str, values: &[(&str, ScalarValue)]) -> (String, Filled) {
        let mut tree = parse(sql, Dialect::Generic, 50).unwrap().remove(0).tree;
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let filled = fill(&mut tree, &values).unwrap();
        (tree.to_string(), filled)
    }

    #[test]
    fn values_stand_in_arguments_alone() {
        let sql = "SELECT $1 FROM range(0, $1 + 1) WHERE value < $1";
        let (text, filled) = filled_text(sql, &[("1", ScalarValue::from(-5_i64))]);
        assert_eq!(text, "SELECT $1 FROM range(0, (-5) + 1) WHERE value < $1");
        assert_eq!(filled, Filled { any: true, missing: BTreeSet::new() });
    }

    #[test]
    fn a_call_without_all_values_has_none() {
        let sql = "PREPARE p AS SELECT * FROM generate_series($a, $b, INTERVAL '1 day'), range(0, 2)";
        let (text, filled) = filled_text(sql, &[("a", ScalarValue::from(1_i64))]);
        assert_eq!(text, "PREPARE p AS SELECT * FROM generate_series(NULL, NULL, NULL), range(0, 2)");
        assert_eq!(filled.missing, BTreeSet::from(["b".to_owned()]));
    }

    #[test]
    fn times_keep_their_zone() {
        let value = ScalarValue::TimestampMillisecond(Some(1_704_067_200_123), Some("UTC".into()));
        let (text, _) = filled_text("SELECT * FROM range($1)", &[("1", value)]);
        assert_eq!(text, r#"SELECT * FROM range((arrow_cast('2024-01-01T00:00:00.123Z', 'Timestamp(ns, "UTC")')))"#);
    }

    #[test]
    fn nothing_is_filled_without_parameters_in_arguments() {
        assert_eq!(filled_text("SELECT $1 FROM range(0, 3)", &[]).1, Filled::default());
    }
}
