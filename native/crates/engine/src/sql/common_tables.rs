//! `WITH … INSERT | UPDATE | DELETE | MERGE`, which the engine plans only without WITH: its tables go into the queries of
//! the statement.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{Ident, Query, SetExpr, Statement, TableAlias, TableFactor, VisitMut, VisitorMut, With};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

use super::verb;
use crate::error::{EngineError, Result};

/// The statement with the tables of its WITH inside. One whose WITH changes rows stays as it is: nobody performs it.
pub(super) fn inlined(tree: EngineStatement) -> Result<EngineStatement> {
    Ok(match tree {
        EngineStatement::Explain(mut explain) => {
            explain.statement = Box::new(inlined(*explain.statement)?);
            EngineStatement::Explain(explain)
        }
        EngineStatement::Statement(statement) => EngineStatement::Statement(Box::new(match *statement {
            Statement::Query(query) => change(*query)?,
            other => other,
        })),
        other => other,
    })
}

/// `SELECT * FROM` a table or what stands for one.
pub(super) fn all_of(factor: TableFactor) -> Result<Query> {
    Ok(reading(all_of_any()?, factor))
}

fn all_of_any() -> Result<Query> {
    let parsed = Parser::new(&GenericDialect {}).try_with_sql("SELECT * FROM t").and_then(|mut parser| parser.parse_query());
    parsed.map(|query| *query).map_err(|error| EngineError::internal(error.to_string()))
}

fn reading(mut query: Query, factor: TableFactor) -> Query {
    if let SetExpr::Select(select) = query.body.as_mut()
        && let Some(from) = select.from.first_mut()
    {
        from.relation = factor;
    }
    query
}

fn change(mut query: Query) -> Result<Statement> {
    let (SetExpr::Insert(inner) | SetExpr::Update(inner) | SetExpr::Delete(inner) | SetExpr::Merge(inner)) = query.body.as_ref() else {
        return Ok(Statement::Query(Box::new(query)));
    };
    let mut statement = inner.clone();
    let Some(with) = query.with.take() else { return Ok(statement) };
    if with.cte_tables.iter().any(|table| verb::written_by(&table.query).is_some()) {
        query.with = Some(with);
        return Ok(Statement::Query(Box::new(query)));
    }
    let names = with.cte_tables.iter().map(|table| verb::normal(&table.alias.name)).collect();
    let mut inside = Inside { with, names, all: all_of_any()?, depth: 0 };
    // What is changed is a table of the catalogue, also where a table of the WITH has its name.
    let _ = match &mut statement {
        Statement::Insert(insert) => insert.source.visit(&mut inside),
        Statement::Delete(delete) => visit_all(&mut inside, (&mut delete.using, &mut delete.selection)),
        Statement::Update(update) => {
            let _ = visit_all(&mut inside, (&mut update.table.joins, &mut update.from));
            visit_all(&mut inside, (&mut update.assignments, &mut update.selection))
        }
        Statement::Merge(merge) => {
            let _ = visit_all(&mut inside, (&mut merge.source, &mut merge.on));
            merge.clauses.visit(&mut inside)
        }
        _ => ControlFlow::Continue(()),
    };
    Ok(statement)
}

fn visit_all<A: VisitMut, B: VisitMut>(inside: &mut Inside, (one, other): (&mut A, &mut B)) -> ControlFlow<()> {
    one.visit(inside)?;
    other.visit(inside)
}

/// Puts a WITH into the outermost queries of what it visits.
struct Inside {
    with: With,
    names: BTreeSet<String>,
    /// `SELECT *`, to be read from what is named.
    all: Query,
    depth: usize,
}

impl VisitorMut for Inside {
    type Break = ();

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        let mut table = factor.clone();
        if let TableFactor::Table { name, alias, args: None, .. } = &mut table
            && let [part] = name.0.as_slice()
            && let Some(own) = part.as_ident()
            && self.depth == 0
            && self.names.contains(&verb::normal(own))
        {
            let alias = alias.take().or_else(|| Some(alias_of(own)));
            // The query gets the WITH when it is visited.
            let subquery = Box::new(reading(self.all.clone(), table));
            *factor = TableFactor::Derived { lateral: false, subquery, alias, sample: None };
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        if self.depth == 0 {
            match query.with.as_mut() {
                Some(own) => {
                    own.recursive |= self.with.recursive;
                    own.cte_tables.splice(0..0, self.with.cte_tables.iter().cloned());
                }
                None => query.with = Some(self.with.clone()),
            }
        }
        self.depth += 1;
        ControlFlow::Continue(())
    }

    fn post_visit_query(&mut self, _query: &mut Query) -> ControlFlow<()> {
        self.depth -= 1;
        ControlFlow::Continue(())
    }
}

fn alias_of(name: &Ident) -> TableAlias {
    TableAlias { explicit: true, name: name.clone(), columns: Vec::new(), at: None }
}

#[cfg(test)]
mod tests {
    use datafusion::config::Dialect;

    use crate::sql::statement::parse;

    #[test]
    fn the_tables_go_where_they_are_read() {
        let inlined = |sql: &str| parse(sql, Dialect::Generic, 50).unwrap().remove(0).tree.to_string();
        let with = "WITH c AS (SELECT 1 AS id)";
        assert_eq!(
            inlined("WITH c AS (SELECT 1 AS id) DELETE FROM c WHERE id IN (SELECT id FROM c) OR EXISTS (SELECT 1)"),
            format!("DELETE FROM c WHERE id IN ({with} SELECT id FROM c) OR EXISTS ({with} SELECT 1)")
        );
        assert_eq!(
            inlined("WITH c AS (SELECT 1 AS id) MERGE INTO t USING c ON t.id = c.id WHEN MATCHED THEN DELETE"),
            format!("MERGE INTO t USING ({with} SELECT * FROM c) AS c ON t.id = c.id WHEN MATCHED THEN DELETE")
        );
        assert_eq!(
            inlined("WITH c AS (SELECT 1 AS id) UPDATE t SET a = x.id FROM c AS x WHERE t.id = x.id"),
            format!("UPDATE t SET a = x.id FROM ({with} SELECT * FROM c) AS x WHERE t.id = x.id")
        );
        let writing = "WITH c AS (INSERT INTO t VALUES (1) RETURNING id) DELETE FROM t WHERE id = 1";
        assert_eq!(inlined(writing), writing);
    }
}
