//! SET and RESET of `datafusion.runtime.*` on the live disk manager and caches: the engine's own would make another
//! runtime environment, without the session's memory pool.

use std::time::Duration;

use datafusion::execution::context::SessionContext;

use super::cache_scope::CacheKind;
use super::runtime_metrics::RuntimeState;
use super::spec::{CacheSpec, RuntimeEnvSpec, SpillSpec};
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};

/// What the keys of the runtime environment start with.
pub const PREFIX: &str = "datafusion.runtime.";

/// Keys that are fixed when the session opens.
pub const FIXED: [&str; 2] = ["datafusion.runtime.memory_limit", "datafusion.runtime.temp_directory"];

/// The numbers in effect that a statement can change.
#[must_use]
pub fn numbers(runtime: &RuntimeState) -> RuntimeEnvSpec {
    let spill = SpillSpec {
        max_bytes: Some(runtime.disk.max_temp_directory_size()),
        merge_fan_in: Some(runtime.disk.max_spill_merge_fan_in()),
        ..SpillSpec::default()
    };
    RuntimeEnvSpec { spill, caches: runtime.caches.limits(), ..RuntimeEnvSpec::default() }
}

/// How many of the numbers that a statement can change differ.
#[must_use]
pub fn changed(now: &RuntimeEnvSpec, then: &RuntimeEnvSpec) -> usize {
    let of = |spec: &RuntimeEnvSpec| {
        let CacheSpec { metadata_bytes, list_files_bytes, list_files_ttl_ms, statistics_bytes } = spec.caches;
        let merge_fan_in = spec.spill.merge_fan_in.map(|files| files as u64);
        [spec.spill.max_bytes, merge_fan_in, metadata_bytes, list_files_bytes, list_files_ttl_ms, statistics_bytes]
    };
    of(now).into_iter().zip(of(then)).filter(|(now, then)| now != then).count()
}

/// Puts the numbers back that a statement can change.
pub fn apply_numbers(runtime: &RuntimeState, wanted: &RuntimeEnvSpec) -> Result<()> {
    let now = numbers(runtime);
    let one = |key: &str| RuntimeChange::of(key, wanted);
    for (key, same) in [
        ("max_temp_directory_size", now.spill.max_bytes == wanted.spill.max_bytes),
        ("max_spill_merge_fan_in", now.spill.merge_fan_in == wanted.spill.merge_fan_in),
        ("metadata_cache_limit", now.caches.metadata_bytes == wanted.caches.metadata_bytes),
        ("list_files_cache_limit", now.caches.list_files_bytes == wanted.caches.list_files_bytes),
        ("list_files_cache_ttl", now.caches.list_files_ttl_ms == wanted.caches.list_files_ttl_ms),
        ("file_statistics_cache_limit", now.caches.statistics_bytes == wanted.caches.statistics_bytes),
    ] {
        if let (false, Some(change)) = (same, one(key)) {
            change.apply(runtime)?;
        }
    }
    Ok(())
}

/// Sets one key to the text of a statement.
pub fn set(runtime: &RuntimeState, key: &str, value: &str) -> Result<()> {
    RuntimeChange::parse(key, value)?.apply(runtime)
}

/// Sets one key to what it was when the session was opened.
pub fn reset(runtime: &RuntimeState, key: &str, initial: &RuntimeEnvSpec) -> Result<()> {
    RuntimeChange::of(name_of(key), initial).ok_or_else(|| unknown(key))?.apply(runtime)
}

fn name_of(key: &str) -> &str {
    key.strip_prefix(PREFIX).unwrap_or(key)
}

/// One number, and where it goes.
enum RuntimeChange {
    SpillBytes(u64),
    MergeFanIn(usize),
    MetadataBytes(usize),
    ListFilesBytes(usize),
    ListFilesTtl(Option<Duration>),
    StatisticsBytes(usize),
}

impl RuntimeChange {
    fn parse(key: &str, value: &str) -> Result<Self> {
        let bytes = || match value.trim().parse::<usize>() {
            Ok(bytes) => Ok(bytes),
            Err(_) => SessionContext::parse_capacity_limit(key, value).map_err(|error| from_datafusion(Phase::Sql, &error)),
        };
        Ok(match name_of(key) {
            "max_temp_directory_size" => Self::SpillBytes(bytes()? as u64),
            "max_spill_merge_fan_in" => Self::MergeFanIn(value.trim().parse().map_err(|_| refused(key, value, "a whole number"))?),
            "metadata_cache_limit" => Self::MetadataBytes(bytes()?),
            "list_files_cache_limit" => Self::ListFilesBytes(bytes()?),
            "list_files_cache_ttl" => {
                Self::ListFilesTtl(Some(duration(value).ok_or_else(|| refused(key, value, "a duration such as 30s or 1m30s"))?))
            }
            "file_statistics_cache_limit" => Self::StatisticsBytes(bytes()?),
            _ => return Err(unknown(key)),
        })
    }

