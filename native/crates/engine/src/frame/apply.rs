//! The `applyOps` entrypoint: sources and operations in, a frame out, planned or kept by the plan cache.

use std::iter;
use std::sync::Arc;

use datafusion::datasource::provider_as_source;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder};
use serde::{Deserialize, Deserializer, Serialize};
use ts_rs::TS;

use super::leaf::operand;
use super::ops::{Op, Planner};
use super::{Frame, FrameReply};
use crate::call::Call;
use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::{EngineError, Phase, Result, from_datafusion};
use crate::session::Session;
use crate::session::catalog_ops::reference;
use crate::sql::kept_plan::KeptPlan;
use crate::sql::params::{self, Parameters};
use crate::sql::plan_cache::{CacheResult, LONGEST_TEXT, PlanCacheReply, Search, Told};
use crate::sql::policy::SqlPolicy;
use crate::sql::url_tables;
use crate::stream::open::{StreamReply, StreamRequest};
use crate::wire::{Attached, Handle, HandleRef, Reply, decode};

/// What a frame is made of.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(untagged)]
pub enum SourceRef {
    /// A frame or sink.
    Handle(HandleRef),
    /// A registered table or view, live tables at their newest version.
    Table(TableRef),
}

/// A registered table or view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct TableRef {
    /// Its name, of one to three parts.
    pub table: Vec<String>,
}

impl<'de> Deserialize<'de> for SourceRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        // Both forms at once, so that an error names the member that is wrong.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Either {
            #[serde(rename = "$handle")]
            index: Option<usize>,
            table: Option<Vec<String>>,
        }
        match Either::deserialize(deserializer)? {
            Either { index: Some(index), table: None } => Ok(Self::Handle(HandleRef { index })),
            Either { index: None, table: Some(table) } => Ok(Self::Table(TableRef { table })),
            _ => Err(serde::de::Error::custom("a source is either a $handle or a table")),
        }
    }
}

/// The request of `applyOps`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct ApplyRequest {
    /// What the operations begin with.
    pub source: SourceRef,
    /// Performed in order.
    pub ops: Vec<Op>,
    /// What joins, unions and subqueries take beside it.
    #[serde(default)]
    pub operands: Vec<SourceRef>,
    /// Values of `param` and of placeholders in SQL expressions.
    #[serde(default)]
    pub parameters: Option<Parameters>,
    /// Opens the stream of the rows too.
    #[serde(default)]
    pub open: Option<StreamRequest>,
}

/// The reply of `applyOps`. With operations, the frames of the tables that the request names come along, in their order.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct ApplyReply {
    /// The frame.
    #[serde(flatten)]
    pub frame: FrameReply,
    /// What the plan cache had to do with it; left out where it was not asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub plan_cache: Option<PlanCacheReply>,
    /// The stream that was opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened: Option<StreamReply>,
}

/// A source of a request.
enum Input<'a> {
    /// Looked up by name.
    Table(&'a TableRef),
    /// A frame of the session.
    Frame(HandleRef, &'a Arc<Frame>),
    /// Rows that can be read once.
    Sink(HandleRef),
}

impl<'a> Input<'a> {
    fn of(source: &'a SourceRef, attached: &'a Attached) -> Result<Self> {
        Ok(match source {
            SourceRef::Table(table) => Self::Table(table),
            SourceRef::Handle(handle) => match attached.handle(*handle)? {
                Handle::Frame(frame) => Self::Frame(*handle, frame),
                _ => Self::Sink(*handle),
            },
        })
    }

    /// What tells it apart in the key of a kept plan; none for what no kept plan can be over.
    fn key(&self) -> Option<InputKey<'_>> {
        match self {
            Self::Table(table) => Some(InputKey::Table(&table.table)),
            Self::Frame(_, frame) => frame.kept_whole().map(|kept| InputKey::Kept(kept.key())),
            Self::Sink(_) => None,
        }
    }

    /// The kept plan that a frame has; none for a table.
    fn kept(&self) -> Option<&Arc<KeptPlan>> {
        match self {
            Self::Frame(_, frame) => frame.kept_whole(),
            _ => None,
        }
    }
}

