//! Planned expressions in the form in which they cross.

use arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, TableReference};
use datafusion::logical_expr::expr::Like;
use datafusion::logical_expr::{Case, Expr, Operator};
use serde_json::Value;

use super::expr::{Branch, CallSpec, ExprSpec};
use crate::schema::type_text::format_type_text;

/// The input of a column, by the qualifier that planning gave it; none where columns stand alone.
pub type Side<'a> = &'a dyn Fn(Option<&TableReference>) -> Option<&'static str>;

/// The wire form of an expression over one row. `None` for what has none: subqueries, aggregates, lambdas, nested literals.
#[must_use]
pub fn described(expr: &Expr, side: Side<'_>) -> Option<ExprSpec> {
    let one = |arg: &Expr| described(arg, side).map(Box::new);
    Some(match expr {
        Expr::Alias(alias) => described(&alias.expr, side)?,
        Expr::Column(column) => ExprSpec::Col { name: column.name.clone(), table: side(column.relation.as_ref()).map(str::to_owned) },
        Expr::Literal(value, _) => literal(value)?,
        Expr::Placeholder(placeholder) => ExprSpec::Param { name: placeholder.id.strip_prefix('$').unwrap_or(&placeholder.id).to_owned() },
        Expr::BinaryExpr(binary) => {
            ExprSpec::Binary { op: operator(binary.op)?.to_owned(), left: one(&binary.left)?, right: one(&binary.right)? }
        }
        Expr::Not(arg) => ExprSpec::Not { arg: one(arg)? },
        Expr::IsNull(arg) => ExprSpec::IsNull { arg: one(arg)? },
        Expr::IsNotNull(arg) => ExprSpec::IsNotNull { arg: one(arg)? },
        Expr::IsTrue(arg) => ExprSpec::IsTrue { arg: one(arg)? },
        Expr::IsFalse(arg) => ExprSpec::IsFalse { arg: one(arg)? },
        Expr::IsUnknown(arg) => ExprSpec::IsUnknown { arg: one(arg)? },
        Expr::IsNotTrue(arg) => ExprSpec::IsNotTrue { arg: one(arg)? },
        Expr::IsNotFalse(arg) => ExprSpec::IsNotFalse { arg: one(arg)? },
        Expr::IsNotUnknown(arg) => ExprSpec::IsNotUnknown { arg: one(arg)? },
        Expr::Negative(arg) => ExprSpec::Negative { arg: one(arg)? },
        Expr::Between(between) => {
            ExprSpec::Between { arg: one(&between.expr)?, low: one(&between.low)?, high: one(&between.high)?, negated: between.negated }
        }
        Expr::InList(list) => ExprSpec::InList { arg: one(&list.expr)?, list: several(&list.list, side)?, negated: list.negated },
        Expr::Like(like) => pattern(like, side)?,
        Expr::SimilarTo(like) if like.escape_char.is_none() => {
            ExprSpec::SimilarTo { arg: one(&like.expr)?, pattern: one(&like.pattern)?, negated: like.negated }
        }
        Expr::Cast(cast) => ExprSpec::Cast { arg: one(&cast.expr)?, r#type: format_type_text(cast.field.data_type()) },
        Expr::TryCast(cast) => ExprSpec::TryCast { arg: one(&cast.expr)?, r#type: format_type_text(cast.field.data_type()) },
        Expr::Case(case) => chosen(case, side)?,
        Expr::ScalarFunction(call) => ExprSpec::Call(CallSpec {
            name: call.name().to_owned(),
            args: several(&call.args, side)?,
            distinct: false,
            filter: None,
            order_by: Vec::new(),
            nulls: None,
            over: None,
        }),
        _ => return None,
    })
}

fn several(exprs: &[Expr], side: Side<'_>) -> Option<Vec<ExprSpec>> {
    exprs.iter().map(|expr| described(expr, side)).collect()
}

fn pattern(like: &Like, side: Side<'_>) -> Option<ExprSpec> {
    Some(ExprSpec::Like {
        arg: Box::new(described(&like.expr, side)?),
        pattern: Box::new(described(&like.pattern, side)?),
        negated: like.negated,
        case_insensitive: like.case_insensitive,
        escape: like.escape_char,
    })
}

/// `CASE x WHEN a` says `CASE WHEN x = a`.
fn chosen(case: &Case, side: Side<'_>) -> Option<ExprSpec> {
    let subject = match &case.expr {
        Some(expr) => Some(described(expr, side)?),
        None => None,
    };
    let mut branches = Vec::with_capacity(case.when_then_expr.len());
    for (when, then) in &case.when_then_expr {
        let when = described(when, side)?;
        let when = match &subject {
            Some(subject) => ExprSpec::Binary { op: "=".to_owned(), left: Box::new(subject.clone()), right: Box::new(when) },
            None => when,
        };
        branches.push(Branch { when, then: described(then, side)? });
    }
    let otherwise = match &case.else_expr {
        Some(expr) => Some(Box::new(described(expr, side)?)),
        None => None,
    };
    Some(ExprSpec::Case { branches, otherwise })
}

fn literal(value: &ScalarValue) -> Option<ExprSpec> {
    let data_type = value.data_type();
    let typed = |value: Value| ExprSpec::Lit { r#type: Some(format_type_text(&data_type)), value };
    Some(match value {
        ScalarValue::Null => ExprSpec::Lit { r#type: None, value: Value::Null },
        value if value.is_null() => typed(Value::Null),
        ScalarValue::Boolean(Some(flag)) => ExprSpec::Lit { r#type: None, value: Value::Bool(*flag) },
        ScalarValue::Utf8(Some(text)) => ExprSpec::Lit { r#type: None, value: Value::String(text.clone()) },
        ScalarValue::Binary(Some(bytes)) => {
            use std::fmt::Write;
            let mut digits = String::with_capacity(bytes.len() * 2);
            for byte in bytes {
                write!(digits, "{byte:02x}").ok()?;
            }
            typed(Value::String(digits))
        }
        other => match other.cast_to(&DataType::Utf8).ok()? {
            // Only what comes back as it was.
            ScalarValue::Utf8(Some(text)) if ScalarValue::Utf8(Some(text.clone())).cast_to(&data_type).is_ok_and(|back| back == *other) => {
                typed(Value::String(text))
            }
            _ => return None,
        },
    })
}

/// The operators that expressions have on the wire.
fn operator(op: Operator) -> Option<&'static str> {
    Some(match op {
        Operator::Plus => "+",
        Operator::Minus => "-",
        Operator::Multiply => "*",
        Operator::Divide => "/",
        Operator::Modulo => "%",
        Operator::Eq => "=",
        Operator::NotEq => "!=",
        Operator::Lt => "<",
        Operator::LtEq => "<=",
        Operator::Gt => ">",
        Operator::GtEq => ">=",
        Operator::And => "and",
        Operator::Or => "or",
        Operator::IsDistinctFrom => "is distinct from",
        Operator::IsNotDistinctFrom => "is not distinct from",
        Operator::StringConcat => "||",
        Operator::RegexMatch => "~",
        Operator::RegexIMatch => "~*",
        Operator::RegexNotMatch => "!~",
        Operator::RegexNotIMatch => "!~*",
        Operator::BitwiseAnd => "&",
        Operator::BitwiseOr => "|",
        Operator::BitwiseXor => "^",
        Operator::BitwiseShiftLeft => "<<",
        Operator::BitwiseShiftRight => ">>",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::{cast, col, exists, lit};

    fn json(expr: &Expr) -> Option<String> {
        described(expr, &|_| None).map(|spec| serde_json::to_string(&spec).unwrap())
    }

    #[test]
    fn literals_keep_their_types() {
        let seen: Vec<_> = [lit(5_i64), lit(2.5_f64), lit("it's"), lit(true), lit(ScalarValue::Date32(Some(19_723))), lit(vec![1_u8, 255])]
            .iter()
            .map(|expr| json(expr).unwrap())
            .collect();
        assert_eq!(
            seen,
            [
                r#"{"e":"lit","type":"int64","value":"5"}"#,
                r#"{"e":"lit","type":"float64","value":"2.5"}"#,
                r#"{"e":"lit","type":null,"value":"it's"}"#,
                r#"{"e":"lit","type":null,"value":true}"#,
                r#"{"e":"lit","type":"date32","value":"2024-01-01"}"#,
                r#"{"e":"lit","type":"binary","value":"01ff"}"#,
            ]
        );
    }

    #[test]
    fn times_come_back_as_they_were() {
        for value in [
            ScalarValue::TimestampMillisecond(Some(1_700_000_000_123), Some("UTC".into())),
            ScalarValue::TimestampNanosecond(Some(1_700_000_000_123_456_789), None),
            ScalarValue::Decimal128(Some(-12_345), 10, 2),
            ScalarValue::Float64(Some(0.1)),
            ScalarValue::Utf8View(Some("x".into())),
        ] {
            assert!(json(&lit(value.clone())).is_some(), "{value:?}");
        }
    }

    #[test]
    fn subqueries_have_no_form() {
        let plan = datafusion::logical_expr::LogicalPlanBuilder::empty(true).build().unwrap();
        assert_eq!(json(&exists(std::sync::Arc::new(plan)).and(lit(true))), None);
        assert!(json(&cast(col("a"), DataType::Int32).is_null()).is_some());
    }
}
