//! Expressions of frames, from their JSON form to the engine's.

use std::sync::Arc;

use datafusion::common::{Column, DFSchema, ScalarValue, TableReference};
use datafusion::execution::session_state::SessionState;
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::functions_nested::expr_ext::IndexAccessor;
use datafusion::logical_expr::expr::{AggregateFunction, AggregateFunctionParams, InList, Like, ScalarFunction};
use datafusion::logical_expr::{Between, BinaryExpr, Case, Expr, ExprSchemable, Operator, SortExpr, cast, lit, try_cast};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion, nearest};
use crate::schema::type_text::parse_type_text;
use crate::sql::policy::SqlPolicy;

/// An expression. Numbers of literals are decimal text, binaries base64.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "e", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ExprSpec {
    /// A column by its exact name.
    Col {
        /// The name.
        name: String,
        /// The alias of its input.
        #[serde(default)]
        table: Option<String>,
    },
    /// A literal.
    Lit {
        /// Type text; null infers from the JSON value.
        #[serde(default)]
        r#type: Option<String>,
        /// The value; null is NULL.
        #[ts(type = "null | boolean | string")]
        value: serde_json::Value,
    },
    /// A binary operator.
    Binary {
        /// SQL text of the operator.
        op: String,
        /// Left side.
        left: Box<ExprSpec>,
        /// Right side.
        right: Box<ExprSpec>,
    },
    /// `NOT`.
    Not {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NULL`.
    IsNull {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT NULL`.
    IsNotNull {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS TRUE`.
    IsTrue {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS FALSE`.
    IsFalse {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS UNKNOWN`.
    IsUnknown {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT TRUE`.
    IsNotTrue {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT FALSE`.
    IsNotFalse {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT UNKNOWN`.
    IsNotUnknown {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `minus`.
    Negative {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `arg BETWEEN low AND high`.
    Between {
        /// The value.
        arg: Box<ExprSpec>,
        /// Lower bound, included.
        low: Box<ExprSpec>,
        /// Upper bound, included.
        high: Box<ExprSpec>,
        /// NOT BETWEEN.
        #[serde(default)]
        negated: bool,
    },
    /// `arg IN (list)`; an empty list is false.
    InList {
        /// The value.
        arg: Box<ExprSpec>,
        /// The members.
        list: Vec<ExprSpec>,
        /// NOT IN.
        #[serde(default)]
        negated: bool,
    },
    /// `arg LIKE pattern`.
    Like {
        /// The text.
        arg: Box<ExprSpec>,
        /// The pattern.
        pattern: Box<ExprSpec>,
        /// NOT LIKE.
        #[serde(default)]
        negated: bool,
        /// ILIKE.
        #[serde(default)]
        case_insensitive: bool,
    },
    /// A cast that fails on a bad value.
    Cast {
        /// The value.
        arg: Box<ExprSpec>,
        /// Type text.
        r#type: String,
    },
    /// A cast that gives NULL for a bad value.
    TryCast {
        /// The value.
        arg: Box<ExprSpec>,
        /// Type text.
        r#type: String,
    },
    /// `CASE WHEN … THEN … ELSE … END`.
    Case {
        /// In order; the first that holds wins.
        branches: Vec<Branch>,
        /// NULL when left out.
        #[serde(default)]
        otherwise: Option<Box<ExprSpec>>,
    },
    /// A scalar or aggregate function.
    Call {
        /// Its name.
        name: String,
        /// Its arguments.
        args: Vec<ExprSpec>,
        /// Only distinct values (aggregates).
        #[serde(default)]
        distinct: bool,
        /// Only rows where this holds (aggregates).
        #[serde(default)]
        filter: Option<Box<ExprSpec>>,
        /// Order of the input (aggregates).
        #[serde(default)]
        order_by: Vec<SortSpec>,
    },
    /// Another name for the result.
    Alias {
        /// The value.
        arg: Box<ExprSpec>,
        /// Its name.
        name: String,
    },
    /// A field of a struct.
    Field {
        /// The struct.
        arg: Box<ExprSpec>,
        /// The field.
        name: String,
    },
    /// An element of a list, counted from 1.
    At {
        /// The list.
        arg: Box<ExprSpec>,
        /// The position.
        index: Box<ExprSpec>,
    },
    /// SQL text, parsed against the input.
    Sql {
        /// The expression.
        text: String,
    },
}

/// One WHEN of a CASE.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The condition.
    pub when: ExprSpec,
    /// The result.
    pub then: ExprSpec,
}

/// One key of an order.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SortSpec {
    /// The value sorted by.
    pub value: ExprSpec,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
    /// Nulls before everything else.
    #[serde(default)]
    pub nulls_first: bool,
}

/// What names and functions of an expression mean.
pub struct Scope<'a> {
    /// The session's functions and parser.
    pub state: &'a SessionState,
    /// The columns in sight.
    pub schema: &'a DFSchema,
    /// What SQL fragments and functions may do.
    pub policy: &'a SqlPolicy,
    /// Index of the operation, for errors.
    pub step: usize,
}

impl Scope<'_> {
    /// The engine's form of an expression.
    pub fn expr(&self, spec: &ExprSpec) -> Result<Expr> {
        match spec {
            ExprSpec::Col { name, table } => self.column(name, table.as_deref()),
            ExprSpec::Lit { r#type, value } => literal(r#type.as_deref(), value),
            ExprSpec::Binary { op, left, right } => {
                Ok(Expr::BinaryExpr(BinaryExpr::new(Box::new(self.expr(left)?), operator(op)?, Box::new(self.expr(right)?))))
            }
            ExprSpec::Not { arg } => Ok(Expr::Not(Box::new(self.expr(arg)?))),
            ExprSpec::IsNull { arg } => Ok(Expr::IsNull(Box::new(self.expr(arg)?))),
            ExprSpec::IsNotNull { arg } => Ok(Expr::IsNotNull(Box::new(self.expr(arg)?))),
            ExprSpec::IsTrue { arg } => Ok(Expr::IsTrue(Box::new(self.expr(arg)?))),
            ExprSpec::IsFalse { arg } => Ok(Expr::IsFalse(Box::new(self.expr(arg)?))),
            ExprSpec::IsUnknown { arg } => Ok(Expr::IsUnknown(Box::new(self.expr(arg)?))),
            ExprSpec::IsNotTrue { arg } => Ok(Expr::IsNotTrue(Box::new(self.expr(arg)?))),
            ExprSpec::IsNotFalse { arg } => Ok(Expr::IsNotFalse(Box::new(self.expr(arg)?))),
            ExprSpec::IsNotUnknown { arg } => Ok(Expr::IsNotUnknown(Box::new(self.expr(arg)?))),
            ExprSpec::Negative { arg } => Ok(Expr::Negative(Box::new(self.expr(arg)?))),
            ExprSpec::Between { arg, low, high, negated } => {
                Ok(Expr::Between(Between::new(Box::new(self.expr(arg)?), *negated, Box::new(self.expr(low)?), Box::new(self.expr(high)?))))
            }
            ExprSpec::InList { list, negated, .. } if list.is_empty() => Ok(lit(*negated)),
            ExprSpec::InList { arg, list, negated } => Ok(Expr::InList(InList::new(Box::new(self.expr(arg)?), self.all(list)?, *negated))),
            ExprSpec::Like { arg, pattern, negated, case_insensitive } => {
                Ok(Expr::Like(Like::new(*negated, Box::new(self.expr(arg)?), Box::new(self.expr(pattern)?), None, *case_insensitive)))
            }
            ExprSpec::Cast { arg, r#type } => Ok(cast(self.expr(arg)?, parse_type_text(r#type)?)),
            ExprSpec::TryCast { arg, r#type } => Ok(try_cast(self.expr(arg)?, parse_type_text(r#type)?)),
            ExprSpec::Case { branches, otherwise } => self.case(branches, otherwise.as_deref()),
            ExprSpec::Call { .. } => self.call(spec),
            ExprSpec::Alias { arg, name } => Ok(self.expr(arg)?.alias(name)),
            ExprSpec::Field { arg, name } => Ok(self.expr(arg)?.field(name.as_str())),
            ExprSpec::At { arg, index } => Ok(self.expr(arg)?.index(self.expr(index)?)),
            ExprSpec::Sql { text } => self.fragment(text),
        }
    }

    /// Several expressions.
    pub fn all(&self, specs: &[ExprSpec]) -> Result<Vec<Expr>> {
        specs.iter().map(|spec| self.expr(spec)).collect()
    }

    /// The keys of an order.
    pub fn sorts(&self, specs: &[SortSpec]) -> Result<Vec<SortExpr>> {
        specs.iter().map(|key| Ok(self.expr(&key.value)?.sort(!key.descending, key.nulls_first))).collect()
    }

    fn column(&self, name: &str, table: Option<&str>) -> Result<Expr> {
        let found = match table {
            Some(table) => self.schema.has_column_with_qualified_name(&TableReference::bare(table), name),
            None => self.schema.has_column_with_unqualified_name(name),
        };
        if !found {
            return Err(self.unknown(name));
        }
        match table {
            Some(table) => Ok(Expr::Column(Column::new(Some(TableReference::bare(table)), name))),
            None => {
                let (qualifier, field) = self.schema.qualified_field_with_unqualified_name(name).map_err(|error| self.planning(&error))?;
                Ok(Expr::Column(Column::new(qualifier.cloned(), field.name())))
            }
        }
    }

    /// `FRAME.UNKNOWN_COLUMN {column, step, candidates}`.
    #[must_use]
    pub fn unknown(&self, name: &str) -> EngineError {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let candidates = nearest(name, &names);
        let hint = if candidates.is_empty() { String::new() } else { format!(" Did you mean {}?", candidates.join(", ")) };
        EngineError::new(ErrorCode::FrameUnknownColumn, format!("There is no column '{name}' at step {}.{hint}", self.step))
            .with("column", name)
            .with("step", self.step)
            .with("candidates", candidates)
    }

    fn planning(&self, error: &datafusion::error::DataFusionError) -> EngineError {
        from_datafusion(Phase::Frame(self.step), error)
    }

    fn case(&self, branches: &[Branch], otherwise: Option<&ExprSpec>) -> Result<Expr> {
        let pairs = branches
            .iter()
            .map(|branch| Ok((Box::new(self.expr(&branch.when)?), Box::new(self.expr(&branch.then)?))))
            .collect::<Result<Vec<_>>>()?;
        let otherwise = otherwise.map(|value| self.expr(value).map(Box::new)).transpose()?;
        Ok(Expr::Case(Case::new(None, pairs, otherwise)))
    }

    fn call(&self, spec: &ExprSpec) -> Result<Expr> {
        let ExprSpec::Call { name, args, distinct, filter, order_by } = spec else {
            return Err(EngineError::internal("not a call"));
        };
        if !self.policy.functions.allows(name) {
            return Err(crate::rules::policy_guard::refusal("function", "query", self.policy, Some(name)));
        }
        let arguments = self.all(args)?;
        if let Some(function) = self.state.scalar_functions().get(name) {
            return Ok(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), arguments)));
        }
        if let Some(function) = self.state.aggregate_functions().get(name) {
            let arguments = if arguments.is_empty() && name == "count" { vec![lit(1_i64)] } else { arguments };
            let params = AggregateFunctionParams {
                args: arguments,
                distinct: *distinct,
                filter: filter.as_deref().map(|filter| self.expr(filter).map(Box::new)).transpose()?,
                order_by: self.sorts(order_by)?,
                null_treatment: None,
            };
            return Ok(Expr::AggregateFunction(AggregateFunction { func: Arc::clone(function), params }));
        }
        let names: Vec<&str> =
            self.state.scalar_functions().keys().chain(self.state.aggregate_functions().keys()).map(String::as_str).collect();
        Err(EngineError::new(ErrorCode::SqlPlanError, format!("There is no function '{name}' at step {}.", self.step))
            .with("function", name)
            .with("step", self.step)
            .with("candidates", nearest(name, &names)))
    }

    fn fragment(&self, text: &str) -> Result<Expr> {
        crate::sql::check::size(text, self.policy)?;
        let expr = self.state.create_logical_expr(text, self.schema).map_err(|error| self.planning(&error))?;
        if let Some(column) = expr.column_refs().into_iter().find(|column| !self.schema.has_column(column)) {
            return Err(self.unknown(column.name()));
        }
        crate::rules::policy_guard::check_expr(&expr, self.policy)?;
        Ok(expr)
    }

    /// Checks that an expression has a type over the schema.
    pub fn typed(&self, expr: &Expr) -> Result<()> {
        expr.get_type(self.schema).map(|_| ()).map_err(|error| self.planning(&error))
    }
}

fn literal(type_text: Option<&str>, value: &serde_json::Value) -> Result<Expr> {
    use serde_json::Value;
    let scalar = match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(flag) => ScalarValue::Boolean(Some(*flag)),
        Value::String(text) => ScalarValue::Utf8(Some(text.clone())),
        _ => return Err(EngineError::bad_request("$.value", "a literal is null, a boolean or a text; numbers are decimal text")),
    };
    let Some(text) = type_text else { return Ok(lit(scalar)) };
    let data_type = parse_type_text(text)?;
    let typed = match (&data_type, &scalar) {
        (arrow::datatypes::DataType::Binary, ScalarValue::Utf8(Some(encoded))) => {
            return Err(EngineError::bad_request("$.value", format!("'{encoded}' cannot be a binary literal; use a parameter")));
        }
        _ => scalar
            .cast_to(&data_type)
            .map_err(|error| EngineError::bad_request("$.value", format!("'{value}' is not a {text}: {}", error.message())))?,
    };
    Ok(lit(typed))
}

fn operator(text: &str) -> Result<Operator> {
    Ok(match text {
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "=" => Operator::Eq,
        "!=" => Operator::NotEq,
        "<" => Operator::Lt,
        "<=" => Operator::LtEq,
        ">" => Operator::Gt,
        ">=" => Operator::GtEq,
        "and" => Operator::And,
        "or" => Operator::Or,
        "is distinct from" => Operator::IsDistinctFrom,
        "is not distinct from" => Operator::IsNotDistinctFrom,
        other => return Err(EngineError::bad_request("$.op", format!("there is no operator '{other}'"))),
    })
}
