//! The log folder: which versions it holds, and when they were committed.

use deltalake::kernel::CommitInfo;
use futures::TryStreamExt;
use object_store::path::Path;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};
use serde::Deserialize;

use crate::error::{EngineError, ErrorCode, Result, from_object_store};

/// The versions that can be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct LogRange {
    /// The oldest.
    pub(super) earliest: u64,
    /// The newest.
    pub(super) latest: u64,
}

/// A commit file.
pub(super) struct CommitFile {
    /// Its version.
    pub(super) version: u64,
    /// The file.
    pub(super) meta: ObjectMeta,
}

/// What the log folder holds.
pub(super) struct LogFiles {
    /// Commits, oldest first.
    pub(super) commits: Vec<CommitFile>,
    /// Versions with a checkpoint, oldest first.
    checkpoints: Vec<u64>,
}

/// Lists the log folder.
pub(super) async fn list(store: &dyn ObjectStore) -> Result<LogFiles> {
    let folder = Path::from("_delta_log");
    let mut files = LogFiles { commits: Vec::new(), checkpoints: Vec::new() };
    let mut found = store.list(Some(&folder));
    loop {
        let meta = match found.try_next().await {
            Ok(Some(meta)) => meta,
            Ok(None) | Err(object_store::Error::NotFound { .. }) => break,
            Err(error) => return Err(from_object_store(&error)),
        };
        let name = meta.location.filename().unwrap_or_default();
        match entry(name) {
            Some(Entry::Commit(version)) if meta.location.parts().count() == 2 => files.commits.push(CommitFile { version, meta }),
            Some(Entry::Checkpoint(version)) => files.checkpoints.push(version),
            _ => {}
        }
    }
    files.commits.sort_unstable_by_key(|commit| commit.version);
    files.checkpoints.sort_unstable();
    Ok(files)
}

enum Entry {
    Commit(u64),
    Checkpoint(u64),
}

fn entry(name: &str) -> Option<Entry> {
    let (digits, rest) = name.split_once('.')?;
    let version = (digits.len() == 20).then(|| digits.parse().ok()).flatten()?;
    match rest {
        "json" => Some(Entry::Commit(version)),
        _ if rest.starts_with("checkpoint") => Some(Entry::Checkpoint(version)),
        _ => None,
    }
}

impl LogFiles {
    /// The versions that can be opened; `None` without any.
    pub(super) fn range(&self) -> Option<LogRange> {
        let latest = self.commits.last().map(|commit| commit.version).max(self.checkpoints.last().copied())?;
        let from_commits = self.commits.first().map(|commit| commit.version).filter(|version| *version == 0);
        let earliest = from_commits.or_else(|| self.checkpoints.first().copied()).unwrap_or(latest);
        Some(LogRange { earliest, latest })
    }
}

/// The commit info of a commit, if it has one.
pub(super) fn commit_info(version: u64, bytes: &[u8]) -> Result<Option<CommitInfo>> {
    #[derive(Deserialize)]
    struct Line {
        #[serde(default, rename = "commitInfo")]
        commit_info: Option<CommitInfo>,
    }
    for text in bytes.split(|byte| *byte == b'\n').filter(|text| !text.is_empty()) {
        let line: Line = serde_json::from_slice(text).map_err(|error| {
            EngineError::new(ErrorCode::DeltaLogCorrupt, format!("The commit of version {version} is not valid: {error}."))
                .with("version", version)
        })?;
        if line.commit_info.is_some() {
            return Ok(line.commit_info);
        }
    }
    Ok(None)
}

fn commit_path(version: u64) -> Path {
    Path::from(format!("_delta_log/{version:020}.json"))
}

/// Whether nothing was committed after a version, by two looks in place of a list: versions follow one another. Where the
/// commit of the version is gone the log was cleaned, and this cannot tell.
pub(super) async fn is_newest(store: &dyn ObjectStore, version: u64) -> bool {
    let (own, next) = (commit_path(version), commit_path(version + 1));
    let (own, next) = futures::join!(store.head(&own), store.head(&next));
    own.is_ok() && matches!(next, Err(object_store::Error::NotFound { .. }))
}

/// When a version was committed: its in-commit timestamp when the table has them, else the time of its file.
pub(super) async fn timestamp(store: &dyn ObjectStore, version: u64, in_commit: bool) -> Result<i64> {
    match store.get(&commit_path(version)).await {
        Ok(found) if in_commit => {
            let modified = found.meta.last_modified.timestamp_millis();
            let bytes = found.bytes().await.map_err(|error| from_object_store(&error))?;
            Ok(commit_info(version, &bytes)?.and_then(|info| info.in_commit_timestamp).unwrap_or(modified))
        }
        Ok(found) => Ok(found.meta.last_modified.timestamp_millis()),
        Err(object_store::Error::NotFound { .. }) => checkpoint_timestamp(store, version).await,
        Err(error) => Err(from_object_store(&error)),
    }
}

/// A cleaned log can hold a version as checkpoint only.
async fn checkpoint_timestamp(store: &dyn ObjectStore, version: u64) -> Result<i64> {
    let prefix = format!("{version:020}.checkpoint");
    let files: Vec<ObjectMeta> =
        store.list(Some(&Path::from("_delta_log"))).try_collect().await.map_err(|error| from_object_store(&error))?;
    files
        .iter()
        .filter(|meta| meta.location.filename().is_some_and(|name| name.starts_with(&prefix)))
        .map(|meta| meta.last_modified.timestamp_millis())
        .max()
        .ok_or_else(|| {
            EngineError::new(ErrorCode::DeltaLogCorrupt, format!("The log has no file for version {version}.")).with("version", version)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    async fn store_with(names: &[&str]) -> InMemory {
        let store = InMemory::new();
        for name in names {
            store.put(&Path::from(format!("_delta_log/{name}")), "{}".into()).await.unwrap();
        }
        store
    }

    #[tokio::test]
    async fn the_range_starts_at_zero_or_at_the_first_checkpoint() {
        let whole = store_with(&["00000000000000000000.json", "00000000000000000001.json"]).await;
        assert_eq!(list(&whole).await.unwrap().range(), Some(LogRange { earliest: 0, latest: 1 }));
        let cleaned = store_with(&["00000000000000000007.json", "00000000000000000006.checkpoint.parquet", "_last_checkpoint"]).await;
        assert_eq!(list(&cleaned).await.unwrap().range(), Some(LogRange { earliest: 6, latest: 7 }));
        assert_eq!(list(&InMemory::new()).await.unwrap().range(), None);
    }

    #[tokio::test]
    async fn a_version_is_the_newest_where_its_commit_is_there_and_no_next_one() {
        let store = store_with(&["00000000000000000001.json", "00000000000000000002.json", "00000000000000000004.json"]).await;
        let mut newest = Vec::new();
        for version in 0..5 {
            newest.push(is_newest(&store, version).await);
        }
        assert_eq!(newest, [false, false, true, false, true]);
    }
}
