//! Opening tables.

use std::sync::Arc;

use deltalake::DeltaTable;
use deltalake::kernel::Snapshot as KernelSnapshot;
use deltalake::logstore::LogStoreRef;
use deltalake::table::state::DeltaTableState;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use super::error::{Typed, from_delta, version_not_found};
use super::location;
use super::log;
use super::snapshot::{Loaded, Snapshot};
use crate::error::{EngineError, ErrorCode, Result};
use crate::spans;

/// Asks whether a location is a Delta table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaExistsRequest")]
pub struct ExistsRequest {
    /// Absolute path or URL.
    pub uri: String,
}

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "DeltaExistsReply")]
pub struct ExistsReply {
    /// False for a missing location and for one that is not a Delta table.
    pub exists: bool,
}

/// Opens a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaOpenRequest", optional_fields)]
pub struct OpenRequest {
    /// Absolute path or URL.
    pub uri: String,
    /// Pins the table to this version.
    #[serde(default)]
    #[ts(optional, type = "number")]
    pub version: Option<u64>,
}

/// Whether a location is a Delta table. Fails only when the location cannot be looked at.
pub async fn exists(request: &ExistsRequest) -> Result<ExistsReply> {
    let url = location::table_url(&request.uri)?;
    if is_file(&url).await {
        return Ok(ExistsReply { exists: false });
    }
    let store = location::log_store(&url)?.object_store(None);
    let files = log::list(store.as_ref()).await?;
    Ok(ExistsReply { exists: files.range().is_some() })
}

/// An open table: the loaded version, and the way to newer ones.
#[derive(Debug)]
pub struct Table {
    url: Url,
    log_store: LogStoreRef,
    pinned: bool,
    loaded: RwLock<Loaded>,
}

impl Table {
    /// Opens a table. `DELTA.TABLE_NOT_FOUND`, `DELTA.NOT_A_TABLE`, `DELTA.VERSION_NOT_FOUND {version, earliest, latest}`.
    pub async fn open(request: &OpenRequest) -> Result<Self> {
        let url = location::table_url(&request.uri)?;
        let log_store = location::log_store(&url)?;
        let snapshot = match spans::within("snapshot", KernelSnapshot::try_new(log_store.as_ref(), request.version)).await {
            Ok(snapshot) => snapshot,
            Err(error) => return Err(explain(&url, &log_store, request.version, from_delta(&error)).await),
        };
        let loaded = RwLock::new(Loaded::Metadata(Arc::new(snapshot)));
        Ok(Self { url, log_store, pinned: request.version.is_some(), loaded })
    }

    /// Its location as a URL without trailing slash.
    #[must_use]
    pub fn uri(&self) -> String {
        location::display(&self.url)
    }

    /// True when it was opened at a version.
    #[must_use]
    pub const fn pinned(&self) -> bool {
        self.pinned
    }

