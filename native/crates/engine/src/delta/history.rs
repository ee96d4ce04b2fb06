//! The commits of a table.

use std::collections::BTreeMap;

use deltalake::kernel::CommitInfo;
use futures::{StreamExt, TryStreamExt, stream};
use object_store::{ObjectStore, ObjectStoreExt};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::log::{self, CommitFile};
use super::open::Table;
use crate::error::{Result, from_object_store};

/// Asks for the commits of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaHistoryRequest", optional_fields)]
pub struct HistoryRequest {
    /// At most this many, newest first.
    #[serde(default)]
    pub limit: Option<usize>,
}

/// The commits that are still in the log, newest first.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[ts(rename = "DeltaHistoryReply")]
pub struct HistoryReply {
    /// The commits.
    pub commits: Vec<CommitEntry>,
}

/// One commit.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "DeltaCommitEntry")]
pub struct CommitEntry {
    /// The version it made.
    #[ts(type = "number")]
    pub version: u64,
    /// When: its own timestamp when it has one, else the time of its file.
    #[ts(type = "number")]
    pub timestamp_ms: i64,
    /// What was done; null when the writer did not say.
    pub operation: Option<String>,
    /// With which parameters.
    #[ts(type = "Record<string, unknown>")]
    pub operation_parameters: BTreeMap<String, Value>,
    /// Counters of the writer.
    #[ts(type = "Record<string, unknown>")]
    pub operation_metrics: BTreeMap<String, Value>,
    /// The commit's own text field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub user_metadata: Option<String>,
    /// Further keys of the commit: those of the user, and `deltafuse.*`.
    #[ts(type = "Record<string, unknown>")]
    pub metadata: BTreeMap<String, Value>,
    /// The version the writer had read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub read_version: Option<u64>,
    /// Whether it added rows without reading the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub is_blind_append: Option<bool>,
}

/// Commits read at the same time.
const CONCURRENT_READS: usize = 8;
/// Keys of a commit that are neither metadata of the user nor ours.
const WRITER_KEYS: &[&str] = &["operationMetrics", "clientVersion", "txnId", "tags"];

/// The commits of a table up to its loaded version.
pub async fn history(table: &Table, request: HistoryRequest) -> Result<HistoryReply> {
    let store = table.log_store().object_store(None);
    let loaded = table.version();
    let files = log::list(store.as_ref()).await?;
    let newest_first = files.commits.into_iter().rev().filter(|file| file.version <= loaded);
    let commits = stream::iter(newest_first.take(request.limit.unwrap_or(usize::MAX)))
        .map(|file| entry(store.as_ref(), file))
        .buffered(CONCURRENT_READS)
        .try_collect()
        .await?;
    Ok(HistoryReply { commits })
}

async fn entry(store: &dyn ObjectStore, file: CommitFile) -> Result<CommitEntry> {
    let found = store.get(&file.meta.location).await.map_err(|error| from_object_store(&error))?;
    let bytes = found.bytes().await.map_err(|error| from_object_store(&error))?;
    let info = log::commit_info(file.version, &bytes)?.unwrap_or_default();
    Ok(describe(file.version, file.meta.last_modified.timestamp_millis(), info))
}

fn describe(version: u64, modified_ms: i64, mut info: CommitInfo) -> CommitEntry {
    let operation_metrics = match info.info.remove("operationMetrics") {
        Some(Value::Object(metrics)) => metrics.into_iter().collect(),
        _ => BTreeMap::new(),
    };
    CommitEntry {
        version,
        timestamp_ms: info.in_commit_timestamp.unwrap_or(modified_ms),
        operation: info.operation,
        operation_parameters: info.operation_parameters.unwrap_or_default().into_iter().collect(),
        operation_metrics,
        user_metadata: info.user_metadata,
        metadata: info.info.into_iter().filter(|(key, _)| !WRITER_KEYS.contains(&key.as_str())).collect(),
        read_version: info.read_version,
        is_blind_append: info.is_blind_append,
    }
}
