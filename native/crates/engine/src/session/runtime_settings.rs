//! SET and RESET of the runtime environment, on what is live: the engine itself would build its state anew, and with it
//! another memory pool and no prepared statements.

use std::time::Duration;

use datafusion::execution::cache::cache_manager::{
    DEFAULT_FILE_STATISTICS_MEMORY_LIMIT, DEFAULT_LIST_FILES_CACHE_MEMORY_LIMIT, DEFAULT_LIST_FILES_CACHE_TTL, DEFAULT_METADATA_CACHE_LIMIT,
};
use datafusion::execution::disk_manager::{DEFAULT_MAX_SPILL_MERGE_FAN_IN, DEFAULT_MAX_TEMP_DIRECTORY_SIZE};
use datafusion::logical_expr::{LogicalPlan, Statement};
use datafusion::prelude::SessionContext;

use super::cache_scope::CacheKind;
use super::spec::{CacheSpec, RuntimeEnvSpec};
use super::{Session, runtime_env};
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};

const PREFIX: &str = "datafusion.runtime.";

/// Performs a SET or RESET of the runtime environment; false for every other statement.
pub(crate) fn perform(session: &Session, plan: &LogicalPlan) -> Result<bool> {
    let (key, text) = match plan {
        LogicalPlan::Statement(Statement::SetVariable(set)) => (set.variable.to_lowercase(), Some(set.value.as_str())),
        LogicalPlan::Statement(Statement::ResetVariable(reset)) => (reset.variable.to_lowercase(), None),
        _ => return Ok(false),
    };
    let Some(name) = key.strip_prefix(PREFIX) else { return Ok(false) };
    let runtime = session.runtime();
    let limit = |default: usize| text.map_or(Ok(default), |text| bytes(&key, text));
    match name {
        "metadata_cache_limit" => runtime.caches.set_limit(CacheKind::Metadata, limit(DEFAULT_METADATA_CACHE_LIMIT)?),
        "list_files_cache_limit" => runtime.caches.set_limit(CacheKind::ListFiles, limit(DEFAULT_LIST_FILES_CACHE_MEMORY_LIMIT)?),
        "file_statistics_cache_limit" => runtime.caches.set_limit(CacheKind::Statistics, limit(DEFAULT_FILE_STATISTICS_MEMORY_LIMIT)?),
        "list_files_cache_ttl" => {
            let ttl = text.map_or(Ok(DEFAULT_LIST_FILES_CACHE_TTL), |text| duration(&key, text).map(Some))?;
            runtime.caches.set_list_files_ttl(ttl);
        }
        "max_temp_directory_size" => {
            let most = text.map_or(Ok(DEFAULT_MAX_TEMP_DIRECTORY_SIZE), |text| bytes(&key, text).map(|bytes| bytes as u64))?;
            runtime.disk.set_max_temp_directory_size(most).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        }
        "max_spill_merge_fan_in" => {
            let files = text.map_or(Ok(DEFAULT_MAX_SPILL_MERGE_FAN_IN), |text| text.trim().parse().map_err(|_| refused(&key, text)))?;
            runtime.disk.set_max_spill_merge_fan_in(files);
        }
        _ => return Err(EngineError::new(ErrorCode::SqlPlanError, format!("There is no setting {key}; SHOW ALL lists them."))),
    }
    Ok(true)
}

impl Session {
    /// Puts back the limits that SET and RESET may have changed, as [`Session::runtime_limits`] gave them.
    pub fn restore_runtime(&self, limits: &RuntimeEnvSpec) -> Result<()> {
        let CacheSpec { metadata_bytes, list_files_bytes, list_files_ttl_ms, statistics_bytes } = &limits.caches;
        let runtime = self.runtime();
        let sizes =
            [(CacheKind::Metadata, metadata_bytes), (CacheKind::ListFiles, list_files_bytes), (CacheKind::Statistics, statistics_bytes)];
        for (kind, bytes) in sizes {
            if let Some(bytes) = bytes {
                runtime.caches.set_limit(kind, usize::try_from(*bytes).unwrap_or(usize::MAX));
            }
        }
        runtime.caches.set_list_files_ttl(list_files_ttl_ms.map(Duration::from_millis));
        if let Some(files) = limits.spill.merge_fan_in {
            runtime.disk.set_max_spill_merge_fan_in(files);
        }
        match limits.spill.max_bytes {
            Some(bytes) if bytes != runtime.disk.max_temp_directory_size() => {
                runtime.disk.set_max_temp_directory_size(bytes).map_err(|error| from_datafusion(Phase::Sql, &error))
            }
            _ => Ok(()),
        }
    }

    /// Memory, spill and caches as they are in effect.
    pub fn runtime_limits(&self) -> Result<RuntimeEnvSpec> {
        Ok(runtime_env::effective(self.state()?.runtime_env(), &self.spec().runtime_env))
    }
}

fn refused(key: &str, text: &str) -> EngineError {
    EngineError::new(ErrorCode::SqlPlanError, format!("'{text}' is no value for {key}; write a size such as '512M', a time such as '30s'."))
}

/// A number of bytes, as the engine takes it (`512M`) and as settings are reported (`536870912`).
fn bytes(key: &str, text: &str) -> Result<usize> {
    let text = text.trim();
    match text.parse() {
        Ok(bytes) => Ok(bytes),
        Err(_) => SessionContext::parse_capacity_limit(key, text).map_err(|error| refused(key, text).caused_by(&error)),
    }
}

/// A time, as the engine takes it (`1m30s`) and as settings are reported (`90000ms`).
fn duration(key: &str, text: &str) -> Result<Duration> {
    let text = text.trim();
    let number = |digits: &str| digits.parse::<u64>().map_err(|_| refused(key, text));
    let ttl = if let Some(millis) = text.strip_suffix("ms") {
        Duration::from_millis(number(millis)?)
    } else {
        let (minutes, rest) = text.split_once('m').unwrap_or(("0", text));
        let seconds = if rest.is_empty() { "0" } else { rest.strip_suffix('s').ok_or_else(|| refused(key, text))? };
        Duration::from_secs(number(minutes)?.saturating_mul(60).saturating_add(number(seconds)?))
    };
    if ttl.is_zero() { Err(refused(key, text)) } else { Ok(ttl) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_read_as_the_engine_writes_them_and_as_they_are_reported() {
        for (text, wanted) in [("0", 0), ("1024", 1024), ("1.5K", 1536), ("2M", 2 * 1024 * 1024)] {
            assert_eq!(bytes("k", text).unwrap(), wanted, "{text}");
        }
        for (text, wanted) in [("30s", 30_000), ("1m30s", 90_000), ("2m", 120_000), ("1500ms", 1500)] {
            assert_eq!(duration("k", text).unwrap(), Duration::from_millis(wanted), "{text}");
        }
        for text in ["", "soon", "0s", "0ms", "30", "1h"] {
            assert_eq!(duration("k", text).unwrap_err().code, ErrorCode::SqlPlanError, "{text}");
        }
        assert!(bytes("k", "much").is_err());
    }
}
