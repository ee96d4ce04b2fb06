//! SQL text inside frames, under the policy of SQL.

use datafusion::config::Dialect;
use datafusion::logical_expr::{Expr, lit};

use super::scope::{Scope, replaced};
use crate::error::Result;
use crate::rules::policy_guard::check_expr;
use crate::sql::check;
use crate::sql::statement::parse;
use crate::sql::table_arguments;

impl Scope<'_> {
    /// Parses, checks and plans an expression in SQL.
    pub(super) fn fragment(&self, text: &str) -> Result<Expr> {
        let (state, policy) = (self.planner.state, self.planner.policy);
        check::size(text, policy)?;
        let options = &state.config_options().sql_parser;
        let query = format!("SELECT {text}\n");
        let admit = |dialect| -> Result<_> {
            let parsed = check::single(parse(&query, dialect, options.recursion_limit.get())?, policy)?;
            check::statement(&parsed.info, policy)?;
            check::functions(&parsed.info, policy, state)?;
            Ok(parsed.info)
        };
        let mut dialect = options.dialect;
        let called = admit(dialect)?.functions;
        if called.iter().any(|name| state.higher_order_functions().contains_key(name)) && admit(Dialect::DuckDB).is_ok() {
            // The default dialect takes the arrow of a lambda for the operator of JSON.
            dialect = Dialect::DuckDB;
        }
        let mut parsed = state.sql_to_expr_with_alias(text, &dialect).map_err(|error| self.planning(&error))?;
        let filled = table_arguments::filled(&mut parsed.expr, &self.planner.parameters)?;
        filled.missing.iter().try_for_each(|name| self.planner.parameter(name).map(drop))?;
        let expr = state.create_logical_expr_from_sql_expr(parsed, self.schema).map_err(|error| self.planning(&error))?;
        if let Some(column) = expr.column_refs().into_iter().find(|column| !self.schema.has_column(column)) {
            return Err(self.unknown(column.name()));
        }
        check_expr(&expr, policy)?;
        replaced(expr, |node| match node {
            Expr::Placeholder(placeholder) => self.planner.parameter(placeholder.id.trim_start_matches('$')).map(|value| Some(lit(value))),
            _ => Ok(None),
        })
    }
}
