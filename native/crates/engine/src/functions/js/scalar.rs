//! A JavaScript function as a scalar function of the engine.
//!
//! The worker that evaluates it steps aside (`block_in_place`) and waits; the answer is completed on the JavaScript
//! thread itself and needs no free worker, and no entrypoint that runs a plan is synchronous, so neither side can wait
//! for the other in a circle.

use std::hash::{Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::{Duration, Instant};

use arrow::array::{Array, ArrayRef, BooleanArray, UInt64Array, new_null_array};
use arrow::compute::{concat, filter, take};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use tokio_util::sync::CancellationToken;

use super::{CallbackArguments, CallbackOutcome, Definition, NullRule, SharedCallback};
use crate::batch::cast::ViewTypes;
use crate::batch::pack::Packer;
use crate::error::{EngineError, ErrorCode, Result};

static CALLS: AtomicU64 = AtomicU64::new(1);

/// How often a waiting worker looks whether its session was closed.
pub(super) const WAIT_STEP: Duration = Duration::from_millis(50);

/// The registered function.
pub(crate) struct JsScalar {
    definition: Definition,
    signature: Signature,
    callback: SharedCallback,
    closed: CancellationToken,
}

impl JsScalar {
    pub(crate) fn new(definition: Definition, volatility: Volatility, callback: SharedCallback, closed: CancellationToken) -> Self {
        let signature = if definition.arguments.is_empty() {
            Signature::nullary(volatility)
        } else {
            Signature::exact(definition.arguments.clone(), volatility)
        };
        Self { definition, signature, callback, closed }
    }

    /// Fingerprint of the signature and the version.
    pub(crate) fn signature_hash(&self) -> &str {
        &self.definition.signature_hash
    }

    /// Most rows of one call.
    pub(crate) fn rows_per_call(&self) -> usize {
        self.definition.batch_size
    }

    /// Evaluates all rows, at most `batch_size` per call.
    fn evaluate(&self, arguments: &[ColumnarValue], rows: usize) -> Result<ArrayRef> {
        let columns = Columns::new(arguments)?;
        match self.definition.nulls {
            NullRule::Pass => self.batches(&columns, rows),
            NullRule::Strict => self.without_nulls(&columns, rows),
        }
    }

    fn without_nulls(&self, columns: &Columns, rows: usize) -> Result<ArrayRef> {
        let Some(valid) = columns.valid_rows(rows) else {
            return Ok(new_null_array(&self.definition.returns, rows));
        };
        if valid.true_count() == rows {
            return self.batches(columns, rows);
        }
        let given = self.batches(&columns.filtered(&valid)?, valid.true_count())?;
        let mut next = 0_u64;
        let positions: UInt64Array = valid
            .iter()
            .map(|row| {
                row.unwrap_or(false).then(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        Ok(take(given.as_ref(), &positions, None)?)
    }

    fn batches(&self, columns: &Columns, rows: usize) -> Result<ArrayRef> {
        if rows == 0 {
            return Ok(new_null_array(&self.definition.returns, 0));
        }
        let mut results = Vec::with_capacity(rows.div_ceil(self.definition.batch_size));
        for start in (0..rows).step_by(self.definition.batch_size) {
            let length = self.definition.batch_size.min(rows - start);
            results.push(self.call(&columns.slice(start, length), length)?);
        }
        match results.as_slice() {
            [one] => Ok(Arc::clone(one)),
            many => Ok(concat(&many.iter().map(AsRef::as_ref).collect::<Vec<_>>())?),
        }
    }

    fn call(&self, columns: &Columns, rows: usize) -> Result<ArrayRef> {
        let id = CALLS.fetch_add(1, Ordering::Relaxed);
        self.answer(id, columns, rows).map_err(|error| self.describe(error, id, rows))
    }

    fn answer(&self, id: u64, columns: &Columns, rows: usize) -> Result<ArrayRef> {
        let arguments = CallbackArguments { id, columns: columns.pack()?, rows, constants: columns.constants() };
        let (sender, receiver) = mpsc::sync_channel::<CallbackOutcome>(1);
        let done = Box::new(move |outcome| {
            let _ = sender.send(outcome);
        });
        let column = tokio::task::block_in_place(|| {
            let started = Instant::now();
            let _turn = self.callback.turns().take(|| self.check(started))?;
            self.callback.call(arguments, done)?;
            self.wait(&receiver, started)
        })?;
        let result = crate::ipc::decode::column(&column.header, column.body, &self.definition.returns)
            .map_err(|error| self.result_error(ErrorCode::UdfResultType, &error.message))?;
        if result.len() != rows {
            let message = format!("it returned {} values for {rows} rows", result.len());
            return Err(self.result_error(ErrorCode::UdfResultLength, &message).with("expected", rows).with("given", result.len()));
        }
        Ok(result)
    }

    fn wait(&self, receiver: &mpsc::Receiver<CallbackOutcome>, started: Instant) -> CallbackOutcome {
        loop {
            match receiver.recv_timeout(WAIT_STEP) {
                Ok(outcome) => return outcome,
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(self.result_error(ErrorCode::UdfClosed, "its JavaScript thread has ended"));
                }
                Err(RecvTimeoutError::Timeout) => self.check(started)?,
            }
        }
    }

    /// Whether the answer of a call is still wanted.
    fn check(&self, started: Instant) -> Result<()> {
        if self.closed.is_cancelled() {
            return Err(self.result_error(ErrorCode::UdfClosed, "its session was closed"));
        }
        match self.definition.timeout.filter(|limit| started.elapsed() >= *limit) {
            Some(limit) => Err(self.result_error(ErrorCode::UdfTimeout, &format!("it did not answer within {} ms", limit.as_millis()))),
            None => Ok(()),
        }
    }

    fn result_error(&self, code: ErrorCode, why: &str) -> EngineError {
        let name = &self.definition.name;
        EngineError::new(code, format!("The function '{name}' failed: {why}.")).with("function", name)
    }

    fn describe(&self, error: EngineError, id: u64, rows: usize) -> EngineError {
        error
            .with("function", &self.definition.name)
            .with("kind", "scalar")
            .with("callId", id)
            .with("rows", rows)
            .with("argumentTypes", &self.definition.type_texts)
    }
}

impl std::fmt::Debug for JsScalar {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("JsScalar").field("name", &self.definition.name).finish_non_exhaustive()
    }
}

impl PartialEq for JsScalar {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.callback, &other.callback) && self.definition.name == other.definition.name
    }
}

