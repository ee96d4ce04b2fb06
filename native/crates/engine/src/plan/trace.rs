//! What each rule of the planner makes of a plan. Nothing is executed.

use std::sync::Arc;
use std::time::Instant;

use datafusion::common::config::ConfigOptions;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::optimizer::{Analyzer, AnalyzerRule, Optimizer, OptimizerRule};
use datafusion::physical_optimizer::optimizer::PhysicalOptimizer;
use datafusion::physical_optimizer::{PhysicalOptimizerContext, PhysicalOptimizerRule};
use datafusion::physical_plan::ExecutionPlan;
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::render;
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion, nearest};
use crate::frame::Frame;
use crate::rules::policy_guard::PolicyGuard;
use crate::wire::{Reply, decode};

/// The request of `optimizerTrace`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct TraceRequest {
    /// Which steps come with the plan's text.
    pub text: TraceText,
    /// Rules left out in this call.
    pub disable: Vec<String>,
    /// Passes of the optimizer; none = as the session is set.
    pub max_passes: Option<usize>,
}

/// Which steps come with the plan's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum TraceText {
    /// Those that changed it.
    #[default]
    Changed,
    /// All.
    All,
    /// None.
    None,
}

/// Where a rule runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum TracePhase {
    /// On the plan as written.
    Analyzer,
    /// On the logical plan, in passes.
    Optimizer,
    /// On the physical plan.
    Physical,
}

/// One application of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct TraceStep {
    /// Where.
    pub phase: TracePhase,
    /// The pass, from 0.
    pub pass: usize,
    /// Position of the rule among those of its phase.
    pub ordinal: usize,
    /// Its name.
    pub rule: String,
    /// Whether the plan is another one afterwards.
    pub changed: bool,
    /// Digest of the plan afterwards.
    pub digest: String,
    /// The plan afterwards, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub text: Option<String>,
    /// How long it took.
    #[ts(type = "number")]
    pub duration_ns: u64,
}

/// The reply of `optimizerTrace`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct TraceReply {
    /// The applications, in order.
    pub steps: Vec<TraceStep>,
}

impl Frame {
    /// The `optimizerTrace` entrypoint.
    pub async fn optimizer_trace(&self, call: &Call) -> Result<Reply> {
        let request: TraceRequest = decode(&call.request)?;
        let mut state = self.session().state_under(self.policy())?.clone();
        if let Some(passes) = request.max_passes {
            state.config_mut().options_mut().optimizer.max_passes = passes;
        }
        admit(&state, &request.disable)?;
        let log = Arc::new(Log::default());
        let plan = match self.plan() {
            LogicalPlan::Explain(explain) => explain.plan.as_ref(),
            LogicalPlan::Analyze(analyze) => analyze.input.as_ref(),
            plan => plan,
        };
        let planning = |error: datafusion::error::DataFusionError| from_datafusion(Phase::Sql, &error);
        let optimized = logical(&state, plan, &request.disable, &log).map_err(planning)?;
        let state = watched(state, &request.disable, &log);
        state.query_planner().create_physical_plan(&optimized, &state).await.map_err(planning)?;
        Reply::of(&TraceReply { steps: log.steps(request.text)? })
    }
}

/// Every name must be one of a rule that may be left out.
fn admit(state: &SessionState, disable: &[String]) -> Result<()> {
    let analyzer = state.analyzer().rules.iter().map(|rule| rule.name());
    let optimizer = state.optimizers().iter().map(|rule| rule.name());
    let physical = state.physical_optimizers().iter().map(|rule| rule.name());
    let names: Vec<&str> = analyzer.chain(optimizer).chain(physical).collect();
    for name in disable {
        if name == PolicyGuard.name() {
            return Err(EngineError::bad_request("$.disable", "the rule that guards the SQL policy cannot be left out"));
        }
        if !names.contains(&name.as_str()) {
            let near = nearest(name, &names).into_iter().next();
            let hint = near.as_ref().map_or_else(String::new, |near| format!(" Did you mean '{near}'?"));
            let message = format!("There is no rule '{name}'.{hint} The rules of a session show in a trace of any query.");
            return Err(EngineError::new(ErrorCode::SessionRuleUnknown, message)
                .with("kind", "rule")
                .with("name", name.as_str())
                .with("nearest", near));
        }
    }
    Ok(())
}

fn logical(state: &SessionState, plan: &LogicalPlan, disable: &[String], log: &Log) -> datafusion::error::Result<LogicalPlan> {
    let kept = |name: &str| !disable.iter().any(|disabled| disabled == name);
    let mut analyzer = Analyzer::with_rules(state.analyzer().rules.iter().filter(|rule| kept(rule.name())).map(Arc::clone).collect());
    for rewrite in state.analyzer().function_rewrites() {
        analyzer.add_function_rewrite(Arc::clone(rewrite));
    }
    log.starts(render::logical(plan));
    let mut ordinal = 0;
    let checked = analyzer.execute_and_check(plan.clone(), state.config_options(), |plan, rule: &dyn AnalyzerRule| {
        log.applied(At { phase: TracePhase::Analyzer, pass: 0, ordinal }, rule.name(), || render::logical(plan));
        ordinal += 1;
    })?;
    let rules: Vec<Arc<dyn OptimizerRule + Send + Sync>> =
        state.optimizers().iter().filter(|rule| kept(rule.name())).map(Arc::clone).collect();
    let mut position = Position { rules: rules.clone(), pass: 0, last: None };
    Optimizer::with_rules(rules).optimize(checked, state, |plan, rule| {
        let (pass, ordinal) = position.of(rule);
        log.applied(At { phase: TracePhase::Optimizer, pass, ordinal }, rule.name(), || render::logical(plan));
    })
}

