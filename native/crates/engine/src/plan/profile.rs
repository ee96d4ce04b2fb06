//! What the operators of a run have measured, in a form that tells where time and memory went.

use std::collections::BTreeMap;

use datafusion::physical_plan::metrics::{Metric, MetricCategory, MetricValue, MetricsSet};
use datafusion::physical_plan::{ExecutionPlan, displayable};
use serde::Serialize;
use ts_rs::TS;

use super::observed::OperatorRun;

/// The reply of `profile`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProfileReply {
    /// Rows the root gave.
    #[ts(type = "number")]
    pub rows: u64,
    /// From the first pull to the end, or until now.
    #[ts(type = "number")]
    pub duration_us: u64,
    /// Most bytes the query held of the memory pool at once.
    #[ts(type = "number")]
    pub peak_reserved_bytes: u64,
    /// The operators in pre-order, each once.
    pub operators: Vec<OperatorProfile>,
}

/// What one operator has measured. Absent numbers were not measured.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct OperatorProfile {
    /// Its name.
    pub operator: String,
    /// Position of the operator above it; null for the root.
    pub parent: Option<usize>,
    /// What it does, in one line, where the run was asked to tell.
    pub detail: Option<String>,
    /// Rows it gave.
    #[ts(type = "number | null")]
    pub rows: Option<u64>,
    /// Batches it gave.
    #[ts(type = "number | null")]
    pub batches: Option<u64>,
    /// Bytes it gave.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// Time it computed, over all partitions.
    #[ts(type = "number | null")]
    pub elapsed_ns: Option<u64>,
    /// What it spilled, where it can spill.
    pub spill: Option<SpillProfile>,
    /// How a join spent its time.
    pub join: Option<JoinProfile>,
    /// What a scan read.
    pub scan: Option<ScanProfile>,
    /// Its partitions, where it measures them apart.
    pub partitions: Vec<PartitionProfile>,
    /// Everything it measured, by name.
    pub metrics: Vec<MetricProfile>,
}

/// What was spilled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SpillProfile {
    /// Times.
    #[ts(type = "number")]
    pub count: u64,
    /// Rows.
    #[ts(type = "number")]
    pub rows: u64,
    /// Bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// How a join spent its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct JoinProfile {
    /// Collecting the build side.
    #[ts(type = "number | null")]
    pub build_ns: Option<u64>,
    /// Joining the probe side to it.
    #[ts(type = "number | null")]
    pub probe_ns: Option<u64>,
    /// Rows of the build side.
    #[ts(type = "number | null")]
    pub build_rows: Option<u64>,
    /// Rows of the probe side.
    #[ts(type = "number | null")]
    pub probe_rows: Option<u64>,
}

/// What a scan read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScanProfile {
    /// Bytes read.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Files; the parts of a large file that are read apart count each.
    pub files: Option<Pruned>,
    /// Row groups of Parquet files.
    pub row_groups: Option<Pruned>,
}

/// What was read of something, and what was left out unread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Pruned {
    /// Read.
    #[ts(type = "number")]
    pub scanned: u64,
    /// Left out.
    #[ts(type = "number")]
    pub pruned: u64,
}

/// What one partition of an operator has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PartitionProfile {
    /// Its number.
    pub partition: usize,
    /// Rows it gave.
    #[ts(type = "number")]
    pub rows: u64,
    /// Time it computed.
    #[ts(type = "number")]
    pub elapsed_ns: u64,
}

/// A metric of an operator, over all partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct MetricProfile {
    /// The engine's name.
    pub name: String,
    /// What the value counts.
    pub unit: MetricUnit,
    /// The value; of a share, the part.
    #[ts(type = "number")]
    pub value: u64,
    /// Of a share, the whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub of: Option<u64>,
}

/// What the value of a metric counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum MetricUnit {
    /// Anything.
    Count,
    /// Bytes.
    Bytes,
    /// Nanoseconds.
    Ns,
    /// What was pruned, of all there was.
    Pruned,
    /// A part, of the whole.
    Ratio,
}

/// What each operator of a plan does, in pre-order.
pub(crate) fn details(plan: &dyn ExecutionPlan) -> Vec<String> {
    let mut lines = Vec::new();
    let mut waiting = vec![plan];
    while let Some(node) = waiting.pop() {
        lines.push(displayable(node).one_line().to_string().trim_end().to_owned());
        waiting.extend(node.children().into_iter().rev().map(AsRef::as_ref));
    }
    lines
}

/// The profiles of a plan's operators.
pub(crate) fn operators(runs: &[OperatorRun], details: &[String]) -> Vec<OperatorProfile> {
    runs.iter().enumerate().map(|(at, run)| operator(run, details.get(at).cloned())).collect()
}

