//! What each table scan of a frame would read. Tables are listed and planned; nothing is executed.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::physical_plan::parquet::metadata::DFParquetMetadata;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfig};
use datafusion::datasource::source::DataSourceExec;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::logical_plan::TableScan;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties};
use object_store::ObjectMeta;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::pushdown::{FilterSupport, shown, support};
use super::uses::{self, TableUse};
use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::wire::{Reply, decode};

/// The request of `describeScan`.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct DescribeScanRequest {
    /// Whether files are listed, with the row groups in their footers. Default false.
    pub list_files: bool,
}

/// What one table scan would read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScanDescription {
    /// The table, with the columns that are read.
    pub table: TableUse,
    /// Partitions the scan gives.
    pub partitions: usize,
    /// Filters the scan is given.
    pub filters: Vec<ScanFilter>,
    /// Most rows it gives; null without a limit.
    #[ts(type = "number | null")]
    pub limit: Option<u64>,
    /// Its files; null where it reads none.
    pub files: Option<ScanFiles>,
}

/// A filter of a scan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ScanFilter {
    /// The filter.
    pub expression: String,
    /// How far the table applies it.
    pub pushdown: FilterSupport,
}

/// The files of a scan.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScanFiles {
    /// Files of the table.
    #[ts(type = "number")]
    pub total: u64,
    /// Files that the filters leave which the table applies exactly, as those of partitions.
    #[ts(type = "number")]
    pub partitioned: u64,
    /// Files that are read.
    #[ts(type = "number")]
    pub candidate: u64,
    /// Bytes of the table.
    #[ts(type = "number")]
    pub total_bytes: u64,
    /// Bytes of the files that are read.
    #[ts(type = "number")]
    pub candidate_bytes: u64,
    /// Row groups of those, where files are listed and all are Parquet.
    #[ts(type = "number | null")]
    pub row_groups: Option<u64>,
    /// The files that are read, by path, where asked for.
    pub list: Option<Vec<ScanFile>>,
}

/// A file that is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ScanFile {
    /// Its path in the store.
    pub path: String,
    /// Its size.
    #[ts(type = "number")]
    pub bytes: u64,
    /// Row groups; null for other formats than Parquet.
    #[ts(type = "number | null")]
    pub row_groups: Option<u64>,
}

/// The reply of `describeScan`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct DescribeScanReply {
    /// Per table scan, in the order of the plan.
    pub scans: Vec<ScanDescription>,
}

impl Frame {
    /// The `describeScan` entrypoint.
    pub async fn describe_scan(&self, call: &Call) -> Result<Reply> {
        let request: DescribeScanRequest = decode(&call.request)?;
        let state = self.session().state_under(self.policy())?;
        let optimized = state.optimize(self.plan()).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let mut found = Vec::new();
        optimized.apply_with_subqueries(|node| {
            if let LogicalPlan::TableScan(scan) = node {
                found.push(scan.clone());
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        let mut scans = Vec::with_capacity(found.len());
        for scan in found {
            scans.push(describe(&state, scan, request).await?);
        }
        Reply::of(&DescribeScanReply { scans })
    }
}

async fn describe(state: &SessionState, scan: TableScan, request: DescribeScanRequest) -> Result<ScanDescription> {
    let table = uses::table(&scan)?;
    let limit = scan.fetch.map(|rows| rows as u64);
    let (mut filters, mut exact) = (Vec::new(), Vec::new());
    for filter in scan.filters.iter().flat_map(split_conjunction) {
        let pushdown = support(&scan.source, filter)?;
        filters.push(ScanFilter { expression: shown(filter), pushdown });
        exact.extend((pushdown == FilterSupport::Exact).then(|| filter.clone()));
    }
    let unfiltered = TableScan { filters: Vec::new(), fetch: None, ..scan.clone() };
    let whole = Files::of(&physical(state, unfiltered.clone()).await?);
    let left = if exact.is_empty() { None } else { Some(physical(state, TableScan { filters: exact, ..unfiltered }).await?) };
    let partitioned = left.map_or(whole.by_path.len(), |plan| Files::of(&plan).by_path.len()) as u64;
    let plan = physical(state, scan).await?;
    let read = Files::of(&plan);
    // Where the filters leave no file, the scan reads none any more.
    let files = if whole.scanned { Some(read.told(&whole, partitioned, state, request).await?) } else { None };
    Ok(ScanDescription { table, partitions: plan.output_partitioning().partition_count(), filters, limit, files })
}

async fn physical(state: &SessionState, scan: TableScan) -> Result<Arc<dyn ExecutionPlan>> {
    let plan = LogicalPlan::TableScan(scan);
    state.query_planner().create_physical_plan(&plan, state).await.map_err(|error| from_datafusion(Phase::Sql, &error))
}

/// The files below a plan, each once.
#[derive(Default)]
struct Files {
    /// Whether it reads files at all; a table without any still does.
    scanned: bool,
    by_path: BTreeMap<String, (ObjectStoreUrl, ObjectMeta, bool)>,
}

impl Files {
    fn of(plan: &Arc<dyn ExecutionPlan>) -> Self {
        let mut files = Self::default();
        let mut waiting = vec![plan];
        while let Some(node) = waiting.pop() {
            let source = node.downcast_ref::<DataSourceExec>().map(DataSourceExec::data_source);
            if let Some(config) = source.and_then(|source| source.downcast_ref::<FileScanConfig>()) {
                files.add(config);
            }
            waiting.extend(node.children());
        }
        files
    }

    fn add(&mut self, config: &FileScanConfig) {
        self.scanned = true;
        let parquet = config.file_source().file_type() == "parquet";
        for file in config.file_groups.iter().flat_map(FileGroup::iter) {
            let (url, meta) = (config.object_store_url.clone(), file.object_meta.clone());
            self.by_path.entry(meta.location.to_string()).or_insert((url, meta, parquet));
        }
    }

    fn bytes(&self) -> u64 {
        self.by_path.values().map(|(_, meta, _)| meta.size).sum()
    }

    async fn told(&self, whole: &Self, partitioned: u64, state: &SessionState, request: DescribeScanRequest) -> Result<ScanFiles> {
        let mut files = ScanFiles {
            total: whole.by_path.len() as u64,
            partitioned,
            candidate: self.by_path.len() as u64,
            total_bytes: whole.bytes(),
            candidate_bytes: self.bytes(),
            row_groups: None,
            list: None,
        };
        if request.list_files {
            let list = self.list(state).await?;
            files.row_groups = list.iter().map(|file| file.row_groups).sum();
            files.list = Some(list);
        }
        Ok(files)
    }

    async fn list(&self, state: &SessionState) -> Result<Vec<ScanFile>> {
        let mut list = Vec::with_capacity(self.by_path.len());
        for (path, (url, meta, parquet)) in &self.by_path {
            let row_groups = if *parquet { Some(row_groups(state, url, meta).await?) } else { None };
            list.push(ScanFile { path: path.clone(), bytes: meta.size, row_groups });
        }
        Ok(list)
    }
}

async fn row_groups(state: &SessionState, url: &ObjectStoreUrl, meta: &ObjectMeta) -> Result<u64> {
    let store = state.runtime_env().object_store(url)?;
    let cache = state.runtime_env().cache_manager.get_file_metadata_cache();
    let footer = DFParquetMetadata::new(store.as_ref(), meta).with_file_metadata_cache(Some(cache)).fetch_metadata().await?;
    Ok(footer.num_row_groups() as u64)
}
