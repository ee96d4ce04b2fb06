//! What becomes of the filters that reach a table: the scan takes them, the plan filters again, or neither.
//!
//! A plan does not tell which filters were meant for a table once it is optimised. So it is optimised twice: as it is, and
//! with tables that take every filter. What the second plan has in a scan is what the first has to account for.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Constraints};
use datafusion::datasource::TableType;
use datafusion::error::Result as PlanResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::logical_plan::TableScan;
use datafusion::logical_expr::utils::split_conjunction;
use datafusion::logical_expr::{Expr, LogicalPlan, TableProviderFilterPushDown, TableSource};
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::sql::unparser::Unparser;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::wire::{Empty, Reply, decode};

/// How far a table promises to apply a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum FilterSupport {
    /// No other row comes.
    Exact,
    /// Fewer rows come.
    Inexact,
    /// Not at all.
    Unsupported,
}

/// What becomes of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum FilterVerdict {
    /// It is applied as often as it must be.
    Satisfied,
    /// The scan applies it exactly and the plan once more.
    RedundantResidual,
    /// The scan applies it roughly and nobody applies it exactly: wrong rows are possible.
    MissingResidual,
    /// Nobody applies it: wrong rows are possible.
    Lost,
}

/// A filter that reaches a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct FilterPushdown {
    /// The table.
    pub table: String,
    /// The filter.
    pub filter: String,
    /// What the table promises.
    pub support: FilterSupport,
    /// Whether the scan is given it.
    pub in_scan: bool,
    /// Whether the plan applies it above the scan.
    pub residual: bool,
    /// What becomes of it.
    pub verdict: FilterVerdict,
}

/// The reply of `probePushdown`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct PushdownReply {
    /// Per table scan and filter, in the order of the plan.
    pub filters: Vec<FilterPushdown>,
}

impl Frame {
    /// The `probePushdown` entrypoint.
    pub fn probe_pushdown(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        let state = self.session().state_under(self.policy())?;
        let filters = filters(&state, self.plan()).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        Reply::of(&PushdownReply { filters })
    }
}

/// What a table says of a filter.
pub(crate) fn support(source: &Arc<dyn TableSource>, filter: &Expr) -> PlanResult<FilterSupport> {
    let said = source.supports_filters_pushdown(&[filter])?;
    Ok(match said.first() {
        Some(TableProviderFilterPushDown::Exact) => FilterSupport::Exact,
        Some(TableProviderFilterPushDown::Inexact) => FilterSupport::Inexact,
        Some(TableProviderFilterPushDown::Unsupported) | None => FilterSupport::Unsupported,
    })
}

/// A filter as SQL, else as the engine draws it.
pub(crate) fn shown(filter: &Expr) -> String {
    Unparser::default().with_pretty(true).expr_to_sql(filter).map_or_else(|_| filter.human_display().to_string(), |sql| sql.to_string())
}

const fn verdict(support: FilterSupport, in_scan: bool, residual: bool) -> FilterVerdict {
    match (support, in_scan, residual) {
        (FilterSupport::Exact, _, true) => FilterVerdict::RedundantResidual,
        (FilterSupport::Exact, true, false) | (_, _, true) => FilterVerdict::Satisfied,
        (FilterSupport::Inexact, true, false) => FilterVerdict::MissingResidual,
        (_, _, false) => FilterVerdict::Lost,
    }
}

fn filters(state: &SessionState, plan: &LogicalPlan) -> PlanResult<Vec<FilterPushdown>> {
    let analyzed = state.analyzer().execute_and_check(plan.clone(), state.config_options(), |_, _| {})?;
    // It gives parts of filters names, which hides that two of them are equal.
    let rules = state.optimizers().iter().filter(|rule| rule.name() != "common_sub_expression_eliminate");
    let optimizer = Optimizer::with_rules(rules.map(Arc::clone).collect::<Vec<Arc<dyn OptimizerRule + Send + Sync>>>());
    let scans = |takes_all: bool| -> PlanResult<BTreeMap<usize, Scanned>> {
        let plan = optimizer.optimize(numbered(analyzed.clone(), takes_all)?, state, |_, _| {})?;
        let mut found = BTreeMap::new();
        collect(&plan, &[], &mut found)?;
        Ok(found)
    };
    let (meant, real) = (scans(true)?, scans(false)?);
    let mut told = Vec::new();
    for (id, scan) in &meant {
        let nothing = Scanned::default();
        let is = real.get(id).unwrap_or(&nothing);
        let Some(source) = &scan.source else { continue };
        for filter in &scan.taken {
            let support = support(source, filter)?;
            let in_scan = is.taken.iter().any(|taken| plain(taken) == plain(filter));
            let residual = is.above.contains(&plain(filter));
            told.push(FilterPushdown {
                table: scan.table.clone(),
                filter: shown(filter),
                support,
                in_scan,
                residual,
                // A scan that is gone gives no wrong row.
                verdict: if real.contains_key(id) { verdict(support, in_scan, residual) } else { FilterVerdict::Satisfied },
            });
        }
    }
    Ok(told)
}

