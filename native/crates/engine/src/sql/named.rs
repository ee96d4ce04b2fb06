//! Prepared statements that have a name: those of the profile, and what PREPARE, EXECUTE and DEALLOCATE do.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::{DFSchema, ScalarValue};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::simplify::SimplifyContext;
use datafusion::logical_expr::{Execute, Expr, LogicalPlan, Statement};
use datafusion::optimizer::simplify_expressions::ExprSimplifier;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::Statement as SqlStatement;
use parking_lot::RwLock;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::check;
use super::overlay::Overlay;
use super::params::{self, ParameterType};
use super::plan_cache::Stamp;
use super::policy::SqlPolicy;
use super::prepared::{Analysed, PreparedQuery, PreparedText};
use super::statement::StatementInfo;
use crate::call::Call;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};
use crate::frame::Frame;
use crate::rules::policy_guard::check_expr;
use crate::session::Session;
use crate::wire::{Reply, decode};

/// The request of `preparedSql`.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PreparedSqlRequest {
    /// What EXECUTE calls it.
    pub name: String,
}

/// Prepared statements by name.
pub type Statements = BTreeMap<String, Arc<PreparedQuery>>;

/// The prepared statements of a session.
#[derive(Default)]
pub struct NamedStatements(RwLock<Statements>);

impl NamedStatements {
    /// All of them.
    #[must_use]
    pub fn all(&self) -> Statements {
        self.0.read().clone()
    }

    /// Takes others in place of them.
    pub fn replace(&self, statements: Statements) {
        *self.0.write() = statements;
    }

    /// `SQL.PREPARED_EXISTS {name}` when a name is taken.
    pub fn refuse_taken(&self, name: &str) -> Result<()> {
        if self.0.read().contains_key(name) { Err(taken(name)) } else { Ok(()) }
    }

    /// Adds one. `SQL.PREPARED_EXISTS {name}`.
    pub fn add(&self, name: String, statement: Arc<PreparedQuery>) -> Result<()> {
        let mut statements = self.0.write();
        if statements.contains_key(&name) {
            return Err(taken(&name));
        }
        statements.insert(name, statement);
        Ok(())
    }

    /// The one of a name. `SQL.PREPARED_NOT_FOUND {name}`.
    pub fn get(&self, name: &str) -> Result<Arc<PreparedQuery>> {
        self.0.read().get(name).cloned().ok_or_else(|| not_found(name))
    }

    /// Forgets one. `SQL.PREPARED_NOT_FOUND {name}`.
    pub fn remove(&self, name: &str) -> Result<()> {
        self.0.write().remove(name).map(drop).ok_or_else(|| not_found(name))
    }
}

fn taken(name: &str) -> EngineError {
    let message = format!("There is already a prepared statement '{name}'; choose another name, or DEALLOCATE it first.");
    EngineError::new(ErrorCode::SqlPreparedExists, message).with("name", name)
}

fn not_found(name: &str) -> EngineError {
    let message = format!("There is no prepared statement '{name}'; PREPARE it, or declare it in the profile.");
    EngineError::new(ErrorCode::SqlPreparedNotFound, message).with("name", name)
}

/// A statement that was planned.
pub(super) struct Statemented {
    pub plan: LogicalPlan,
    pub info: StatementInfo,
    pub policy: Option<Arc<SqlPolicy>>,
    pub overlay: Option<Arc<Overlay>>,
    pub stamp: Stamp,
    /// Whether arguments of its table functions were parameters.
    pub filled: bool,
    /// How many types a PREPARE names.
    pub named_types: usize,
}

/// A frame, and what is told of its statement.
pub(super) struct Meant {
    pub frame: Frame,
    pub info: StatementInfo,
    pub parameter_types: Vec<ParameterType>,
}

impl Session {
    /// The `preparedSql` entrypoint: a handle of a statement that has a name.
    pub fn prepared_sql(self: &Arc<Self>, call: &Call) -> Result<Reply> {
        let request: PreparedSqlRequest = decode(&call.request)?;
        self.statements().get(&request.name)?.reply_again(self)
    }

