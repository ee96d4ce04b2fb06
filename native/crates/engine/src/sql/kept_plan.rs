//! An analysed query that is kept: its plan, and what that was made of.

use std::sync::{Arc, OnceLock};

use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, Volatility};

use super::plan_cache::{Stamp, Told};
use super::statement::StatementInfo;
use super::url_tables;
use super::verb::StatementKind;
use crate::error::{EngineError, Result};
use crate::plan::optimized::Optimized;
use crate::plan::uses;
use crate::session::Session;
use crate::session::catalog::{LiveTable, live_of};

/// A version that a kept plan reads, and the table that may have a newer one.
struct LiveScan {
    table: Arc<dyn LiveTable>,
    version: (u64, String),
}

/// What a kept plan was made of.
pub(super) enum MadeOf {
    Statement(Box<StatementInfo>),
    /// What the operations of a frame begin with and take; none for a table alone.
    Frame(Vec<Arc<KeptPlan>>),
}

/// An analysed query.
pub(crate) struct KeptPlan {
    stamp: Stamp,
    key: Arc<str>,
    plan: LogicalPlan,
    made_of: MadeOf,
    live: Vec<LiveScan>,
    /// What optimising it gives, where that is the same for every run.
    optimized: Option<OnceLock<Arc<Optimized>>>,
}

impl KeptPlan {
    /// The plan, with its placeholders.
    pub(crate) const fn plan(&self) -> &LogicalPlan {
        &self.plan
    }

    /// What tells it apart.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What the statement is.
    pub(crate) fn statement(&self) -> Result<&StatementInfo> {
        match &self.made_of {
            MadeOf::Statement(info) => Ok(info),
            MadeOf::Frame(_) => Err(EngineError::internal("the kept plan of a frame is no statement's")),
        }
    }

    /// What a frame was made over.
    pub(crate) fn sources(&self) -> &[Arc<Self>] {
        match &self.made_of {
            MadeOf::Statement(_) => &[],
            MadeOf::Frame(sources) => sources,
        }
    }

    /// Whether it has placeholders.
    pub(crate) const fn takes_values(&self) -> bool {
        match &self.made_of {
            MadeOf::Statement(info) => !info.placeholders.is_empty(),
            MadeOf::Frame(_) => false,
        }
    }

    /// Where what optimising gives is kept, while the session is as it was.
    pub(crate) fn optimized(&self, session: &Session) -> Option<&OnceLock<Arc<Optimized>>> {
        self.optimized.as_ref().filter(|_| self.stamp == session.stamp())
    }

    /// A query whose plan may be kept.
    pub(super) fn of_statement(
        found: (&Session, &Told),
        plan: &LogicalPlan,
        info: &StatementInfo,
        state: &SessionState,
    ) -> Result<Option<Self>> {
        let is_query = info.kind == StatementKind::Query && matches!(info.verb.as_str(), "SELECT" | "VALUES");
        if !is_query {
            return Ok(None);
        }
        // The arguments of a table function were computed while it was planned.
        Self::of(found, plan, MadeOf::Statement(Box::new(info.clone())), || immutable(info, state))
    }

    /// A table or view that frames are made over, the first of which the search was for.
    pub(crate) fn of_table((session, told): (&Session, &Told), name: &TableReference, plan: &LogicalPlan) -> Result<Option<Self>> {
        let kept = Self::of((session, told), plan, MadeOf::Frame(Vec::new()), || true)?;
        Ok(kept.map(|kept| Self { key: Arc::from(format!("{} {name}", told.key)), ..kept }))
    }

    /// A plan that may be kept: not of rows in memory, which may not outlive it, and of nothing that planning has taken from
    /// the clock.
    pub(super) fn of(
        (session, told): (&Session, &Told),
        plan: &LogicalPlan,
        made_of: MadeOf,
        fixed_arguments: impl Fn() -> bool,
    ) -> Result<Option<Self>> {
        let (mut live, mut keepable) = (Vec::new(), true);
        plan.apply_with_subqueries(|node| {
            match node {
                // Its files are looked at for every statement.
                LogicalPlan::TableScan(scan) if url_tables::location(scan)?.is_some() => keepable = false,
                LogicalPlan::TableScan(scan) => match uses::scanned_one(scan)? {
                    ("listing", _) => {}
                    ("delta", Some(version)) => {
                        live.extend(live_of(node, session.live()).map(|table| LiveScan { table, version }));
                    }
                    ("function", _) => keepable &= fixed_arguments(),
                    _ => keepable = false,
                },
                LogicalPlan::Extension(_) | LogicalPlan::DescribeTable(_) => keepable = false,
                _ => {}
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
        if !keepable {
            return Ok(None);
        }
        let mut kept = Self { stamp: told.stamp, key: Arc::clone(&told.key), plan: plan.clone(), made_of, live, optimized: None };
        if !kept.takes_values() && uses::functions(plan)?.iter().all(|function| function.volatility == "immutable") {
            kept.optimized = Some(OnceLock::new());
        }
        Ok(Some(kept))
    }

    /// Why a frame is another one now: `given` are the plans it would be made over, none for a table.
    pub(super) async fn outdated(&self, given: &[Option<&Arc<Self>>]) -> Option<&'static str> {
        let mut current: Vec<&Arc<Self>> = Vec::new();
        for (source, given) in self.sources().iter().zip(given) {
            match given {
                Some(given) if !Arc::ptr_eq(source, given) => return Some("changed"),
                None if !current.iter().any(|earlier| Arc::ptr_eq(earlier, source)) => {
                    if !source.is_current().await {
                        return Some("version");
                    }
                    current.push(source);
                }
                _ => {}
            }
        }
        None
    }

    pub(super) async fn is_current(&self) -> bool {
        for scan in &self.live {
            let Ok(newest) = scan.table.current().await else { return false };
            if crate::delta_table::identity(newest.as_ref()).as_ref() != Some(&scan.version) {
                return false;
            }
        }
        true
    }
}

fn immutable(info: &StatementInfo, state: &SessionState) -> bool {
    let functions = state.scalar_functions();
    info.functions.iter().all(|name| functions.get(name).is_none_or(|function| function.signature().volatility == Volatility::Immutable))
}