/// A table of the plan with a number, which takes all filters or those it really takes.
struct Numbered {
    id: usize,
    inner: Arc<dyn TableSource>,
    takes_all: bool,
}

impl TableSource for Numbered {
    fn schema(&self) -> SchemaRef {
        self.inner.schema()
    }

    fn constraints(&self) -> Option<&Constraints> {
        self.inner.constraints()
    }

    fn table_type(&self) -> TableType {
        self.inner.table_type()
    }

    fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
        if self.takes_all {
            Ok(vec![TableProviderFilterPushDown::Exact; filters.len()])
        } else {
            self.inner.supports_filters_pushdown(filters)
        }
    }

    fn get_logical_plan(&'_ self) -> Option<Cow<'_, LogicalPlan>> {
        self.inner.get_logical_plan()
    }

    fn get_column_default(&self, column: &str) -> Option<&Expr> {
        self.inner.get_column_default(column)
    }
}

fn numbered(plan: LogicalPlan, takes_all: bool) -> PlanResult<LogicalPlan> {
    let mut next = 0;
    let number = |node: LogicalPlan| match node {
        LogicalPlan::TableScan(TableScan { source, table_name, projection, projected_schema, filters, fetch, statistics_requests }) => {
            let source: Arc<dyn TableSource> = Arc::new(Numbered { id: next, inner: source, takes_all });
            next += 1;
            let scan = TableScan { source, table_name, projection, projected_schema, filters, fetch, statistics_requests };
            Ok(Transformed::yes(LogicalPlan::TableScan(scan)))
        }
        other => Ok(Transformed::no(other)),
    };
    plan.transform_down_with_subqueries(number).map(|transformed| transformed.data)
}

/// What was found of one table.
#[derive(Default)]
struct Scanned {
    table: String,
    source: Option<Arc<dyn TableSource>>,
    taken: Vec<Expr>,
    /// Filters right above it, of columns without their table.
    above: Vec<Expr>,
}

