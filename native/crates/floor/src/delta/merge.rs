//! Merging the rows of a statement into a table.

use std::collections::BTreeMap;

use datafusion::catalog::TableProvider;
use datafusion::common::{Column, TableReference};
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;
use deltalake::delta_datafusion::SessionFallbackPolicy;
use deltalake::operations::merge::{InsertBuilder, MergeBuilder, UpdateBuilder};
use serde::Deserialize;
use serde_json::Value;

use super::{Changed, Reset, changed, commit_properties, describe, log_store, operation_session, scan, state};
use crate::Result;
use crate::parquet_write::WriterOptions;
use crate::repeat::{Outcome, Repeat, measure, task};
use crate::session::{OpenSession, main_session};

/// Merges the rows of `sql`.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MergeJob {
    /// The session of the statement.
    #[serde(default = "main_session")]
    pub(crate) session: String,
    uri: String,
    sql: String,
    on: String,
    #[serde(default = "source")]
    source_alias: String,
    #[serde(default = "target")]
    target_alias: String,
    #[serde(default)]
    when_matched: Vec<Matched>,
    #[serde(default)]
    when_not_matched: Vec<NotMatched>,
    #[serde(default)]
    when_not_matched_by_source: Vec<BySource>,
    reset: Option<Reset>,
    repeat: Option<Repeat>,
}

fn source() -> String {
    "source".to_owned()
}

fn target() -> String {
    "target".to_owned()
}

type Assignments = BTreeMap<String, String>;

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
enum Matched {
    UpdateAll { when: Option<String> },
    Update { when: Option<String>, set: Assignments },
    Delete { when: Option<String> },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
enum NotMatched {
    InsertAll { when: Option<String> },
    Insert { when: Option<String>, set: Assignments },
}

#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "action", rename_all = "camelCase")]
enum BySource {
    Update { when: Option<String>, set: Assignments },
    Delete { when: Option<String> },
}

/// Measures the merge, with planning and with loading the table.
pub(crate) async fn run(session: &OpenSession, job: &MergeJob) -> Result<Value> {
    let mut last: Option<Changed> = None;
    let work = async |()| {
        let (context, job) = (session.context.clone(), job.clone());
        let changed = last.insert(task(async move { merge(&context, &job).await }).await?);
        Ok(Outcome { rows: changed.rows, ..Outcome::default() })
    };
    let mut answer = measure(job.repeat, async || Reset::apply(job.reset.as_ref()), work).await?;
    answer.extend(describe(&job.uri, last).await?);
    Ok(Value::Object(answer))
}

async fn merge(context: &SessionContext, job: &MergeJob) -> Result<Changed> {
    let log = log_store(&job.uri)?;
    let state = state(&log, None).await?;
    let rows = context.sql(&job.sql).await?;
    let names = |schema: &arrow::datatypes::Schema| schema.fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>();
    let given = names(rows.schema().as_arrow());
    let mut shared = names(scan(context, &state)?.schema().as_ref());
    shared.retain(|name| given.contains(name));
    let clauses = Clauses { job, shared };
    let builder = MergeBuilder::new(log, Some(state.snapshot().clone()), job.on.clone(), rows)
        .with_session_state(operation_session(context))
        .with_session_fallback_policy(SessionFallbackPolicy::RequireSessionState)
        .with_writer_properties(WriterOptions::default().properties()?)
        .with_commit_properties(commit_properties())
        .with_source_alias(&job.source_alias)
        .with_target_alias(&job.target_alias);
    let (table, metrics) = clauses.by_source(clauses.not_matched(clauses.matched(builder)?)?)?.await?;
    let rows = metrics.num_target_rows_inserted + metrics.num_target_rows_updated + metrics.num_target_rows_deleted;
    changed(&table, rows as u64, &metrics)
}

/// What a column becomes: a column of the source, or an expression.
enum Assigned {
    Column(Column),
    Text(String),
}

/// The clauses of a merge; `shared` are the columns that both sides have.
struct Clauses<'a> {
    job: &'a MergeJob,
    shared: Vec<String>,
}

impl Clauses<'_> {
    fn matched(&self, mut builder: MergeBuilder) -> Result<MergeBuilder> {
        for clause in &self.job.when_matched {
            builder = match clause {
                Matched::UpdateAll { when } => builder.when_matched_update(|update| self.update(update, when.as_ref(), self.all()))?,
                Matched::Update { when, set } => builder.when_matched_update(|update| self.update(update, when.as_ref(), given(set)))?,
                Matched::Delete { when } => {
                    builder.when_matched_delete(|delete| when.iter().fold(delete, |delete, when| delete.predicate(when.as_str())))?
                }
            };
        }
        Ok(builder)
    }

    fn not_matched(&self, mut builder: MergeBuilder) -> Result<MergeBuilder> {
        for clause in &self.job.when_not_matched {
            builder = match clause {
                NotMatched::InsertAll { when } => {
                    builder.when_not_matched_insert(|insert| self.insert(insert, when.as_ref(), self.all()))?
                }
                NotMatched::Insert { when, set } => {
                    builder.when_not_matched_insert(|insert| self.insert(insert, when.as_ref(), given(set)))?
                }
            };
        }
        Ok(builder)
    }

    fn by_source(&self, mut builder: MergeBuilder) -> Result<MergeBuilder> {
        for clause in &self.job.when_not_matched_by_source {
            builder = match clause {
                BySource::Update { when, set } => {
                    builder.when_not_matched_by_source_update(|update| self.update(update, when.as_ref(), given(set)))?
                }
                BySource::Delete { when } => builder
                    .when_not_matched_by_source_delete(|delete| when.iter().fold(delete, |delete, when| delete.predicate(when.as_str())))?,
            };
        }
        Ok(builder)
    }

    fn update(&self, update: UpdateBuilder, when: Option<&String>, set: Vec<(String, Assigned)>) -> UpdateBuilder {
        let update = when.into_iter().fold(update, |update, when| update.predicate(when.as_str()));
        set.into_iter().fold(update, |update, (name, value)| {
            let target = column(&self.job.target_alias, &name);
            match value {
                Assigned::Column(from) => update.update(target, Expr::Column(from)),
                Assigned::Text(text) => update.update(target, text),
            }
        })
    }

    fn insert(&self, insert: InsertBuilder, when: Option<&String>, set: Vec<(String, Assigned)>) -> InsertBuilder {
        let insert = when.into_iter().fold(insert, |insert, when| insert.predicate(when.as_str()));
        set.into_iter().fold(insert, |insert, (name, value)| {
            let target = column(&self.job.target_alias, &name);
            match value {
                Assigned::Column(from) => insert.set(target, Expr::Column(from)),
                Assigned::Text(text) => insert.set(target, text),
            }
        })
    }

    /// Every shared column from the source.
    fn all(&self) -> Vec<(String, Assigned)> {
        let value = |name: &String| Assigned::Column(column(&self.job.source_alias, name));
        self.shared.iter().map(|name| (name.clone(), value(name))).collect()
    }
}

fn column(side: &str, name: &str) -> Column {
    Column::new(Some(TableReference::bare(side)), name)
}

fn given(set: &Assignments) -> Vec<(String, Assigned)> {
    set.iter().map(|(name, value)| (name.clone(), Assigned::Text(value.clone()))).collect()
}
