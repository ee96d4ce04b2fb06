//! Unions by position and name, unnesting, partitions, a description of the columns.

use arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema, NullHandling, UnnestOptions};
use datafusion::functions_aggregate::expr_fn::{avg, count, max, median, min, stddev, sum};
use datafusion::functions_nested::expr_fn::make_array;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, Partitioning, cast, lit, when};

use super::expr::ExprSpec;
use super::ops::{Planner, UnionBy, UnnestNulls, finish, project};
use super::scope::Scope;
use crate::error::Result;

impl Planner<'_> {
    pub(super) fn union(&self, plan: LogicalPlan, inputs: &[usize], how: (bool, UnionBy), step: usize) -> Result<LogicalPlan> {
        let mut plan = plan;
        for input in inputs {
            let other = self.operand(*input)?;
            let scopes = [(plan.schema(), other.schema()), (other.schema(), plan.schema())];
            if how.1 == UnionBy::Name {
                scopes.into_iter().try_for_each(|(ours, theirs)| self.same_names(ours, theirs, step))?;
            }
            let builder = LogicalPlanBuilder::from(plan);
            let united = match how {
                (false, UnionBy::Position) => builder.union(other),
                (true, UnionBy::Position) => builder.union_distinct(other),
                (false, _) => builder.union_by_name(other),
                (true, _) => builder.union_by_name_distinct(other),
            };
            plan = finish(united, step)?;
        }
        Ok(plan)
    }

    fn same_names(&self, ours: &DFSchema, theirs: &DFSchema, step: usize) -> Result<()> {
        match ours.fields().iter().find(|field| !theirs.has_column_with_unqualified_name(field.name())) {
            Some(field) => Err(Scope::new(self, theirs, step).unknown(field.name())),
            None => Ok(()),
        }
    }
}

impl Scope<'_> {
    pub(super) fn unnest(&self, plan: LogicalPlan, columns: &[String], nulls: UnnestNulls) -> Result<LogicalPlan> {
        let columns = columns.iter().map(|name| self.find(name, None)).collect::<Result<Vec<_>>>()?;
        let handling = match nulls {
            UnnestNulls::Drop => NullHandling::Drop,
            UnnestNulls::Preserve => NullHandling::Preserve,
            UnnestNulls::PreserveEmpty => NullHandling::PreserveAndExpandEmpty,
        };
        let options = UnnestOptions::new().with_null_handling(handling);
        finish(LogicalPlanBuilder::from(plan).unnest_columns_with_options(columns, options), self.step)
    }

    pub(super) fn repartition(&self, plan: LogicalPlan, hash: Option<&[ExprSpec]>, partitions: Option<usize>) -> Result<LogicalPlan> {
        let partitions = partitions.unwrap_or_else(|| self.planner.state.config().target_partitions());
        let scheme = match hash {
            Some(values) => Partitioning::Hash(self.all(values)?, partitions),
            None => Partitioning::RoundRobinBatch(partitions),
        };
        finish(LogicalPlanBuilder::from(plan).repartition(scheme), self.step)
    }

    /// One aggregation, whose results become a list per column, and these rows.
    pub(super) fn describe(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let mut aggregates = Vec::new();
        let names: Vec<Expr> = ["count", "null_count", "mean", "std", "min", "max", "median"].into_iter().map(lit).collect();
        let mut lists = vec![make_array(names).alias("describe")];
        for (index, (qualifier, field)) in self.schema.iter().enumerate() {
            let kind = if field.data_type().is_numeric() { DataType::Float64 } else { DataType::Utf8 };
            let column = Expr::from((qualifier, field));
            let mut values = Vec::new();
            for (at, value) in self.measured(&column, field.data_type())?.into_iter().enumerate() {
                values.push(match value {
                    Some(value) => {
                        let name = format!("__{index}_{at}");
                        aggregates.push(value.alias(&name));
                        cast(Expr::Column(Column::from_name(name)), kind.clone())
                    }
                    None => cast(lit(datafusion::common::ScalarValue::Null), kind.clone()),
                });
            }
            lists.push(make_array(values).alias(field.name()));
        }
        let measured = finish(LogicalPlanBuilder::from(plan).aggregate(Vec::<Expr>::new(), aggregates), self.step)?;
        let listed = project(measured, lists, self.step)?;
        let columns = listed.schema().columns();
        finish(LogicalPlanBuilder::from(listed).unnest_columns_with_options(columns, UnnestOptions::new()), self.step)
    }

    /// What a description says of a column; `None` where it has no meaning.
    fn measured(&self, column: &Expr, data_type: &DataType) -> Result<[Option<Expr>; 7]> {
        let (is_number, has_order) =
            (data_type.is_numeric(), !data_type.is_nested() && *data_type != DataType::Boolean && !data_type.is_null());
        let number = |value: fn(Expr) -> Expr| is_number.then(|| value(column.clone()));
        let ordered = |value: fn(Expr) -> Expr| has_order.then(|| value(column.clone()));
        let missing = when(column.clone().is_null(), lit(1_i64)).otherwise(lit(0_i64)).map_err(|error| self.planning(&error))?;
        Ok([Some(count(column.clone())), Some(sum(missing)), number(avg), number(stddev), ordered(min), ordered(max), number(median)])
    }
}
