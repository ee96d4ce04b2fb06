//! What takes part in the planning of a session, in order, and where it comes from.

use std::any::Any;
use std::collections::HashSet;
use std::fmt::Debug;
use std::sync::OnceLock;

use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use serde::Serialize;
use ts_rs::TS;

use super::Session;
use crate::call::Call;
use crate::error::Result;
use crate::sql::claim::explained::CommandPlanner;
use crate::wire::{Empty, Reply, decode};

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum RuleOrigin {
    /// Every session of the engine has it.
    Datafusion,
    /// `DeltaFuse` has added it.
    Deltafuse,
}

/// A rule or planner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct RuleEntry {
    /// The engine's name of it.
    pub name: String,
    /// Where it comes from.
    pub origin: RuleOrigin,
}

/// The reply of `rules`: phases in the order in which a statement meets them, each in the order in which it runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct RuleCatalog {
    /// Planners of tables in FROM; the first that knows one wins.
    pub relation_planners: Vec<RuleEntry>,
    /// Planners of expressions; the first that knows one wins.
    pub expression_planners: Vec<RuleEntry>,
    /// The planner of SQL types, where there is one.
    pub type_planners: Vec<RuleEntry>,
    /// On the logical plan, before optimisation.
    pub analyzer: Vec<RuleEntry>,
    /// On the logical plan, in passes.
    pub optimizer: Vec<RuleEntry>,
    /// The planner that makes physical plans.
    pub query_planners: Vec<RuleEntry>,
    /// Planners of nodes that the engine does not know; the first that knows one wins.
    pub extension_planners: Vec<RuleEntry>,
    /// On the physical plan.
    pub physical: Vec<RuleEntry>,
}

struct Names {
    relation_planners: Vec<String>,
    expression_planners: Vec<String>,
    type_planners: Vec<String>,
    analyzer: Vec<String>,
    optimizer: Vec<String>,
    query_planners: Vec<String>,
    extension_planners: Vec<String>,
    physical: Vec<String>,
}

impl Names {
    fn of(state: &SessionState) -> Self {
        Self {
            relation_planners: state.relation_planners().iter().map(type_name).collect(),
            expression_planners: state.expr_planners().iter().map(type_name).collect(),
            type_planners: type_planners(state),
            analyzer: state.analyzer().rules.iter().map(|rule| rule.name().to_owned()).collect(),
            optimizer: state.optimizers().iter().map(|rule| rule.name().to_owned()).collect(),
            query_planners: vec![type_name(state.query_planner())],
            extension_planners: extension_planners(state),
            physical: state.physical_optimizers().iter().map(|rule| rule.name().to_owned()).collect(),
        }
    }
}

/// Only a builder tells of it.
fn type_planners(state: &SessionState) -> Vec<String> {
    let mut builder = SessionStateBuilder::new_from_existing(state.clone());
    builder.type_planner().iter().map(type_name).collect()
}

/// Those that our query planner asks.
fn extension_planners(state: &SessionState) -> Vec<String> {
    let planner: &dyn Any = state.query_planner().as_ref();
    planner.downcast_ref::<CommandPlanner>().iter().map(|planner| type_name(*planner)).collect()
}

/// Planners have no name but that of their type.
fn type_name(planner: &impl Debug) -> String {
    format!("{planner:?}").chars().take_while(|sign| sign.is_alphanumeric() || *sign == '_').collect()
}

/// The names of every session of the engine.
fn engine() -> &'static Names {
    static ENGINE: OnceLock<Names> = OnceLock::new();
    ENGINE.get_or_init(|| Names::of(&SessionStateBuilder::new_with_default_features().build()))
}

fn entries(names: Vec<String>, engine: &[String]) -> Vec<RuleEntry> {
    let own: HashSet<&String> = engine.iter().collect();
    let origin = |name: &String| if own.contains(name) { RuleOrigin::Datafusion } else { RuleOrigin::Deltafuse };
    names.into_iter().map(|name| RuleEntry { origin: origin(&name), name }).collect()
}

impl RuleCatalog {
    /// What takes part in the planning under a state.
    #[must_use]
    pub fn of(state: &SessionState) -> Self {
        let (own, engine) = (Names::of(state), engine());
        Self {
            relation_planners: entries(own.relation_planners, &engine.relation_planners),
            expression_planners: entries(own.expression_planners, &engine.expression_planners),
            type_planners: entries(own.type_planners, &engine.type_planners),
            analyzer: entries(own.analyzer, &engine.analyzer),
            optimizer: entries(own.optimizer, &engine.optimizer),
            query_planners: entries(own.query_planners, &engine.query_planners),
            extension_planners: entries(own.extension_planners, &engine.extension_planners),
            physical: entries(own.physical, &engine.physical),
        }
    }
}

/// Names of the planners of a state, in the order in which a statement meets them.
#[must_use]
pub fn planner_names(state: &SessionState) -> Vec<String> {
    let names = Names::of(state);
    [names.relation_planners, names.expression_planners, names.type_planners, names.query_planners, names.extension_planners].concat()
}

impl Session {
    /// The `rules` entrypoint.
    pub fn rules(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        Reply::of(&RuleCatalog::of(&self.state()?))
    }
}
