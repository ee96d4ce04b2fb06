//! Writing rows: append, overwrite, and the first write that makes the table.

use std::collections::BTreeMap;
use std::num::NonZeroU64;
use std::sync::Arc;
use std::time::Instant;

use deltalake::delta_datafusion::SessionFallbackPolicy;
use deltalake::logstore::LogStoreRef;
use deltalake::operations::write::WriteBuilder;
use deltalake::protocol::SaveMode;
use deltalake::table::state::DeltaTableState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;
use url::Url;

use super::commit::{Commit, Provenance};
use super::context::{OperationContext, Source};
use super::create::Layout;
use super::guard::CommitKind;
use super::location;
use super::open;
use super::operation::Operation;
use super::report::{Done, Report};
use super::schema::{Differences, conform, table_schema};
use super::snapshot::Loaded;
use super::source::Prepared;
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::write::options::WriterOptions;

/// What happens when the table is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[ts(rename = "DeltaWriteMode")]
pub enum WriteMode {
    /// Fail.
    Error,
    /// Do nothing, without reading the source.
    Ignore,
    /// Add the rows.
    Append,
    /// Replace all rows.
    Overwrite,
}

/// Writes rows into a table, which is made when it is missing.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaWriteRequest", optional_fields)]
pub struct WriteRequest {
    /// Absolute path or URL.
    pub uri: String,
    /// What happens when the table is there already.
    pub mode: WriteMode,
    /// Columns whose values name folders; an existing table must have the same.
    #[serde(default)]
    pub partition_by: Option<Vec<String>>,
    /// Properties of a new table.
    #[serde(default)]
    #[ts(optional, type = "Record<string, string>")]
    pub properties: Option<BTreeMap<String, String>>,
    /// Name of a new table.
    #[serde(default)]
    pub name: Option<String>,
    /// Description of a new table.
    #[serde(default)]
    pub description: Option<String>,
    /// How it is committed.
    #[serde(default)]
    pub commit: Option<Commit>,
    /// Size a data file should have.
    #[serde(default)]
    #[ts(optional, type = "number")]
    pub target_bytes: Option<u64>,
    /// How Parquet files are written.
    #[serde(default)]
    pub writer: Option<WriterOptions>,
}

/// One call.
struct Write<'a> {
    context: &'a OperationContext,
    request: &'a WriteRequest,
    commit: Commit,
    url: Url,
    log_store: LogStoreRef,
    started: Instant,
}

/// Writes the rows of a source, which is read once and never gathered.
pub async fn write(context: &OperationContext, request: WriteRequest, source: Source) -> Result<Report> {
    let commit = request.commit.clone().unwrap_or_default();
    commit.validate()?;
    let url = location::table_url(&request.uri)?;
    let log_store = location::log_store(&url)?;
    let call = Write { context, request: &request, commit, url, log_store, started: Instant::now() };
    match open::find(&call.log_store).await? {
        Some(state) => call.existing(state, source).await,
        None => call.missing(source).await,
    }
}

