//! Plan artifacts: what a frame would run, without running it.

use std::sync::Arc;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{render, substrait};
use super::uses::{self, FunctionUse, TableUse};
use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::wire::{BufferRef, Reply, decode};

/// The request of `planArtifact`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ArtifactRequest {
    /// Whether texts come along.
    #[serde(default)]
    pub texts: bool,
    /// Whether the physical plan is made too.
    #[serde(default)]
    pub physical: bool,
    /// Whether the optimised plan comes along in Substrait.
    #[serde(default)]
    pub substrait: bool,
}

/// One stage of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct Stage {
    /// Fingerprint of the text.
    pub digest: String,
    /// The text, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Hash of the output columns.
    pub schema_hash: String,
    /// Nodes of the plan.
    pub node_count: usize,
}

/// The reply of `planArtifact`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
pub struct ArtifactReply {
    /// As planned.
    pub p0: Stage,
    /// Optimised.
    pub p1: Stage,
    /// Physical, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p2: Option<Stage>,
    /// Tables read.
    pub tables: Vec<TableUse>,
    /// Functions called.
    pub functions: Vec<FunctionUse>,
    /// The optimised plan in Substrait, when asked for and where it can be expressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substrait: Option<BufferRef>,
    /// Why that is missing, or what another engine may not understand of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
}

impl Frame {
    /// The `planArtifact` entrypoint.
    pub async fn plan_artifact(&self, call: &Call) -> Result<Reply> {
        let request: ArtifactRequest = decode(&call.request)?;
        let state = self.session().state_under(self.policy())?;
        let optimized = state.optimize(self.plan()).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let p2 = if request.physical {
            let plan = state.query_planner().create_physical_plan(&optimized, &state).await?;
            let text = render::physical(plan.as_ref());
            let schema_hash = crate::schema::hash::schema_hash(&plan.schema())?;
            Some(stage("p2", text, schema_hash, count_physical(&plan), request.texts)?)
        } else {
            None
        };
        let captured = request.substrait.then(|| capture(&optimized, &state));
        let (bytes, warnings) = captured.unwrap_or_default();
        let reply = Reply::of(&ArtifactReply {
            p0: logical_stage("p0", self.plan(), request.texts)?,
            p1: logical_stage("p1", &optimized, request.texts)?,
            p2,
            tables: uses::tables(&optimized)?,
            functions: uses::functions(&optimized)?,
            substrait: bytes.as_ref().map(|_| BufferRef { index: 0 }),
            warnings,
        })?;
        Ok(match bytes {
            Some(bytes) => reply.with_buffer(bytes.into()),
            None => reply,
        })
    }
}

/// The plan in Substrait; what fails is a warning.
fn capture(plan: &LogicalPlan, state: &SessionState) -> (Option<Vec<u8>>, Vec<String>) {
    match substrait::encode(plan, state) {
        Ok(encoded) => (Some(encoded.bytes), encoded.warnings),
        Err(refused) => (None, vec![refused.message]),
    }
}

fn logical_stage(name: &str, plan: &LogicalPlan, texts: bool) -> Result<Stage> {
    let schema_hash = crate::schema::hash::schema_hash(plan.schema().as_arrow())?;
    stage(name, render::logical(plan), schema_hash, count_logical(plan), texts)
}

fn stage(name: &str, text: String, schema_hash: String, node_count: usize, texts: bool) -> Result<Stage> {
    Ok(Stage { digest: render::digest(name, &text)?, text: texts.then_some(text), schema_hash, node_count })
}

fn count_logical(plan: &LogicalPlan) -> usize {
    1 + plan.inputs().into_iter().map(count_logical).sum::<usize>()
}

fn count_physical(plan: &Arc<dyn datafusion::physical_plan::ExecutionPlan>) -> usize {
    1 + plan.children().into_iter().map(count_physical).sum::<usize>()
}
