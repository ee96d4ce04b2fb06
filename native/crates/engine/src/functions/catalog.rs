//! The callable functions and their hash.

use std::collections::BTreeMap;
use std::sync::Arc;

use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{AggregateUDF, Documentation, HigherOrderUDF, ScalarUDF, Volatility, WindowUDF};
use serde::Serialize;
use ts_rs::TS;

use crate::call::Call;
use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::Result;
use crate::plan::uses::volatility_text;
use crate::session::Session;
use crate::wire::{Empty, Reply, decode};

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

/// The reply of `functionCatalog`.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FunctionCatalog {
    /// By name and kind.
    pub entries: Vec<FunctionEntry>,
    /// The same hash as in the session's reply.
    pub hash: String,
}

/// A callable function.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FunctionEntry {
    /// Its name.
    pub name: String,
    /// `scalar`, `higher_order`, `aggregate` or `window`.
    pub kind: &'static str,
    /// Its other names.
    pub aliases: Vec<String>,
    /// `immutable`, `stable` or `volatile`.
    pub volatility: &'static str,
    /// What the engine says of it.
    pub documentation: Option<FunctionDocumentation>,
}

/// What the engine says of a function.
#[derive(Clone, Debug, Serialize, TS)]
pub struct FunctionDocumentation {
    /// The group of functions it belongs to.
    pub section: &'static str,
    /// What it does.
    pub description: String,
    /// A call of it in SQL.
    pub syntax: String,
    /// A query with its result.
    pub example: Option<String>,
    /// Name and meaning of each argument.
    pub arguments: Vec<(String, String)>,
}

impl FunctionDocumentation {
    fn of(text: &Documentation) -> Self {
        Self {
            section: text.doc_section.label,
            description: text.description.clone(),
            syntax: text.syntax_example.clone(),
            example: text.sql_example.clone(),
            arguments: text.arguments.clone().unwrap_or_default(),
        }
    }
}

impl Session {
    /// The `functionCatalog` entrypoint: every function of expressions with its documentation.
    pub fn function_catalog(&self, call: &Call) -> Result<Reply> {
        let _: Empty = decode(&call.request)?;
        let state = self.state()?;
        let mut entries: BTreeMap<(String, &'static str), FunctionEntry> = BTreeMap::new();
        macro_rules! add {
            ($kind:literal, $functions:expr, $volatility:expr) => {
                for function in $functions.values() {
                    let entry = FunctionEntry {
                        name: function.name().to_owned(),
                        kind: $kind,
                        aliases: function.aliases().to_vec(),
                        volatility: volatility_text($volatility(function)),
                        documentation: function.documentation().map(FunctionDocumentation::of),
                    };
                    entries.insert((entry.name.clone(), $kind), entry);
                }
            };
        }
        add!("scalar", state.scalar_functions(), |function: &Arc<ScalarUDF>| function.signature().volatility);
        add!("higher_order", state.higher_order_functions(), |function: &Arc<HigherOrderUDF>| function.signature().volatility);
        add!("aggregate", state.aggregate_functions(), |function: &Arc<AggregateUDF>| function.signature().volatility);
        add!("window", state.window_functions(), |function: &Arc<WindowUDF>| function.signature().volatility);
        Reply::of(&FunctionCatalog { entries: entries.into_values().collect(), hash: summary(&state)?.hash })
    }
}
