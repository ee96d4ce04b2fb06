//! The backstop of the SQL policy: an analyzer rule over the planned statement, at any depth.

use std::any::Any;

use datafusion::common::config::{ConfigEntry, ConfigExtension, ConfigOptions, ExtensionOptions};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::datasource::source_as_provider;
use datafusion::error::Result;
use datafusion::logical_expr::expr::{Exists, InSubquery, SetComparison};
use datafusion::logical_expr::{Expr, LogicalPlan, Volatility, WindowFunctionDefinition};
use datafusion::optimizer::AnalyzerRule;

use crate::error::{EngineError, ErrorCode};
use crate::io::memory_rewrite;
use crate::plan::uses;
use crate::session::metric_tables;
use crate::sql::policy::SqlPolicy;
use crate::sql::url_tables;

/// The policy in force, as a locked extension of the session's options.
#[derive(Clone, Debug, Default)]
pub struct PolicyOptions {
    /// The policy.
    pub policy: SqlPolicy,
}

impl ConfigExtension for PolicyOptions {
    const PREFIX: &'static str = "deltafuse";
}

impl ExtensionOptions for PolicyOptions {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn cloned(&self) -> Box<dyn ExtensionOptions> {
        Box::new(self.clone())
    }

    fn set(&mut self, key: &str, _value: &str) -> Result<()> {
        Err(locked(&format!("deltafuse.{key}"), &self.policy.name).into())
    }

    fn entries(&self) -> Vec<ConfigEntry> {
        let entry = |key: &str, value: bool, description: &'static str| ConfigEntry {
            key: format!("deltafuse.policy.{key}"),
            value: Some(value.to_string()),
            description,
        };
        vec![
            entry("ddl", self.policy.ddl, "SQL may create and drop. Fixed when the session opens."),
            entry("dml", self.policy.dml, "SQL may change rows. Fixed when the session opens."),
            entry("copy", self.policy.copy, "SQL may COPY to files. Fixed when the session opens."),
            entry("statements", self.policy.statements, "SQL may SET and PREPARE. Fixed when the session opens."),
            entry("explain_analyze", self.policy.explain_analyze, "SQL may EXPLAIN ANALYZE. Fixed when the session opens."),
        ]
    }
}

/// The refusal of a SET on a key that only the session's profile decides.
#[must_use]
pub fn locked(key: &str, policy: &str) -> EngineError {
    EngineError::new(
        ErrorCode::SqlPolicyViolation,
        format!("The setting {key} is fixed when the session opens; set it in the profile and open a new session."),
    )
    .with("violation", "locked_setting")
    .with("statementKind", "statement")
    .with("policy", policy)
    .with("object", key)
}

/// Refuses what the policy forbids in a planned statement.
#[derive(Debug, Default)]
pub struct PolicyGuard;

impl AnalyzerRule for PolicyGuard {
    fn name(&self) -> &'static str {
        "deltafuse_policy_guard"
    }

    fn analyze(&self, plan: LogicalPlan, config: &ConfigOptions) -> Result<LogicalPlan> {
        if let Some(options) = config.extensions.get::<PolicyOptions>() {
            check_plan(&plan, &options.policy)?;
        }
        Ok(plan)
    }
}

/// Refuses an analysed plan with something in it that the policy forbids.
pub fn check_plan(plan: &LogicalPlan, policy: &SqlPolicy) -> Result<(), EngineError> {
    check(plan, policy).map_err(EngineError::from)
}

fn check(plan: &LogicalPlan, policy: &SqlPolicy) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        let refused = match node {
            LogicalPlan::Ddl(_) if !policy.ddl => Some(("ddl", "ddl")),
            LogicalPlan::Dml(_) if !policy.dml => Some(("dml", "dml")),
            LogicalPlan::Extension(extension) if !policy.dml && extension.node.name() == memory_rewrite::NAME => Some(("dml", "dml")),
            LogicalPlan::Copy(_) if !policy.copy => Some(("copy", "copy")),
            LogicalPlan::Statement(_) if !policy.statements => Some(("statement", "statement")),
            LogicalPlan::Analyze(_) if !policy.explain_analyze => Some(("explain_analyze", "explain")),
            _ => None,
        };
        if let Some((violation, kind)) = refused {
            return Err(refusal(violation, kind, policy, None).into());
        }
        if let LogicalPlan::TableScan(scan) = node
            && let Ok(table) = source_as_provider(&scan.source)
        {
            url_tables::check(table.as_ref(), policy)?;
        }
        if let Some(function) = table_function(node)
            && !policy.functions.allows(function)
        {
            return Err(refusal("function", "query", policy, Some(function)).into());
        }
        node.apply_expressions(|expr| check_functions(expr, policy))?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}

