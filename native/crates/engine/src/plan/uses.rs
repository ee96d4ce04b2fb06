//! The tables and functions a logical plan uses.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::{ViewTable, source_as_provider};
use datafusion::error::Result;
use datafusion::functions_table::generate_series::GenerateSeriesTable;
use datafusion::logical_expr::logical_plan::TableScan;
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility};
use serde::Serialize;
use ts_rs::TS;

use crate::frame::spool::{SpoolTable, spool_table};
use crate::functions::js::{JsScalar, javascript};
use crate::io::file_table::{FileTable, file_table};
use crate::io::memory::memory_table_id;
use crate::schema::hash::known_schema_hash;
use crate::session::metric_tables;
use crate::sql::overlay::{OverlayTable, overlay_table};
use crate::sql::url_tables;

/// A table a plan reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TableUse {
    /// Its catalogue, when the name gives one.
    pub catalog: Option<String>,
    /// Its schema, when the name gives one.
    pub schema: Option<String>,
    /// Its name; `<location:name of the file or folder>` where a location stands for it.
    pub name: String,
    /// `listing`, `memory`, `delta`, `view`, `function` or `other`.
    pub kind: &'static str,
    /// Tells a table in memory from all others, and a table function's call from calls with other arguments.
    pub instance: Option<String>,
    /// Hash of its columns.
    pub schema_hash: String,
    /// The Delta version read.
    #[ts(type = "number | null")]
    pub delta_version: Option<u64>,
    /// The Delta table's id.
    pub table_id: Option<String>,
    /// Columns read.
    pub columns: Vec<String>,
    /// Filters the scan takes.
    pub filters: usize,
}

impl TableUse {
    /// Whether its rows are read from the functions of the session.
    #[must_use]
    pub fn tells_functions(&self) -> bool {
        self.kind == "other" && ["routines", "parameters", crate::sql::listing::NAME].contains(&self.name.as_str())
    }
}

/// A function a plan calls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FunctionUse {
    /// Its name.
    pub name: String,
    /// `scalar`, `aggregate` or `window`.
    pub kind: &'static str,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: &'static str,
    /// Fingerprint of the signature and the version of one of JavaScript; null for the engine's own.
    pub signature_hash: Option<String>,
    /// Rows per call, where it is one of JavaScript.
    #[serde(skip)]
    pub javascript_rows: Option<usize>,
}

/// The text of a volatility.
#[must_use]
pub const fn volatility_text(volatility: Volatility) -> &'static str {
    match volatility {
        Volatility::Immutable => "immutable",
        Volatility::Stable => "stable",
        Volatility::Volatile => "volatile",
    }
}

/// Every table scanned, by name, instance and version, each once.
pub fn tables(plan: &LogicalPlan) -> Result<Vec<TableUse>> {
    Ok(scanned(plan)?.into_iter().map(|(table, _)| table).collect())
}

/// The same with their providers.
pub(crate) fn scanned(plan: &LogicalPlan) -> Result<Vec<(TableUse, Arc<dyn TableProvider>)>> {
    let mut found: BTreeMap<_, (TableUse, Arc<dyn TableProvider>)> = BTreeMap::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            let table = table(scan)?;
            let key = (scan.table_name.to_string(), table.instance.clone(), table.delta_version);
            let provider = source_as_provider(&scan.source)?;
            found.entry(key).or_insert((table, provider));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found.into_values().collect())
}

/// What is told of one scan.
pub(crate) fn table(scan: &TableScan) -> Result<TableUse> {
    let provider = source_as_provider(&scan.source)?;
    let (kind, instance) = identity(provider.as_ref());
    let (delta_version, table_id) = crate::delta_table::identity(provider.as_ref()).unzip();
    let schema_hash = known_schema_hash(&provider.schema()).map_err(datafusion::error::DataFusionError::from)?;
    Ok(TableUse {
        catalog: scan.table_name.catalog().map(ToOwned::to_owned),
        schema: scan.table_name.schema().map(ToOwned::to_owned),
        name: file_table(provider.as_ref())
            .and_then(FileTable::url)
            .map_or_else(|| scan.table_name.table().to_owned(), url_tables::anywhere),
        kind,
        instance,
        schema_hash: schema_hash.to_string(),
        delta_version,
        table_id,
        columns: scan.projected_schema.fields().iter().map(|field| field.name().clone()).collect(),
        filters: scan.filters.len(),
    })
}

/// The kind of the table that a scan reads, and the version and id of a Delta table.
pub(crate) fn scanned_one(scan: &TableScan) -> Result<(&'static str, Option<(u64, String)>)> {
    let provider = source_as_provider(&scan.source)?;
    Ok((identity(provider.as_ref()).0, crate::delta_table::identity(provider.as_ref())))
}

fn identity(provider: &dyn TableProvider) -> (&'static str, Option<String>) {
    let any: &dyn Any = provider;
    if let Some(id) = memory_table_id(provider)
        .or_else(|| overlay_table(provider).map(OverlayTable::id))
        .or_else(|| spool_table(provider).map(SpoolTable::id))
    {
        return ("memory", Some(id.to_string()));
    }
    if series_function(provider).is_some() {
        // It shows its arguments nowhere else.
        return ("function", Some(format!("{provider:?}")));
    }
    if let Some(function) = metric_tables::function_of(provider) {
        return ("function", Some(format!("{function}()")));
    }
    let kind = match crate::delta_table::identity(provider) {
        Some(_) => "delta",
        None if file_table(provider).is_some() => "listing",
        None if any.is::<ViewTable>() => "view",
        None => "other",
    };
    (kind, None)
}

/// The function whose series a table is, `range` or `generate_series`; the table itself shows it in its arguments alone.
pub(crate) fn series_function(provider: &dyn TableProvider) -> Option<&'static str> {
    let provider: &dyn Any = provider;
    let series = provider.downcast_ref::<GenerateSeriesTable>()?;
    Some(if format!("{series:?}").contains("name: \"generate_series\"") { "generate_series" } else { "range" })
}

/// Every function called, sorted.
pub fn functions(plan: &LogicalPlan) -> Result<Vec<FunctionUse>> {
    let mut found = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        node.apply_expressions(|expr| {
            expr.apply(|inner| {
                found.extend(function(inner));
                Ok(TreeNodeRecursion::Continue)
            })
        })
    })?;
    Ok(found.into_iter().collect())
}

fn function(expr: &Expr) -> Option<FunctionUse> {
    let (name, kind, volatility) = match expr {
        Expr::ScalarFunction(call) => (call.func.name(), "scalar", call.func.signature().volatility),
        Expr::AggregateFunction(call) => (call.func.name(), "aggregate", call.func.signature().volatility),
        Expr::WindowFunction(call) => (call.fun.name(), "window", call.fun.signature().volatility),
        Expr::HigherOrderFunction(call) => (call.name(), "scalar", call.func.signature().volatility),
        _ => return None,
    };
    let ours = if let Expr::ScalarFunction(call) = expr { javascript(&call.func) } else { None };
    Some(FunctionUse {
        name: name.to_owned(),
        kind,
        volatility: volatility_text(volatility),
        signature_hash: ours.map(|function| function.signature_hash().to_owned()),
        javascript_rows: ours.map(JsScalar::rows_per_call),
    })
}