impl Eq for JsScalar {}

impl Hash for JsScalar {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.definition.name.hash(state);
    }
}

impl ScalarUDFImpl for JsScalar {
    fn name(&self) -> &str {
        &self.definition.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _arguments: &[DataType]) -> EngineResult<DataType> {
        Ok(self.definition.returns.clone())
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> EngineResult<ColumnarValue> {
        Ok(ColumnarValue::Array(self.evaluate(&arguments.args, arguments.number_rows)?))
    }
}

/// The argument columns: whole ones, and constants of one row.
struct Columns {
    schema: SchemaRef,
    arrays: Vec<(ArrayRef, bool)>,
}

impl Columns {
    fn new(arguments: &[ColumnarValue]) -> Result<Self> {
        let arrays = arguments
            .iter()
            .map(|argument| match argument {
                ColumnarValue::Array(array) => Ok((Arc::clone(array), false)),
                ColumnarValue::Scalar(scalar) => Ok((scalar.to_array()?, true)),
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self::of(arrays))
    }

    fn of(arrays: Vec<(ArrayRef, bool)>) -> Self {
        let fields: Vec<Field> =
            arrays.iter().enumerate().map(|(at, (array, _))| Field::new(format!("a{at}"), array.data_type().clone(), true)).collect();
        Self { schema: Arc::new(Schema::new(fields)), arrays }
    }

    fn constants(&self) -> Vec<u32> {
        let constant = |(at, (_, constant)): (usize, &(ArrayRef, bool))| constant.then_some(u32::try_from(at).unwrap_or(u32::MAX));
        self.arrays.iter().enumerate().filter_map(constant).collect()
    }

    /// Rows without a null argument; `None` when a constant is null.
    fn valid_rows(&self, rows: usize) -> Option<BooleanArray> {
        let mut nulls = None;
        for (array, constant) in &self.arrays {
            let Some(own) = array.logical_nulls() else { continue };
            if own.null_count() == 0 {
                continue;
            }
            if *constant {
                return None;
            }
            nulls = arrow::buffer::NullBuffer::union(nulls.as_ref(), Some(&own));
        }
        Some(match nulls {
            Some(nulls) => BooleanArray::new(nulls.into_inner(), None),
            None => BooleanArray::from(vec![true; rows]),
        })
    }

    fn filtered(&self, rows: &BooleanArray) -> Result<Self> {
        let arrays = self
            .arrays
            .iter()
            .map(|(array, constant)| Ok((if *constant { Arc::clone(array) } else { filter(array.as_ref(), rows)? }, *constant)))
            .collect::<Result<Vec<_>>>()?;
        Ok(Self { schema: Arc::clone(&self.schema), arrays })
    }

    fn slice(&self, start: usize, length: usize) -> Self {
        let cut =
            |(array, constant): &(ArrayRef, bool)| (if *constant { Arc::clone(array) } else { array.slice(start, length) }, *constant);
        Self { schema: Arc::clone(&self.schema), arrays: self.arrays.iter().map(cut).collect() }
    }

    /// Packs every column by itself, since constants are shorter than the others.
    fn pack(&self) -> Result<crate::batch::pack::Packed> {
        let mut packer = Packer::new(&self.schema, ViewTypes::Plain)?;
        packer.pack_columns(&self.arrays.iter().map(|(array, _)| Arc::clone(array)).collect::<Vec<_>>())
    }
}