#[derive(Serialize)]
enum InputKey<'a> {
    Table(&'a [String]),
    Kept(&'a str),
}

impl ApplyRequest {
    /// What tells the frame apart from all others of its session; none for one that is planned anew each time.
    fn key(&self, inputs: &[Input<'_>], narrowed: Option<&SqlPolicy>) -> Result<Option<Arc<str>>> {
        let sources: Option<Vec<InputKey<'_>>> = inputs.iter().map(Input::key).collect();
        let Some(sources) = sources.filter(|_| self.parameters.is_none()) else { return Ok(None) };
        let text = serde_json::to_string(&(sources, &self.ops, narrowed))
            .map_err(|error| EngineError::internal(format!("operations as text: {error}")))?;
        if text.len() > LONGEST_TEXT {
            return Ok(None);
        }
        fingerprint("plan.frame", 1, CanonicalValue::from(text)).map(|key| Some(Arc::from(key)))
    }
}

/// A plan with what it was made over.
struct Applied {
    plan: LogicalPlan,
    kept: Option<Arc<KeptPlan>>,
    /// Frames of the tables that the request names.
    tables: Vec<Arc<Frame>>,
    plan_cache: Option<PlanCacheReply>,
}

impl Session {
    /// The `applyOps` entrypoint.
    pub async fn apply_ops(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: ApplyRequest = decode(&call.request)?;
        let sources = iter::once(&request.source).chain(&request.operands);
        let inputs = sources.map(|source| Input::of(source, &call.attached)).collect::<Result<Vec<_>>>()?;
        let narrowed = narrowest(&inputs);
        let state = self.state_under(narrowed.as_ref())?;
        let search = match request.key(&inputs, narrowed.as_deref())? {
            Some(key) => {
                let given: Vec<_> = inputs.iter().map(Input::kept).collect();
                self.plans().find_frame(self, key, &given).await
            }
            None => None,
        };
        let applied = match search {
            Some(Search { kept: Some(kept), told }) => self.kept_frame(&inputs, kept, told),
            search => self.applied(&request, call, (&inputs, &state, narrowed.as_deref()), search.map(|search| search.told)).await?,
        };
        let Applied { plan, kept, tables, plan_cache } = applied;
        let frame = Frame { kept, ..Frame::new(Arc::clone(self), plan).under(narrowed) };
        let reply =
            frame.into_opened_reply(&state, request.open, |frame, opened| Reply::of(&ApplyReply { frame, plan_cache, opened })).await?;
        Ok(if request.ops.is_empty() { reply } else { reply.with_tables(tables) })
    }

    /// The kept plan, and the tables it was made over.
    fn kept_frame(self: &Arc<Self>, inputs: &[Input<'_>], kept: Arc<KeptPlan>, told: Told) -> Applied {
        let named = inputs.iter().zip(kept.sources()).filter(|(input, _)| matches!(input, Input::Table(_)));
        let frame = |source: &Arc<KeptPlan>| Frame::new(Arc::clone(self), source.plan().clone()).of_kept(Arc::clone(source));
        let tables = named.map(|(_, source)| Arc::new(frame(source))).collect();
        Applied { plan: kept.plan().clone(), plan_cache: Some(told.reply(CacheResult::Hit)), tables, kept: Some(kept) }
    }

    async fn applied(
        self: &Arc<Self>,
        request: &ApplyRequest,
        call: &Call,
        (inputs, state, narrowed): (&[Input<'_>], &SessionState, Option<&SqlPolicy>),
        told: Option<Told>,
    ) -> Result<Applied> {
        let mut named: Vec<(&TableRef, Arc<Frame>)> = Vec::new();
        let (mut plans, mut sources) = (Vec::with_capacity(inputs.len()), Vec::with_capacity(inputs.len()));
        for input in inputs {
            let (plan, kept) = match input {
                Input::Table(table) => {
                    let known = named.iter().find(|(name, _)| name == table).map(|(_, frame)| Arc::clone(frame));
                    let frame = match known {
                        Some(frame) => frame,
                        None => Arc::new(self.table_frame(table, told.as_ref()).await?),
                    };
                    named.push((*table, Arc::clone(&frame)));
                    (frame.plan.clone(), frame.kept.clone())
                }
                Input::Frame(handle, frame) => (operand(self, &call.attached, *handle)?, frame.kept_whole().cloned()),
                Input::Sink(handle) => (operand(self, &call.attached, *handle)?, None),
            };
            plans.push(plan);
            sources.push(kept);
        }
        let parameters = params::given(request.parameters.as_ref(), &call.attached)?;
        let policy = narrowed.unwrap_or(&self.spec().sql_policy);
        let operands = plans.split_off(1);
        let planner = Planner { state, policy, operands: &operands, parameters };
        let mut plan = plans.pop().ok_or_else(|| EngineError::internal("operations without a source"))?;
        for (step, op) in request.ops.iter().enumerate() {
            plan = planner.apply(plan, op, step, None)?;
        }
        let (kept, plan_cache) = match told {
            Some(mut told) => {
                let kept = self.plans().keep_frame(self, &mut told, &plan, sources.into_iter().collect())?;
                let result = if kept.is_some() { CacheResult::Miss } else { CacheResult::Skipped };
                (kept, Some(told.reply(result)))
            }
            None => (None, None),
        };
        Ok(Applied { plan, kept, tables: named.into_iter().map(|(_, frame)| frame).collect(), plan_cache })
    }

    /// A scan of a registered table or view, live tables at their newest version, or of what a location stands for.
    async fn table_frame(self: &Arc<Self>, table: &TableRef, told: Option<&Told>) -> Result<Frame> {
        let name = reference(&table.table)?;
        if let [location] = table.table.as_slice() {
            let state = self.lent_state()?;
            if let Some(table) = Box::pin(url_tables::table(self, location, &state)).await? {
                return Ok(Frame::new(Arc::clone(self), LogicalPlanBuilder::scan(name, provider_as_source(table), None)?.build()?));
            }
        }
        let found = self.context()?.table(name.clone()).await.map_err(|error| from_datafusion(Phase::Sql, &error))?;
        let plan = found.into_unoptimized_plan();
        let kept = told.map(|told| KeptPlan::of_table((self, told), &name, &plan)).transpose()?.flatten();
        Ok(Frame { kept: kept.map(Arc::new), ..Frame::new(Arc::clone(self), plan) })
    }
}

/// The policies of the frames together; `None` where all are the session's.
fn narrowest(inputs: &[Input<'_>]) -> Option<Arc<SqlPolicy>> {
    let mut narrowed: Option<Arc<SqlPolicy>> = None;
    for input in inputs {
        let Input::Frame(_, frame) = input else { continue };
        let Some(policy) = frame.policy() else { continue };
        narrowed = Some(match narrowed {
            Some(other) if !Arc::ptr_eq(&other, policy) => Arc::new(other.narrow(policy)),
            _ => Arc::clone(policy),
        });
    }
    narrowed
}
