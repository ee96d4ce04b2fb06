//! Plans whose columns have the types that running them gives. The engine brings the branches of a CASE and the inputs of a
//! UNION to one type only when it analyses a plan; until then a plan says the type of the first of them.

use std::sync::Arc;

use arrow::datatypes::Schema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::config::ConfigOptions;
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast};
use datafusion::optimizer::Analyzer;
use datafusion::optimizer::analyzer::type_coercion::TypeCoercion;

/// The plan with the types that running it gives. One that has them, or that cannot run, stays as it is.
#[must_use]
pub(crate) fn typed(plan: LogicalPlan) -> LogicalPlan {
    if !brings_types_together(&plan) {
        return plan;
    }
    let analyzer = Analyzer::with_rules(vec![Arc::new(TypeCoercion::new())]);
    match analyzer.execute_and_check(plan.clone(), &ConfigOptions::default(), |_, _| {}) {
        Ok(analysed) if !same_types(analysed.schema(), plan.schema()) => analysed,
        _ => plan,
    }
}

/// The plan with the types of the table that takes its rows. It may have columns behind those of the table.
pub(crate) fn of_table(plan: LogicalPlan, table: &Schema) -> Result<LogicalPlan> {
    let plan = typed(plan);
    let fields = table.fields();
    if plan.schema().fields().iter().zip(fields).all(|(found, field)| found.data_type() == field.data_type()) {
        return Ok(plan);
    }
    let columns = plan.schema().iter().enumerate().map(|(index, (qualifier, found))| {
        let column = Expr::Column(Column::new(qualifier.cloned(), found.name()));
        match fields.get(index).map(|field| field.data_type()) {
            Some(wanted) if wanted != found.data_type() => cast(column, wanted.clone()).alias_qualified(qualifier.cloned(), found.name()),
            _ => column,
        }
    });
    let columns: Vec<Expr> = columns.collect();
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn same_types(left: &DFSchema, right: &DFSchema) -> bool {
    left.fields().iter().map(|field| field.data_type()).eq(right.fields().iter().map(|field| field.data_type()))
}

fn brings_types_together(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let walked = plan.apply_with_subqueries(|node| {
        found = found || matches!(node, LogicalPlan::Union(_));
        node.apply_expressions(|expr| {
            found = found || expr.exists(|inner| Ok(matches!(inner, Expr::Case(_))))?;
            Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
        })?;
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    walked.is_ok() && found
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field};
    use datafusion::prelude::SessionContext;

    use super::*;

    async fn plan(sql: &str) -> LogicalPlan {
        SessionContext::new().sql(sql).await.unwrap().into_unoptimized_plan()
    }

    fn types(plan: &LogicalPlan) -> Vec<DataType> {
        plan.schema().fields().iter().map(|field| field.data_type().clone()).collect()
    }

    #[tokio::test]
    async fn the_types_of_all_branches_count() {
        for sql in [
            "SELECT 1 AS x UNION ALL SELECT 2.5",
            "SELECT CASE WHEN random() < 2 THEN 1 ELSE 2.5 END AS x",
            "SELECT (SELECT 1 UNION SELECT 2.5 LIMIT 1) AS x",
            "SELECT max(x) FROM (SELECT NULL AS x UNION ALL SELECT 0.5)",
        ] {
            assert_eq!(types(&typed(plan(sql).await)), [DataType::Float64], "{sql}");
        }
    }

    #[tokio::test]
    async fn what_says_its_types_stays_as_it_is() {
        for sql in ["SELECT 1 AS x UNION ALL SELECT 2", "SELECT CASE WHEN true THEN 'a' END AS x", "SELECT 1 + 2.5 AS x"] {
            let before = plan(sql).await;
            assert_eq!(typed(before.clone()), before, "{sql}");
        }
    }

    #[tokio::test]
    async fn rows_for_a_table_have_its_types() {
        let table = Schema::new(vec![Field::new("a", DataType::Int64, true)]);
        let kept = of_table(plan("SELECT 1 AS x, 'a' AS y UNION ALL SELECT 2.5, 'b'").await, &table).unwrap();
        assert_eq!(types(&kept), [DataType::Int64, DataType::Utf8]);
        assert_eq!(kept.schema().field_names(), ["x", "y"]);
    }
}
