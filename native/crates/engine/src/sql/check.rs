//! The SQL policy on a parsed statement, before anything is planned.

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Volatility;

use super::claim::is_claimable;
use super::path_guard::{self, Access};
use super::policy::SqlPolicy;
use super::statement::{ExplainKind, ParsedStatement, StatementInfo};
use super::verb::StatementKind;
use crate::error::{EngineError, ErrorCode, Result};
use crate::rules::policy_guard::{locked, refusal, volatile};
use crate::session::runtime_settings;

/// Refuses a text that is longer than the policy allows, before parsing it.
pub fn size(sql: &str, policy: &SqlPolicy) -> Result<()> {
    if sql.len() > policy.max_sql_bytes {
        return Err(refusal("size", "query", policy, None).with("bytes", sql.len()).with("limit", policy.max_sql_bytes));
    }
    Ok(())
}

/// Exactly one statement per call.
pub fn single(mut statements: Vec<ParsedStatement>, policy: &SqlPolicy) -> Result<ParsedStatement> {
    if statements.len() > 1 {
        let refused = refusal("multi_statement", "query", policy, None).with("statements", statements.len());
        let message = format!("The text holds {} statements; run them one by one.", statements.len());
        return Err(EngineError { message, ..refused });
    }
    statements.pop().ok_or_else(|| EngineError::new(ErrorCode::SqlParseError, "The SQL text holds no statement; write one."))
}

/// The permissions a statement needs.
pub fn statement(info: &StatementInfo, policy: &SqlPolicy) -> Result<()> {
    for kind in info.kinds.iter().rev() {
        permission(info, *kind, policy)?;
    }
    if let Some(setting) = &info.setting {
        let [memory, directory] = runtime_settings::FIXED;
        let fixed = ["deltafuse.", memory, directory, "datafusion.catalog.create_default_catalog_and_schema"];
        if fixed.iter().any(|prefix| setting.key.starts_with(prefix)) {
            return Err(locked(&setting.key, &policy.name));
        }
    }
    if info.named_arguments && !policy.named_arguments {
        return Err(refusal("named_arguments", info.kind.as_str(), policy, None));
    }
    if let Some(name) = info.functions.iter().find(|name| !policy.functions.allows(name)) {
        return Err(refusal("function", info.kind.as_str(), policy, Some(name)));
    }
    parameter_names(info.placeholders.iter(), info, policy)?;
    match &info.inner {
        Some(inner) => statement(inner, policy),
        None => locations(info, policy),
    }
}

/// Refuses functions that are not immutable where the session is to give the same again: planning computes some of them.
pub fn functions(info: &StatementInfo, policy: &SqlPolicy, state: &SessionState) -> Result<()> {
    if policy.volatile_functions {
        return Ok(());
    }
    for name in &info.functions {
        let known = volatility(name, state).or_else(|| volatility(&name.to_lowercase(), state));
        if let Some(volatility) = known.filter(|volatility| *volatility != Volatility::Immutable) {
            return Err(volatile(name, volatility, info.kind.as_str(), policy));
        }
    }
    info.inner.as_deref().map_or(Ok(()), |inner| functions(inner, policy, state))
}

fn volatility(name: &str, state: &SessionState) -> Option<Volatility> {
    let scalar = state.scalar_functions().get(name).map(|function| function.signature().volatility);
    scalar
        .or_else(|| state.aggregate_functions().get(name).map(|function| function.signature().volatility))
        .or_else(|| state.window_functions().get(name).map(|function| function.signature().volatility))
        .or_else(|| state.higher_order_functions().get(name).map(|function| function.signature().volatility))
}

fn locations(info: &StatementInfo, policy: &SqlPolicy) -> Result<()> {
    let access = if info.kind == StatementKind::Copy { Access::Write } else { Access::Read };
    info.written_locations.iter().try_for_each(|location| path_guard::check(location, access, info.kind.as_str(), policy))
}

