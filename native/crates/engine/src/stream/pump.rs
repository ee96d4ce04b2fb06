//! The tasks that run a plan and pack its batches, one per partition, in front of one bounded queue.

use std::mem;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use datafusion::execution::SendableRecordBatchStream;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::EmissionType;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use futures::{FutureExt, StreamExt};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;

use super::layout::{Encoder, Layout};
use super::{Pulled, Query, Sizes, memory_error, partitions};
use crate::batch::coalesce::Coalescer;
use crate::batch::pack::Packed;
use crate::error::Result;
use crate::panic::guarded;
use crate::session::Session;

/// The queue counts bytes in units of 4 KiB, since a semaphore counts in 32 bits.
const BYTES_PER_PERMIT: usize = 4096;

type Item = Result<(Packed, OwnedSemaphorePermit)>;

/// The running tasks of a stream.
pub(super) struct Pumps {
    queue: Option<Receiver<Item>>,
    tasks: JoinSet<()>,
}

impl Pumps {
    /// Nothing to run.
    pub(super) fn ended() -> Self {
        Self { queue: None, tasks: JoinSet::new() }
    }

    /// Starts a task per partition. A single partition begins at once, up to its first batch: a small query needs no task.
    pub(super) fn start(session: &Arc<Session>, query: Query, sizes: Sizes, layout: Layout) -> Result<Self> {
        let Query { plan, context, exact_rows, partition } = query;
        let plan = if partition.is_some() { plan } else { single_when_dictionaries(plan) };
        let wanted = partition.map_or_else(|| 0..partitions(&plan), |one| one..one + 1);
        let single = wanted.len() == 1;
        let last_below = if plan.pipeline_behavior() == EmissionType::Final { context.session_config().batch_size() } else { 0 };
        let permits = u32::try_from(sizes.prefetch_bytes.div_ceil(BYTES_PER_PERMIT)).unwrap_or(u32::MAX / 2);
        let room = Room { budget: Arc::new(Semaphore::new(permits as usize)), permits };
        let (sender, queue) = mpsc::channel(sizes.prefetch_batches);
        let mut tasks = JoinSet::new();
        for partition in wanted {
            let stream = plan.execute(partition, Arc::clone(&context))?;
            let encoder = Encoder::new(layout, stream.schema(), sizes.views)?;
            let coalescer = Coalescer::new(layout.batch_rows(), sizes.views);
            let (sender, session, room) = (sender.clone(), Arc::clone(session), room.clone());
            let mut work = Box::pin(async move {
                let mut pump = Pump { stream, encoder, coalescer, sender: sender.clone(), room, pauses: single, exact_rows, last_below };
                if let Err(error) = guarded(pump.run()).await {
                    let error = memory_error::with_consumers(error, &session);
                    drop(pump);
                    let _ = sender.send(Err(error)).await;
                }
            });
            if !single || work.as_mut().now_or_never().is_none() {
                tasks.spawn(work);
            }
        }
        Ok(Self { queue: Some(queue), tasks })
    }

    /// The next batch of any partition.
    pub(super) async fn next(&mut self) -> Result<Option<Pulled>> {
        let Some(queue) = self.queue.as_mut() else { return Ok(None) };
        let Some(item) = queue.recv().await else { return Ok(None) };
        let (packed, _) = item?;
        Ok(Some(Pulled { packed, last: queue.is_closed() && queue.is_empty() }))
    }

    /// Aborts the tasks and waits for their end.
    pub(super) async fn stop(mut self) {
        self.queue = None;
        self.tasks.shutdown().await;
    }
}

/// A dictionary keeps its number through a stream, so its batches come from one task.
fn single_when_dictionaries(plan: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    let has = plan.schema().flattened_fields().iter().any(|field| matches!(field.data_type(), DataType::Dictionary(_, _)));
    if has && partitions(&plan) > 1 { Arc::new(CoalescePartitionsExec::new(plan)) } else { plan }
}

/// Bytes that may wait in the queue.
#[derive(Clone)]
struct Room {
    budget: Arc<Semaphore>,
    permits: u32,
}

impl Room {
    async fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let wanted = u32::try_from(bytes.div_ceil(BYTES_PER_PERMIT)).unwrap_or(u32::MAX).min(self.permits);
        Arc::clone(&self.budget).acquire_many_owned(wanted).await.ok()
    }
}

struct Pump {
    stream: SendableRecordBatchStream,
    encoder: Encoder,
    coalescer: Coalescer,
    sender: Sender<Item>,
    room: Room,
    /// Gives way after the first batch, unless it is the last.
    pauses: bool,
    exact_rows: Option<usize>,
    /// Rows of a full batch where they come only when all are known: one of fewer is taken for the last.
    last_below: usize,
}

impl Pump {
    async fn run(&mut self) -> Result<()> {
        loop {
            // Rows that wait go out as soon as the input has nothing at hand.
            let next = match self.stream.next().now_or_never() {
                Some(next) => next,
                None => {
                    self.coalescer.flush();
                    if !self.send().await? {
                        return Ok(());
                    }
                    self.stream.next().await
                }
            };
            match next {
                Some(batch) => self.coalescer.push(batch?),
                None => {
                    self.coalescer.flush();
                    self.send().await?;
                    return Ok(());
                }
            }
            if !self.send().await? {
                return Ok(());
            }
        }
    }

    /// Packs and queues what is ready; false when nobody reads any more.
    async fn send(&mut self) -> Result<bool> {
        while let Some(batches) = self.coalescer.pop() {
            let rows = batches.iter().map(RecordBatch::num_rows).sum();
            let encoded = self.encoder.encode(&batches)?;
            drop(batches);
            for packed in encoded {
                let Some(permit) = self.room.take(packed.data.len()).await else { return Ok(false) };
                if self.sender.send(Ok((packed, permit))).await.is_err() {
                    return Ok(false);
                }
            }
            if mem::take(&mut self.pauses) && self.exact_rows != Some(rows) && rows >= self.last_below {
                tokio::task::yield_now().await;
            }
        }
        Ok(true)
    }
}
