//! File formats and what may be said about reading them.

use arrow::csv::reader::Format;
use arrow::datatypes::{DataType, Schema};
use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
use regex::Regex;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::error::{EngineError, ErrorCode, Result};

/// A file format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FormatName {
    /// Apache Parquet.
    Parquet,
    /// Text with separated values.
    Csv,
    /// One JSON object per line.
    Json,
    /// Arrow IPC, file or stream.
    Arrow,
}

impl FormatName {
    /// The endings of its files, compressed ones included.
    #[must_use]
    pub fn file_endings(self) -> Vec<String> {
        let (plain, packed): (&[&str], &[&str]) = match self {
            Self::Parquet => (&[".parquet"], &[""]),
            Self::Csv => (&[".csv", ".tsv"], &["", ".gz", ".zst", ".bz2", ".xz"]),
            Self::Json => (&[".json", ".jsonl", ".ndjson"], &["", ".gz", ".zst", ".bz2", ".xz"]),
            Self::Arrow => (&[".arrow", ".arrows", ".feather"], &[""]),
        };
        plain.iter().flat_map(|ending| packed.iter().map(move |pack| format!("{ending}{pack}"))).collect()
    }

    /// Its name in messages.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Parquet => "Parquet",
            Self::Csv => "CSV",
            Self::Json => "JSON",
            Self::Arrow => "Arrow",
        }
    }

    /// The code of a file that is not of the format.
    #[must_use]
    pub const fn corrupt(self) -> ErrorCode {
        match self {
            Self::Parquet => ErrorCode::EngineParquet,
            Self::Csv | Self::Json | Self::Arrow => ErrorCode::EngineArrow,
        }
    }
}

/// How text files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CompressionSpec {
    /// By the ending of each file.
    #[default]
    Auto,
    /// Not.
    None,
    /// gzip.
    Gzip,
    /// Zstandard.
    Zstd,
    /// bzip2.
    Bzip2,
    /// xz.
    Xz,
}

impl CompressionSpec {
    /// By the ending of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        match name.rsplit_once('.').map(|(_, ending)| ending) {
            Some("gz") => Self::Gzip,
            Some("zst") => Self::Zstd,
            Some("bz2") => Self::Bzip2,
            Some("xz") => Self::Xz,
            _ => Self::None,
        }
    }

    /// The engine's name of it.
    #[must_use]
    pub const fn engine(self) -> FileCompressionType {
        match self {
            Self::Auto | Self::None => FileCompressionType::UNCOMPRESSED,
            Self::Gzip => FileCompressionType::GZIP,
            Self::Zstd => FileCompressionType::ZSTD,
            Self::Bzip2 => FileCompressionType::BZIP2,
            Self::Xz => FileCompressionType::XZ,
        }
    }
}

/// Rows looked at for types that are not declared.
const INFER_ROWS: usize = 1000;

/// How CSV files are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct CsvSpec {
    /// The first record names the columns.
    pub header: bool,
    /// Between values, one byte.
    pub delimiter: String,
    /// Around values, one byte.
    pub quote: String,
    /// Before a quote inside quotes, one byte; a doubled quote always works.
    pub escape: Option<String>,
    /// Begins a line that is skipped, one byte.
    pub comment: Option<String>,
    /// A regular expression for values that mean null; default the empty value.
    pub null_pattern: Option<String>,
    /// Quoted values may contain line ends; then files are not split between threads.
    pub newlines_in_values: bool,
    /// After records, one byte; default any line end.
    pub terminator: Option<String>,
    /// Records may end early; what is missing is null.
    pub truncated_rows: bool,
    /// Rows per file looked at for types that are not declared.
    pub infer_rows: usize,
    /// How files are compressed.
    pub compression: CompressionSpec,
}

impl Default for CsvSpec {
    fn default() -> Self {
        Self {
            header: true,
            delimiter: ",".to_owned(),
            quote: "\"".to_owned(),
            escape: None,
            comment: None,
            null_pattern: None,
            newlines_in_values: false,
            terminator: None,
            truncated_rows: false,
            infer_rows: INFER_ROWS,
            compression: CompressionSpec::Auto,
        }
    }
}

/// How JSON files are read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct JsonSpec {
    /// Rows per file looked at for types that are not declared.
    pub infer_rows: usize,
    /// Each file is one array of objects instead of one object per line.
    pub array: bool,
    /// How files are compressed.
    pub compression: CompressionSpec,
}

impl Default for JsonSpec {
    fn default() -> Self {
        Self { infer_rows: INFER_ROWS, array: false, compression: CompressionSpec::Auto }
    }
}

/// How CSV records are taken apart.
#[derive(Clone, Debug)]
pub struct CsvRead {
    /// The first record names the columns.
    pub header: bool,
    /// After records.
    pub terminator: Option<u8>,
    /// Values may contain line ends.
    pub newlines_in_values: bool,
    /// Rows per file looked at for types.
    pub infer_rows: usize,
    /// How files are compressed.
    pub compression: CompressionSpec,
    delimiter: u8,
    quote: u8,
    escape: Option<u8>,
    comment: Option<u8>,
    null: Option<Regex>,
    truncated_rows: bool,
}

