//! The columns of many files as those of one table.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema};

use super::FileSchema;
use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::type_text::format_type_text;

/// Columns of files that carry their types: a type is the same in all files, but for columns that hold nothing but nulls in
/// a file; what a file lacks is null there.
pub fn exact(files: &[FileSchema]) -> Result<Schema> {
    merge(files, |left, right| match (left, right) {
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        _ => (left == right).then(|| left.clone()),
    })
}

/// Columns of text files: types that differ become one that holds both. What has no value anywhere is text.
pub fn lenient(files: &[FileSchema]) -> Result<Schema> {
    let merged = merge(files, wider)?;
    let fields: Vec<Field> = merged.fields().iter().map(|field| text_for_null(field)).collect();
    Ok(Schema::new(fields))
}

fn text_for_null(field: &Field) -> Field {
    match field.data_type() {
        DataType::Null => field.clone().with_data_type(DataType::Utf8),
        _ => field.clone(),
    }
}

struct Column<'a> {
    field: Field,
    first: &'a FileSchema,
    files: usize,
}

fn merge(files: &[FileSchema], unify: impl Fn(&DataType, &DataType) -> Option<DataType>) -> Result<Schema> {
    let mut columns: Vec<Column<'_>> = Vec::new();
    let mut previous: Option<&FileSchema> = None;
    for file in files {
        if let Some(before) = previous
            && before.schema == file.schema
        {
            for column in columns.iter_mut().filter(|column| file.schema.column_with_name(column.field.name()).is_some()) {
                column.files += 1;
            }
            continue;
        }
        previous = Some(file);
        for field in file.schema.fields() {
            add(&mut columns, file, field, &unify)?;
        }
    }
    let fields: Vec<Field> = columns
        .into_iter()
        .map(|column| {
            let nullable = column.field.is_nullable() || column.files < files.len();
            column.field.with_nullable(nullable)
        })
        .collect();
    let metadata = files.first().map(|file| file.schema.metadata().clone()).unwrap_or_default();
    Ok(Schema::new_with_metadata(fields, metadata))
}

fn add<'a>(
    columns: &mut Vec<Column<'a>>,
    file: &'a FileSchema,
    field: &FieldRef,
    unify: impl Fn(&DataType, &DataType) -> Option<DataType>,
) -> Result<()> {
    let known = columns.iter_mut().find(|column| column.field.name() == field.name() && !std::ptr::eq(column.first, file));
    let Some(known) = known else {
        columns.push(Column { field: field.as_ref().clone(), first: file, files: 1 });
        return Ok(());
    };
    let (left, right) = (known.field.data_type(), field.data_type());
    let Some(both) = unify(left, right) else {
        let why =
            format!("the column '{}' is {} in one and {} in the other", field.name(), format_type_text(left), format_type_text(right));
        return Err(conflict(known.first, file, &why).with("column", field.name()));
    };
    let nullable = known.field.is_nullable() || field.is_nullable();
    known.field = known.field.clone().with_data_type(both).with_nullable(nullable);
    known.files += 1;
    Ok(())
}

/// `ENGINE.SCHEMA {files}`: two files are not of one table.
#[must_use]
pub fn conflict(left: &FileSchema, right: &FileSchema, why: &str) -> EngineError {
    EngineError::new(
        ErrorCode::EngineSchema,
        format!("The files '{}' and '{}' do not fit into one table: {why}. Register them apart, or convert one.", left.path, right.path),
    )
    .with("files", [&left.path, &right.path])
}

fn wider(left: &DataType, right: &DataType) -> Option<DataType> {
    match (left, right) {
        (left, right) if left == right => Some(left.clone()),
        (DataType::Null, other) | (other, DataType::Null) => Some(other.clone()),
        (DataType::Int64, DataType::Float64) | (DataType::Float64, DataType::Int64) => Some(DataType::Float64),
        (DataType::List(left), DataType::List(right)) => {
            let item = wider(left.data_type(), right.data_type())?;
            Some(DataType::List(Arc::new(left.as_ref().clone().with_data_type(item).with_nullable(true))))
        }
        (DataType::Struct(left), DataType::Struct(right)) => structs(left, right),
        (left, right) if left.is_nested() || right.is_nested() => None,
        _ => Some(DataType::Utf8),
    }
}

fn structs(left: &Fields, right: &Fields) -> Option<DataType> {
    let mut fields: Vec<FieldRef> = Vec::with_capacity(left.len());
    for field in left {
        let other = right.iter().find(|other| other.name() == field.name());
        let data_type = other.map_or(Some(field.data_type().clone()), |other| wider(field.data_type(), other.data_type()))?;
        fields.push(Arc::new(field.as_ref().clone().with_data_type(data_type).with_nullable(true)));
    }
    fields.extend(right.iter().filter(|field| left.iter().all(|other| other.name() != field.name())).cloned());
    Some(DataType::Struct(fields.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, fields: Vec<Field>) -> FileSchema {
        FileSchema { path: path.to_owned(), schema: Arc::new(Schema::new(fields)) }
    }

    #[test]
    fn a_column_that_a_file_lacks_is_nullable() {
        let id = Field::new("id", DataType::Int64, false);
        let files = [file("a", vec![id.clone(), Field::new("x", DataType::Utf8, false)]), file("b", vec![id.clone()])];
        let merged = exact(&files).unwrap();
        assert_eq!(merged.fields().to_vec(), [Arc::new(id), Arc::new(Field::new("x", DataType::Utf8, true))]);
    }

    #[test]
    fn types_that_differ_name_both_files() {
        let files = [
            file("a", vec![Field::new("id", DataType::Int64, true)]),
            file("b", vec![Field::new("id", DataType::Int64, true)]),
            file("c", vec![Field::new("id", DataType::Int32, true)]),
        ];
        let error = exact(&files).unwrap_err();
        assert_eq!((error.code, &error.details["files"]), (ErrorCode::EngineSchema, &serde_json::json!(["a", "c"])));
    }

    #[test]
    fn a_column_of_nulls_has_the_type_it_has_elsewhere() {
        let of = |data_type| vec![Field::new("x", data_type, true)];
        let files = [file("a", of(DataType::Null)), file("b", of(DataType::Date32)), file("c", of(DataType::Null))];
        assert_eq!(exact(&files).unwrap().field(0).data_type(), &DataType::Date32);
        assert!(exact(&[file("a", of(DataType::Int32)), file("b", of(DataType::Null)), file("c", of(DataType::Utf8))]).is_err());
    }

    #[test]
    fn types_of_text_files_widen() {
        for (left, right, both) in [
            (DataType::Null, DataType::Date32, DataType::Date32),
            (DataType::Int64, DataType::Float64, DataType::Float64),
            (DataType::Int64, DataType::Boolean, DataType::Utf8),
            (DataType::Null, DataType::Null, DataType::Utf8),
        ] {
            let files = [file("a", vec![Field::new("x", left, true)]), file("b", vec![Field::new("x", right, true)])];
            assert_eq!(lenient(&files).unwrap().field(0).data_type(), &both);
        }
        let list = DataType::List(Arc::new(Field::new_list_field(DataType::Int64, true)));
        let files = [file("a", vec![Field::new("x", list, true)]), file("b", vec![Field::new("x", DataType::Int64, true)])];
        assert!(lenient(&files).is_err());
    }
}
