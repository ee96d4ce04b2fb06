//! Which columns become values and which become folders; what cannot be written is refused before anything is.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;

use crate::error::{EngineError, ErrorCode, Result};
use crate::io::format::{FormatName, unsupported};
use crate::panic::guarded_sync;

/// The columns of a write.
#[derive(Clone, Debug)]
pub struct Columns {
    /// The columns of the files.
    pub file: SchemaRef,
    /// Where the source has them.
    pub kept: Vec<usize>,
    /// The partition columns and where the source has them.
    pub folders: Vec<(usize, Field)>,
}

impl Columns {
    /// Checks the columns of a source.
    ///
    /// `IO.TYPE_UNSUPPORTED {column, type}` for a type that cannot be written, or that cannot be a folder;
    /// `IO.WRITE_OPTION {option}` for partition columns that do not exist or leave nothing; `FRAME.DUPLICATE_COLUMN`.
    pub fn new(source: &SchemaRef, partition_by: &[String], single: bool) -> Result<Self> {
        unique(source)?;
        let mut folders = Vec::with_capacity(partition_by.len());
        for name in partition_by {
            let Some((index, field)) = source.column_with_name(name) else {
                return Err(option("partitionBy", &format!("there is no column '{name}'")).with("column", name));
            };
            if folders.iter().any(|(other, _)| *other == index) {
                return Err(option("partitionBy", &format!("the column '{name}' is given twice")).with("column", name));
            }
            if !makes_folder(field.data_type()) {
                return Err(unsupported(FormatName::Parquet, name, field.data_type(), "used for partition folders"));
            }
            folders.push((index, field.clone()));
        }
        let kept: Vec<usize> = (0..source.fields().len()).filter(|index| folders.iter().all(|(other, _)| other != index)).collect();
        let file = Arc::new(source.project(&kept)?);
        match (file.fields().is_empty(), single || folders.is_empty()) {
            (true, true) => return Err(option("source", "it has no columns")),
            (true, false) => return Err(option("partitionBy", "all columns are partition columns, nothing is left for the files")),
            _ => {}
        }
        for field in file.fields() {
            check(field)?;
        }
        Ok(Self { file, kept, folders })
    }
}

fn unique(schema: &Schema) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    match schema.fields().iter().find(|field| !seen.insert(field.name())) {
        None => Ok(()),
        Some(twice) => Err(EngineError::new(
            ErrorCode::FrameDuplicateColumn,
            format!("The column name '{}' appears twice; rename one of the columns before writing.", twice.name()),
        )
        .with("column", twice.name())),
    }
}

/// Types whose text comes back as the same value.
fn makes_folder(data_type: &DataType) -> bool {
    match data_type {
        DataType::Boolean
        | DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Date32
        | DataType::Date64
        | DataType::Time32(_)
        | DataType::Time64(_)
        | DataType::Timestamp(_, _) => true,
        DataType::Dictionary(_, value) => makes_folder(value),
        other => other.is_integer() || other.is_decimal(),
    }
}

/// Writes a row of the type to nowhere: the writer itself decides.
fn check(field: &Field) -> Result<()> {
    let refused = || unsupported(FormatName::Parquet, field.name(), field.data_type(), "written");
    if has_unwritable(field.data_type()) {
        return Err(refused());
    }
    let nullable = Field::new("column", field.data_type().clone(), true);
    let tried = guarded_sync(|| {
        let values: ArrayRef = new_null_array(field.data_type(), 1);
        let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![nullable])), vec![values])?;
        let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), None).map_err(failed)?;
        writer.write(&batch).map_err(failed)?;
        writer.close().map(|_| ()).map_err(failed)
    });
    tried.map_err(|error| refused().caused_by(&error))
}

fn failed(error: parquet::errors::ParquetError) -> EngineError {
    EngineError::new(ErrorCode::EngineParquet, error.to_string())
}

/// Types that Parquet has no form for, at any depth.
fn has_unwritable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Union(_, _) | DataType::Interval(_) => true,
        DataType::List(item) | DataType::LargeList(item) | DataType::ListView(item) | DataType::LargeListView(item) => {
            has_unwritable(item.data_type())
        }
        DataType::FixedSizeList(item, _) | DataType::Map(item, _) => has_unwritable(item.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_unwritable(field.data_type())),
        DataType::Dictionary(_, value) => has_unwritable(value),
        DataType::RunEndEncoded(_, values) => has_unwritable(values.data_type()),
        _ => false,
    }
}

/// `IO.WRITE_OPTION {option}`.
#[must_use]
pub fn option(name: &str, why: &str) -> EngineError {
    EngineError::new(ErrorCode::IoWriteOption, format!("The write option '{name}' cannot be used: {why}.")).with("option", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(fields: Vec<Field>) -> SchemaRef {
        Arc::new(Schema::new(fields))
    }

    fn id_and(name: &str, data_type: DataType) -> SchemaRef {
        schema(vec![Field::new("id", DataType::Int64, false), Field::new(name, data_type, true)])
    }

    #[test]
    fn folders_leave_the_files() {
        let columns = Columns::new(&id_and("month", DataType::Int8), &["month".to_owned()], false).unwrap();
        assert_eq!((columns.kept, columns.file.fields().len(), columns.folders[0].0), (vec![0], 1, 1));
    }

    #[test]
    fn what_cannot_be_partitioned_is_refused() {
        let by = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let code = |schema, names: &[&str]| Columns::new(&schema, &by(names), false).unwrap_err().code;
        assert_eq!(code(id_and("x", DataType::Float64), &["x"]), ErrorCode::IoTypeUnsupported);
        assert_eq!(code(id_and("x", DataType::Binary), &["x"]), ErrorCode::IoTypeUnsupported);
        assert_eq!(code(id_and("x", DataType::Utf8), &["y"]), ErrorCode::IoWriteOption);
        assert_eq!(code(id_and("x", DataType::Utf8), &["x", "x"]), ErrorCode::IoWriteOption);
        assert_eq!(code(id_and("x", DataType::Utf8), &["x", "id"]), ErrorCode::IoWriteOption);
        assert_eq!(code(id_and("id", DataType::Utf8), &[]), ErrorCode::FrameDuplicateColumn);
    }

    #[test]
    fn every_type_is_written_or_refused_by_name() {
        use crate::schema::field::tests::every_type;
        for of in every_type() {
            let data_type = of.to_arrow().unwrap();
            match Columns::new(&id_and("x", data_type.clone()), &[], false) {
                Ok(_) => assert!(!has_unwritable(&data_type)),
                Err(error) => {
                    assert_eq!((error.code, &error.details["column"]), (ErrorCode::IoTypeUnsupported, &"x".into()), "{data_type}");
                }
            }
        }
    }
}
