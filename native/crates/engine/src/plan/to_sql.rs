//! A frame as a text of SQL.

use datafusion::sql::unparser::Unparser;
use datafusion::sql::unparser::dialect::{
    BigQueryDialect, DefaultDialect, Dialect, DuckDBDialect, MySqlDialect, PostgreSqlDialect, SqliteDialect,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::wire::{Reply, decode};

/// The request of `toSql`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ToSqlRequest {
    /// Whose SQL; the engine's when left out.
    #[serde(default)]
    pub dialect: SqlTarget,
}

/// Whose SQL is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is the product of its name")]
pub enum SqlTarget {
    #[default]
    DataFusion,
    PostgreSql,
    MySql,
    Sqlite,
    DuckDb,
    BigQuery,
}

/// The reply of `toSql`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ToSqlReply {
    /// One query.
    pub sql: String,
}

impl Frame {
    /// The `toSql` entrypoint.
    pub fn to_sql(&self, call: &Call) -> Result<Reply> {
        let request: ToSqlRequest = decode(&call.request)?;
        let dialect: Box<dyn Dialect> = match request.dialect {
            SqlTarget::DataFusion => Box::new(DefaultDialect {}),
            SqlTarget::PostgreSql => Box::new(PostgreSqlDialect {}),
            SqlTarget::MySql => Box::new(MySqlDialect {}),
            SqlTarget::Sqlite => Box::new(SqliteDialect {}),
            SqlTarget::DuckDb => Box::new(DuckDBDialect::new()),
            SqlTarget::BigQuery => Box::new(BigQueryDialect::new()),
        };
        let statement = Unparser::new(dialect.as_ref()).plan_to_sql(self.plan()).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        Reply::of(&ToSqlReply { sql: statement.to_string() })
    }
}
