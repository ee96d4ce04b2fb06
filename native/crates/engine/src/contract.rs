//! The contract: what this build offers, compared by TypeScript when the extension is loaded.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{EngineError, ErrorCode, Result};
use crate::runtime;

/// Raised with every change of a wire type.
pub const CONTRACT_VERSION: u32 = 10;

/// An entrypoint and the group it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Entrypoint {
    /// `createSession`, or `session.planSql` for a method of a handle.
    pub name: &'static str,
    /// Its group in the design.
    pub group: &'static str,
}

/// Every entrypoint, by group.
const ENTRYPOINTS: &[(&str, &[&str])] = &[
    ("runtime", &["contract", "runtimeStats", "createCancel", "configureRuntime", "gatherBytes", "bytes.append"]),
    (
        "session",
        &[
            "createCacheScope",
            "cacheScope.stats",
            "cacheScope.clear",
            "createSession",
            "session.settings",
            "session.rules",
            "session.introspect",
            "session.runtimeMetrics",
            "session.clearCaches",
            "session.checkpoint",
            "session.restore",
        ],
    ),
    ("catalogue", &["session.prepareTable", "session.catalogApply"]),
    ("sql", &["classifySql", "session.planSql", "session.prepareSql", "session.preparedSql", "prepared.bind"]),
    ("frame", &["session.values", "session.applyOps", "session.fromSubstrait", "frame.spool"]),
    ("stream", &["frame.stream", "stream.next", "stream.metrics", "stream.profile", "openSink", "sink.push", "sink.finish", "sink.fail"]),
    (
        "plan",
        &[
            "frame.planArtifact",
            "frame.explain",
            "frame.toSql",
            "frame.planLineage",
            "frame.optimizerTrace",
            "frame.probePushdown",
            "frame.describeScan",
        ],
    ),
    ("function", &["session.registerFunction", "session.functionCatalog"]),
    ("schema", &["schemaCodec"]),
    ("io", &["session.probeLocation", "session.writeFacts", "session.writeFiles"]),
    #[cfg(feature = "delta")]
    (
        "delta",
        &[
            "session.deltaExists",
            "session.deltaOpen",
            "session.deltaCreate",
            "session.deltaWrite",
            "table.snapshot",
            "table.refresh",
            "table.history",
            "table.provider",
            "table.scan",
            "table.merge",
            "table.delete",
        ],
    ),
];

/// Versions of the crates below.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EngineVersions {
    /// DataFusion.
    pub datafusion: String,
    /// `arrow`.
    pub arrow: String,
    /// `parquet`.
    pub parquet: String,
    /// `object_store`.
    pub object_store: String,
    /// `deltalake`.
    pub delta: String,
}

/// The document of `contract()`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Contract {
    /// See [`CONTRACT_VERSION`].
    pub contract_version: u32,
    /// Hash of the sources it was built from.
    pub build_id: String,
    /// Operating system and processor.
    pub target: String,
    /// Versions of the crates below.
    pub engine: EngineVersions,
    /// Cargo features built in, sorted.
    pub features: Vec<&'static str>,
    /// Modules that extensions can bring, sorted.
    pub modules: Vec<&'static str>,
    /// Everything callable.
    pub entrypoints: Vec<Entrypoint>,
    /// Every code that can be raised, sorted.
    pub error_codes: Vec<&'static str>,
    /// Fingerprint of the engine's own functions.
    pub function_catalog_hash: String,
    /// Every setting, sorted.
    pub setting_keys: Vec<String>,
}

/// The `contract` entrypoint. It is asked before the first session, so it makes none: what only a session state tells is
/// read from the document that is committed.
pub fn contract(build_id: &str) -> Result<String> {
    let facts = serde_json::from_str(include_str!("../../../contract.json"))
        .map_err(|error| EngineError::internal(format!("contract.json: {error}")))?;
    to_json(&document(build_id, facts))
}

/// The same from the engine itself: what is committed.
#[cfg(test)]
pub(crate) fn contract_of_engine() -> Result<String> {
    to_json(&document("", EngineFacts::of_engine()?))
}