    /// The frame of a statement: of PREPARE what it will add, of EXECUTE the query it names.
    pub(super) async fn meant(
        self: &Arc<Self>,
        sql: &str,
        statement: Statemented,
        state: &SessionState,
        parameter_types: Vec<ParameterType>,
    ) -> Result<Meant> {
        let Statemented { plan, info, policy, overlay, stamp, filled, named_types } = statement;
        match plan {
            LogicalPlan::Statement(Statement::Prepare(prepare)) => {
                let inner = info.inner.as_deref().cloned().unwrap_or_else(|| info.clone());
                check_types(named_types, inner.placeholders.len())?;
                let analysed = Analysed::of(prepare.input.as_ref().clone(), inner, (stamp, filled))?;
                let query = PreparedQuery::new(PreparedText::Prepare(sql.to_owned()), policy.clone(), overlay, analysed);
                let name = prepare.name.clone();
                let frame = Frame::new(Arc::clone(self), LogicalPlan::Statement(Statement::Prepare(prepare)));
                Ok(Meant { frame: frame.under(policy).adding(name, Arc::new(query)), info, parameter_types })
            }
            LogicalPlan::Statement(Statement::Execute(execute)) => self.executed(execute, (info, policy), state).await,
            plan => Ok(Meant { frame: Frame::new(Arc::clone(self), plan).under(policy), info, parameter_types }),
        }
    }

    /// The query that EXECUTE names, under what it needs itself.
    async fn executed(
        self: &Arc<Self>,
        execute: Execute,
        (mut info, policy): (StatementInfo, Option<Arc<SqlPolicy>>),
        state: &SessionState,
    ) -> Result<Meant> {
        let allowed = policy.as_deref().unwrap_or(&self.spec().sql_policy);
        let values = arguments(execute.parameters, state, allowed)?;
        let query = self.statements().get(&execute.name)?;
        let (Analysed { plan, info: inner, .. }, _) = query.current(self, &values).await?;
        check::statement(&inner, allowed)?;
        params::complete(&values, &inner.placeholders)?;
        let values = params::read_texts(&plan, values)?;
        let (plan, parameter_types) = params::bind(plan, values)?;
        info.inner = Some(Box::new(inner));
        let policy = match (query.policy(), policy) {
            (Some(prepared), Some(call)) => Some(Arc::new(prepared.narrow(&call))),
            (prepared, call) => call.or(prepared),
        };
        Ok(Meant { frame: Frame::new(Arc::clone(self), plan).under(policy), info, parameter_types })
    }
}

/// How many types a PREPARE names.
pub(super) fn types_of(tree: &EngineStatement) -> usize {
    match tree {
        EngineStatement::Statement(statement) => match statement.as_ref() {
            SqlStatement::Prepare { data_types, .. } => data_types.len(),
            _ => 0,
        },
        _ => 0,
    }
}

/// A PREPARE that names types names that of each parameter.
fn check_types(named: usize, parameters: usize) -> Result<()> {
    if named == 0 || named == parameters {
        return Ok(());
    }
    let message = format!("PREPARE names {named} types for {parameters} parameters; name the type of each, or of none.");
    Err(EngineError::new(ErrorCode::SqlPlanError, message))
}

/// The constants that EXECUTE gives, by position.
fn arguments(expressions: Vec<Expr>, state: &SessionState, policy: &SqlPolicy) -> Result<BTreeMap<String, ScalarValue>> {
    let context = SimplifyContext::builder()
        .with_schema(Arc::new(DFSchema::empty()))
        .with_config_options(Arc::clone(state.config_options()))
        .with_query_execution_start_time(state.execution_props().query_execution_start_time)
        .build();
    let simplifier = ExprSimplifier::new(context);
    let constant = |position: usize, expression: Expr| {
        check_expr(&expression, policy)?;
        match simplifier.simplify(expression).map_err(|error| from_datafusion(Phase::Sql, &error))? {
            Expr::Literal(value, _) => Ok((position.to_string(), value)),
            other => {
                let message = format!("Argument {position} of EXECUTE is not constant: {other}. Write a value.");
                Err(EngineError::new(ErrorCode::SqlPlanError, message))
            }
        }
    };
    expressions.into_iter().enumerate().map(|(index, expression)| constant(index + 1, expression)).collect()
}
