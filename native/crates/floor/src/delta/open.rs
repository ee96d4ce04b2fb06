//! Reading the log.

use deltalake::kernel::{Snapshot, Version};
use serde::Deserialize;
use serde_json::Value;

use super::{log_store, state};
use crate::Result;
use crate::repeat::{Outcome, Repeat, measure, task};

/// Opens a table.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OpenJob {
    uri: String,
    version: Option<Version>,
    #[serde(default)]
    files: bool,
    repeat: Option<Repeat>,
}

/// Takes a table from an older version to the newest.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RefreshJob {
    uri: String,
    from: Version,
    #[serde(default)]
    files: bool,
    repeat: Option<Repeat>,
}

/// What was loaded.
#[derive(Clone, Copy)]
struct Loaded {
    version: Version,
    files: Option<usize>,
}

/// Measures loading protocol and metadata, with `files` the list of data files too.
pub(crate) async fn open(job: &OpenJob) -> Result<Value> {
    let mut loaded = None;
    let work = async |()| {
        let job = job.clone();
        loaded = Some(task(async move { load(&job).await }).await?);
        Ok(Outcome::default())
    };
    let answer = measure(job.repeat, async || Ok(()), work).await?;
    Ok(told(answer, loaded))
}

async fn load(job: &OpenJob) -> Result<Loaded> {
    let log = log_store(&job.uri)?;
    if job.files {
        let state = state(&log, job.version).await?;
        return Ok(Loaded { version: state.version(), files: Some(state.snapshot().try_log_data()?.num_files()) });
    }
    let snapshot = Snapshot::try_new(log.as_ref(), job.version).await?;
    Ok(Loaded { version: snapshot.version(), files: None })
}

/// Measures the update alone.
pub(crate) async fn refresh(job: &RefreshJob) -> Result<Value> {
    let mut loaded = None;
    let repeat = job.repeat;
    let answer = if job.files {
        let prepare = async || {
            let log = log_store(&job.uri)?;
            let state = state(&log, Some(job.from)).await?;
            Ok((log, state))
        };
        let work = async |(log, mut state): (_, deltalake::table::state::DeltaTableState)| {
            let update = async move {
                let log: deltalake::logstore::LogStoreRef = log;
                state.update(log.as_ref(), None).await?;
                Ok(Loaded { version: state.version(), files: Some(state.snapshot().try_log_data()?.num_files()) })
            };
            loaded = Some(task(update).await?);
            Ok(Outcome::default())
        };
        measure(repeat, prepare, work).await?
    } else {
        let prepare = async || {
            let log = log_store(&job.uri)?;
            let snapshot = Snapshot::try_new(log.as_ref(), Some(job.from)).await?;
            Ok((log, std::sync::Arc::new(snapshot)))
        };
        let work = async |(log, snapshot): (deltalake::logstore::LogStoreRef, std::sync::Arc<Snapshot>)| {
            let update = async move {
                let snapshot = snapshot.update(log.engine(None), None).await?;
                Ok(Loaded { version: snapshot.version(), files: None })
            };
            loaded = Some(task(update).await?);
            Ok(Outcome::default())
        };
        measure(repeat, prepare, work).await?
    };
    Ok(told(answer, loaded))
}

fn told(mut answer: serde_json::Map<String, Value>, loaded: Option<Loaded>) -> Value {
    if let Some(Loaded { version, files }) = loaded {
        answer.insert("version".to_owned(), version.into());
        if let Some(files) = files {
            answer.insert("fileCount".to_owned(), files.into());
        }
    }
    Value::Object(answer)
}
