//! Turns the errors of the crates below into [`EngineError`]s: wrappers are opened, the chain is kept.

use std::sync::Arc;

use arrow::error::ArrowError;
use datafusion::common::{Column, Diagnostic, SchemaError};
use datafusion::error::DataFusionError;
use datafusion::parquet::errors::ParquetError;
use serde_json::json;
use tokio::task::JoinError;

use super::{EngineError, ErrorCode};
use crate::panic;

/// What the engine was doing: planning gives `SQL.*` or `FRAME.*`, running `ENGINE.*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Parsing and planning a statement.
    Sql,
    /// Building the operation with this index of a frame.
    Frame(usize),
    /// Running a plan.
    Execute,
}

/// The typed error behind a DataFusion error.
#[must_use]
pub fn from_datafusion(phase: Phase, error: &DataFusionError) -> EngineError {
    if let Some(own) = find_own(error) {
        return own.clone();
    }
    let root = innermost(error);
    let mut typed = match root {
        DataFusionError::SQL(parser, _) => parse_error(&parser.to_string()),
        DataFusionError::SchemaError(schema, _) => schema_error(phase, schema),
        DataFusionError::Plan(message) | DataFusionError::Configuration(message) => plan_error(phase, message),
        DataFusionError::NotImplemented(message) => EngineError::new(ErrorCode::EngineNotImplemented, message),
        DataFusionError::ResourcesExhausted(message) => EngineError::new(ErrorCode::EngineResourcesExhausted, message),
        DataFusionError::ArrowError(arrow, _) => arrow_error(arrow),
        DataFusionError::ParquetError(parquet) => parquet_error(parquet),
        DataFusionError::ObjectStore(store) => from_object_store(store),
        DataFusionError::IoError(io) => EngineError::new(ErrorCode::StoreOther, io.to_string()),
        DataFusionError::Internal(message) => EngineError::internal(message),
        DataFusionError::ExecutionJoin(join) => panic::from_join(join),
        other => external_error(phase, other, &contexts(error)),
    };
    if let Some(diagnostic) = error.diagnostic() {
        typed = with_diagnostic(typed, diagnostic);
    }
    let chain = super::redact(&error.strip_backtrace());
    if chain != typed.message && typed.causes.first().is_none_or(|first| first.message != chain) {
        typed.causes.insert(0, super::Cause { message: chain, code: None });
        typed.causes.truncate(super::MAX_CAUSES);
    }
    typed
}

/// What the engine was doing, in its own words, outermost first.
fn contexts(error: &DataFusionError) -> Vec<&str> {
    let mut found = Vec::new();
    let mut current = error;
    loop {
        let next = match current {
            DataFusionError::Context(what, inner) => {
                found.push(what.as_str());
                Some(&**inner)
            }
            other => inside(other),
        };
        match next {
            Some(inner) => current = inner,
            None => return found,
        }
    }
}

/// Opens context, diagnostic, shared, collection and external wrappers.
fn innermost(error: &DataFusionError) -> &DataFusionError {
    let mut current = error;
    while let Some(inner) = inside(current) {
        current = inner;
    }
    current
}

/// The error inside a wrapper.
fn inside(error: &DataFusionError) -> Option<&DataFusionError> {
    match error {
        DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner) => Some(&**inner),
        DataFusionError::Shared(inner) => Some(&**inner),
        DataFusionError::Collection(list) => list.first(),
        DataFusionError::External(inner) => inner.downcast_ref::<DataFusionError>(),
        DataFusionError::ArrowError(inner, _) => match &**inner {
            ArrowError::ExternalError(external) => external.downcast_ref::<DataFusionError>(),
            _ => None,
        },
        DataFusionError::ParquetError(inner) => match &**inner {
            ParquetError::External(external) => external.downcast_ref::<DataFusionError>(),
            _ => None,
        },
        _ => None,
    }
}

/// An engine error that travelled through a plan.
fn find_own(error: &DataFusionError) -> Option<&EngineError> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = match innermost(error) {
        DataFusionError::External(inner) => Some(inner.as_ref()),
        DataFusionError::ArrowError(inner, _) => Some(inner.as_ref()),
        DataFusionError::ObjectStore(inner) => Some(inner.as_ref()),
        _ => None,
    };
    while let Some(current) = next {
        if let Some(own) = current.downcast_ref::<EngineError>() {
            return Some(own);
        }
        next = current.source();
    }
    None
}

