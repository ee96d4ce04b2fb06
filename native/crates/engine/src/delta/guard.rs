//! The commit guard: a log store that knows when a commit begins, whether it landed, and what it contained.

use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use deltalake::kernel::transaction::{CommitConflictError, TransactionError};
use deltalake::kernel::{Action, Version};
use deltalake::logstore::{CommitOrBytes, LogStore, LogStoreConfig, LogStoreRef, get_actions};
use deltalake::{DeltaResult, Path};
use object_store::ObjectStore;
use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::IgnoredAny;
use tokio::sync::watch;
use url::Url;
use uuid::Uuid;

use super::staging::Staging;
use crate::error::{EngineError, ErrorCode};
use crate::spans;

/// How a commit relates to the commits of other writers that came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum CommitKind {
    /// Adds rows and has read nothing of the table: removals by others do not matter.
    BlindAppend,
    /// Adds rows computed from the table.
    Append,
    /// Replaces everything: rows added by others meanwhile must not survive beside it.
    Overwrite {
        /// The version whose files it removes.
        base: Version,
        /// Whether appends that read nothing conflict too (isolation level Serializable).
        serializable: bool,
    },
    /// Anything else; deltalake's own check decides.
    Other,
}

/// Where the operation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Working,
    Committing,
    Landed,
}

/// A commit that is in the log.
#[derive(Clone, Debug)]
pub(super) struct Landed {
    /// Its version.
    pub(super) version: Version,
    /// Its actions.
    pub(super) actions: Vec<Action>,
}

/// The state of one operation's commit.
#[derive(Debug)]
pub(super) struct CommitGuard {
    kind: CommitKind,
    phase: watch::Sender<Phase>,
    landed: Mutex<Option<Landed>>,
    unknown: Mutex<Option<Version>>,
    empty: Mutex<bool>,
    staging: Arc<Staging>,
}

impl CommitGuard {
    /// A guard for one operation.
    pub(super) fn new(kind: CommitKind) -> Arc<Self> {
        Arc::new(Self {
            kind,
            phase: watch::Sender::new(Phase::Working),
            landed: Mutex::new(None),
            unknown: Mutex::new(None),
            empty: Mutex::new(false),
            staging: Arc::new(Staging::default()),
        })
    }

    /// The log store the operation is given.
    pub(super) fn wrap(self: &Arc<Self>, inner: LogStoreRef) -> LogStoreRef {
        Arc::new(GuardedLogStore { inner, guard: Arc::clone(self) })
    }

    /// The commit, once it is in the log.
    pub(super) fn landed(&self) -> Option<Landed> {
        self.landed.lock().clone()
    }

    /// True when the operation was ended because it had nothing to add.
    pub(super) fn ended_empty(&self) -> bool {
        *self.empty.lock()
    }

    /// The version whose fate could not be found out.
    pub(super) fn unknown(&self) -> Option<Version> {
        *self.unknown.lock()
    }

    /// True when it is certain that no commit names the files written.
    pub(super) fn may_discard(&self) -> bool {
        *self.phase.borrow() == Phase::Working && self.unknown().is_none()
    }

    /// Files written for a commit that did not happen.
    pub(super) fn staging(&self) -> &Staging {
        &self.staging
    }

    /// Resolves while no commit is being written; never again once one landed.
    pub(super) async fn interruptible(&self) {
        let mut phase = self.phase.subscribe();
        loop {
            let now = *phase.borrow_and_update();
            if now == Phase::Working {
                return;
            }
            if now == Phase::Landed || phase.changed().await.is_err() {
                return std::future::pending().await;
            }
        }
    }

    fn enter(&self, phase: Phase) {
        self.phase.send_replace(phase);
    }

    fn land(&self, version: Version, bytes: &Bytes) {
        let actions = get_actions(version, bytes).unwrap_or_default();
        *self.landed.lock() = Some(Landed { version, actions });
        self.enter(Phase::Landed);
    }
}

#[derive(Debug)]
struct GuardedLogStore {
    inner: LogStoreRef,
    guard: Arc<CommitGuard>,
}

