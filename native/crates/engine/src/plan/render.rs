//! The text of a plan that digests are taken of: the same on every machine and in every process.

use std::collections::BTreeSet;
use std::fmt::Write;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, displayable};

use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::Result;
use crate::sql::overlay::overlay_table;
use crate::sql::url_tables;

/// The logical plan, indented, with the schema of every node.
#[must_use]
pub fn logical(plan: &LogicalPlan) -> String {
    let text = named(&normal(&plan.display_indent_schema().to_string()), &overlay_tables(plan));
    // Providers are those of this library and of the engine, so that looking at them cannot fail. A location may begin with
    // another one.
    let locations = url_tables::locations(plan).unwrap_or_default();
    locations.iter().rev().fold(text, |text, location| text.replace(location.as_str(), &url_tables::anywhere(location)))
}

/// The names of the table parameters whose rows a plan reads.
fn overlay_tables(plan: &LogicalPlan) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    // Collecting names cannot fail.
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(provider) = source_as_provider(&scan.source)
            && let Some(table) = overlay_table(provider.as_ref())
        {
            names.insert(table.name().to_owned());
        }
        Ok(TreeNodeRecursion::Continue)
    });
    names
}

/// Scans of table parameters are told apart from those of the catalogue.
fn named(text: &str, names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return text.to_owned();
    }
    let line = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        let (space, rest) = line.split_at(indent);
        let scanned = rest.strip_prefix("TableScan: ").and_then(|rest| rest.split_once(' '));
        match scanned {
            Some((name, rest)) if names.contains(name) => format!("{space}TableScan: <param:{name}> {rest}"),
            _ => line.to_owned(),
        }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The physical plan, indented, without statistics and metrics; file groups as counts.
#[must_use]
pub fn physical(plan: &dyn ExecutionPlan) -> String {
    normal(&without_files(&displayable(plan).set_show_schema(true).indent(true).to_string()))
}

fn normal(text: &str) -> String {
    text.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// `file_groups={2 groups: [[a, b], [c]]}` becomes `file_groups=<groups 2>`.
fn without_files(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("file_groups={") {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let inner = tail.trim_start_matches("file_groups={");
        let count = inner.split_whitespace().next().unwrap_or("0");
        let _ = write!(out, "file_groups=<groups {count}>");
        rest = closing(inner).map_or("", |end| inner.get(end + 1..).unwrap_or(""));
    }
    out.push_str(rest);
    out
}

fn closing(text: &str) -> Option<usize> {
    let mut depth = 1_usize;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

/// The digest of a stage: a fingerprint of kind `plan.<stage>`.
pub fn digest(stage: &str, text: &str) -> Result<String> {
    fingerprint(&format!("plan.{stage}"), 1, CanonicalValue::object([("text", CanonicalValue::from(text))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_groups_become_a_count() {
        let text = "DataSourceExec: file_groups={2 groups: [[a.parquet, {x}], [b]]}, projection=[a]";
        assert_eq!(without_files(text), "DataSourceExec: file_groups=<groups 2>, projection=[a]");
    }
}
