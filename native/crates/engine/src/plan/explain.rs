//! EXPLAIN of a frame, in the engine's formats and as data.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::AsArray;
use arrow::record_batch::RecordBatch;
use datafusion::common::format::{ExplainAnalyzeCategories, ExplainFormat, MetricCategory, MetricType};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{ExplainOption, LogicalPlanBuilder};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::nodes::{Node, nodes};
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::rules::policy_guard::check_plan;
use crate::wire::{Reply, decode};

/// The request of `explain`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields, default)]
pub struct ExplainRequest {
    /// Default `indent`.
    pub format: ExplainTarget,
    /// Every stage (with indent only).
    pub verbose: bool,
    /// Executes and adds metrics (with indent and pgjson).
    pub analyze: bool,
    /// Adds what the planner expects (with indent, without analyze); none = as the session is set.
    pub statistics: Option<bool>,
    /// How much an analysis tells; none = as the session is set.
    pub level: Option<ExplainLevel>,
    /// Which metrics an analysis tells; none = as the session is set.
    pub metrics: Option<Vec<ExplainMetrics>>,
}

/// How a plan is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ExplainTarget {
    /// Logical and physical plan, indented.
    #[default]
    Indent,
    /// The physical plan, drawn.
    Tree,
    /// The logical plan as JSON of `PostgreSQL`'s form; analysed, the physical one.
    PgJson,
    /// The logical plan in the language of Graphviz.
    Graphviz,
    /// The physical plan as data.
    Nodes,
}

/// How much an analysis tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum ExplainLevel {
    /// The metrics everybody looks at.
    Summary,
    /// All of them.
    Dev,
}

/// A kind of metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is what its name says")]
pub enum ExplainMetrics {
    Rows,
    Bytes,
    Timing,
    Uncategorized,
}

/// The reply of `explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ExplainReply {
    /// The engine's text; null for nodes.
    pub text: Option<String>,
    /// The operators; null for texts.
    pub nodes: Option<Vec<Node>>,
}

impl ExplainTarget {
    const fn name(self) -> &'static str {
        match self {
            Self::Indent => "indent",
            Self::Tree => "tree",
            Self::PgJson => "pgjson",
            Self::Graphviz => "graphviz",
            Self::Nodes => "nodes",
        }
    }

    /// What the engine calls it; `None` for nodes.
    const fn engine(self) -> Option<ExplainFormat> {
        match self {
            Self::Indent => Some(ExplainFormat::Indent),
            Self::Tree => Some(ExplainFormat::Tree),
            Self::PgJson => Some(ExplainFormat::PostgresJSON),
            Self::Graphviz => Some(ExplainFormat::Graphviz),
            Self::Nodes => None,
        }
    }
}

impl ExplainRequest {
    /// `ENGINE.NOT_IMPLEMENTED {option, format}` for a combination the engine does not take.
    fn admit(&self) -> Result<()> {
        let format = self.format;
        let refused = |option: &str, advice: &str| {
            let message = format!("EXPLAIN does not take '{option}' like this: {advice}.");
            Err(EngineError::new(ErrorCode::EngineNotImplemented, message).with("option", option).with("format", format.name()))
        };
        if self.verbose && format != ExplainTarget::Indent {
            return refused("verbose", "use it with format indent");
        }
        if self.analyze && !matches!(format, ExplainTarget::Indent | ExplainTarget::PgJson) {
            return refused("analyze", "use it with format indent or pgjson, or take a profile");
        }
        if self.statistics.is_some() && (self.analyze || format != ExplainTarget::Indent) {
            return refused("statistics", "use it with format indent and without analyze");
        }
        if !self.analyze && (self.level.is_some() || self.metrics.is_some()) {
            return refused(if self.level.is_some() { "level" } else { "metrics" }, "use it with analyze");
        }
        Ok(())
    }

    fn option(&self, format: ExplainFormat) -> ExplainOption {
        let level = self.level.map(|level| match level {
            ExplainLevel::Summary => MetricType::Summary,
            ExplainLevel::Dev => MetricType::Dev,
        });
        let category = |kind: &ExplainMetrics| match kind {
            ExplainMetrics::Rows => MetricCategory::Rows,
            ExplainMetrics::Bytes => MetricCategory::Bytes,
            ExplainMetrics::Timing => MetricCategory::Timing,
            ExplainMetrics::Uncategorized => MetricCategory::Uncategorized,
        };
        let categories = self.metrics.as_ref().map(|kinds| ExplainAnalyzeCategories::Only(kinds.iter().map(category).collect()));
        ExplainOption::default()
            .with_verbose(self.verbose)
            .with_analyze(self.analyze)
            .with_format(format)
            .with_show_statistics(self.statistics)
            .with_analyze_level(level)
            .with_analyze_categories(categories)
    }
}

impl Frame {
    /// The `explain` entrypoint. Only an analysis runs the query, and ends with the call's cancel handle.
    pub async fn explain(&self, call: &Call) -> Result<Reply> {
        let request: ExplainRequest = decode(&call.request)?;
        request.admit()?;
        let state = self.session().state_under(self.policy())?;
        // The engine makes a row of what its rules refuse in a plan that is explained.
        check_plan(self.plan(), self.session().policy_of(&state))?;
        let reply = match request.format.engine() {
            None => ExplainReply { text: None, nodes: Some(self.operators(&state).await?) },
            Some(format) => ExplainReply { text: Some(self.text(&state, request.option(format), call).await?), nodes: None },
        };
        Reply::of(&reply)
    }

    async fn operators(&self, state: &SessionState) -> Result<Vec<Node>> {
        let planning = |error: datafusion::error::DataFusionError| from_datafusion(Phase::Sql, &error);
        let optimized = state.optimize(self.plan()).map_err(planning)?;
        let plan = state.query_planner().create_physical_plan(&optimized, state).await.map_err(planning)?;
        Ok(nodes(&plan))
    }

    async fn text(&self, state: &SessionState, option: ExplainOption, call: &Call) -> Result<String> {
        let plan = LogicalPlanBuilder::from(self.plan().clone())
            .explain_option_format(option)
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let physical = state.create_physical_plan(&plan).await.map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let physical = call.cancel.watch(physical)?;
        let stream = datafusion::physical_plan::execute_stream(Arc::clone(&physical), state.task_ctx())?;
        let batches: Vec<RecordBatch> = stream.try_collect().await?;
        Ok(sections(&batches))
    }
}

/// The kinds and texts of EXPLAIN's rows, one below the other.
fn sections(batches: &[RecordBatch]) -> String {
    let mut text = String::new();
    for batch in batches {
        let Some(plans) = batch.columns().get(1).and_then(|column| column.as_string_opt::<i32>()) else { continue };
        let kinds = batch.columns().first().and_then(|column| column.as_string_opt::<i32>());
        for row in 0..batch.num_rows() {
            let kind = kinds.map_or("", |kinds| kinds.value(row));
            let _ = writeln!(text, "{kind}\n{}", plans.value(row).trim_end());
        }
    }
    text.trim_end().to_owned()
}
