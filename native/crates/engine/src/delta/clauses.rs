//! The clauses of a merge: their wire form, and how they are planned against source and table.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::logical_expr::{Expr, ExprSchemable};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::context::OperationContext;
use super::error::Typed;
use super::exact_cast::exact_cast;
use super::predicate::Predicate;
use super::schema::{Differences, column_of};
use crate::error::Result;

/// Assigned columns and their values.
pub type Assignments = BTreeMap<String, Predicate>;

/// What happens to a row of the table that a source row matches.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaMatchedClause", optional_fields)]
pub enum MatchedClause {
    /// Set some columns.
    Update {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
        /// Columns of the table and their new values.
        #[ts(type = "Record<string, DeltaPredicate>")]
        set: Assignments,
    },
    /// Set every column the source has.
    UpdateAll {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
        /// Columns left alone.
        #[serde(default)]
        except: Option<Vec<String>>,
    },
    /// Remove the row.
    Delete {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
    },
}

/// What happens to a source row that matches nothing.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaNotMatchedClause", optional_fields)]
pub enum NotMatchedClause {
    /// Insert a row of these values; other columns are null.
    Insert {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
        /// Columns of the table and their values.
        #[ts(type = "Record<string, DeltaPredicate>")]
        values: Assignments,
    },
    /// Insert the row of the source.
    InsertAll {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
        /// Columns left null.
        #[serde(default)]
        except: Option<Vec<String>>,
    },
}

/// What happens to a row of the table that no source row matches.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "action", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[ts(rename = "DeltaBySourceClause", optional_fields)]
pub enum BySourceClause {
    /// Set some columns.
    Update {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
        /// Columns of the table and their new values.
        #[ts(type = "Record<string, DeltaPredicate>")]
        set: Assignments,
    },
    /// Remove the row.
    Delete {
        /// Only where this holds.
        #[serde(default)]
        when: Option<Predicate>,
    },
}

/// A planned clause: its condition, and its assignments unless it removes the row.
pub(super) struct Planned {
    pub(super) when: Option<Expr>,
    pub(super) assignments: Option<Vec<(String, Expr)>>,
}

/// Plans clauses and collects what is wrong with them.
pub(super) struct ClausePlanner<'a> {
    context: &'a OperationContext,
    source_name: TableReference,
    source: &'a DFSchema,
    target: &'a DFSchema,
    joined: &'a DFSchema,
    table: SchemaRef,
    unknown: BTreeSet<String>,
    types: Vec<(String, DataType)>,
    used: BTreeSet<String>,
    takes_all: bool,
}

/// The rows in sight of a clause.
#[derive(Clone, Copy)]
enum Sight {
    Both,
    Source,
    Target,
}

impl<'a> ClausePlanner<'a> {
    /// A planner over qualified schemas; `table` has the types values are stored with.
    pub(super) fn new(
        context: &'a OperationContext,
        source_name: TableReference,
        (source, target, joined): (&'a DFSchema, &'a DFSchema, &'a DFSchema),
        table: SchemaRef,
    ) -> Self {
        let (unknown, types, used) = (BTreeSet::new(), Vec::new(), BTreeSet::new());
        Self { context, source_name, source, target, joined, table, unknown, types, used, takes_all: false }
    }

    /// The merge condition.
    pub(super) fn on(&mut self, predicate: &Predicate) -> Result<Expr> {
        self.condition(predicate, Sight::Both)
    }

    /// Clauses of matched rows.
    pub(super) fn matched(&mut self, clauses: &[MatchedClause]) -> Result<Vec<Planned>> {
        clauses
            .iter()
            .map(|clause| match clause {
                MatchedClause::Update { when, set } => self.assigned(when.as_ref(), set, Sight::Both),
                MatchedClause::UpdateAll { when, except } => self.all(when.as_ref(), except.as_deref(), Sight::Both),
                MatchedClause::Delete { when } => self.removal(when.as_ref(), Sight::Both),
            })
            .collect()
    }

    /// Clauses of source rows without a match.
    pub(super) fn not_matched(&mut self, clauses: &[NotMatchedClause]) -> Result<Vec<Planned>> {
        clauses
            .iter()
            .map(|clause| match clause {
                NotMatchedClause::Insert { when, values } => self.assigned(when.as_ref(), values, Sight::Source),
                NotMatchedClause::InsertAll { when, except } => self.all(when.as_ref(), except.as_deref(), Sight::Source),
            })
            .collect()
    }

    /// Clauses of table rows without a match.
    pub(super) fn by_source(&mut self, clauses: &[BySourceClause]) -> Result<Vec<Planned>> {
        clauses
            .iter()
            .map(|clause| match clause {
                BySourceClause::Update { when, set } => self.assigned(when.as_ref(), set, Sight::Target),
                BySourceClause::Delete { when } => self.removal(when.as_ref(), Sight::Target),
            })
            .collect()
    }

    /// `DELTA.SCHEMA_MISMATCH` with everything that was wrong.
    pub(super) fn check(self) -> Result<()> {
        let mut differences = Differences::default();
        let extra: Vec<&str> = self.source.fields().iter().map(|field| field.name().as_str()).filter(|name| self.is_extra(name)).collect();
        for name in self.unknown.iter().map(String::as_str).chain(extra) {
            differences.add_extra(name);
        }
        for (name, actual) in &self.types {
            if let Some(field) = column_of(&self.table, name) {
                differences.compare(&Field::new(name, actual.clone(), true), field);
            }
        }
        differences.check()
    }

    /// A source column that `updateAll` or `insertAll` would silently drop and nothing else names.
    fn is_extra(&self, name: &str) -> bool {
        self.takes_all && column_of(&self.table, name).is_none() && !self.used.contains(&name.to_lowercase())
    }

    fn schema(&self, sight: Sight) -> &'a DFSchema {
        match sight {
            Sight::Both => self.joined,
            Sight::Source => self.source,
            Sight::Target => self.target,
        }
    }

