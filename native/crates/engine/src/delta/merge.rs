//! Merging a source into a table.

use std::sync::Arc;
use std::time::Instant;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::logical_expr::{Expr, JoinType, build_join_schema};
use datafusion::prelude::DataFrame;
use deltalake::DeltaTable;
use deltalake::delta_datafusion::{DeltaScanConfig, DeltaScanNext, SessionFallbackPolicy};
use deltalake::operations::merge::{MergeBuilder, MergeMetrics};
use deltalake::table::state::DeltaTableState;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::clauses::ClausePlanner;
use super::clauses::Planned;
pub use super::clauses::{Assignments, BySourceClause, MatchedClause, NotMatchedClause};
use super::commit::{Commit, Provenance};
use super::context::{OperationContext, Source};
use super::error::Typed;
use super::guard::CommitKind;
use super::open::Table;
use super::operation::{Operation, Outcome};
use super::predicate::{Predicate, survives_logging};
use super::report::{Done, Metrics, Report};
use super::schema::widen;
use super::snapshot::Loaded;
use super::source::Prepared;
use super::upsert::{self, Sides};
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::write::options::WriterOptions;

/// Merges a source into a table. The first clause whose condition holds decides about a row.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaMergeRequest", optional_fields)]
pub struct MergeRequest {
    /// Which source row matches which row of the table.
    pub on: Predicate,
    /// Name of the source in expressions; `source` when left out.
    #[serde(default)]
    pub source_alias: Option<String>,
    /// Name of the table in expressions; `target` when left out.
    #[serde(default)]
    pub target_alias: Option<String>,
    /// For rows of the table that a source row matches.
    #[serde(default)]
    pub when_matched: Option<Vec<MatchedClause>>,
    /// For source rows that match nothing.
    #[serde(default)]
    pub when_not_matched: Option<Vec<NotMatchedClause>>,
    /// For rows of the table that no source row matches.
    #[serde(default)]
    pub when_not_matched_by_source: Option<Vec<BySourceClause>>,
    /// How it is committed.
    #[serde(default)]
    pub commit: Option<Commit>,
}

/// A merge whose expressions are planned.
struct PlannedMerge {
    on: Expr,
    matched: Vec<Planned>,
    not_matched: Vec<Planned>,
    by_source: Vec<Planned>,
    sides: Sides,
}

/// Merges a source into the newest version of a table.
pub async fn merge(context: &OperationContext, table: &Table, request: MergeRequest, source: Source) -> Result<Report> {
    let started = Instant::now();
    let commit = request.commit.clone().unwrap_or_default();
    commit.validate()?;
    request.check()?;
    let state = table.latest().await?;
    commit.check_version(Some(state.version()))?;
    request.check_append_only(&state)?;
    let mut prepared = Prepared::repeatable(context, source).await?;
    prepared.plan = widen(prepared.plan)?;
    let planned = request.plan(context, &state, &prepared)?;
    let operation = Operation::new(context, table.log_store(), CommitKind::Other);
    if let Some(keys) = upsert::keys(&planned.on, &planned.sides, &planned.matched, &planned.not_matched) {
        upsert::check_unique(&operation.state, &context.cancel, &prepared.plan, &keys).await?;
    }
    let provenance = Provenance { inputs: prepared.inputs_json(), no_retries: !survives_logging(&planned.on), ..Provenance::default() };
    let properties = commit.properties(context, operation.id, provenance);
    let frame = DataFrame::new(operation.state.clone(), prepared.plan.clone());
    let builder = MergeBuilder::new(Arc::clone(&operation.log_store), Some(state.snapshot().clone()), planned.on.clone(), frame)
        .with_session_state(operation.session())
        .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
        .with_writer_properties(WriterOptions::default().properties()?)
        .with_commit_properties(properties);
    let builder = planned.apply(builder)?;
    let done = Done { operation: "merge", url: table.url(), log_store: table.log_store(), started };
    match operation.run(context, async { builder.await }).await {
        Ok(outcome) => report(&done, table, outcome, state).await,
        Err(error) => Err(commit.explain(table.log_store(), error).await),
    }
}

async fn report(done: &Done<'_>, table: &Table, outcome: Outcome<(DeltaTable, MergeMetrics)>, before: DeltaTableState) -> Result<Report> {
    let (landed, value) = match outcome {
        Outcome::Unchanged { value } => {
            let metrics = value.map(|(_, counted)| counters(&counted, Metrics::default())).unwrap_or_default();
            return done.unchanged(before, metrics).await;
        }
        Outcome::Committed { landed, value } => (landed, value),
    };
    let metrics = Metrics::of(&landed.actions);
    let metrics = match &value {
        Ok((_, counted)) => counters(counted, Metrics { rows_written: Some(counted.num_output_rows as u64), ..metrics }),
        Err(_) => metrics,
    };
    let (state, warnings) = done.settle(&landed, value.map(|(table, _)| table.state)).await?;
    table.adopt(state.clone());
    done.committed(&landed, metrics, (state, warnings)).await
}

fn counters(counted: &MergeMetrics, metrics: Metrics) -> Metrics {
    Metrics {
        source_rows: Some(counted.num_source_rows as u64),
        rows_inserted: Some(counted.num_target_rows_inserted as u64),
        rows_updated: Some(counted.num_target_rows_updated as u64),
        rows_deleted: Some(counted.num_target_rows_deleted as u64),
        rows_copied: Some(counted.num_target_rows_copied as u64),
        ..metrics
    }
}

