use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::execution::SessionStateBuilder;
use datafusion::logical_expr::{Volatility, create_udf};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::prelude::SessionConfig;
use deltafuse_engine::delta::context::Source;
use deltafuse_engine::delta::create::{CreateRequest, create};
use deltafuse_engine::delta::history::{HistoryRequest, history};
use deltafuse_engine::delta::report::Status;
use deltafuse_engine::delta::write::{WriteMode, WriteRequest, write};
use deltafuse_engine::error::{EngineError, ErrorCode};
use deltafuse_engine::rules::policy_guard::{PolicyGuard, PolicyOptions};
use deltafuse_engine::sql::policy::{NameRules, SqlPolicy};
use serde_json::json;

use super::{Lake, code, commit_with, upsert};

fn create_request(lake: &Lake, table: &str) -> CreateRequest {
    serde_json::from_value(json!({
        "uri": lake.uri(table),
        "fields": [
            {"name": "id", "type": {"type": "int64"}, "nullable": false},
            {"name": "month", "type": {"type": "int32"}},
            {"name": "name", "type": {"type": "utf8"}},
        ],
        "partitionBy": ["month"],
        "properties": {"delta.checkpointInterval": "5"},
        "name": "flights",
    }))
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_table_has_what_it_was_asked_for() {
    let lake = Lake::new();
    let report = create(&lake.context(), create_request(&lake, "t")).await.unwrap();
    let snapshot = &report.snapshot;
    assert_eq!((report.operation, report.status, report.version), ("create", Status::Committed, 0));
    assert_eq!(snapshot.partition_columns, ["month"]);
    assert_eq!(snapshot.properties, BTreeMap::from([("delta.checkpointInterval".to_owned(), "5".to_owned())]));
    assert_eq!(snapshot.name.as_deref(), Some("flights"));
    assert_eq!(
        snapshot.fields.iter().map(|field| (field.name.as_str(), field.nullable)).collect::<Vec<_>>(),
        [("id", false), ("month", true), ("name", true)]
    );
    assert_eq!((snapshot.file_count, snapshot.total_bytes), (Some(0), Some(0)));
    assert!(snapshot.timestamp_ms > 1_600_000_000_000);
    assert_eq!(code(create(&lake.context(), create_request(&lake, "t")).await), ErrorCode::DeltaTableExists);
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_break_not_null_are_refused_and_leave_nothing() {
    let lake = Lake::new();
    create(&lake.context(), create_request(&lake, "t")).await.unwrap();
    let source = "select column1 as id, 1 as month, 'x' as name from (values (1), (null))";
    assert_eq!(code(lake.write("t", WriteMode::Append, source).await), ErrorCode::DeltaConstraintViolation);
    assert_eq!((lake.open("t").await.version(), lake.data_files("t")), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_layout_is_refused_before_anything_is_written() {
    let lake = Lake::new();
    let layout = |partition_by: &[&str], properties: &[(&str, &str)]| WriteRequest {
        partition_by: Some(partition_by.iter().map(|name| (*name).to_owned()).collect()),
        properties: Some(properties.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()),
        ..lake.request("t", WriteMode::Error)
    };
    for request in [layout(&["nowhere"], &[]), layout(&["id", "id"], &[]), layout(&["id"], &[]), layout(&[], &[("delta.nonsense", "1")])] {
        let source = lake.rows("select 1 as id").await;
        assert_eq!(code(write(&lake.context(), request, source).await), ErrorCode::DeltaInvalidSpec);
    }
    assert!(!lake.path("t").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_write_makes_the_table_in_one_commit() {
    let lake = Lake::new();
    let request = WriteRequest {
        partition_by: Some(vec!["MONTH".to_owned()]),
        properties: Some(BTreeMap::from([("delta.appendOnly".to_owned(), "true".to_owned())])),
        ..lake.request("t", WriteMode::Append)
    };
    let source = lake.rows("select value as id, value % 3 as month, 'n' || value as name from range(0, 30)").await;
    let report = write(&lake.context(), request, source).await.unwrap();
    assert_eq!((report.status, report.version, report.versions.as_slice()), (Status::Committed, 0, &[0][..]));
    assert_eq!((report.metrics.rows_written, report.metrics.files_added, report.metrics.files_removed), (Some(30), 3, 0));
    assert_eq!(report.snapshot.total_bytes, Some(report.metrics.bytes_added));
    assert_eq!((report.snapshot.partition_columns.as_slice(), report.snapshot.file_count), (&["month".to_owned()][..], Some(3)));
    assert!(report.snapshot.fields.iter().all(|field| field.nullable), "rows are no promise that columns hold no null");
    assert_eq!(
        lake.latest("t", "select month, count(*), min(name) from t group by month order by month").await,
        ["0|10|n0", "1|10|n1", "2|10|n11"]
    );
    assert_eq!(code(lake.write("t", WriteMode::Overwrite, "select 1 as id, 1 as month, 'x' as name").await), ErrorCode::DeltaAppendOnly);
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_decide_what_happens_to_a_table_that_is_there() {
    let lake = Lake::new();
    let rows = |from: u32| format!("select value as id from range({from}, {})", from + 2);
    lake.write("t", WriteMode::Error, &rows(0)).await.unwrap();
    assert_eq!(code(lake.write("t", WriteMode::Error, &rows(9)).await), ErrorCode::DeltaTableExists);
    let skipped = lake.write("t", WriteMode::Ignore, &rows(9)).await.unwrap();
    assert_eq!((skipped.status, skipped.version), (Status::Skipped, 0));
    let appended = lake.write("t", WriteMode::Append, &rows(2)).await.unwrap();
    assert_eq!((appended.version, appended.metrics.rows_written, appended.metrics.files_removed), (1, Some(2), 0));
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["0", "1", "2", "3"]);
    let replaced = lake.write("t", WriteMode::Overwrite, &rows(7)).await.unwrap();
    assert_eq!((replaced.version, replaced.metrics.rows_written, replaced.metrics.files_removed), (2, Some(2), 2));
    assert!(replaced.metrics.bytes_removed > 0);
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["7", "8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_append_nothing_and_overwrite_everything() {
    let lake = Lake::new();
    let none = "select value as id from range(0, 5) where value > 100";
    let made = lake.write("t", WriteMode::Append, none).await.unwrap();
    assert_eq!((made.status, made.version, made.metrics.files_added), (Status::Committed, 0, 0));
    lake.write("t", WriteMode::Append, "select 1::bigint as id").await.unwrap();
    let appended = lake.write("t", WriteMode::Append, none).await.unwrap();
    assert_eq!((appended.status, appended.version, appended.versions.len()), (Status::Unchanged, 1, 0));
    let emptied = lake.write("t", WriteMode::Overwrite, none).await.unwrap();
    assert_eq!((emptied.status, emptied.version, emptied.metrics.files_removed), (Status::Committed, 2, 1));
    assert_eq!(lake.latest("t", "select count(*) from t").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_schema_or_partitioning_is_refused() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1::bigint as id, 'a' as name, 2.5 as price").await.unwrap();
    let error = lake.write("t", WriteMode::Append, "select 1 as id, true as price, 'x' as colour").await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeltaSchemaMismatch);
    assert_eq!(error.details.get("extra"), Some(&json!(["colour"])));
    assert_eq!(error.details["types"][0]["column"], json!("price"));
    let request = WriteRequest { partition_by: Some(vec!["name".to_owned()]), ..lake.request("t", WriteMode::Overwrite) };
    let error = write(&lake.context(), request, lake.rows("select 1 as id, 'a' as name, 1.0 as price").await).await.unwrap_err();
    assert_eq!((error.code, error.details.get("expected")), (ErrorCode::DeltaPartitionMismatch, Some(&json!([]))));
    assert_eq!(lake.open("t").await.version(), 0);
    lake.write("t", WriteMode::Append, "select 3 as PRICE, 2::int as Id").await.unwrap();
    assert_eq!(lake.latest("t", "select id, name, price from t order by id").await, ["1|a|2.5", "2|null|3.0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_does_not_fit_names_its_column() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1::int as id").await.unwrap();
    let error = lake.write("t", WriteMode::Append, "select 3000000000 as id").await.unwrap_err();
    assert_eq!((error.code, error.details.get("column")), (ErrorCode::EngineCastFailed, Some(&json!("id"))));
    assert_eq!((lake.open("t").await.version(), lake.data_files("t")), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_fails_leaves_nothing_behind() {
    let lake = Lake::new();
    let failing = "select value as id, value % 4 as part, 1 / (value - 40000) as q from range(0, 50000)";
    let request = WriteRequest { partition_by: Some(vec!["part".to_owned()]), ..lake.request("new", WriteMode::Append) };
    let error = write(&lake.context(), request, lake.rows(failing).await).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::EngineExecution, "{error:?}");
    assert!(!lake.path("new").exists(), "the folder of a table that was not made");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_a_stream_comes_out_whole() {
    let lake = Lake::new();
    let batches = lake.batches("select value as id from range(0, 100)").await;
    let failed = || Err(EngineError::new(ErrorCode::NativeSourceFailed, "the producer stopped").with("row", 7).into());
    for table in ["new", "there"] {
        if table == "there" {
            lake.write(table, WriteMode::Error, "select 1::bigint as id").await.unwrap();
        }
        let items = batches.iter().cloned().map(Ok).chain([failed()]).collect::<Vec<_>>();
        let stream = RecordBatchStreamAdapter::new(batches[0].schema(), futures::stream::iter(items));
        let source = Source::OneShot(Box::pin(stream));
        let error = write(&lake.context(), lake.request(table, WriteMode::Append), source).await.unwrap_err();
        assert_eq!((error.code, error.details.get("row")), (ErrorCode::NativeSourceFailed, Some(&json!(7))));
    }
    assert!(!lake.path("new").exists());
    assert_eq!((lake.open("there").await.version(), lake.data_files("there")), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_in_a_source_is_an_error_and_the_next_write_works() {
    let lake = Lake::new();
    let function = create_udf("explode", vec![DataType::Int64], DataType::Int64, Volatility::Immutable, Arc::new(|_| panic!("boom")));
    lake.session.register_udf(function);
    let error = lake.write("t", WriteMode::Error, "select explode(value) as id from range(0, 10)").await.unwrap_err();
    assert_eq!((error.code, error.message.contains("boom")), (ErrorCode::NativePanic, true));
    assert!(!lake.path("t").exists());
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn writer_options_are_used_or_refused() {
    let lake = Lake::new();
    let with = |target_bytes, compression: &str| {
        let writer = serde_json::from_value(json!({"compression": compression})).unwrap();
        WriteRequest { target_bytes, writer: Some(writer), ..lake.request("t", WriteMode::Append) }
    };
    let rows = "select value as id, md5(value::text) as text from range(0, 20000)";
    assert_eq!(code(write(&lake.context(), with(Some(0), "snappy"), lake.rows(rows).await).await), ErrorCode::DeltaInvalidSpec);
    assert_eq!(code(write(&lake.context(), with(None, "zip"), lake.rows(rows).await).await), ErrorCode::IoWriteOption);
    let plain = write(&lake.context(), with(None, "uncompressed"), lake.rows(rows).await).await.unwrap();
    let small = write(&lake.context(), with(Some(100_000), "zstd(19)"), lake.rows(rows).await).await.unwrap();
    assert!(small.metrics.bytes_added < plain.metrics.bytes_added && small.metrics.files_added > plain.metrics.files_added);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_policy_that_allows_no_function_does_not_stop_the_operation_itself() {
    let mut config = SessionConfig::new();
    let policy = SqlPolicy { functions: NameRules { allow: Some(Vec::new()), deny: Vec::new() }, ..SqlPolicy::default() };
    config.options_mut().extensions.insert(PolicyOptions { policy: policy.clone() });
    let builder = SessionStateBuilder::new().with_default_features().with_config(config);
    let lake = Lake::of(builder.with_analyzer_rule(Arc::new(PolicyGuard)).build(), policy);
    lake.write("t", WriteMode::Error, "select 1 as id, 'a' as name").await.unwrap();
    lake.merge("t", upsert("id"), "select 2::int as id, 'b' as name").await.unwrap();
    assert_eq!(code(lake.delete("t", "upper(name) = 'A'").await), ErrorCode::SqlPolicyViolation);
    lake.delete("t", "name = 'a'").await.unwrap();
    assert_eq!(lake.latest("t", "select id from t").await, ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_read_once_and_written() {
    let lake = Lake::new();
    let sql = "select value as id from range(0, 100000)";
    let made = write(&lake.context(), lake.request("t", WriteMode::Append), lake.once(sql).await).await.unwrap();
    assert_eq!(made.metrics.rows_written, Some(100_000));
    let added = write(&lake.context(), lake.request("t", WriteMode::Append), lake.once(sql).await).await.unwrap();
    assert_eq!((added.version, added.snapshot.file_count), (1, Some(2)));
    assert_eq!(lake.latest("t", "select count(*), count(distinct id) from t").await, ["200000|100000"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn commit_metadata_comes_back_in_the_history() {
    let lake = Lake::new();
    let with = |commit| WriteRequest { commit: Some(commit), ..lake.request("t", WriteMode::Append) };
    let mut commit = commit_with(None, &[("owner", json!({"team": "x"}))]);
    commit.user_metadata = Some("first load".to_owned());
    let context = lake.context().with_label("sessionHash", json!("abc"));
    write(&context, with(commit), lake.rows("select 1 as id").await).await.unwrap();
    lake.write("t", WriteMode::Append, "select 2 as id").await.unwrap();
    let commits = history(&lake.open("t").await, HistoryRequest { limit: None }).await.unwrap().commits;
    assert_eq!(commits.iter().map(|entry| entry.version).collect::<Vec<_>>(), [1, 0]);
    let first = &commits[1];
    assert_eq!((first.user_metadata.as_deref(), first.operation.as_deref()), (Some("first load"), Some("WRITE")));
    assert_eq!(
        (first.metadata.get("owner"), first.metadata.get("deltafuse.sessionHash")),
        (Some(&json!({"team": "x"})), Some(&json!("abc")))
    );
    assert!(first.metadata.contains_key("deltafuse.operationId") && first.metadata.contains_key("deltafuse.engineVersion"));
    assert_eq!((commits[0].is_blind_append, commits[0].operation_metrics.get("num_added_rows")), (Some(true), Some(&json!(1))));
    assert_eq!(history(&lake.open("t").await, HistoryRequest { limit: Some(1) }).await.unwrap().commits, commits[..1]);
    for key in ["deltafuse.runId", "operation", "UserName"] {
        let request = with(commit_with(None, &[(key, json!(1))]));
        assert_eq!(code(write(&lake.context(), request, lake.rows("select 3 as id").await).await), ErrorCode::DeltaReservedMetadataKey);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expected_version_is_met_or_refused() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    lake.write("t", WriteMode::Append, "select 2 as id").await.unwrap();
    let at = |version| WriteRequest { commit: Some(commit_with(Some(version), &[])), ..lake.request("t", WriteMode::Append) };
    let error = write(&lake.context(), at(0), lake.rows("select 3 as id").await).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeltaVersionMismatch);
    assert_eq!((error.details.get("expected"), error.details.get("actual")), (Some(&json!(0)), Some(&json!(1))));
    assert_eq!(write(&lake.context(), at(1), lake.rows("select 3 as id").await).await.unwrap().version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn timestamps_keep_their_microseconds_and_refuse_finer_ones() {
    let lake = Lake::new();
    lake.write(
        "t",
        WriteMode::Error,
        "select timestamp '2001-01-01 00:00:00.123456' as at, u8 as small from (select arrow_cast(7, 'UInt8') as u8)",
    )
    .await
    .unwrap();
    assert_eq!(lake.latest("t", "select at, small from t").await, ["2001-01-01T00:00:00.123456|7"]);
    let finer = "select timestamp '2001-01-01 00:00:00.123456789' as at";
    assert_eq!(code(lake.write("t", WriteMode::Append, finer).await), ErrorCode::EngineCastFailed);
    assert_eq!(code(lake.write("other", WriteMode::Error, "select interval '1 day' as span").await), ErrorCode::DeltaTypeUnsupported);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_fails_after_a_commit_is_a_warning() {
    let lake = Lake::new();
    let request = WriteRequest {
        properties: Some(BTreeMap::from([("delta.checkpointInterval".to_owned(), "1".to_owned())])),
        ..lake.request("t", WriteMode::Error)
    };
    write(&lake.context(), request, lake.rows("select 1 as id").await).await.unwrap();
    let blocked = lake.path("t").join("_delta_log/00000000000000000001.checkpoint.parquet");
    std::fs::create_dir_all(blocked.join("x")).unwrap();
    let report = lake.write("t", WriteMode::Append, "select 2 as id").await.unwrap();
    assert_eq!((report.status, report.version), (Status::Committed, 1));
    assert_eq!(report.warnings.iter().map(|warning| warning.code.as_str()).collect::<Vec<_>>(), ["POST_COMMIT_FAILED"]);
}
