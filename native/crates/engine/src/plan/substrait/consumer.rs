//! How relations of Substrait become the engine's: reads by name only, and nothing that writes.

use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::TableProvider;
use datafusion::common::{DFSchema, TableReference};
use datafusion::error::Result;
use datafusion::execution::FunctionRegistry;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan};
use datafusion_substrait::extensions::Extensions;
use datafusion_substrait::logical_plan::consumer::{DefaultSubstraitLambdaConsumer, SubstraitConsumer, from_read_rel, from_substrait_rel};
use datafusion_substrait::substrait::proto::read_rel::ReadType;
use datafusion_substrait::substrait::proto::rel::RelType;
use datafusion_substrait::substrait::proto::{ReadRel, Rel, Type};
use parking_lot::RwLock;

use super::decode::unreadable;
use crate::error::{EngineError, ErrorCode, nearest};
use crate::rules::policy_guard::refusal;
use crate::sql::policy::SqlPolicy;

/// Reads one plan.
pub(super) struct Consumer<'a> {
    extensions: &'a Extensions,
    state: &'a SessionState,
    policy: &'a SqlPolicy,
    /// Tables there are, for messages.
    tables: Vec<String>,
    outer: RwLock<Vec<Arc<DFSchema>>>,
    lambdas: DefaultSubstraitLambdaConsumer,
}

impl<'a> Consumer<'a> {
    /// A reader under a policy.
    pub(super) fn new(extensions: &'a Extensions, (state, policy): (&'a SessionState, &'a SqlPolicy), tables: Vec<String>) -> Self {
        let lambdas = DefaultSubstraitLambdaConsumer::new();
        Self { extensions, state, policy, tables, outer: RwLock::default(), lambdas }
    }

    fn unknown(&self, table: &TableReference) -> EngineError {
        let names: Vec<&str> = self.tables.iter().map(String::as_str).collect();
        let candidates = nearest(table.table(), &names);
        let hint = if candidates.is_empty() { String::new() } else { format!(" Did you mean {}?", candidates.join(", ")) };
        EngineError::new(ErrorCode::SqlPlanError, format!("The plan reads '{table}', and there is no such table or view.{hint}"))
            .with("table", table.to_string())
            .with("candidates", candidates)
    }

    /// Refuses relations that write, for what they are.
    fn admit(&self, relation: &Rel) -> Result<(), EngineError> {
        let (what, violation, allowed) = match &relation.rel_type {
            Some(RelType::Write(_)) => ("a relation that writes rows", "dml", self.policy.dml),
            Some(RelType::Update(_)) => ("a relation that changes rows", "dml", self.policy.dml),
            Some(RelType::Ddl(_)) => ("a relation that creates or drops", "ddl", self.policy.ddl),
            _ => return Ok(()),
        };
        if allowed { Err(unreadable(what)) } else { Err(refusal(violation, violation, self.policy, None)) }
    }
}

#[async_trait]
impl SubstraitConsumer for Consumer<'_> {
    async fn resolve_table_ref(&self, table: &TableReference) -> Result<Option<Arc<dyn TableProvider>>> {
        let Ok(schema) = self.state.schema_for_ref(table.clone()) else { return Err(self.unknown(table).into()) };
        match schema.table(table.table()).await? {
            Some(provider) => Ok(Some(provider)),
            None => Err(self.unknown(table).into()),
        }
    }

    fn get_extensions(&self) -> &Extensions {
        self.extensions
    }

    fn get_function_registry(&self) -> &impl FunctionRegistry {
        self.state
    }

    async fn consume_rel(&self, relation: &Rel) -> Result<LogicalPlan> {
        self.admit(relation)?;
        from_substrait_rel(self, relation).await
    }

    /// The engine would read a table that happens to have the name of the file.
    async fn consume_read(&self, read: &ReadRel) -> Result<LogicalPlan> {
        match &read.read_type {
            Some(ReadType::NamedTable(_) | ReadType::VirtualTable(_)) => from_read_rel(self, read).await,
            Some(ReadType::LocalFiles(_)) => Err(unreadable("a relation that reads files; register them as a table and name it").into()),
            _ => Err(unreadable("a relation that reads something other than a table").into()),
        }
    }

    fn push_outer_schema(&self, schema: Arc<DFSchema>) {
        self.outer.write().push(schema);
    }

    fn pop_outer_schema(&self) {
        self.outer.write().pop();
    }

    fn get_outer_schema(&self, steps_out: usize) -> Option<Arc<DFSchema>> {
        let outer = self.outer.read();
        outer.len().checked_sub(steps_out).and_then(|index| outer.get(index).cloned())
    }

    fn push_lambda_parameters(&self, parameters: &[Type], input: &DFSchema) -> Result<Vec<String>> {
        self.lambdas.push_lambda_parameters(self, parameters, input)
    }

    fn pop_lambda_parameters(&self) {
        self.lambdas.pop_lambda_parameters();
    }

    fn lambda_variable(&self, steps_out: usize, index: usize) -> Result<Expr> {
        self.lambdas.lambda_variable(steps_out, index)
    }
}
