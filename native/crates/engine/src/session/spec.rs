//! The one document a session is built from.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::sql::policy::SqlPolicy;
use crate::wire::HandleRef;

/// Everything a session is built from. Every member may be left out: the engine's defaults apply.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SessionSpec {
    /// Settings in the order they are applied (some cascade).
    pub settings: Vec<(String, String)>,
    /// Memory, spill and caches.
    pub runtime_env: RuntimeEnvSpec,
    /// Names of the default catalog and schemas.
    pub catalog: CatalogSpec,
    /// What SQL may do.
    pub sql_policy: SqlPolicy,
    /// What the same query must give again.
    pub determinism: Determinism,
    /// Caches that the session shares with others; null = its own.
    pub cache_scope: Option<HandleRef>,
    /// Analysed queries that are kept; 0 keeps none.
    pub plan_cache_entries: usize,
    /// Modules whose statements somebody performs.
    pub modules: Vec<ModuleSpec>,
}

/// What the same query over the same data must give again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Determinism {
    /// The same rows, where ties may be decided by chance.
    Fast,
    /// The same rows, in any order.
    #[default]
    Stable,
    /// The same rows at any time: functions that are not immutable are refused.
    Canonical,
}

/// A module that an extension brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ModuleSpec {
    /// Its name.
    pub name: String,
}

/// Memory, spill and caches; null keeps the engine's default.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct RuntimeEnvSpec {
    /// The memory pool.
    pub memory: MemorySpec,
    /// Where and how much may spill.
    pub spill: SpillSpec,
    /// Cache limits.
    pub caches: CacheSpec,
}

/// Which memory pool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// Each spilling consumer gets an equal share.
    Fair,
    /// First come, first served.
    Greedy,
    /// No limit.
    #[default]
    Unbounded,
}

/// The memory pool.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MemorySpec {
    /// Its kind.
    pub pool: PoolKind,
    /// Its size; needed unless `unbounded`.
    #[ts(type = "number | null")]
    pub limit_bytes: Option<u64>,
    /// Consumers named when memory runs out.
    #[ts(type = "number")]
    pub top_consumers: usize,
}

impl Default for MemorySpec {
    fn default() -> Self {
        Self { pool: PoolKind::default(), limit_bytes: None, top_consumers: 5 }
    }
}

/// Where spilled data goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum SpillMode {
    /// The operating system's temporary directory.
    #[default]
    Os,
    /// The given directories.
    Directories,
    /// Nowhere: an operator that would spill fails.
    Disabled,
}

/// Spilling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct SpillSpec {
    /// Where.
    pub mode: SpillMode,
    /// Absolute paths, with mode `directories`.
    pub directories: Vec<String>,
    /// Most bytes on disk at once.
    #[ts(type = "number | null")]
    pub max_bytes: Option<u64>,
    /// Most spilled files merged at once; 0 sets no limit.
    pub merge_fan_in: Option<usize>,
}

/// Cache limits in bytes; 0 switches a cache off.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CacheSpec {
    /// Parquet footers.
    #[ts(type = "number | null")]
    pub metadata_bytes: Option<u64>,
    /// Directory listings.
    #[ts(type = "number | null")]
    pub list_files_bytes: Option<u64>,
    /// How long a listing is believed.
    #[ts(type = "number | null")]
    pub list_files_ttl_ms: Option<u64>,
    /// File statistics.
    #[ts(type = "number | null")]
    pub statistics_bytes: Option<u64>,
}

/// Names of the default catalog and schemas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CatalogSpec {
    /// The default catalog.
    pub default: String,
    /// The default schema.
    pub schema: String,
    /// A further in-memory schema for registered views; null = none.
    pub view_schema: Option<String>,
    /// Whether locations stand for tables, where the policy allows it.
    pub url_tables: bool,
}

impl Default for CatalogSpec {
    fn default() -> Self {
        Self { default: "datafusion".to_owned(), schema: "public".to_owned(), view_schema: None, url_tables: false }
    }
}
