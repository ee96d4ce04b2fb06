//! What a claimed statement asks for, as it crosses.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use ts_rs::TS;

use crate::delta::merge::MergeRequest;
use crate::frame::expr::ExprSpec;
use crate::schema::field::NestedField;

/// What a claimed statement asks for. Names are in one to three parts.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(tag = "command", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum ClaimRequest {
    /// `COPY … TO`.
    Copy {
        /// As it was written.
        location: String,
        /// `STORED AS`, lower case.
        format: Option<String>,
        /// Columns that become folders.
        partition_by: Vec<String>,
        /// As they were written, keys in lower case.
        #[ts(type = "Record<string, string>")]
        options: BTreeMap<String, String>,
    },
    /// `CREATE EXTERNAL TABLE`.
    CreateExternalTable {
        /// Its name.
        name: Vec<String>,
        /// As they were written.
        locations: Vec<String>,
        /// `STORED AS`, lower case.
        format: String,
        /// Declared columns.
        fields: Vec<NestedField>,
        /// Columns that come from folders.
        partition_columns: Vec<String>,
        /// Keys in lower case, those without a namespace below `format`.
        #[ts(type = "Record<string, string>")]
        options: BTreeMap<String, String>,
        /// OR REPLACE.
        replace: bool,
        /// IF NOT EXISTS, and there is one.
        exists: bool,
    },
    /// `INSERT INTO`, `INSERT OVERWRITE`.
    Insert {
        /// The table.
        table: Vec<String>,
        /// Replaces all rows.
        overwrite: bool,
    },
    /// `INSERT INTO`, `INSERT OVERWRITE` a table of Parquet files.
    InsertFiles {
        /// The table.
        table: Vec<String>,
        /// The folder of its files.
        location: String,
        /// Columns that are folders.
        partition_by: Vec<String>,
        /// Columns that hold no null, and could have one.
        required: Vec<String>,
        /// Replaces all files.
        overwrite: bool,
    },
    /// `DELETE FROM`, `TRUNCATE`.
    Delete {
        /// The table.
        table: Vec<String>,
        /// Which rows; null where the statement does not say.
        r#where: Option<Box<ExprSpec>>,
    },
    /// `UPDATE`, and `DELETE` by other rows: a merge of the rows that are meant.
    Change {
        /// The table.
        table: Vec<String>,
        /// `UPDATE` or `DELETE`.
        verb: String,
        /// As in a merge.
        merge: Box<MergeRequest>,
    },
    /// `MERGE INTO`.
    Merge {
        /// The table.
        table: Vec<String>,
        /// Columns of the rows are those of `source`, of the table those of `target`.
        merge: Box<MergeRequest>,
    },
}

impl Display for ClaimRequest {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Copy { location, partition_by, .. } => {
                write!(formatter, "COPY TO '{location}'")?;
                if partition_by.is_empty() { Ok(()) } else { write!(formatter, " PARTITIONED BY ({})", partition_by.join(", ")) }
            }
            Self::CreateExternalTable { name, locations, .. } => {
                write!(formatter, "CREATE EXTERNAL TABLE {} LOCATION '{}'", name.join("."), locations.join("', '"))
            }
            Self::Insert { table, overwrite: true } | Self::InsertFiles { table, overwrite: true, .. } => {
                write!(formatter, "INSERT OVERWRITE {}", table.join("."))
            }
            Self::Insert { table, .. } | Self::InsertFiles { table, .. } => write!(formatter, "INSERT INTO {}", table.join(".")),
            Self::Delete { table, .. } => write!(formatter, "DELETE FROM {}", table.join(".")),
            Self::Change { table, verb, .. } if verb == "DELETE" => write!(formatter, "DELETE FROM {}", table.join(".")),
            Self::Change { table, verb, .. } => write!(formatter, "{verb} {}", table.join(".")),
            Self::Merge { table, .. } => write!(formatter, "MERGE INTO {}", table.join(".")),
        }
    }
}
