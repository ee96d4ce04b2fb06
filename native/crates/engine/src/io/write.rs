//! The `writeFiles` entrypoint: the rows of a source as Parquet files, all of them or none.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::destination::Destination;
use super::listing::forget_changed;
use super::location::Location;
use super::source::{Source, SourcePlan};
use crate::call::Call;
use crate::error::{EngineError, Result};
use crate::session::Session;
use crate::wire::{HandleRef, Reply, decode};

pub mod columns;
mod file;
pub mod options;
mod partitioned;
mod run;
mod split;
pub mod staging;

use columns::Columns;
use options::WriterOptions;
use run::Task;
use staging::Staging;

/// The request of `writeFiles`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WriteFilesRequest {
    /// A frame or a sink.
    pub source: HandleRef,
    /// An absolute path or a `file://` URL.
    pub location: String,
    /// The format of the files.
    pub format: WriteFormat,
    /// What happens to something that is there.
    pub mode: WriteMode,
    /// One file at the location instead of a folder of files.
    pub single: bool,
    /// Columns that become `key=value` folders, outermost first.
    #[serde(default)]
    pub partition_by: Vec<String>,
    /// Columns that hold no null.
    #[serde(default)]
    pub required: Vec<String>,
    /// Part of the file names: letters, digits, `-` and `_`.
    pub write_id: String,
    /// How files are written.
    #[serde(default)]
    pub options: WriterOptions,
}

/// A format that can be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WriteFormat {
    /// Apache Parquet.
    Parquet,
}

/// What happens to something that is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum WriteMode {
    /// The write fails.
    Error,
    /// It is replaced as a whole.
    Overwrite,
    /// Files are added to the folder.
    Append,
}

/// One file that was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct WrittenFile {
    /// Its absolute path.
    pub path: String,
    /// Its rows.
    #[ts(type = "number")]
    pub rows: u64,
    /// Its bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// The values of its folders; null for null.
    pub partition: BTreeMap<String, Option<String>>,
}

/// The reply of `writeFiles`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct WriteFilesReply {
    /// The files, by path.
    pub files: Vec<WrittenFile>,
    /// Rows in all of them.
    #[ts(type = "number")]
    pub rows: u64,
    /// Bytes of all of them.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Different values of the partition columns; 0 without such columns.
    #[ts(type = "number")]
    pub partitions: u64,
    /// The plan that was written.
    pub source: Option<SourcePlan>,
}

impl Session {
    /// The `writeFiles` entrypoint. Until the commit, a failure or a dropped call leaves everything as it was; the
    /// commit itself cannot be interrupted. `ENGINE.SCHEMA {column}` for a null in a required column.
    pub async fn write_files(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: WriteFilesRequest = decode(&call.request)?;
        let location = Location::parse(&request.location)?;
        if location.path().file_name().is_none() {
            return Err(EngineError::bad_request("$.location", "it names the root of the file system"));
        }
        check(&request)?;
        let properties = request.options.properties()?;
        let found = Destination::look(location.path()).await?;
        admit(&request, &location, &found)?;
        let source = Source::plan(self, call, request.source).await?;
        let columns = Columns::new(&source.plan.schema(), &request.partition_by, request.single)?;
        let written = SourcePlan::of(&source.optimized);
        let staging = Staging::open(location.path(), &request.write_id).await?;
        let files = match run::write(self, source, Task::first(&request, properties, columns, &staging)).await {
            Ok(files) => files,
            Err(error) => {
                staging.discard().await;
                return Err(error);
            }
        };
        if request.mode == WriteMode::Append && files.iter().all(|file| file.rows == 0) {
            staging.discard().await;
            return Reply::of(&summary(Vec::new(), written));
        }
        let state = self.state()?;
        let target = staging.commit(request.mode, request.single).await?;
        forget_changed(&state, &target);
        Reply::of(&summary(files, written))
    }
}

fn check(request: &WriteFilesRequest) -> Result<()> {
    let named = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if request.write_id.is_empty() || request.write_id.len() > 64 || !request.write_id.bytes().all(named) {
        return Err(EngineError::bad_request("$.writeId", "it is not 1 to 64 letters, digits, '-' and '_'"));
    }
    if request.single && !request.partition_by.is_empty() {
        return Err(columns::option("partitionBy", "one file has no partition folders; write to a folder, or leave partitionBy out"));
    }
    Ok(())
}

fn admit(request: &WriteFilesRequest, location: &Location, found: &Destination) -> Result<()> {
    if request.single && location.names_folder() {
        return Err(columns::option("single", "the location ends with '/' and so is a folder"));
    }
    match request.mode {
        WriteMode::Error => found.must_be_free(location.path(), request.single),
        WriteMode::Overwrite => found.may_be_replaced(location.path(), request.single),
        WriteMode::Append => found.may_be_added_to(location.path(), request.single),
    }
}

fn summary(mut files: Vec<WrittenFile>, source: Option<SourcePlan>) -> WriteFilesReply {
    files.sort_unstable_by(|left, right| left.path.cmp(&right.path));
    let values: BTreeSet<&BTreeMap<String, Option<String>>> =
        files.iter().map(|file| &file.partition).filter(|values| !values.is_empty()).collect();
    WriteFilesReply {
        rows: files.iter().map(|file| file.rows).sum(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        partitions: values.len() as u64,
        files,
        source,
    }
}
