//! Leaves out early the rows that a join above has no keys for.
//!
//! A hash join tells the scans of its other side which keys it has found. They skip files and row groups by them, but no rows. Where
//! the rows are grouped or sent to other partitions before they come to the join that is dear: nearly all of them may be thrown away
//! there.

use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use arrow::array::AsArray;
use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::datasource::physical_plan::FileScanConfig;
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::expressions::{Column, DynamicFilterPhysicalExpr};
use datafusion::physical_expr::utils::{collect_columns, reassign_expr_columns};
use datafusion::physical_expr::{PhysicalExpr, conjunction, split_conjunction};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::aggregates::AggregateExec;
use datafusion::physical_plan::execution_plan::replace_children_if_necessary;
use datafusion::physical_plan::filter::FilterExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::{ExecutionPlan, Partitioning};

/// Filters what is grouped or sent to other partitions by the keys of the joins above, unless the scan below does it.
#[derive(Debug)]
pub struct KeyFilter;

impl PhysicalOptimizerRule for KeyFilter {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if config.execution.parquet.pushdown_filters {
            return Ok(plan);
        }
        let filtered = plan.transform_up(|node| match with_fewer_rows(&node)? {
            Some(filtered) => Ok(Transformed::yes(filtered)),
            None => Ok(Transformed::no(node)),
        });
        filtered.data()
    }

    fn name(&self) -> &'static str {
        "deltafuse_key_filter"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

fn with_fewer_rows(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let children = plan.children();
    let [input] = children[..] else { return Ok(None) };
    if !is_dear(plan) {
        return Ok(None);
    }
    let Some(keys) = join_keys(input)? else { return Ok(None) };
    let filtered = FilterExec::try_new(Arc::new(WhileUseful::new(keys)), Arc::clone(input))?;
    replace_children_if_necessary(Arc::clone(plan), vec![Arc::new(filtered)]).map(Some)
}

/// Whether a row costs more in the operator than a look at its keys.
fn is_dear(plan: &Arc<dyn ExecutionPlan>) -> bool {
    let groups = plan.downcast_ref::<AggregateExec>().is_some_and(|aggregate| !aggregate.group_expr().is_empty());
    let sends = plan.downcast_ref::<RepartitionExec>().is_some_and(|exchange| matches!(exchange.partitioning(), Partitioning::Hash(..)));
    groups || sends
}

/// What the joins above tell the scan below of its rows, in the columns of the plan.
fn join_keys(plan: &Arc<dyn ExecutionPlan>) -> Result<Option<Arc<dyn PhysicalExpr>>> {
    let Some(told) = scan_of(plan).and_then(predicate) else { return Ok(None) };
    let schema = plan.schema();
    let known = |part: &Arc<dyn PhysicalExpr>| collect_columns(part).iter().all(|column| schema.index_of(column.name()).is_ok());
    let parts = split_conjunction(&told).into_iter().filter(|part| part.is::<DynamicFilterPhysicalExpr>() && known(part));
    let parts: Vec<_> = parts.cloned().collect();
    if parts.is_empty() {
        return Ok(None);
    }
    reassign_expr_columns(conjunction(parts), &schema).map(Some)
}

/// The scan under operators that keep the names of its columns.
fn scan_of(plan: &Arc<dyn ExecutionPlan>) -> Option<&DataSourceExec> {
    if let Some(scan) = plan.downcast_ref::<DataSourceExec>() {
        return Some(scan);
    }
    let keeps_names = plan.is::<FilterExec>() || plan.downcast_ref::<ProjectionExec>().is_some_and(keeps_names);
    if keeps_names { plan.children().into_iter().next().and_then(scan_of) } else { None }
}

fn keeps_names(projection: &ProjectionExec) -> bool {
    let mut columns = projection.expr().iter();
    columns.all(|one| one.expr.downcast_ref::<Column>().is_some_and(|column| column.name() == one.alias))
}

fn predicate(scan: &DataSourceExec) -> Option<Arc<dyn PhysicalExpr>> {
    scan.data_source().downcast_ref::<FileScanConfig>()?.file_source().filter()
}

/// Rows that are looked at before a filter that leaves out too few is given up.
const TRIAL_ROWS: usize = 64 * 1024;
/// The share of rows that a filter may keep: a look at the keys costs about a third of what a row costs later.
const MOST_KEPT: f64 = 0.7;

/// A filter that the result does not need, applied for as long as it pays.
#[derive(Debug)]
struct WhileUseful {
    filter: Arc<dyn PhysicalExpr>,
    seen: AtomicUsize,
    kept: AtomicUsize,
    given_up: AtomicBool,
}

impl WhileUseful {
    const fn new(filter: Arc<dyn PhysicalExpr>) -> Self {
        Self { filter, seen: AtomicUsize::new(0), kept: AtomicUsize::new(0), given_up: AtomicBool::new(false) }
    }

    fn count(&self, rows: usize, kept: usize) {
        let seen = self.seen.fetch_add(rows, Ordering::Relaxed) + rows;
        let kept = self.kept.fetch_add(kept, Ordering::Relaxed) + kept;
        if seen >= TRIAL_ROWS && kept as f64 > seen as f64 * MOST_KEPT {
            self.given_up.store(true, Ordering::Relaxed);
        }
    }
}

impl Display for WhileUseful {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.filter, formatter)
    }
}

impl PartialEq for WhileUseful {
    fn eq(&self, other: &Self) -> bool {
        self.filter.eq(&other.filter)
    }
}

impl Eq for WhileUseful {}

impl Hash for WhileUseful {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.filter.hash(state);
    }
}

impl PhysicalExpr for WhileUseful {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.filter.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.given_up.load(Ordering::Relaxed) {
            return Ok(ColumnarValue::Scalar(ScalarValue::Boolean(Some(true))));
        }
        let found = self.filter.evaluate(batch)?;
        if let ColumnarValue::Array(rows) = &found {
            self.count(rows.len(), rows.as_boolean().true_count());
        }
        Ok(found)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.filter]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let filter = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.filter));
        Ok(Arc::new(Self::new(filter)))
    }

    fn fmt_sql(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.filter.fmt_sql(formatter)
    }
}

#[cfg(test)]
mod tests {
    use arrow::array::{ArrayRef, Int64Array};
    use datafusion::logical_expr::Operator;
    use datafusion::physical_expr::expressions::{binary, col, lit};

    use super::*;

    fn kept(filter: &WhileUseful, batch: &RecordBatch) -> Option<usize> {
        match filter.evaluate(batch).unwrap() {
            ColumnarValue::Array(rows) => Some(rows.as_boolean().true_count()),
            ColumnarValue::Scalar(_) => None,
        }
    }

    #[test]
    fn a_filter_that_keeps_nearly_all_rows_is_given_up_and_one_that_does_not_goes_on() {
        let ids: ArrayRef = Arc::new(Int64Array::from_iter_values(0..10_000));
        let batch = RecordBatch::try_from_iter([("id", ids)]).unwrap();
        let below = |most: i64| {
            let id = col("id", &batch.schema()).unwrap();
            WhileUseful::new(binary(id, Operator::Lt, lit(most), &batch.schema()).unwrap())
        };
        let (few, most) = (below(1000), below(9000));
        for _ in 0..7 {
            assert_eq!((kept(&few, &batch), kept(&most, &batch)), (Some(1000), Some(9000)));
        }
        assert_eq!((kept(&few, &batch), kept(&most, &batch)), (Some(1000), None));
    }
}
