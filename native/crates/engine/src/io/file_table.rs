//! Tables over files: listed for every plan, pruned by partition, read by the engine's scans.

use std::any::Any;
use std::fmt::Debug;
use std::sync::Arc;

use arrow::datatypes::{Field, Fields, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::project_schema;
use datafusion::datasource::TableType;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::listing::helpers::expr_applicable_for_cols;
use datafusion::datasource::table_schema::{TableSchema, TableSchemaBuilder};
use datafusion::error::Result;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::union::UnionExec;
use object_store::ObjectMeta;

use super::format::{CompressionSpec, FormatName, Reading};
use super::infer::facts::{FileFacts, FileFactsCache};
use super::listing::{Listing, compression_of};
use super::text::csv::Header;
use super::{hive, infer};
use crate::error::{EngineError, ErrorCode};
use crate::sql::url_tables;

mod conform;
mod prune;
mod scan;
mod statistics;

/// A table over files of one format.
#[derive(Debug)]
pub struct FileTable {
    listing: Listing,
    reading: Reading,
    /// The columns as the scan reads them.
    file_schema: SchemaRef,
    partitions: Fields,
    /// The table's columns: as declared, else as stored; then the partition columns.
    schema: SchemaRef,
    declared: bool,
    facts: FileFactsCache,
    url: Option<String>,
}

/// What a table is made of.
pub struct FileTableParts {
    /// Where the files are.
    pub listing: Listing,
    /// How they are read.
    pub reading: Reading,
    /// What is stored in them.
    pub stored: SchemaRef,
    /// The columns the table is to have; none = those stored.
    pub declared: Option<SchemaRef>,
    /// Columns from the paths.
    pub partitions: Fields,
    /// What is known of the files.
    pub facts: FileFactsCache,
    /// The location that stands for the table in a statement.
    pub url: Option<String>,
}

impl FileTable {
    /// A table. `ENGINE.SCHEMA {column}` when a partition column is also stored in the files.
    pub fn new(parts: FileTableParts) -> Result<Self, EngineError> {
        let columns = match &parts.declared {
            Some(declared) if !parts.reading.is_text() => Arc::new(truthful(declared, &parts.stored)),
            Some(declared) => Arc::clone(declared),
            None => Arc::clone(&parts.stored),
        };
        if let Some(both) = parts.partitions.iter().find(|field| columns.field_with_name(field.name()).is_ok()) {
            return Err(EngineError::new(
                ErrorCode::EngineSchema,
                format!("The column '{}' is both in the files and a partition folder; rename one of them.", both.name()),
            )
            .with("column", both.name()));
        }
        let all: Vec<_> = columns.fields().iter().chain(parts.partitions.iter()).cloned().collect();
        let file_schema = match parts.reading {
            Reading::Arrow => parts.stored,
            _ => Arc::clone(&columns),
        };
        Ok(Self {
            schema: Arc::new(Schema::new_with_metadata(all, columns.metadata().clone())),
            listing: parts.listing,
            reading: parts.reading,
            file_schema,
            partitions: parts.partitions,
            declared: parts.declared.is_some(),
            facts: parts.facts,
            url: parts.url,
        })
    }

    /// Where the files are.
    #[must_use]
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// The location that stands for the table in a statement; `None` for a table that has a name.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        self.url.as_deref()
    }

    /// The columns that are folders.
    #[must_use]
    pub fn partition_columns(&self) -> Vec<String> {
        self.partitions.iter().map(|field| field.name().clone()).collect()
    }

    /// The format of its files.
    #[must_use]
    pub const fn format(&self) -> FormatName {
        self.reading.name()
    }

    fn table_schema(&self) -> TableSchema {
        TableSchemaBuilder::from(&self.file_schema).with_table_partition_cols(self.partitions.to_vec()).build()
    }

    /// The files of a plan with what the scan must know of each.
    async fn files(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<(ScanKind, PartitionedFile)>> {
        let mut metas = self.listing.list(state).await?;
        if self.url.is_some() {
            url_tables::check_files(&metas, state)?;
        }
        if self.reading.is_text() {
            metas.retain(|file| file.size > 0);
        }
        let mut files = Vec::with_capacity(metas.len());
        for meta in metas {
            let values = match self.partitions.is_empty() {
                true => Vec::new(),
                false => hive::values(&self.listing, &meta, &self.partitions)?,
            };
            files.push(PartitionedFile::new_from_meta(meta).with_partition_values(values));
        }
        let files = prune::by_partition(state, &self.partitions, files, filters)?;
        let metas: Vec<ObjectMeta> = files.iter().map(|file| file.object_meta.clone()).collect();
        let facts = self.facts.of(&self.reading, &metas).await?;
        files.into_iter().zip(facts).map(|(file, facts)| Ok(self.with_facts(file, facts)?)).collect()
    }

    fn with_facts(&self, file: PartitionedFile, facts: FileFacts) -> Result<(ScanKind, PartitionedFile), EngineError> {
        let compression = compression_of(self.reading.compression(), &file.object_meta.location);
        Ok(match facts {
            FileFacts::Plain => (ScanKind::Compressed(compression), file),
            FileFacts::Csv(header) => (ScanKind::Compressed(compression), file.with_extension(self.named(header))),
            FileFacts::Arrow { stream, schema } if infer::same_columns(&schema, &self.file_schema) => (ScanKind::Arrow { stream }, file),
            FileFacts::Arrow { .. } => {
                let path = super::location::shown(&file.object_meta.location);
                return Err(EngineError::new(
                    ErrorCode::EngineSchema,
                    format!("The columns of the file '{path}' are not those the table was registered with; register it again."),
                )
                .with("path", path));
            }
        })
    }

    /// Files without a header have the table's columns by position.
    fn named(&self, header: Header) -> Header {
        match &self.reading {
            Reading::Csv(csv) if !csv.header => positional(&header, &self.file_schema),
            _ => header,
        }
    }
}

/// How a group of files is read: one scan reads one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ScanKind {
    Compressed(CompressionSpec),
    Arrow { stream: bool },
}