    /// The number that a document has for a key.
    fn of(name: &str, spec: &RuntimeEnvSpec) -> Option<Self> {
        let bytes = |value: Option<u64>| usize::try_from(value.unwrap_or_default()).unwrap_or(usize::MAX);
        let caches = &spec.caches;
        Some(match name {
            "max_temp_directory_size" => Self::SpillBytes(spec.spill.max_bytes.unwrap_or_default()),
            "max_spill_merge_fan_in" => Self::MergeFanIn(spec.spill.merge_fan_in.unwrap_or_default()),
            "metadata_cache_limit" => Self::MetadataBytes(bytes(caches.metadata_bytes)),
            "list_files_cache_limit" => Self::ListFilesBytes(bytes(caches.list_files_bytes)),
            "list_files_cache_ttl" => Self::ListFilesTtl(caches.list_files_ttl_ms.map(Duration::from_millis)),
            "file_statistics_cache_limit" => Self::StatisticsBytes(bytes(caches.statistics_bytes)),
            _ => return None,
        })
    }

    fn apply(self, runtime: &RuntimeState) -> Result<()> {
        let RuntimeState { disk, caches, .. } = runtime;
        match self {
            Self::SpillBytes(bytes) => disk.set_max_temp_directory_size(bytes)?,
            Self::MergeFanIn(files) => disk.set_max_spill_merge_fan_in(files),
            Self::MetadataBytes(bytes) => caches.set_limit(CacheKind::Metadata, bytes),
            Self::ListFilesBytes(bytes) => caches.set_limit(CacheKind::ListFiles, bytes),
            Self::ListFilesTtl(lifetime) => caches.set_list_files_ttl(lifetime),
            Self::StatisticsBytes(bytes) => caches.set_limit(CacheKind::Statistics, bytes),
        }
        Ok(())
    }
}

/// `5m`, `30s` or `1m30s`, and more than nothing.
fn duration(text: &str) -> Option<Duration> {
    let (minutes, rest) = match text.trim().split_once('m') {
        Some((minutes, rest)) => (minutes.parse::<u64>().ok()?, rest),
        None => (0, text.trim()),
    };
    let seconds = match rest.strip_suffix('s') {
        Some(seconds) => seconds.parse::<u64>().ok()?,
        None if rest.is_empty() => 0,
        None => return None,
    };
    let total = minutes.checked_mul(60)?.checked_add(seconds)?;
    (total > 0).then(|| Duration::from_secs(total))
}

fn refused(key: &str, value: &str, wanted: &str) -> EngineError {
    EngineError::new(ErrorCode::SqlPlanError, format!("'{value}' is no value of {key}; write {wanted}."))
}

fn unknown(key: &str) -> EngineError {
    EngineError::new(ErrorCode::SqlPlanError, format!("There is no setting '{key}'."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use crate::session::spec::SessionSpec;

    #[test]
    fn durations_are_minutes_and_seconds() {
        let seconds = |text: &str| duration(text).map(|value| value.as_secs());
        assert_eq!((seconds("30s"), seconds("2m"), seconds("1m30s")), (Some(30), Some(120), Some(90)));
        assert_eq!((seconds("0s"), seconds("5"), seconds(""), seconds("1h")), (None, None, None, None));
    }

    #[test]
    fn numbers_go_and_come_back() {
        let session = Session::open(SessionSpec::default()).unwrap();
        let runtime = session.runtime();
        let before = numbers(runtime);
        set(runtime, "datafusion.runtime.metadata_cache_limit", "2M").unwrap();
        set(runtime, "datafusion.runtime.max_temp_directory_size", "4096").unwrap();
        let after = numbers(runtime);
        assert_eq!((after.caches.metadata_bytes, after.spill.max_bytes), (Some(2 << 20), Some(4096)));
        assert_eq!(changed(&after, &before), 2);
        apply_numbers(runtime, &before).unwrap();
        assert_eq!(changed(&numbers(runtime), &before), 0);
    }
}