fn operator(run: &OperatorRun, detail: Option<String>) -> OperatorProfile {
    let empty = MetricsSet::new();
    let metrics = run.metrics.as_ref().unwrap_or(&empty);
    let whole = |value: Option<usize>| value.map(|value| value as u64);
    let of_kind = |pick: fn(&MetricValue) -> bool| metrics.sum(|metric| pick(metric.value())).map(|value| value.as_usize() as u64);
    OperatorProfile {
        operator: run.name.clone(),
        parent: run.parent,
        detail,
        rows: whole(metrics.output_rows()),
        batches: of_kind(|value| matches!(value, MetricValue::OutputBatches(_))),
        bytes: of_kind(|value| matches!(value, MetricValue::OutputBytes(_))),
        elapsed_ns: whole(metrics.elapsed_compute()),
        spill: metrics.spill_count().map(|count| SpillProfile {
            count: count as u64,
            rows: metrics.spilled_rows().unwrap_or(0) as u64,
            bytes: metrics.spilled_bytes().unwrap_or(0) as u64,
        }),
        join: join(metrics),
        scan: if run.leaf { scan(metrics) } else { None },
        partitions: partitions(metrics),
        metrics: named(metrics),
    }
}

/// Only joins measure these times.
fn join(metrics: &MetricsSet) -> Option<JoinProfile> {
    let sum = |name: &str| metrics.sum_by_name(name).map(|value| value.as_usize() as u64);
    let (build_ns, probe_ns) = (sum("build_time"), sum("join_time"));
    let known = build_ns.is_some() || probe_ns.is_some();
    known.then(|| JoinProfile { build_ns, probe_ns, build_rows: sum("build_input_rows"), probe_rows: sum("input_rows") })
}

fn scan(metrics: &MetricsSet) -> Option<ScanProfile> {
    let sum = |name: &str| metrics.sum_by_name(name).map(|value| value.as_usize() as u64);
    let pruned = |name: &str| match metrics.sum_by_name(name) {
        Some(MetricValue::PruningMetrics { pruning_metrics, .. }) => {
            Some((pruning_metrics.matched() as u64, pruning_metrics.pruned() as u64))
        }
        _ => None,
    };
    let opened = sum("files_opened");
    let bytes = sum("bytes_scanned");
    let ranges = pruned("files_ranges_pruned_statistics").map_or(0, |(_, pruned)| pruned);
    let files = opened.map(|opened| Pruned { scanned: opened.saturating_sub(ranges), pruned: ranges });
    let row_groups = pruned("row_groups_pruned_statistics").and_then(|(matched, by_statistics)| {
        let later = ["row_groups_pruned_bloom_filter", "limit_pruned_row_groups"];
        let later: u64 = later.iter().filter_map(|name| pruned(name)).map(|(_, pruned)| pruned).sum();
        let later = later + sum("row_groups_pruned_dynamic_filter").unwrap_or(0);
        let known = matched + by_statistics > 0;
        known.then(|| Pruned { scanned: matched.saturating_sub(later), pruned: by_statistics + later })
    });
    (opened.is_some() || bytes.is_some()).then(|| ScanProfile { bytes: bytes.unwrap_or(0), files, row_groups })
}

fn partitions(metrics: &MetricsSet) -> Vec<PartitionProfile> {
    let mut found: BTreeMap<usize, PartitionProfile> = BTreeMap::new();
    for metric in metrics.iter() {
        let Some(partition) = metric.partition() else { continue };
        let own = found.entry(partition).or_insert(PartitionProfile { partition, ..PartitionProfile::default() });
        match metric.value() {
            MetricValue::OutputRows(rows) => own.rows += rows.value() as u64,
            MetricValue::ElapsedCompute(time) => own.elapsed_ns += time.value() as u64,
            _ => {}
        }
    }
    found.into_values().collect()
}

fn named(metrics: &MetricsSet) -> Vec<MetricProfile> {
    let mut found: Vec<MetricProfile> = metrics.aggregate_by_name().iter().filter_map(|metric| one(metric)).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

fn one(metric: &Metric) -> Option<MetricProfile> {
    let value = metric.value();
    let (unit, part, of) = match value {
        MetricValue::StartTimestamp(_) | MetricValue::EndTimestamp(_) => return None,
        MetricValue::PruningMetrics { pruning_metrics, .. } => {
            let (pruned, matched) = (pruning_metrics.pruned(), pruning_metrics.matched());
            (MetricUnit::Pruned, pruned, Some(pruned + matched))
        }
        MetricValue::Ratio { ratio_metrics, .. } => (MetricUnit::Ratio, ratio_metrics.part(), Some(ratio_metrics.total())),
        MetricValue::ElapsedCompute(_) | MetricValue::Time { .. } => (MetricUnit::Ns, value.as_usize(), None),
        MetricValue::SpilledBytes(_)
        | MetricValue::OutputBytes(_)
        | MetricValue::CurrentMemoryUsage(_)
        | MetricValue::PeakMemoryUsage { .. } => (MetricUnit::Bytes, value.as_usize(), None),
        _ if metric.metric_category() == Some(MetricCategory::Bytes) => (MetricUnit::Bytes, value.as_usize(), None),
        _ => (MetricUnit::Count, value.as_usize(), None),
    };
    Some(MetricProfile { name: value.name().to_owned(), unit, value: part as u64, of: of.map(|whole| whole as u64) })
}
