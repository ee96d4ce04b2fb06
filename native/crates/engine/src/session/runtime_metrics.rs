//! What a session holds and has done, read at once: memory, spilled data, caches, handles and queries.

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use datafusion::execution::disk_manager::DiskManager;
use datafusion::execution::memory_pool::{MemoryLimit, MemoryPool};
use serde::Serialize;
use ts_rs::TS;

use super::Session;
use super::cache_scope::{CacheKind, CacheScope, CacheStatistics};
use super::memory_pool::SessionPool;
use super::query_tally::{QueryCounts, QueryTally};
use crate::call::Call;
use crate::error::Result;
use crate::wire::{Empty, Reply, decode};

/// Counts open handles by class.
pub type HandleCounter = fn() -> BTreeMap<&'static str, i64>;

static HANDLES: OnceLock<HandleCounter> = OnceLock::new();

/// Says who knows the open handles of the process. The first one counts.
pub fn count_handles_with(counter: HandleCounter) {
    HANDLES.get_or_init(|| counter);
}

/// The memory pool.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct MemoryMetrics {
    /// `fair`, `greedy` or `unbounded`.
    pub pool: String,
    /// Bytes held now.
    pub reserved_bytes: usize,
    /// Bytes of them that repartitions hold, which may go beyond the limit.
    pub granted_bytes: usize,
    /// Null without a limit.
    pub limit_bytes: Option<usize>,
    /// Who holds memory, largest first.
    pub consumers: Vec<ConsumerMetrics>,
}

/// An operator or table that holds memory of the pool.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ConsumerMetrics {
    /// The engine's name of it.
    pub name: String,
    /// Whether it can spill.
    pub can_spill: bool,
    /// Bytes held now.
    pub reserved_bytes: usize,
    /// Most bytes at once.
    pub peak_bytes: usize,
}

/// Spilled data on disk now.
#[derive(Clone, Copy, Debug, Serialize, TS)]
pub struct SpillMetrics {
    /// Files.
    pub files: usize,
    /// Their size.
    #[ts(type = "number")]
    pub bytes: u64,
}

/// The reply of `runtimeMetrics`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct RuntimeMetrics {
    /// The memory pool.
    pub memory: MemoryMetrics,
    /// Spilled data on disk now.
    pub spill: SpillMetrics,
    /// The caches of files.
    pub caches: Vec<CacheStatistics>,
    /// Open native objects of the process by class.
    #[ts(type = "Record<string, number>")]
    pub handles: BTreeMap<&'static str, i64>,
    /// Queries of the session.
    pub queries: QueryCounts,
}

/// One number of the metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MetricRow {
    /// What it is about, for example `memory` or `cache.metadata`.
    pub scope: String,
    /// Its name there.
    pub name: String,
    /// `gauge` or `counter`.
    pub kind: &'static str,
    /// `By`, `ms` or `1`.
    pub unit: &'static str,
    /// The number.
    pub value: i64,
}

/// What the numbers of a session are read from.
pub struct RuntimeState {
    pub(super) pool: Arc<SessionPool>,
    pub(super) disk: Arc<DiskManager>,
    pub(super) caches: Arc<CacheScope>,
    pub(crate) queries: Arc<QueryTally>,
}

impl std::fmt::Debug for RuntimeState {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("RuntimeState")
    }
}

impl RuntimeState {
    /// The caches.
    #[must_use]
    pub fn caches(&self) -> &Arc<CacheScope> {
        &self.caches
    }

    /// Reads everything.
    #[must_use]
    pub fn metrics(&self) -> RuntimeMetrics {
        let spilled = self.disk.spilling_progress();
        RuntimeMetrics {
            memory: self.memory(),
            spill: SpillMetrics { files: spilled.active_files_count, bytes: spilled.current_bytes },
            caches: self.caches.stats().caches,
            handles: HANDLES.get().map(|count| count()).unwrap_or_default(),
            queries: self.queries.counts(),
        }
    }

