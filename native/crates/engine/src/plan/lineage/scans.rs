//! The tables an optimised plan scans.

use std::collections::BTreeSet;

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::error::Result;
use datafusion::logical_expr::logical_plan::TableScan;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown};
use recursive::recursive;
use serde::Serialize;
use ts_rs::TS;

use super::columns::recursive_name;
use super::operators::text;
use super::sources::LineageTable;

/// A filter on the rows of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageFilter {
    /// The condition.
    pub expression: String,
    /// `exact` (the table keeps it), `inexact` (it helps, and is checked again) or `unsupported` (checked after the scan).
    pub pushdown: &'static str,
}

/// A scan of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageScan {
    /// The table.
    pub table: LineageTable,
    /// Its name in the query, where it has another one.
    pub alias: Option<String>,
    /// Every column that is read.
    pub projection: Vec<String>,
    /// Conditions on its rows.
    pub filters: Vec<LineageFilter>,
    /// Most rows that are read.
    #[ts(type = "number | null")]
    pub limit: Option<usize>,
    /// The version of a Delta table.
    #[ts(type = "number | null")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u64>,
}

/// The scans of a plan, from its root. A name that a query gives to a table is known only before optimisation.
pub(super) fn collect(optimized: &LogicalPlan, analysed: &LogicalPlan) -> Result<Vec<LineageScan>> {
    let mut scans = Scans { aliases: aliases(analysed)?, found: Vec::new() };
    scans.visit(optimized, &Above::default())?;
    Ok(scans.found)
}

/// Tables with the names that queries give them.
fn aliases(plan: &LogicalPlan) -> Result<BTreeSet<(String, String)>> {
    let mut found = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::SubqueryAlias(alias) = node
            && let LogicalPlan::TableScan(scan) = alias.input.as_ref()
        {
            found.insert((alias.alias.to_string(), scan.table_name.to_string()));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// What is right above an operator.
#[derive(Default)]
struct Above<'e> {
    alias: Option<&'e TableReference>,
    filters: Vec<&'e Expr>,
}

struct Scans {
    aliases: BTreeSet<(String, String)>,
    found: Vec<LineageScan>,
}

impl Scans {
    #[recursive]
    fn visit(&mut self, plan: &LogicalPlan, above: &Above<'_>) -> Result<()> {
        let below = match plan {
            LogicalPlan::TableScan(scan) if recursive_name(scan).is_none() => {
                let scan = self.described(scan, above)?;
                self.found.push(scan);
                Above::default()
            }
            LogicalPlan::SubqueryAlias(node) => Above { alias: Some(&node.alias), filters: Vec::new() },
            LogicalPlan::Projection(_) => Above { alias: above.alias, filters: Vec::new() },
            LogicalPlan::Filter(node) => Above { alias: above.alias, filters: split_conjunction(&node.predicate) },
            _ => Above::default(),
        };
        let mut inside = Vec::new();
        plan.apply_subqueries(|subquery| {
            inside.push(subquery.clone());
            Ok(TreeNodeRecursion::Continue)
        })?;
        for subquery in &inside {
            self.visit(subquery, &Above::default())?;
        }
        plan.inputs().into_iter().try_for_each(|input| self.visit(input, &below))
    }

    fn described(&self, scan: &TableScan, above: &Above<'_>) -> Result<LineageScan> {
        let mut conditions: Vec<&Expr> = scan.filters.iter().collect();
        for filter in &above.filters {
            if !conditions.contains(filter) {
                conditions.push(filter);
            }
        }
        let support = scan.source.supports_filters_pushdown(&conditions)?;
        let filters = conditions.iter().zip(support).map(|(filter, support)| LineageFilter {
            expression: text(filter),
            pushdown: match support {
                TableProviderFilterPushDown::Exact => "exact",
                TableProviderFilterPushDown::Inexact => "inexact",
                TableProviderFilterPushDown::Unsupported => "unsupported",
            },
        });
        let named = |alias: &&TableReference| self.aliases.contains(&(alias.to_string(), scan.table_name.to_string()));
        let provider = source_as_provider(&scan.source)?;
        Ok(LineageScan {
            table: LineageTable::from(&scan.table_name),
            alias: above.alias.filter(named).map(|alias| alias.table().to_owned()),
            projection: scan.projected_schema.fields().iter().map(|field| field.name().clone()).collect(),
            filters: filters.collect(),
            limit: scan.fetch,
            version: crate::delta_table::identity(provider.as_ref()).map(|(version, _)| version),
        })
    }
}
