//! Sessions: settings, rules, policy, catalogue.

use datafusion::execution::SessionStateBuilder;
use deltafuse_engine::call::Call;
use deltafuse_engine::error::ErrorCode;
use deltafuse_engine::session::spec::SessionSpec;
use deltafuse_engine::session::{Session, runtime_settings};
use serde_json::json;

use crate::support::{document, open, rows, run};

#[test]
fn three_bad_settings_are_reported_together() {
    let settings = [("datafusion.execution.batch_size", "many"), ("datafusion.nope", "1"), ("datafusion.optimizer.max_passes", "-1")];
    let spec = SessionSpec { settings: settings.map(|(key, value)| (key.into(), value.into())).to_vec(), ..SessionSpec::default() };
    let error = Session::open(spec).map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::NativeSettingsRejected);
    assert_eq!(error.details["settings"].as_array().map(Vec::len), Some(3));
}

#[test]
fn the_engines_rules_are_a_prefix_of_ours() {
    let session = open(SessionSpec::default());
    let ours = session.state().unwrap();
    let engine = SessionStateBuilder::new_with_default_features().build();
    let names = |state: &datafusion::execution::session_state::SessionState| {
        let analyzer: Vec<String> = state.analyzer().rules.iter().map(|rule| rule.name().to_owned()).collect();
        let optimizer: Vec<String> = state.optimizers().iter().map(|rule| rule.name().to_owned()).collect();
        let physical: Vec<String> = state.physical_optimizers().iter().map(|rule| rule.name().to_owned()).collect();
        (analyzer, optimizer, physical)
    };
    let (ours, engine) = (names(&ours), names(&engine));
    assert_eq!(ours.0[..engine.0.len()], engine.0[..]);
    assert_eq!(ours.0.last().map(String::as_str), Some("deltafuse_policy_guard"));
    assert_eq!(ours.1, engine.1);
    assert_eq!(ours.2[..engine.2.len()], engine.2[..]);
    assert_eq!(ours.2[engine.2.len()..], ["deltafuse_small_input", "deltafuse_key_filter"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_policy_holds_inside_a_view_body_and_for_narrowed_calls() {
    let session = open(SessionSpec::default());
    run(&session, "CREATE VIEW v AS SELECT random() AS r").await;
    let mut policy = serde_json::to_value(&session.spec().sql_policy).unwrap();
    policy["functions"]["deny"] = json!(["random"]);
    let request = json!({ "v": 1, "sql": "SELECT * FROM v", "allow": "query", "policy": policy });
    let planned = session.plan_sql(&Call::of(request.to_string())).await.unwrap();
    let frame = crate::support::frame(planned);
    let error = frame.stream(&Call::of(r#"{"v":1}"#)).await.map(|_| ()).unwrap_err();
    assert_eq!((error.code, error.details["violation"].as_str()), (ErrorCode::SqlPolicyViolation, Some("function")));
}

#[tokio::test(flavor = "multi_thread")]
async fn catalogue_changes_are_all_or_nothing() {
    let session = open(SessionSpec::default());
    run(&session, "CREATE TABLE t AS SELECT 1 AS a").await;
    let request = json!({ "v": 1, "ops": [
        { "op": "drop", "kind": "table", "name": ["t"], "ifExists": false },
        { "op": "drop", "kind": "table", "name": ["missing"], "ifExists": false },
    ]});
    let error = session.catalog_apply(&Call::of(request.to_string())).map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::SessionObjectNotFound);
    assert_eq!(rows(&session, "SELECT a FROM t").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn set_changes_a_setting_and_a_locked_one_is_refused() {
    let session = open(SessionSpec::default());
    run(&session, "SET datafusion.execution.batch_size = 123").await;
    let reply = document(&session.settings(&Call::of(r#"{"v":1}"#)).unwrap());
    let entries = reply["entries"].as_array().unwrap();
    let batch = entries.iter().find(|entry| entry["key"] == "datafusion.execution.batch_size").unwrap();
    assert_eq!(batch["value"], "123");
    let request = json!({ "v": 1, "sql": "SET datafusion.runtime.memory_limit = '1G'", "allow": "any" });
    let error = session.plan_sql(&Call::of(request.to_string())).await.map(|_| ()).unwrap_err();
    assert_eq!(error.details["violation"], "locked_setting");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_runtime_is_set_while_it_runs_and_put_back() {
    let session = open(SessionSpec::default());
    let numbers = || runtime_settings::numbers(session.runtime());
    let before = numbers();
    for (key, value) in [
        ("metadata_cache_limit", "1M"),
        ("list_files_cache_limit", "2M"),
        ("list_files_cache_ttl", "30s"),
        ("file_statistics_cache_limit", "0"),
        ("max_temp_directory_size", "1.5G"),
        ("max_spill_merge_fan_in", "5"),
    ] {
        run(&session, &format!("SET datafusion.runtime.{key} = '{value}'")).await;
    }
    let set = numbers();
    assert_eq!((set.caches.metadata_bytes, set.caches.list_files_ttl_ms), (Some(1024 * 1024), Some(30_000)));
    assert_eq!((set.caches.list_files_bytes, set.caches.statistics_bytes), (Some(2 * 1024 * 1024), Some(0)));
    assert_eq!((set.spill.max_bytes, set.spill.merge_fan_in), (Some(1536 * 1024 * 1024), Some(5)));
    runtime_settings::apply_numbers(session.runtime(), &before).unwrap();
    assert_eq!(numbers(), before);
}

#[test]
fn a_closed_session_refuses_calls() {
    let session = open(SessionSpec::default());
    session.close();
    let error = session.settings(&Call::of(r#"{"v":1}"#)).map(|_| ()).unwrap_err();
    assert_eq!(error.code, ErrorCode::NativeClosed);
}
