//! The effective settings of a session.

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

/// Every key, the runtime's and ours included, sorted.
#[must_use]
pub fn entries(state: &SessionState) -> Vec<SettingEntry> {
    let mut entries: Vec<SettingEntry> = state
        .config_options()
        .entries()
        .into_iter()
        .chain(state.runtime_env().config_entries())
        .map(|entry| SettingEntry { key: entry.key, value: entry.value, description: entry.description.to_owned() })
        .collect();
    entries.sort_by(|a, b| a.key.cmp(&b.key));
    entries
}
