//! The effective settings of a session.

use datafusion::execution::memory_pool::MemoryLimit;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use serde::Serialize;
use ts_rs::TS;

use super::spec::RuntimeEnvSpec;

/// One key with its effective value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct SettingEntry {
    /// Full key.
    pub key: String,
    /// The engine's text; null when unset.
    pub value: Option<String>,
    /// What it does, in the engine's words.
    pub description: String,
}

/// The reply of `settings`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct SettingsReply {
    /// Sorted by key.
    pub entries: Vec<SettingEntry>,
    /// Memory, spill and caches as numbers.
    pub runtime_env: RuntimeEnvSpec,
}

/// Keys and values of the configuration, in the engine's order.
#[must_use]
pub fn texts(state: &SessionState) -> Vec<(String, Option<String>)> {
    state.config_options().entries().into_iter().map(|entry| (entry.key, entry.value)).collect()
}

/// Every key, the runtime's and ours included, sorted. Sizes and times of the runtime are exact (`1610612736`, `90000ms`); the
/// engine's own texts of them are rounded.
#[must_use]
pub fn entries(state: &SessionState) -> Vec<SettingEntry> {
    let mut entries: Vec<SettingEntry> = state
        .config_options()
        .entries()
        .into_iter()
        .map(|entry| SettingEntry { key: entry.key, value: entry.value, description: entry.description.to_owned() })
        .chain(state.runtime_env().config_entries().into_iter().map(|entry| {
            let value = exact(&entry.key, state.runtime_env()).or(entry.value);
            SettingEntry { key: entry.key, value, description: entry.description.to_owned() }
        }))
        .collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}

fn exact(key: &str, env: &RuntimeEnv) -> Option<String> {
    let caches = &env.cache_manager;
    let bytes = match key.strip_prefix("datafusion.runtime.")? {
        "memory_limit" => match env.memory_pool.memory_limit() {
            MemoryLimit::Finite(bytes) => bytes as u64,
            MemoryLimit::Infinite | MemoryLimit::Unknown => return None,
        },
        "max_temp_directory_size" => env.disk_manager.max_temp_directory_size(),
        "metadata_cache_limit" => caches.get_metadata_cache_limit() as u64,
        "list_files_cache_limit" => caches.get_list_files_cache_limit() as u64,
        "file_statistics_cache_limit" => caches.get_file_statistic_cache_limit() as u64,
        "list_files_cache_ttl" => return caches.get_list_files_cache_ttl().map(|ttl| format!("{}ms", ttl.as_millis())),
        _ => return None,
    };
    Some(bytes.to_string())
}
