//! Lineage: which columns of which tables a query reads, and how each output column comes of them.

use serde::Serialize;
use ts_rs::TS;

use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::wire::{Empty, Reply, decode};

mod columns;
mod conditions;
mod expressions;
pub mod functions;
pub mod operators;
pub mod scans;
pub mod sources;
mod views;

use functions::LineageFunction;
use operators::{LineageAggregate, LineageJoin, LineageLimit, LineageSort, LineageSubquery, LineageUnion, LineageWindow};
use scans::LineageScan;
use sources::LineageColumn;

/// The version of the document.
const LINEAGE_VERSION: u32 = 1;

/// The reply of `planLineage`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Lineage {
    /// 1.
    pub lineage_version: u32,
    /// Tables read, as the optimised plan scans them.
    pub scans: Vec<LineageScan>,
    /// In the order of the plan, from its root.
    pub joins: Vec<LineageJoin>,
    /// In the order of the plan, from its root.
    pub aggregates: Vec<LineageAggregate>,
    /// In the order of the plan, from its root.
    pub windows: Vec<LineageWindow>,
    /// In the order of the plan, from its root.
    pub sorts: Vec<LineageSort>,
    /// In the order of the plan, from its root.
    pub limits: Vec<LineageLimit>,
    /// In the order of the plan, from its root.
    pub unions: Vec<LineageUnion>,
    /// Queries inside expressions.
    pub subqueries: Vec<LineageSubquery>,
    /// Names of the views that were expanded, sorted.
    pub views: Vec<String>,
    /// Functions called, sorted.
    pub functions: Vec<LineageFunction>,
    /// Output columns, in their order.
    pub columns: Vec<LineageColumn>,
}

impl Frame {
    /// The `planLineage` entrypoint. Nothing is executed.
    pub async fn plan_lineage(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        Reply::of(&self.lineage().await?)
    }

    /// Columns are traced on the analysed plan, scans are those of the optimised one.
    async fn lineage(&self) -> Result<Lineage> {
        let state = self.session().state_under(self.policy())?;
        let views = views::names(&state, self.plan()).await?;
        let planning = |error| from_datafusion(Phase::Sql, &error);
        let options = state.config_options();
        let analysed = state.analyzer().execute_and_check(self.plan().clone(), options, |_, _| {}).map_err(planning)?;
        let optimized = state.optimize(self.plan()).map_err(planning)?;
        let operators = operators::collect(&analysed)?;
        Ok(Lineage {
            lineage_version: LINEAGE_VERSION,
            scans: scans::collect(&optimized, &analysed)?,
            joins: operators.joins,
            aggregates: operators.aggregates,
            windows: operators.windows,
            sorts: operators.sorts,
            limits: operators.limits,
            unions: operators.unions,
            subqueries: operators.subqueries,
            views,
            functions: functions::collect(&analysed)?,
            columns: columns::trace(&analysed)?,
        })
    }
}
