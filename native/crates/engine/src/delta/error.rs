//! Typed errors: every deltalake error variant becomes one of ours; store and engine causes keep their codes.

use std::error::Error as StdError;

use arrow::error::ArrowError;
use datafusion::error::DataFusionError;
use deltalake::DeltaTableError;
use deltalake::kernel::Error as KernelModelError;
use deltalake::kernel::transaction::{CommitConflictError, TransactionError};
use parquet::errors::ParquetError;

use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion, from_object_store};

/// The crate reports a merge with several source rows per target row only as text.
const AMBIGUOUS_MERGE: &str = "MERGE matched a target row with multiple source rows";
/// The crate reports rows that break a constraint only as text.
const INVALID_ROWS: &str = "Invalid data found:";

/// The typed error behind a deltalake error.
#[must_use]
pub fn from_delta(error: &DeltaTableError) -> EngineError {
    if let Some(own) = find::<EngineError>(error) {
        return own.clone();
    }
    let text = error.to_string();
    let plain = |code: ErrorCode, message: &str| EngineError::new(code, message).caused_by(error);
    match error {
        DeltaTableError::KernelError(_) => kernel_error(error),
        DeltaTableError::ObjectStore { source } => from_object_store(source),
        DeltaTableError::Parquet { source } => from_chain(source).unwrap_or_else(|| plain(ErrorCode::EngineParquet, &text)),
        DeltaTableError::Arrow { source } => from_chain(source).unwrap_or_else(|| plain(ErrorCode::EngineArrow, &text)),
        DeltaTableError::InvalidJsonLog { version, .. } => corrupt(&text).with("version", version),
        DeltaTableError::InvalidStatsJson { .. } | DeltaTableError::NoSchema | DeltaTableError::PartitionError { .. } => corrupt(&text),
        DeltaTableError::InvalidVersion(version) => version_not_found(*version),
        DeltaTableError::InvalidDateTimeString { .. }
        | DeltaTableError::InvalidPartitionFilter { .. }
        | DeltaTableError::InvalidTableLocation(_)
        | DeltaTableError::MetadataError(_) => plain(ErrorCode::DeltaInvalidSpec, &text),
        DeltaTableError::InvalidData { .. } => invalid_rows(&text),
        DeltaTableError::NotATable(_) => plain(ErrorCode::DeltaNotATable, &text),
        DeltaTableError::SchemaMismatch { .. } => plain(ErrorCode::DeltaSchemaMismatch, &text),
        DeltaTableError::Io { source } => from_io(source),
        DeltaTableError::CommitValidation { source } => match *source {},
        DeltaTableError::Transaction { source } => from_transaction(source),
        DeltaTableError::VersionAlreadyExists(version) => attempts_exhausted().with("version", version),
        DeltaTableError::VersionMismatch(expected, actual) => {
            plain(ErrorCode::DeltaVersionMismatch, &text).with("expected", expected).with("actual", actual)
        }
        DeltaTableError::MissingFeature { feature, .. } => plain(ErrorCode::NativeFeatureUnavailable, &text).with("feature", feature),
        DeltaTableError::Generic(message) => from_text(message),
        DeltaTableError::GenericError { source } => from_chain(source.as_ref()).unwrap_or_else(|| from_text(&text)),
        DeltaTableError::Kernel { source } => from_kernel_model(source, &text),
        DeltaTableError::ChangeDataNotRecorded { .. }
        | DeltaTableError::ChangeDataNotEnabled { .. }
        | DeltaTableError::ChangeDataInvalidVersionRange { .. }
        | DeltaTableError::ChangeDataTimestampGreaterThanCommit { .. }
        | DeltaTableError::NoStartingVersionOrTimestamp
        | DeltaTableError::UnsupportedColumnMapping { .. } => plain(ErrorCode::DeltaFeatureUnsupported, &text),
        DeltaTableError::SerializeLogJson { .. }
        | DeltaTableError::VersionDowngrade { .. }
        | DeltaTableError::NotInitialized
        | DeltaTableError::NotInitializedWithFiles(_) => EngineError::internal(&text).caused_by(error),
    }
}

/// The typed error behind a plan's error: deltalake's own nodes wrap their errors once more.
#[must_use]
pub fn from_plan(error: &DataFusionError) -> EngineError {
    match find::<DeltaTableError>(error) {
        Some(delta) => from_delta(delta),
        None => from_datafusion(Phase::Execute, error),
    }
}

