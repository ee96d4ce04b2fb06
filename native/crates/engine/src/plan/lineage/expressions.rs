//! What the value of an expression depends on.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema};
use datafusion::error::{DataFusionError, Result};
use datafusion::logical_expr::expr::{AggregateFunctionParams, WindowFunctionParams};
use datafusion::logical_expr::{Case, Expr, SortExpr, Subquery};

use super::columns::Tracer;
use super::sources::{Direct, Indirect, Role, Sources, Traced};

/// The columns an expression can name: of its input, and of the queries around it.
pub(super) struct Scope<'a> {
    /// One part per input.
    pub(super) parts: Vec<(&'a DFSchema, &'a [Traced])>,
    /// The query around this one.
    pub(super) outer: Option<&'a Scope<'a>>,
}

impl Scope<'_> {
    fn find(&self, column: &Column) -> Option<&Traced> {
        self.parts.iter().find_map(|(schema, columns)| columns.get(schema.maybe_index_of_column(column)?))
    }

    fn own(&self, column: &Column) -> Result<&Traced> {
        self.find(column).ok_or_else(|| DataFusionError::Internal(format!("the column {column} of the plan is in no input")))
    }

    /// A column of the nearest query around this one that has it.
    fn outer(&self, column: &Column) -> Result<&Traced> {
        let mut around = self.outer;
        while let Some(scope) = around {
            if let Some(found) = scope.find(column) {
                return Ok(found);
            }
            around = scope.outer;
        }
        Err(DataFusionError::Internal(format!("the column {column} of the plan is in no query around it")))
    }
}

/// Parts of an expression that are still to be looked at.
type Waiting<'e> = Vec<(&'e Expr, Role)>;

impl Tracer {
    /// What a value depends on.
    pub(super) fn value(&mut self, expr: &Expr, scope: &Scope<'_>) -> Result<Traced> {
        self.expression(expr, scope, Role::Value(Direct::Identity))
    }

    /// What depends on an expression that only decides.
    pub(super) fn decision(&mut self, expr: &Expr, scope: &Scope<'_>, what: Indirect) -> Result<Sources> {
        Ok(self.expression(expr, scope, Role::Decides(what))?.sources)
    }

    /// The parts wait in a list: expressions can be deeper than the stack.
    fn expression(&mut self, expr: &Expr, scope: &Scope<'_>, role: Role) -> Result<Traced> {
        let mut traced = Traced { sources: Sources::default(), constant: true };
        let mut waiting = vec![(expr, role)];
        while let Some((part, role)) = waiting.pop() {
            match part {
                Expr::Column(column) => add(&mut traced, scope.own(column)?, role),
                Expr::OuterReferenceColumn(_, column) => add(&mut traced, scope.outer(column)?, role),
                Expr::Alias(alias) => waiting.push((&alias.expr, role)),
                Expr::Case(case) => branches(case, role, &mut waiting),
                Expr::AggregateFunction(call) => {
                    traced.constant = false;
                    aggregate(&call.params, role, &mut waiting);
                }
                Expr::WindowFunction(call) => {
                    traced.constant = false;
                    window(&call.params, role, &mut waiting);
                }
                Expr::ScalarSubquery(subquery) => self.subquery(subquery, scope, (role, Some(role)), &mut traced)?,
                Expr::Exists(exists) => self.subquery(&exists.subquery, scope, (role, None), &mut traced)?,
                Expr::InSubquery(member) => {
                    let compared = role.within(Direct::Transform);
                    waiting.push((&member.expr, compared));
                    self.subquery(&member.subquery, scope, (role, Some(compared)), &mut traced)?;
                }
                Expr::SetComparison(comparison) => {
                    let compared = role.within(Direct::Transform);
                    waiting.push((&comparison.expr, compared));
                    self.subquery(&comparison.subquery, scope, (role, Some(compared)), &mut traced)?;
                }
                other => {
                    other.apply_children(|child| {
                        waiting.push((child, role.within(Direct::Transform)));
                        Ok(TreeNodeRecursion::Continue)
                    })?;
                }
            }
        }
        Ok(traced)
    }

    /// Adds what decides about the rows of a query in an expression, and its column, where that counts.
    fn subquery(&mut self, subquery: &Subquery, scope: &Scope<'_>, roles: (Role, Option<Role>), traced: &mut Traced) -> Result<()> {
        let (rows, column) = roles;
        let relation = self.relation(&subquery.subquery, Some(scope))?;
        traced.sources.merge(&relation.rows.used(rows));
        traced.constant = false;
        if let (Some(role), Some(found)) = (column, relation.columns.first()) {
            traced.sources.merge(&found.sources.used(role));
        }
        Ok(())
    }
}

fn add(traced: &mut Traced, found: &Traced, role: Role) {
    traced.sources.merge(&found.sources.used(role));
    traced.constant &= found.constant;
}

/// A condition decides which branch the value is of.
fn branches<'e>(case: &'e Case, role: Role, waiting: &mut Waiting<'e>) {
    let (condition, branch) = (role.deciding(Indirect::Filter), role.within(Direct::Transform));
    waiting.extend(case.expr.as_deref().map(|compared| (compared, condition)));
    for (when, then) in &case.when_then_expr {
        waiting.push((when, condition));
        waiting.push((then, branch));
    }
    waiting.extend(case.else_expr.as_deref().map(|value| (value, branch)));
}

fn aggregate<'e>(params: &'e AggregateFunctionParams, role: Role, waiting: &mut Waiting<'e>) {
    waiting.extend(params.args.iter().map(|argument| (argument, role.within(Direct::Aggregate))));
    waiting.extend(params.filter.as_deref().map(|filter| (filter, role.deciding(Indirect::Filter))));
    order(&params.order_by, role, waiting);
}

fn window<'e>(params: &'e WindowFunctionParams, role: Role, waiting: &mut Waiting<'e>) {
    waiting.extend(params.args.iter().map(|argument| (argument, role.within(Direct::Window))));
    waiting.extend(params.filter.as_deref().map(|filter| (filter, role.deciding(Indirect::Filter))));
    waiting.extend(params.partition_by.iter().map(|key| (key, role.deciding(Indirect::Group))));
    order(&params.order_by, role, waiting);
}

fn order<'e>(keys: &'e [SortExpr], role: Role, waiting: &mut Waiting<'e>) {
    waiting.extend(keys.iter().map(|key| (&key.expr, role.deciding(Indirect::Sort))));
}
