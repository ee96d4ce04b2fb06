//! One of the engine's caches with counters. Its entries belong to stores, each of which has a view of its own.

use std::sync::Arc;
use std::time::Duration;

use datafusion::common::instant::Instant;
use datafusion::common::{HashMap, TableReference};
use datafusion::error::Result;
use datafusion::execution::cache::cache_manager::{CachedFileList, CachedFileMetadata, CachedFileMetadataEntry};
use datafusion::execution::cache::default_cache::DefaultCache;
use datafusion::execution::cache::{Cache, CacheEntryInfo, CacheKey, CacheValue};
use object_store::ObjectMeta;
use parking_lot::Mutex;

use super::store::StoreIdentity;

/// What is kept: it knows whether another value is of the same state of the file.
pub(super) trait Kept: CacheValue + 'static {
    fn is_as_current_as(&self, other: &Self) -> bool;
}

fn same_file(one: &ObjectMeta, other: &ObjectMeta) -> bool {
    (one.size, one.last_modified, &one.e_tag) == (other.size, other.last_modified, &other.e_tag)
}

impl Kept for CachedFileMetadataEntry {
    fn is_as_current_as(&self, other: &Self) -> bool {
        same_file(&self.meta, &other.meta)
    }
}

impl Kept for CachedFileMetadata {
    fn is_as_current_as(&self, other: &Self) -> bool {
        same_file(&self.meta, &other.meta) && self.schema_fingerprint == other.schema_fingerprint
    }
}

impl Kept for CachedFileList {
    /// Readers believe a listing as long as it is there.
    fn is_as_current_as(&self, _: &Self) -> bool {
        true
    }
}

/// The key of an entry: what the engine calls it, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct StoreKey<K> {
    pub(super) store: Arc<StoreIdentity>,
    pub(super) key: K,
}

impl<K: CacheKey> CacheKey for StoreKey<K> {
    fn size(&self) -> usize {
        self.key.size()
    }

    fn table_ref(&self) -> Option<&TableReference> {
        self.key.table_ref()
    }
}

#[derive(Debug, Default)]
struct Tally {
    hits: u64,
    misses: u64,
    evictions: u64,
    /// Entries after the last change: what is missing since was evicted.
    entries: usize,
}

/// What a cache has done and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) entries: usize,
    pub(super) bytes: usize,
    pub(super) hits: u64,
    pub(super) misses: u64,
    pub(super) evictions: u64,
    pub(super) limit: usize,
    pub(super) ttl: Option<Duration>,
}

/// A cache whose every use is counted. A limit of 0 switches it off; then nothing is counted either.
pub(super) struct Counted<K: CacheKey, V: Kept> {
    cache: DefaultCache<StoreKey<K>, V>,
    tally: Mutex<Tally>,
}