/// True when the error says that the commit, not the work before it, failed.
pub(super) fn is_commit_error(error: &DeltaTableError) -> bool {
    matches!(error, DeltaTableError::Transaction { .. } | DeltaTableError::VersionAlreadyExists(_))
}

/// `.typed()` on results of deltalake and DataFusion.
pub(super) trait Typed<T> {
    /// The value, or the typed error.
    fn typed(self) -> Result<T>;
}

impl<T> Typed<T> for std::result::Result<T, DeltaTableError> {
    fn typed(self) -> Result<T> {
        self.map_err(|error| from_delta(&error))
    }
}

impl<T> Typed<T> for std::result::Result<T, DataFusionError> {
    fn typed(self) -> Result<T> {
        self.map_err(|error| from_plan(&error))
    }
}

/// A version outside the log; `earliest` and `latest` are added where the log is listed.
pub(super) fn version_not_found(version: u64) -> EngineError {
    EngineError::new(ErrorCode::DeltaVersionNotFound, format!("Version {version} is not in the log of the table.")).with("version", version)
}

/// Every attempt to commit met a newer version.
pub(super) fn attempts_exhausted() -> EngineError {
    EngineError::new(
        ErrorCode::DeltaCommitAttemptsExhausted,
        "Other writers kept committing first and every attempt to commit was used; run the operation again.",
    )
}

/// Looks for `T` in the chain of `error`, itself included.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut next = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<T>() {
            return Some(found);
        }
        next = current.source();
    }
    None
}

/// The first error of the chain that has a code of its own.
fn from_chain(error: &(dyn StdError + 'static)) -> Option<EngineError> {
    let mut next = Some(error);
    while let Some(current) = next {
        let typed = if let Some(own) = current.downcast_ref::<EngineError>() {
            Some(own.clone())
        } else if let Some(plan) = current.downcast_ref::<DataFusionError>() {
            Some(from_plan(plan))
        } else if let Some(store) = current.downcast_ref::<object_store::Error>() {
            Some(from_object_store(store))
        } else if let Some(arrow) = current.downcast_ref::<ArrowError>() {
            Some(arrow_root(arrow))
        } else if let Some(ParquetError::External(inner)) = current.downcast_ref::<ParquetError>() {
            from_chain(inner.as_ref())
        } else {
            current.downcast_ref::<std::io::Error>().map(from_io)
        };
        if typed.is_some() {
            return typed;
        }
        next = current.source();
    }
    None
}

fn arrow_root(error: &ArrowError) -> EngineError {
    match error {
        ArrowError::ExternalError(inner) => {
            from_chain(inner.as_ref()).unwrap_or_else(|| EngineError::new(ErrorCode::EngineArrow, error.to_string()).caused_by(error))
        }
        ArrowError::CastError(message) => EngineError::new(ErrorCode::EngineCastFailed, message).caused_by(error),
        other => EngineError::new(ErrorCode::EngineArrow, other.to_string()).caused_by(error),
    }
}

fn from_io(error: &std::io::Error) -> EngineError {
    let code = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorCode::StoreNotFound,
        std::io::ErrorKind::PermissionDenied => ErrorCode::StorePermissionDenied,
        std::io::ErrorKind::TimedOut => ErrorCode::StoreTimeout,
        _ => ErrorCode::StoreOther,
    };
    EngineError::new(code, error.to_string()).caused_by(error)
}

/// The kernel's error type is not part of deltalake's interface: its variant is known by its debug name only.
fn kernel_error(error: &DeltaTableError) -> EngineError {
    if let Some(typed) = from_chain(error) {
        return typed;
    }
    let text = error.to_string();
    let debug = format!("{error:?}");
    let unsupported = ["Unsupported(", "InvalidProtocol("].iter().any(|name| debug.contains(name));
    let (code, message) = if unsupported {
        (ErrorCode::DeltaProtocolUnsupported, format!("The table needs a feature this engine does not support: {text}"))
    } else if debug.contains("FileNotFound(") {
        (ErrorCode::StoreNotFound, text)
    } else {
        (ErrorCode::DeltaLogCorrupt, format!("The log of the table cannot be read: {text}"))
    };
    EngineError::new(code, message).caused_by(error)
}

fn corrupt(text: &str) -> EngineError {
    EngineError::new(ErrorCode::DeltaLogCorrupt, format!("The log of the table cannot be read: {text}."))
}