/// Tells passes apart: a rule that is not behind the last one begins another.
struct Position {
    rules: Vec<Arc<dyn OptimizerRule + Send + Sync>>,
    pass: usize,
    last: Option<usize>,
}

impl Position {
    fn of(&mut self, rule: &dyn OptimizerRule) -> (usize, usize) {
        let is_it = |known: &Arc<dyn OptimizerRule + Send + Sync>| std::ptr::addr_eq(Arc::as_ptr(known), std::ptr::from_ref(rule));
        let ordinal = self.rules.iter().position(is_it).unwrap_or(0);
        if self.last.is_some_and(|last| ordinal <= last) {
            self.pass += 1;
        }
        self.last = Some(ordinal);
        (self.pass, ordinal)
    }
}

/// The state whose physical rules tell the log of themselves.
fn watched(state: SessionState, disable: &[String], log: &Arc<Log>) -> SessionState {
    let kept = state.physical_optimizers().iter().filter(|rule| !disable.iter().any(|disabled| disabled == rule.name()));
    let watched = |(ordinal, rule): (usize, &Arc<dyn PhysicalOptimizerRule + Send + Sync>)| {
        let watched: Arc<dyn PhysicalOptimizerRule + Send + Sync> =
            Arc::new(WatchedRule { rule: Arc::clone(rule), ordinal, log: Arc::clone(log) });
        watched
    };
    let rules = kept.enumerate().map(watched).collect();
    let mut builder = SessionStateBuilder::new_from_existing(state);
    *builder.physical_optimizers() = Some(PhysicalOptimizer { rules });
    builder.build()
}

/// A physical rule that tells the log of itself.
#[derive(Debug)]
struct WatchedRule {
    rule: Arc<dyn PhysicalOptimizerRule + Send + Sync>,
    ordinal: usize,
    log: Arc<Log>,
}

impl WatchedRule {
    fn watch(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        optimize: impl FnOnce(Arc<dyn ExecutionPlan>) -> datafusion::error::Result<Arc<dyn ExecutionPlan>>,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        if self.ordinal == 0 {
            self.log.starts(render::physical(plan.as_ref()));
        }
        self.log.begins();
        let plan = optimize(plan)?;
        let at = At { phase: TracePhase::Physical, pass: 0, ordinal: self.ordinal };
        self.log.applied(at, self.rule.name(), || render::physical(plan.as_ref()));
        Ok(plan)
    }
}

impl PhysicalOptimizerRule for WatchedRule {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, config: &ConfigOptions) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        self.watch(plan, |plan| self.rule.optimize(plan, config))
    }

    fn optimize_with_context(
        &self,
        plan: Arc<dyn ExecutionPlan>,
        context: &dyn PhysicalOptimizerContext,
    ) -> datafusion::error::Result<Arc<dyn ExecutionPlan>> {
        self.watch(plan, |plan| self.rule.optimize_with_context(plan, context))
    }

    fn name(&self) -> &str {
        self.rule.name()
    }

    fn schema_check(&self) -> bool {
        self.rule.schema_check()
    }
}

#[derive(Clone, Copy, Debug)]
struct At {
    phase: TracePhase,
    pass: usize,
    ordinal: usize,
}

#[derive(Debug)]
enum Entry {
    /// The plan before the rules that follow.
    Start(String),
    Applied {
        at: At,
        rule: String,
        text: String,
        duration_ns: u64,
    },
}

/// What the rules did, in order.
#[derive(Debug)]
struct Log {
    entries: Mutex<Vec<Entry>>,
    since: Mutex<Instant>,
}

impl Default for Log {
    fn default() -> Self {
        Self { entries: Mutex::default(), since: Mutex::new(Instant::now()) }
    }
}

impl Log {
    fn starts(&self, text: String) {
        self.entries.lock().push(Entry::Start(text));
        self.begins();
    }

    fn begins(&self) {
        *self.since.lock() = Instant::now();
    }

    /// The text is made behind the clock.
    fn applied(&self, at: At, rule: &str, text: impl FnOnce() -> String) {
        let duration_ns = u64::try_from(self.since.lock().elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.entries.lock().push(Entry::Applied { at, rule: rule.to_owned(), text: text(), duration_ns });
        self.begins();
    }

    fn steps(&self, wanted: TraceText) -> Result<Vec<TraceStep>> {
        let mut before = String::new();
        let mut steps = Vec::new();
        for entry in std::mem::take(&mut *self.entries.lock()) {
            let (at, rule, text, duration_ns) = match entry {
                Entry::Start(text) => {
                    before = text;
                    continue;
                }
                Entry::Applied { at, rule, text, duration_ns } => (at, rule, text, duration_ns),
            };
            let changed = text != before;
            let stage = if at.phase == TracePhase::Physical { "p2" } else { "p1" };
            let told = wanted == TraceText::All || (wanted == TraceText::Changed && changed);
            steps.push(TraceStep {
                phase: at.phase,
                pass: at.pass,
                ordinal: at.ordinal,
                rule,
                changed,
                digest: render::digest(stage, &text)?,
                text: told.then(|| text.clone()),
                duration_ns,
            });
            before = text;
        }
        Ok(steps)
    }
}
