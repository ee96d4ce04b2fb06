//! How Parquet files are written.

use parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::columns::option;
use crate::error::Result;

/// How Parquet files are written. Every member may be left out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WriterOptions {
    /// `uncompressed`, `snappy`, `lz4_raw`, `zstd`, `gzip` or `brotli`, the last three with a level as `zstd(3)`;
    /// default `zstd(3)`.
    pub compression: Option<String>,
    /// Most rows of a row group; default 1048576.
    pub row_group_rows: Option<usize>,
    /// Whether values may be written as dictionaries; default true.
    pub dictionary: Option<bool>,
    /// Which statistics are written; default `page`.
    pub statistics: Option<StatisticsLevel>,
}

/// Which statistics are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum StatisticsLevel {
    /// None.
    None,
    /// Of row groups.
    Chunk,
    /// Of row groups and pages.
    Page,
}

const ROW_GROUP_ROWS: usize = 1_048_576;
const PAGE_ROWS: usize = 20_000;
const WRITE_ROWS: usize = 8192;
const ZSTD_LEVEL: u32 = 3;

impl WriterOptions {
    /// The writer's form of the options. `IO.WRITE_OPTION {option}` for one it cannot have.
    pub fn properties(&self) -> Result<WriterProperties> {
        let rows = self.row_group_rows.unwrap_or(ROW_GROUP_ROWS);
        if rows == 0 {
            return Err(option("rowGroupRows", "it must be at least 1"));
        }
        let statistics = match self.statistics.unwrap_or(StatisticsLevel::Page) {
            StatisticsLevel::None => EnabledStatistics::None,
            StatisticsLevel::Chunk => EnabledStatistics::Chunk,
            StatisticsLevel::Page => EnabledStatistics::Page,
        };
        Ok(WriterProperties::builder()
            .set_compression(compression(self.compression.as_deref().unwrap_or("zstd"))?)
            .set_max_row_group_row_count(Some(rows))
            .set_data_page_row_count_limit(PAGE_ROWS)
            .set_write_batch_size(WRITE_ROWS)
            .set_dictionary_enabled(self.dictionary.unwrap_or(true))
            .set_statistics_enabled(statistics)
            .build())
    }
}

fn compression(text: &str) -> Result<Compression> {
    let refuse = |why: &str| option("compression", &format!("'{text}' {why}"));
    let (codec, level) = match text.strip_suffix(')').and_then(|text| text.split_once('(')) {
        Some((codec, level)) => (codec, Some(level.trim().parse::<u32>().map_err(|_| refuse("has no level that is a number"))?)),
        None => (text, None),
    };
    let bad_level = |_| refuse("has a level that the codec does not have");
    match (codec, level) {
        ("uncompressed", None) => Ok(Compression::UNCOMPRESSED),
        ("snappy", None) => Ok(Compression::SNAPPY),
        ("lz4_raw", None) => Ok(Compression::LZ4_RAW),
        ("zstd", level) => {
            let level = i32::try_from(level.unwrap_or(ZSTD_LEVEL)).unwrap_or(i32::MAX);
            ZstdLevel::try_new(level).map(Compression::ZSTD).map_err(bad_level)
        }
        ("gzip", None) => Ok(Compression::GZIP(GzipLevel::default())),
        ("gzip", Some(level)) => GzipLevel::try_new(level).map(Compression::GZIP).map_err(bad_level),
        ("brotli", None) => Ok(Compression::BROTLI(BrotliLevel::default())),
        ("brotli", Some(level)) => BrotliLevel::try_new(level).map(Compression::BROTLI).map_err(bad_level),
        _ => Err(refuse("is none of uncompressed, snappy, lz4_raw, zstd(1 to 22), gzip(0 to 9), brotli(0 to 11)")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn codecs_take_levels() {
        assert_eq!(compression("zstd").unwrap(), compression("zstd(3)").unwrap());
        assert_eq!(compression("snappy").unwrap(), Compression::SNAPPY);
        assert_eq!(compression("gzip(9)").unwrap(), Compression::GZIP(GzipLevel::try_new(9).unwrap()));
        for text in ["lzo", "zstd(99)", "zstd(x)", "snappy(1)", "zstd(3", ""] {
            assert_eq!(compression(text).unwrap_err().code, ErrorCode::IoWriteOption, "{text}");
        }
    }

    #[test]
    fn a_row_group_has_rows() {
        let options = WriterOptions { row_group_rows: Some(0), ..WriterOptions::default() };
        assert!(options.properties().is_err());
        assert_eq!(WriterOptions::default().properties().unwrap().max_row_group_row_count(), Some(ROW_GROUP_ROWS));
    }
}
