//! Delta tables with deltalake alone, under the options of DeltaFuse.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use datafusion::catalog::{Session, TableProvider};
use datafusion::execution::SessionStateBuilder;
use datafusion::prelude::SessionContext;
use deltalake::DeltaTable;
use deltalake::delta_datafusion::planner::DeltaPlanner;
use deltalake::delta_datafusion::{DeltaScanConfig, DeltaScanNext};
use deltalake::kernel::transaction::CommitProperties;
use deltalake::kernel::{Action, Version};
use deltalake::logstore::{LogStoreRef, StorageConfig, get_actions, logstore_for};
use deltalake::table::state::DeltaTableState;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use url::Url;

use crate::Result;

pub(crate) mod change;
pub(crate) mod merge;
pub(crate) mod open;
pub(crate) mod write;

/// Commits are tried again as often as DeltaFuse does.
const RETRIES: usize = 15;

/// A folder that is removed, or made anew from another, before each run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    path: PathBuf,
    from: Option<PathBuf>,
}

impl Reset {
    /// Makes the folder what it was.
    pub(crate) fn apply(reset: Option<&Self>) -> Result<()> {
        let Some(Self { path, from }) = reset else { return Ok(()) };
        let removed = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
        match removed {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
        from.as_ref().map_or(Ok(()), |from| copy(from, path))
    }
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// The log of a local table.
fn log_store(path: &str) -> Result<LogStoreRef> {
    let url = Url::from_directory_path(path).map_err(|()| format!("'{path}' is no absolute path"))?;
    Ok(logstore_for(&url, StorageConfig::default())?)
}

/// A version of a table with its files; the newest when none is given.
async fn state(log_store: &LogStoreRef, version: Option<Version>) -> Result<DeltaTableState> {
    Ok(DeltaTableState::try_new(log_store.as_ref(), version).await?)
}

/// A table for reading, with the scan that DeltaFuse uses.
pub(crate) async fn provider(context: &SessionContext, path: &str, version: Option<Version>) -> Result<Arc<dyn TableProvider>> {
    let state = state(&log_store(path)?, version).await?;
    Ok(Arc::new(scan(context, &state)?))
}

fn scan(context: &SessionContext, state: &DeltaTableState) -> Result<DeltaScanNext> {
    let config = DeltaScanConfig::new_from_session(&context.state()).with_wrap_partition_values(false);
    Ok(DeltaScanNext::new(state.snapshot().clone(), config)?)
}

/// The state of a session with deltalake's planner, as its operations take it.
fn operation_session(context: &SessionContext) -> Arc<dyn Session> {
    Arc::new(SessionStateBuilder::new_from_existing(context.state()).with_query_planner(DeltaPlanner::new()).build())
}

fn commit_properties() -> CommitProperties {
    CommitProperties::default().with_max_retries(RETRIES)
}

/// What an operation changed.
struct Changed {
    version: Version,
    rows: u64,
    metrics: Value,
}

/// The part of an answer that tells what the last run changed.
async fn describe(path: &str, changed: Option<Changed>) -> Result<Vec<(String, Value)>> {
    let Some(Changed { version, metrics, .. }) = changed else { return Ok(Vec::new()) };
    let commit = commit(&log_store(path)?, version).await?;
    Ok(vec![("version".to_owned(), version.into()), ("metrics".to_owned(), metrics), ("commit".to_owned(), commit)])
}

/// What a commit added and removed.
async fn commit(log_store: &LogStoreRef, version: Version) -> Result<Value> {
    let bytes = log_store.read_commit_entry(version).await?.ok_or_else(|| format!("version {version} is not in the log"))?;
    let (mut added, mut removed, mut rows, mut size) = (0_u64, 0_u64, 0_u64, 0_i64);
    for action in get_actions(version, &bytes)? {
        match action {
            Action::Add(file) => {
                added += 1;
                size += file.size;
                rows += file.stats.as_deref().and_then(records).unwrap_or(0);
            }
            Action::Remove(_) => removed += 1,
            _ => {}
        }
    }
    Ok(json!({"filesAdded": added, "filesRemoved": removed, "rowsAdded": rows, "bytesAdded": size, "logBytes": bytes.len()}))
}

fn records(statistics: &str) -> Option<u64> {
    serde_json::from_str::<Value>(statistics).ok()?.get("numRecords")?.as_u64()
}

/// deltalake's own numbers and the version they belong to.
fn changed(table: &DeltaTable, rows: u64, metrics: &impl Serialize) -> Result<Changed> {
    let version = table.version().ok_or("the operation returned a table without version")?;
    Ok(Changed { version, rows, metrics: serde_json::to_value(metrics)? })
}

#[cfg(test)]
mod tests;