/// The columns of a file without a header: those of `schema`, then whatever the file has beyond.
#[must_use]
pub fn positional(header: &Header, schema: &Schema) -> Header {
    let name = |(index, own): (usize, &String)| schema.fields().get(index).map_or_else(|| own.clone(), |field| field.name().clone());
    Header(header.0.iter().enumerate().map(name).collect())
}

/// Declared columns, nullable where the files may have nulls: the engine trusts what a table says.
fn truthful(declared: &Schema, stored: &Schema) -> Schema {
    let fields: Vec<Field> = declared
        .fields()
        .iter()
        .map(|field| {
            let may_be_null = stored.field_with_name(field.name()).map_or(true, Field::is_nullable);
            field.as_ref().clone().with_nullable(field.is_nullable() || may_be_null)
        })
        .collect();
    Schema::new_with_metadata(fields, declared.metadata().clone())
}

#[async_trait]
impl TableProvider for FileTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let names: Vec<&str> = self.partitions.iter().map(|field| field.name().as_str()).collect();
        let (by_partition, others): (Vec<Expr>, Vec<Expr>) = filters.iter().cloned().partition(|filter| decides_files(&names, filter));
        let files = self.files(state, &by_partition).await?;
        let limit = if others.is_empty() { limit } else { None };
        let mut scans = Vec::new();
        for kind in kinds(&files) {
            let of_kind = files.iter().filter(|(other, _)| *other == kind).map(|(_, file)| file.clone()).collect();
            scans.push(self.scan_kind(state, kind, of_kind, projection, limit).await?);
        }
        match scans.is_empty() {
            true => Ok(Arc::new(EmptyExec::new(project_schema(&self.schema, projection)?))),
            false => UnionExec::try_new(scans),
        }
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> Result<Vec<TableProviderFilterPushDown>> {
        let names: Vec<&str> = self.partitions.iter().map(|field| field.name().as_str()).collect();
        let support = |filter: &&Expr| match decides_files(&names, filter) {
            true => TableProviderFilterPushDown::Exact,
            false => TableProviderFilterPushDown::Inexact,
        };
        Ok(filters.iter().map(support).collect())
    }
}

fn decides_files(partition_columns: &[&str], filter: &Expr) -> bool {
    !partition_columns.is_empty() && expr_applicable_for_cols(partition_columns, filter)
}

fn kinds(files: &[(ScanKind, PartitionedFile)]) -> Vec<ScanKind> {
    let mut kinds = Vec::new();
    for (kind, _) in files {
        if !kinds.contains(kind) {
            kinds.push(*kind);
        }
    }
    kinds
}

/// The table over files that a provider is.
#[must_use]
pub fn file_table(provider: &dyn TableProvider) -> Option<&FileTable> {
    let any: &dyn Any = provider;
    any.downcast_ref()
}
