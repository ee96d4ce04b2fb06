//! Traces the output columns of an analysed plan to the columns of tables.

use std::any::Any;
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::{DFSchema, JoinType, Result};
use datafusion::datasource::cte_worktable::CteWorkTable;
use datafusion::datasource::source_as_provider;
use datafusion::logical_expr::logical_plan::{Aggregate, Distinct, DistinctOn, RecursiveQuery, TableScan, Values};
use datafusion::logical_expr::utils::{grouping_set_to_exprlist, split_conjunction};
use datafusion::logical_expr::{Expr, Filter, Join, LogicalPlan, Unnest};
use recursive::recursive;

use super::conditions::joins;
use super::expressions::Scope;
use super::sources::{Direct, Indirect, LineageColumn, LineageTable, Relation, Role, Sources, Traced};

/// The output columns of a plan and what each depends on.
pub(super) fn trace(plan: &LogicalPlan) -> Result<Vec<LineageColumn>> {
    let Relation { columns, rows } = Tracer::default().relation(plan, None)?;
    let column = |(field, traced): (&Arc<Field>, Traced)| {
        let Traced { mut sources, constant } = traced;
        if !constant {
            sources.merge(&rows);
        }
        LineageColumn { output: field.name().clone(), sources: sources.into_list() }
    };
    Ok(plan.schema().fields().iter().zip(columns).map(column).collect())
}

/// Traces plans; knows the recursive queries it is in.
#[derive(Default)]
pub(super) struct Tracer {
    /// Recursive queries around, by name, with what is known of them so far.
    recursive: Vec<(String, Relation)>,
}

type Outer<'a> = Option<&'a Scope<'a>>;

impl Tracer {
    /// What is known of the rows and columns of a plan.
    #[recursive]
    pub(super) fn relation(&mut self, plan: &LogicalPlan, outer: Outer<'_>) -> Result<Relation> {
        match plan {
            LogicalPlan::Projection(node) => {
                let input = self.relation(&node.input, outer)?;
                let columns = self.values(&node.expr, &over(&node.input, &input, outer))?;
                Ok(Relation { columns, rows: input.rows })
            }
            LogicalPlan::Window(node) => {
                let mut input = self.relation(&node.input, outer)?;
                let added = self.values(&node.window_expr, &over(&node.input, &input, outer))?;
                input.columns.extend(added);
                Ok(input)
            }
            LogicalPlan::Sort(node) => {
                let keys: Vec<&Expr> = node.expr.iter().map(|key| &key.expr).collect();
                self.decided(&node.input, (&keys, Indirect::Sort), outer)
            }
            LogicalPlan::Filter(node) => self.filter(node, outer),
            LogicalPlan::Aggregate(node) => self.aggregate(node, outer),
            LogicalPlan::Join(node) => self.join(node, outer),
            LogicalPlan::Distinct(node) => self.distinct(node, outer),
            LogicalPlan::Unnest(node) => self.unnest(node, outer),
            LogicalPlan::Union(node) => self.united(node.inputs.iter().map(AsRef::as_ref), outer),
            LogicalPlan::RecursiveQuery(node) => self.recursive(node, outer),
            LogicalPlan::TableScan(scan) => self.scan(scan, outer),
            LogicalPlan::Values(node) => self.rows_of(node, outer),
            LogicalPlan::SubqueryAlias(node) => self.relation(&node.input, outer),
            LogicalPlan::Subquery(node) => self.relation(&node.subquery, outer),
            LogicalPlan::Limit(node) => self.relation(&node.input, outer),
            LogicalPlan::Repartition(node) => self.relation(&node.input, outer),
            LogicalPlan::Extension(_) => self.opaque(plan, outer),
            _ => Ok(Relation::constants(plan.schema().fields().len())),
        }
    }

    fn values(&mut self, exprs: &[Expr], scope: &Scope<'_>) -> Result<Vec<Traced>> {
        exprs.iter().map(|expr| self.value(expr, scope)).collect()
    }

