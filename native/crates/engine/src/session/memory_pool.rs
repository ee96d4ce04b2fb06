//! The memory pool adapter.
//!
//! In DataFusion 55.2 a repartition that is refused memory spills, and two inputs that spill at once wait for ever.
//! So reservations of a repartition are always granted and counted apart; every other consumer meets the limit.

use std::fmt::{self, Display, Formatter};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::error::Result;
use datafusion::execution::memory_pool::{
    FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, TrackConsumersPool, UnboundedMemoryPool,
};

use super::spec::{MemorySpec, PoolKind};
use crate::error::EngineError;

/// The session's pool: consumers are tracked around the adapter.
pub type SessionPool = TrackConsumersPool<RepartitionGrant>;

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
    Ok(Arc::new(TrackConsumersPool::new(RepartitionGrant::new(inner), top)))
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
    fn a_fair_pool_without_limit_is_refused() {
        let spec = MemorySpec { pool: PoolKind::Fair, limit_bytes: None, top_consumers: 3 };
        assert!(build(&spec).is_err());
    }
}
