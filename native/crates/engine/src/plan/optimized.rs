//! What optimising a plan gives: the plan, and what is told of it.

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use super::render;
use super::uses::{self, FunctionUse, TableUse};
use crate::error::{Phase, Result, from_datafusion};
use crate::spans;
use crate::stream::open::{Digests, PlanTexts};

/// An optimised plan and what is told of it.
pub(crate) struct Optimized {
    pub(crate) plan: LogicalPlan,
    pub(crate) digests: Digests,
    pub(crate) tables: Vec<TableUse>,
    pub(crate) functions: Vec<FunctionUse>,
}

impl Optimized {
    /// Optimises a plan under the settings and the policy of a state.
    pub(crate) fn of(planned: &LogicalPlan, state: &SessionState) -> Result<Self> {
        let plan = spans::measure("optimize", || state.optimize(planned)).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        Ok(Self { digests: digests(planned, &plan)?, tables: uses::tables(&plan)?, functions: uses::functions(&plan)?, plan })
    }
}

/// The digests of a plan as planned and as optimised.
pub(crate) fn digests(planned: &LogicalPlan, optimized: &LogicalPlan) -> Result<Digests> {
    Ok(Digests { p0: render::digest("p0", &render::logical(planned))?, p1: render::digest("p1", &render::logical(optimized))? })
}

/// The texts that the digests are of.
pub(crate) fn texts(planned: &LogicalPlan, optimized: &LogicalPlan) -> PlanTexts {
    PlanTexts { p0: render::logical(planned), p1: render::logical(optimized) }
}
