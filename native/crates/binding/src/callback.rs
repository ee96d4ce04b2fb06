//! JavaScript functions as the engine's callbacks: one unreferenced threadsafe function per registration.

use std::sync::Arc;

use deltafuse_engine::error::{EngineError, ErrorCode};
use deltafuse_engine::functions::js::turns::Turns;
use deltafuse_engine::functions::js::{Callback, CallbackArguments, CallbackColumn, CallbackOutcome};
use napi::bindgen_prelude::{Env, Function, Result, ToNapiValue, Uint8Array};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{JsValue, Status, sys};
use napi_derive::napi;
use serde_json::{Map, Value};

use crate::batch;
use crate::bytes::joined;
use crate::settler::turns;

/// `{ id, header, data, dictionaries, rows, constants }`.
pub struct JsCall(CallbackArguments);

impl ToNapiValue for JsCall {
    unsafe fn to_napi_value(raw: sys::napi_env, value: Self) -> Result<sys::napi_value> {
        let env = Env::from_raw(raw);
        let CallbackArguments { id, columns, rows, constants } = value.0;
        let mut object = batch::object(&env, columns)?;
        object.set("id", id as f64)?;
        object.set("rows", rows as f64)?;
        object.set("constants", constants)?;
        // SAFETY: the object was made in this environment a moment ago.
        unsafe { napi::bindgen_prelude::Object::to_napi_value(raw, object) }
    }
}

/// What the dispatcher in JavaScript returns: a column, or the JSON of `{ code, message, details }`.
#[napi(object, object_to_js = false)]
pub struct CallbackResult {
    pub header: Option<Uint8Array>,
    /// In pieces.
    pub body: Option<Vec<Uint8Array>>,
    pub error: Option<String>,
}

/// Its queue has no bound of its own, since every call has a waiting worker. Node wakes one waiter of a full queue and
/// may forget the others.
type Queue = ThreadsafeFunction<CallbackArguments, CallbackResult, JsCall, Status, false, true>;

/// A registered function.
pub(crate) struct Registered {
    queue: Queue,
    turns: Arc<Turns>,
}

impl Registered {
    pub(crate) fn of(function: &Function<'_, JsCall, CallbackResult>) -> Result<Arc<dyn Callback>> {
        let queue =
            function.build_threadsafe_function::<CallbackArguments>().weak::<true>().build_callback(|context| Ok(JsCall(context.value)))?;
        Ok(Arc::new(Self { queue, turns: turns(Env::from_raw(function.value().env))? }))
    }
}

impl Callback for Registered {
    fn turns(&self) -> &Arc<Turns> {
        &self.turns
    }

    fn call(&self, arguments: CallbackArguments, done: Box<dyn FnOnce(CallbackOutcome) + Send>) -> std::result::Result<(), EngineError> {
        let status = self.queue.call_with_return_value(arguments, ThreadsafeFunctionCallMode::NonBlocking, move |result, _env| {
            done(result.map_err(|error| failed(&error.reason)).and_then(outcome));
            Ok(())
        });
        match status {
            Status::Ok => Ok(()),
            _ => Err(EngineError::new(ErrorCode::UdfClosed, "The function's JavaScript thread has ended; register it again.")),
        }
    }
}

fn outcome(result: CallbackResult) -> CallbackOutcome {
    match result {
        CallbackResult { error: Some(error), .. } => Err(decoded(&error)),
        CallbackResult { header: Some(header), body: Some(body), .. } => {
            Ok(CallbackColumn { header: header.to_vec(), body: joined(&body).into() })
        }
        _ => Err(failed("it gave neither a column nor an error")),
    }
}

fn failed(message: &str) -> EngineError {
    EngineError::new(ErrorCode::UdfCallbackFailed, format!("A function written in TypeScript failed: {message}."))
}

/// The error the dispatcher describes.
fn decoded(json: &str) -> EngineError {
    let Ok(Value::Object(mut described)) = serde_json::from_str::<Value>(json) else { return failed(json) };
    let text = |described: &Map<String, Value>, key: &str| described.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let (code, message) = (text(&described, "code"), text(&described, "message"));
    let code = ErrorCode::ALL.iter().copied().find(|known| known.as_str() == code).unwrap_or(ErrorCode::UdfCallbackFailed);
    let details = match described.remove("details") {
        Some(Value::Object(details)) => details,
        _ => Map::new(),
    };
    details.into_iter().fold(EngineError::new(code, message), |error, (key, value)| error.with(&key, value))
}
