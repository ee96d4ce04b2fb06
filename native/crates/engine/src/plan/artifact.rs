//! Plan artifacts: what a frame would run, without running it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Dependency, FunctionalDependence};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::logical_plan::Sort;
use datafusion::logical_expr::{Expr, LogicalPlan, SortExpr, Volatility};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::nodes::{self, PhysicalFacts};
use super::uses::{self, FunctionUse, TableUse};
use super::{proto, render, substrait};
use crate::call::Call;
use crate::error::{Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::sql::plan::micros;
use crate::wire::{BufferRef, Reply, decode};

/// The request of `planArtifact`.
#[expect(clippy::struct_excessive_bools, reason = "each is one part of the artifact")]
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
    /// Whether the optimised plan comes along in the engine's own encoding.
    #[serde(default)]
    pub proto: bool,
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

/// How a LIMIT cuts rows that come in no fixed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, TS)]
#[serde(rename_all = "lowercase")]
pub enum LooseLimit {
    /// They have no order.
    Unordered,
    /// Rows that are equal in all keys of the order may differ otherwise.
    Ties,
}

/// Microseconds of the planning phases.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactTimings {
    /// Logical optimisation.
    #[ts(type = "number")]
    pub optimize_us: u64,
    /// Physical planning, where it was asked for.
    #[ts(type = "number | null")]
    pub physical_us: Option<u64>,
}

/// The reply of `planArtifact`.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactReply {
    /// As planned.
    pub p0: Stage,
    /// Optimised.
    pub p1: Stage,
    /// Physical, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub p2: Option<Stage>,
    /// What stands out in the physical plan, when asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub physical: Option<PhysicalFacts>,
    /// Tables read.
    pub tables: Vec<TableUse>,
    /// Whether each of them is a Delta table that was opened at its version.
    pub pinned: Vec<bool>,
    /// When the version of each Delta table among them was committed.
    #[ts(type = "(number | null)[]")]
    pub timestamps_ms: Vec<Option<i64>>,
    /// Functions called.
    pub functions: Vec<FunctionUse>,
    /// Functions of the plan as written that are not immutable; the optimiser replaces some by their values.
    pub unstable: Vec<FunctionUse>,
    /// What makes its LIMITs depend on the order of rows.
    pub loose_limits: Vec<LooseLimit>,
    /// How long planning took.
    pub timings: ArtifactTimings,
    /// The optimised plan in Substrait, when asked for and where it can be expressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub substrait: Option<BufferRef>,
    /// Why that is missing, or what another engine may not understand of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<String>,
    /// The optimised plan in the engine's own encoding, when asked for and where it can be expressed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proto: Option<BufferRef>,
    /// Why that is missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub proto_refusal: Option<Refusal>,
}

/// Why a form of a plan could not be made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct Refusal {
    /// Code of the error.
    pub code: &'static str,
    /// A sentence.
    pub message: String,
}

impl Frame {
    /// The `planArtifact` entrypoint.
    pub async fn plan_artifact(&self, call: &Call) -> Result<Reply> {
        let request: ArtifactRequest = decode(&call.request)?;
        let state = self.session().state_under(self.policy())?;
        let started = Instant::now();
        let optimized = state.optimize(self.plan()).map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let optimize_us = micros(started);
        let (mut p2, mut physical, mut physical_us) = (None, None, None);
        if request.physical {
            let plan = state.query_planner().create_physical_plan(&optimized, &*state).await?;
            physical_us = Some(micros(started).saturating_sub(optimize_us));
            let schema_hash = crate::schema::hash::schema_hash(&plan.schema())?;
            p2 = Some(stage("p2", render::physical(plan.as_ref()), schema_hash, count_physical(&plan), request.texts)?);
            physical = Some(nodes::facts(&plan));
        }
        let scanned = uses::scanned(&optimized)?;
        let mut unstable = uses::functions(self.plan())?;
        unstable.retain(|function| function.volatility != uses::volatility_text(Volatility::Immutable));
        let pinned = scanned.iter().map(|(_, provider)| crate::delta_table::is_pinned(provider.as_ref())).collect();
        let mut timestamps_ms = Vec::with_capacity(scanned.len());
        for (_, provider) in &scanned {
            timestamps_ms.push(crate::delta_table::timestamp_ms(provider.as_ref()).await);
        }
        let captured = request.substrait.then(|| capture(&optimized, &state));
        let (bytes, warnings) = captured.unwrap_or_default();
        let (proto, proto_refusal) = match request.proto.then(|| proto::encode(&optimized)) {
            Some(Err(error)) => (None, Some(Refusal { code: error.code.as_str(), message: error.message })),
            encoded => (encoded.and_then(Result::ok), None),
        };
        let buffers: Vec<Bytes> = bytes.iter().cloned().map(Bytes::from).chain(proto.clone()).collect();
        let reply = Reply::of(&ArtifactReply {
            p0: logical_stage("p0", self.plan(), request.texts)?,
            p1: logical_stage("p1", &optimized, request.texts)?,
            p2,
            physical,
            tables: scanned.into_iter().map(|(table, _)| table).collect(),
            pinned,
            timestamps_ms,
            functions: uses::functions(&optimized)?,
            unstable,
            loose_limits: loose_limits(self.plan())?,
            timings: ArtifactTimings { optimize_us, physical_us },
            substrait: bytes.as_ref().map(|_| BufferRef { index: 0 }),
            warnings,
            proto: proto.map(|_| BufferRef { index: buffers.len() - 1 }),
            proto_refusal,
        })?;
        Ok(buffers.into_iter().fold(reply, Reply::with_buffer))
    }
}

/// What makes the LIMITs of a plan depend on the order of rows.
fn loose_limits(plan: &LogicalPlan) -> Result<Vec<LooseLimit>> {
    let mut found = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Limit(limit) = node
            && limit.input.max_rows().is_none_or(|rows| rows > 1)
        {
            found.extend(loose(&limit.input));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found.into_iter().collect())
}

fn loose(input: &LogicalPlan) -> Option<LooseLimit> {
    match input {
        LogicalPlan::Projection(projection) => loose(&projection.input),
        LogicalPlan::SubqueryAlias(alias) => loose(&alias.input),
        LogicalPlan::Sort(sort) => (!is_total(sort)).then_some(LooseLimit::Ties),
        _ => Some(LooseLimit::Unordered),
    }
}

/// Whether rows that are equal in all keys are equal altogether, or there are none.
fn is_total(sort: &Sort) -> bool {
    let schema = sort.input.schema();
    let column = |key: &SortExpr| if let Expr::Column(column) = &key.expr { schema.maybe_index_of_column(column) } else { None };
    let keys: BTreeSet<usize> = sort.expr.iter().filter_map(column).collect();
    let unique = |dependence: &FunctionalDependence| {
        dependence.mode == Dependency::Single && dependence.source_indices.iter().all(|index| keys.contains(index))
    };
    (0..schema.fields().len()).all(|index| keys.contains(&index)) || schema.functional_dependencies().iter().any(unique)
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
