//! The memory pool adapter.
//!
//! In DataFusion 55.2 a repartition that is refused memory spills, and two inputs that spill at once wait for ever.
//! So reservations of a repartition are always granted and counted apart; every other consumer meets the limit.

use std::collections::VecDeque;
use std::fmt::{self, Display, Formatter};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::error::Result;
use datafusion::execution::memory_pool::{
    FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryConsumerMetrics, MemoryLimit, MemoryPool, MemoryReservation, TrackConsumersPool,
    UnboundedMemoryPool,
};
use parking_lot::Mutex;

use super::spec::{MemorySpec, PoolKind};
use crate::error::EngineError;

/// Refusals that are remembered: most are answered by spilling, and those that are not become errors soon.
const REFUSALS: usize = 16;

/// The session's pool: consumers are tracked around the adapter, and who held what is kept of each refusal, since the
/// largest consumer has often let go when its query has failed.
#[derive(Debug)]
pub struct SessionPool {
    tracked: TrackConsumersPool<RepartitionGrant>,
    refusals: Mutex<VecDeque<(String, Vec<MemoryConsumerMetrics>)>>,
}

impl SessionPool {
    /// The kind of pool: `fair`, `greedy` or `unbounded`.
    #[must_use]
    pub fn kind(&self) -> &str {
        self.tracked.inner().name()
    }

    /// Who held memory when the refusal with this message was given, largest first; who holds it now for any other.
    #[must_use]
    pub fn consumers_at(&self, message: &str) -> Vec<MemoryConsumerMetrics> {
        let refusals = self.refusals.lock();
        let kept = refusals.iter().rev().find(|(refusal, _)| refusal == message).map(|(_, consumers)| consumers.clone());
        drop(refusals);
        let mut consumers = kept.unwrap_or_else(|| self.consumers());
        consumers.sort_by_key(|consumer| std::cmp::Reverse(consumer.reserved));
        consumers
    }

    /// What repartitions hold, beyond the limit where need be.
    #[must_use]
    pub fn granted(&self) -> usize {
        self.tracked.inner().granted.load(Ordering::Relaxed)
    }

    /// Who holds memory now.
    #[must_use]
    pub fn consumers(&self) -> Vec<MemoryConsumerMetrics> {
        self.tracked.metrics()
    }

    fn remember(&self, refusal: &datafusion::error::DataFusionError) {
        let message = crate::error::from_datafusion(crate::error::Phase::Execute, refusal).message;
        let mut refusals = self.refusals.lock();
        if refusals.len() == REFUSALS {
            refusals.pop_front();
        }
        refusals.push_back((message, self.consumers()));
    }
}

impl Display for SessionPool {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.tracked, formatter)
    }
}

impl MemoryPool for SessionPool {
    fn name(&self) -> &str {
        self.tracked.name()
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.tracked.register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.tracked.unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.tracked.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.tracked.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.tracked.try_grow(reservation, additional).inspect_err(|refusal| self.remember(refusal))
    }

    fn reserved(&self) -> usize {
        self.tracked.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.tracked.memory_limit()
    }
}

/// A limited pool that grants repartitions what they ask.
#[derive(Debug)]
pub struct RepartitionGrant {
    inner: Arc<dyn MemoryPool>,
    granted: AtomicUsize,
}

impl RepartitionGrant {
    fn new(inner: Arc<dyn MemoryPool>) -> Self {
        Self { inner, granted: AtomicUsize::new(0) }
    }

    fn grants(reservation: &MemoryReservation) -> bool {
        is_repartition(reservation.consumer())
    }
}

fn is_repartition(consumer: &MemoryConsumer) -> bool {
    consumer.name().starts_with("RepartitionExec")
}

impl Display for RepartitionGrant {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.inner, formatter)
    }
}

