//! The effective settings of a session.

use datafusion::execution::session_state::SessionState;
use serde::Serialize;
use ts_rs::TS;

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
pub struct SettingsReply {
    /// Sorted by key.
    pub entries: Vec<SettingEntry>,
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
