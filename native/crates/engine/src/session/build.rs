//! The one path from a spec to a session state.

use std::sync::Arc;

use datafusion::config::ConfigOptions;
use datafusion::execution::SessionStateBuilder;
use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionState;
use datafusion::prelude::SessionConfig;
use serde_json::json;

use super::catalog::{Epoch, LiveLookup, SessionCatalog};
use super::spec::SessionSpec;
use crate::error::{EngineError, ErrorCode, Result};
use crate::rules::key_filter::KeyFilter;
use crate::rules::policy_guard::{PolicyGuard, PolicyOptions};
use crate::rules::small_input::SmallInput;
use crate::sql::claim::MODULES;
use crate::sql::claim::explained::CommandPlanner;

/// Builds the state: the engine's features, then the spec, rules only appended.
pub fn state(id: &str, spec: &SessionSpec, env: Arc<RuntimeEnv>, epoch: &Epoch, live: LiveLookup) -> Result<SessionState> {
    if let Some(unknown) = spec.modules.iter().find(|module| !MODULES.contains(&module.name.as_str())) {
        return Err(EngineError::bad_request("$.modules", format!("there is no module '{}'", unknown.name)));
    }
    let mut config = SessionConfig::new();
    configure(config.options_mut(), spec)?;
    #[cfg_attr(not(feature = "testing"), expect(unused_mut, reason = "only test functions are added"))]
    let mut state = SessionStateBuilder::new()
        .with_session_id(id.to_owned())
        .with_default_features()
        .with_config(config)
        .with_runtime_env(env)
        .with_analyzer_rule(Arc::new(PolicyGuard))
        .with_physical_optimizer_rule(Arc::new(SmallInput))
        .with_physical_optimizer_rule(Arc::new(KeyFilter))
        .with_query_planner(Arc::new(CommandPlanner))
        .build();
    #[cfg(feature = "testing")]
    for function in crate::functions::testing::functions() {
        datafusion::execution::FunctionRegistry::register_udf(&mut state, Arc::new(function))?;
    }
    let catalog = SessionCatalog::new(epoch.clone(), live);
    catalog.create_schema(&spec.catalog.schema);
    if let Some(views) = &spec.catalog.view_schema {
        catalog.create_schema(views);
    }
    state.catalog_list().register_catalog(spec.catalog.default.clone(), Arc::new(catalog));
    Ok(state)
}

/// Applies every setting and collects every refusal.
fn configure(options: &mut ConfigOptions, spec: &SessionSpec) -> Result<()> {
    options.catalog.default_catalog.clone_from(&spec.catalog.default);
    options.catalog.default_schema.clone_from(&spec.catalog.schema);
    let mut refused = Vec::new();
    for (key, value) in &spec.settings {
        let outcome = if key.starts_with("datafusion.runtime.") {
            Err("it belongs to runtimeEnv".to_owned())
        } else {
            options.set(key, value).map_err(|error| error.message().into_owned())
        };
        if let Err(message) = outcome {
            refused.push(json!({ "key": key, "value": value, "message": message }));
        }
    }
    options.extensions.insert(PolicyOptions { policy: spec.sql_policy.clone() });
    if refused.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = refused.iter().filter_map(|entry| entry.get("key").and_then(|key| key.as_str())).collect();
    let message = format!("The engine refuses {} of the settings: {}. Correct them in the profile.", names.len(), names.join(", "));
    Err(EngineError::new(ErrorCode::NativeSettingsRejected, message).with("settings", refused))
}
