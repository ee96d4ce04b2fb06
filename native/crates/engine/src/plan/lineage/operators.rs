//! The operators of an analysed plan, those of queries inside expressions included.

use datafusion::common::JoinType;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::error::Result;
use datafusion::logical_expr::logical_plan::{Distinct, FetchType, Limit, SkipType};
use datafusion::logical_expr::utils::{grouping_set_to_exprlist, split_conjunction};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, SortExpr, Subquery};
use recursive::recursive;
use serde::Serialize;
use ts_rs::TS;

use super::conditions::condition;

/// A join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineageJoin {
    /// `inner`, `left`, `right`, `full`, `left_semi`, `right_semi`, `left_anti`, `right_anti`, `left_mark` or `right_mark`.
    pub r#type: &'static str,
    /// What must be equal, on the left; of ON and, for an inner join, of WHERE.
    pub left_keys: Vec<String>,
    /// The same on the right.
    pub right_keys: Vec<String>,
    /// What else ON demands.
    pub filter: Option<String>,
}

/// Groups and aggregates.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineageAggregate {
    /// The groups.
    pub group_by: Vec<String>,
    /// What is computed of each.
    pub aggregates: Vec<String>,
}

/// A key of an order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineageSortKey {
    /// What rows are ordered by.
    pub expression: String,
    /// Greatest first.
    pub descending: bool,
    /// Where nulls are.
    pub nulls_first: bool,
}

/// A call of a window function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct LineageWindow {
    /// The whole call.
    pub expression: String,
    /// The partitions.
    pub partition_by: Vec<String>,
    /// The order inside.
    pub order_by: Vec<LineageSortKey>,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageSort {
    /// Most significant first.
    pub keys: Vec<LineageSortKey>,
}

/// A limit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageLimit {
    /// Null where it is unlimited or not a number.
    #[ts(type = "number | null")]
    pub limit: Option<usize>,
    /// Rows left out first.
    #[ts(type = "number")]
    pub offset: usize,
}

/// A union.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageUnion {
    /// How many inputs.
    #[ts(type = "number")]
    pub inputs: usize,
    /// Each row once.
    pub distinct: bool,
}

/// A query inside an expression.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct LineageSubquery {
    /// `scalar`, `exists`, `in` or `comparison`.
    pub kind: &'static str,
    /// Columns of the queries around it that it uses, sorted.
    pub correlated: Vec<String>,
}

/// What a plan consists of.
#[derive(Debug, Default)]
pub(super) struct Operators {
    pub(super) joins: Vec<LineageJoin>,
    pub(super) aggregates: Vec<LineageAggregate>,
    pub(super) windows: Vec<LineageWindow>,
    pub(super) sorts: Vec<LineageSort>,
    pub(super) limits: Vec<LineageLimit>,
    pub(super) unions: Vec<LineageUnion>,
    pub(super) subqueries: Vec<LineageSubquery>,
}

/// The operators of a plan, from its root; those of a query in an expression before those of the inputs.
pub(super) fn collect(plan: &LogicalPlan) -> Result<Operators> {
    let mut found = Operators::default();
    found.visit(plan, &Above::default())?;
    Ok(found)
}

/// What is right above an operator.
#[derive(Default)]
struct Above<'e> {
    /// Parts of filters.
    filters: Vec<&'e Expr>,
    /// Whether each row is kept once.
    distinct: bool,
}

impl Operators {
    #[recursive]
    fn visit(&mut self, plan: &LogicalPlan, above: &Above<'_>) -> Result<()> {
        self.note(plan, above)?;
        for (kind, subquery) in subqueries(plan)? {
            self.subqueries.push(LineageSubquery { kind, correlated: correlated(&subquery) });
            self.visit(&subquery.subquery, &Above::default())?;
        }
        let below = match plan {
            LogicalPlan::Filter(filter) => Above { filters: split_conjunction(&filter.predicate), distinct: false },
            LogicalPlan::Join(join) if join.join_type == JoinType::Inner => Above { filters: above.filters.clone(), distinct: false },
            LogicalPlan::Distinct(Distinct::All(_)) => Above { filters: Vec::new(), distinct: true },
            _ => Above::default(),
        };
        plan.inputs().into_iter().try_for_each(|input| self.visit(input, &below))
    }

