//! What SQL text may do: the policy of a session and its narrowing by a call.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::path_guard;

/// The SQL policy, field by field as config declares it. The default allows everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is one permission of the wire type")]
pub struct SqlPolicy {
    /// Name shown in violations.
    pub name: String,
    /// CREATE, DROP, ALTER.
    pub ddl: bool,
    /// INSERT, UPDATE, DELETE, MERGE, TRUNCATE.
    pub dml: bool,
    /// COPY … TO.
    pub copy: bool,
    /// SET, RESET, PREPARE, EXECUTE, DEALLOCATE, transactions.
    pub statements: bool,
    /// EXPLAIN ANALYZE, which executes.
    pub explain_analyze: bool,
    /// `f(a => 1)`.
    pub named_arguments: bool,
    /// Locations used as table names.
    pub url_tables: bool,
    /// Functions that take a location.
    pub path_functions: bool,
    /// Which functions may be called.
    pub functions: NameRules,
    /// Names parameters may have; null = any.
    pub parameter_names: Option<Vec<String>>,
    /// Locations SQL may read and write.
    pub paths: PathRules,
    /// Longest text that is parsed, in bytes.
    pub max_sql_bytes: usize,
    /// Functions that may give another value at every run. The session's determinism decides.
    #[serde(skip, default = "allowed")]
    pub volatile_functions: bool,
}

const fn allowed() -> bool {
    true
}

/// Names allowed (null = all) and denied.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct NameRules {
    /// Null allows every name.
    pub allow: Option<Vec<String>>,
    /// Wins over `allow`.
    pub deny: Vec<String>,
}

/// URL prefixes; null = any.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct PathRules {
    /// Prefixes SQL may read from.
    pub read: Option<Vec<String>>,
    /// Prefixes SQL may write to.
    pub write: Option<Vec<String>>,
}

impl Default for SqlPolicy {
    fn default() -> Self {
        Self {
            name: "admin".to_owned(),
            ddl: true,
            dml: true,
            copy: true,
            statements: true,
            explain_analyze: true,
            named_arguments: true,
            url_tables: true,
            path_functions: true,
            functions: NameRules::default(),
            parameter_names: None,
            paths: PathRules::default(),
            max_sql_bytes: 1024 * 1024,
            volatile_functions: true,
        }
    }
}

impl NameRules {
    /// True when `name` may be used.
    #[must_use]
    pub fn allows(&self, name: &str) -> bool {
        let listed = |names: &[String]| names.iter().any(|listed| listed.eq_ignore_ascii_case(name));
        !listed(&self.deny) && self.allow.as_deref().is_none_or(listed)
    }

    /// True when a function may be called, whichever of its names the rules list.
    #[must_use]
    pub fn allows_function(&self, name: &str, aliases: &[String]) -> bool {
        let listed = |names: &[String]| {
            let is = |own: &str| names.iter().any(|listed| listed.eq_ignore_ascii_case(own));
            is(name) || aliases.iter().any(|alias| is(alias))
        };
        !listed(&self.deny) && self.allow.as_deref().is_none_or(listed)
    }

    fn narrow(&self, other: &Self) -> Self {
        let mut deny = self.deny.clone();
        deny.extend(other.deny.iter().filter(|name| !self.deny.contains(name)).cloned());
        let same = |name: &String, others: &[String]| others.iter().any(|other| other.eq_ignore_ascii_case(name));
        Self { allow: intersect(self.allow.as_ref(), other.allow.as_ref(), same), deny }
    }
}

impl SqlPolicy {
    /// The field-wise minimum: a call can only narrow its session.
    #[must_use]
    pub fn narrow(&self, call: &Self) -> Self {
        Self {
            name: call.name.clone(),
            ddl: self.ddl && call.ddl,
            dml: self.dml && call.dml,
            copy: self.copy && call.copy,
            statements: self.statements && call.statements,
            explain_analyze: self.explain_analyze && call.explain_analyze,
            named_arguments: self.named_arguments && call.named_arguments,
            url_tables: self.url_tables && call.url_tables,
            path_functions: self.path_functions && call.path_functions,
            functions: self.functions.narrow(&call.functions),
            parameter_names: intersect(self.parameter_names.as_ref(), call.parameter_names.as_ref(), |name, names| names.contains(name)),
            paths: PathRules {
                read: path_guard::narrow(self.paths.read.as_deref(), call.paths.read.as_deref()),
                write: path_guard::narrow(self.paths.write.as_deref(), call.paths.write.as_deref()),
            },
            max_sql_bytes: self.max_sql_bytes.min(call.max_sql_bytes),
            volatile_functions: self.volatile_functions && call.volatile_functions,
        }
    }
}

fn intersect(a: Option<&Vec<String>>, b: Option<&Vec<String>>, among: impl Fn(&String, &[String]) -> bool) -> Option<Vec<String>> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.iter().filter(|name| among(name, b)).cloned().collect()),
        (one, other) => one.or(other).cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn narrowing_never_widens() {
        let session = SqlPolicy { ddl: false, max_sql_bytes: 10, ..SqlPolicy::default() };
        let narrowed = session.narrow(&SqlPolicy { dml: false, ..SqlPolicy::default() });
        assert_eq!((narrowed.ddl, narrowed.dml, narrowed.copy, narrowed.max_sql_bytes), (false, false, true, 10));
    }

    #[test]
    fn paths_narrow_by_prefix_and_functions_without_case() {
        let list = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let policy = |paths: &[&str], functions: &[&str]| SqlPolicy {
            paths: PathRules { read: list(paths), write: None },
            functions: NameRules { allow: list(functions), deny: Vec::new() },
            ..SqlPolicy::default()
        };
        let session = policy(&["/lake", "s3://in/a"], &["SUM", "avg"]);
        let narrowed = session.narrow(&policy(&["file:///lake/orders", "/lakes", "s3://in"], &["sum", "max"]));
        assert_eq!(narrowed.paths.read, list(&["s3://in/a", "file:///lake/orders"]));
        assert_eq!(narrowed.functions.allow, list(&["SUM"]));
    }

    #[test]
    fn deny_wins_over_allow() {
        let rules = NameRules { allow: Some(vec!["sum".into(), "now".into()]), deny: vec!["NOW".into()] };
        assert_eq!((rules.allows("SUM"), rules.allows("now"), rules.allows("avg")), (true, false, false));
    }

    #[test]
    fn a_function_is_meant_by_each_of_its_names() {
        let aliases = ["pow".to_owned()];
        let denied = NameRules { allow: None, deny: vec!["pow".into()] };
        let allowed = NameRules { allow: Some(vec!["pow".into()]), deny: Vec::new() };
        assert_eq!((denied.allows_function("power", &aliases), allowed.allows_function("power", &aliases)), (false, true));
        assert!(!allowed.allows_function("sqrt", &[]));
    }
}
