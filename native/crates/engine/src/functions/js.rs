//! Functions written in JavaScript: the port they are called through and their registration.

use std::sync::Arc;
use std::time::Duration;

use arrow::datatypes::DataType;
use bytes::Bytes;
use datafusion::logical_expr::{ScalarUDF, Volatility};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::batch::pack::Packed;
use crate::call::Call;
use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::{EngineError, ErrorCode, Result};
use crate::schema::type_text::parse_type_text;
use crate::session::Session;
use crate::wire::{Reply, decode};

mod scalar;
pub mod turns;

pub(crate) use scalar::JsScalar;
use turns::Turns;

/// One call of a JavaScript function.
pub struct CallbackArguments {
    /// Number of the call, unique in the process.
    pub id: u64,
    /// The argument columns.
    pub columns: Packed,
    /// Rows of the result.
    pub rows: usize,
    /// Positions of arguments that are constant and therefore one row long.
    pub constants: Vec<u32>,
}

/// One IPC record batch message of one column, header and body apart.
pub struct CallbackColumn {
    /// The message's flatbuffer.
    pub header: Vec<u8>,
    /// The message's body.
    pub body: Bytes,
}

/// What a JavaScript function answered.
pub type CallbackOutcome = Result<CallbackColumn>;

/// A JavaScript function as the engine sees it. `call` returns at once; `done` is called on the JavaScript thread, or
/// dropped when that thread is gone.
pub trait Callback: Send + Sync {
    /// The turns on its JavaScript thread.
    fn turns(&self) -> &Arc<Turns>;

    /// Queues one call, for whoever has a turn.
    fn call(&self, arguments: CallbackArguments, done: Box<dyn FnOnce(CallbackOutcome) + Send>) -> Result<()>;
}

/// Which rows reach the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum NullRule {
    /// Rows with a null argument give null and are not passed on.
    Strict,
    /// All rows.
    Pass,
}

/// What a function promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Promise {
    /// Same arguments, same result, for ever.
    Immutable,
    /// Same arguments, same result, within a query.
    Stable,
    /// Nothing.
    Volatile,
}

impl From<Promise> for Volatility {
    fn from(promise: Promise) -> Self {
        match promise {
            Promise::Immutable => Self::Immutable,
            Promise::Stable => Self::Stable,
            Promise::Volatile => Self::Volatile,
        }
    }
}

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ParameterSpec {
    /// Its name.
    pub name: String,
    /// Its type text.
    pub r#type: String,
}

/// The request of `registerFunction`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionSpec {
    /// `[a-z_][a-z0-9_]{0,62}`.
    pub name: String,
    /// In order.
    pub arguments: Vec<ParameterSpec>,
    /// Type text of the result.
    pub returns: String,
    /// What it promises.
    pub volatility: Promise,
    /// Which rows reach it.
    pub nulls: NullRule,
    /// Raised by the author when its meaning changes.
    pub version: String,
    /// Most rows per call.
    pub batch_size: usize,
    /// Longest wait for an answer; 0 = none.
    #[ts(type = "number")]
    pub timeout_ms: u64,
    /// Whether a JavaScript function of that name is replaced.
    pub replace: bool,
}

/// The reply of `registerFunction`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FunctionReply {
    /// Fingerprint of the signature.
    pub signature_hash: String,
    /// Whether one was replaced.
    pub replaced: bool,
}

/// A checked function.
#[derive(Clone)]
pub(crate) struct Definition {
    pub name: String,
    pub arguments: Vec<DataType>,
    pub type_texts: Vec<String>,
    pub returns: DataType,
    pub nulls: NullRule,
    pub batch_size: usize,
    pub timeout: Option<Duration>,
    pub signature_hash: String,
}

