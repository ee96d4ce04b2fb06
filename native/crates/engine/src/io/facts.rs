//! The `writeFacts` entrypoint: what a write would meet. Nothing runs.

use serde::{Deserialize, Serialize};
use std::sync::Arc;
use ts_rs::TS;

use super::destination::Destination;
use super::location::Location;
use super::source::query_plan;
use crate::call::Call;
use crate::error::Result;
use crate::schema::field::{NestedField, fields_of};
use crate::session::Session;
use crate::wire::{HandleRef, Reply, decode};

/// The request of `writeFacts`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WriteFactsRequest {
    /// An absolute path or a `file://` URL.
    pub location: String,
    /// A frame or a sink whose columns are wanted.
    #[serde(default)]
    #[ts(optional)]
    pub source: Option<HandleRef>,
}

/// The reply of `writeFacts`.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about the destination")]
pub struct WriteFactsReply {
    /// Something is there.
    pub exists: bool,
    /// It is a folder.
    pub directory: bool,
    /// A folder without entries, or a file without bytes.
    pub empty: bool,
    /// What is not part of a Parquet dataset, relative to the location; at most 100 names.
    pub foreign_files: Vec<String>,
    /// It is a Delta table.
    pub is_delta: bool,
    /// The columns of the source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub fields: Option<Vec<NestedField>>,
}

impl Session {
    /// The `writeFacts` entrypoint.
    pub async fn write_facts(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: WriteFactsRequest = decode(&call.request)?;
        let fields = match request.source {
            Some(source) => Some(fields_of(query_plan(self, call, source)?.schema().as_arrow())),
            None => None,
        };
        let found = Destination::look(Location::parse(&request.location)?.path()).await?;
        Reply::of(&WriteFactsReply {
            exists: found.exists,
            directory: found.directory,
            empty: found.empty,
            foreign_files: found.foreign,
            is_delta: found.is_delta,
            fields,
        })
    }
}
