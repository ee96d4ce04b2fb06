//! What a plan has done so far, also after it is gone.

use std::sync::{Arc, Weak};

use chrono::{DateTime, Utc};
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::metrics::{MetricValue, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::StreamExt;
use parking_lot::Mutex;

use super::tapped::tapped;
use super::totals::Totals;

/// Reads the totals of a plan without keeping it: keeping the plan itself would keep its tasks and files alive.
#[derive(Clone, Debug)]
pub(crate) struct Observed(Arc<Mutex<Ran>>);

#[derive(Debug)]
enum Ran {
    Running(Weak<dyn ExecutionPlan>),
    Ended(Arc<[OperatorRun]>),
}

/// What one operator of a plan has done.
#[derive(Clone, Debug)]
pub(crate) struct OperatorRun {
    /// Its name.
    pub(crate) name: String,
    /// Position of the operator above it, in pre-order; `None` for the root.
    pub(crate) parent: Option<usize>,
    /// Whether it reads no other operator.
    pub(crate) leaf: bool,
    pub(crate) metrics: Option<MetricsSet>,
}

impl OperatorRun {
    /// Every operator of a plan, in pre-order.
    pub(crate) fn all(plan: &dyn ExecutionPlan) -> Vec<Self> {
        let mut runs = Vec::new();
        Self::collect(plan, None, &mut runs);
        runs
    }

    fn collect(plan: &dyn ExecutionPlan, parent: Option<usize>, runs: &mut Vec<Self>) {
        let (own, children) = (runs.len(), plan.children());
        runs.push(Self { name: plan.name().to_owned(), parent, leaf: children.is_empty(), metrics: plan.metrics() });
        for child in children {
            Self::collect(child.as_ref(), Some(own), runs);
        }
    }

    /// When its first partition began and its last one ended, where it measures that.
    pub(crate) fn times(&self) -> Option<(DateTime<Utc>, DateTime<Utc>)> {
        let (mut first, mut last) = (None::<DateTime<Utc>>, None::<DateTime<Utc>>);
        for metric in self.metrics.as_ref()?.iter() {
            match metric.value() {
                MetricValue::StartTimestamp(at) => first = [first, at.value()].into_iter().flatten().min(),
                MetricValue::EndTimestamp(at) => last = [last, at.value()].into_iter().flatten().max(),
                _ => {}
            }
        }
        first.zip(last)
    }

    /// The facts its span tells.
    pub(crate) fn attributes(&self) -> Vec<(&'static str, u64)> {
        let Some(metrics) = &self.metrics else { return Vec::new() };
        let known = [
            ("deltafuse.operator.rows", metrics.output_rows()),
            ("deltafuse.operator.compute_ns", metrics.elapsed_compute()),
            ("deltafuse.operator.spilled_bytes", metrics.spilled_bytes()),
        ];
        known.into_iter().filter_map(|(name, value)| value.map(|value| (name, value as u64))).collect()
    }
}

impl Observed {
    /// The plan to run instead of `plan`, and the view of what it does.
    pub(crate) fn new(plan: Arc<dyn ExecutionPlan>) -> (Arc<dyn ExecutionPlan>, Self) {
        let observed = Self(Arc::new(Mutex::new(Ran::Running(Arc::downgrade(&plan)))));
        let last = Arc::new(Last { plan: Arc::clone(&plan), observed: observed.clone() });
        let tap = move |stream: datafusion::error::Result<SendableRecordBatchStream>| {
            let (stream, last) = (stream?, Arc::clone(&last));
            let schema = stream.schema();
            let kept = stream.inspect(move |_| {
                let _ = &last;
            });
            Ok(Box::pin(RecordBatchStreamAdapter::new(schema, kept)) as SendableRecordBatchStream)
        };
        (tapped(plan, Arc::new(tap)), observed)
    }

    /// Nothing to run.
    pub(crate) fn nothing() -> Self {
        Self(Arc::new(Mutex::new(Ran::Ended(Arc::default()))))
    }

    /// The totals so far.
    pub(crate) fn totals(&self) -> Totals {
        Totals::of(&self.operators())
    }

    /// What the operators have done so far.
    pub(crate) fn operators(&self) -> Arc<[OperatorRun]> {
        match &*self.0.lock() {
            Ran::Running(plan) => plan.upgrade().map_or_else(Arc::default, |plan| OperatorRun::all(plan.as_ref()).into()),
            Ran::Ended(operators) => Arc::clone(operators),
        }
    }

    /// True for two views of one plan.
    pub(crate) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// Held by the plan's root and its streams; the last of them leaves behind what the operators have done.
struct Last {
    plan: Arc<dyn ExecutionPlan>,
    observed: Observed,
}

impl Drop for Last {
    fn drop(&mut self) {
        *self.observed.0.lock() = Ran::Ended(OperatorRun::all(self.plan.as_ref()).into());
    }
}
