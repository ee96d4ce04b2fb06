//! Counters of a plan, running or finished, summed from its operators' metrics.

use serde::Serialize;
use ts_rs::TS;

use super::observed::OperatorRun;

/// Totals of one plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Totals {
    /// Rows the leaves gave.
    #[ts(type = "number")]
    pub scan_rows: u64,
    /// Bytes the scans read.
    #[ts(type = "number")]
    pub scan_bytes: u64,
    /// Files finished.
    #[ts(type = "number")]
    pub files_done: u64,
    /// Files opened or queued.
    #[ts(type = "number")]
    pub files_total: u64,
    /// Times an operator spilled.
    #[ts(type = "number")]
    pub spill_count: u64,
    /// Rows spilled.
    #[ts(type = "number")]
    pub spilled_rows: u64,
    /// Bytes spilled.
    #[ts(type = "number")]
    pub spilled_bytes: u64,
    /// Operators.
    #[ts(type = "number")]
    pub operators: u64,
}

impl Totals {
    /// Sums what the operators of one plan have done.
    #[must_use]
    pub(crate) fn of(operators: &[OperatorRun]) -> Self {
        operators.iter().map(Self::operator).fold(Self::default(), Self::plus)
    }

    fn operator(run: &OperatorRun) -> Self {
        let mut totals = Self { operators: 1, ..Self::default() };
        let Some(metrics) = &run.metrics else { return totals };
        let sum = |name: &str| metrics.sum_by_name(name).map_or(0, |value| value.as_usize() as u64);
        if run.leaf {
            totals.scan_rows = metrics.output_rows().unwrap_or(0) as u64;
            totals.scan_bytes = sum("bytes_scanned");
            totals.files_done = sum("files_processed");
            totals.files_total = sum("files_opened").max(totals.files_done);
        }
        totals.spill_count = metrics.spill_count().unwrap_or(0) as u64;
        totals.spilled_rows = metrics.spilled_rows().unwrap_or(0) as u64;
        totals.spilled_bytes = metrics.spilled_bytes().unwrap_or(0) as u64;
        totals
    }

    /// The sum of two.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            scan_rows: self.scan_rows + other.scan_rows,
            scan_bytes: self.scan_bytes + other.scan_bytes,
            files_done: self.files_done + other.files_done,
            files_total: self.files_total + other.files_total,
            spill_count: self.spill_count + other.spill_count,
            spilled_rows: self.spilled_rows + other.spilled_rows,
            spilled_bytes: self.spilled_bytes + other.spilled_bytes,
            operators: self.operators + other.operators,
        }
    }
}
