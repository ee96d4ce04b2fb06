//! Who held the memory when a query ran out of it.

use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool};
use serde_json::json;

use crate::error::{EngineError, ErrorCode};
use crate::session::Session;

/// Adds the pool, its limit and its largest consumers to `ENGINE.RESOURCES_EXHAUSTED`; other errors stay.
#[must_use]
pub fn with_consumers(error: EngineError, session: &Session) -> EngineError {
    if error.code != ErrorCode::EngineResourcesExhausted {
        return error;
    }
    let pool = session.pool();
    let mut consumers = pool.consumers_at(&error.message);
    consumers.truncate(session.spec().runtime_env.memory.top_consumers.max(1));
    let joins = consumers.iter().any(|consumer| consumer.name.starts_with("HashJoin"));
    let advice = if joins {
        "Raise memory.limit, or set join.preferHash to false: a hash join does not spill, a sort-merge join does."
    } else {
        "Raise memory.limit, or lower execution.targetPartitions."
    };
    let listed: Vec<_> = consumers
        .iter()
        .map(|consumer| {
            json!({
                "name": consumer.name,
                "canSpill": consumer.can_spill,
                "reservedBytes": consumer.reserved,
                "peakBytes": consumer.peak,
            })
        })
        .collect();
    let limit = match pool.memory_limit() {
        MemoryLimit::Finite(bytes) => Some(bytes),
        MemoryLimit::Infinite | MemoryLimit::Unknown => None,
    };
    let message = format!("{} {advice}", error.message);
    EngineError { message, ..error }.with("pool", pool.kind()).with("limitBytes", limit).with("consumers", listed).with("advice", advice)
}
