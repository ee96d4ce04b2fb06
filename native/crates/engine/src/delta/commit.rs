//! The options of a commit: compare-and-swap, retries, metadata.

use std::collections::{BTreeMap, HashMap};

use deltalake::kernel::transaction::CommitProperties;
use deltalake::logstore::LogStoreRef;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;
use uuid::Uuid;

use super::context::OperationContext;
use crate::error::{EngineError, ErrorCode, Result};

/// How an operation commits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaCommit", optional_fields)]
pub struct Commit {
    /// Commit as exactly this version + 1, or fail with `DELTA.VERSION_MISMATCH`.
    #[serde(default)]
    #[ts(optional, type = "number")]
    pub expected_version: Option<u64>,
    /// Metadata of the user, kept in the commit.
    #[serde(default)]
    #[ts(optional, type = "Record<string, unknown>")]
    pub metadata: Option<BTreeMap<String, Value>>,
    /// The commit's own text field.
    #[serde(default)]
    pub user_metadata: Option<String>,
    /// How often a commit is tried again when other writers were first; 15 when left out.
    #[serde(default)]
    pub max_commit_retries: Option<usize>,
}

/// Tried again by default.
const DEFAULT_RETRIES: usize = 15;
/// The namespace of what the engine writes itself.
const OWN_PREFIX: &str = "deltafuse.";
/// Keys the log format gives a meaning of its own; compared in any case.
const RESERVED: &[&str] = &[
    "timestamp",
    "userId",
    "userName",
    "operation",
    "operationParameters",
    "operationMetrics",
    "readVersion",
    "isolationLevel",
    "isBlindAppend",
    "engineInfo",
    "clientVersion",
    "userMetadata",
    "txnId",
    "tags",
    "inCommitTimestamp",
];

/// What the operation itself adds to its commit.
#[derive(Default)]
pub(super) struct Provenance {
    /// Tables and versions the source reads, as JSON.
    pub(super) inputs: Option<Value>,
    /// Marks an append that read nothing of the table.
    pub(super) blind_append: Option<bool>,
    /// Forbids retries, where the conflict check cannot understand the predicate.
    pub(super) no_retries: bool,
}

impl Commit {
    /// Refuses metadata keys that the log would move, drop or overwrite.
    pub(super) fn validate(&self) -> Result<()> {
        for key in self.metadata.iter().flatten().map(|(key, _)| key) {
            let lower = key.to_ascii_lowercase();
            if lower.starts_with(OWN_PREFIX) || RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(key)) {
                return Err(EngineError::new(
                    ErrorCode::DeltaReservedMetadataKey,
                    format!("The commit metadata key '{key}' is reserved; choose another name."),
                )
                .with("key", key));
            }
        }
        Ok(())
    }

    /// Retries of the writer: none when the version is fixed.
    pub(super) fn retries(&self) -> usize {
        match self.expected_version {
            Some(_) => 0,
            None => self.max_commit_retries.unwrap_or(DEFAULT_RETRIES),
        }
    }

    /// Fails when the table is not at the expected version.
    pub(super) fn check_version(&self, actual: Option<u64>) -> Result<()> {
        match self.expected_version {
            Some(expected) if actual != Some(expected) => Err(version_mismatch(expected, actual)),
            _ => Ok(()),
        }
    }

    /// The same options as deltalake takes them.
    pub(super) fn properties(&self, context: &OperationContext, operation: Uuid, provenance: Provenance) -> CommitProperties {
        let mut metadata: HashMap<String, Value> = self.metadata.clone().unwrap_or_default().into_iter().collect();
        let mut own = |key: &str, value: Value| metadata.insert(format!("{OWN_PREFIX}{key}"), value);
        own("engineVersion", Value::from(env!("CARGO_PKG_VERSION")));
        own("operationId", Value::from(operation.to_string()));
        if let Some(inputs) = provenance.inputs {
            own("inputs", inputs);
        }
        for (key, value) in &context.labels {
            own(key, value.clone());
        }
        if let Some(text) = &self.user_metadata {
            metadata.insert("userMetadata".to_owned(), Value::from(text.clone()));
        }
        if let Some(blind) = provenance.blind_append {
            metadata.insert("isBlindAppend".to_owned(), Value::from(blind));
        }
        let retries = if provenance.no_retries { 0 } else { self.retries() };
        CommitProperties::default().with_max_retries(retries).with_metadata(metadata)
    }

    /// With a fixed version, losing the race is a version mismatch.
    pub(super) async fn explain(&self, log_store: &LogStoreRef, error: EngineError) -> EngineError {
        match self.expected_version {
            Some(expected) if error.code == ErrorCode::DeltaCommitAttemptsExhausted => {
                let files = super::log::list(log_store.object_store(None).as_ref()).await.ok();
                version_mismatch(expected, files.and_then(|files| files.range()).map(|range| range.latest))
            }
            _ => error,
        }
    }
}

fn version_mismatch(expected: u64, actual: Option<u64>) -> EngineError {
    let found = actual.map_or("there is no table yet".to_owned(), |actual| format!("the table is at version {actual}"));
    EngineError::new(ErrorCode::DeltaVersionMismatch, format!("Expected version {expected}, but {found}; read it again and decide anew."))
        .with("expected", expected)
        .with("actual", actual)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_key(key: &str) -> Commit {
        Commit { metadata: Some(BTreeMap::from([(key.to_owned(), Value::from(1))])), ..Commit::default() }
    }

    #[test]
    fn reserved_keys_are_refused_in_any_case() {
        for key in ["deltafuse.runId", "DeltaFuse.x", "TIMESTAMP", "userMetadata", "txnid"] {
            assert_eq!(with_key(key).validate().unwrap_err().code, ErrorCode::DeltaReservedMetadataKey, "{key}");
        }
        with_key("owner").validate().unwrap();
    }

    #[test]
    fn a_fixed_version_has_no_retries() {
        let fixed = Commit { expected_version: Some(3), max_commit_retries: Some(9), ..Commit::default() };
        assert_eq!((fixed.retries(), Commit::default().retries()), (0, 15));
        fixed.check_version(Some(3)).unwrap();
        let error = fixed.check_version(Some(4)).unwrap_err();
        assert_eq!(Value::Object(error.details), serde_json::json!({"expected": 3, "actual": 4}));
    }
}
