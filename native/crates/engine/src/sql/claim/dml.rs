//! Changes of rows, read from what the engine planned of them.

use std::any::Any;
use std::collections::BTreeMap;

use datafusion::catalog::TableProvider;
use datafusion::common::TableReference;
use datafusion::datasource::{TableType, source_as_provider};
use datafusion::logical_expr::dml::{InsertOp, MergeIntoAction, MergeIntoClause, MergeIntoClauseKind, MergeIntoOp};
use datafusion::logical_expr::{DmlStatement, Expr, LogicalPlan, WriteOp};
use serde_json::Value;

use super::{ClaimRequest, Claimed, files};
use crate::delta::clauses::{Assignments, BySourceClause, MatchedClause, NotMatchedClause};
use crate::delta::merge::MergeRequest;
use crate::delta::predicate::Predicate;
use crate::delta::provider::DeltaProvider;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::frame::described::described;
use crate::frame::expr::ExprSpec;
use crate::io::file_table::file_table;
use crate::rules::policy_guard::check_expr;
use crate::session::Session;
use crate::sql::changed_rows::{ChangedRows, RowChange, has_subquery};
use crate::sql::check::{refused, unsupported};
use crate::sql::policy::SqlPolicy;

/// The claim on a change of rows, by the provider of its target.
pub(super) fn claim(session: &Session, dml: DmlStatement, verb: &str, policy: &SqlPolicy) -> Result<Claimed> {
    let provider = source_as_provider(&dml.target).map_err(|error| from_datafusion(Phase::Sql, &error))?;
    let any: &dyn Any = provider.as_ref();
    if let (WriteOp::Insert(op), Some(files)) = (&dml.op, file_table(provider.as_ref())) {
        session.require("datasets", verb)?;
        return files::insert(files, (parts(&dml.table_name), overwrites(*op)?), dml.input.as_ref(), policy);
    }
    if !any.is::<DeltaProvider>() {
        return Err(without_owner(provider.as_ref(), &dml.table_name, verb));
    }
    session.require("delta", verb)?;
    let table = parts(&dml.table_name);
    let input = dml.input.as_ref().clone();
    let (request, takes_rows) = match &dml.op {
        WriteOp::Insert(op) => (ClaimRequest::Insert { table, overwrite: overwrites(*op)? }, true),
        WriteOp::Delete => {
            let change = RowChange::of(&dml.op, &input)?;
            let r#where = change.alone().and_then(|(_, condition)| described(&condition, &|_| None)).map(Box::new);
            if !matches!(input, LogicalPlan::Filter(_)) {
                (ClaimRequest::Delete { table, r#where: None }, false)
            } else if r#where.is_some() {
                (ClaimRequest::Delete { table, r#where }, false)
            } else {
                return changed(table, verb, change.query()?);
            }
        }
        WriteOp::Update => return changed(table, verb, RowChange::of(&dml.op, &input)?.query()?),
        WriteOp::Truncate => {
            let all = ExprSpec::Lit { r#type: None, value: Value::Bool(true) };
            (ClaimRequest::Delete { table, r#where: Some(Box::new(all)) }, false)
        }
        WriteOp::MergeInto(op) => {
            op.exprs().into_iter().try_for_each(|expr| check_expr(expr, policy))?;
            let columns = provider.schema().fields().iter().map(|field| field.name().clone()).collect();
            let merge = Merging { target: &dml.table_name, columns }.request(op)?;
            (ClaimRequest::Merge { table, merge: Box::new(merge) }, true)
        }
        _ => return Err(unsupported(verb)),
    };
    Ok(Claimed { module: "delta", request, source: takes_rows.then(|| input.clone()), input })
}

/// The parts of a name.
pub(super) fn parts(name: &TableReference) -> Vec<String> {
    name.to_vec()
}

/// `SQL.STATEMENT_UNSUPPORTED` for a table whose rows no statement changes.
fn without_owner(provider: &dyn TableProvider, name: &TableReference, verb: &str) -> EngineError {
    let (what, instead) = if file_table(provider).is_some() {
        ("a table of files", "INSERT INTO, or a Delta table")
    } else if provider.table_type() == TableType::View {
        ("a view", "the tables that it reads")
    } else {
        ("a table of this kind", "a Delta table, or a table in memory")
    };
    let statement = format!("{verb} on {what}");
    EngineError { message: format!("{verb} does not change '{name}', which is {what}; use {instead}."), ..refused(&statement, instead) }
}

fn overwrites(op: InsertOp) -> Result<bool> {
    match op {
        InsertOp::Append => Ok(false),
        InsertOp::Overwrite => Ok(true),
        InsertOp::Replace => Err(refused("REPLACE INTO", "MERGE INTO")),
    }
}

/// The claim on rows that a query finds: a merge of them into their own table.
fn changed(table: Vec<String>, verb: &str, rows: ChangedRows) -> Result<Claimed> {
    let column = |side: &str, name: String| ExprSpec::Col { name, table: Some(side.to_owned()) };
    let numbered = |kind: &str, index: usize| column("source", format!("{kind}_{index}"));
    let same = rows.keys.into_iter().enumerate().map(|(index, name)| ExprSpec::Binary {
        op: "is not distinct from".to_owned(),
        left: Box::new(column("target", name)),
        right: Box::new(numbered("key", index)),
    });
    let both = |left, right| ExprSpec::Binary { op: "and".to_owned(), left: Box::new(left), right: Box::new(right) };
    let set: Assignments =
        rows.set.into_iter().enumerate().map(|(index, name)| (name, Predicate::Expr(numbered("value", index)))).collect();
    let clause = if set.is_empty() { MatchedClause::Delete { when: None } } else { MatchedClause::Update { when: None, set } };
    let merge = MergeRequest {
        on: Predicate::Expr(same.reduce(both).ok_or_else(|| EngineError::internal("a change of rows of a table without columns"))?),
        source_alias: None,
        target_alias: None,
        when_matched: Some(vec![clause]),
        when_not_matched: None,
        when_not_matched_by_source: None,
        commit: None,
    };
    let request = ClaimRequest::Change { table, verb: verb.to_owned(), merge: Box::new(merge) };
    Ok(Claimed { module: "delta", request, source: Some(rows.plan.clone()), input: rows.plan })
}

fn indescribable(expr: &Expr) -> EngineError {
    let with = if has_subquery(expr) { "a subquery" } else { "an expression of this kind" };
    refused(&format!("MERGE with {with}"), "a source that has the value as a column").with("expression", expr.to_string())
}

/// A merge on its way to the function that does it.
struct Merging<'a> {
    target: &'a TableReference,
    /// Columns of the table.
    columns: Vec<String>,
}

impl Merging<'_> {
    fn request(&self, op: &MergeIntoOp) -> Result<MergeRequest> {
        let (mut matched, mut not_matched, mut by_source) = (Vec::new(), Vec::new(), Vec::new());
        for clause in &op.clauses {
            match clause.kind {
                MergeIntoClauseKind::Matched => matched.push(self.matched(clause)?),
                MergeIntoClauseKind::NotMatched | MergeIntoClauseKind::NotMatchedByTarget => not_matched.push(self.not_matched(clause)?),
                MergeIntoClauseKind::NotMatchedBySource => by_source.push(self.by_source(clause)?),
            }
        }
        let given = |any: bool| any.then_some(());
        Ok(MergeRequest {
            on: self.predicate(&op.on)?,
            source_alias: None,
            target_alias: None,
            when_matched: given(!matched.is_empty()).map(|()| matched),
            when_not_matched: given(!not_matched.is_empty()).map(|()| not_matched),
            when_not_matched_by_source: given(!by_source.is_empty()).map(|()| by_source),
            commit: None,
        })
    }

    fn matched(&self, clause: &MergeIntoClause) -> Result<MatchedClause> {
        let when = self.when(clause)?;
        match &clause.action {
            MergeIntoAction::Update(set) => Ok(MatchedClause::Update { when, set: self.assignments(set)? }),
            MergeIntoAction::Delete => Ok(MatchedClause::Delete { when }),
            MergeIntoAction::Insert { .. } => Err(misplaced("WHEN MATCHED THEN INSERT")),
        }
    }

    fn not_matched(&self, clause: &MergeIntoClause) -> Result<NotMatchedClause> {
        let MergeIntoAction::Insert { columns, values } = &clause.action else {
            return Err(misplaced("WHEN NOT MATCHED THEN UPDATE or DELETE"));
        };
        let columns = if columns.is_empty() { &self.columns } else { columns };
        let set: Vec<_> = columns.iter().cloned().zip(values.iter().cloned()).collect();
        Ok(NotMatchedClause::Insert { when: self.when(clause)?, values: self.assignments(&set)? })
    }

    fn by_source(&self, clause: &MergeIntoClause) -> Result<BySourceClause> {
        let when = self.when(clause)?;
        match &clause.action {
            MergeIntoAction::Update(set) => Ok(BySourceClause::Update { when, set: self.assignments(set)? }),
            MergeIntoAction::Delete => Ok(BySourceClause::Delete { when }),
            MergeIntoAction::Insert { .. } => Err(misplaced("WHEN NOT MATCHED BY SOURCE THEN INSERT")),
        }
    }

    fn when(&self, clause: &MergeIntoClause) -> Result<Option<Predicate>> {
        clause.predicate.as_ref().map(|predicate| self.predicate(predicate)).transpose()
    }

    fn assignments(&self, set: &[(String, Expr)]) -> Result<Assignments> {
        let mut assignments: Assignments = BTreeMap::new();
        for (column, value) in set {
            assignments.insert(column.clone(), self.predicate(value)?);
        }
        Ok(assignments)
    }

    fn predicate(&self, expr: &Expr) -> Result<Predicate> {
        let side = |qualifier: Option<&TableReference>| match qualifier {
            Some(name) if name.resolved_eq(self.target) => Some("target"),
            _ => Some("source"),
        };
        described(expr, &side).map(Predicate::Expr).ok_or_else(|| indescribable(expr))
    }
}

fn misplaced(clause: &str) -> EngineError {
    EngineError::new(ErrorCode::SqlPlanError, format!("MERGE has no {clause}."))
}
