//! What a change of a table reports: the metrics are those of its own commit.

use std::time::Instant;

use deltalake::DeltaTable;
use deltalake::kernel::Action;
use deltalake::logstore::LogStoreRef;
use deltalake::table::state::DeltaTableState;
use serde::Serialize;
use ts_rs::TS;
use url::Url;

use super::error::Typed;
use super::guard::Landed;
use super::open;
use super::operation::Outcome;
use super::snapshot::{Loaded, Snapshot};
use crate::error::{EngineError, Result};
use crate::io::source::SourcePlan;

/// How an operation ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "DeltaStatus")]
pub enum Status {
    /// It committed.
    Committed,
    /// There was nothing to change.
    Unchanged,
    /// It was not run, as asked.
    Skipped,
}

/// Something that did not prevent the operation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[ts(rename = "DeltaWarning")]
pub struct Warning {
    /// What it is.
    pub code: String,
    /// What happened.
    pub message: String,
}

/// Counters of one operation. What an operation does not count is absent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "DeltaMetrics")]
pub struct Metrics {
    /// Rows in the files added; null when the files do not say.
    #[ts(type = "number | null")]
    pub rows_written: Option<u64>,
    /// Data files added.
    #[ts(type = "number")]
    pub files_added: u64,
    /// Data files removed.
    #[ts(type = "number")]
    pub files_removed: u64,
    /// Size of the files added.
    #[ts(type = "number")]
    pub bytes_added: u64,
    /// Size of the files removed.
    #[ts(type = "number")]
    pub bytes_removed: u64,
    /// Time of the whole operation.
    #[ts(type = "number")]
    pub execution_ms: u64,
    /// Rows of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub source_rows: Option<u64>,
    /// Rows that are new in the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub rows_inserted: Option<u64>,
    /// Rows changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub rows_updated: Option<u64>,
    /// Rows removed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub rows_deleted: Option<u64>,
    /// Rows that were only moved to another file.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub rows_copied: Option<u64>,
}

/// The report of a change.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "DeltaReport")]
pub struct Report {
    /// `create`, `write`, `merge` or `delete`.
    pub operation: &'static str,
    /// How it ended.
    pub status: Status,
    /// The version the table has now, as far as this operation knows.
    #[ts(type = "number")]
    pub version: u64,
    /// All commits of this operation.
    #[ts(type = "Array<number>")]
    pub versions: Vec<u64>,
    /// What the commit contains.
    pub metrics: Metrics,
    /// What did not prevent it.
    pub warnings: Vec<Warning>,
    /// The table afterwards.
    pub snapshot: Snapshot,
    /// The plan that was written, of a write of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub source: Option<SourcePlan>,
}

impl Metrics {
    /// Counts the actions of a commit.
    pub(super) fn of(actions: &[Action]) -> Self {
        let mut metrics = Self { rows_written: Some(0), ..Self::default() };
        for action in actions {
            match action {
                Action::Add(add) => {
                    metrics.files_added += 1;
                    metrics.bytes_added += u64::try_from(add.size).unwrap_or(0);
                    let rows = add.get_stats().ok().flatten().and_then(|stats| u64::try_from(stats.num_records).ok());
                    metrics.rows_written = metrics.rows_written.zip(rows).map(|(sum, rows)| sum + rows);
                }
                Action::Remove(remove) => {
                    metrics.files_removed += 1;
                    metrics.bytes_removed += remove.size.and_then(|size| u64::try_from(size).ok()).unwrap_or(0);
                }
                _ => {}
            }
        }
        metrics
    }
}

/// What every report of one call has in common.
pub(super) struct Done<'a> {
    pub(super) operation: &'static str,
    pub(super) url: &'a Url,
    pub(super) log_store: &'a LogStoreRef,
    pub(super) started: Instant,
}

impl Done<'_> {
    /// The report of an operation of which deltalake returns the table. `before` is the table it started from.
    pub(super) async fn report(&self, outcome: Outcome<DeltaTable>, before: Option<DeltaTableState>) -> Result<Report> {
        match (outcome, before) {
            (Outcome::Committed { landed, value }, _) => {
                let metrics = Metrics::of(&landed.actions);
                let settled = self.settle(&landed, value.map(|table| table.state)).await?;
                self.committed(&landed, metrics, settled).await
            }
            (Outcome::Unchanged { .. }, Some(state)) => self.unchanged(state, Metrics::default()).await,
            (Outcome::Unchanged { .. }, None) => Err(EngineError::internal("a table was made without a commit")),
        }
    }

    /// The state after a commit; what failed after it is a warning.
    pub(super) async fn settle(
        &self,
        landed: &Landed,
        value: std::result::Result<Option<DeltaTableState>, EngineError>,
    ) -> Result<(DeltaTableState, Vec<Warning>)> {
        let failed = value.as_ref().err().map(|error| Warning {
            code: "POST_COMMIT_FAILED".to_owned(),
            message: format!("Version {} is committed, but what follows a commit failed: {error}", landed.version),
        });
        let state = match value {
            Ok(Some(state)) if state.version() >= landed.version => state,
            _ => DeltaTableState::try_new(self.log_store.as_ref(), Some(landed.version)).await.typed()?,
        };
        Ok((state, failed.into_iter().collect()))
    }

    /// The report of a commit.
    pub(super) async fn committed(
        &self,
        landed: &Landed,
        mut metrics: Metrics,
        (state, warnings): (DeltaTableState, Vec<Warning>),
    ) -> Result<Report> {
        metrics.execution_ms = self.elapsed();
        Ok(Report {
            operation: self.operation,
            status: Status::Committed,
            version: landed.version,
            versions: vec![landed.version],
            metrics,
            warnings,
            snapshot: open::describe(self.log_store, self.url, &Loaded::Files(state)).await?,
            source: None,
        })
    }

    /// The report of an operation that had nothing to change.
    pub(super) async fn unchanged(&self, state: DeltaTableState, metrics: Metrics) -> Result<Report> {
        let snapshot = open::describe(self.log_store, self.url, &Loaded::Files(state)).await?;
        Ok(Report {
            operation: self.operation,
            status: Status::Unchanged,
            version: snapshot.version,
            versions: Vec::new(),
            metrics: Metrics { rows_written: Some(0), execution_ms: self.elapsed(), ..metrics },
            warnings: Vec::new(),
            snapshot,
            source: None,
        })
    }

    /// The report of an operation that was not run.
    pub(super) async fn skipped(&self, state: DeltaTableState) -> Result<Report> {
        let report = self.unchanged(state, Metrics::default()).await?;
        Ok(Report { status: Status::Skipped, ..report })
    }

    fn elapsed(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
