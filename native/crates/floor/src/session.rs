//! Sessions of the engine with the settings that DeltaFuse would use.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::catalog::TableProvider;
use datafusion::datasource::file_format::options::{CsvReadOptions, JsonReadOptions, ParquetReadOptions, ReadOptions};
use datafusion::datasource::listing::{ListingOptions, ListingTable, ListingTableConfig, ListingTableUrl};
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::disk_manager::{DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::runtime_env::{RuntimeEnv, RuntimeEnvBuilder};
use datafusion::prelude::{SessionConfig, SessionContext};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::memory_pool::{self, MemorySpec};
use crate::repeat::{nanos, task};
use crate::{Failure, Result, delta};

/// Opens a session.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SessionJob {
    /// Its name.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    #[serde(default)]
    settings: Vec<(String, String)>,
    #[serde(default)]
    memory: MemorySpec,
    #[serde(default)]
    spill: SpillSpec,
    #[serde(default)]
    caches: CacheSpec,
    #[serde(default)]
    tables: Vec<TableSpec>,
}

/// The session of a job that names none.
pub(crate) fn main_session() -> String {
    "main".to_owned()
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct SpillSpec {
    directory: Option<PathBuf>,
    max_bytes: Option<u64>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct CacheSpec {
    metadata_bytes: Option<usize>,
    list_files_bytes: Option<usize>,
    list_files_ttl_ms: Option<u64>,
    statistics_bytes: Option<usize>,
}

/// A table by its location.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "format", rename_all = "camelCase")]
enum TableSpec {
    Parquet(FileSpec),
    Csv(FileSpec),
    Json(FileSpec),
    Delta(DeltaSpec),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct FileSpec {
    name: String,
    path: Option<String>,
    #[serde(default)]
    paths: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeltaSpec {
    name: String,
    path: String,
    version: Option<u64>,
}

/// A session and how to open it again.
pub(crate) struct OpenSession {
    /// The engine's session.
    pub(crate) context: SessionContext,
    spec: Arc<SessionJob>,
}

impl OpenSession {
    /// A new session of the same kind, with nothing cached.
    pub(crate) fn again(&self) -> impl Future<Output = Result<SessionContext>> + Send + 'static {
        let spec = Arc::clone(&self.spec);
        async move { context(&spec).await }
    }
}

/// Opens a session with its tables; tells how long it took and which settings are in effect.
pub(crate) async fn open(job: SessionJob) -> Result<(OpenSession, Value)> {
    let spec = Arc::new(job);
    let shared = Arc::clone(&spec);
    let started = Instant::now();
    let context = task(async move { context(&shared).await }).await?;
    let open_ns = nanos(started.elapsed());
    let mut settings: Vec<(String, Option<String>)> =
        context.copied_config().options().entries().into_iter().map(|entry| (entry.key, entry.value)).collect();
    settings.sort();
    Ok((OpenSession { context, spec }, json!({"openNs": open_ns, "settings": settings})))
}

async fn context(spec: &SessionJob) -> Result<SessionContext> {
    let mut config = SessionConfig::new();
    for (key, value) in &spec.settings {
        config.options_mut().set(key, value).map_err(|error| format!("The setting {key} = {value} is refused: {error}"))?;
    }
    let state = SessionStateBuilder::new().with_default_features().with_config(config).with_runtime_env(runtime_env(spec)?).build();
    let context = SessionContext::new_with_state(state);
    let config = context.copied_config();
    for table in &spec.tables {
        let defaults = context.copied_table_options();
        let (name, provider) = match table {
            TableSpec::Parquet(table) => {
                (&table.name, listing(&context, table, ParquetReadOptions::default().to_listing_options(&config, defaults)).await)
            }
            TableSpec::Csv(table) => {
                (&table.name, listing(&context, table, CsvReadOptions::default().to_listing_options(&config, defaults)).await)
            }
            TableSpec::Json(table) => {
                (&table.name, listing(&context, table, JsonReadOptions::default().to_listing_options(&config, defaults)).await)
            }
            TableSpec::Delta(table) => (&table.name, delta::provider(&context, &table.path, table.version).await),
        };
        let provider = provider.map_err(|error| format!("The table '{name}' cannot be opened: {error}"))?;
        context.register_table(name.as_str(), provider)?;
    }
    Ok(context)
}

fn runtime_env(spec: &SessionJob) -> Result<Arc<RuntimeEnv>> {
    let mode = match &spec.spill.directory {
        Some(folder) => DiskManagerMode::Directories(vec![folder.clone()]),
        None => DiskManagerMode::OsTmpDirectory,
    };
    let mut disk = DiskManagerBuilder::default().with_mode(mode);
    if let Some(bytes) = spec.spill.max_bytes {
        disk = disk.with_max_temp_directory_size(bytes);
    }
    let mut builder = RuntimeEnvBuilder::new().with_memory_pool(memory_pool::build(spec.memory)?).with_disk_manager_builder(disk);
    if let Some(bytes) = spec.caches.metadata_bytes {
        builder = builder.with_metadata_cache_limit(bytes);
    }
    if let Some(bytes) = spec.caches.list_files_bytes {
        builder = builder.with_object_list_cache_limit(bytes);
    }
    if let Some(bytes) = spec.caches.statistics_bytes {
        builder = builder.with_file_statistics_cache_limit(bytes);
    }
    builder = builder.with_object_list_cache_ttl(spec.caches.list_files_ttl_ms.map(Duration::from_millis));
    Ok(builder.build_arc()?)
}

/// A listing table, as `register_parquet` and the like make it, over one location or several.
async fn listing(context: &SessionContext, spec: &FileSpec, options: ListingOptions) -> Result<Arc<dyn TableProvider>> {
    let locations = spec.path.iter().chain(&spec.paths);
    let urls = locations.map(ListingTableUrl::parse).collect::<Result<Vec<_>, _>>()?;
    if urls.is_empty() {
        return Err(Failure::from("give path or paths"));
    }
    let config = ListingTableConfig::new_with_multi_paths(urls).with_listing_options(options);
    let config = config.infer_schema(&context.state()).await?;
    let cache = context.runtime_env().cache_manager.get_file_statistic_cache();
    Ok(Arc::new(ListingTable::try_new(config)?.with_cache(cache)))
}
