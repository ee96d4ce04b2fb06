//! Tables that are prepared and not yet published.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::datasource::ViewTable;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::format::{CsvSpec, FormatName, JsonSpec};
use super::memory::MemoryTable;
use super::source::{Source, query_plan};
use crate::call::Call;
use crate::error::Result;
use crate::schema::field::{NestedField, fields_of};
use crate::session::Session;
use crate::wire::{BufferRef, Handle, HandleRef, Reply, decode};

pub(crate) mod listing;

/// A provider that `catalogApply` can publish.
pub struct PreparedTable {
    /// The provider.
    pub provider: Arc<dyn TableProvider>,
}

/// The request of `prepareTable`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum PrepareTableRequest {
    /// Files.
    Listing(Box<ListingRequest>),
    /// Rows, computed now and kept in memory.
    Memory {
        /// A frame or a sink.
        source: HandleRef,
    },
    /// A query, computed whenever it is read.
    View {
        /// A frame.
        source: HandleRef,
        /// Its text, for `information_schema`.
        #[serde(default)]
        #[ts(optional)]
        sql: Option<String>,
    },
}

/// Files as a table.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListingRequest {
    /// An absolute path or a `file://` URL of a folder or a file.
    pub location: String,
    /// Exactly these files, absolute or relative to the location.
    #[serde(default)]
    #[ts(optional)]
    pub files: Option<Vec<String>>,
    /// A shell pattern for paths below the folder.
    #[serde(default)]
    #[ts(optional)]
    pub glob: Option<String>,
    /// The format of all files.
    pub format: FormatName,
    /// The ending of file names; default those of the format, any with a glob.
    #[serde(default)]
    #[ts(optional)]
    pub extension: Option<String>,
    /// Columns the table is to have, without the partition columns; default those stored.
    #[serde(default)]
    #[ts(optional)]
    pub schema: Option<Vec<NestedField>>,
    /// Types of the partition columns; default utf8.
    #[serde(default)]
    #[ts(optional)]
    pub partition_columns: Option<Vec<NestedField>>,
    /// Whether `key=value` folders are columns.
    #[serde(default)]
    pub hive: bool,
    /// How CSV is read.
    #[serde(default)]
    #[ts(optional)]
    pub csv: Option<CsvSpec>,
    /// How JSON is read.
    #[serde(default)]
    #[ts(optional)]
    pub json: Option<JsonSpec>,
    /// Whether names that begin with `_` or `.` count.
    #[serde(default)]
    pub include_hidden: bool,
    /// Whether folders are entered; default the session's setting. `key=value` folders always are.
    #[serde(default)]
    #[ts(optional)]
    pub recursive: Option<bool>,
}

/// The reply of `prepareTable`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PreparedTableReply {
    /// The columns of the table, partition columns last.
    pub fields: Vec<NestedField>,
    /// The same as an IPC schema message.
    pub schema: BufferRef,
    /// What is stored: of CSV and JSON the names and inferred types.
    pub stored_fields: Vec<NestedField>,
    /// Columns that come from folders.
    pub partition_columns: Vec<String>,
    /// Files found.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub file_count: Option<u64>,
    /// Bytes of the files, or in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub total_bytes: Option<u64>,
    /// Rows in memory.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub rows: Option<u64>,
}

/// What is known of a prepared table beside its columns.
#[derive(Default)]
struct Known {
    stored: Option<Vec<NestedField>>,
    partition_columns: Vec<String>,
    files: Option<u64>,
    bytes: Option<u64>,
    rows: Option<u64>,
}

impl Session {
    /// The `prepareTable` entrypoint. Publishes nothing.
    pub async fn prepare_table(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: PrepareTableRequest = decode(&call.request)?;
        match request {
            PrepareTableRequest::Listing(request) => self.prepare_listing(&request).await,
            PrepareTableRequest::Memory { source } => {
                let source = Source::plan(self, call, source).await?;
                let kept = MemoryTable::collect(self, source).await?;
                let known = Known { rows: Some(kept.rows as u64), bytes: Some(kept.bytes as u64), ..Known::default() };
                reply(Arc::new(kept.table), known)
            }
            PrepareTableRequest::View { source, sql } => {
                let plan = query_plan(self, call, source)?;
                reply(Arc::new(ViewTable::new(plan, sql)), Known::default())
            }
        }
    }
}

fn reply(provider: Arc<dyn TableProvider>, known: Known) -> Result<Reply> {
    let schema = provider.schema();
    let fields = fields_of(&schema);
    let reply = PreparedTableReply {
        stored_fields: known.stored.unwrap_or_else(|| fields.clone()),
        fields,
        schema: BufferRef { index: 0 },
        partition_columns: known.partition_columns,
        file_count: known.files,
        total_bytes: known.bytes,
        rows: known.rows,
    };
    let message = crate::ipc::encode::schema_message(&schema)?;
    Ok(Reply::of(&reply)?.with_buffer(message).with_handle(Handle::Provider(Arc::new(PreparedTable { provider }))))
}