fn collect(plan: &LogicalPlan, above: &[Expr], found: &mut BTreeMap<usize, Scanned>) -> PlanResult<()> {
    plan.apply_subqueries(|subquery| {
        collect(subquery, &[], found)?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    match plan {
        LogicalPlan::TableScan(scan) => note(scan, above, found),
        LogicalPlan::Filter(filter) => {
            let mut above = above.to_vec();
            above.extend(split_conjunction(&filter.predicate).into_iter().map(plain));
            collect(&filter.input, &above, found)?;
        }
        LogicalPlan::Projection(_) | LogicalPlan::SubqueryAlias(_) => {
            for input in plan.inputs() {
                collect(input, above, found)?;
            }
        }
        other => {
            for input in other.inputs() {
                collect(input, &[], found)?;
            }
        }
    }
    Ok(())
}

fn note(scan: &TableScan, above: &[Expr], found: &mut BTreeMap<usize, Scanned>) {
    let Some(numbered) = scan.source.downcast_ref::<Numbered>() else { return };
    let known = found.entry(numbered.id).or_default();
    known.table = scan.table_name.to_string();
    known.source = Some(Arc::clone(&numbered.inner));
    for filter in scan.filters.iter().flat_map(split_conjunction) {
        if !known.taken.contains(filter) {
            known.taken.push(filter.clone());
        }
    }
    known.above.extend(above.iter().cloned());
}

/// The expression with columns without their table: an alias renames it on the way.
fn plain(expr: &Expr) -> Expr {
    let unqualified = expr.clone().transform(|inner| match inner {
        Expr::Column(column) => Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))),
        other => Ok(Transformed::no(other)),
    });
    unqualified.map_or_else(|_| expr.clone(), |transformed| transformed.data)
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::{DataType, Field, Schema};
    use async_trait::async_trait;
    use datafusion::catalog::{Session, TableProvider};
    use datafusion::execution::SessionStateBuilder;
    use datafusion::optimizer::{ApplyOrder, OptimizerConfig};
    use datafusion::physical_plan::ExecutionPlan;
    use datafusion::prelude::SessionContext;

    use super::*;

    #[test]
    fn every_verdict_follows_from_what_is_promised_and_done() {
        use {FilterSupport as S, FilterVerdict as V};
        assert_eq!(verdict(S::Exact, true, false), V::Satisfied);
        assert_eq!(verdict(S::Exact, true, true), V::RedundantResidual);
        assert_eq!(verdict(S::Exact, false, false), V::Lost);
        assert_eq!(verdict(S::Inexact, true, true), V::Satisfied);
        assert_eq!(verdict(S::Inexact, true, false), V::MissingResidual);
        assert_eq!(verdict(S::Unsupported, false, true), V::Satisfied);
        assert_eq!(verdict(S::Unsupported, false, false), V::Lost);
    }

    /// A table that promises the same of every filter.
    #[derive(Debug)]
    struct Promises(TableProviderFilterPushDown);

    #[async_trait]
    impl TableProvider for Promises {
        fn schema(&self) -> SchemaRef {
            let columns = ["a", "b"].map(|name| Field::new(name, DataType::Int64, true));
            Arc::new(Schema::new(columns.to_vec()))
        }

        fn table_type(&self) -> TableType {
            TableType::Base
        }

        async fn scan(
            &self,
            _state: &dyn Session,
            _projection: Option<&Vec<usize>>,
            _filters: &[Expr],
            _limit: Option<usize>,
        ) -> PlanResult<Arc<dyn ExecutionPlan>> {
            datafusion::common::not_impl_err!("it is only planned")
        }

        fn supports_filters_pushdown(&self, filters: &[&Expr]) -> PlanResult<Vec<TableProviderFilterPushDown>> {
            Ok(vec![self.0.clone(); filters.len()])
        }
    }

    /// A rule that takes every filter off the plan, or puts one more on every table.
    #[derive(Debug)]
    struct Meddles {
        adds: bool,
    }

    impl OptimizerRule for Meddles {
        fn name(&self) -> &'static str {
            "meddles"
        }

        fn apply_order(&self) -> Option<ApplyOrder> {
            Some(ApplyOrder::BottomUp)
        }

        fn rewrite(&self, plan: LogicalPlan, _config: &dyn OptimizerConfig) -> PlanResult<Transformed<LogicalPlan>> {
            match plan {
                LogicalPlan::Filter(filter) if !self.adds => Ok(Transformed::yes(Arc::unwrap_or_clone(filter.input))),
                LogicalPlan::TableScan(scan) if self.adds && !scan.filters.is_empty() => {
                    let again = scan.filters.iter().cloned().reduce(Expr::and);
                    let scan = Arc::new(LogicalPlan::TableScan(scan));
                    let filtered = again.map(|predicate| datafusion::logical_expr::Filter::try_new(predicate, Arc::clone(&scan)));
                    filtered.transpose()?.map_or_else(
                        || Ok(Transformed::no(Arc::unwrap_or_clone(scan))),
                        |filter| Ok(Transformed::yes(LogicalPlan::Filter(filter))),
                    )
                }
                other => Ok(Transformed::no(other)),
            }
        }
    }

    async fn told(promise: TableProviderFilterPushDown, meddles: Option<bool>) -> Vec<(String, FilterVerdict)> {
        let builder = SessionStateBuilder::new().with_default_features();
        let builder = match meddles {
            Some(adds) => builder.with_optimizer_rule(Arc::new(Meddles { adds })),
            None => builder,
        };
        let mut state = builder.build();
        state.config_mut().options_mut().optimizer.max_passes = 1;
        let context = SessionContext::new_with_state(state);
        context.register_table("t", Arc::new(Promises(promise))).unwrap();
        let plan = context.state().create_logical_plan("SELECT x.b FROM t AS x WHERE x.a > 1 AND x.b = 2").await.unwrap();
        let filters = filters(&context.state(), &plan).unwrap();
        filters.into_iter().map(|filter| (filter.filter, filter.verdict)).collect()
    }

    fn both(verdict: FilterVerdict) -> Vec<(String, FilterVerdict)> {
        ["t.a > 1", "t.b = 2"].map(|filter| (filter.to_owned(), verdict)).to_vec()
    }

    #[tokio::test]
    async fn filters_are_found_whatever_a_table_promises() {
        use TableProviderFilterPushDown as Promise;
        for promise in [Promise::Exact, Promise::Inexact, Promise::Unsupported] {
            assert_eq!(told(promise, None).await, both(FilterVerdict::Satisfied));
        }
    }

    #[tokio::test]
    async fn what_a_rule_takes_away_or_repeats_is_told() {
        use TableProviderFilterPushDown as Promise;
        assert_eq!(told(Promise::Inexact, Some(false)).await, both(FilterVerdict::MissingResidual));
        assert_eq!(told(Promise::Unsupported, Some(false)).await, both(FilterVerdict::Lost));
        assert_eq!(told(Promise::Exact, Some(false)).await, both(FilterVerdict::Satisfied));
        assert_eq!(told(Promise::Exact, Some(true)).await, both(FilterVerdict::RedundantResidual));
    }
}
