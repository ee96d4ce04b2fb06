//! Takes a batch apart by the values of its partition columns.

use std::collections::HashMap;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, UInt32Array};
use arrow::compute::{CastOptions, cast_with_options, take_record_batch};
use arrow::datatypes::DataType;
use arrow::row::{OwnedRow, RowConverter, SortField};

use super::columns::Columns;
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::hive::NULL_VALUE;

/// Finds the partition of each row.
pub(super) struct Splitter {
    columns: Arc<Columns>,
    converter: RowConverter,
}

/// The rows of one partition in a batch.
pub(super) struct Part {
    /// Equal for rows of one partition.
    pub(super) key: OwnedRow,
    /// The rows, without the partition columns.
    pub(super) rows: RecordBatch,
    /// A row of the whole batch that belongs to it.
    pub(super) sample: usize,
}

impl Splitter {
    /// For batches of the source's columns.
    pub(super) fn new(columns: Arc<Columns>) -> Result<Self> {
        let fields = columns.folders.iter().map(|(_, field)| SortField::new(field.data_type().clone())).collect();
        Ok(Self { columns, converter: RowConverter::new(fields)? })
    }

    /// The parts of a batch, in the order of their first rows.
    pub(super) fn split(&self, batch: &RecordBatch) -> Result<Vec<Part>> {
        let keys: Vec<ArrayRef> = self.folder_arrays(batch).cloned().collect();
        let keys = self.converter.convert_columns(&keys)?;
        let file = batch.project(&self.columns.kept)?;
        let mut places: HashMap<&[u8], usize> = HashMap::new();
        let mut found: Vec<(usize, Vec<u32>)> = Vec::new();
        for (index, key) in keys.iter().enumerate() {
            let place = *places.entry(key.data()).or_insert_with(|| {
                found.push((index, Vec::new()));
                found.len() - 1
            });
            if let Some((_, rows)) = found.get_mut(place) {
                rows.push(u32::try_from(index).map_err(|_| EngineError::internal("a batch has more than 2^32 rows"))?);
            }
        }
        let whole = found.len() == 1;
        found
            .into_iter()
            .map(|(sample, rows)| {
                let rows = if whole { file.clone() } else { take_record_batch(&file, &UInt32Array::from(rows))? };
                Ok(Part { key: keys.row(sample).owned(), rows, sample })
            })
            .collect()
    }

    /// The folder values of a row. `IO.PARTITION_VALUE {column, value}` for text that a folder cannot say.
    pub(super) fn values(&self, batch: &RecordBatch, row: usize) -> Result<Vec<(String, Option<String>)>> {
        let arrays: Vec<ArrayRef> = self.folder_arrays(batch).map(|array| array.slice(row, 1)).collect();
        self.columns.folders.iter().zip(arrays).map(|((_, field), array)| Ok((field.name().clone(), text(field.name(), &array)?))).collect()
    }

    fn folder_arrays<'a>(&'a self, batch: &'a RecordBatch) -> impl Iterator<Item = &'a ArrayRef> {
        self.columns.folders.iter().filter_map(|(index, _)| batch.columns().get(*index))
    }
}

fn text(column: &str, value: &ArrayRef) -> Result<Option<String>> {
    let options = CastOptions { safe: false, ..CastOptions::default() };
    let value = cast_with_options(value, &DataType::Utf8, &options)?;
    let Some(text) = value.as_string_opt::<i32>().filter(|text| text.is_valid(0)).map(|text| text.value(0)) else {
        return Ok(None);
    };
    if text.is_empty() || text == NULL_VALUE {
        let shown = if text.is_empty() { "the empty text".to_owned() } else { format!("'{text}'") };
        return Err(EngineError::new(
            ErrorCode::IoPartitionValue,
            format!("The column '{column}' has {shown} as a value, which a partition folder cannot say; replace it, for instance by null."),
        )
        .with("column", column)
        .with("value", text));
    }
    Ok(Some(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Date32Array, Int64Array, StringArray};
    use arrow::datatypes::{Field, Schema};

    fn splitter(batch: &RecordBatch, by: &[&str]) -> Splitter {
        let by: Vec<String> = by.iter().map(|name| (*name).to_owned()).collect();
        Splitter::new(Arc::new(Columns::new(&batch.schema(), &by, false).unwrap())).unwrap()
    }

    fn batch(names: Vec<Option<&str>>) -> RecordBatch {
        let rows = names.len() as i64;
        let schema = Schema::new(vec![
            Field::new("id", DataType::Int64, false),
            Field::new("name", DataType::Utf8, true),
            Field::new("day", DataType::Date32, true),
        ]);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(Int64Array::from_iter_values(0..rows)),
            Arc::new(StringArray::from(names)),
            Arc::new(Date32Array::from_iter_values((0..rows).map(|_| 19_723))),
        ];
        RecordBatch::try_new(Arc::new(schema), columns).unwrap()
    }

    #[test]
    fn rows_go_to_their_partition() {
        let batch = batch(vec![Some("a"), None, Some("a"), Some("b")]);
        let splitter = splitter(&batch, &["name", "day"]);
        let parts = splitter.split(&batch).unwrap();
        let seen: Vec<_> = parts
            .iter()
            .map(|part| {
                let ids = part.rows.column(0).as_primitive::<arrow::datatypes::Int64Type>().values().to_vec();
                let values = splitter.values(&batch, part.sample).unwrap();
                (values.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), ids)
            })
            .collect();
        let day = Some("2024-01-01".to_owned());
        assert_eq!(
            seen,
            [
                (vec![Some("a".to_owned()), day.clone()], vec![0, 2]),
                (vec![None, day.clone()], vec![1]),
                (vec![Some("b".to_owned()), day], vec![3]),
            ]
        );
    }

    #[test]
    fn text_that_means_something_else_in_a_folder_is_refused() {
        for name in ["", NULL_VALUE] {
            let batch = batch(vec![Some(name)]);
            let error = splitter(&batch, &["name"]).values(&batch, 0).unwrap_err();
            assert_eq!((error.code, &error.details["column"]), (ErrorCode::IoPartitionValue, &"name".into()));
        }
    }
}
