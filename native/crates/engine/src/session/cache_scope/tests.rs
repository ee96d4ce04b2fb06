//! Counting, limits and the separation of stores.

use std::sync::Arc;

use chrono::{TimeZone, Utc};
use datafusion::execution::cache::TableScopedPath;
use datafusion::execution::cache::cache_manager::{CacheManager, CachedFileList, CachedFileMetadataEntry, FileMetadata};
use object_store::ObjectMeta;
use object_store::path::Path as ObjectPath;

use super::store::StoreIdentity;
use super::{CacheKind, CacheScope, CacheStatistics, ClearCachesRequest};
use crate::error::ErrorCode;
use crate::session::spec::CacheSpec;

struct Footer(usize);

impl FileMetadata for Footer {
    fn as_any(&self) -> &dyn std::any::Any {
        self
    }

    fn memory_size(&self) -> usize {
        self.0
    }

    fn extra_info(&self) -> datafusion::common::HashMap<String, String> {
        datafusion::common::HashMap::default()
    }
}

fn meta(path: &str, second: i64) -> ObjectMeta {
    let last_modified = Utc.timestamp_opt(second, 0).unwrap();
    ObjectMeta { location: ObjectPath::from(path), last_modified, size: 10, e_tag: None, version: None }
}

fn entry(path: &str, second: i64) -> CachedFileMetadataEntry {
    CachedFileMetadataEntry::new(meta(path, second), Arc::new(Footer(100)))
}

fn manager(scope: &CacheScope, store: &StoreIdentity) -> Arc<CacheManager> {
    CacheManager::try_new(&scope.config(&Arc::new(store.clone()))).unwrap()
}

fn local(scope: &CacheScope) -> Arc<CacheManager> {
    manager(scope, &StoreIdentity::local())
}

fn counted(scope: &CacheScope, kind: CacheKind) -> (usize, u64, u64, u64) {
    let CacheStatistics { entries, hits, misses, evictions, .. } = scope.statistics(kind);
    (entries, hits, misses, evictions)
}

#[test]
fn an_outdated_entry_is_a_miss_and_an_eviction() {
    let scope = CacheScope::new(&CacheSpec::default());
    let cache = local(&scope).get_file_metadata_cache();
    let path = ObjectPath::from("data/a");
    assert!(cache.get(&path).is_none());
    cache.put(&path, entry("data/a", 1));
    assert!(cache.get(&path).is_some_and(|known| known.is_valid_for(&meta("data/a", 1))));
    assert_eq!(counted(&scope, CacheKind::Metadata), (1, 1, 1, 0));
    assert!(cache.get(&path).is_some_and(|known| !known.is_valid_for(&meta("data/a", 2))));
    cache.put(&path, entry("data/a", 2));
    assert_eq!(counted(&scope, CacheKind::Metadata), (1, 1, 2, 1));
    // More of the same file, such as its page index, replaces the entry and evicts nothing.
    cache.put(&path, entry("data/a", 2));
    assert_eq!(counted(&scope, CacheKind::Metadata), (1, 1, 2, 1));
}

#[test]
fn what_has_no_room_is_evicted_and_a_cache_of_size_0_counts_nothing() {
    let scope = CacheScope::new(&CacheSpec { metadata_bytes: Some(250), ..CacheSpec::default() });
    let cache = local(&scope).get_file_metadata_cache();
    for path in ["a", "b", "c"] {
        cache.put(&ObjectPath::from(path), entry(path, 1));
    }
    assert_eq!(counted(&scope, CacheKind::Metadata), (2, 0, 0, 1));
    scope.set_limit(CacheKind::Metadata, 0);
    assert_eq!(counted(&scope, CacheKind::Metadata), (0, 0, 0, 3));
    cache.put(&ObjectPath::from("a"), entry("a", 1));
    assert!(cache.get(&ObjectPath::from("a")).is_none());
    assert_eq!(counted(&scope, CacheKind::Metadata), (0, 0, 0, 3));
    scope.set_limit(CacheKind::Metadata, 1000);
    cache.put(&ObjectPath::from("a"), entry("a", 1));
    assert!(cache.get(&ObjectPath::from("a")).is_some());
    assert_eq!(counted(&scope, CacheKind::Metadata), (1, 1, 0, 3));
}

