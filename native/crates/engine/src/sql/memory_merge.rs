//! MERGE of a table in memory, as a query of the rows as they become: the engine plans it and has nobody who performs it.

use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::catalog::TableProvider;
use datafusion::common::{Column, DFSchema, JoinType, ScalarValue};
use datafusion::error::Result as EngineResult;
use datafusion::logical_expr::dml::{MergeIntoAction, MergeIntoClause, MergeIntoClauseKind, MergeIntoOp};
use datafusion::logical_expr::expr::Case;
use datafusion::logical_expr::{Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::lit;

use super::changed_rows::{has_subquery, qualifier};
use super::check::refused;
use super::merge_lookups::{LookedUp, looked_up};
use crate::error::Result;
use crate::io::memory_rewrite::{FATE, Fate};

/// True in the rows of the table, null in those of the source that it lacks.
const OF_TABLE: &str = "merge.table";
/// True in the rows of the source, null in those of the table that it lacks.
const OF_SOURCE: &str = "merge.source";
/// The number of the clause that decides on a row; null for none.
const CLAUSE: &str = "merge.clause";

/// A MERGE: the table with its rows, the rows of the source, and what becomes of them.
pub(super) struct MemoryMerge<'a> {
    pub(super) op: &'a MergeIntoOp,
    pub(super) table: &'a dyn TableProvider,
    pub(super) rows: LogicalPlan,
    pub(super) source: LogicalPlan,
}

impl MemoryMerge<'_> {
    /// Refuses a source that is found by other rows. `SQL.STATEMENT_UNSUPPORTED {statement, use}`.
    pub(super) fn check(&self) -> Result<()> {
        match has_subquery(&self.op.on) {
            true => Err(refused("MERGE with a subquery after ON", "a source that has its result as a column")
                .with("expression", self.op.on.to_string())),
            false => Ok(()),
        }
    }

    /// The rows as they become, with the [`Fate`] of each.
    pub(super) fn plan(&self) -> EngineResult<LogicalPlan> {
        let source = marked(self.source.clone(), OF_SOURCE)?;
        let joined = marked(self.rows.clone(), OF_TABLE)?.join_on(source.build()?, JoinType::Full, [self.op.on.clone()])?;
        let of_table = Column::new_unqualified(OF_TABLE);
        let LookedUp { rows, clauses } = looked_up(&joined.build()?, &self.op.clauses, (applies, &of_table))?;
        let op = MergeIntoOp { on: self.op.on.clone(), clauses };
        MemoryMerge { op: &op, table: self.table, rows: self.rows.clone(), source: self.source.clone() }.decided(rows)
    }

    /// What becomes of joined rows, by clauses that look at each row alone.
    fn decided(&self, joined: LogicalPlan) -> EngineResult<LogicalPlan> {
        let columns: Vec<Expr> = joined.schema().iter().map(Expr::from).collect();
        let numbered = self.numbered().map(|(number, clause)| (applies(clause), number));
        let deciding = [Expr::Case(cases(numbered, None)).alias(CLAUSE)];
        let judged = LogicalPlanBuilder::from(joined).project(columns.into_iter().chain(deciding))?;
        let schema = Arc::clone(judged.schema());
        let columns = self.table.schema();
        let values = columns.fields().iter().map(|field| Ok(self.value(field, &schema)?.alias(field.name())));
        let values = values.collect::<EngineResult<Vec<_>>>()?;
        judged.project(values.into_iter().chain([self.fate().alias(FATE)]))?.build()
    }

    /// The clauses with their numbers.
    fn numbered(&self) -> impl Iterator<Item = (Expr, &MergeIntoClause)> {
        (0_i32..).map(lit).zip(&self.op.clauses)
    }

    /// What a column gets by the clause that decides; what it has, where none does.
    fn value(&self, field: &Field, schema: &DFSchema) -> EngineResult<Expr> {
        let own = Expr::Column(Column::new(qualifier(&self.rows), field.name()));
        let given = self.numbered().filter_map(|(number, clause)| Some((number, self.given(field.name(), &clause.action)?)));
        let cast = given.map(|(number, value)| Ok((number, value.cast_to(field.data_type(), schema)?)));
        let branches = cast.collect::<EngineResult<Vec<_>>>()?;
        Ok(if branches.is_empty() { own } else { by_clause(branches, own) })
    }

    /// The value that a clause gives a column; none where it keeps its own.
    fn given(&self, name: &str, action: &MergeIntoAction) -> Option<Expr> {
        match action {
            MergeIntoAction::Delete => None,
            MergeIntoAction::Update(values) => values.iter().find(|(column, _)| column == name).map(|(_, value)| value.clone()),
            MergeIntoAction::Insert { columns, values } => Some(self.inserted(name, columns, values)),
        }
    }

    /// What a new row has in a column: what the clause says, else the column's default.
    fn inserted(&self, name: &str, columns: &[String], values: &[Expr]) -> Expr {
        let position = match columns.is_empty() {
            true => self.table.schema().index_of(name).ok(),
            false => columns.iter().position(|column| column == name),
        };
        let said = position.and_then(|position| values.get(position));
        said.or_else(|| self.table.get_column_default(name)).cloned().unwrap_or_else(|| lit(ScalarValue::Null))
    }

    fn fate(&self) -> Expr {
        let fates = self.numbered().map(|(number, clause)| {
            let fate = match clause.action {
                MergeIntoAction::Update(_) => Fate::Changes,
                MergeIntoAction::Insert { .. } => Fate::Comes,
                MergeIntoAction::Delete => Fate::Goes,
            };
            (number, lit(fate as i8))
        });
        let undecided = cases([(unqualified(OF_TABLE).is_not_null(), lit(Fate::Stays as i8))], None);
        by_clause(fates, Expr::Case(undecided))
    }
}

/// The rows of a plan with a column that is true.
fn marked(rows: LogicalPlan, name: &str) -> EngineResult<LogicalPlanBuilder> {
    let columns: Vec<Expr> = rows.schema().iter().map(Expr::from).collect();
    LogicalPlanBuilder::from(rows).project(columns.into_iter().chain([lit(true).alias(name)]))
}

/// Whether a clause decides on a row that no clause before it decides on.
fn applies(clause: &MergeIntoClause) -> Expr {
    let (of_table, of_source) = (unqualified(OF_TABLE), unqualified(OF_SOURCE));
    let found = match clause.kind {
        MergeIntoClauseKind::Matched => of_table.is_not_null().and(of_source.is_not_null()),
        MergeIntoClauseKind::NotMatched | MergeIntoClauseKind::NotMatchedByTarget => of_table.is_null(),
        MergeIntoClauseKind::NotMatchedBySource => of_source.is_null(),
    };
    match &clause.predicate {
        Some(predicate) => found.and(predicate.clone()),
        None => found,
    }
}

fn unqualified(name: &str) -> Expr {
    Expr::Column(Column::new_unqualified(name))
}

fn by_clause(branches: impl IntoIterator<Item = (Expr, Expr)>, otherwise: Expr) -> Expr {
    Expr::Case(Case { expr: Some(Box::new(unqualified(CLAUSE))), ..cases(branches, Some(otherwise)) })
}

fn cases(branches: impl IntoIterator<Item = (Expr, Expr)>, otherwise: Option<Expr>) -> Case {
    let branches = branches.into_iter().map(|(when, then)| (Box::new(when), Box::new(then)));
    Case { expr: None, when_then_expr: branches.collect(), else_expr: otherwise.map(Box::new) }
}
