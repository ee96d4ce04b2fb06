//! What is known of a table at one version.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::{Schema, SchemaRef};
use deltalake::kernel::engine::arrow_conversion::TryIntoArrow;
use deltalake::kernel::{Metadata, Protocol, Snapshot as KernelSnapshot, StructType};
use deltalake::table::state::DeltaTableState;
use serde::Serialize;
use ts_rs::TS;

use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::field::{NestedField, fields_of};
use crate::schema::hash::{schema_hash, schema_identity_hash};

/// A table at one version. Lists are sorted, `partitionColumns` and `fields` are in the table's order.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(rename = "DeltaSnapshot")]
pub struct Snapshot {
    /// Its location as a URL.
    pub uri: String,
    /// Its identity, the same for all versions.
    pub table_id: String,
    /// Its name.
    pub name: Option<String>,
    /// Its description.
    pub description: Option<String>,
    /// The version.
    #[ts(type = "number")]
    pub version: u64,
    /// When the version was committed.
    #[ts(type = "number")]
    pub timestamp_ms: i64,
    /// Protocol version a reader needs.
    pub min_reader_version: i32,
    /// Protocol version a writer needs.
    pub min_writer_version: i32,
    /// Features a reader needs.
    pub reader_features: Vec<String>,
    /// Features a writer needs.
    pub writer_features: Vec<String>,
    /// Table properties.
    pub properties: BTreeMap<String, String>,
    /// Its columns.
    pub fields: Vec<NestedField>,
    /// Columns whose values name folders.
    pub partition_columns: Vec<String>,
    /// Data files, when they have been listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub file_count: Option<u64>,
    /// Their size, when they have been listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub total_bytes: Option<u64>,
    /// Hash of the columns with their metadata.
    pub schema_hash: String,
    /// Hash of names and types alone.
    pub schema_identity_hash: String,
}

/// A loaded version: without or with its file list.
#[derive(Clone, Debug)]
pub(super) enum Loaded {
    /// Protocol and metadata only.
    Metadata(Arc<KernelSnapshot>),
    /// With the list of data files.
    Files(DeltaTableState),
}

impl Loaded {
    pub(super) fn version(&self) -> u64 {
        match self {
            Self::Metadata(snapshot) => snapshot.version(),
            Self::Files(state) => state.version(),
        }
    }

    pub(super) fn metadata(&self) -> &Metadata {
        match self {
            Self::Metadata(snapshot) => snapshot.metadata(),
            Self::Files(state) => state.metadata(),
        }
    }

    fn protocol(&self) -> &Protocol {
        match self {
            Self::Metadata(snapshot) => snapshot.protocol(),
            Self::Files(state) => state.protocol(),
        }
    }

    fn kernel_schema(&self) -> Arc<StructType> {
        match self {
            Self::Metadata(snapshot) => snapshot.schema(),
            Self::Files(state) => state.schema(),
        }
    }

    /// The table's columns as Arrow.
    pub(super) fn arrow_schema(&self) -> Result<SchemaRef> {
        arrow_schema(&self.kernel_schema())
    }

    /// True when commits carry their own timestamp.
    pub(super) fn has_commit_timestamps(&self) -> bool {
        has_commit_timestamps(self.metadata())
    }

    fn files(&self) -> Option<(u64, u64)> {
        let Self::Files(state) = self else { return None };
        let files = state.snapshot().try_log_data().ok()?;
        let bytes = files.iter().map(|file| u64::try_from(file.size()).unwrap_or(0)).sum();
        Some((files.num_files() as u64, bytes))
    }

    /// Describes this version.
    pub(super) fn describe(&self, uri: &str, timestamp_ms: i64) -> Result<Snapshot> {
        let (metadata, protocol) = (self.metadata(), self.protocol());
        let schema = self.arrow_schema()?;
        let files = self.files();
        Ok(Snapshot {
            uri: uri.to_owned(),
            table_id: metadata.id().to_owned(),
            name: metadata.name().map(ToOwned::to_owned),
            description: metadata.description().map(ToOwned::to_owned),
            version: self.version(),
            timestamp_ms,
            min_reader_version: protocol.min_reader_version(),
            min_writer_version: protocol.min_writer_version(),
            reader_features: sorted(protocol.reader_features().unwrap_or_default()),
            writer_features: sorted(protocol.writer_features().unwrap_or_default()),
            properties: metadata.configuration().iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
            fields: fields_of(&schema),
            partition_columns: metadata.partition_columns().to_vec(),
            file_count: files.map(|(count, _)| count),
            total_bytes: files.map(|(_, bytes)| bytes),
            schema_hash: schema_hash(&schema)?,
            schema_identity_hash: schema_identity_hash(&schema)?,
        })
    }
}

/// True when commits of a table carry their own timestamp.
pub(super) fn has_commit_timestamps(metadata: &Metadata) -> bool {
    metadata.configuration().get("delta.enableInCommitTimestamps").is_some_and(|value| value == "true")
}

/// The Arrow form of a table schema.
pub(super) fn arrow_schema(schema: &StructType) -> Result<SchemaRef> {
    let converted: std::result::Result<Schema, _> = schema.try_into_arrow();
    converted.map(Arc::new).map_err(|error| {
        EngineError::new(ErrorCode::DeltaFeatureUnsupported, format!("The table has a column type this engine cannot read: {error}."))
            .caused_by(&error)
    })
}

fn sorted(features: &[impl ToString]) -> Vec<String> {
    let mut names: Vec<String> = features.iter().map(ToString::to_string).collect();
    names.sort_unstable();
    names
}