fn parse_error(message: &str) -> EngineError {
    let text = message.strip_prefix("sql parser error: ").unwrap_or(message);
    let error = EngineError::new(ErrorCode::SqlParseError, format!("The SQL text cannot be parsed: {text}."));
    match position_of(text) {
        Some((line, column)) => error.with("line", line).with("column", column),
        None => error,
    }
}

/// The parser reports its position only as text: `… at Line: 1, Column: 7`.
fn position_of(text: &str) -> Option<(u64, u64)> {
    let (_, tail) = text.rsplit_once("Line: ")?;
    let (line, tail) = tail.split_once(", Column: ")?;
    let digits: String = tail.chars().take_while(char::is_ascii_digit).collect();
    Some((line.trim().parse().ok()?, digits.parse().ok()?))
}

fn plan_error(phase: Phase, message: &str) -> EngineError {
    match phase {
        Phase::Sql => EngineError::new(ErrorCode::SqlPlanError, message),
        Phase::Frame(step) => EngineError::new(ErrorCode::FrameTypeMismatch, message).with("step", step),
        Phase::Execute => EngineError::new(ErrorCode::EngineExecution, message),
    }
}

fn schema_error(phase: Phase, error: &SchemaError) -> EngineError {
    let (code, column, candidates) = match error {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let names: Vec<&str> = valid_fields.iter().map(Column::name).collect();
            (ErrorCode::FrameUnknownColumn, field.flat_name(), nearest(field.name(), &names))
        }
        SchemaError::AmbiguousReference { field } => (ErrorCode::FrameDuplicateColumn, field.flat_name(), Vec::new()),
        SchemaError::DuplicateQualifiedField { name, .. } | SchemaError::DuplicateUnqualifiedField { name } => {
            (ErrorCode::FrameDuplicateColumn, name.clone(), Vec::new())
        }
    };
    let hint = match candidates.as_slice() {
        [] => String::new(),
        names => format!(" Did you mean {}?", names.join(", ")),
    };
    let message = match code {
        ErrorCode::FrameUnknownColumn => format!("There is no column '{column}'.{hint}"),
        _ => format!("The column name '{column}' is ambiguous; rename or qualify it."),
    };
    match phase {
        Phase::Frame(step) => EngineError::new(code, message).with("column", column).with("step", step).with("candidates", candidates),
        Phase::Sql => EngineError::new(ErrorCode::SqlPlanError, message).with("column", column).with("candidates", candidates),
        Phase::Execute => EngineError::new(ErrorCode::EngineSchema, message).with("column", column),
    }
}

