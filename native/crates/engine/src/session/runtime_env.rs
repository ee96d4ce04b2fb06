//! Memory, disk and caches of a session, and the values really in effect.

use std::path::PathBuf;
use std::sync::Arc;

use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::object_store::{DefaultObjectStoreRegistry, ObjectStoreRegistry, ObjectStoreUrl};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};

use super::cache_scope::CacheScope;
use super::cache_scope::store::StoreIdentity;
use super::memory_pool::SessionPool;
use super::spec::{CacheSpec, MemorySpec, RuntimeEnvSpec, SpillMode, SpillSpec};
use crate::error::Result;
use crate::io::local_store::LocalStore;

/// Builds the runtime environment around the session's pool.
pub fn build(spec: &RuntimeEnvSpec, pool: Arc<SessionPool>, caches: &CacheScope) -> Result<Arc<RuntimeEnv>> {
    let stores = DefaultObjectStoreRegistry::new();
    stores.register_store(ObjectStoreUrl::local_filesystem().as_ref(), Arc::new(LocalStore::new()));
    let builder = RuntimeEnvBuilder::new()
        .with_object_store_registry(Arc::new(stores))
        .with_memory_pool(pool)
        .with_disk_manager_builder(disk(&spec.spill))
        .with_cache_manager(caches.config(&Arc::new(StoreIdentity::local())));
    Ok(builder.build_arc()?)
}

fn disk(spec: &SpillSpec) -> DiskManagerBuilder {
    let mode = match spec.mode {
        SpillMode::Os => DiskManagerMode::OsTmpDirectory,
        SpillMode::Directories => DiskManagerMode::Directories(spec.directories.iter().map(PathBuf::from).collect()),
        SpillMode::Disabled => DiskManagerMode::Disabled,
    };
    let mut builder = DiskManagerBuilder::default().with_mode(mode);
    if let Some(bytes) = spec.max_bytes {
        builder = builder.with_max_temp_directory_size(bytes);
    }
    if let Some(files) = spec.merge_fan_in {
        builder = builder.with_max_spill_merge_fan_in(files);
    }
    builder
}

/// The numbers in effect, in the shape of the request.
#[must_use]
pub fn effective(env: &RuntimeEnv, spec: &RuntimeEnvSpec) -> RuntimeEnvSpec {
    let limit_bytes = match env.memory_pool.memory_limit() {
        MemoryLimit::Finite(bytes) => Some(bytes as u64),
        MemoryLimit::Infinite | MemoryLimit::Unknown => None,
    };
    let caches = &env.cache_manager;
    RuntimeEnvSpec {
        memory: MemorySpec { limit_bytes, ..spec.memory.clone() },
        spill: SpillSpec {
            max_bytes: Some(env.disk_manager.max_temp_directory_size()),
            merge_fan_in: Some(env.disk_manager.max_spill_merge_fan_in()),
            ..spec.spill.clone()
        },
        caches: CacheSpec {
            metadata_bytes: Some(caches.get_metadata_cache_limit() as u64),
            list_files_bytes: Some(caches.get_list_files_cache_limit() as u64),
            list_files_ttl_ms: caches.get_list_files_cache_ttl().and_then(|ttl| u64::try_from(ttl.as_millis()).ok()),
            statistics_bytes: Some(caches.get_file_statistic_cache_limit() as u64),
        },
    }
}
