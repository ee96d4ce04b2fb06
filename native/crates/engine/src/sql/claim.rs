//! Statements that native modules claim: planned by the engine, performed by the extension that brought the module.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Explain, LogicalPlan, PlanType, ToStringifiedPlan};
use datafusion::sql::parser::{CopyToSource, CopyToStatement, Statement as EngineStatement};
use datafusion::sql::sqlparser::ast::{Statement, TableFactor};
use serde::Serialize;
use ts_rs::TS;

use super::check::{refused, unsupported};
use super::common_tables::all_of;
use super::engine_plan;
use super::merge_stars::{self, SourceColumn};
use super::params::{self, ParameterType};
use super::policy::SqlPolicy;
use super::statement::{StatementInfo, parse};
use crate::error::{EngineError, ErrorCode, Result};
use crate::session::Session;

mod dml;
pub(crate) mod explained;
mod files;
mod request;

pub use request::ClaimRequest;

/// The modules of this build: who brings one performs the statements it claims.
pub const MODULES: &[&str] = &["datasets", "delta"];

/// Who performs a planned statement, and what it takes for that.
#[derive(Clone, Debug, Serialize, TS)]
pub struct ClaimReply {
    /// The module that claims it.
    pub module: &'static str,
    /// What is to be done.
    pub request: ClaimRequest,
    /// Whether the frame of the reply gives the rows.
    pub source: bool,
}

/// A claimed statement.
pub(super) struct Claimed {
    pub(super) module: &'static str,
    pub(super) request: ClaimRequest,
    /// The rows it takes.
    pub(super) source: Option<LogicalPlan>,
    /// What the engine planned of it, for EXPLAIN.
    pub(super) input: LogicalPlan,
}

/// The module that claims the statements of a verb, where that does not depend on the table.
pub(super) fn module_of(verb: &str) -> Option<&'static str> {
    matches!(verb, "COPY" | "CREATE EXTERNAL TABLE").then_some("datasets")
}

/// Whether a statement of this verb is one that modules claim.
pub(super) fn is_claimable(verb: &str) -> bool {
    matches!(verb, "COPY" | "CREATE EXTERNAL TABLE" | "INSERT" | "UPDATE" | "DELETE" | "MERGE" | "TRUNCATE")
}

impl Session {
    /// Plans a statement that a module claims, with its values in place. `SQL.EXTENSION_REQUIRED {statement, extension}`
    /// where nobody brought the module, `SQL.STATEMENT_UNSUPPORTED {statement, use}` where no module does it.
    pub(super) async fn claimed(
        &self,
        tree: EngineStatement,
        info: &StatementInfo,
        state: &SessionState,
        values: BTreeMap<String, ScalarValue>,
    ) -> Result<(Claimed, Vec<ParameterType>)> {
        let (claimed, types) = match tree {
            EngineStatement::CopyTo(copy) => {
                self.require("datasets", &info.verb)?;
                let source = self.copied(&copy, info, state).await?;
                let (source, types) = params::bind(source, values)?;
                (files::copy(copy, source)?, types)
            }
            EngineStatement::CreateExternalTable(create) => {
                self.require("datasets", &info.verb)?;
                let tree = EngineStatement::CreateExternalTable(create);
                let plan = self.engine_plan(tree, info, state).await?;
                (files::create_external(self, &plan)?, Vec::new())
            }
            EngineStatement::Statement(statement) => {
                if matches!(statement.as_ref(), Statement::Query(_)) {
                    return Err(refused(&format!("WITH of statements before {}", info.verb), "one statement after the other"));
                }
                let plan = self.engine_plan(EngineStatement::Statement(statement), info, state).await?;
                let (plan, types) = params::bind(plan, values)?;
                let LogicalPlan::Dml(dml) = plan else { return Err(unsupported(&info.verb)) };
                (dml::claim(self, dml, &info.verb, self.policy_of(state))?, types)
            }
            EngineStatement::Explain(_) | EngineStatement::Reset(_) => return Err(unsupported(&info.verb)),
        };
        Ok((claimed, types))
    }

