//! Batch sizes on the way out.
//!
//! The first batch goes out as soon as it exists. Later ones hold about `batch_rows` rows: small ones wait for each
//! other until there are that many, until 1 MiB, or until the input is pending, and go out together; large ones are cut
//! into even pieces. Nothing is copied. No batch is larger than 64 MiB unless one row is.

use std::collections::VecDeque;

use arrow::array::RecordBatch;

use super::cast::ViewTypes;
use super::size::packed_bytes;

/// Waiting rows of this many bytes are sent.
const ENOUGH_BYTES: usize = 1 << 20;

/// A batch above this is cut by rows.
const MOST_BYTES: usize = 64 << 20;

/// Turns the batches of a plan into groups of the wanted size, each to be sent as one batch. Rows keep their order.
///
/// After every [`push`](Self::push), and after a [`flush`](Self::flush) when the input is pending or has ended, take
/// what is ready with [`pop`](Self::pop).
#[derive(Debug)]
pub struct Coalescer {
    batch_rows: usize,
    views: ViewTypes,
    started: bool,
    waiting: Vec<RecordBatch>,
    waiting_rows: usize,
    waiting_bytes: usize,
    ready: VecDeque<Vec<RecordBatch>>,
}

impl Coalescer {
    /// A coalescer for groups of about `batch_rows` rows each.
    #[must_use]
    pub fn new(batch_rows: usize, views: ViewTypes) -> Self {
        Self {
            batch_rows: batch_rows.max(1),
            views,
            started: false,
            waiting: Vec::new(),
            waiting_rows: 0,
            waiting_bytes: 0,
            ready: VecDeque::new(),
        }
    }

    /// Takes a batch in. Batches without rows vanish.
    pub fn push(&mut self, batch: RecordBatch) {
        let rows = batch.num_rows();
        if rows == 0 {
            return;
        }
        let bytes = packed_bytes(&batch, self.views);
        let small = rows.saturating_mul(4) < self.batch_rows.saturating_mul(3) && bytes < ENOUGH_BYTES;
        if !self.started || !small {
            self.started = true;
            self.flush();
            self.emit(&batch, bytes);
            return;
        }
        self.waiting.push(batch);
        self.waiting_rows += rows;
        self.waiting_bytes += bytes;
        if self.waiting_rows >= self.batch_rows || self.waiting_bytes >= ENOUGH_BYTES {
            self.flush();
        }
    }

    /// Makes what waits ready.
    pub fn flush(&mut self) {
        let waiting = std::mem::take(&mut self.waiting);
        self.waiting_rows = 0;
        self.waiting_bytes = 0;
        if !waiting.is_empty() {
            self.ready.push_back(waiting);
        }
    }

    /// The next group to send: one batch, or several small ones.
    pub fn pop(&mut self) -> Option<Vec<RecordBatch>> {
        self.ready.pop_front()
    }

    /// Whether rows wait for more; then a pending input calls for a [`flush`](Self::flush).
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    fn emit(&mut self, batch: &RecordBatch, bytes: usize) {
        let rows = batch.num_rows();
        // Even pieces: none is so small that it would have to wait, and nothing is copied.
        let pieces = ((rows + self.batch_rows / 2) / self.batch_rows).max(1);
        let size = rows.div_ceil(pieces);
        for start in (0..rows).step_by(size) {
            let piece = batch.slice(start, size.min(rows - start));
            self.limit(piece, bytes);
        }
    }

    /// Halves a batch until it is below the limit; `bytes` is at least what it takes.
    fn limit(&mut self, batch: RecordBatch, bytes: usize) {
        let rows = batch.num_rows();
        if bytes <= MOST_BYTES || rows < 2 {
            self.ready.push_back(vec![batch]);
            return;
        }
        let exact = packed_bytes(&batch, self.views);
        if exact <= MOST_BYTES {
            self.ready.push_back(vec![batch]);
            return;
        }
        let half = rows / 2;
        self.limit(batch.slice(0, half), exact);
        self.limit(batch.slice(half, rows - half), exact);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatchOptions, StringArray};
    use arrow::datatypes::{Int64Type, Schema};