impl CsvRead {
    /// Checks the options. `NATIVE.BAD_REQUEST {path}` for one that is not a byte or not a regular expression.
    pub fn new(spec: &CsvSpec) -> Result<Self> {
        let optional = |name, text: &Option<String>| text.as_deref().map(|text| byte(name, text)).transpose();
        let null =
            spec.null_pattern.as_deref().map(|text| Regex::new(text).map_err(|error| EngineError::bad_request("$.csv.nullPattern", error)));
        Ok(Self {
            header: spec.header,
            terminator: optional("terminator", &spec.terminator)?,
            newlines_in_values: spec.newlines_in_values,
            infer_rows: spec.infer_rows,
            compression: spec.compression,
            delimiter: byte("delimiter", &spec.delimiter)?,
            quote: byte("quote", &spec.quote)?,
            escape: optional("escape", &spec.escape)?,
            comment: optional("comment", &spec.comment)?,
            null: null.transpose()?,
            truncated_rows: spec.truncated_rows,
        })
    }

    /// The reader's form of the options.
    #[must_use]
    pub fn format(&self, header: bool) -> Format {
        let mut format = Format::default()
            .with_header(header)
            .with_delimiter(self.delimiter)
            .with_quote(self.quote)
            .with_truncated_rows(self.truncated_rows);
        if let Some(escape) = self.escape {
            format = format.with_escape(escape);
        }
        if let Some(comment) = self.comment {
            format = format.with_comment(comment);
        }
        if let Some(terminator) = self.terminator {
            format = format.with_terminator(terminator);
        }
        match &self.null {
            Some(null) => format.with_null_regex(null.clone()),
            None => format,
        }
    }
}

fn byte(name: &str, text: &str) -> Result<u8> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(EngineError::bad_request(&format!("$.csv.{name}"), format!("'{text}' is not one byte"))),
    }
}

/// How a table's files are read.
#[derive(Clone, Debug)]
pub enum Reading {
    /// Parquet.
    Parquet,
    /// CSV.
    Csv(CsvRead),
    /// JSON.
    Json(JsonSpec),
    /// Arrow IPC.
    Arrow,
}

impl Reading {
    /// The format.
    #[must_use]
    pub const fn name(&self) -> FormatName {
        match self {
            Self::Parquet => FormatName::Parquet,
            Self::Csv(_) => FormatName::Csv,
            Self::Json(_) => FormatName::Json,
            Self::Arrow => FormatName::Arrow,
        }
    }

    /// How its text files are compressed.
    #[must_use]
    pub const fn compression(&self) -> CompressionSpec {
        match self {
            Self::Csv(csv) => csv.compression,
            Self::Json(json) => json.compression,
            Self::Parquet | Self::Arrow => CompressionSpec::None,
        }
    }

    /// True for formats without types of their own.
    #[must_use]
    pub const fn is_text(&self) -> bool {
        matches!(self, Self::Csv(_) | Self::Json(_))
    }

    /// Refuses declared columns that the format cannot be read as: `IO.TYPE_UNSUPPORTED {column, type}`.
    pub fn check_declared(&self, schema: &Schema) -> Result<()> {
        for field in schema.fields() {
            let readable = match self {
                Self::Csv(_) => csv_reads(field.data_type()),
                Self::Json(_) => super::text::json::reads(field),
                Self::Parquet | Self::Arrow => true,
            };
            if !readable {
                return Err(unsupported(self.name(), field.name(), field.data_type(), "read"));
            }
        }
        Ok(())
    }
}

fn csv_reads(data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean
        | DataType::Date32
        | DataType::Date64
        | DataType::Utf8
        | DataType::Utf8View
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(_, _) => true,
        DataType::Dictionary(_, value) => **value == DataType::Utf8,
        other => other.is_numeric(),
    }
}

/// `IO.TYPE_UNSUPPORTED {column, type, format}`.
#[must_use]
pub fn unsupported(format: FormatName, column: &str, data_type: &DataType, verb: &str) -> EngineError {
    let text = crate::schema::type_text::format_type_text(data_type);
    EngineError::new(
        ErrorCode::IoTypeUnsupported,
        format!("The column '{column}' of type {text} cannot be {verb} as {}; give it another type.", format.title()),
    )
    .with("column", column)
    .with("type", text)
    .with("format", format.title().to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_one_byte_are_checked() {
        let spec = CsvSpec { delimiter: "\t".to_owned(), comment: Some("#".to_owned()), ..CsvSpec::default() };
        assert!(CsvRead::new(&spec).is_ok());
        for spec in [
            CsvSpec { delimiter: "||".to_owned(), ..CsvSpec::default() },
            CsvSpec { quote: String::new(), ..CsvSpec::default() },
            CsvSpec { escape: Some("é".to_owned()), ..CsvSpec::default() },
            CsvSpec { null_pattern: Some("(".to_owned()), ..CsvSpec::default() },
        ] {
            assert_eq!(CsvRead::new(&spec).unwrap_err().code, ErrorCode::NativeBadRequest);
        }
    }

    #[test]
    fn compression_goes_by_the_ending() {
        assert_eq!(CompressionSpec::of_name("a.csv.gz"), CompressionSpec::Gzip);
        assert_eq!(CompressionSpec::of_name("a.csv"), CompressionSpec::None);
        assert_eq!(CompressionSpec::of_name("a"), CompressionSpec::None);
    }
}
