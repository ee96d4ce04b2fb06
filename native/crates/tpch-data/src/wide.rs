//! The wide table: five columns of the types that matter when a result crosses into JavaScript.

use std::fmt::Write;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Decimal128Array, Float64Array, Int64Array, StringBuilder, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::error::ArrowError;
use arrow::record_batch::RecordBatch;

use crate::output::{self, Failure};

const BATCH_ROWS: u64 = 65_536;
/// 2020-01-01 as microseconds since 1970.
const START: i64 = 1_577_836_800_000_000;
/// Different streams of random numbers for the columns.
const RATIO: u64 = 1;
const NAME: u64 = 2;
const MOMENT: u64 = 3;
const AMOUNT: u64 = 4;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Int64, true),
        Field::new("ratio", DataType::Float64, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("moment", DataType::Timestamp(TimeUnit::Microsecond, None), true),
        Field::new("amount", DataType::Decimal128(15, 2), true),
    ]))
});

/// Writes the table into a file.
pub(crate) fn generate(rows: u64, path: &Path) -> Result<(), Failure> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|error| format!("'{}' cannot be made: {error}", folder.display()))?;
    }
    output::write(path, &SCHEMA, batches(rows))
}

fn batches(rows: u64) -> impl Iterator<Item = Result<RecordBatch, ArrowError>> {
    (0..rows.div_ceil(BATCH_ROWS)).map(move |batch| {
        let first = batch * BATCH_ROWS;
        rows_between(first, rows.min(first + BATCH_ROWS))
    })
}

fn rows_between(first: u64, end: u64) -> Result<RecordBatch, ArrowError> {
    let column = |stream: u64| (first..end).map(move |row| random(stream, row));
    let mut names = StringBuilder::with_capacity((end - first) as usize, (end - first) as usize * 11);
    for number in column(NAME) {
        write!(names, "r{:010}", number % 10_000_000_000).map_err(|error| ArrowError::ExternalError(Box::new(error)))?;
        names.append_value("");
    }
    let amounts = column(AMOUNT).map(|number| i128::from(number % 1_999_999_999) - 999_999_999);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(Int64Array::from_iter_values((first..end).map(u64::cast_signed))),
        Arc::new(Float64Array::from_iter_values(column(RATIO).map(fraction).map(|part| part * 1_000_000.0))),
        Arc::new(names.finish()),
        Arc::new(TimestampMicrosecondArray::from_iter_values((first..end).map(instant))),
        Arc::new(Decimal128Array::from_iter_values(amounts).with_precision_and_scale(15, 2)?),
    ];
    RecordBatch::try_new(SchemaRef::clone(&SCHEMA), columns)
}

/// At a whole millisecond, so that a JavaScript Date is exact.
fn instant(row: u64) -> i64 {
    START + (row * 1000 + random(MOMENT, row) % 1000).cast_signed() * 1000
}

/// A float64 in [0, 1) from the upper 53 bits.
fn fraction(number: u64) -> f64 {
    (number >> 11) as f64 / (1_u64 << 53) as f64
}

/// `SplitMix64`: the number of a row depends on nothing but the row and the stream.
fn random(stream: u64, row: u64) -> u64 {
    let mut state = (row + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15) ^ stream.wrapping_mul(0xD1B5_4A32_D192_ED03);
    state = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    state = (state ^ (state >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    state ^ (state >> 31)
}

#[cfg(test)]
mod tests {
    use arrow::array::{Array, AsArray};
    use arrow::compute::cast;
    use arrow::datatypes::{Decimal128Type, Float64Type};

    use super::*;

    #[test]
    fn the_first_rows_never_change() {
        let batch = rows_between(0, 3).unwrap();
        let expected = [
            ["0", "822494.7791102218", "r5995289903", "2020-01-01T00:00:00.389", "-3184479.18"],
            ["1", "917620.6453312238", "r4330074550", "2020-01-01T00:00:01.568", "9618845.14"],
            ["2", "304321.9164891271", "r7420850488", "2020-01-01T00:00:02.824", "-7094759.77"],
        ];
        let columns: Vec<_> = batch.columns().iter().map(|column| cast(column, &DataType::Utf8).unwrap()).collect();
        let cell = |row: usize, column: usize| columns[column].as_string::<i32>().value(row).to_owned();
        let found = [0, 1, 2].map(|row| [0, 1, 2, 3, 4].map(|column| cell(row, column)));
        assert_eq!(found, expected.map(|row| row.map(str::to_owned)));
    }

    #[test]
    fn batches_hold_all_rows_in_order_and_a_row_does_not_depend_on_its_batch() {
        let all: Vec<RecordBatch> = batches(BATCH_ROWS + 2).map(Result::unwrap).collect();
        assert_eq!(all.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [BATCH_ROWS as usize, 2]);
        assert_eq!(all[1], rows_between(BATCH_ROWS, BATCH_ROWS + 2).unwrap());
        assert_eq!(batches(0).count(), 0);
    }

    #[test]
    fn values_stay_in_their_ranges() {
        let batch = rows_between(0, 10_000).unwrap();
        assert!(batch.columns().iter().all(|column| column.null_count() == 0));
        assert!(batch.column(1).as_primitive::<Float64Type>().values().iter().all(|value| (0.0..1_000_000.0).contains(value)));
        assert!(batch.column(2).as_string::<i32>().iter().flatten().all(|name| name.len() == 11));
        let amounts = batch.column(4).as_primitive::<Decimal128Type>();
        assert!(amounts.values().iter().all(|amount| amount.abs() <= 999_999_999));
        assert!(amounts.values().iter().any(|amount| *amount < 0));
    }
}