impl Session {
    /// The `registerFunction` entrypoint.
    pub fn register_function(&self, call: &Call) -> Result<Reply> {
        let spec: FunctionSpec = decode(&call.request)?;
        let Some(callback) = call.attached.callback.clone() else {
            return Err(EngineError::bad_request("$", "a callback must be attached"));
        };
        let definition = define(&spec)?;
        let replaced = self.replaces(&spec)?;
        let signature_hash = definition.signature_hash.clone();
        let volatility = Volatility::from(spec.volatility);
        let function = JsScalar::new(definition, volatility, callback, self.closed().clone());
        self.context()?.register_udf(ScalarUDF::new_from_impl(function));
        self.epoch().raise();
        Reply::of(&FunctionReply { signature_hash, replaced })
    }

    /// Whether a function of ours is replaced; engine functions never are.
    fn replaces(&self, spec: &FunctionSpec) -> Result<bool> {
        let state = self.state()?;
        let existing = state.scalar_functions().get(&spec.name);
        let other = state.aggregate_functions().contains_key(&spec.name) || state.window_functions().contains_key(&spec.name);
        let ours = existing.is_some_and(|function| javascript(function).is_some());
        if other || (existing.is_some() && !ours) {
            return Err(name_error(ErrorCode::UdfNameConflict, &spec.name, "The engine has a function of that name; choose another"));
        }
        if ours && !spec.replace {
            return Err(name_error(ErrorCode::UdfAlreadyExists, &spec.name, "It is registered already; choose another name or replace it"));
        }
        Ok(ours)
    }
}

/// The function of JavaScript behind a function, where it is one.
pub(crate) fn javascript(function: &ScalarUDF) -> Option<&JsScalar> {
    let inner: &dyn std::any::Any = function.inner().as_ref();
    inner.downcast_ref()
}

fn name_error(code: ErrorCode, name: &str, why: &str) -> EngineError {
    EngineError::new(code, format!("The function '{name}' cannot be registered. {why}.")).with("function", name)
}

fn define(spec: &FunctionSpec) -> Result<Definition> {
    let letter = |c: char| c.is_ascii_lowercase() || c == '_';
    let valid =
        spec.name.len() <= 63 && spec.name.chars().next().is_some_and(letter) && spec.name.chars().all(|c| letter(c) || c.is_ascii_digit());
    if !valid {
        return Err(name_error(ErrorCode::UdfInvalidName, &spec.name, "Names are lower case letters, digits and _, at most 63"));
    }
    Ok(Definition {
        name: spec.name.clone(),
        arguments: spec.arguments.iter().map(|argument| parse_type_text(&argument.r#type)).collect::<Result<_>>()?,
        type_texts: spec.arguments.iter().map(|argument| argument.r#type.clone()).collect(),
        returns: parse_type_text(&spec.returns)?,
        nulls: spec.nulls,
        batch_size: spec.batch_size.max(1),
        timeout: (spec.timeout_ms > 0).then(|| Duration::from_millis(spec.timeout_ms)),
        signature_hash: signature_hash(spec)?,
    })
}

fn signature_hash(spec: &FunctionSpec) -> Result<String> {
    let parameters = spec.arguments.iter().map(|argument| {
        CanonicalValue::object([
            ("name", CanonicalValue::from(argument.name.as_str())),
            ("type", CanonicalValue::from(argument.r#type.as_str())),
        ])
    });
    let nulls = if spec.nulls == NullRule::Strict { "strict" } else { "pass" };
    let volatility = crate::plan::uses::volatility_text(spec.volatility.into());
    fingerprint(
        "function",
        1,
        CanonicalValue::object([
            ("name", CanonicalValue::from(spec.name.as_str())),
            ("kind", CanonicalValue::from("scalar")),
            ("parameters", CanonicalValue::list(parameters.collect::<Vec<_>>())),
            ("returns", CanonicalValue::from(spec.returns.as_str())),
            ("volatility", CanonicalValue::from(volatility)),
            ("nulls", CanonicalValue::from(nulls)),
            ("origin", CanonicalValue::from("typescript")),
            ("version", CanonicalValue::from(spec.version.as_str())),
        ]),
    )
}

/// A shared callback.
pub type SharedCallback = Arc<dyn Callback>;
