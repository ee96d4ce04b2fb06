//! The functions of a plan, and whether they are the engine's own.

use std::collections::BTreeSet;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::error::Result;
use datafusion::execution::SessionStateDefaults;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::logical_plan::TableScan;
use serde::Serialize;
use ts_rs::TS;

use crate::plan::uses;

/// A function that a plan calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
pub struct LineageFunction {
    /// Its name.
    pub name: String,
    /// `scalar`, `aggregate`, `window` or `table`.
    pub kind: &'static str,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: &'static str,
    /// Whether it is the engine's own.
    pub builtin: bool,
}

/// Every function called, sorted.
pub(super) fn collect(plan: &LogicalPlan) -> Result<Vec<LineageFunction>> {
    let builtin = Builtin::new();
    let called = uses::functions(plan)?.into_iter().map(|used| LineageFunction {
        builtin: builtin.has(used.kind, &used.name),
        name: used.name,
        kind: used.kind,
        volatility: used.volatility,
    });
    let mut found: BTreeSet<LineageFunction> = called.collect();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found.extend(table_function(scan, &builtin)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found.into_iter().collect())
}

/// The function whose call a scan reads; the planner names its table `name()`.
fn table_function(scan: &TableScan, builtin: &Builtin) -> Result<Option<LineageFunction>> {
    let provider = source_as_provider(&scan.source)?;
    let (name, volatility) = match (uses::series_function(provider.as_ref()), scan.table_name.table().strip_suffix("()")) {
        (Some(name), _) => (name, "immutable"),
        (None, Some(name)) => (name, "volatile"),
        (None, None) => return Ok(None),
    };
    Ok(Some(LineageFunction { name: name.to_owned(), kind: "table", volatility, builtin: builtin.has("table", name) }))
}

/// Kinds and names of the engine's own functions.
struct Builtin(BTreeSet<(&'static str, String)>);

impl Builtin {
    fn new() -> Self {
        let mut names = BTreeSet::new();
        let scalar = SessionStateDefaults::default_scalar_functions();
        names.extend(scalar.iter().map(|function| ("scalar", function.name().to_owned())));
        let higher = SessionStateDefaults::default_higher_order_functions();
        names.extend(higher.iter().map(|function| ("scalar", function.name().to_owned())));
        let aggregate = SessionStateDefaults::default_aggregate_functions();
        names.extend(aggregate.iter().map(|function| ("aggregate", function.name().to_owned())));
        let window = SessionStateDefaults::default_window_functions();
        names.extend(window.iter().map(|function| ("window", function.name().to_owned())));
        let table = SessionStateDefaults::default_table_functions();
        names.extend(table.iter().map(|function| ("table", function.name().to_owned())));
        Self(names)
    }

    /// Aggregates serve as window functions too.
    fn has(&self, kind: &'static str, name: &str) -> bool {
        self.0.contains(&(kind, name.to_owned())) || (kind == "window" && self.0.contains(&("aggregate", name.to_owned())))
    }
}
