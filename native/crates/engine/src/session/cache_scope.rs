//! The caches of files: Parquet footers, listings and statistics. A session has its own, or shares those of others.

use std::sync::Arc;
use std::time::Duration;

use datafusion::execution::cache::TableScopedPath;
use datafusion::execution::cache::cache_manager::{
    CacheManagerConfig, CachedFileList, CachedFileMetadata, CachedFileMetadataEntry, DEFAULT_FILE_STATISTICS_MEMORY_LIMIT,
    DEFAULT_LIST_FILES_CACHE_MEMORY_LIMIT, DEFAULT_METADATA_CACHE_LIMIT,
};
use object_store::path::Path as ObjectPath;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::spec::CacheSpec;
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::location::{Location, object_path};
use crate::wire::{Reply, decode};

mod counted;
pub mod store;
#[cfg(test)]
mod tests;

use counted::{Counted, Counts, StoreKey};
use store::StoreIdentity;

/// One of the caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CacheKind {
    /// Parquet footers.
    Metadata,
    /// Listings of folders.
    ListFiles,
    /// Statistics of files.
    Statistics,
}

impl CacheKind {
    /// Every cache.
    pub const ALL: [Self; 3] = [Self::Metadata, Self::ListFiles, Self::Statistics];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Metadata => "metadata",
            Self::ListFiles => "list_files",
            Self::Statistics => "statistics",
        }
    }
}

/// What a cache holds and has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct CacheStatistics {
    /// Which one.
    pub name: CacheKind,
    /// Entries that may be used now.
    pub entries: usize,
    /// Their size.
    pub bytes: usize,
    /// Lookups that found a usable entry.
    #[ts(type = "number")]
    pub hits: u64,
    /// Lookups that found none, or one that was too old or outdated.
    #[ts(type = "number")]
    pub misses: u64,
    /// Entries let go for want of room, for their age, or because what they say has changed.
    #[ts(type = "number")]
    pub evictions: u64,
    /// Most bytes; 0 = off.
    pub limit_bytes: usize,
    /// How long entries are believed; null = always.
    #[ts(type = "number | null")]
    pub ttl_ms: Option<u64>,
}

/// The reply of `stats`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct CacheScopeStats {
    /// One by one.
    pub caches: Vec<CacheStatistics>,
}

/// The request of `clear` and `clearCaches`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct ClearCachesRequest {
    /// Which caches; null = all.
    pub kinds: Option<Vec<CacheKind>>,
    /// Only what is about this location or below; null = everything.
    pub prefix: Option<String>,
}

/// What was dropped of one cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ClearedCache {
    /// Which one.
    pub name: CacheKind,
    /// Entries dropped.
    pub entries: usize,
    /// Their size.
    pub bytes: usize,
}

/// The reply of `clear` and `clearCaches`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ClearCachesReply {
    /// Those that were asked for.
    pub caches: Vec<ClearedCache>,
}

/// The three caches. They live until the last session that uses them has gone.
pub struct CacheScope {
    metadata: Arc<Counted<ObjectPath, CachedFileMetadataEntry>>,
    list_files: Arc<Counted<TableScopedPath, CachedFileList>>,
    statistics: Arc<Counted<TableScopedPath, CachedFileMetadata>>,
}

impl CacheScope {
    /// Empty caches with these limits.
    #[must_use]
    pub fn new(spec: &CacheSpec) -> Arc<Self> {
        let limits = resolved(spec);
        let ttl = limits.list_files_ttl_ms.map(Duration::from_millis);
        Arc::new(Self {
            metadata: Counted::new(size(limits.metadata_bytes), None),
            list_files: Counted::new(size(limits.list_files_bytes), ttl),
            statistics: Counted::new(size(limits.statistics_bytes), None),
        })
    }

    /// The `createCacheScope` entrypoint.
    pub fn create(request: &str) -> Result<Arc<Self>> {
        Ok(Self::new(&decode(request)?))
    }

    /// The caches of a store, for a runtime environment.
    #[must_use]
    pub fn config(&self, store: &Arc<StoreIdentity>) -> CacheManagerConfig {
        // The limits in the configuration only say that the caches are there: those in force are ours.
        CacheManagerConfig::default()
            .with_file_metadata_cache(Some(self.metadata.view(CacheKind::Metadata.as_str(), store)))
            .with_list_files_cache(Some(self.list_files.view(CacheKind::ListFiles.as_str(), store)))
            .with_file_statistics_cache(Some(self.statistics.view(CacheKind::Statistics.as_str(), store)))
    }

    /// The limits in force.
    #[must_use]
    pub fn limits(&self) -> CacheSpec {
        CacheSpec {
            metadata_bytes: Some(self.metadata.limit() as u64),
            list_files_bytes: Some(self.list_files.limit() as u64),
            list_files_ttl_ms: self.list_files.ttl().and_then(millis),
            statistics_bytes: Some(self.statistics.limit() as u64),
        }
    }

    /// Changes the size of one cache; what has no room any more is evicted.
    pub fn set_limit(&self, kind: CacheKind, bytes: usize) {
        match kind {
            CacheKind::Metadata => self.metadata.set_limit(bytes),
            CacheKind::ListFiles => self.list_files.set_limit(bytes),
            CacheKind::Statistics => self.statistics.set_limit(bytes),
        }
    }