    fn note(&mut self, expr: &Expr) {
        let source = self.source_name.clone();
        let columns = expr.column_refs();
        let named = columns.iter().filter(|column| column.relation.as_ref() == Some(&source));
        self.used.extend(named.map(|column| column.name.to_lowercase()));
    }

    fn condition(&mut self, predicate: &Predicate, sight: Sight) -> Result<Expr> {
        let expr = predicate.condition(self.context, self.schema(sight))?;
        self.note(&expr);
        Ok(expr)
    }

    fn removal(&mut self, when: Option<&Predicate>, sight: Sight) -> Result<Planned> {
        Ok(Planned { when: when.map(|when| self.condition(when, sight)).transpose()?, assignments: None })
    }

    fn assigned(&mut self, when: Option<&Predicate>, set: &Assignments, sight: Sight) -> Result<Planned> {
        let when = when.map(|when| self.condition(when, sight)).transpose()?;
        let mut assignments = Vec::with_capacity(set.len());
        for (name, value) in set {
            let expr = value.value(self.context, self.schema(sight))?;
            self.note(&expr);
            match self.table_column(name) {
                Some(field) => assignments.push(self.store(&field, expr, sight)?),
                None => drop(self.unknown.insert(name.clone())),
            }
        }
        Ok(Planned { when, assignments: Some(assignments) })
    }

    fn all(&mut self, when: Option<&Predicate>, except: Option<&[String]>, sight: Sight) -> Result<Planned> {
        let when = when.map(|when| self.condition(when, sight)).transpose()?;
        self.takes_all = true;
        let except: BTreeSet<String> = except.unwrap_or_default().iter().map(|name| name.to_lowercase()).collect();
        for name in &except {
            if self.table_column(name).is_none() && column_of(self.source.as_arrow(), name).is_none() {
                self.unknown.insert(name.clone());
            }
        }
        let mut assignments = Vec::new();
        for field in Arc::clone(&self.table).fields() {
            let Some(found) = column_of(self.source.as_arrow(), field.name()) else { continue };
            if !except.contains(&field.name().to_lowercase()) {
                let value = Expr::Column(Column::new(Some(self.source_name.clone()), found.name()));
                assignments.push(self.store(field, value, sight)?);
            }
        }
        self.used.extend(except);
        Ok(Planned { when, assignments: Some(assignments) })
    }

    fn table_column(&self, name: &str) -> Option<Field> {
        column_of(&self.table, name).map(|field| field.as_ref().clone())
    }

    fn store(&mut self, field: &Field, value: Expr, sight: Sight) -> Result<(String, Expr)> {
        let actual = value.get_type(self.schema(sight)).typed()?;
        self.types.push((field.name().clone(), actual.clone()));
        let value = if &actual == field.data_type() { value } else { exact_cast(value, field, false) };
        Ok((field.name().clone(), value))
    }
}
