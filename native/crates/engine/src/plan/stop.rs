//! Plans that can be stopped.
//!
//! Dropping a stream stops its work only when a poll ends, and a poll may go on for minutes: an operator that is never
//! short of input never gives way. So leaves, operators that make many rows of few, and the filters of nested-loop joins
//! look whether the query was stopped, and give way to other tasks now and then.

use std::fmt::{self, Display, Formatter};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use arrow::datatypes::{FieldRef, Schema};
use arrow::record_batch::RecordBatch;
use datafusion::error::Result;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::logical_expr::ColumnarValue;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::coop::make_cooperative;
use datafusion::physical_plan::joins::utils::JoinFilter;
use datafusion::physical_plan::joins::{NestedLoopJoinExec, NestedLoopJoinExecBuilder};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::unnest::UnnestExec;
use datafusion::physical_plan::{ChildrenPropertiesMode, ExecutionPlan, ReplaceChildrenOptions};
use futures::StreamExt;
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::tapped::tapped;
use crate::error::EngineError;

/// Tells whether a query was stopped: closed, or its current pull cancelled. It is set on the thread that stops it, so no
/// worker has to be free for it.
#[derive(Clone, Debug)]
pub(crate) struct Stop {
    closed: CancellationToken,
    pull: Arc<Mutex<CancellationToken>>,
    ended: CancellationToken,
    /// The streams of a plan that has several: it is stopped when each of them is.
    members: Arc<OnceLock<Vec<Self>>>,
}

impl Stop {
    /// A query that ends with `closed`.
    pub(crate) fn new(closed: CancellationToken) -> Self {
        let pull = Arc::new(Mutex::new(CancellationToken::new()));
        Self { closed, pull, ended: CancellationToken::new(), members: Arc::default() }
    }

    /// The stops of that many streams of one plan, which go on while any of them does.
    pub(crate) fn divided(&self, streams: usize) -> Vec<Self> {
        let members: Vec<Self> = (0..streams).map(|_| Self::new(self.closed.child_token())).collect();
        self.members.get_or_init(|| members.clone());
        members
    }

    /// Notes that the stream has ended: nobody reads it any more.
    pub(crate) fn end(&self) {
        self.ended.cancel();
    }

    fn is_stopped(&self) -> bool {
        match self.members.get() {
            Some(members) => self.closed.is_cancelled() || members.iter().all(|member| member.ended.is_cancelled() || member.is_stopped()),
            None => self.closed.is_cancelled() || self.pull.lock().is_cancelled(),
        }
    }

    /// Ends when the stream is closed or has failed.
    pub(crate) const fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Watches the token of the next pull.
    pub(crate) fn pulled_under(&self, token: CancellationToken) {
        *self.pull.lock() = token;
    }

    fn check(&self) -> Result<()> {
        if self.is_stopped() {
            return Err(EngineError::cancelled().into());
        }
        Ok(())
    }
}

/// The plan, watching for the stop.
pub(crate) fn stoppable(plan: Arc<dyn ExecutionPlan>, stop: &Stop) -> Result<Arc<dyn ExecutionPlan>> {
    let children = plan.children().into_iter().map(|child| stoppable(Arc::clone(child), stop)).collect::<Result<Vec<_>>>()?;
    let count = children.len();
    let plan = match count {
        0 => plan,
        _ => plan.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Keep))?,
    };
    let plan = match plan.downcast_ref::<NestedLoopJoinExec>() {
        Some(join) => with_checked_filter(join, stop)?.unwrap_or(plan),
        None => plan,
    };
    let multiplies = count != 1 || plan.is::<UnnestExec>();
    Ok(if multiplies { checked(plan, stop) } else { plan })
}

fn checked(plan: Arc<dyn ExecutionPlan>, stop: &Stop) -> Arc<dyn ExecutionPlan> {
    let stop = stop.clone();
    let tap = move |stream: Result<SendableRecordBatchStream>| {
        let (mut stream, stop) = (stream?, stop.clone());
        let schema = stream.schema();
        let batches = futures::stream::poll_fn(move |context| match stop.check() {
            Ok(()) => stream.poll_next_unpin(context),
            Err(stopped) => Poll::Ready(Some(Err(stopped))),
        });
        Ok(make_cooperative(Box::pin(RecordBatchStreamAdapter::new(schema, batches))))
    };
    tapped(plan, Arc::new(tap))
}

/// A nested-loop join compares all pairs within one poll while none of them matches; its filter is evaluated once per
/// block of pairs. None without a filter.
fn with_checked_filter(join: &NestedLoopJoinExec, stop: &Stop) -> Result<Option<Arc<dyn ExecutionPlan>>> {
    let Some(filter) = join.filter() else { return Ok(None) };
    let expression = Arc::new(Checked { inner: Arc::clone(filter.expression()), stop: stop.clone() });
    let filter = JoinFilter::new(expression, filter.column_indices().to_vec(), Arc::clone(filter.schema()));
    let join = NestedLoopJoinExecBuilder::new(Arc::clone(join.left()), Arc::clone(join.right()), *join.join_type())
        .with_filter(Some(filter))
        .with_projection_ref(join.projection().clone())
        .build()?;
    Ok(Some(Arc::new(join)))
}

/// An expression that fails once its query was stopped.
#[derive(Debug)]
struct Checked {
    inner: Arc<dyn PhysicalExpr>,
    stop: Stop,
}

impl Display for Checked {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.inner, formatter)
    }
}

impl PartialEq for Checked {
    fn eq(&self, other: &Self) -> bool {
        self.inner.eq(&other.inner)
    }
}

impl Eq for Checked {}

impl Hash for Checked {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl PhysicalExpr for Checked {
    fn return_field(&self, schema: &Schema) -> Result<FieldRef> {
        self.inner.return_field(schema)
    }

    fn evaluate(&self, batch: &RecordBatch) -> Result<ColumnarValue> {
        self.stop.check()?;
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
