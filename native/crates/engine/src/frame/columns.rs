//! Columns of a projection: all of them, added, replaced, filled.

use datafusion::functions::core::expr_fn::coalesce;
use datafusion::logical_expr::{Expr, cast};

use super::expr::{ExprSpec, NamedExpr};
use super::scope::Scope;
use crate::error::Result;

impl Scope<'_> {
    /// The values of a `select`, in which one may stand for many.
    pub(super) fn columns(&self, specs: &[ExprSpec]) -> Result<Vec<Expr>> {
        let mut output = Vec::new();
        for spec in specs {
            match spec {
                ExprSpec::All { table, exclude, replace } => output.extend(self.every(table.as_deref(), exclude, replace)?),
                other => output.push(self.expr(other)?),
            }
        }
        Ok(output)
    }

    fn every(&self, table: Option<&str>, exclude: &[String], replace: &[NamedExpr]) -> Result<Vec<Expr>> {
        for name in exclude.iter().chain(replace.iter().map(|named| &named.name)) {
            self.find(name, table)?;
        }
        let mut output = Vec::new();
        for (qualifier, field) in self.schema.iter() {
            let name = field.name();
            let other = table.is_some_and(|table| qualifier.is_none_or(|qualifier| qualifier.table() != table));
            if other || exclude.contains(name) {
                continue;
            }
            output.push(match replace.iter().find(|named| named.name == *name) {
                Some(named) => self.expr(&named.value)?.alias(name),
                None => Expr::from((qualifier, field)),
            });
        }
        Ok(output)
    }

    /// Every column, some with another value, and new ones after them.
    pub(super) fn with_columns(&self, values: &[NamedExpr]) -> Result<Vec<Expr>> {
        let mut new: Vec<(&str, Expr)> =
            values.iter().map(|value| Ok((value.name.as_str(), self.expr(&value.value)?.alias(&value.name)))).collect::<Result<_>>()?;
        let mut output = Vec::new();
        for (qualifier, field) in self.schema.iter() {
            let replaced = new.iter().position(|(name, _)| name == field.name());
            output.push(match replaced {
                Some(at) => new.remove(at).1,
                None => Expr::from((qualifier, field)),
            });
        }
        output.extend(new.into_iter().map(|(_, value)| value));
        Ok(output)
    }

    /// Every column, some with a value where they are null.
    pub(super) fn filled(&self, values: &[NamedExpr]) -> Result<Vec<Expr>> {
        for named in values {
            self.find(&named.name, None)?;
        }
        self.schema
            .iter()
            .map(|(qualifier, field)| {
                let column = Expr::from((qualifier, field));
                let Some(named) = values.iter().find(|named| named.name == *field.name()) else { return Ok(column) };
                let value = cast(self.expr(&named.value)?, field.data_type().clone());
                Ok(coalesce(vec![column, value]).alias(field.name()))
            })
            .collect()
    }
}