/// The names that parameters may have.
pub(super) fn parameter_names<'a>(mut names: impl Iterator<Item = &'a String>, info: &StatementInfo, policy: &SqlPolicy) -> Result<()> {
    let Some(allowed) = &policy.parameter_names else { return Ok(()) };
    match names.find(|name| !is_position(name) && !allowed.contains(name)) {
        Some(name) => Err(refusal("parameter_name", info.kind.as_str(), policy, Some(name))),
        None => Ok(()),
    }
}

/// Positions are not names, nor are the tables of the tag, which are called `$` and a number.
fn is_position(parameter: &str) -> bool {
    parameter.strip_prefix('$').unwrap_or(parameter).bytes().all(|digit| digit.is_ascii_digit())
}

fn permission(info: &StatementInfo, kind: StatementKind, policy: &SqlPolicy) -> Result<()> {
    let (allowed, violation) = match kind {
        StatementKind::Query => (true, "query"),
        StatementKind::Explain => (info.explain != Some(ExplainKind::Analyze) || policy.explain_analyze, "explain_analyze"),
        StatementKind::Statement => (policy.statements, "statement"),
        StatementKind::Copy => (policy.copy, "copy"),
        StatementKind::Dml => (policy.dml, "dml"),
        StatementKind::Ddl | StatementKind::Command => (policy.ddl, "ddl"),
    };
    if allowed { Ok(()) } else { Err(refusal(violation, info.kind.as_str(), policy, Some(&info.verb))) }
}

/// What the engine, this library or a module performs; everything else names the function to call instead.
pub fn supported(info: &StatementInfo) -> Result<()> {
    let usable = match info.kind {
        StatementKind::Query => true,
        StatementKind::Explain => match info.inner.as_deref() {
            Some(inner) if inner.kind == StatementKind::Statement => return Err(unsupported(&inner.verb)),
            Some(inner) => return supported(inner),
            None => true,
        },
        StatementKind::Ddl => {
            let made = matches!(info.verb.as_str(), "CREATE VIEW" | "CREATE TABLE AS" | "CREATE TABLE" | "SELECT INTO" | "CREATE SCHEMA");
            let dropped = matches!(info.verb.as_str(), "DROP TABLE" | "DROP VIEW" | "DROP SCHEMA");
            made || dropped || matches!(info.verb.as_str(), "CREATE DATABASE" | "CREATE EXTERNAL TABLE" | "DESCRIBE")
        }
        StatementKind::Statement => match info.verb.as_str() {
            "PREPARE" => info.inner.as_deref().is_some_and(|inner| inner.kind == StatementKind::Query),
            verb => matches!(verb, "SET" | "RESET" | "EXECUTE" | "DEALLOCATE"),
        },
        StatementKind::Copy | StatementKind::Dml => is_claimable(&info.verb),
        StatementKind::Command => false,
    };
    if usable { Ok(()) } else { Err(unsupported(&info.verb)) }
}

/// `SQL.STATEMENT_UNSUPPORTED {statement, use}`.
#[must_use]
pub fn unsupported(verb: &str) -> EngineError {
    let instead = match verb {
        "UPDATE" => "UPDATE of a Delta table or of a table in memory",
        "INSERT" | "REPLACE" => "INSERT INTO a Delta table, or writeTable of @deltafuse/delta/write",
        "DELETE" | "TRUNCATE" => "deleteRows of @deltafuse/delta/delete",
        "MERGE" => "MERGE INTO a Delta table, or mergeTable of @deltafuse/delta/merge",
        "COPY" | "UNLOAD" => "COPY … TO, or writeDataset of @deltafuse/dataset-io/write",
        "CREATE TABLE" => "CREATE TABLE … AS SELECT, or createTable of @deltafuse/delta/create",
        "SELECT INTO" => "CREATE TABLE … AS SELECT",
        "CREATE FUNCTION" | "DROP FUNCTION" => "registerFunction of @deltafuse/udf/registry",
        "DROP DATABASE" => "drop(\"catalog\", name) of the session",
        "PREPARE" => "PREPARE of a query, and what performs the statement itself",
        "SET" | "RESET" | "EXECUTE" | "DEALLOCATE" => "it without EXPLAIN",
        "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" => "one statement for one change: each commits by itself",
        _ => "the functions of the packages; see the README",
    };
    refused(verb, instead)
}

