//! A physical plan as data: its operators with what is known of each before it runs.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;

use datafusion::common::Statistics;
use datafusion::common::stats::Precision;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_plan::statistics::{StatisticsArgs, StatisticsContext};
use datafusion::physical_plan::{DisplayFormatType, ExecutionPlan, ExecutionPlanProperties};
use serde::Serialize;
use ts_rs::TS;

/// One operator of a physical plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "PlanOperator")]
pub struct Node {
    /// Its position, in pre-order.
    pub id: usize,
    /// The position of the operator above it; null for the root.
    pub parent: Option<usize>,
    /// Its name.
    pub operator: String,
    /// What it says of itself, name and value.
    pub properties: Vec<(String, String)>,
    /// Rows it is expected to give; null when unknown.
    #[ts(type = "number | null")]
    pub rows: Option<u64>,
    /// Its output partitions.
    pub partitions: usize,
    /// The order of its rows, most significant key first; empty when it has none.
    pub orderings: Vec<String>,
}

/// The operators of a plan, in pre-order.
pub(crate) fn nodes(plan: &Arc<dyn ExecutionPlan>) -> Vec<Node> {
    let statistics = StatisticsContext::new();
    let mut found = Vec::new();
    let mut waiting = vec![(None, plan)];
    while let Some((parent, plan)) = waiting.pop() {
        let id = found.len();
        let expected = statistics.compute(plan.as_ref(), &StatisticsArgs::default()).ok();
        found.push(Node {
            id,
            parent,
            operator: plan.name().to_owned(),
            properties: properties(plan.as_ref()),
            rows: expected.and_then(|expected| expected.num_rows.get_value().map(|rows| *rows as u64)),
            partitions: plan.output_partitioning().partition_count(),
            orderings: orderings(plan.output_ordering()),
        });
        waiting.extend(plan.children().into_iter().rev().map(|child| (Some(id), child)));
    }
    found
}

/// The keys of an order as text.
pub(crate) fn orderings(ordering: Option<&LexOrdering>) -> Vec<String> {
    ordering.map(|keys| keys.iter().map(ToString::to_string).collect()).unwrap_or_default()
}

/// An operator in the form the engine draws in a box: lines `name=value`.
struct Boxed<'a>(&'a dyn ExecutionPlan);

impl Display for Boxed<'_> {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.0.fmt_as(DisplayFormatType::TreeRender, formatter)
    }
}

fn properties(plan: &dyn ExecutionPlan) -> Vec<(String, String)> {
    let text = Boxed(plan).to_string();
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    let split = |line: &str| match line.split_once('=') {
        Some((name, value)) => (name.trim().to_owned(), value.trim().to_owned()),
        None => (line.to_owned(), String::new()),
    };
    lines.map(split).collect()
}

/// How many rows and bytes a plan is expected to give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PlanStatistics {
    /// Rows; null when unknown.
    #[ts(type = "number | null")]
    pub rows: Option<u64>,
    /// Bytes; null when unknown.
    #[ts(type = "number | null")]
    pub bytes: Option<u64>,
    /// How sure the engine is of the rows.
    pub exactness: Exactness,
}

/// How sure the engine is of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum Exactness {
    /// It is that number.
    Exact,
    /// It is about that number.
    Inexact,
    /// It has none.
    Absent,
}

/// A spread of rows over other partitions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Repartition {
    /// How, for example `Hash([a@0], 4)`.
    pub partitioning: String,
    /// Partitions it reads.
    pub from: usize,
    /// Partitions it gives.
    pub to: usize,
}

/// A filter that an operator makes while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DynamicFilter {
    /// The operator.
    pub operator: String,
    /// The filter, as it is before the run.
    pub filter: String,
}

/// What stands out in a physical plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PhysicalFacts {
    /// Output partitions.
    pub partitions: usize,
    /// Where rows are spread over other partitions.
    pub repartitions: Vec<Repartition>,
    /// Filters made while it runs.
    pub dynamic_filters: Vec<DynamicFilter>,
    /// The order of the rows.
    pub orderings: Vec<String>,
    /// What it is expected to give.
    pub statistics: PlanStatistics,
}

/// Tells what stands out in a plan.
pub(crate) fn facts(plan: &Arc<dyn ExecutionPlan>) -> PhysicalFacts {
    let (mut repartitions, mut dynamic_filters) = (Vec::new(), Vec::new());
    let mut waiting = vec![plan];
    while let Some(node) = waiting.pop() {
        let children = node.children();
        if let (Some(_), [input]) = (node.downcast_ref::<datafusion::physical_plan::repartition::RepartitionExec>(), children.as_slice()) {
            let partitioning = node.output_partitioning();
            repartitions.push(Repartition {
                partitioning: partitioning.to_string(),
                from: input.output_partitioning().partition_count(),
                to: partitioning.partition_count(),
            });
        }
        let produced = node.dynamic_expressions_produced();
        dynamic_filters
            .extend(produced.iter().map(|filter| DynamicFilter { operator: node.name().to_owned(), filter: filter.to_string() }));
        waiting.extend(children.into_iter().rev());
    }
    PhysicalFacts {
        partitions: plan.output_partitioning().partition_count(),
        repartitions,
        dynamic_filters,
        orderings: orderings(plan.output_ordering()),
        statistics: expected(plan.as_ref()),
    }
}

fn expected(plan: &dyn ExecutionPlan) -> PlanStatistics {
    let statistics = StatisticsContext::new().compute(plan, &StatisticsArgs::default());
    let statistics = statistics.unwrap_or_else(|_| Arc::new(Statistics::new_unknown(&plan.schema())));
    PlanStatistics {
        rows: statistics.num_rows.get_value().map(|rows| *rows as u64),
        bytes: statistics.total_byte_size.get_value().map(|bytes| *bytes as u64),
        exactness: match statistics.num_rows {
            Precision::Exact(_) => Exactness::Exact,
            Precision::Inexact(_) => Exactness::Inexact,
            Precision::Absent => Exactness::Absent,
        },
    }
}