#[test]
fn a_listing_that_is_too_old_is_a_miss_and_an_eviction() {
    let scope = CacheScope::new(&CacheSpec { list_files_ttl_ms: Some(200), ..CacheSpec::default() });
    let cache = local(&scope).get_list_files_cache().unwrap();
    let key = TableScopedPath { table: None, path: ObjectPath::from("data") };
    cache.put(&key, CachedFileList::new(vec![meta("data/a", 1)]));
    std::thread::sleep(std::time::Duration::from_millis(250));
    assert!(cache.get(&key).is_none());
    assert_eq!(counted(&scope, CacheKind::ListFiles), (0, 0, 1, 1));
    cache.put(&key, CachedFileList::new(vec![meta("data/a", 1)]));
    std::thread::sleep(std::time::Duration::from_millis(250));
    assert_eq!(counted(&scope, CacheKind::ListFiles), (0, 0, 1, 2));
}

#[test]
fn other_credentials_on_one_url_share_nothing() {
    let scope = CacheScope::new(&CacheSpec::default());
    let with_key = |key: &str| StoreIdentity::new("s3://bucket", &[("key".to_owned(), key.to_owned())]);
    let path = ObjectPath::from("a");
    manager(&scope, &with_key("one")).get_file_metadata_cache().put(&path, entry("a", 1));
    let other = manager(&scope, &with_key("two")).get_file_metadata_cache();
    assert!(other.get(&path).is_none());
    assert_eq!(other.len(), 0);
    assert!(manager(&scope, &with_key("one")).get_file_metadata_cache().get(&path).is_some());
}

#[test]
fn clearing_keeps_to_kinds_and_prefix_and_is_no_eviction() {
    let scope = CacheScope::new(&CacheSpec::default());
    let caches = local(&scope);
    let (metadata, listings) = (caches.get_file_metadata_cache(), caches.get_list_files_cache().unwrap());
    for path in ["data/a", "data/a/1", "database/b"] {
        metadata.put(&ObjectPath::from(path), entry(path, 1));
        listings.put(&TableScopedPath { table: None, path: ObjectPath::from(path) }, CachedFileList::new(vec![meta(path, 1)]));
    }
    let request = ClearCachesRequest { kinds: None, prefix: Some("/data/a/1".to_owned()) };
    let cleared = scope.cleared(&request).unwrap();
    let entries: Vec<_> = cleared.caches.iter().map(|cache| (cache.name.as_str(), cache.entries)).collect();
    assert_eq!(entries, [("metadata", 1), ("list_files", 2), ("statistics", 0)]);
    let rest = scope.cleared(&ClearCachesRequest { kinds: Some(vec![CacheKind::Metadata]), prefix: None }).unwrap();
    assert_eq!(rest.caches.iter().map(|cache| cache.entries).collect::<Vec<_>>(), [2]);
    assert_eq!(counted(&scope, CacheKind::Metadata), (0, 0, 0, 0));
    assert_eq!(counted(&scope, CacheKind::ListFiles), (1, 0, 0, 0));
    let refused = ClearCachesRequest { kinds: None, prefix: Some("relative".to_owned()) };
    assert_eq!(scope.cleared(&refused).unwrap_err().code, ErrorCode::NativeBadRequest);
}

#[test]
fn a_profile_with_other_limits_is_refused() {
    let scope = CacheScope::new(&CacheSpec { metadata_bytes: Some(1024), ..CacheSpec::default() });
    let same = CacheSpec { metadata_bytes: Some(1024), statistics_bytes: Some(20 * 1024 * 1024), ..CacheSpec::default() };
    scope.admit(&same).unwrap();
    let error = scope.admit(&CacheSpec { list_files_ttl_ms: Some(5000), ..same }).unwrap_err();
    assert_eq!((error.code, error.details["field"].as_str()), (ErrorCode::SessionCacheConflict, Some("cache.listFilesTtl")));
    assert_eq!((error.details["scope"].as_u64(), error.details["profile"].as_u64()), (None, Some(5000)));
}