impl MergeRequest {
    fn check(&self) -> Result<()> {
        let clauses = [
            self.when_matched.as_ref().map_or(0, Vec::len),
            self.when_not_matched.as_ref().map_or(0, Vec::len),
            self.when_not_matched_by_source.as_ref().map_or(0, Vec::len),
        ];
        if clauses.iter().sum::<usize>() == 0 {
            return Err(EngineError::new(
                ErrorCode::DeltaMergeNoAction,
                "The merge has no clause; give whenMatched, whenNotMatched or whenNotMatchedBySource.",
            ));
        }
        if self.on.is_blank() {
            return Err(EngineError::new(ErrorCode::DeltaPredicateRequired, "The merge has no condition; give `on`.").with("member", "on"));
        }
        let (source, target) = self.aliases();
        if source == target || source.is_empty() || target.is_empty() {
            return Err(EngineError::new(ErrorCode::DeltaInvalidSpec, "Source and target need two different names.")
                .with("sourceAlias", source)
                .with("targetAlias", target));
        }
        Ok(())
    }

    fn aliases(&self) -> (&str, &str) {
        (self.source_alias.as_deref().unwrap_or("source"), self.target_alias.as_deref().unwrap_or("target"))
    }

    /// Told before the scan, not after it.
    fn check_append_only(&self, state: &DeltaTableState) -> Result<()> {
        let append_only = state.metadata().configuration().get("delta.appendOnly").is_some_and(|value| value == "true");
        let changes = self.when_matched.iter().flatten().count() + self.when_not_matched_by_source.iter().flatten().count();
        if append_only && changes > 0 {
            return Err(EngineError::new(
                ErrorCode::DeltaAppendOnly,
                "The table is append-only (delta.appendOnly): a merge may only insert.",
            ));
        }
        Ok(())
    }

    fn plan(&self, context: &OperationContext, state: &DeltaTableState, prepared: &Prepared) -> Result<PlannedMerge> {
        let (source_alias, target_alias) = self.aliases();
        let sides = Sides { source: TableReference::bare(source_alias), target: TableReference::bare(target_alias) };
        // The columns as deltalake will scan them: text may be views there.
        let scan = DeltaScanNext::new(state.snapshot().clone(), DeltaScanConfig::new_from_session(&context.state)).typed()?;
        let qualified = |side: &TableReference, schema| DFSchema::try_from_qualified_schema(side.clone(), schema).typed();
        let source = qualified(&sides.source, prepared.plan.schema().as_arrow())?;
        let target = qualified(&sides.target, scan.schema().as_ref())?;
        let joined = build_join_schema(&source, &target, &JoinType::Full).typed()?;
        let table = Loaded::Files(state.clone()).arrow_schema()?;
        let mut planner = ClausePlanner::new(context, sides.source.clone(), (&source, &target, &joined), table);
        let on = planner.on(&self.on)?;
        let matched = planner.matched(self.when_matched.as_deref().unwrap_or_default())?;
        let not_matched = planner.not_matched(self.when_not_matched.as_deref().unwrap_or_default())?;
        let by_source = planner.by_source(self.when_not_matched_by_source.as_deref().unwrap_or_default())?;
        planner.check()?;
        Ok(PlannedMerge { on, matched, not_matched, by_source, sides })
    }
}

impl PlannedMerge {
    fn apply(&self, mut builder: MergeBuilder) -> Result<MergeBuilder> {
        builder = builder.with_source_alias(self.sides.source.table()).with_target_alias(self.sides.target.table());
        let column = |name: &str| Column::new(Some(self.sides.target.clone()), name);
        for clause in &self.matched {
            builder = match &clause.assignments {
                Some(set) => builder.when_matched_update(|mut update| {
                    update = clause.when.iter().fold(update, |update, when| update.predicate(when.clone()));
                    set.iter().fold(update, |update, (name, value)| update.update(column(name), value.clone()))
                }),
                None => {
                    builder.when_matched_delete(|delete| clause.when.iter().fold(delete, |delete, when| delete.predicate(when.clone())))
                }
            }
            .typed()?;
        }
        for clause in &self.not_matched {
            builder = builder
                .when_not_matched_insert(|mut insert| {
                    insert = clause.when.iter().fold(insert, |insert, when| insert.predicate(when.clone()));
                    let values = clause.assignments.iter().flatten();
                    values.fold(insert, |insert, (name, value)| insert.set(column(name), value.clone()))
                })
                .typed()?;
        }
        for clause in &self.by_source {
            builder = match &clause.assignments {
                Some(set) => builder.when_not_matched_by_source_update(|mut update| {
                    update = clause.when.iter().fold(update, |update, when| update.predicate(when.clone()));
                    set.iter().fold(update, |update, (name, value)| update.update(column(name), value.clone()))
                }),
                None => builder.when_not_matched_by_source_delete(|delete| {
                    clause.when.iter().fold(delete, |delete, when| delete.predicate(when.clone()))
                }),
            }
            .typed()?;
        }
        Ok(builder)
    }
}
