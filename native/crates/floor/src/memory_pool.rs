//! The memory pool of a session: the engine's own, with the one difference that DeltaFuse makes. Reservations of a
//! repartition are always granted and counted apart, since in DataFusion 55.2 a repartition that is refused memory may wait
//! for ever.

use std::fmt::{self, Display, Formatter};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use datafusion::execution::memory_pool::{
    FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation, TrackConsumersPool, UnboundedMemoryPool,
};
use serde::Deserialize;

use crate::Result;

/// Consumers named when memory runs out.
const TOP_CONSUMERS: NonZeroUsize = NonZeroUsize::MIN.saturating_add(4);

/// Which pool, and how large.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct MemorySpec {
    pool: PoolKind,
    limit_bytes: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
enum PoolKind {
    Fair,
    Greedy,
    #[default]
    Unbounded,
}

/// Builds the pool.
pub(crate) fn build(spec: MemorySpec) -> Result<Arc<dyn MemoryPool>> {
    let inner: Arc<dyn MemoryPool> = match (spec.pool, spec.limit_bytes) {
        (PoolKind::Fair, Some(limit)) => Arc::new(FairSpillPool::new(limit)),
        (PoolKind::Greedy, Some(limit)) => Arc::new(GreedyMemoryPool::new(limit)),
        (PoolKind::Unbounded, None) => Arc::new(UnboundedMemoryPool::default()),
        (PoolKind::Unbounded, Some(_)) => return Err("An unbounded pool has no limitBytes.".into()),
        (_, None) => return Err("A limited pool needs limitBytes.".into()),
    };
    Ok(Arc::new(TrackConsumersPool::new(RepartitionGrant { inner, granted: AtomicUsize::new(0) }, TOP_CONSUMERS)))
}

#[derive(Debug)]
struct RepartitionGrant {
    inner: Arc<dyn MemoryPool>,
    granted: AtomicUsize,
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
        if is_repartition(reservation.consumer()) {
            self.granted.fetch_add(additional, Ordering::Relaxed);
        } else {
            self.inner.grow(reservation, additional);
        }
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        if is_repartition(reservation.consumer()) {
            self.granted.fetch_sub(shrink, Ordering::Relaxed);
        } else {
            self.inner.shrink(reservation, shrink);
        }
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> datafusion::error::Result<()> {
        if is_repartition(reservation.consumer()) {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repartitions_are_granted_beyond_the_limit_and_others_are_not() {
        let pool = build(MemorySpec { pool: PoolKind::Greedy, limit_bytes: Some(100) }).unwrap();
        let repartition = MemoryConsumer::new("RepartitionExec[0]").register(&pool);
        repartition.try_grow(1000).unwrap();
        let sort = MemoryConsumer::new("ExternalSorter[0]").register(&pool);
        sort.try_grow(90).unwrap();
        sort.try_grow(20).unwrap_err();
        assert_eq!(pool.reserved(), 1090);
    }

    #[test]
    fn a_limit_belongs_to_a_limited_pool() {
        assert!(build(MemorySpec { pool: PoolKind::Fair, limit_bytes: None }).is_err());
        assert!(build(MemorySpec { pool: PoolKind::Unbounded, limit_bytes: Some(1) }).is_err());
        assert!(build(MemorySpec::default()).is_ok());
    }
}
