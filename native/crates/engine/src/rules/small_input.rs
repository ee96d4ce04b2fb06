//! Reads little in one partition.
//!
//! Handing rows to other partitions costs a task, a channel and a hash for each of them, more than a few pages of a file cost to
//! read. Below the size from which the engine splits a file it does so all the same; this rule takes the exchanges out again.

use std::sync::Arc;

use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNode;
use datafusion::config::ConfigOptions;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_optimizer::combine_partial_final_agg::CombinePartialFinalAggregate;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::coop::CooperativeExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::limit::{GlobalLimitExec, LocalLimitExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::sorts::sort_preserving_merge::SortPreservingMergeExec;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, Partitioning};

/// Takes the exchanges out of plans that read less than `optimizer.repartition_file_min_size` and join nothing.
#[derive(Debug)]
pub struct SmallInput;

impl PhysicalOptimizerRule for SmallInput {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let most = config.optimizer.repartition_file_min_size;
        let exchanges = plan.exists(|node| Ok(node.is::<RepartitionExec>()))?;
        if exchanges && bytes_of(&plan).is_some_and(|bytes| bytes < most) {
            return CombinePartialFinalAggregate::new().optimize(merged(plan)?, config);
        }
        Ok(plan)
    }

    fn name(&self) -> &'static str {
        "deltafuse_small_input"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// How much a plan reads; none where it does not know, or where it does more than keep or lessen the rows.
fn bytes_of(plan: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        // Partitions that mean something are kept.
        let unknown = matches!(plan.output_partitioning(), Partitioning::UnknownPartitioning(_));
        return unknown.then(|| size(scan)).flatten();
    }
    let exchanged = plan.downcast_ref::<RepartitionExec>().is_some_and(|exchange| !exchange.preserve_order());
    if !exchanged && !keeps_or_lessens(plan) {
        return None;
    }
    plan.children().into_iter().map(bytes_of).sum()
}

fn size(scan: &DataSourceExec) -> Option<usize> {
    let source = scan.data_source();
    if let Some(memory) = source.downcast_ref::<MemorySourceConfig>() {
        return Some(memory.partitions().iter().flatten().map(RecordBatch::get_array_memory_size).sum());
    }
    let files = source.downcast_ref::<FileScanConfig>()?;
    Some(files.file_groups.iter().flat_map(FileGroup::iter).map(|file| file.object_meta.size as usize).sum())
}

fn keeps_or_lessens(plan: &Arc<dyn ExecutionPlan>) -> bool {
    plan.is::<AggregateExec>()
        || plan.is::<CoalescePartitionsExec>()
        || plan.is::<CooperativeExec>()
        || plan.is::<FilterExec>()
        || plan.is::<GlobalLimitExec>()
        || plan.is::<LocalLimitExec>()
        || plan.is::<ProjectionExec>()
        || plan.is::<SortExec>()
        || plan.is::<SortPreservingMergeExec>()
}

fn merged(plan: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let children = plan.children().into_iter().map(|child| merged(Arc::clone(child))).collect::<Result<Vec<_>>>()?;
    match children.first() {
        Some(input) if plan.is::<RepartitionExec>() => Ok(one_partition(Arc::clone(input))),
        _ => replace_children_if_necessary(plan, children),
    }
}

fn one_partition(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    match input.output_partitioning().partition_count() {
        1 => input,
        _ => Arc::new(CoalescePartitionsExec::new(input)),
    }
}
