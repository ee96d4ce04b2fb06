//! The callable functions and their hash.

use std::collections::BTreeMap;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::Volatility;
use serde::Serialize;
use ts_rs::TS;

use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::Result;
use crate::plan::uses::volatility_text;

/// How many functions there are and what they hash to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
pub struct FunctionSummary {
    /// Names, aliases not counted.
    pub count: usize,
    /// Fingerprint over name, kind, aliases and volatility of each, sorted.
    pub hash: String,
}

/// Summarises the functions of a session.
pub fn summary(state: &SessionState) -> Result<FunctionSummary> {
    let mut entries: BTreeMap<(String, &'static str), CanonicalValue> = BTreeMap::new();
    let mut add = |name: &str, kind: &'static str, aliases: &[String], volatility: Volatility| {
        let mut aliases = aliases.to_vec();
        aliases.sort_unstable();
        entries.insert(
            (name.to_owned(), kind),
            CanonicalValue::object([
                ("name", CanonicalValue::from(name)),
                ("kind", CanonicalValue::from(kind)),
                ("aliases", CanonicalValue::list(aliases)),
                ("volatility", CanonicalValue::from(volatility_text(volatility))),
            ]),
        );
    };
    for function in state.scalar_functions().values() {
        add(function.name(), "scalar", function.aliases(), function.signature().volatility);
    }
    for function in state.aggregate_functions().values() {
        add(function.name(), "aggregate", function.aliases(), function.signature().volatility);
    }
    for function in state.window_functions().values() {
        add(function.name(), "window", function.aliases(), function.signature().volatility);
    }
    for name in state.table_functions().keys() {
        add(name, "table", &[], Volatility::Volatile);
    }
    let count = entries.len();
    let hash = fingerprint("functions", 1, CanonicalValue::list(entries.into_values()))?;
    Ok(FunctionSummary { count, hash })
}