    fn note(&mut self, plan: &LogicalPlan, above: &Above<'_>) -> Result<()> {
        match plan {
            LogicalPlan::Join(join) => self.joins.push(described(join, &above.filters)),
            LogicalPlan::Aggregate(node) => {
                let keys = grouping_set_to_exprlist(&node.group_expr)?;
                let group_by = keys.into_iter().map(text).collect();
                self.aggregates.push(LineageAggregate { group_by, aggregates: node.aggr_expr.iter().map(text).collect() });
            }
            LogicalPlan::Window(node) => self.windows.extend(node.window_expr.iter().filter_map(window)),
            LogicalPlan::Sort(node) => self.sorts.push(LineageSort { keys: sort_keys(&node.expr) }),
            LogicalPlan::Limit(node) => self.limits.push(limited(node)?),
            LogicalPlan::Union(node) => self.unions.push(LineageUnion { inputs: node.inputs.len(), distinct: above.distinct }),
            _ => {}
        }
        Ok(())
    }
}

/// An expression as people write it.
pub(super) fn text(expr: &Expr) -> String {
    expr.human_display().to_string()
}

fn described(join: &Join, above: &[&Expr]) -> LineageJoin {
    let found = condition(join, above);
    let filter = found.filter.into_iter().cloned().reduce(Expr::and);
    let (left, right): (Vec<_>, Vec<_>) = found.keys.into_iter().unzip();
    LineageJoin {
        r#type: join_type(join.join_type),
        left_keys: left.into_iter().map(text).collect(),
        right_keys: right.into_iter().map(text).collect(),
        filter: filter.as_ref().map(text),
    }
}

const fn join_type(join_type: JoinType) -> &'static str {
    match join_type {
        JoinType::Inner => "inner",
        JoinType::Left => "left",
        JoinType::Right => "right",
        JoinType::Full => "full",
        JoinType::LeftSemi => "left_semi",
        JoinType::RightSemi => "right_semi",
        JoinType::LeftAnti => "left_anti",
        JoinType::RightAnti => "right_anti",
        JoinType::LeftMark => "left_mark",
        JoinType::RightMark => "right_mark",
    }
}

fn window(expr: &Expr) -> Option<LineageWindow> {
    let Expr::WindowFunction(call) = expr.clone().unalias_nested().data else { return None };
    Some(LineageWindow {
        expression: text(expr),
        partition_by: call.params.partition_by.iter().map(text).collect(),
        order_by: sort_keys(&call.params.order_by),
    })
}

fn sort_keys(keys: &[SortExpr]) -> Vec<LineageSortKey> {
    let key = |key: &SortExpr| LineageSortKey { expression: text(&key.expr), descending: !key.asc, nulls_first: key.nulls_first };
    keys.iter().map(key).collect()
}

fn limited(node: &Limit) -> Result<LineageLimit> {
    let offset = match node.get_skip_type()? {
        SkipType::Literal(rows) => rows,
        SkipType::UnsupportedExpr => 0,
    };
    let limit = match node.get_fetch_type()? {
        FetchType::Literal(rows) => rows,
        FetchType::UnsupportedExpr => None,
    };
    Ok(LineageLimit { limit, offset })
}

/// The queries in the expressions of one operator.
fn subqueries(plan: &LogicalPlan) -> Result<Vec<(&'static str, Subquery)>> {
    let mut found = Vec::new();
    plan.apply_expressions(|expr| {
        expr.apply(|part| {
            match part {
                Expr::ScalarSubquery(subquery) => found.push(("scalar", subquery.clone())),
                Expr::Exists(exists) => found.push(("exists", exists.subquery.clone())),
                Expr::InSubquery(member) => found.push(("in", member.subquery.clone())),
                Expr::SetComparison(comparison) => found.push(("comparison", comparison.subquery.clone())),
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })
    })?;
    Ok(found)
}

fn correlated(subquery: &Subquery) -> Vec<String> {
    let name = |expr: &Expr| match expr {
        Expr::OuterReferenceColumn(_, column) => Some(column.flat_name()),
        _ => None,
    };
    let mut names: Vec<String> = subquery.outer_ref_columns.iter().filter_map(name).collect();
    names.sort_unstable();
    names.dedup();
    names
}
