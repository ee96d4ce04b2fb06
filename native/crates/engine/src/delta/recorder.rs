//! Keeps the first error of the plans an operation runs.
//!
//! deltalake passes on what fails inside its plans as text. So a rule wraps the root of every plan of the operation,
//! and the typed error is kept here before it is lost.

use std::fmt::{self, Formatter};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use arrow::datatypes::SchemaRef;
use arrow::record_batch::RecordBatch;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream, TaskContext};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::{DisplayAs, DisplayFormatType, ExecutionPlan, PhysicalExpr, PlanProperties, ReplaceChildrenOptions};
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

use super::context::PlanWatch;
use super::error::from_plan;
use crate::error::EngineError;
use crate::panic::to_error;

/// The first error seen.
#[derive(Debug, Default)]
pub(super) struct Recorder {
    first: Mutex<Option<EngineError>>,
}

impl Recorder {
    /// The first error, once.
    pub(super) fn take(&self) -> Option<EngineError> {
        self.first.lock().take()
    }

    fn keep(&self, error: &DataFusionError) {
        self.first.lock().get_or_insert_with(|| from_plan(error));
    }
}

/// The rule that wraps plan roots. It is the last rule, so nothing rewrites what it made.
pub(super) struct RecordErrors {
    /// Where errors are kept.
    pub(super) recorder: Arc<Recorder>,
    /// Told of the plan.
    pub(super) watch: Option<PlanWatch>,
}

impl fmt::Debug for RecordErrors {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecordErrors")
    }
}

impl PhysicalOptimizerRule for RecordErrors {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        if let Some(watch) = &self.watch {
            watch(Arc::clone(&plan));
        }
        Ok(Arc::new(RecordedExec { input: plan, recorder: Arc::clone(&self.recorder) }))
    }

    fn name(&self) -> &'static str {
        "record_errors"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Passes its input through and keeps its first error.
#[derive(Debug)]
struct RecordedExec {
    input: Arc<dyn ExecutionPlan>,
    recorder: Arc<Recorder>,
}

impl DisplayAs for RecordedExec {
    fn fmt_as(&self, _format: DisplayFormatType, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecordedExec")
    }
}

impl ExecutionPlan for RecordedExec {
    fn name(&self) -> &str {
        Self::static_name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.input.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn apply_expressions(&self, _visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        mut children: Vec<Arc<dyn ExecutionPlan>>,
        _options: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        match (children.pop(), children.is_empty()) {
            (Some(input), true) => Ok(Arc::new(Self { input, recorder: Arc::clone(&self.recorder) })),
            _ => Err(DataFusionError::Internal("RecordedExec has one child".to_owned())),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let options = ReplaceChildrenOptions::new(datafusion::physical_plan::ChildrenPropertiesMode::Recompute);
        self.replace_children(children, options)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let input = self.input.execute(partition, context).inspect_err(|error| self.recorder.keep(error))?;
        Ok(Box::pin(RecordedStream { input, recorder: Arc::clone(&self.recorder) }))
    }
}

struct RecordedStream {
    input: SendableRecordBatchStream,
    recorder: Arc<Recorder>,
}

impl Stream for RecordedStream {
    type Item = Result<RecordBatch>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // The stream is polled by tasks of deltalake, which would tell of a panic without saying what it was.
        let polled = catch_unwind(AssertUnwindSafe(|| self.input.poll_next_unpin(context)));
        let next = polled.unwrap_or_else(|payload| Poll::Ready(Some(Err(to_error(payload.as_ref()).into()))));
        if let Poll::Ready(Some(Err(error))) = &next {
            self.recorder.keep(error);
        }
        next
    }
}

impl RecordBatchStream for RecordedStream {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
