//! How many allocations a batch takes on its way out: as many for a long one as for a short one.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Decimal128Array, DictionaryArray, Float64Array, Int64Array, ListArray, RecordBatch, StringArray,
    StringViewArray, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{Int32Type, Int64Type};
use deltafuse_engine::batch::cast::ViewTypes;
use deltafuse_engine::batch::pack::Packer;

/// The system's allocator, which counts the allocations of each thread.
struct Counting;

thread_local! {
    static MADE: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is the system's own.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        MADE.set(MADE.get() + 1);
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn made_by<T>(work: impl FnOnce() -> T) -> u64 {
    let before = MADE.get();
    let made = work();
    let count = MADE.get() - before;
    drop(made);
    count
}

/// A column of each layout that crosses.
fn batch(rows: usize) -> RecordBatch {
    let texts = || (0..rows).map(|row| format!("a text of more than twelve bytes {row}"));
    let numbers = || 0..i64::try_from(rows).unwrap();
    let struct_of: Vec<(&str, ArrayRef)> = vec![("a", Arc::new(Int64Array::from_iter_values(numbers())))];
    let columns: [(&str, ArrayRef); 10] = [
        ("int64", Arc::new(Int64Array::from_iter(numbers().map(|row| (row % 3 > 0).then_some(row))))),
        ("float64", Arc::new(numbers().map(|row| Some(row as f64)).collect::<Float64Array>())),
        ("decimal", Arc::new(numbers().map(|row| Some(i128::from(row))).collect::<Decimal128Array>())),
        ("timestamp", Arc::new(TimestampMicrosecondArray::from_iter_values(numbers()))),
        ("utf8", Arc::new(StringArray::from_iter_values(texts()))),
        ("view", Arc::new(StringViewArray::from_iter_values(texts()))),
        ("binary", Arc::new(BinaryArray::from_iter_values(texts()))),
        ("dictionary", Arc::new(numbers().map(|row| ["even", "odd"][usize::from(row % 2 > 0)]).collect::<DictionaryArray<Int32Type>>())),
        ("list", Arc::new(ListArray::from_iter_primitive::<Int64Type, _, _>(numbers().map(|row| Some(vec![Some(row), None]))))),
        ("struct", Arc::new(StructArray::try_from(struct_of).unwrap())),
    ];
    RecordBatch::try_from_iter(columns).unwrap()
}

fn made_by_packing(rows: usize, views: ViewTypes) -> u64 {
    let batch = batch(rows);
    let mut packer = Packer::new(&batch.schema(), views).unwrap();
    packer.pack(&batch).unwrap();
    made_by(|| packer.pack(&batch).unwrap())
}

#[test]
fn packing_a_batch_takes_a_number_of_allocations_that_its_rows_do_not_change() {
    for views in [ViewTypes::Plain, ViewTypes::Keep] {
        let (short, long) = (made_by_packing(64, views), made_by_packing(8192, views));
        assert_eq!(short, long, "{views:?}");
        assert!(long <= 40, "{long} allocations for ten columns, {views:?}");
    }
}