    /// The plan of EXPLAIN around a statement that a module claims: what the engine planned of it below the command.
    pub(super) async fn explained(&self, tree: EngineStatement, info: &StatementInfo, state: &SessionState) -> Result<LogicalPlan> {
        let EngineStatement::Explain(explain) = tree else { return Err(unsupported(&info.verb)) };
        let inner = info.inner.as_deref().unwrap_or(info);
        if explain.options.analyze {
            return Err(refused(&format!("EXPLAIN ANALYZE {}", inner.verb), "EXPLAIN, or run the statement itself"));
        }
        // The engine reads the options: it plans the same EXPLAIN around a query.
        let query = parsed_query("SELECT 1", state)?;
        let shell =
            EngineStatement::Explain(datafusion::sql::parser::ExplainStatement { options: explain.options, statement: Box::new(query) });
        let (claimed, _) = Box::pin(self.claimed(*explain.statement, inner, state, BTreeMap::new())).await?;
        let command = explained::node(claimed);
        match self.engine_plan(shell, info, state).await? {
            LogicalPlan::Explain(plan) => {
                let stringified = vec![command.to_stringified(PlanType::InitialLogicalPlan)];
                Ok(LogicalPlan::Explain(Explain { plan: Arc::new(command), stringified_plans: stringified, ..plan }))
            }
            _ => Err(EngineError::internal("EXPLAIN was planned as something else")),
        }
    }

    /// Writes out the stars of a merge, or of one that is explained.
    pub(super) async fn write_out(&self, tree: &mut EngineStatement, info: &StatementInfo, state: &SessionState) -> Result<()> {
        let Some(merge) = merge_stars::starred(tree) else { return Ok(()) };
        let table = self.columns(merge.table.clone(), info, state).await?;
        let target: Vec<_> = table.into_iter().map(|(_, field)| field).collect();
        merge_stars::write_out(merge, &target, &self.columns(merge.source.clone(), info, state).await?)
    }

    /// The columns of what stands after FROM.
    async fn columns(&self, factor: TableFactor, info: &StatementInfo, state: &SessionState) -> Result<Vec<SourceColumn>> {
        let query = Statement::Query(Box::new(all_of(factor)?));
        let plan = self.engine_plan(EngineStatement::Statement(Box::new(query)), info, state).await?;
        Ok(plan.schema().iter().map(|(qualifier, field)| (qualifier.cloned(), Arc::clone(field))).collect())
    }

    async fn engine_plan(&self, tree: EngineStatement, info: &StatementInfo, state: &SessionState) -> Result<LogicalPlan> {
        let plan = crate::spans::within("analyze", engine_plan::plan(tree, state)).await;
        plan.map_err(|error| self.describe_failure(&error, info))
    }

    /// The rows that COPY takes.
    async fn copied(&self, copy: &CopyToStatement, info: &StatementInfo, state: &SessionState) -> Result<LogicalPlan> {
        let query = match &copy.source {
            CopyToSource::Query(query) => EngineStatement::Statement(Box::new(Statement::Query(query.clone()))),
            CopyToSource::Relation(name) => parsed_query(&format!("SELECT * FROM {name}"), state)?,
        };
        self.engine_plan(query, info, state).await
    }

    pub(super) fn require(&self, module: &'static str, statement: &str) -> Result<()> {
        if self.spec().modules.iter().any(|one| one.name == module) {
            return Ok(());
        }
        Err(EngineError::new(
            ErrorCode::SqlExtensionRequired,
            format!("{statement} is performed by the extension '{module}'; open the session with it."),
        )
        .with("statement", statement)
        .with("extension", module))
    }

    /// The policy that a state is planned under.
    pub(crate) fn policy_of<'a>(&'a self, state: &'a SessionState) -> &'a SqlPolicy {
        let options = state.config_options().extensions.get::<crate::rules::policy_guard::PolicyOptions>();
        options.map_or(&self.spec().sql_policy, |options| &options.policy)
    }
}

fn parsed_query(sql: &str, state: &SessionState) -> Result<EngineStatement> {
    let options = &state.config_options().sql_parser;
    let parsed = parse(sql, options.dialect, options.recursion_limit.get())?;
    parsed.into_iter().next().map(|one| one.tree).ok_or_else(|| EngineError::internal("a query was not parsed"))
}
