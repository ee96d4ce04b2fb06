//! Runs one operation: with the session's state, under the commit guard, racing with cancellation.

use std::future::Future;
use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::execution::session_state::{SessionState, SessionStateBuilder};
use deltalake::DeltaTableError;
use deltalake::delta_datafusion::planner::DeltaPlanner;
use deltalake::logstore::LogStoreRef;
use object_store::path::Path;
use url::Url;
use uuid::Uuid;

use super::context::OperationContext;
use super::error::{from_delta, is_commit_error};
use super::guard::{CommitGuard, CommitKind, Landed};
use super::location;
use super::recorder::{RecordErrors, Recorder};
use crate::error::{EngineError, ErrorCode, Result};
use crate::rules::policy_guard::PolicyOptions;
use crate::sql::policy::SqlPolicy;

/// Everything one operation needs while it runs.
pub(super) struct Operation {
    /// Written into the commit as `deltafuse.operationId`.
    pub(super) id: Uuid,
    /// The session's state with deltalake's planner and the error recorder.
    pub(super) state: SessionState,
    /// The guarded log store.
    pub(super) log_store: LogStoreRef,
    /// The log store below the guard.
    plain_store: LogStoreRef,
    recorder: Arc<Recorder>,
    guard: Arc<CommitGuard>,
}

/// How an operation ended.
pub(super) enum Outcome<T> {
    /// It committed; the value is missing when something failed after the commit.
    Committed {
        /// The commit.
        landed: Landed,
        /// What the builder returned, or why it failed afterwards.
        value: std::result::Result<T, EngineError>,
    },
    /// There was nothing to commit.
    Unchanged {
        /// What the builder returned, where it did.
        value: Option<T>,
    },
}

impl Operation {
    /// Prepares an operation on a table.
    pub(super) fn new(context: &OperationContext, log_store: &LogStoreRef, kind: CommitKind) -> Self {
        let recorder = Arc::new(Recorder::default());
        let guard = CommitGuard::new(kind);
        let rule = RecordErrors { recorder: Arc::clone(&recorder), cancel: context.cancel.clone() };
        let mut builder = SessionStateBuilder::new_from_existing(context.state.clone())
            .with_query_planner(DeltaPlanner::new())
            .with_physical_optimizer_rule(Arc::new(rule));
        // The policy has been applied to the source and to every expression of the request; what is planned here is
        // the operation itself, with functions no policy names.
        if let Some(config) = builder.config() {
            config.options_mut().extensions.insert(PolicyOptions { policy: SqlPolicy::default() });
        }
        let state = builder.build();
        Self {
            id: Uuid::now_v7(),
            state,
            log_store: guard.wrap(Arc::clone(log_store)),
            plain_store: Arc::clone(log_store),
            recorder,
            guard,
        }
    }

    /// The state as deltalake's builders take it.
    pub(super) fn session(&self) -> Arc<dyn Session> {
        Arc::new(self.state.clone())
    }

    /// Runs `work`. Until the commit begins, cancelling drops it; afterwards its result is awaited.
    pub(super) async fn run<T>(
        &self,
        context: &OperationContext,
        work: impl Future<Output = std::result::Result<T, DeltaTableError>>,
    ) -> Result<Outcome<T>> {
        if context.cancel.is_cancelled() {
            return Err(EngineError::cancelled());
        }
        let existed = table_folder_exists(self.plain_store.root_url()).await;
        let sweep = Sweep { operation: Some((Arc::clone(&self.guard), Arc::clone(&self.plain_store), existed)) };
        let finished = {
            let mut work = std::pin::pin!(work);
            tokio::select! {
                biased;
                () = self.cancelled(context) => None,
                result = &mut work => Some(result),
            }
        };
        let outcome = match finished {
            None => Err(EngineError::cancelled()),
            Some(result) => self.outcome(result),
        };
        match &outcome {
            Ok(Outcome::Committed { .. }) => sweep.disarm(),
            _ => sweep.run().await,
        }
        outcome
    }

    async fn cancelled(&self, context: &OperationContext) {
        context.cancel.token().cancelled().await;
        self.guard.interruptible().await;
    }

    fn outcome<T>(&self, result: std::result::Result<T, DeltaTableError>) -> Result<Outcome<T>> {
        match (result, self.guard.landed()) {
            (Ok(value), Some(landed)) => Ok(Outcome::Committed { landed, value: Ok(value) }),
            (Ok(value), None) => Ok(Outcome::Unchanged { value: Some(value) }),
            (Err(error), Some(landed)) => Ok(Outcome::Committed { landed, value: Err(from_delta(&error)) }),
            (Err(_), None) if self.guard.ended_empty() => Ok(Outcome::Unchanged { value: None }),
            (Err(error), None) => Err(self.failure(&error)),
        }
    }

    fn failure(&self, error: &DeltaTableError) -> EngineError {
        if let Some(version) = self.guard.unknown() {
            return EngineError::new(
                ErrorCode::DeltaCommitUnknown,
                format!("Whether version {version} was committed cannot be found out; look at the history before running it again."),
            )
            .with("version", version)
            .caused_by(&from_delta(error));
        }
        match self.recorder.take() {
            Some(recorded) if !is_commit_error(error) => recorded,
            _ => from_delta(error),
        }
    }
}

/// Removes the files of an operation that did not commit, also when its future is dropped.
struct Sweep {
    operation: Option<(Arc<CommitGuard>, LogStoreRef, bool)>,
}

impl Sweep {
    fn disarm(mut self) {
        self.operation = None;
    }

    async fn run(mut self) {
        if let Some((guard, log_store, existed)) = self.operation.take()
            && guard.may_discard()
        {
            sweep(&guard, &log_store, existed).await;
        }
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        let (Some((guard, log_store, existed)), Ok(runtime)) = (self.operation.take(), tokio::runtime::Handle::try_current()) else {
            return;
        };
        if guard.may_discard() {
            runtime.spawn(async move { sweep(&guard, &log_store, existed).await });
        }
    }
}

async fn sweep(guard: &CommitGuard, log_store: &LogStoreRef, existed: bool) {
    let removed = guard.staging().discard(log_store.object_store(None).as_ref()).await;
    let Some(root) = location::local_path(log_store.root_url()) else { return };
    let mut folders: Vec<std::path::PathBuf> = removed.iter().flat_map(|path| parents(&root, path)).collect();
    folders.sort_unstable_by_key(|folder| std::cmp::Reverse(folder.components().count()));
    folders.dedup();
    for folder in folders {
        // Only empty folders go; anything else belongs to somebody.
        let _ = tokio::fs::remove_dir(folder).await;
    }
    if !existed {
        let _ = tokio::fs::remove_dir(root.join("_delta_log")).await;
        let _ = tokio::fs::remove_dir(root).await;
    }
}

/// The folders between the table and one of its files.
fn parents(root: &std::path::Path, file: &Path) -> Vec<std::path::PathBuf> {
    let parts: Vec<String> = file.parts().map(|part| part.as_ref().to_owned()).collect();
    (1..parts.len()).map(|depth| parts.iter().take(depth).fold(root.to_path_buf(), |folder, part| folder.join(part))).collect()
}

async fn table_folder_exists(url: &Url) -> bool {
    match location::local_path(url) {
        Some(path) => tokio::fs::try_exists(path).await.unwrap_or(true),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_a_file_are_those_below_the_table() {
        let folders = parents(std::path::Path::new("/t"), &Path::from("a=1/b=2/file.parquet"));
        assert_eq!(folders, [std::path::PathBuf::from("/t/a=1"), std::path::PathBuf::from("/t/a=1/b=2")]);
    }
}