    /// Changes how long listings made from now on are believed.
    pub fn set_list_files_ttl(&self, ttl: Option<Duration>) {
        self.list_files.set_ttl(ttl);
    }

    /// Refuses a session whose limits are others: `SESSION.CACHE_CONFLICT {field, scope, profile}`.
    pub fn admit(&self, spec: &CacheSpec) -> Result<()> {
        let (scope, profile) = (self.limits(), resolved(spec));
        let fields = [
            ("cache.metadata", scope.metadata_bytes, profile.metadata_bytes),
            ("cache.listFiles", scope.list_files_bytes, profile.list_files_bytes),
            ("cache.listFilesTtl", scope.list_files_ttl_ms, profile.list_files_ttl_ms),
            ("cache.statistics", scope.statistics_bytes, profile.statistics_bytes),
        ];
        let Some((field, scope, profile)) = fields.into_iter().find(|(_, scope, profile)| scope != profile) else { return Ok(()) };
        let shown = |value: Option<u64>| value.map_or_else(|| "none".to_owned(), |value| value.to_string());
        Err(EngineError::new(
            ErrorCode::SessionCacheConflict,
            format!(
                "The caches have {field} {}, the profile asks for {}. Make the caches from a profile with the same cache limits.",
                shown(scope),
                shown(profile)
            ),
        )
        .with("field", field)
        .with("scope", scope)
        .with("profile", profile))
    }

    /// What one cache holds and has done.
    #[must_use]
    pub fn statistics(&self, kind: CacheKind) -> CacheStatistics {
        let Counts { entries, bytes, hits, misses, evictions, limit, ttl } = match kind {
            CacheKind::Metadata => self.metadata.counts(),
            CacheKind::ListFiles => self.list_files.counts(),
            CacheKind::Statistics => self.statistics.counts(),
        };
        CacheStatistics { name: kind, entries, bytes, hits, misses, evictions, limit_bytes: limit, ttl_ms: ttl.and_then(millis) }
    }

    /// The `stats` entrypoint.
    #[must_use]
    pub fn stats(&self) -> CacheScopeStats {
        CacheScopeStats { caches: CacheKind::ALL.map(|kind| self.statistics(kind)).to_vec() }
    }

    /// The `clear` entrypoint.
    pub fn clear(&self, call: &Call) -> Result<Reply> {
        Reply::of(&self.cleared(&decode(&call.request)?)?)
    }

    /// Drops entries.
    pub fn cleared(&self, request: &ClearCachesRequest) -> Result<ClearCachesReply> {
        let prefix = request.prefix.as_deref().map(prefix).transpose()?;
        let wanted = |kind: &CacheKind| request.kinds.as_ref().is_none_or(|kinds| kinds.contains(kind));
        let caches = CacheKind::ALL.into_iter().filter(wanted).map(|name| {
            let (entries, bytes) = match name {
                CacheKind::Metadata => self.metadata.clear(|key| below(key, &key.key, prefix.as_ref())),
                CacheKind::ListFiles => self.list_files.clear(|key| touches(key, prefix.as_ref())),
                CacheKind::Statistics => self.statistics.clear(|key| below(key, &key.key.path, prefix.as_ref())),
            };
            ClearedCache { name, entries, bytes }
        });
        Ok(ClearCachesReply { caches: caches.collect() })
    }
}

fn prefix(text: &str) -> Result<ObjectPath> {
    let location = Location::parse(text)
        .map_err(|_| EngineError::bad_request("$.prefix", format!("'{text}' is no absolute path and no file:// URL")))?;
    object_path(location.path())
}

fn below<K>(key: &StoreKey<K>, path: &ObjectPath, prefix: Option<&ObjectPath>) -> bool {
    prefix.is_none_or(|prefix| key.store.is_local() && path.prefix_matches(prefix))
}

/// The listing of a folder says something of every folder above and below it.
fn touches(key: &StoreKey<TableScopedPath>, prefix: Option<&ObjectPath>) -> bool {
    let path = &key.key.path;
    prefix.is_none_or(|prefix| key.store.is_local() && (path.prefix_matches(prefix) || prefix.prefix_matches(path)))
}

/// The limits with the engine's defaults for those that are left out.
fn resolved(spec: &CacheSpec) -> CacheSpec {
    let list_files = spec.list_files_bytes.unwrap_or(DEFAULT_LIST_FILES_CACHE_MEMORY_LIMIT as u64);
    CacheSpec {
        metadata_bytes: spec.metadata_bytes.or(Some(DEFAULT_METADATA_CACHE_LIMIT as u64)),
        list_files_bytes: Some(list_files),
        list_files_ttl_ms: spec.list_files_ttl_ms.filter(|_| list_files > 0),
        statistics_bytes: spec.statistics_bytes.or(Some(DEFAULT_FILE_STATISTICS_MEMORY_LIMIT as u64)),
    }
}

fn size(bytes: Option<u64>) -> usize {
    bytes.map_or(0, |bytes| usize::try_from(bytes).unwrap_or(usize::MAX))
}

fn millis(ttl: Duration) -> Option<u64> {
    u64::try_from(ttl.as_millis()).ok()
}
