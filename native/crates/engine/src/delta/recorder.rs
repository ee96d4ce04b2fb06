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
use datafusion::config::ConfigOptions;
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::{RecordBatchStream, SendableRecordBatchStream};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

use super::error::from_plan;
use crate::cancel::Cancel;
use crate::error::EngineError;
use crate::panic::to_error;
use crate::plan::tapped::tapped;

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
    /// Stops the plans, and tells of them.
    pub(super) cancel: Cancel,
}

impl fmt::Debug for RecordErrors {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecordErrors")
    }
}

impl PhysicalOptimizerRule for RecordErrors {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _config: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        let recorder = Arc::clone(&self.recorder);
        let tap = move |stream: Result<SendableRecordBatchStream>| {
            let input = stream.inspect_err(|error| recorder.keep(error))?;
            Ok(Box::pin(RecordedStream { input, recorder: Arc::clone(&recorder) }) as SendableRecordBatchStream)
        };
        Ok(tapped(self.cancel.watch(plan)?, Arc::new(tap)))
    }

    fn name(&self) -> &'static str {
        "record_errors"
    }

    fn schema_check(&self) -> bool {
        true
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
