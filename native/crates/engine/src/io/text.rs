//! CSV and JSON files as a scan of the engine: columns by name, exact integers, errors that name file and place.

use std::fmt::{self, Formatter};
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::physical_plan::{FileOpener, FileScanConfig, FileSource};
use datafusion::datasource::projection::{ProjectionOpener, SplitProjection};
use datafusion::datasource::table_schema::TableSchema;
use datafusion::error::Result;
use datafusion::physical_expr::projection::ProjectionExprs;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use datafusion::physical_plan::{DisplayFormatType, PhysicalExpr};
use object_store::ObjectStore;

use super::format::{CsvRead, FormatName, JsonSpec};

pub mod array;
pub mod csv;
pub mod json;
mod lines;
mod opener;

use opener::TextOpener;

/// How the rows of a text file are found.
#[derive(Clone, Debug)]
pub enum TextFormat {
    /// Separated values.
    Csv(Arc<CsvRead>),
    /// Objects.
    Json {
        /// What was said about the files.
        spec: JsonSpec,
        /// Whether numbers and booleans may become text: only where text is not a declared type.
        lenient_text: bool,
    },
}

impl TextFormat {
    const fn name(&self) -> FormatName {
        match self {
            Self::Csv(_) => FormatName::Csv,
            Self::Json { .. } => FormatName::Json,
        }
    }

    /// The byte after which a file may be cut.
    fn terminator(&self) -> u8 {
        match self {
            Self::Csv(csv) => csv.terminator.unwrap_or(b'\n'),
            Self::Json { .. } => b'\n',
        }
    }

    fn may_be_cut(&self) -> bool {
        match self {
            Self::Csv(csv) => !csv.newlines_in_values,
            Self::Json { spec, .. } => !spec.array,
        }
    }
}

/// A scan of text files.
#[derive(Clone)]
pub struct TextSource {
    format: TextFormat,
    table_schema: TableSchema,
    projection: SplitProjection,
    batch_rows: Option<usize>,
    metrics: ExecutionPlanMetricsSet,
}

impl TextSource {
    /// A scan of every column.
    #[must_use]
    pub fn new(format: TextFormat, table_schema: TableSchema) -> Self {
        let projection = SplitProjection::unprojected(&table_schema);
        Self { format, table_schema, projection, batch_rows: None, metrics: ExecutionPlanMetricsSet::new() }
    }
}

/// Rows per batch when the engine does not say.
const BATCH_ROWS: usize = 8192;

impl FileSource for TextSource {
    fn create_file_opener(&self, store: Arc<dyn ObjectStore>, config: &FileScanConfig, _partition: usize) -> Result<Arc<dyn FileOpener>> {
        let file_schema = self.table_schema.file_schema();
        let opener = TextOpener {
            format: self.format.clone(),
            schema: Arc::new(file_schema.project(&self.projection.file_indices)?),
            table: Arc::clone(file_schema),
            batch_rows: self.batch_rows.unwrap_or(BATCH_ROWS),
            compression: config.file_compression_type,
            store,
        };
        ProjectionOpener::try_new(self.projection.clone(), Arc::new(opener), file_schema)
    }

    fn table_schema(&self) -> &TableSchema {
        &self.table_schema
    }

    fn with_batch_size(&self, batch_rows: usize) -> Arc<dyn FileSource> {
        Arc::new(Self { batch_rows: Some(batch_rows), ..self.clone() })
    }

    fn projection(&self) -> Option<&ProjectionExprs> {
        Some(&self.projection.source)
    }

    fn metrics(&self) -> &ExecutionPlanMetricsSet {
        &self.metrics
    }

    fn file_type(&self) -> &str {
        match self.format.name() {
            FormatName::Csv => "csv",
            _ => "json",
        }
    }

    fn fmt_extra(&self, kind: DisplayFormatType, formatter: &mut Formatter) -> fmt::Result {
        match (&self.format, kind) {
            (TextFormat::Csv(csv), DisplayFormatType::Default | DisplayFormatType::Verbose) => {
                write!(formatter, ", has_header={}", csv.header)
            }
            _ => Ok(()),
        }
    }

    fn supports_repartitioning(&self) -> bool {
        self.format.may_be_cut()
    }

    fn try_pushdown_projection(&self, projection: &ProjectionExprs) -> Result<Option<Arc<dyn FileSource>>> {
        let merged = self.projection.source.try_merge(projection)?;
        let projection = SplitProjection::new(self.table_schema.file_schema(), &merged);
        Ok(Some(Arc::new(Self { projection, ..self.clone() })))
    }

    fn apply_expressions(&self, visit: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>) -> Result<TreeNodeRecursion> {
        datafusion::physical_plan::apply_expression_roots(self.projection.source.iter(), visit)
    }
}
