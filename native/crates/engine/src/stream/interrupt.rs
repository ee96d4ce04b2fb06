//! Joins that can be stopped.
//!
//! A nested-loop join compares all pairs within one poll while none of them matches, so dropping its stream stops it
//! only at the end. Its filter is evaluated once per block of pairs: there it looks whether the query was stopped.

use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use crate::error::EngineError;

/// Tells whether a query was stopped: closed, or its current pull cancelled. It is set on the thread that stops it, so no
/// worker has to be free for it.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    closed: CancellationToken,
    pull: Arc<Mutex<CancellationToken>>,
}

impl Stop {
    /// A query that ends with `closed`.
    pub(super) fn new(closed: CancellationToken) -> Self {
        Self { closed, pull: Arc::new(Mutex::new(CancellationToken::new())) }
    }

    /// Ends when the stream is closed or has failed.
    pub(super) const fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Watches the token of the next pull.
    pub(super) fn pulled_under(&self, token: CancellationToken) {
        *self.pull.lock() = token;
    }

    fn is_stopped(&self) -> bool {
        self.closed.is_cancelled() || self.pull.lock().is_cancelled()
    }
}

/// The plan with every nested-loop join watching for the stop.
pub(super) fn interruptible(plan: Arc<dyn ExecutionPlan>, stop: &Stop) -> Result<Arc<dyn ExecutionPlan>> {
    let watched = plan.transform_up(|node| {
        let any: &dyn std::any::Any = node.as_ref();
        let Some(join) = any.downcast_ref::<NestedLoopJoinExec>() else { return Ok(Transformed::no(node)) };
        let Some(filter) = join.filter() else { return Ok(Transformed::no(node)) };
        let expression = Arc::new(Watched { inner: Arc::clone(filter.expression()), stop: stop.clone() });
        let filter = JoinFilter::new(expression, filter.column_indices().to_vec(), Arc::clone(filter.schema()));
        let join = NestedLoopJoinExecBuilder::new(Arc::clone(join.left()), Arc::clone(join.right()), *join.join_type())
            .with_filter(Some(filter))
            .with_projection_ref(join.projection().clone())
            .build()?;
        Ok(Transformed::yes(Arc::new(join) as Arc<dyn ExecutionPlan>))
    })?;
    Ok(watched.data)
}

/// An expression that fails once its query was stopped.
#[derive(Debug)]
struct Watched {
    inner: Arc<dyn PhysicalExpr>,
    stop: Stop,
}

impl Display for Watched {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.inner, formatter)
    }
}

impl PartialEq for Watched {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Watched {}

impl Hash for Watched {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl PhysicalExpr for Watched {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.inner.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        if self.stop.is_stopped() {
            return Err(EngineError::cancelled().into());
        }
        self.inner.evaluate(batch)
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![&self.inner]
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn PhysicalExpr>>) -> Result<Arc<dyn PhysicalExpr>> {
        let inner = children.into_iter().next().unwrap_or_else(|| Arc::clone(&self.inner));
        Ok(Arc::new(Self { inner, stop: self.stop.clone() }))
    }

    fn fmt_sql(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        self.inner.fmt_sql(formatter)
    }
}
