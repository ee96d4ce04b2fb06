//! Queries inside expressions, and their references to the query around them.

use std::sync::Arc;

use datafusion::common::{ExprSchema, Spans};
use datafusion::logical_expr::expr::{Exists, InSubquery};
use datafusion::logical_expr::{Expr, Subquery};

use super::expr::{ExprSpec, QuerySpec};
use super::scope::{Scope, has};
use crate::error::{EngineError, ErrorCode, Result};

impl Scope<'_> {
    /// The plan of a query inside an expression over these columns.
    pub(super) fn subquery(&self, query: &QuerySpec) -> Result<Subquery> {
        let mut plan = self.planner.operand(query.source)?;
        for op in &query.ops {
            plan = self.planner.apply(plan, op, self.step, Some(self))?;
        }
        let outer_ref_columns = plan.all_out_ref_exprs();
        Ok(Subquery { subquery: Arc::new(plan), outer_ref_columns, spans: Spans::new() })
    }

    pub(super) fn exists(&self, query: &QuerySpec, negated: bool) -> Result<Expr> {
        Ok(Expr::Exists(Exists { subquery: self.subquery(query)?, negated }))
    }

    pub(super) fn in_frame(&self, arg: &ExprSpec, query: &QuerySpec, negated: bool) -> Result<Expr> {
        let subquery = self.subquery(query)?;
        let columns = subquery.subquery.schema().fields().len();
        if columns != 1 {
            let message = format!("The frame of inFrame has {columns} columns at step {}; select the one to compare with.", self.step);
            return Err(EngineError::new(ErrorCode::FrameTypeMismatch, message).with("step", self.step));
        }
        Ok(Expr::InSubquery(InSubquery::new(self.boxed(arg)?, subquery, negated)))
    }

    /// A column of the nearest query around this one that has it.
    pub(super) fn outer_column(&self, name: &str, table: Option<&str>) -> Result<Expr> {
        let mut around = self.outer;
        while let Some(scope) = around {
            if has(scope.schema, name, table) {
                let column = scope.find(name, table)?;
                let field = scope.schema.field_from_column(&column).map_err(|error| scope.planning(&error))?;
                return Ok(Expr::OuterReferenceColumn(Arc::clone(field), column));
            }
            around = scope.outer;
        }
        Err(self.outer.unwrap_or(self).unknown(name))
    }
}
