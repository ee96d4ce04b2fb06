//! Where a value comes from, and how.

use std::collections::{BTreeMap, BTreeSet};

use datafusion::common::TableReference;
use serde::Serialize;
use ts_rs::TS;

/// The name of a table as the query gives it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
pub struct LineageTable {
    /// Null when the name gives none.
    pub catalog: Option<String>,
    /// Null when the name gives none.
    pub schema: Option<String>,
    /// The last part.
    pub name: String,
}

impl From<&TableReference> for LineageTable {
    fn from(reference: &TableReference) -> Self {
        Self {
            catalog: reference.catalog().map(ToOwned::to_owned),
            schema: reference.schema().map(ToOwned::to_owned),
            name: reference.table().to_owned(),
        }
    }
}

/// How a value is made of a column; the later wins where a value is made in several ways.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Direct {
    /// Not of it: the column only decides about rows, groups or their order.
    None,
    /// It is the column.
    Identity,
    /// It is computed of values of the same row.
    Transform,
    /// It is computed by a window function.
    Window,
    /// It is computed of many rows.
    Aggregate,
}

/// What a column decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Indirect {
    /// Which rows stay, or which branch of a CASE.
    Filter,
    /// Which rows meet.
    Join,
    /// Which rows form a group or a partition.
    Group,
    /// The order of rows.
    Sort,
}

/// A column that an output column depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageSource {
    /// Its table.
    pub table: LineageTable,
    /// Its name.
    pub column: String,
    /// How values are made of it.
    pub direct: Direct,
    /// What else it decides, sorted.
    pub indirect: Vec<Indirect>,
}

/// An output column and what it depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageColumn {
    /// Its name.
    pub output: String,
    /// Sorted by table and column.
    pub sources: Vec<LineageSource>,
}

/// How a value depends on one column.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Influence {
    direct: Direct,
    indirect: BTreeSet<Indirect>,
}

/// Columns and how a value depends on each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Sources(BTreeMap<(LineageTable, String), Influence>);

impl Sources {
    /// A column of a table itself.
    pub(super) fn column(table: LineageTable, column: String) -> Self {
        let influence = Influence { direct: Direct::Identity, indirect: BTreeSet::new() };
        Self(BTreeMap::from([((table, column), influence)]))
    }

    /// Adds what another value depends on.
    pub(super) fn merge(&mut self, other: &Self) {
        for (origin, influence) in &other.0 {
            match self.0.get_mut(origin) {
                None => {
                    self.0.insert(origin.clone(), influence.clone());
                }
                Some(known) => {
                    known.direct = known.direct.max(influence.direct);
                    known.indirect.extend(&influence.indirect);
                }
            }
        }
    }

    /// What a value depends on that is used in a role.
    pub(super) fn used(&self, role: Role) -> Self {
        let mut used = self.clone();
        for influence in used.0.values_mut().filter(|influence| influence.direct != Direct::None) {
            match role {
                Role::Value(least) => influence.direct = influence.direct.max(least),
                Role::Decides(what) => {
                    influence.direct = Direct::None;
                    influence.indirect.insert(what);
                }
            }
        }
        used
    }

    /// The same as a document.
    pub(super) fn into_list(self) -> Vec<LineageSource> {
        let source = |((table, column), influence): ((LineageTable, String), Influence)| LineageSource {
            table,
            column,
            direct: influence.direct,
            indirect: influence.indirect.into_iter().collect(),
        };
        self.0.into_iter().map(source).collect()
    }
}

/// What a part of an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The value is made of it, at least in this way.
    Value(Direct),
    /// It only decides.
    Decides(Indirect),
}

impl Role {
    /// The role of a part of what has this role.
    pub(super) fn within(self, least: Direct) -> Self {
        match self {
            Self::Value(direct) => Self::Value(direct.max(least)),
            Self::Decides(_) => self,
        }
    }

    /// The role of a part that only decides.
    pub(super) fn deciding(self, what: Indirect) -> Self {
        match self {
            Self::Value(_) => Self::Decides(what),
            Self::Decides(_) => self,
        }
    }
}

/// What is known of one column of a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Traced {
    /// What its values depend on.
    pub(super) sources: Sources,
    /// Whether it is the same in every row, as literals are.
    pub(super) constant: bool,
}

/// What is known of a relation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Relation {
    /// Aligned with the fields of its schema.
    pub(super) columns: Vec<Traced>,
    /// What decides about its rows.
    pub(super) rows: Sources,
}

impl Relation {
    /// So many columns that depend on nothing.
    pub(super) fn constants(count: usize) -> Self {
        let constant = Traced { sources: Sources::default(), constant: true };
        Self { columns: vec![constant; count], rows: Sources::default() }
    }

    /// Adds the rows of another relation, column by column.
    pub(super) fn unite(&mut self, other: &Self) {
        self.rows.merge(&other.rows);
        for (own, added) in self.columns.iter_mut().zip(&other.columns) {
            own.sources.merge(&added.sources);
            own.constant &= added.constant;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(column: &str) -> Sources {
        Sources::column(LineageTable { catalog: None, schema: None, name: "t".into() }, column.into())
    }

    #[test]
    fn the_stronger_kind_wins_and_decisions_add_up() {
        let mut sources = one("a");
        sources.merge(&one("a").used(Role::Value(Direct::Window)));
        sources.merge(&one("a").used(Role::Value(Direct::Transform)));
        sources.merge(&one("a").used(Role::Decides(Indirect::Sort)));
        sources.merge(&one("a").used(Role::Decides(Indirect::Filter)));
        let list = sources.into_list();
        let kinds: Vec<_> = list.iter().map(|source| (source.direct, source.indirect.clone())).collect();
        assert_eq!(kinds, [(Direct::Window, vec![Indirect::Filter, Indirect::Sort])]);
    }

    #[test]
    fn what_only_decided_keeps_deciding_the_same() {
        let filtered = one("a").used(Role::Decides(Indirect::Filter));
        assert_eq!(filtered.used(Role::Decides(Indirect::Sort)), filtered);
        assert_eq!(filtered.used(Role::Value(Direct::Aggregate)), filtered);
    }
}