impl GuardedLogStore {
    /// What deltalake's own conflict check does not look at.
    async fn check(&self, version: Version, bytes: &Bytes) -> Result<(), TransactionError> {
        match self.guard.kind {
            CommitKind::BlindAppend | CommitKind::Append if !adds_files(bytes) => {
                *self.guard.empty.lock() = true;
                Err(log_store_error(EngineError::internal("an append without rows is not committed")))
            }
            CommitKind::Overwrite { base, serializable } => {
                for other in base + 1..version {
                    let Some(bytes) = self.inner.read_commit_entry(other).await.map_err(unreadable)? else { continue };
                    if conflicts_with_overwrite(other, &bytes, serializable) {
                        return Err(CommitConflictError::ConcurrentAppend.into());
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// After a failed write: the commit may have landed all the same.
    async fn settle(&self, version: Version, bytes: &Bytes, error: TransactionError) -> Result<(), TransactionError> {
        match self.inner.read_commit_entry(version).await {
            Ok(Some(found)) if found == *bytes => {
                self.guard.land(version, bytes);
                Ok(())
            }
            Ok(Some(_)) => {
                self.guard.enter(Phase::Working);
                Err(TransactionError::VersionAlreadyExists(version))
            }
            Ok(None) => {
                self.guard.enter(Phase::Working);
                Err(error)
            }
            Err(_) => {
                *self.guard.unknown.lock() = Some(version);
                self.guard.enter(Phase::Working);
                Err(error)
            }
        }
    }
}

#[async_trait]
impl LogStore for GuardedLogStore {
    /// deltalake decides by this name how it commits.
    fn name(&self) -> String {
        self.inner.name()
    }

    async fn refresh(&self) -> DeltaResult<()> {
        self.inner.refresh().await
    }

    /// Commits of others are read here for the conflict check only.
    async fn read_commit_entry(&self, version: Version) -> DeltaResult<Option<Bytes>> {
        let entry = self.inner.read_commit_entry(version).await?;
        Ok(match self.guard.kind {
            CommitKind::BlindAppend => entry.map(|bytes| without_removals(&bytes)),
            _ => entry,
        })
    }

    async fn write_commit_entry(&self, version: Version, commit: CommitOrBytes, operation: Uuid) -> Result<(), TransactionError> {
        let CommitOrBytes::LogBytes(bytes) = &commit else {
            return self.inner.write_commit_entry(version, commit, operation).await;
        };
        let bytes = bytes.clone();
        self.check(version, &bytes).await?;
        self.guard.enter(Phase::Committing);
        match spans::within("commit", self.inner.write_commit_entry(version, commit, operation)).await {
            Ok(()) => {
                self.guard.land(version, &bytes);
                Ok(())
            }
            Err(error) => self.settle(version, &bytes, error).await,
        }
    }

    async fn abort_commit_entry(&self, version: Version, commit: CommitOrBytes, operation: Uuid) -> Result<(), TransactionError> {
        self.inner.abort_commit_entry(version, commit, operation).await
    }

    async fn get_latest_version(&self, start: Version) -> DeltaResult<Version> {
        self.inner.get_latest_version(start).await
    }

    /// Data files are written with an operation id; everything else has none.
    fn object_store(&self, operation: Option<Uuid>) -> Arc<dyn ObjectStore> {
        let store = self.inner.object_store(operation);
        match operation {
            Some(_) => self.guard.staging.store(store),
            None => store,
        }
    }

    fn root_object_store(&self, operation: Option<Uuid>) -> Arc<dyn ObjectStore> {
        self.inner.root_object_store(operation)
    }

    fn to_uri(&self, location: &Path) -> String {
        self.inner.to_uri(location)
    }

    fn root_url(&self) -> &Url {
        self.inner.root_url()
    }

    fn log_path(&self) -> &Path {
        self.inner.log_path()
    }

    fn config(&self) -> &LogStoreConfig {
        self.inner.config()
    }
}

fn log_store_error(error: EngineError) -> TransactionError {
    TransactionError::LogStoreError { msg: error.message.clone(), source: Box::new(error) }
}

fn unreadable(error: deltalake::DeltaTableError) -> TransactionError {
    let typed = super::error::from_delta(&error);
    log_store_error(if typed.code == ErrorCode::EngineExecution { EngineError::internal(&typed.message) } else { typed })
}

/// One line of a commit, as far as it matters here.
#[derive(Deserialize)]
struct Line {
    #[serde(default)]
    add: Option<IgnoredAny>,
    #[serde(default)]
    remove: Option<IgnoredAny>,
}

fn line(text: &[u8]) -> Option<Line> {
    serde_json::from_slice(text).ok()
}

fn adds_files(commit: &Bytes) -> bool {
    commit.split(|byte| *byte == b'\n').filter_map(line).any(|line| line.add.is_some())
}

fn without_removals(commit: &Bytes) -> Bytes {
    let kept: Vec<&[u8]> = commit.split(|byte| *byte == b'\n').filter(|text| line(text).is_none_or(|line| line.remove.is_none())).collect();
    Bytes::from(kept.join(&b'\n'))
}

/// Rows another writer added after the overwrite chose what it replaces.
fn conflicts_with_overwrite(version: Version, commit: &Bytes, serializable: bool) -> bool {
    // A commit that cannot be read is treated as a conflict: the other way could lose rows.
    let Ok(actions) = get_actions(version, commit) else { return true };
    let blind = actions.iter().any(|action| matches!(action, Action::CommitInfo(info) if info.is_blind_append == Some(true)));
    let adds = actions.iter().any(|action| matches!(action, Action::Add(add) if add.data_change));
    adds && (serializable || !blind)
}

#[cfg(test)]
mod tests {
    use super::*;

    const REMOVE: &str = r#"{"remove":{"path":"a","dataChange":true}}"#;
    const INFO: &str = r#"{"commitInfo":{"isBlindAppend":true}}"#;
    const ADD: &str = r#"{"add":{"path":"b","partitionValues":{},"size":1,"modificationTime":0,"dataChange":true}}"#;

    fn commit(lines: &[&str]) -> Bytes {
        Bytes::from(lines.join("\n"))
    }

    #[test]
    fn removals_are_taken_out_of_a_commit() {
        assert_eq!(without_removals(&commit(&[INFO, REMOVE, ADD])), commit(&[INFO, ADD]));
    }

    #[test]
    fn an_overwrite_conflicts_with_rows_added_meanwhile() {
        assert!(conflicts_with_overwrite(1, &commit(&[INFO, ADD]), true));
        assert!(!conflicts_with_overwrite(1, &commit(&[INFO, ADD]), false));
        assert!(conflicts_with_overwrite(1, &commit(&[ADD]), false));
        assert!(!conflicts_with_overwrite(1, &commit(&[INFO, REMOVE]), true));
    }

    #[test]
    fn a_commit_without_files_is_empty() {
        assert!(!adds_files(&commit(&[INFO])));
        assert!(adds_files(&commit(&[INFO, ADD])));
    }
}
