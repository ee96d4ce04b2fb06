//! The text of a plan that digests are taken of: the same on every machine and in every process.

use std::fmt::Write;

use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::{ExecutionPlan, displayable};

use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::Result;

/// The logical plan, indented, with the schema of every node.
#[must_use]
pub fn logical(plan: &LogicalPlan) -> String {
    normal(&plan.display_indent_schema().to_string())
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