impl<K: CacheKey + 'static, V: Kept> Counted<K, V> {
    pub(super) fn new(limit: usize, ttl: Option<Duration>) -> Arc<Self> {
        Arc::new(Self { cache: DefaultCache::new_with_ttl(limit, ttl), tally: Mutex::default() })
    }

    /// The cache as the sessions of a store see it.
    pub(super) fn view(self: &Arc<Self>, name: &'static str, store: &Arc<StoreIdentity>) -> Arc<dyn Cache<K, V>> {
        Arc::new(View { name, shared: Arc::clone(self), store: Arc::clone(store) })
    }

    pub(super) fn limit(&self) -> usize {
        self.cache.cache_limit()
    }

    pub(super) fn set_limit(&self, limit: usize) {
        let mut tally = self.tally.lock();
        self.cache.update_cache_limit(limit);
        self.settle(&mut tally, 0);
    }

    /// How long entries are believed; none as well when the cache is off.
    pub(super) fn ttl(&self) -> Option<Duration> {
        self.cache.cache_ttl().filter(|_| self.limit() > 0)
    }

    /// For entries that are made from now on.
    pub(super) fn set_ttl(&self, ttl: Option<Duration>) {
        self.cache.update_cache_ttl(ttl);
    }

    /// The counters, and what is there after what is too old has gone.
    pub(super) fn counts(&self) -> Counts {
        let mut tally = self.tally.lock();
        let now = Instant::now();
        if self.cache.cache_ttl().is_some() {
            for (key, entry) in self.cache.list_entries() {
                if entry.expires.is_some_and(|expires| now > expires) {
                    self.cache.remove(&key);
                }
            }
            self.settle(&mut tally, 0);
        }
        Counts {
            entries: tally.entries,
            bytes: self.cache.memory_used(),
            hits: tally.hits,
            misses: tally.misses,
            evictions: tally.evictions,
            limit: self.cache.cache_limit(),
            ttl: self.ttl(),
        }
    }

    /// Drops the entries that are meant, which is no eviction. Gives their number and bytes.
    pub(super) fn clear(&self, meant: impl Fn(&StoreKey<K>) -> bool) -> (usize, usize) {
        let mut tally = self.tally.lock();
        let before = (self.cache.len(), self.cache.memory_used());
        for key in self.cache.list_entries().keys() {
            if meant(key) {
                self.cache.remove(key);
            }
        }
        tally.entries = self.cache.len();
        (before.0 - tally.entries, before.1 - self.cache.memory_used())
    }

    fn get(&self, key: &StoreKey<K>) -> Option<V> {
        let mut tally = self.tally.lock();
        if self.cache.cache_limit() == 0 {
            return None;
        }
        let found = self.cache.get(key);
        if found.is_some() {
            tally.hits += 1;
        } else {
            tally.misses += 1;
            self.settle(&mut tally, 0);
        }
        found
    }

    fn put(&self, key: &StoreKey<K>, value: V) -> Option<V> {
        let mut tally = self.tally.lock();
        if self.cache.cache_limit() == 0 {
            return None;
        }
        // The engine keeps nothing that has no size, and would leave what was there.
        if value.size() == 0 {
            let old = self.cache.remove(key);
            self.settle(&mut tally, 0);
            return old;
        }
        let new = value.clone();
        let old = self.cache.put(key, value);
        let kept = self.cache.contains_key(key);
        if old.as_ref().is_some_and(|old| !old.is_as_current_as(&new)) {
            // The reader has found it and seen that it is outdated: no hit after all.
            tally.hits = tally.hits.saturating_sub(1);
            tally.misses += 1;
            tally.evictions += u64::from(kept);
        }
        self.settle(&mut tally, usize::from(old.is_none() && kept));
        old
    }

    /// Somebody knows that an entry is outdated.
    fn remove(&self, key: &StoreKey<K>) -> Option<V> {
        let mut tally = self.tally.lock();
        let old = self.cache.remove(key);
        self.settle(&mut tally, 0);
        old
    }

    fn settle(&self, tally: &mut Tally, inserted: usize) {
        let now = self.cache.len();
        tally.evictions += (tally.entries + inserted).saturating_sub(now) as u64;
        tally.entries = now;
    }
}

/// The entries of one store. Its limits are those of the cache, and are changed there alone.
struct View<K: CacheKey, V: Kept> {
    name: &'static str,
    shared: Arc<Counted<K, V>>,
    store: Arc<StoreIdentity>,
}

impl<K: CacheKey, V: Kept> View<K, V> {
    fn key(&self, key: &K) -> StoreKey<K> {
        StoreKey { store: Arc::clone(&self.store), key: key.clone() }
    }
}

impl<K: CacheKey + 'static, V: Kept> Cache<K, V> for View<K, V> {
    fn get(&self, key: &K) -> Option<V> {
        self.shared.get(&self.key(key))
    }

    fn put(&self, key: &K, value: V) -> Option<V> {
        self.shared.put(&self.key(key), value)
    }

    fn remove(&self, key: &K) -> Option<V> {
        self.shared.remove(&self.key(key))
    }

    fn contains_key(&self, key: &K) -> bool {
        self.shared.cache.contains_key(&self.key(key))
    }

    fn len(&self) -> usize {
        self.list_entries().len()
    }

    fn clear(&self) {
        self.shared.clear(|key| key.store == self.store);
    }

    fn name(&self) -> String {
        self.name.to_owned()
    }

    fn cache_limit(&self) -> usize {
        self.shared.limit()
    }

    fn update_cache_limit(&self, _limit: usize) {}

    fn cache_ttl(&self) -> Option<Duration> {
        self.shared.ttl()
    }

    fn update_cache_ttl(&self, _ttl: Option<Duration>) {}

    fn drop_table_entries(&self, table: &TableReference) -> Result<()> {
        self.shared.clear(|key| key.store == self.store && key.table_ref() == Some(table));
        Ok(())
    }

    fn list_entries(&self) -> HashMap<K, CacheEntryInfo<V>> {
        let all = self.shared.cache.list_entries();
        all.into_iter().filter(|(key, _)| key.store == self.store).map(|(key, entry)| (key.key, entry)).collect()
    }
}
