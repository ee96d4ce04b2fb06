//! How Parquet files of a table are written: the session's settings, and what a call overrides.

use std::num::NonZeroU64;
use std::str::FromStr;

use datafusion::execution::session_state::SessionState;
use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::error::Typed;
use crate::error::{EngineError, ErrorCode, Result};

/// Statistics written into Parquet files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "DeltaWriterStatistics")]
pub enum Statistics {
    /// None: files of the table cannot be skipped by their values.
    None,
    /// Per column chunk.
    Chunk,
    /// Per page as well.
    Page,
}

/// Overrides of the session's Parquet settings.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaWriterOptions", optional_fields)]
pub struct WriterOptions {
    /// `uncompressed`, `snappy`, `gzip(level)`, `brotli(level)`, `lz4_raw` or `zstd(level)`.
    #[serde(default)]
    pub compression: Option<String>,
    /// Most rows of a row group.
    #[serde(default)]
    pub row_group_rows: Option<usize>,
    /// Whether values are dictionary encoded.
    #[serde(default)]
    pub dictionary: Option<bool>,
    /// What statistics are written.
    #[serde(default)]
    pub statistics: Option<Statistics>,
}

/// The writer of an operation.
pub(super) fn properties(state: &SessionState, options: Option<&WriterOptions>) -> Result<WriterProperties> {
    let mut builder = state.config_options().execution.parquet.into_writer_properties_builder().typed()?;
    let Some(options) = options else { return Ok(builder.build()) };
    if let Some(compression) = &options.compression {
        builder = builder.set_compression(parse_compression(compression)?);
    }
    if let Some(rows) = options.row_group_rows {
        if rows == 0 {
            return Err(invalid("rowGroupRows", "it must be at least 1"));
        }
        builder = builder.set_max_row_group_row_count(Some(rows));
    }
    if let Some(dictionary) = options.dictionary {
        builder = builder.set_dictionary_enabled(dictionary);
    }
    if let Some(statistics) = options.statistics {
        builder = builder.set_statistics_enabled(match statistics {
            Statistics::None => EnabledStatistics::None,
            Statistics::Chunk => EnabledStatistics::Chunk,
            Statistics::Page => EnabledStatistics::Page,
        });
    }
    Ok(builder.build())
}

/// A target size in bytes; zero is refused.
pub(super) fn target_size(bytes: Option<u64>) -> Result<Option<NonZeroU64>> {
    bytes.map(|bytes| NonZeroU64::new(bytes).ok_or_else(|| invalid("targetBytes", "it must be at least 1"))).transpose()
}

fn parse_compression(text: &str) -> Result<Compression> {
    let (name, level) = match text.split_once('(') {
        Some((name, rest)) => (name, Some(rest.strip_suffix(')').unwrap_or(rest))),
        None => (text, None),
    };
    let refuse = || invalid("writer.compression", &format!("'{text}' is not a compression"));
    let level = level.map(|level| i32::from_str(level).map_err(|_| refuse())).transpose()?;
    let unsigned = || level.map(|level| u32::try_from(level).map_err(|_| refuse())).transpose();
    let compression = match name {
        "uncompressed" | "none" => Compression::UNCOMPRESSED,
        "snappy" => Compression::SNAPPY,
        "lz4_raw" => Compression::LZ4_RAW,
        "gzip" => Compression::GZIP(unsigned()?.map_or(Ok(GzipLevel::default()), GzipLevel::try_new).map_err(|_| refuse())?),
        "brotli" => Compression::BROTLI(unsigned()?.map_or(Ok(BrotliLevel::default()), BrotliLevel::try_new).map_err(|_| refuse())?),
        "zstd" => Compression::ZSTD(level.map_or(Ok(ZstdLevel::default()), ZstdLevel::try_new).map_err(|_| refuse())?),
        _ => return Err(refuse()),
    };
    Ok(compression)
}

fn invalid(member: &str, why: &str) -> EngineError {
    EngineError::new(ErrorCode::DeltaInvalidSpec, format!("The option {member} is not valid: {why}.")).with("option", member)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compressions_are_named_with_their_level() {
        assert_eq!(parse_compression("zstd(7)").unwrap(), Compression::ZSTD(ZstdLevel::try_new(7).unwrap()));
        assert_eq!(parse_compression("snappy").unwrap(), Compression::SNAPPY);
        for text in ["zstd(900)", "zip", "gzip(x)"] {
            assert_eq!(parse_compression(text).unwrap_err().code, ErrorCode::DeltaInvalidSpec, "{text}");
        }
    }
}