    /// The columns of an input whose rows some expressions decide about.
    fn decided(&mut self, plan: &LogicalPlan, by: (&[&Expr], Indirect), outer: Outer<'_>) -> Result<Relation> {
        let input = self.relation(plan, outer)?;
        let mut rows = input.rows.clone();
        let scope = over(plan, &input, outer);
        for expr in by.0 {
            rows.merge(&self.decision(expr, &scope, by.1)?);
        }
        Ok(Relation { columns: input.columns, rows })
    }

    fn filter(&mut self, node: &Filter, outer: Outer<'_>) -> Result<Relation> {
        let input = self.relation(&node.input, outer)?;
        let mut rows = input.rows.clone();
        let scope = over(&node.input, &input, outer);
        for part in split_conjunction(&node.predicate) {
            let what = if joins(part, &node.input) { Indirect::Join } else { Indirect::Filter };
            rows.merge(&self.decision(part, &scope, what)?);
        }
        Ok(Relation { columns: input.columns, rows })
    }

    fn aggregate(&mut self, node: &Aggregate, outer: Outer<'_>) -> Result<Relation> {
        let input = self.relation(&node.input, outer)?;
        let mut rows = input.rows.clone();
        let scope = over(&node.input, &input, outer);
        let mut columns = Vec::with_capacity(node.schema.fields().len());
        for key in grouping_set_to_exprlist(&node.group_expr)? {
            columns.push(self.value(key, &scope)?);
            rows.merge(&self.decision(key, &scope, Indirect::Group)?);
        }
        // Grouping sets have a column of the engine's own, which tells them apart.
        let own = node.schema.fields().len().saturating_sub(columns.len() + node.aggr_expr.len());
        columns.extend((0..own).map(|_| Traced::default()));
        columns.extend(self.values(&node.aggr_expr, &scope)?);
        Ok(Relation { columns, rows })
    }

    fn join(&mut self, node: &Join, outer: Outer<'_>) -> Result<Relation> {
        let (left, right) = (self.relation(&node.left, outer)?, self.relation(&node.right, outer)?);
        let mut rows = left.rows.clone();
        rows.merge(&right.rows);
        let scope = Scope {
            parts: vec![(node.left.schema().as_ref(), left.columns.as_slice()), (node.right.schema().as_ref(), right.columns.as_slice())],
            outer,
        };
        let sides = [over(&node.left, &left, outer), over(&node.right, &right, outer)];
        for (one, other) in &node.on {
            for (key, side) in [one, other].into_iter().zip(&sides) {
                rows.merge(&self.decision(key, side, Indirect::Join)?);
            }
        }
        if let Some(filter) = &node.filter {
            rows.merge(&self.decision(filter, &scope, Indirect::Join)?);
        }
        let (left, right) = (left.columns, right.columns);
        let columns = match node.join_type {
            JoinType::LeftSemi | JoinType::LeftAnti => left,
            JoinType::RightSemi | JoinType::RightAnti => right,
            JoinType::LeftMark => [left, vec![Traced::default()]].concat(),
            JoinType::RightMark => [right, vec![Traced::default()]].concat(),
            JoinType::Inner | JoinType::Left | JoinType::Right | JoinType::Full => [left, right].concat(),
        };
        Ok(Relation { columns, rows })
    }

    fn distinct(&mut self, node: &Distinct, outer: Outer<'_>) -> Result<Relation> {
        match node {
            Distinct::All(plan) => {
                let mut input = self.relation(plan, outer)?;
                for column in &input.columns {
                    input.rows.merge(&column.sources.used(Role::Decides(Indirect::Group)));
                }
                Ok(input)
            }
            Distinct::On(on) => self.distinct_on(on, outer),
        }
    }

    fn distinct_on(&mut self, node: &DistinctOn, outer: Outer<'_>) -> Result<Relation> {
        let input = self.relation(&node.input, outer)?;
        let mut rows = input.rows.clone();
        let scope = over(&node.input, &input, outer);
        for key in &node.on_expr {
            rows.merge(&self.decision(key, &scope, Indirect::Group)?);
        }
        for key in node.sort_expr.iter().flatten() {
            rows.merge(&self.decision(&key.expr, &scope, Indirect::Sort)?);
        }
        Ok(Relation { columns: self.values(&node.select_expr, &scope)?, rows })
    }