fn from_kernel_model(error: &KernelModelError, text: &str) -> EngineError {
    if let Some(typed) = from_chain(error) {
        return typed;
    }
    let code = match error {
        KernelModelError::FileNotFound(_) => ErrorCode::StoreNotFound,
        KernelModelError::Schema(_) | KernelModelError::Generic(_) | KernelModelError::MetadataError(_) => ErrorCode::DeltaInvalidSpec,
        _ => ErrorCode::DeltaLogCorrupt,
    };
    EngineError::new(code, text).caused_by(error)
}

fn from_transaction(error: &TransactionError) -> EngineError {
    let text = error.to_string();
    match error {
        TransactionError::VersionAlreadyExists(version) => attempts_exhausted().with("version", version),
        TransactionError::SerializeLogJson { .. } => EngineError::internal(&text).caused_by(error),
        TransactionError::ObjectStore { source } => from_object_store(source),
        TransactionError::CommitConflict(conflict) => from_conflict(conflict),
        TransactionError::MaxCommitAttempts(_) => attempts_exhausted(),
        TransactionError::DeltaTableAppendOnly => EngineError::new(
            ErrorCode::DeltaAppendOnly,
            "The table is append-only (delta.appendOnly): rows can be added, not changed or removed.",
        ),
        TransactionError::UnsupportedTableFeatures(features) => {
            EngineError::new(ErrorCode::DeltaProtocolUnsupported, "The table needs features this engine does not support.")
                .with("missing", features.iter().map(ToString::to_string).collect::<Vec<_>>())
        }
        TransactionError::TableFeaturesRequired(feature) => {
            EngineError::new(ErrorCode::DeltaProtocolUnsupported, text).with("missing", [feature.to_string()])
        }
        TransactionError::LogStoreError { source, .. } => {
            from_chain(source.as_ref()).unwrap_or_else(|| EngineError::new(ErrorCode::DeltaCommitFailed, text).caused_by(error))
        }
    }
}

fn from_conflict(conflict: &CommitConflictError) -> EngineError {
    let (code, sentence) = match conflict {
        CommitConflictError::ConcurrentAppend => {
            (ErrorCode::DeltaConcurrentAppend, "Another writer added rows this operation would have had to read")
        }
        CommitConflictError::ConcurrentDeleteRead => {
            (ErrorCode::DeltaConcurrentDeleteRead, "Another writer removed rows this operation has read")
        }
        CommitConflictError::ConcurrentDeleteDelete => {
            (ErrorCode::DeltaConcurrentDeleteDelete, "Another writer removed rows this operation removes too")
        }
        CommitConflictError::MetadataChanged => (ErrorCode::DeltaMetadataChanged, "Another writer changed the table's metadata"),
        CommitConflictError::ConcurrentTransaction => {
            (ErrorCode::DeltaConcurrentTransaction, "Another writer committed the same application transaction")
        }
        CommitConflictError::ProtocolChanged(_) => (ErrorCode::DeltaProtocolChanged, "Another writer changed the table's protocol"),
        CommitConflictError::UnsupportedWriterVersion(_) | CommitConflictError::UnsupportedReaderVersion(_) => {
            (ErrorCode::DeltaProtocolUnsupported, "The table's protocol is newer than this engine")
        }
        CommitConflictError::CorruptedState { .. } | CommitConflictError::NoMetadata => {
            (ErrorCode::DeltaLogCorrupt, "The log of the table cannot be read")
        }
        CommitConflictError::Predicate { .. } => (
            ErrorCode::DeltaCommitFailed,
            "Another writer committed first, and it cannot be decided whether its commit conflicts with this predicate",
        ),
    };
    EngineError::new(code, format!("{sentence}; run the operation again.")).caused_by(conflict)
}

fn from_text(message: &str) -> EngineError {
    if message.contains(AMBIGUOUS_MERGE) {
        return EngineError::new(
            ErrorCode::DeltaMergeAmbiguous,
            "Several source rows would change the same row of the table; make the source unique on the merge condition.",
        )
        .caused_by(&DataFusionError::Execution(message.to_owned()));
    }
    if message.contains(INVALID_ROWS) {
        return invalid_rows(message);
    }
    EngineError::new(ErrorCode::EngineExecution, message)
}

fn invalid_rows(message: &str) -> EngineError {
    EngineError::new(
        ErrorCode::DeltaConstraintViolation,
        "Rows break a constraint of the table (a column that must not be null, or a CHECK); nothing was committed.",
    )
    .caused_by(&DataFusionError::Execution(message.to_owned()))
}
