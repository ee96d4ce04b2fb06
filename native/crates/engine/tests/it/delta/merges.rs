use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use arrow::datatypes::DataType;
use datafusion::logical_expr::{ColumnarValue, Volatility, create_udf};
use deltafuse_engine::delta::merge::merge;
use deltafuse_engine::delta::report::Status;
use deltafuse_engine::delta::write::WriteMode;
use deltafuse_engine::error::ErrorCode;
use serde_json::json;

use super::{Lake, code, upsert};

async fn people() -> Lake {
    let lake = Lake::new();
    let rows = "select column1::bigint as id, column2 as name, column3::int as age from (values (1, 'a', 10), (2, 'b', 20), (3, 'c', 30))";
    lake.write("t", WriteMode::Error, rows).await.unwrap();
    lake
}

const ALL: &str = "select id, name, age from t order by id";

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_updates_what_matches_and_inserts_the_rest() {
    let lake = people().await;
    let source = "select column1 as id, column2 as name, column3 as age from (values (2, 'B', 21), (4, 'd', 40))";
    let report = lake.merge("t", upsert("id"), source).await.unwrap();
    assert_eq!((report.operation, report.status, report.version), ("merge", Status::Committed, 1));
    let metrics = &report.metrics;
    assert_eq!(
        (metrics.source_rows, metrics.rows_inserted, metrics.rows_updated, metrics.rows_deleted, metrics.rows_copied),
        (Some(2), Some(1), Some(1), Some(0), Some(2))
    );
    assert_eq!((metrics.rows_written, metrics.files_removed), (Some(4), 1));
    assert_eq!(lake.latest("t", ALL).await, ["1|a|10", "2|B|21", "3|c|30", "4|d|40"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_is_collected_and_merged() {
    let lake = people().await;
    let table = lake.open("t").await;
    let request = serde_json::from_value(upsert("id")).unwrap();
    let source = lake.once("select 1::bigint as id, 'z' as name, 1::int as age").await;
    merge(&lake.context(), &table, request, source).await.unwrap();
    assert_eq!((table.version(), lake.query(&table, "select name from t where id = 1").await), (1, vec!["z".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_twice_in_the_source_is_ambiguous_whether_it_is_new_or_not() {
    let lake = people().await;
    for id in [2, 9] {
        let source = format!("select column1::bigint as id, column2 as name from (values ({id}, 'x'), ({id}, 'y'))");
        let error = lake.merge("t", upsert("id"), &source).await.unwrap_err();
        assert_eq!((error.code, &error.details["keys"]), (ErrorCode::DeltaMergeAmbiguous, &json!(["id"])));
        assert_eq!((&error.details["example"], &error.details["rows"]), (&json!({"id": id.to_string()}), &json!("2")));
    }
    let nulls = "select null::bigint as id, 'x' as name union all select null, 'y'";
    assert_eq!(code(lake.merge("t", upsert("id"), nulls).await), ErrorCode::DeltaMergeAmbiguous);
    let updates_only = json!({"on": "target.id = source.id", "whenMatched": [{"action": "updateAll"}]});
    let twice = "select column1::bigint as id, column2 as name from (values (2, 'x'), (2, 'y'))";
    assert_eq!(code(lake.merge("t", updates_only, twice).await), ErrorCode::DeltaMergeAmbiguous);
    assert_eq!((lake.open("t").await.version(), lake.data_files("t")), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_clause_whose_condition_holds_wins() {
    let lake = people().await;
    let request = json!({
        "on": "t.id = s.id", "sourceAlias": "s", "targetAlias": "t",
        "whenMatched": [
            {"action": "delete", "when": "s.op = 'delete'"},
            {"action": "update", "when": "t.age < 15", "set": {"age": "s.age + t.age", "NAME": {"e": "lit", "type": null, "value": "young"}}},
            {"action": "updateAll", "except": ["op"]},
        ],
        "whenNotMatched": [{"action": "insert", "when": "s.op <> 'delete'", "values": {"id": "s.id", "name": "upper(s.name)"}}],
        "whenNotMatchedBySource": [],
    });
    let values = "(1, 'x', 1, 'change'), (2, 'x', 2, 'delete'), (3, 'x', 3, 'change'), (4, 'new', 4, 'change'), (5, 'gone', 5, 'delete')";
    let source = format!("select column1 as id, column2 as name, column3 as age, column4 as op from (values {values})");
    let report = lake.merge("t", request, &source).await.unwrap();
    assert_eq!(lake.latest("t", ALL).await, ["1|young|11", "3|x|3", "4|NEW|null"]);
    let metrics = report.metrics;
    assert_eq!((metrics.rows_updated, metrics.rows_deleted, metrics.rows_inserted), (Some(2), Some(1), Some(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_the_source_does_not_have_can_be_changed_or_removed() {
    let lake = people().await;
    let request = json!({
        "on": "target.id = source.id",
        "whenNotMatchedBySource": [{"action": "delete", "when": "target.age > 25"}, {"action": "update", "set": {"name": "'kept'"}}],
    });
    lake.merge("t", request, "select 1 as id").await.unwrap();
    assert_eq!(lake.latest("t", ALL).await, ["1|a|10", "2|kept|20"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_changes_nothing_does_not_commit() {
    let lake = people().await;
    let request = json!({"on": "target.id = source.id", "whenMatched": [{"action": "updateAll"}]});
    let report = lake.merge("t", request, "select 77 as id, 'x' as name").await.unwrap();
    assert_eq!((report.status, report.version, report.metrics.source_rows), (Status::Unchanged, 0, Some(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_fills_an_empty_table() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select value as id from range(0, 3) where value > 5").await.unwrap();
    let report = lake.merge("t", upsert("id"), "select value as id from range(0, 3)").await.unwrap();
    assert_eq!((report.status, report.metrics.rows_inserted), (Status::Committed, Some(3)));
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["0", "1", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_cannot_mean_anything_is_refused_before_it_runs() {
    let lake = people().await;
    let source = "select 1 as id, 'x' as name, 5 as agee";
    assert_eq!(code(lake.merge("t", json!({"on": "target.id = source.id"}), source).await), ErrorCode::DeltaMergeNoAction);
    let blank = json!({"on": "  ", "whenMatched": [{"action": "delete"}]});
    assert_eq!(code(lake.merge("t", blank, source).await), ErrorCode::DeltaPredicateRequired);
    let misspelt = json!({"on": "target.idd = source.id", "whenMatched": [{"action": "delete"}]});
    let error = lake.merge("t", misspelt, source).await.unwrap_err();
    assert_eq!((error.code, error.details.contains_key("step")), (ErrorCode::FrameUnknownColumn, false));
    let error = lake.merge("t", upsert("id"), source).await.unwrap_err();
    assert_eq!((error.code, &error.details["extra"]), (ErrorCode::DeltaSchemaMismatch, &json!(["agee"])));
    let unknown = json!({"on": "target.id = source.id", "whenMatched": [{"action": "update", "set": {"nosuch": "1", "age": "'old'"}}]});
    let error = lake.merge("t", unknown, source).await.unwrap_err();
    assert_eq!(
        (error.code, &error.details["extra"], &error.details["types"][0]["column"]),
        (ErrorCode::DeltaSchemaMismatch, &json!(["nosuch"]), &json!("age"))
    );
    let target_in_insert = json!({"on": "target.id = source.id", "whenNotMatched": [{"action": "insert", "values": {"id": "target.id"}}]});
    assert!(lake.merge("t", target_in_insert, source).await.is_err());
    let volatile = json!({"on": "target.id = source.id and random() < 0.5", "whenMatched": [{"action": "delete"}]});
    assert_eq!(code(lake.merge("t", volatile, source).await), ErrorCode::DeltaInvalidSpec);
    assert_eq!(lake.latest("t", ALL).await, ["1|a|10", "2|b|20", "3|c|30"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn names_with_capitals_and_spaces_merge_like_others() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, r#"select 1::bigint as "Flight Id", 'a' as "Name", 3 as month"#).await.unwrap();
    let request = json!({
        "on": {"e": "binary", "op": "=", "left": {"e": "col", "name": "Flight Id", "table": "target"}, "right": {"e": "col", "name": "Flight Id", "table": "source"}},
        "whenMatched": [{"action": "updateAll"}], "whenNotMatched": [{"action": "insertAll"}],
    });
    lake.merge("t", request, r#"select column1::bigint as "Flight Id", column2 as "Name", 4 as month from (values (1, 'b'), (2, 'c'))"#)
        .await
        .unwrap();
    assert_eq!(lake.latest("t", r#"select "Flight Id", "Name", month from t order by 1"#).await, ["1|b|4", "2|c|4"]);
    lake.delete("t", r#""Flight Id" = 2"#).await.unwrap();
    assert_eq!(lake.latest("t", "select count(*) from t").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn unique_keys_over_many_files_are_not_ambiguous() {
    let lake = Lake::new();
    for part in 0..4 {
        let rows = format!("select value as id, value % 7 as v from range({}, {})", part * 25_000, (part + 1) * 25_000);
        lake.write("t", WriteMode::Append, &rows).await.unwrap();
    }
    let report = lake.merge("t", upsert("id"), "select value as id, 99::bigint as v from range(50000, 150000)").await.unwrap();
    assert_eq!((report.metrics.rows_updated, report.metrics.rows_inserted), (Some(50_000), Some(50_000)));
    assert_eq!(
        lake.latest("t", "select count(*), count(distinct id), sum(case when v = 99 then 1 end) from t").await,
        ["150000|150000|100000"]
    );
}

/// Merges a source of this many rows; how many rows of it were computed.
async fn computed_by_merging(lake: &Lake, rows: usize) -> usize {
    let computed = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&computed);
    let counted = create_udf(
        "counted",
        vec![DataType::Int64],
        DataType::Int64,
        Volatility::Immutable,
        Arc::new(move |arguments| {
            if let [ColumnarValue::Array(array)] = arguments {
                seen.fetch_add(array.len(), Ordering::Relaxed);
            }
            Ok(arguments[0].clone())
        }),
    );
    lake.session.register_udf(counted);
    lake.write("t", WriteMode::Error, "select value as id, 0::bigint as v from range(0, 10)").await.unwrap();
    let report = lake.merge("t", upsert("id"), &format!("select value as id, counted(value) as v from range(0, {rows})")).await.unwrap();
    assert_eq!((report.metrics.rows_updated, report.metrics.rows_inserted), (Some(10), Some(rows as u64 - 10)));
    let sum = rows * (rows - 1) / 2;
    assert_eq!(lake.latest("t", "select count(*), sum(v) from t").await, [format!("{rows}|{sum}")]);
    computed.load(Ordering::Relaxed)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_little_memory_is_computed_once() {
    assert_eq!(computed_by_merging(&Lake::new(), 50_000).await, 50_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_of_much_memory_is_computed_as_often_as_it_is_read() {
    assert!(computed_by_merging(&Lake::with_memory(Some(64_000_000)), 400_000).await > 400_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_larger_than_the_memory_limit_ends() {
    let lake = Lake::with_memory(Some(4_000_000));
    lake.write("t", WriteMode::Error, "select value as id, md5(value::text) as text from range(0, 200000)").await.unwrap();
    let work = lake.merge("t", upsert("id"), "select value as id, md5(value::text) as text from range(100000, 300000)");
    match tokio::time::timeout(Duration::from_secs(120), work).await.expect("it ends") {
        Ok(report) => assert_eq!(report.metrics.rows_inserted, Some(100_000)),
        Err(error) => assert_eq!(error.code, ErrorCode::EngineResourcesExhausted, "{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_deleted_where_the_predicate_is_true_only() {
    let lake = people().await;
    lake.write("t", WriteMode::Append, "select 9 as id, 'n' as name, null as age").await.unwrap();
    assert_eq!(code(lake.delete("t", " ").await), ErrorCode::DeltaPredicateRequired);
    assert_eq!(code(lake.delete("t", "random() < 2").await), ErrorCode::DeltaInvalidSpec);
    assert_eq!(code(lake.delete("t", "age + 1").await), ErrorCode::DeltaInvalidSpec);
    assert!(lake.delete("t", "nosuch = 1").await.is_err());
    let nothing = lake.delete("t", "age > 1000").await.unwrap();
    assert_eq!((nothing.status, nothing.version, nothing.metrics.rows_deleted), (Status::Unchanged, 1, Some(0)));
    let report = lake.delete("t", "age < 20.5").await.unwrap();
    assert_eq!(
        (report.operation, report.version, report.metrics.rows_deleted, report.metrics.rows_copied),
        ("delete", 2, Some(2), Some(1))
    );
    assert_eq!(lake.latest("t", ALL).await, ["3|c|30", "9|n|null"]);
    assert_eq!(lake.delete("t", "true").await.unwrap().metrics.rows_deleted, Some(2));
    assert_eq!(lake.latest("t", "select count(*) from t").await, ["0"]);
}
