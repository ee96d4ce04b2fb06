//! The `probeLocation` entrypoint: whether there is something to read. What it finds is never an error.

use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::path::Path;
use ts_rs::TS;

use super::format::{CompressionSpec, FormatName};
use super::listing::{Listing, Selection};
use super::location::{Glob, Location, local_path};
use crate::call::Call;
use crate::error::{ErrorCode, Result};
use crate::panic::joined;
use crate::session::Session;
use crate::wire::{Reply, decode};

/// The request of `probeLocation`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ProbeRequest {
    /// An absolute path or a `file://` URL.
    pub location: String,
    /// Counts the files of this format; default all.
    #[serde(default)]
    #[ts(optional)]
    pub format: Option<FormatName>,
    /// A shell pattern for paths below the folder.
    #[serde(default)]
    #[ts(optional)]
    pub glob: Option<String>,
}

/// What a probe finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ProbeStatus {
    /// At least one readable file.
    Ok,
    /// Nothing is there.
    MissingPath,
    /// No file counts.
    EmptyPath,
    /// Something is there that cannot be read.
    Unreadable,
}

/// The reply of `probeLocation`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ProbeReply {
    /// What was found.
    pub status: ProbeStatus,
    /// Why it is not `ok`.
    pub reason: Option<String>,
    /// Files that count.
    #[ts(type = "number")]
    pub file_count: u64,
    /// Their bytes.
    #[ts(type = "number")]
    pub bytes: u64,
    /// It is a Delta table.
    pub is_delta: bool,
    /// It is a folder.
    pub directory: bool,
    /// The endings of their names, without compression, sorted.
    pub extensions: Vec<String>,
}

impl Session {
    /// The `probeLocation` entrypoint.
    pub async fn probe_location(&self, call: &Call) -> Result<Reply> {
        let request: ProbeRequest = decode(&call.request)?;
        let location = Location::parse(&request.location)?;
        let glob = request.glob.as_deref().map(Glob::parse).transpose()?;
        let mut reply = ProbeReply {
            status: ProbeStatus::Ok,
            reason: None,
            file_count: 0,
            bytes: 0,
            is_delta: is_folder(&location.path().join("_delta_log")).await,
            directory: is_folder(location.path()).await,
            extensions: Vec::new(),
        };
        match self.found(&location, Selection { recursive: Some(true), ..Selection::new(request.format, None, glob) }).await {
            Ok(found) => {
                reply.file_count = found.files;
                reply.bytes = found.bytes;
                reply.extensions = found.extensions.into_iter().collect();
                if let Some(error) = found.unreadable {
                    (reply.status, reply.reason) = (ProbeStatus::Unreadable, Some(error));
                } else if found.files == 0 {
                    let reason = format!("There is no file to read in '{}'.", location.path().display());
                    (reply.status, reply.reason) = (ProbeStatus::EmptyPath, Some(reason));
                }
            }
            Err(error) => {
                reply.status = match error.code {
                    ErrorCode::StoreNotFound => ProbeStatus::MissingPath,
                    _ => ProbeStatus::Unreadable,
                };
                reply.reason = Some(error.message);
            }
        }
        Reply::of(&reply)
    }

    async fn found(&self, location: &Location, selection: Selection) -> Result<Found> {
        let state = self.state()?;
        let listing = Listing::open(location, None, selection).await?;
        listing.forget(&state);
        let files = listing.list(&state).await?;
        let unreadable = match files.first() {
            Some(first) => cannot_open(&local_path(&first.location)?).await?,
            None => None,
        };
        Ok(Found {
            files: files.len() as u64,
            bytes: files.iter().map(|file| file.size).sum(),
            extensions: files.iter().filter_map(|file| ending(file.location.filename()?)).collect(),
            unreadable,
        })
    }
}

struct Found {
    files: u64,
    bytes: u64,
    extensions: BTreeSet<String>,
    unreadable: Option<String>,
}

async fn is_folder(path: &Path) -> bool {
    tokio::fs::metadata(path).await.is_ok_and(|found| found.is_dir())
}

async fn cannot_open(path: &Path) -> Result<Option<String>> {
    let path = path.to_path_buf();
    let task =
        tokio::task::spawn_blocking(move || std::fs::File::open(&path).err().map(|error| super::listing::from_io(&error, &path).message));
    joined(task.await)
}

/// `csv` of `a.csv` and `a.csv.gz`.
fn ending(name: &str) -> Option<String> {
    let plain = match CompressionSpec::of_name(name) {
        CompressionSpec::None => name,
        _ => name.rsplit_once('.').map_or(name, |(plain, _)| plain),
    };
    plain.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map(|(_, ending)| ending.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::ending;

    #[test]
    fn endings_leave_the_compression_out() {
        assert_eq!(ending("a.csv.gz").as_deref(), Some("csv"));
        assert_eq!(ending("a.PARQUET").as_deref(), Some("parquet"));
        assert_eq!(ending("readme"), None);
        assert_eq!(ending(".gz"), None);
    }
}
