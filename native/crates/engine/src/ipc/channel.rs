//! The channel behind a sink: pushes of IPC bytes on one side, a stream of batches that can be taken once on the other.
//!
//! At most two batches wait in it. The consumer sees the end only after `finish`; a source that failed, or that was
//! closed early, makes it fail with `NATIVE.SOURCE_FAILED`, so that half an input is never taken for a whole one.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use bytes::Bytes;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use futures::stream;
use parking_lot::Mutex;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::decode::StreamDecoder;
use crate::error::{EngineError, ErrorCode, Result};

/// Batches that wait for the consumer.
const CAPACITY: usize = 2;

/// A channel for batches of `schema`.
#[must_use]
pub fn channel(schema: SchemaRef) -> (SinkSender, SinkSource) {
    let (sender, receiver) = mpsc::channel(CAPACITY);
    let outcome = Arc::new(Mutex::new(Outcome::Open));
    let feeding = Feeding { decoder: StreamDecoder::new(Arc::clone(&schema)), decoded: VecDeque::new() };
    let sink = SinkSender {
        feeding: tokio::sync::Mutex::new(feeding),
        sender: Mutex::new(Some(sender)),
        ended: CancellationToken::new(),
        outcome: Arc::clone(&outcome),
    };
    (sink, SinkSource { schema, receiver: Arc::new(Mutex::new(Some(receiver))), outcome })
}

/// How the input ended.
enum Outcome {
    Open,
    Finished,
    Failed(EngineError),
}

/// What one push at a time works on.
struct Feeding {
    decoder: StreamDecoder,
    /// Decoded and not yet sent: a push that was cancelled loses nothing.
    decoded: VecDeque<RecordBatch>,
}

/// The end that is pushed to.
pub struct SinkSender {
    feeding: tokio::sync::Mutex<Feeding>,
    sender: Mutex<Option<mpsc::Sender<RecordBatch>>>,
    ended: CancellationToken,
    outcome: Arc<Mutex<Outcome>>,
}

impl SinkSender {
    /// Decodes IPC stream bytes and waits until there is room for their batches.
    ///
    /// `NATIVE.BAD_REQUEST` for bytes that are not valid, which the consumer meets as `NATIVE.SOURCE_FAILED`;
    /// `NATIVE.CLOSED` after the end, and when the consumer has stopped reading.
    pub async fn push(&self, bytes: Bytes) -> Result<()> {
        let mut feeding = self.feeding.lock().await;
        let sender = self.sender()?;
        match feeding.decoder.push(bytes) {
            Ok(batches) => feeding.decoded.extend(batches.into_iter().filter(|batch| batch.num_rows() > 0)),
            Err(error) => {
                self.end(Outcome::Failed(source_failed(&error.message).caused_by(&error)));
                return Err(error);
            }
        }
        self.send(&mut feeding, &sender).await
    }

    /// Ends the input after what was pushed. `NATIVE.BAD_REQUEST` when it ends inside a message.
    pub async fn finish(&self) -> Result<()> {
        let mut feeding = self.feeding.lock().await;
        let sender = self.sender()?;
        self.send(&mut feeding, &sender).await?;
        let complete = feeding.decoder.finish();
        self.end(match &complete {
            Ok(()) => Outcome::Finished,
            Err(error) => Outcome::Failed(source_failed(&error.message).caused_by(error)),
        });
        complete
    }

    /// Ends the input with a failure of its source: the consumer fails with `NATIVE.SOURCE_FAILED`. Nothing after the
    /// end.
    pub fn fail(&self, message: &str) {
        self.end(Outcome::Failed(source_failed(message)));
    }

    /// Gives the input up: as [`fail`](Self::fail) unless it has ended.
    pub fn close(&self) {
        self.fail("the sink was closed before it was finished");
    }

    async fn send(&self, feeding: &mut Feeding, sender: &mpsc::Sender<RecordBatch>) -> Result<()> {
        while !feeding.decoded.is_empty() {
            let room = tokio::select! {
                biased;
                () = self.ended.cancelled() => return Err(EngineError::closed("sink")),
                room = sender.reserve() => room,
            };
            let Ok(room) = room else {
                return Err(EngineError::new(ErrorCode::NativeClosed, "The reader of the input has stopped; nothing more can be pushed.")
                    .with("handle", "sink"));
            };
            if let Some(batch) = feeding.decoded.pop_front() {
                room.send(batch);
            }
        }
        Ok(())
    }

    fn sender(&self) -> Result<mpsc::Sender<RecordBatch>> {
        self.sender.lock().clone().ok_or_else(|| EngineError::closed("sink"))
    }

    fn end(&self, outcome: Outcome) {
        let mut current = self.outcome.lock();
        if matches!(*current, Outcome::Open) {
            *current = outcome;
        }
        drop(current);
        // The outcome stands before the channel closes: the consumer looks at it then.
        self.sender.lock().take();
        self.ended.cancel();
    }
}

impl Drop for SinkSender {
    fn drop(&mut self) {
        self.close();
    }
}

/// The end that is read, once.
#[derive(Clone)]
pub struct SinkSource {
    schema: SchemaRef,
    receiver: Arc<Mutex<Option<mpsc::Receiver<RecordBatch>>>>,
    outcome: Arc<Mutex<Outcome>>,
}

impl SinkSource {
    /// The declared schema.
    #[must_use]
    pub fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The batches; none when they were taken before. Dropping the stream makes further pushes fail.
    #[must_use]
    pub fn take(&self) -> Option<SendableRecordBatchStream> {
        let receiver = self.receiver.lock().take()?;
        let state = Some((receiver, Arc::clone(&self.outcome)));
        let batches = stream::unfold(state, |state| async move {
            let (mut receiver, outcome) = state?;
            if let Some(batch) = receiver.recv().await {
                return Some((Ok(batch), Some((receiver, outcome))));
            }
            let failure = match &*outcome.lock() {
                Outcome::Finished => return None,
                Outcome::Failed(error) => error.clone(),
                Outcome::Open => source_failed("the sink was dropped before it was finished"),
            };
            Some((Err(failure.into()), None))
        });
        Some(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

impl fmt::Debug for SinkSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SinkSource").field("schema", &self.schema).finish_non_exhaustive()
    }
}

fn source_failed(message: &str) -> EngineError {
    EngineError::new(ErrorCode::NativeSourceFailed, format!("The input failed: {message}"))
}

#[cfg(test)]
mod tests;
