//! What Parquet footers say of their files: rows, bounds, nulls and order.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::stats::Precision;
use datafusion::common::{ColumnStatistics, ScalarValue, Statistics};
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::FileGroup;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::execution::cache::cache_manager::{CachedFileMetadata, SchemaFingerprint, TableScopedPath};
use datafusion::physical_expr::LexOrdering;
use futures::{StreamExt, TryStreamExt};
use object_store::ObjectStore;

use super::FileTable;
use super::scan::Totals;
use crate::error::{Phase, from_datafusion};
use crate::io::format::{CompressionSpec, FormatName, Reading};
use crate::io::infer::{corrupt, parquet_format};
use crate::io::listing::{compression_of, store};

/// Files read for statistics at once.
const CONCURRENCY: usize = 32;

/// Adds what is known to each file. With a limit, files after enough rows are left out; then the second value is false.
pub(super) async fn collect(
    table: &FileTable,
    state: &dyn Session,
    files: Vec<PartitionedFile>,
    limit: Option<usize>,
) -> Result<(Vec<PartitionedFile>, bool)> {
    if !matches!(table.reading, Reading::Parquet) || !state.config().collect_statistics() {
        let files = files.into_iter().map(|mut file| {
            file.statistics = Some(Arc::new(by_size(table, &file)));
            file
        });
        return Ok((files.collect(), true));
    }
    let total = files.len();
    let store = store(state)?;
    let fingerprint = Arc::new(SchemaFingerprint::from_schema(&table.file_schema));
    let mut known = futures::stream::iter(files)
        .map(|file| footer(table, state, &store, &fingerprint, file))
        .buffered(CONCURRENCY.min(state.config_options().execution.meta_fetch_concurrency.get()));
    let (mut out, mut rows) = (Vec::with_capacity(total), 0_usize);
    while let Some(file) = known.try_next().await? {
        let in_file = file.statistics.as_ref().map(|statistics| statistics.num_rows);
        out.push(file);
        if let (Some(limit), Some(Precision::Exact(count))) = (limit, in_file) {
            rows += count;
            if rows >= limit {
                break;
            }
        }
    }
    drop(known);
    let all_seen = out.len() == total;
    Ok((out, all_seen))
}

/// What the size of a file lets expect, so that a join builds its smaller side.
fn by_size(table: &FileTable, file: &PartitionedFile) -> Statistics {
    let compressed = compression_of(table.reading.compression(), &file.object_meta.location) != CompressionSpec::None;
    let bytes = usize::try_from(file.object_meta.size).unwrap_or(usize::MAX).saturating_mul(if compressed { 4 } else { 1 });
    let bytes_per_value = if matches!(table.reading, Reading::Json(_)) { 20 } else { 8 };
    let rows = (bytes / (bytes_per_value * table.file_schema.fields().len().max(1))).max(1);
    let mut statistics = Statistics::new_unknown(&table.schema);
    statistics.num_rows = Precision::Inexact(rows);
    statistics.total_byte_size = Precision::Inexact(bytes);
    statistics
}

async fn footer(
    table: &FileTable,
    state: &dyn Session,
    store: &Arc<dyn ObjectStore>,
    fingerprint: &Arc<SchemaFingerprint>,
    mut file: PartitionedFile,
) -> Result<PartitionedFile> {
    let cache = state.runtime_env().cache_manager.get_file_statistic_cache();
    let key = TableScopedPath { table: None, path: file.object_meta.location.clone() };
    let known = cache.as_ref().and_then(|cache| cache.get(&key));
    let replaced = known.as_ref().is_some_and(|known| known.meta.e_tag != file.object_meta.e_tag);
    if replaced {
        // The engine compares footers by size and time alone.
        state.runtime_env().cache_manager.get_file_metadata_cache().remove(&file.object_meta.location);
    }
    let cached = known.filter(|known| !replaced && known.is_valid_for(&file.object_meta, fingerprint));
    let (statistics, ordering) = match cached {
        Some(known) => (Arc::clone(&known.statistics), known.ordering.clone()),
        None => {
            let schema = Arc::clone(&table.file_schema);
            let found = parquet_format(state).infer_stats_and_ordering(state, store, schema, &file.object_meta).await;
            let found = found.map_err(|error| corrupt(FormatName::Parquet, &file.object_meta, from_datafusion(Phase::Execute, &error)))?;
            let statistics = Arc::new(found.statistics);
            if let Some(cache) = cache {
                let entry = CachedFileMetadata::new(
                    file.object_meta.clone(),
                    Arc::clone(fingerprint),
                    Arc::clone(&statistics),
                    found.ordering.clone(),
                );
                cache.put(&key, entry);
            }
            (statistics, found.ordering)
        }
    };
    let mut statistics = Arc::unwrap_or_clone(statistics);
    let rows = statistics.num_rows;
    statistics.column_statistics.extend(file.partition_values.iter().map(|value| of_partition(value, rows)));
    file.statistics = Some(Arc::new(statistics));
    Ok(file.with_ordering(ordering))
}

/// Every row of a file has the same value, which may be null.
fn of_partition(value: &ScalarValue, rows: Precision<usize>) -> ColumnStatistics {
    if value.is_null() {
        return ColumnStatistics { null_count: rows, ..ColumnStatistics::new_unknown() };
    }
    ColumnStatistics {
        null_count: Precision::Exact(0),
        min_value: Precision::Exact(value.clone()),
        max_value: Precision::Exact(value.clone()),
        distinct_count: Precision::Exact(1),
        ..ColumnStatistics::new_unknown()
    }
}

/// Statistics per group and of all; estimates only, when not every file was seen.
pub(super) fn summarize(groups: Vec<FileGroup>, schema: &TableSchema, all_seen: bool) -> Result<(Vec<FileGroup>, Totals)> {
    let schema = schema.table_schema();
    let mut out = Vec::with_capacity(groups.len());
    for group in groups {
        let merged = Statistics::try_merge_iter(group.iter().filter_map(|file| file.statistics.as_deref()), schema)?;
        out.push(group.with_statistics(Arc::new(merged)));
    }
    let all = Statistics::try_merge_iter(out.iter().filter_map(|group| group.file_statistics(None)), schema)?;
    Ok((out, if all_seen { all } else { all.to_inexact() }))
}

/// The longest order that every file has.
pub(super) fn common_ordering(groups: &[FileGroup]) -> Option<LexOrdering> {
    let mut files = groups.iter().flat_map(FileGroup::iter);
    let mut common: Vec<_> = files.next()?.ordering.as_ref()?.iter().cloned().collect();
    for file in files {
        let ordering = file.ordering.as_ref()?;
        let length = common.iter().zip(ordering.iter()).take_while(|(left, right)| left == right).count();
        common.truncate(length);
    }
    LexOrdering::new(common)
}
