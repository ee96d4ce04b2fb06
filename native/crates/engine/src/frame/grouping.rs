//! Groups and aggregates.

use datafusion::common::Column;
use datafusion::logical_expr::expr::GroupingSet;
use datafusion::logical_expr::utils::find_aggregate_exprs;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};

use super::expr::ExprSpec;
use super::ops::{GroupingSets, finish, project};
use super::scope::Scope;
use crate::error::{EngineError, Result};

impl Scope<'_> {
    /// One or more groupings with their aggregates, or expressions over them.
    pub(super) fn aggregate(
        &self,
        plan: LogicalPlan,
        (by, values): (&[ExprSpec], &[ExprSpec]),
        sets: Option<&GroupingSets>,
    ) -> Result<LogicalPlan> {
        let (by, values) = (self.all(by)?, self.all(values)?);
        let names: Vec<String> = by.iter().map(|key| key.qualified_name().1).collect();
        let (plan, groups) = match sets {
            None => (plan, by),
            Some(sets) => {
                let (plan, keys) = self.keys(plan, by)?;
                (plan, vec![Expr::GroupingSet(grouping(sets, &keys)?)])
            }
        };
        let aggregates = find_aggregate_exprs(&values);
        let built = finish(LogicalPlanBuilder::from(plan).aggregate(groups, aggregates), self.step)?;
        let keys = built.schema().columns().into_iter().zip(&names).map(|(column, name)| Expr::Column(column).alias(name));
        let output = keys.chain(values).collect();
        project(built, output, self.step)
    }

    /// The plan with every key as a column of its own: grouping sets take columns only.
    fn keys(&self, plan: LogicalPlan, by: Vec<Expr>) -> Result<(LogicalPlan, Vec<Expr>)> {
        let mut output: Vec<Expr> = self.schema.columns().into_iter().map(Expr::Column).collect();
        let mut keys = Vec::new();
        for (index, key) in by.into_iter().enumerate() {
            keys.push(match key {
                Expr::Column(_) => key,
                computed => {
                    let name = format!("__key_{index}");
                    output.push(computed.unalias().alias(&name));
                    Expr::Column(Column::from_name(name))
                }
            });
        }
        let extended = if output.len() > self.schema.fields().len() { project(plan, output, self.step)? } else { plan };
        Ok((extended, keys))
    }
}

fn grouping(sets: &GroupingSets, keys: &[Expr]) -> Result<GroupingSet> {
    let key = |index: &usize| {
        keys.get(*index).cloned().ok_or_else(|| EngineError::bad_request("$.sets", format!("there is no column {index} to group by")))
    };
    Ok(match sets {
        GroupingSets::Rollup => GroupingSet::Rollup(keys.to_vec()),
        GroupingSets::Cube => GroupingSet::Cube(keys.to_vec()),
        GroupingSets::Sets(sets) => GroupingSet::GroupingSets(sets.iter().map(|set| set.iter().map(key).collect()).collect::<Result<_>>()?),
    })
}
