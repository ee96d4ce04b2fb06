//! Predicates and values of a request: SQL text or an expression, planned by the session.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::DataType;
use datafusion::common::DFSchema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Expr, ExprSchemable};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::context::OperationContext;
use super::error::Typed;
use crate::error::{EngineError, ErrorCode, Result};
use crate::frame::expr::ExprSpec;
use crate::frame::ops::Planner;
use crate::frame::scope::Scope;
use crate::rules::policy_guard::check_expr;

/// SQL text or an expression.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(untagged)]
#[ts(rename = "DeltaPredicate")]
pub enum Predicate {
    /// SQL text in the session's dialect.
    Sql(String),
    /// An expression.
    Expr(ExprSpec),
}

impl Predicate {
    /// True for SQL text without any.
    pub(super) fn is_blank(&self) -> bool {
        matches!(self, Self::Sql(text) if text.trim().is_empty())
    }

    /// Plans a value over a schema.
    pub(super) fn value(&self, context: &OperationContext, schema: &DFSchema) -> Result<Expr> {
        let planner = Planner::new(&context.state, context.policy.as_ref());
        let scope = Scope::new(&planner, schema, 0);
        let expr = match self {
            Self::Sql(text) => scope.expr(&ExprSpec::Sql { text: text.clone() }),
            Self::Expr(spec) => scope.expr(spec),
        };
        let expr = expr.map_err(without_step)?;
        check_expr(&expr, context.policy.as_ref())?;
        // deltalake casts the literal of a comparison to the column's type: `x < 2.5` would become `x < 2`.
        // Once both sides have one type it leaves them alone.
        let simplify = SimplifyContext::builder().with_schema(Arc::new(schema.clone())).build();
        let expr = ExprSimplifier::new(simplify).coerce(expr, schema).typed()?;
        if expr.is_volatile() {
            return Err(EngineError::new(
                ErrorCode::DeltaInvalidSpec,
                "A predicate or value of a table operation must give the same result every time; it calls a volatile function.",
            ));
        }
        Ok(expr)
    }

    /// Plans a condition over a schema.
    pub(super) fn condition(&self, context: &OperationContext, schema: &DFSchema) -> Result<Expr> {
        let expr = self.value(context, schema)?;
        match expr.get_type(schema).typed()? {
            DataType::Boolean | DataType::Null => Ok(expr),
            other => Err(EngineError::new(ErrorCode::DeltaInvalidSpec, format!("A condition must be true or false; '{expr}' is {other}."))
                .with("type", other.to_string())),
        }
    }
}

/// A predicate is no step of a frame.
fn without_step(mut error: EngineError) -> EngineError {
    error.details.remove("step");
    error.message = error.message.replace(" at step 0", "");
    error
}

/// Names of the functions a bare session has.
static BARE_FUNCTIONS: LazyLock<Vec<String>> =
    LazyLock::new(|| SessionStateDefaults::default_scalar_functions().iter().map(|function| function.name().to_owned()).collect());

/// Whether deltalake's conflict check understands a predicate: it parses the logged text in a bare session, and the
/// text keeps no parentheses around the operand of a postfix or prefix operator.
pub(super) fn survives_logging(expr: &Expr) -> bool {
    let mut survives = true;
    let walked = expr.apply(|node| {
        survives &= match node {
            Expr::Column(column) => is_plain_name(column.name()),
            Expr::Literal(..) | Expr::BinaryExpr(_) | Expr::Cast(_) | Expr::Negative(_) => true,
            Expr::Not(operand)
            | Expr::IsNull(operand)
            | Expr::IsNotNull(operand)
            | Expr::IsTrue(operand)
            | Expr::IsFalse(operand)
            | Expr::IsUnknown(operand)
            | Expr::IsNotTrue(operand)
            | Expr::IsNotFalse(operand)
            | Expr::IsNotUnknown(operand) => matches!(operand.as_ref(), Expr::Column(_)),
            Expr::Between(between) => matches!(between.expr.as_ref(), Expr::Column(_)),
            Expr::InList(list) => matches!(list.expr.as_ref(), Expr::Column(_)),
            Expr::Like(like) => matches!(like.expr.as_ref(), Expr::Column(_)),
            Expr::ScalarFunction(call) => BARE_FUNCTIONS.iter().any(|name| name == call.name()),
            _ => false,
        };
        Ok(if survives { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    walked.is_ok() && survives
}

fn is_plain_name(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_')
        && characters.all(|character| character.is_ascii_alphanumeric() || character == '_')
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::{col, lit};

    #[test]
    fn plain_comparisons_survive_logging_and_ambiguous_text_does_not() {
        assert!(survives_logging(&col("a").eq(lit(1)).and(col("b").is_null())));
        assert!(survives_logging(&col("a").in_list(vec![lit(1), lit(2)], false)));
        assert!(!survives_logging(&Expr::Not(Box::new(col("a").eq(lit(1)).or(col("b").eq(lit(2)))))));
        assert!(!survives_logging(&col("a").eq(lit(1)).is_null()));
        assert!(!survives_logging(&Expr::Column("with space".into()).eq(lit(1))));
    }
}
