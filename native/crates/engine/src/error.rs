//! The one error of the engine, and the envelope in which it crosses to JavaScript.

use std::borrow::Cow;
use std::fmt;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::spans::NativeSpans;

mod mapping;
mod redact;

pub use mapping::{Phase, from_datafusion, from_object_store, nearest};
pub use redact::{redact, redact_value};

/// The result of every engine function.
pub type Result<T, E = EngineError> = std::result::Result<T, E>;

/// Declares [`ErrorCode`] together with its dotted text and the list the contract publishes.
macro_rules! error_codes {
    ($($variant:ident => $text:literal,)*) => {
        /// Every code the extension can raise, in any namespace. The contract lists them.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode {
            $(#[doc = concat!("`", $text, "`")] $variant,)*
        }

        impl ErrorCode {
            /// Every code, in declaration order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The dotted text, `NAMESPACE.WHAT_HAPPENED`.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }
        }
    };
}

error_codes! {
    NativeBadRequest => "NATIVE.BAD_REQUEST",
    NativeCancelled => "NATIVE.CANCELLED",
    NativeClosed => "NATIVE.CLOSED",
    NativePanic => "NATIVE.PANIC",
    NativeRuntimeStarted => "NATIVE.RUNTIME_STARTED",
    NativeSettingsRejected => "NATIVE.SETTINGS_REJECTED",
    NativeSourceFailed => "NATIVE.SOURCE_FAILED",
    NativeFeatureUnavailable => "NATIVE.FEATURE_UNAVAILABLE",
    EngineArrow => "ENGINE.ARROW",
    EngineCastFailed => "ENGINE.CAST_FAILED",
    EngineExecution => "ENGINE.EXECUTION",
    EngineInternal => "ENGINE.INTERNAL",
    EngineNotImplemented => "ENGINE.NOT_IMPLEMENTED",
    EngineParquet => "ENGINE.PARQUET",
    EngineResourcesExhausted => "ENGINE.RESOURCES_EXHAUSTED",
    EngineSchema => "ENGINE.SCHEMA",
    StoreNotFound => "STORE.NOT_FOUND",
    StorePermissionDenied => "STORE.PERMISSION_DENIED",
    StoreUnauthenticated => "STORE.UNAUTHENTICATED",
    StoreAlreadyExists => "STORE.ALREADY_EXISTS",
    StorePrecondition => "STORE.PRECONDITION",
    StoreTimeout => "STORE.TIMEOUT",
    StoreOther => "STORE.OTHER",
    SessionCacheConflict => "SESSION.CACHE_CONFLICT",
    SessionObjectExists => "SESSION.OBJECT_EXISTS",
    SessionObjectNotEmpty => "SESSION.OBJECT_NOT_EMPTY",
    SessionObjectNotFound => "SESSION.OBJECT_NOT_FOUND",
    SessionObjectRequired => "SESSION.OBJECT_REQUIRED",
    PlanSubstraitInvalid => "PLAN.SUBSTRAIT_INVALID",
    PlanSubstraitUnsupported => "PLAN.SUBSTRAIT_UNSUPPORTED",
    SessionRuleUnknown => "SESSION.RULE_UNKNOWN",
    SqlParseError => "SQL.PARSE_ERROR",
    SqlPlanError => "SQL.PLAN_ERROR",
    SqlPolicyViolation => "SQL.POLICY_VIOLATION",
    SqlNotAQuery => "SQL.NOT_A_QUERY",
    SqlStatementUnsupported => "SQL.STATEMENT_UNSUPPORTED",
    SqlExtensionRequired => "SQL.EXTENSION_REQUIRED",
    SqlParameterMissing => "SQL.PARAMETER_MISSING",
    SqlParameterUnused => "SQL.PARAMETER_UNUSED",
    SqlTableParameterConsumed => "SQL.TABLE_PARAMETER_CONSUMED",
    SqlParameterType => "SQL.PARAMETER_TYPE",
    SqlPreparedExists => "SQL.PREPARED_EXISTS",
    SqlPreparedNotFound => "SQL.PREPARED_NOT_FOUND",
    SqlTypeUnknown => "SQL.TYPE_UNKNOWN",
    FrameUnknownColumn => "FRAME.UNKNOWN_COLUMN",
    FrameDuplicateColumn => "FRAME.DUPLICATE_COLUMN",
    FrameTypeMismatch => "FRAME.TYPE_MISMATCH",
    QueryResultTooLarge => "QUERY.RESULT_TOO_LARGE",
    UdfAlreadyExists => "UDF.ALREADY_EXISTS",
    UdfInvalidName => "UDF.INVALID_NAME",
    UdfNameConflict => "UDF.NAME_CONFLICT",
    UdfCallbackFailed => "UDF.CALLBACK_FAILED",
    UdfResultLength => "UDF.RESULT_LENGTH",
    UdfResultType => "UDF.RESULT_TYPE",
    UdfTimeout => "UDF.TIMEOUT",
    UdfUnexpectedPromise => "UDF.UNEXPECTED_PROMISE",
    UdfClosed => "UDF.CLOSED",
    IoDestinationExists => "IO.DESTINATION_EXISTS",
    IoDestinationForeign => "IO.DESTINATION_FOREIGN",
    IoPartitionValue => "IO.PARTITION_VALUE",
    IoTypeUnsupported => "IO.TYPE_UNSUPPORTED",
    IoWriteOption => "IO.WRITE_OPTION",
    DeltaAppendOnly => "DELTA.APPEND_ONLY",
    DeltaCommitAttemptsExhausted => "DELTA.COMMIT_ATTEMPTS_EXHAUSTED",
    DeltaCommitFailed => "DELTA.COMMIT_FAILED",
    DeltaCommitUnknown => "DELTA.COMMIT_UNKNOWN",
    DeltaConcurrentAppend => "DELTA.CONCURRENT_APPEND",
    DeltaConcurrentDeleteDelete => "DELTA.CONCURRENT_DELETE_DELETE",
    DeltaConcurrentDeleteRead => "DELTA.CONCURRENT_DELETE_READ",
    DeltaConcurrentTransaction => "DELTA.CONCURRENT_TRANSACTION",
    DeltaConstraintViolation => "DELTA.CONSTRAINT_VIOLATION",
    DeltaFeatureUnsupported => "DELTA.FEATURE_UNSUPPORTED",
    DeltaInvalidSpec => "DELTA.INVALID_SPEC",
    DeltaLogCorrupt => "DELTA.LOG_CORRUPT",
    DeltaMergeAmbiguous => "DELTA.MERGE_AMBIGUOUS",
    DeltaMergeNoAction => "DELTA.MERGE_NO_ACTION",
    DeltaMetadataChanged => "DELTA.METADATA_CHANGED",
    DeltaNotATable => "DELTA.NOT_A_TABLE",
    DeltaPartitionMismatch => "DELTA.PARTITION_MISMATCH",
    DeltaPredicateRequired => "DELTA.PREDICATE_REQUIRED",
    DeltaProtocolChanged => "DELTA.PROTOCOL_CHANGED",
    DeltaProtocolUnsupported => "DELTA.PROTOCOL_UNSUPPORTED",
    DeltaReservedMetadataKey => "DELTA.RESERVED_METADATA_KEY",
    DeltaSchemaMismatch => "DELTA.SCHEMA_MISMATCH",
    DeltaTableExists => "DELTA.TABLE_EXISTS",
    DeltaTableNotFound => "DELTA.TABLE_NOT_FOUND",
    DeltaTypeUnsupported => "DELTA.TYPE_UNSUPPORTED",
    DeltaVersionMismatch => "DELTA.VERSION_MISMATCH",
    DeltaVersionNotFound => "DELTA.VERSION_NOT_FOUND",
}