impl Write<'_> {
    /// Makes the table with the rows in one commit.
    async fn missing(&self, source: Source) -> Result<Report> {
        self.commit.check_version(None)?;
        let again = match &source {
            Source::Plan(plan) => Some(plan.clone()),
            Source::OneShot(_) => None,
        };
        match (self.fill_new(source).await, again) {
            (Err(error), Some(plan)) if error.code == ErrorCode::DeltaCommitAttemptsExhausted => {
                // Another writer made the table first: the mode decides again.
                match open::find(&self.log_store).await? {
                    Some(state) => self.existing(state, Source::Plan(plan)).await,
                    None => Err(error),
                }
            }
            (result, _) => result.map_err(|error| concurrent_create(error, &self.url)),
        }
    }

    async fn fill_new(&self, source: Source) -> Result<Report> {
        let prepared = Prepared::streaming(self.context, source)?;
        let (_, arrow) = table_schema(prepared.plan.schema().as_arrow())?;
        let layout = Layout::new(&arrow, self.request.partition_by.as_deref(), self.request.properties.as_ref())?;
        let plan = conform(prepared.plan.clone(), &arrow, true)?;
        let operation = Operation::new(self.context, &self.log_store, CommitKind::Other);
        let provenance = Provenance { inputs: prepared.inputs_json(), no_retries: true, ..Provenance::default() };
        let mut builder = self
            .builder(&operation, None, provenance)?
            .with_input_plan(plan)
            .with_save_mode(self.save_mode())
            .with_partition_columns(layout.partition_by)
            .with_configuration(layout.properties.into_iter().map(|(key, value)| (key, Some(value))));
        if let Some(name) = &self.request.name {
            builder = builder.with_table_name(name);
        }
        if let Some(description) = &self.request.description {
            builder = builder.with_description(description);
        }
        let report = self.run(&operation, builder, None).await?;
        Ok(Report { source: prepared.source_plan(), ..report })
    }

    /// Adds to a table, or replaces its rows.
    async fn existing(&self, state: DeltaTableState, source: Source) -> Result<Report> {
        match self.request.mode {
            WriteMode::Error => return Err(table_exists(&self.url)),
            WriteMode::Ignore => return self.done().skipped(state).await,
            WriteMode::Append | WriteMode::Overwrite => {}
        }
        self.commit.check_version(Some(state.version()))?;
        self.check_partitioning(&state)?;
        let prepared = Prepared::streaming(self.context, source)?;
        let table = Loaded::Files(state.clone()).arrow_schema()?;
        let source_schema = Arc::clone(prepared.plan.schema().inner());
        check_names(&source_schema)?;
        Differences::between(&source_schema, &table).check()?;
        let plan = conform(prepared.plan.clone(), &table, false)?;
        let blind = self.request.mode == WriteMode::Append && !prepared.reads(state.metadata().id());
        let operation = Operation::new(self.context, &self.log_store, self.kind(&state, blind));
        let provenance = Provenance { inputs: prepared.inputs_json(), blind_append: Some(blind), no_retries: false };
        let builder = self.builder(&operation, Some(&state), provenance)?.with_input_plan(plan).with_save_mode(self.save_mode());
        let report = self.run(&operation, builder, Some(state)).await?;
        Ok(Report { source: prepared.source_plan(), ..report })
    }

    fn builder(&self, operation: &Operation, state: Option<&DeltaTableState>, provenance: Provenance) -> Result<WriteBuilder> {
        let snapshot = state.map(|state| state.snapshot().clone());
        let mut builder = WriteBuilder::new(Arc::clone(&operation.log_store), snapshot)
            .with_session_state(operation.session())
            .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
            .with_writer_properties(self.request.writer.clone().unwrap_or_default().properties()?)
            .with_commit_properties(self.commit.properties(self.context, operation.id, provenance));
        if let Some(size) = target_size(self.request.target_bytes)? {
            builder = builder.with_target_file_size(Some(size));
        }
        Ok(builder)
    }

    async fn run(&self, operation: &Operation, builder: WriteBuilder, before: Option<DeltaTableState>) -> Result<Report> {
        match operation.run(self.context, async { builder.await }).await {
            Ok(outcome) => self.done().report(outcome, before).await,
            Err(error) => Err(self.commit.explain(&self.log_store, error).await),
        }
    }

    fn done(&self) -> Done<'_> {
        Done { operation: "write", url: &self.url, log_store: &self.log_store, started: self.started }
    }

    fn kind(&self, state: &DeltaTableState, blind: bool) -> CommitKind {
        match self.request.mode {
            WriteMode::Overwrite => {
                let level = state.metadata().configuration().get("delta.isolationLevel");
                CommitKind::Overwrite { base: state.version(), serializable: level.is_none_or(|level| level == "Serializable") }
            }
            _ if blind => CommitKind::BlindAppend,
            _ => CommitKind::Append,
        }
    }

    const fn save_mode(&self) -> SaveMode {
        match self.request.mode {
            WriteMode::Error => SaveMode::ErrorIfExists,
            WriteMode::Ignore => SaveMode::Ignore,
            WriteMode::Append => SaveMode::Append,
            WriteMode::Overwrite => SaveMode::Overwrite,
        }
    }

    fn check_partitioning(&self, state: &DeltaTableState) -> Result<()> {
        let Some(given) = &self.request.partition_by else { return Ok(()) };
        let expected = state.metadata().partition_columns();
        let same = given.len() == expected.len() && given.iter().zip(expected).all(|(left, right)| left.eq_ignore_ascii_case(right));
        if same {
            return Ok(());
        }
        let shown = |names: &[String]| if names.is_empty() { "no column".to_owned() } else { names.join(", ") };
        Err(EngineError::new(
            ErrorCode::DeltaPartitionMismatch,
            format!(
                "The table is partitioned by {}, not by {}; leave partitionBy out or name the same columns.",
                shown(expected),
                shown(given)
            ),
        )
        .with("expected", expected)
        .with("actual", given))
    }
}

/// A target size in bytes; zero is refused.
fn target_size(bytes: Option<u64>) -> Result<Option<NonZeroU64>> {
    let refuse =
        || EngineError::new(ErrorCode::DeltaInvalidSpec, "The option targetBytes must be at least 1.").with("option", "targetBytes");
    bytes.map(|bytes| NonZeroU64::new(bytes).ok_or_else(refuse)).transpose()
}

/// Two columns of a source must differ by more than letter case.
fn check_names(schema: &arrow::datatypes::Schema) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    for field in schema.fields() {
        if !seen.insert(field.name().to_lowercase()) {
            return Err(EngineError::new(
                ErrorCode::DeltaInvalidSpec,
                format!("Two columns of the source are called '{}' (letter case does not tell columns apart); rename one.", field.name()),
            )
            .with("column", field.name()));
        }
    }
    Ok(())
}

/// `DELTA.TABLE_EXISTS`.
pub(super) fn table_exists(url: &Url) -> EngineError {
    let uri = location::display(url);
    EngineError::new(
        ErrorCode::DeltaTableExists,
        format!("There is a table at '{uri}'; append to it, overwrite it, or choose another location."),
    )
    .with("uri", uri)
}

fn concurrent_create(error: EngineError, url: &Url) -> EngineError {
    match error.code {
        ErrorCode::DeltaCommitAttemptsExhausted => made_by_another(&error, url),
        _ => error,
    }
}

/// Another writer made the table while this one was making it.
pub(super) fn made_by_another(error: &EngineError, url: &Url) -> EngineError {
    let uri = location::display(url);
    EngineError::new(
        ErrorCode::DeltaTableExists,
        format!("Another writer made the table at '{uri}' first; write to it as an existing table."),
    )
    .with("uri", uri)
    .with("concurrent", true)
    .caused_by(error)
}