/// What a session state tells of the engine.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct EngineFacts {
    function_catalog_hash: String,
    setting_keys: Vec<String>,
}

#[cfg(test)]
impl EngineFacts {
    fn of_engine() -> Result<Self> {
        let state = datafusion::execution::SessionStateBuilder::new_with_default_features().build();
        Ok(Self {
            function_catalog_hash: crate::functions::catalog::summary(&state)?.hash,
            setting_keys: crate::session::settings::entries(&state).into_iter().map(|entry| entry.key).collect(),
        })
    }
}

fn document(build_id: &str, EngineFacts { function_catalog_hash, setting_keys }: EngineFacts) -> Contract {
    let mut error_codes: Vec<&str> = ErrorCode::ALL.iter().map(|code| code.as_str()).collect();
    error_codes.sort_unstable();
    Contract {
        contract_version: CONTRACT_VERSION,
        build_id: build_id.to_owned(),
        target: format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH),
        engine: versions(),
        features: features(),
        modules: crate::sql::claim::MODULES.to_vec(),
        entrypoints: entrypoints(),
        error_codes,
        function_catalog_hash,
        setting_keys,
    }
}

fn entrypoints() -> Vec<Entrypoint> {
    ENTRYPOINTS.iter().flat_map(|(group, names)| names.iter().map(move |name| Entrypoint { name, group })).collect()
}

fn features() -> Vec<&'static str> {
    let mut features = Vec::new();
    if cfg!(feature = "delta") {
        features.push("delta");
    }
    if cfg!(feature = "substrait") {
        features.push("substrait");
    }
    if cfg!(feature = "testing") {
        features.push("testing");
    }
    features
}

/// The versions that the lock file pins.
fn versions() -> EngineVersions {
    EngineVersions {
        datafusion: locked("datafusion"),
        arrow: locked("arrow"),
        parquet: locked("parquet"),
        object_store: locked("object_store"),
        delta: locked("deltalake"),
    }
}

fn locked(name: &str) -> String {
    let lock = include_str!("../../../Cargo.lock");
    let entry = format!("name = \"{name}\"\nversion = \"");
    lock.split_once(entry.as_str()).and_then(|(_, rest)| rest.split_once('"')).map_or_else(String::new, |(version, _)| version.to_owned())
}

/// The document of `runtimeStats()`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuntimeStats {
    /// Threads that run plans; null before the first call.
    pub worker_threads: Option<usize>,
    /// Threads for object-store I/O; null before the first call.
    pub io_threads: Option<usize>,
    /// Open handles by class.
    #[ts(type = "Record<string, number>")]
    pub handles: BTreeMap<&'static str, i64>,
    /// Handles freed by the garbage collector without `close()`.
    #[ts(type = "number")]
    pub leaked: u64,
    /// Batches copied into memory of JavaScript's own.
    #[ts(type = "number")]
    pub copied_buffers: u64,
}

impl RuntimeStats {
    /// Completes what the binding counts.
    #[must_use]
    pub fn new(handles: BTreeMap<&'static str, i64>, leaked: u64, copied_buffers: u64) -> Self {
        let sizes = runtime::sizes();
        Self {
            worker_threads: sizes.map(|sizes| sizes.worker_threads),
            io_threads: sizes.map(|sizes| sizes.io_threads),
            handles,
            leaked,
            copied_buffers,
        }
    }

    /// The reply text.
    pub fn to_json(&self) -> Result<String> {
        to_json(self)
    }
}

fn to_json(value: &impl Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| EngineError::internal(format!("encoding: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_facts_are_those_of_the_engine() {
        assert_eq!(contract("").unwrap(), contract_of_engine().unwrap());
    }

    #[test]
    fn the_pinned_versions_are_found() {
        assert!(versions().datafusion.starts_with("55.2."), "{:?}", versions());
        assert!(versions().delta.starts_with("1.1."), "{:?}", versions());
    }
}
