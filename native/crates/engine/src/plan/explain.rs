//! EXPLAIN of a frame, in the engine's formats.

use std::fmt::Write;
use std::sync::Arc;

use arrow::array::AsArray;
use datafusion::common::format::ExplainFormat;
use datafusion::logical_expr::{ExplainOption, LogicalPlanBuilder};
use futures::TryStreamExt;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::call::Call;
use crate::error::{EngineError, Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::wire::{Reply, decode};

/// The request of `explain`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ExplainRequest {
    /// `indent`, `tree`, `pgjson` or `graphviz`.
    pub format: String,
    /// Every stage (with indent only).
    #[serde(default)]
    pub verbose: bool,
    /// Executes and adds metrics.
    #[serde(default)]
    pub analyze: bool,
}

/// The reply of `explain`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct ExplainReply {
    /// The engine's text.
    pub text: String,
}

impl Frame {
    /// The `explain` entrypoint.
    pub async fn explain(&self, call: &Call) -> Result<Reply> {
        let request: ExplainRequest = decode(&call.request)?;
        let format: ExplainFormat = request
            .format
            .parse()
            .map_err(|_| EngineError::bad_request("$.format", "the formats are indent, tree, pgjson and graphviz"))?;
        let option = ExplainOption::default().with_verbose(request.verbose).with_analyze(request.analyze).with_format(format);
        let plan = LogicalPlanBuilder::from(self.plan().clone())
            .explain_option_format(option)
            .and_then(LogicalPlanBuilder::build)
            .map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let state = self.session().state_under(self.policy())?;
        let physical = state.create_physical_plan(&plan).await.map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let stream = datafusion::physical_plan::execute_stream(Arc::clone(&physical), state.task_ctx())?;
        let batches: Vec<_> = stream.try_collect().await?;
        let mut text = String::new();
        for batch in &batches {
            let Some(plans) = batch.columns().get(1).and_then(|column| column.as_string_opt::<i32>()) else { continue };
            let kinds = batch.columns().first().and_then(|column| column.as_string_opt::<i32>());
            for row in 0..batch.num_rows() {
                let kind = kinds.map_or("", |kinds| kinds.value(row));
                let _ = writeln!(text, "{kind}\n{}", plans.value(row).trim_end());
            }
        }
        Reply::of(&ExplainReply { text: text.trim_end().to_owned() })
    }
}