/// One link of the chain below an error, outermost first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// What the link says, credentials removed.
    pub message: String,
    /// Its code, where it had one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<Cow<'static, str>>,
}

/// A failure with its code, a sentence, structured details and the chain that led to it.
#[derive(Clone, Debug)]
pub struct EngineError {
    /// The code; callers decide by it, never by the message.
    pub code: ErrorCode,
    /// Why it failed and what to do.
    pub message: String,
    /// JSON-safe facts, named in the design's table of codes.
    pub details: Map<String, Value>,
    /// At most eight causes, outermost first.
    pub causes: Vec<Cause>,
    /// What was measured of the work that failed, where its trace is sampled.
    pub spans: Option<Box<NativeSpans>>,
}

/// Causes kept per error.
const MAX_CAUSES: usize = 8;

impl EngineError {
    /// An error with a code and a sentence.
    pub fn new(code: ErrorCode, message: impl AsRef<str>) -> Self {
        Self { code, message: redact(message.as_ref()), details: Map::new(), causes: Vec::new(), spans: None }
    }

    /// Adds one member of `details`.
    #[must_use]
    pub fn with(mut self, key: &str, value: impl Serialize) -> Self {
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        self.details.insert(key.to_owned(), redact_value(value));
        self
    }

    /// Appends a cause (and the chain below it).
    #[must_use]
    pub fn caused_by(mut self, error: &(dyn std::error::Error + 'static)) -> Self {
        let mut next = Some(error);
        while let Some(current) = next {
            if self.causes.len() >= MAX_CAUSES {
                break;
            }
            let code = current.downcast_ref::<Self>().map(|inner| Cow::Borrowed(inner.code.as_str()));
            let message = redact(&current.to_string());
            if self.causes.last().is_none_or(|last| last.message != message) {
                self.causes.push(Cause { message, code });
            }
            next = current.source();
        }
        self
    }

    /// The same, with a quoted value that may be a secret left out of what it says.
    #[must_use]
    pub fn without(mut self, value: &str) -> Self {
        let quoted = format!("'{value}'");
        let cleaned = |text: &str| text.replace(&quoted, "'…'");
        self.message = cleaned(&self.message);
        for cause in &mut self.causes {
            cause.message = cleaned(&cause.message);
        }
        self
    }

    /// A member of the request that is missing, unknown or of the wrong form.
    pub fn bad_request(path: &str, message: impl fmt::Display) -> Self {
        Self::new(ErrorCode::NativeBadRequest, format!("The request is not valid at {path}: {message}.")).with("path", path)
    }

    /// Something the engine's own invariants exclude: a bug.
    pub fn internal(message: impl fmt::Display) -> Self {
        Self::new(ErrorCode::EngineInternal, format!("Internal error: {message}. This is a bug; please report it."))
    }

    /// Work ended because its cancel handle was used.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::new(ErrorCode::NativeCancelled, "The operation was cancelled.")
    }

    /// A handle was used after `close()`.
    #[must_use]
    pub fn closed(what: &str) -> Self {
        Self::new(ErrorCode::NativeClosed, format!("The {what} is closed; open a new one.")).with("handle", what)
    }

    /// Adds what was measured of the work that failed.
    #[must_use]
    pub fn with_spans(mut self, spans: NativeSpans) -> Self {
        self.spans = Some(Box::new(spans));
        self
    }

    /// The envelope that crosses as the error's reason.
    #[must_use]
    pub fn envelope(&self) -> String {
        let mut envelope = json!({
            "deltafuse": 1,
            "code": self.code.as_str(),
            "message": self.message,
            "details": self.details,
            "causes": self.causes,
        });
        if let (Some(spans), Some(members)) = (&self.spans, envelope.as_object_mut()) {
            members.insert("spans".to_owned(), json!(spans));
        }
        envelope.to_string()
    }
}

impl fmt::Display for EngineError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl std::error::Error for EngineError {}

/// Lets an engine error travel through a plan and come out whole.
impl From<EngineError> for datafusion::error::DataFusionError {
    fn from(error: EngineError) -> Self {
        Self::External(Box::new(error))
    }
}