/// The function that makes the rows of a node.
fn table_function(node: &LogicalPlan) -> Option<&'static str> {
    match node {
        LogicalPlan::TableScan(scan) => {
            let table = source_as_provider(&scan.source).ok()?;
            uses::series_function(table.as_ref()).or_else(|| metric_tables::function_of(table.as_ref()))
        }
        LogicalPlan::Unnest(_) => Some("unnest"),
        _ => None,
    }
}

/// Refuses an expression that calls a function the policy forbids.
pub fn check_expr(expr: &Expr, policy: &SqlPolicy) -> Result<(), EngineError> {
    check_functions(expr, policy).map(|_| ()).map_err(EngineError::from)
}

fn check_functions(expr: &Expr, policy: &SqlPolicy) -> Result<TreeNodeRecursion> {
    expr.apply(|node| {
        let called = match node {
            Expr::ScalarFunction(call) => Some((call.name(), call.func.aliases(), call.func.signature().volatility)),
            Expr::AggregateFunction(call) => Some((call.func.name(), call.func.aliases(), call.func.signature().volatility)),
            Expr::WindowFunction(call) => {
                let (name, aliases) = window_function(&call.fun);
                Some((name, aliases, call.fun.signature().volatility))
            }
            Expr::HigherOrderFunction(call) => Some((call.name(), call.func.aliases(), call.func.signature().volatility)),
            Expr::ScalarSubquery(subquery)
            | Expr::Exists(Exists { subquery, .. })
            | Expr::InSubquery(InSubquery { subquery, .. })
            | Expr::SetComparison(SetComparison { subquery, .. }) => {
                check_plan(&subquery.subquery, policy)?;
                None
            }
            _ => None,
        };
        match called {
            Some((name, aliases, _)) if !policy.functions.allows_function(name, aliases) => {
                Err(refusal("function", "query", policy, Some(name)).into())
            }
            Some((name, _, volatility)) if volatility != Volatility::Immutable && !policy.volatile_functions => {
                Err(volatile(name, volatility, "query", policy).into())
            }
            _ => Ok(TreeNodeRecursion::Continue),
        }
    })
}

/// The name of a window function, and its other names.
pub(crate) fn window_function(function: &WindowFunctionDefinition) -> (&str, &[String]) {
    match function {
        WindowFunctionDefinition::AggregateUDF(function) => (function.name(), function.aliases()),
        WindowFunctionDefinition::WindowUDF(function) => (function.name(), function.aliases()),
    }
}

/// The refusal of a function that may give another value at every run, where the session is to give the same again.
#[must_use]
pub fn volatile(name: &str, volatility: Volatility, statement_kind: &str, policy: &SqlPolicy) -> EngineError {
    let message = format!(
        "The function {name} is {}, so the same query may give something else another time, which the session's determinism 'canonical' \
         excludes. Pass its value as a parameter, or open the session with determinism 'stable'.",
        uses::volatility_text(volatility)
    );
    EngineError { message, ..refusal("volatile_function", statement_kind, policy, Some(name)) }
}

/// The one policy error.
#[must_use]
pub fn refusal(violation: &str, statement_kind: &str, policy: &SqlPolicy, object: Option<&str>) -> EngineError {
    let what = match object {
        Some(object) => format!("{violation} ({object})"),
        None => violation.to_owned(),
    };
    let error = EngineError::new(
        ErrorCode::SqlPolicyViolation,
        format!("The SQL policy '{}' does not allow {what}. Use a profile whose sql.policy allows it.", policy.name),
    )
    .with("violation", violation)
    .with("statementKind", statement_kind)
    .with("policy", &policy.name);
    match object {
        Some(object) => error.with("object", object),
        None => error,
    }
}