/// `SQL.STATEMENT_UNSUPPORTED {statement, use}` with what to use instead.
#[must_use]
pub fn refused(statement: &str, instead: &str) -> EngineError {
    EngineError::new(ErrorCode::SqlStatementUnsupported, format!("{statement} is not performed as SQL; use {instead}."))
        .with("statement", statement)
        .with("use", instead)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::statement::parse;
    use datafusion::config::Dialect;

    fn refused(sql: &str, policy: &SqlPolicy) -> Option<String> {
        let parsed = parse(sql, Dialect::Generic, 50).unwrap();
        let outcome = single(parsed, policy).and_then(|one| statement(&one.info, policy));
        outcome.err().and_then(|error| error.details.get("violation").and_then(|value| value.as_str().map(str::to_owned)))
    }

    fn read_only() -> SqlPolicy {
        SqlPolicy { name: "read_only".into(), ddl: false, dml: false, copy: false, statements: false, ..SqlPolicy::default() }
    }

    #[test]
    fn writing_is_refused_however_it_is_dressed() {
        let policy = read_only();
        for sql in [
            "INSERT INTO t VALUES (1)",
            "/* x */ INSERT INTO t VALUES (1)",
            "-- c\nDELETE FROM t",
            "WITH x AS (SELECT 1) INSERT INTO t SELECT * FROM x",
            "EXPLAIN INSERT INTO t VALUES (1)",
            "EXPLAIN ANALYZE INSERT INTO t VALUES (1)",
            "UPDATE t SET a = 1",
        ] {
            assert_eq!(refused(sql, &policy).as_deref(), Some("dml"), "{sql}");
        }
        assert_eq!(refused("CREATE VIEW v AS SELECT 1", &policy).as_deref(), Some("ddl"));
        assert_eq!(refused("COPY t TO 'x.parquet'", &policy).as_deref(), Some("copy"));
        assert_eq!(refused("SELECT 1 AS a UNION ALL SELECT 2 INTO x", &policy).as_deref(), Some("ddl"));
        let copies = SqlPolicy { copy: true, ..read_only() };
        assert_eq!(refused("COPY (INSERT INTO t VALUES (1)) TO 'x.parquet'", &copies).as_deref(), Some("dml"));
        let creates = SqlPolicy { ddl: true, ..read_only() };
        assert_eq!(refused("CREATE TABLE x AS WITH y AS (INSERT INTO t VALUES (1)) SELECT 1", &creates).as_deref(), Some("dml"));
        assert_eq!(refused("SET datafusion.execution.batch_size = 1", &policy).as_deref(), Some("statement"));
    }

    #[test]
    fn reading_is_allowed() {
        let policy = read_only();
        for sql in ["SELECT a::bigint FROM t WHERE b = 'x@example.com' AND id = $id", "VALUES (1)", "SHOW TABLES", "EXPLAIN SELECT 1"] {
            assert_eq!(refused(sql, &policy), None, "{sql}");
        }
    }

    #[test]
    fn positions_need_no_allowance() {
        let named = SqlPolicy { parameter_names: Some(vec!["id".into()]), ..SqlPolicy::default() };
        assert_eq!(refused("SELECT $1, $id", &named), None);
        assert_eq!(refused("SELECT $other", &named).as_deref(), Some("parameter_name"));
    }

    #[test]
    fn locked_settings_and_two_statements_are_refused() {
        let admin = SqlPolicy::default();
        assert_eq!(refused("SET deltafuse.policy.ddl = true", &admin).as_deref(), Some("locked_setting"));
        assert_eq!(refused("SET datafusion.runtime.memory_limit = '1G'", &admin).as_deref(), Some("locked_setting"));
        assert_eq!(refused("SELECT 1; SELECT 2", &admin).as_deref(), Some("multi_statement"));
    }
}