    use super::*;

    fn rows(start: i64, count: i64) -> RecordBatch {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(start..start + count));
        RecordBatch::try_from_iter([("n", column)]).unwrap()
    }

    fn counted(group: &[RecordBatch]) -> usize {
        group.iter().map(RecordBatch::num_rows).sum()
    }

    /// Pushes batches of these row counts, then flushes; the row counts that come out after each step.
    fn run(batch_rows: usize, inputs: &[i64]) -> Vec<Vec<usize>> {
        let mut coalescer = Coalescer::new(batch_rows, ViewTypes::Plain);
        let mut next = 0;
        let mut seen = Vec::new();
        let mut sizes = Vec::new();
        let mut drain = |coalescer: &mut Coalescer| {
            let groups: Vec<_> = std::iter::from_fn(|| coalescer.pop()).collect();
            sizes.push(groups.iter().map(|group| counted(group)).collect());
            seen.extend(groups.iter().flatten().flat_map(|batch| batch.column(0).as_primitive::<Int64Type>().values().to_vec()));
        };
        for count in inputs {
            coalescer.push(rows(next, *count));
            next += count;
            drain(&mut coalescer);
        }
        coalescer.flush();
        drain(&mut coalescer);
        assert_eq!(seen, (0..next).collect::<Vec<_>>());
        sizes
    }

    #[test]
    fn the_first_batch_goes_out_at_once_and_small_ones_wait_for_each_other() {
        assert_eq!(run(100, &[1, 30, 30, 30, 30, 5]), [vec![1], vec![], vec![], vec![], vec![120], vec![], vec![5]]);
    }

    #[test]
    fn batches_near_the_wanted_size_pass_and_take_what_waits_out_before_them() {
        assert_eq!(run(100, &[100, 10, 90, 100]), [vec![100], vec![], vec![10, 90], vec![100], vec![]]);
    }

    #[test]
    fn large_batches_are_cut_into_even_pieces() {
        assert_eq!(run(100, &[1000, 149, 151, 0]), [vec![100; 10], vec![149], vec![76, 75], vec![], vec![]]);
    }

    #[test]
    fn a_mebibyte_does_not_wait() {
        let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(600 << 10)]));
        let batch = RecordBatch::try_from_iter([("s", text)]).unwrap();
        let mut coalescer = Coalescer::new(8192, ViewTypes::Plain);
        let mut pushed = || {
            coalescer.push(batch.clone());
            std::iter::from_fn(|| coalescer.pop()).map(|group| counted(&group)).collect::<Vec<_>>()
        };
        assert_eq!([pushed(), pushed(), pushed()], [vec![1], vec![], vec![2]]);
    }

    #[test]
    fn no_batch_is_above_64_mebibytes_unless_one_row_is() {
        let lengths = [70 << 20, 1, 40 << 20, 40 << 20, 1, 1];
        let text: ArrayRef = Arc::new(StringArray::from_iter_values(lengths.map(|length| "y".repeat(length))));
        let batch = RecordBatch::try_from_iter([("s", text)]).unwrap();
        let mut coalescer = Coalescer::new(8192, ViewTypes::Plain);
        coalescer.push(batch);
        let out: Vec<_> = std::iter::from_fn(|| coalescer.pop()).flatten().collect();
        assert_eq!(counted(&out), lengths.len());
        for batch in out {
            assert!(batch.num_rows() == 1 || packed_bytes(&batch, ViewTypes::Plain) <= MOST_BYTES);
        }
    }

    #[test]
    fn rows_without_columns_are_counted() {
        let options = RecordBatchOptions::new().with_row_count(Some(30));
        let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options).unwrap();
        let mut coalescer = Coalescer::new(20, ViewTypes::Plain);
        coalescer.push(batch.clone());
        coalescer.push(batch.slice(0, 5));
        coalescer.push(batch.slice(0, 5));
        coalescer.flush();
        let out: Vec<_> = std::iter::from_fn(|| coalescer.pop()).map(|group| counted(&group)).collect();
        assert_eq!(out, [15, 15, 10]);
    }
}