    fn unnest(&mut self, node: &Unnest, outer: Outer<'_>) -> Result<Relation> {
        let input = self.relation(&node.input, outer)?;
        let taken_apart =
            |index: usize| node.list_type_columns.iter().any(|(list, _)| *list == index) || node.struct_type_columns.contains(&index);
        let column = |index: &usize| {
            let mut traced = input.columns.get(*index).cloned().unwrap_or_default();
            if taken_apart(*index) {
                traced.sources = traced.sources.used(Role::Value(Direct::Transform));
            }
            traced
        };
        Ok(Relation { columns: node.dependency_indices.iter().map(column).collect(), rows: input.rows })
    }

    fn united<'p>(&mut self, inputs: impl Iterator<Item = &'p LogicalPlan>, outer: Outer<'_>) -> Result<Relation> {
        let mut united: Option<Relation> = None;
        for input in inputs {
            let relation = self.relation(input, outer)?;
            match &mut united {
                None => united = Some(relation),
                Some(known) => known.unite(&relation),
            }
        }
        Ok(united.unwrap_or_default())
    }

    /// A recursive query is traced until nothing more is found.
    fn recursive(&mut self, node: &RecursiveQuery, outer: Outer<'_>) -> Result<Relation> {
        let mut known = self.relation(&node.static_term, outer)?;
        loop {
            self.recursive.push((node.name.clone(), known.clone()));
            let step = self.relation(&node.recursive_term, outer);
            self.recursive.pop();
            let mut more = known.clone();
            more.unite(&step?);
            if more == known {
                return Ok(known);
            }
            known = more;
        }
    }

    fn scan(&mut self, scan: &TableScan, outer: Outer<'_>) -> Result<Relation> {
        let table = LineageTable::from(&scan.table_name);
        if let Some(name) = recursive_name(scan)
            && let Some((_, known)) = self.recursive.iter().rev().find(|(query, _)| *query == name)
        {
            return Ok(known.clone());
        }
        let column = |name: &String| Traced { sources: Sources::column(table.clone(), name.clone()), constant: false };
        let columns: Vec<Traced> = scan.projected_schema.fields().iter().map(|field| column(field.name())).collect();
        let mut rows = Sources::default();
        if !scan.filters.is_empty() {
            let source = scan.source.schema();
            let every: Vec<Traced> = source.fields().iter().map(|field| column(field.name())).collect();
            let schema = DFSchema::try_from_qualified_schema(scan.table_name.clone(), &source)?;
            let scope = Scope { parts: vec![(&schema, every.as_slice())], outer };
            for filter in &scan.filters {
                rows.merge(&self.decision(filter, &scope, Indirect::Filter)?);
            }
        }
        Ok(Relation { columns, rows })
    }

    fn rows_of(&mut self, node: &Values, outer: Outer<'_>) -> Result<Relation> {
        let mut relation = Relation::constants(node.schema.fields().len());
        for row in &node.values {
            let columns = self.values(row, &Scope { parts: Vec::new(), outer })?;
            relation.unite(&Relation { columns, rows: Sources::default() });
        }
        Ok(relation)
    }

    /// Of an operator that is not the engine's own, every column may depend on every other.
    fn opaque(&mut self, plan: &LogicalPlan, outer: Outer<'_>) -> Result<Relation> {
        let mut rows = Sources::default();
        let mut any = Sources::default();
        for input in plan.inputs() {
            let relation = self.relation(input, outer)?;
            rows.merge(&relation.rows);
            for column in &relation.columns {
                any.merge(&column.sources.used(Role::Value(Direct::Transform)));
            }
        }
        let column = Traced { sources: any, constant: false };
        Ok(Relation { columns: vec![column; plan.schema().fields().len()], rows })
    }
}

/// The scope of expressions over one input.
fn over<'a>(plan: &'a LogicalPlan, relation: &'a Relation, outer: Outer<'a>) -> Scope<'a> {
    Scope { parts: vec![(plan.schema().as_ref(), relation.columns.as_slice())], outer }
}

/// The recursive query that a scan reads the last rows of.
pub(super) fn recursive_name(scan: &TableScan) -> Option<String> {
    let provider = source_as_provider(&scan.source).ok()?;
    let any: &dyn Any = provider.as_ref();
    any.downcast_ref::<CteWorkTable>().map(|table| table.name().to_owned())
}
