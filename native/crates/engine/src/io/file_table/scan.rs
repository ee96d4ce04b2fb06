//! The physical scan of files of one kind.

use std::sync::Arc;

use datafusion::catalog::Session;
use datafusion::common::Statistics;
use datafusion::datasource::file_format::FileFormat;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{ArrowSource, FileGroup, FileScanConfig, FileScanConfigBuilder, FileSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::error::Result;
use datafusion::execution::object_store::ObjectStoreUrl;
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_expr::Partitioning;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

use super::{FileTable, ScanKind, conform, statistics};
use crate::io::format::Reading;
use crate::io::infer::parquet_format;
use crate::io::text::{TextFormat, TextSource};

impl FileTable {
    pub(super) async fn scan_kind(
        &self,
        state: &dyn Session,
        kind: ScanKind,
        files: Vec<PartitionedFile>,
        projection: Option<&Vec<usize>>,
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let (files, all_seen) = statistics::collect(self, state, files, limit).await?;
        let (groups, by_value) = self.groups(state, files);
        let (groups, totals) = statistics::summarize(groups, &self.table_schema(), all_seen)?;
        let ordering = statistics::common_ordering(&groups);
        let groups = self.in_order(state, groups, ordering.as_ref());
        let partitioning = if by_value { self.hash_partitioning(groups.len()) } else { None };
        let direct = match self.reading {
            Reading::Arrow if self.declared => None,
            _ => projection.cloned(),
        };
        let config = FileScanConfigBuilder::new(ObjectStoreUrl::local_filesystem(), self.source(kind))
            .with_file_groups(groups)
            .with_statistics(totals)
            .with_projection_indices(direct)?
            .with_limit(limit)
            .with_output_ordering(ordering.into_iter().collect())
            .with_output_partitioning(partitioning)
            .with_file_compression_type(match kind {
                ScanKind::Compressed(compression) => compression.engine(),
                ScanKind::Arrow { .. } => crate::io::format::CompressionSpec::None.engine(),
            })
            .build();
        match self.reading {
            Reading::Parquet => parquet_format(state).create_physical_plan(state, config).await,
            Reading::Arrow if self.declared => conform::conform(DataSourceExec::from_data_source(config), &self.schema, projection),
            _ => Ok(DataSourceExec::from_data_source(config)),
        }
    }

    fn source(&self, kind: ScanKind) -> Arc<dyn FileSource> {
        let schema = self.table_schema();
        match (&self.reading, kind) {
            (_, ScanKind::Arrow { stream: true }) => Arc::new(ArrowSource::new_stream_file_source(schema)),
            (_, ScanKind::Arrow { stream: false }) => Arc::new(ArrowSource::new_file_source(schema)),
            (Reading::Csv(csv), _) => Arc::new(TextSource::new(TextFormat::Csv(Arc::new(csv.clone())), schema)),
            (Reading::Json(spec), _) => {
                Arc::new(TextSource::new(TextFormat::Json { spec: spec.clone(), lenient_text: !self.declared }, schema))
            }
            // The format sets its options when the plan is made.
            (Reading::Parquet | Reading::Arrow, _) => {
                datafusion::datasource::file_format::parquet::ParquetFormat::default().file_source(schema)
            }
        }
    }

    /// Groups for the threads; by partition values when the session asks to keep those together.
    fn groups(&self, state: &dyn Session, files: Vec<PartitionedFile>) -> (Vec<FileGroup>, bool) {
        let target = state.config().target_partitions().max(1);
        let wanted = state.config_options().optimizer.preserve_file_partitions;
        if wanted > 0 && !self.partitions.is_empty() {
            let grouped = FileGroup::new(files.clone()).group_by_partition_values(target);
            if grouped.len() >= wanted {
                return (grouped, true);
            }
        }
        (FileGroup::new(files).split_files(target), false)
    }

    fn in_order(&self, state: &dyn Session, groups: Vec<FileGroup>, ordering: Option<&LexOrdering>) -> Vec<FileGroup> {
        let Some(ordering) = ordering else { return groups };
        if !state.config_options().execution.split_file_groups_by_statistics {
            return groups;
        }
        let target = state.config().target_partitions().max(1);
        match FileScanConfig::split_groups_by_statistics_with_target_partitions(&self.schema, &groups, ordering, target) {
            Ok(split) if split.len() <= target => split,
            _ => groups,
        }
    }

    fn hash_partitioning(&self, groups: usize) -> Option<Partitioning> {
        let columns: Option<Vec<Arc<dyn PhysicalExpr>>> = self
            .partitions
            .iter()
            .map(|field| {
                let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new_with_schema(field.name(), &self.schema).ok()?);
                Some(column)
            })
            .collect();
        columns.map(|columns| Partitioning::Hash(columns, groups))
    }
}

/// Keeps the type of the totals in one place.
pub(super) type Totals = Statistics;