    /// The loaded version.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.loaded.read().version()
    }

    /// Describes the loaded version.
    pub async fn snapshot(&self) -> Result<Snapshot> {
        describe(&self.log_store, &self.url, &self.loaded()).await
    }

    /// Loads the newest version; a pinned table stays where it is.
    pub async fn refresh(&self) -> Result<Snapshot> {
        if !self.pinned {
            self.update().await?;
        }
        self.snapshot().await
    }

    pub(super) const fn url(&self) -> &Url {
        &self.url
    }

    pub(super) const fn log_store(&self) -> &LogStoreRef {
        &self.log_store
    }

    pub(super) fn loaded(&self) -> Loaded {
        self.loaded.read().clone()
    }

    /// Takes over a newer version, e.g. after a commit.
    pub(super) fn adopt(&self, state: DeltaTableState) {
        let mut loaded = self.loaded.write();
        if !self.pinned && state.version() >= loaded.version() {
            *loaded = Loaded::Files(state);
        }
    }

    /// The loaded version with its files; they are listed once per version.
    pub(super) async fn files(&self) -> Result<DeltaTableState> {
        match self.loaded() {
            Loaded::Files(state) => Ok(state),
            Loaded::Metadata(snapshot) => {
                let version = snapshot.version();
                let state = spans::within("snapshot", DeltaTableState::try_new(self.log_store.as_ref(), Some(version))).await.typed()?;
                let mut loaded = self.loaded.write();
                if loaded.version() == version {
                    *loaded = Loaded::Files(state.clone());
                }
                Ok(state)
            }
        }
    }

    /// The newest version with its files. A pinned table reads it without leaving its own version.
    pub(super) async fn latest(&self) -> Result<DeltaTableState> {
        if self.pinned {
            return spans::within("snapshot", DeltaTableState::try_new(self.log_store.as_ref(), None)).await.typed();
        }
        self.update().await?;
        self.files().await
    }

    /// Loads the newest version where it is another one than the loaded.
    async fn update(&self) -> Result<()> {
        let loaded = self.loaded();
        if log::is_newest(self.log_store.object_store(None).as_ref(), loaded.version()).await {
            return Ok(());
        }
        let newer = match loaded {
            Loaded::Metadata(snapshot) => {
                let engine = self.log_store.engine(None);
                Loaded::Metadata(snapshot.update(engine, None).await.typed()?)
            }
            Loaded::Files(mut state) => {
                state.update(self.log_store.as_ref(), None).await.typed()?;
                Loaded::Files(state)
            }
        };
        let mut loaded = self.loaded.write();
        if newer.version() > loaded.version() {
            *loaded = newer;
        }
        Ok(())
    }
}

/// The table at a location with its files; `None` when there is none.
pub(super) async fn find(log_store: &LogStoreRef) -> Result<Option<DeltaTableState>> {
    let files = log::list(log_store.object_store(None).as_ref()).await?;
    if files.range().is_none() {
        return Ok(None);
    }
    spans::within("snapshot", DeltaTableState::try_new(log_store.as_ref(), None)).await.typed().map(Some)
}

/// deltalake's table handle on a loaded version.
pub(super) fn delta_table(log_store: &LogStoreRef, state: DeltaTableState) -> DeltaTable {
    let mut table = DeltaTable::new(Arc::clone(log_store));
    table.state = Some(state);
    table
}

/// Describes a loaded version.
pub(super) async fn describe(log_store: &LogStoreRef, url: &Url, loaded: &Loaded) -> Result<Snapshot> {
    let store = log_store.object_store(None);
    let timestamp = log::timestamp(store.as_ref(), loaded.version(), loaded.has_commit_timestamps()).await?;
    loaded.describe(&location::display(url), timestamp)
}

/// Why a table could not be opened, told from what is really there.
async fn explain(url: &Url, log_store: &LogStoreRef, version: Option<u64>, error: EngineError) -> EngineError {
    let uri = location::display(url);
    if is_file(url).await {
        return missing(url, &uri).await;
    }
    let Ok(files) = log::list(log_store.object_store(None).as_ref()).await else { return error };
    match (files.range(), version) {
        (None, _) => missing(url, &uri).await,
        (Some(range), Some(version)) if !(range.earliest..=range.latest).contains(&version) => {
            version_not_found(version).with("earliest", range.earliest).with("latest", range.latest).with("uri", uri)
        }
        _ => error.with("uri", uri),
    }
}

/// A file cannot hold a log.
async fn is_file(url: &Url) -> bool {
    match location::local_path(url) {
        Some(path) => tokio::fs::metadata(path).await.is_ok_and(|found| found.is_file()),
        None => false,
    }
}

/// There is no log: either nothing at all, or something else.
async fn missing(url: &Url, uri: &str) -> EngineError {
    let exists = match location::local_path(url) {
        Some(path) => tokio::fs::try_exists(path).await.unwrap_or(false),
        None => false,
    };
    let (code, sentence) = if exists {
        (ErrorCode::DeltaNotATable, format!("'{uri}' is not a Delta table: it has no _delta_log with commits."))
    } else {
        (ErrorCode::DeltaTableNotFound, format!("There is no table at '{uri}'; check the location or create the table."))
    };
    EngineError::new(code, sentence).with("uri", uri)
}