    fn memory(&self) -> MemoryMetrics {
        let mut consumers: Vec<_> = self
            .pool
            .consumers()
            .into_iter()
            .map(|one| ConsumerMetrics { name: one.name, can_spill: one.can_spill, reserved_bytes: one.reserved, peak_bytes: one.peak })
            .collect();
        consumers.sort_by(|a, b| b.reserved_bytes.cmp(&a.reserved_bytes).then_with(|| a.name.cmp(&b.name)));
        let limit_bytes = match self.pool.memory_limit() {
            MemoryLimit::Finite(bytes) => Some(bytes),
            MemoryLimit::Infinite | MemoryLimit::Unknown => None,
        };
        MemoryMetrics {
            pool: self.pool.kind().to_owned(),
            reserved_bytes: self.pool.reserved(),
            granted_bytes: self.pool.granted(),
            limit_bytes,
            consumers,
        }
    }
}

impl RuntimeMetrics {
    /// The numbers one by one: memory, its consumers by name, spilled data, caches, handles, queries.
    #[must_use]
    pub fn rows(&self) -> Vec<MetricRow> {
        let Self { memory, spill, caches, handles, queries } = self;
        let mut rows = vec![
            gauge("memory", "reserved_bytes", "By", memory.reserved_bytes as u64),
            gauge("memory", "granted_bytes", "By", memory.granted_bytes as u64),
        ];
        rows.extend(memory.limit_bytes.map(|limit| gauge("memory", "limit_bytes", "By", limit as u64)));
        let mut by_name: BTreeMap<&str, u64> = BTreeMap::new();
        for consumer in &memory.consumers {
            *by_name.entry(&consumer.name).or_default() += consumer.reserved_bytes as u64;
        }
        rows.extend(by_name.into_iter().map(|(name, bytes)| gauge("memory.consumer", name, "By", bytes)));
        rows.extend([gauge("spill", "files", "1", spill.files as u64), gauge("spill", "bytes", "By", spill.bytes)]);
        rows.extend(caches.iter().flat_map(of_cache));
        rows.extend(handles.iter().map(|(class, count)| gauge("handles", class, "1", u64::try_from(*count).unwrap_or(0))));
        rows.extend([
            gauge("queries", "running", "1", queries.running),
            counter("queries", "finished", queries.finished),
            counter("queries", "failed", queries.failed),
            counter("queries", "cancelled", queries.cancelled),
        ]);
        rows
    }
}

fn of_cache(cache: &CacheStatistics) -> Vec<MetricRow> {
    let scope = match cache.name {
        CacheKind::Metadata => "cache.metadata",
        CacheKind::ListFiles => "cache.list_files",
        CacheKind::Statistics => "cache.statistics",
    };
    let mut rows = vec![
        gauge(scope, "entries", "1", cache.entries as u64),
        gauge(scope, "bytes", "By", cache.bytes as u64),
        counter(scope, "hits", cache.hits),
        counter(scope, "misses", cache.misses),
        counter(scope, "evictions", cache.evictions),
        gauge(scope, "limit_bytes", "By", cache.limit_bytes as u64),
    ];
    rows.extend(cache.ttl_ms.map(|ttl| gauge(scope, "ttl_ms", "ms", ttl)));
    rows
}

fn row(scope: &str, name: &str, kind: &'static str, unit: &'static str, value: u64) -> MetricRow {
    let value = i64::try_from(value).unwrap_or(i64::MAX);
    MetricRow { scope: scope.to_owned(), name: name.to_owned(), kind, unit, value }
}

fn gauge(scope: &str, name: &str, unit: &'static str, value: u64) -> MetricRow {
    row(scope, name, "gauge", unit, value)
}

fn counter(scope: &str, name: &str, value: u64) -> MetricRow {
    row(scope, name, "counter", "1", value)
}

impl Session {
    /// The `runtimeMetrics` entrypoint.
    pub fn runtime_metrics(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        self.context()?;
        Reply::of(&self.runtime().metrics())
    }

    /// The `clearCaches` entrypoint. Other sessions of the same caches feel it too.
    pub fn clear_caches(&self, call: &Call) -> Result<Reply> {
        self.context()?;
        self.runtime().caches().clear(call)
    }
}