impl MemoryPool for RepartitionGrant {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if !is_repartition(consumer) {
            self.inner.register(consumer);
        }
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        if !is_repartition(consumer) {
            self.inner.unregister(consumer);
        }
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        if Self::grants(reservation) {
            self.granted.fetch_add(additional, Ordering::Relaxed);
        } else {
            self.inner.grow(reservation, additional);
        }
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        if Self::grants(reservation) {
            self.granted.fetch_sub(shrink, Ordering::Relaxed);
        } else {
            self.inner.shrink(reservation, shrink);
        }
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        if Self::grants(reservation) {
            self.granted.fetch_add(additional, Ordering::Relaxed);
            return Ok(());
        }
        self.inner.try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.inner.reserved() + self.granted.load(Ordering::Relaxed)
    }

    fn memory_limit(&self) -> MemoryLimit {
        self.inner.memory_limit()
    }
}

/// Builds the pool a spec asks for.
pub fn build(spec: &MemorySpec) -> Result<Arc<SessionPool>, EngineError> {
    let limit = spec.limit_bytes.map(|bytes| usize::try_from(bytes).unwrap_or(usize::MAX));
    let inner: Arc<dyn MemoryPool> = match (spec.pool, limit) {
        (PoolKind::Fair, Some(limit)) => Arc::new(FairSpillPool::new(limit)),
        (PoolKind::Greedy, Some(limit)) => Arc::new(GreedyMemoryPool::new(limit)),
        (PoolKind::Unbounded, None) => Arc::new(UnboundedMemoryPool::default()),
        (PoolKind::Unbounded, Some(_)) => {
            return Err(EngineError::bad_request("$.runtimeEnv.memory.limitBytes", "an unbounded pool has no limit"));
        }
        (_, None) => return Err(EngineError::bad_request("$.runtimeEnv.memory.limitBytes", "a limited pool needs a limit")),
    };
    let top = NonZeroUsize::new(spec.top_consumers).unwrap_or(NonZeroUsize::MIN);
    let tracked = TrackConsumersPool::new(RepartitionGrant::new(inner), top);
    Ok(Arc::new(SessionPool { tracked, refusals: Mutex::default() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repartitions_are_granted_beyond_the_limit_and_others_are_not() {
        let spec = MemorySpec { pool: PoolKind::Greedy, limit_bytes: Some(100), top_consumers: 3 };
        let pool: Arc<dyn MemoryPool> = build(&spec).unwrap();
        let repartition = MemoryConsumer::new("RepartitionExec[0]").register(&pool);
        repartition.try_grow(1000).unwrap();
        let sort = MemoryConsumer::new("ExternalSorter[0]").register(&pool);
        sort.try_grow(90).unwrap();
        sort.try_grow(20).unwrap_err();
        assert_eq!(pool.reserved(), 1090);
    }

    #[test]
    fn a_refusal_is_remembered_with_who_held_what() {
        let spec = MemorySpec { pool: PoolKind::Greedy, limit_bytes: Some(100), top_consumers: 3 };
        let session_pool = build(&spec).unwrap();
        let pool: Arc<dyn MemoryPool> = Arc::<SessionPool>::clone(&session_pool);
        let join = MemoryConsumer::new("HashJoinInput").register(&pool);
        join.try_grow(90).unwrap();
        let refusal = MemoryConsumer::new("Sort").register(&pool).try_grow(20).unwrap_err();
        let message = crate::error::EngineError::from(refusal).message;
        drop(join);
        let held: Vec<_> = session_pool.consumers_at(&message).into_iter().map(|one| (one.name, one.reserved)).collect();
        assert_eq!(held, [("HashJoinInput".to_owned(), 90), ("Sort".to_owned(), 0)]);
        assert!(session_pool.consumers_at("another").is_empty());
    }

    #[test]
    fn a_fair_pool_without_limit_is_refused() {
        let spec = MemorySpec { pool: PoolKind::Fair, limit_bytes: None, top_consumers: 3 };
        assert!(build(&spec).is_err());
    }
}