/// Up to three of `names` that are near `wanted`, nearest first.
#[must_use]
pub fn nearest(wanted: &str, names: &[&str]) -> Vec<String> {
    let wanted = wanted.to_lowercase();
    let mut scored: Vec<(usize, &str)> = names
        .iter()
        .map(|name| (datafusion::common::utils::datafusion_strsim::levenshtein(&wanted, &name.to_lowercase()), *name))
        .filter(|(distance, name)| *distance <= name.len().max(wanted.len()).div_ceil(2))
        .collect();
    scored.sort_unstable();
    scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

fn with_diagnostic(error: EngineError, diagnostic: &Diagnostic) -> EngineError {
    match diagnostic.span {
        Some(span) if !error.details.contains_key("line") => {
            error.with("line", json!(span.start.line)).with("column", json!(span.start.column))
        }
        _ => error,
    }
}

fn arrow_error(error: &ArrowError) -> EngineError {
    match error {
        ArrowError::CastError(message) => EngineError::new(ErrorCode::EngineCastFailed, message),
        ArrowError::ParquetError(message) => EngineError::new(ErrorCode::EngineParquet, message),
        ArrowError::DivideByZero | ArrowError::ArithmeticOverflow(_) | ArrowError::ComputeError(_) => {
            EngineError::new(ErrorCode::EngineExecution, error.to_string())
        }
        ArrowError::ExternalError(inner) => EngineError::new(ErrorCode::EngineArrow, inner.to_string()).caused_by(inner.as_ref()),
        other => EngineError::new(ErrorCode::EngineArrow, other.to_string()),
    }
}

fn parquet_error(error: &ParquetError) -> EngineError {
    match error {
        ParquetError::External(inner) => match inner.downcast_ref::<object_store::Error>() {
            Some(store) => from_object_store(store),
            None => EngineError::new(ErrorCode::EngineParquet, error.to_string()).caused_by(inner.as_ref()),
        },
        other => EngineError::new(ErrorCode::EngineParquet, other.to_string()),
    }
}

/// The typed error behind an object store error.
#[must_use]
pub fn from_object_store(error: &object_store::Error) -> EngineError {
    use object_store::Error as Store;
    let (code, path) = match error {
        Store::NotFound { path, .. } => (ErrorCode::StoreNotFound, Some(path)),
        Store::AlreadyExists { path, .. } => (ErrorCode::StoreAlreadyExists, Some(path)),
        Store::Precondition { path, .. } | Store::NotModified { path, .. } => (ErrorCode::StorePrecondition, Some(path)),
        Store::PermissionDenied { path, .. } => (ErrorCode::StorePermissionDenied, Some(path)),
        Store::Unauthenticated { path, .. } => (ErrorCode::StoreUnauthenticated, Some(path)),
        _ => (ErrorCode::StoreOther, None),
    };
    let typed = EngineError::new(code, error.to_string()).caused_by(error);
    match path {
        Some(path) => typed.with("path", path),
        None => typed,
    }
}

/// A task that ended before its time; operators with several outputs share it.
fn joined<'error>(error: &'error (dyn std::error::Error + 'static)) -> Option<&'error JoinError> {
    error.downcast_ref::<JoinError>().or_else(|| error.downcast_ref::<Arc<JoinError>>().map(Arc::as_ref))
}

fn external_error(phase: Phase, error: &DataFusionError, contexts: &[&str]) -> EngineError {
    match error {
        DataFusionError::External(inner) => match inner.downcast_ref::<object_store::Error>() {
            Some(store) => from_object_store(store),
            None => match joined(inner.as_ref()) {
                Some(join) => panic::from_join(join),
                None => EngineError::new(ErrorCode::EngineExecution, within(contexts, &inner.to_string())).caused_by(inner.as_ref()),
            },
        },
        DataFusionError::Execution(message) if phase == Phase::Sql => EngineError::new(ErrorCode::SqlPlanError, message),
        DataFusionError::Execution(message) => EngineError::new(ErrorCode::EngineExecution, message),
        other => EngineError::new(ErrorCode::EngineExecution, other.strip_backtrace()),
    }
}

/// A message that says little alone, such as that of a number that cannot be parsed, behind what the engine was doing.
fn within(contexts: &[&str], message: &str) -> String {
    contexts.iter().copied().chain([message]).collect::<Vec<_>>().join(": ")
}

impl From<DataFusionError> for EngineError {
    fn from(error: DataFusionError) -> Self {
        from_datafusion(Phase::Execute, &error)
    }
}

impl From<ArrowError> for EngineError {
    fn from(error: ArrowError) -> Self {
        from_datafusion(Phase::Execute, &DataFusionError::ArrowError(Box::new(error), None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_own_error_comes_out_whole() {
        let own = EngineError::new(ErrorCode::DeltaTableExists, "there").with("uri", "x");
        let wrapped = DataFusionError::from(own).context("outer");
        let back = from_datafusion(Phase::Execute, &wrapped);
        assert_eq!((back.code, back.details.get("uri")), (ErrorCode::DeltaTableExists, Some(&json!("x"))));
    }

    #[test]
    fn the_parser_position_becomes_numbers() {
        assert_eq!(position_of("Expected: x, found: y at Line: 3, Column: 12"), Some((3, 12)));
        assert_eq!(position_of("no position"), None);
    }

    #[test]
    fn an_error_of_another_crate_says_what_the_engine_was_doing() {
        let number = "many".parse::<usize>().unwrap_err();
        let error = DataFusionError::External(Box::new(number)).context("Error parsing 'many' as usize").context("Error setting rows");
        let typed = from_datafusion(Phase::Execute, &error);
        assert_eq!(typed.message, "Error setting rows: Error parsing 'many' as usize: invalid digit found in string");
        let causes: Vec<&str> = typed.causes.iter().map(|cause| cause.message.as_str()).collect();
        let chain =
            "Error setting rows\ncaused by\nError parsing 'many' as usize\ncaused by\nExternal error: invalid digit found in string";
        assert_eq!(causes, [chain, "invalid digit found in string"]);
    }

    #[test]
    fn only_near_names_are_candidates() {
        assert_eq!(nearest("delai", &["delay", "distance", "date"]), ["delay"]);
    }
}
