use std::collections::BTreeMap;
use std::sync::Arc;

use deltafuse_engine::delta::open::{ExistsRequest, OpenRequest, Table, exists};
use deltafuse_engine::delta::provider;
use deltafuse_engine::delta::write::{WriteMode, WriteRequest, write};
use deltafuse_engine::error::{EngineError, ErrorCode, Phase, from_datafusion};
use serde_json::json;

use super::{Lake, code, upsert};

async fn open_error(lake: &Lake, table: &str, version: Option<u64>) -> EngineError {
    Table::open(&OpenRequest { uri: lake.uri(table), version }).await.unwrap_err()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_a_table_is_told_apart() {
    let lake = Lake::new();
    std::fs::create_dir(lake.path("folder")).unwrap();
    std::fs::write(lake.path("folder").join("a.csv"), "x").unwrap();
    assert_eq!(open_error(&lake, "folder", None).await.code, ErrorCode::DeltaNotATable);
    assert_eq!(open_error(&lake, "nowhere", None).await.code, ErrorCode::DeltaTableNotFound);
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    std::fs::write(lake.path("file.csv"), "x").unwrap();
    assert_eq!(open_error(&lake, "file.csv", None).await.code, ErrorCode::DeltaNotATable);
    for (table, expected) in [("t", true), ("folder", false), ("file.csv", false), ("nowhere", false)] {
        assert_eq!(exists(&ExistsRequest { uri: lake.uri(table) }).await.unwrap().exists, expected, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_versions_can_be_read_and_missing_ones_say_what_there_is() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    lake.write("t", WriteMode::Append, "select 2 as id").await.unwrap();
    let first = Table::open(&OpenRequest { uri: format!("file://{}", lake.uri("t")), version: Some(0) }).await.unwrap();
    assert_eq!(lake.query(&first, "select id from t").await, ["1"]);
    assert_eq!((first.pinned(), first.refresh().await.unwrap().version), (true, 0));
    assert_eq!(lake.latest("t", "select sum(id) from t").await, ["3"]);
    let error = open_error(&lake, "t", Some(7)).await;
    assert_eq!(error.code, ErrorCode::DeltaVersionNotFound);
    let found: Vec<_> = ["version", "earliest", "latest"].iter().map(|key| error.details.get(*key).cloned()).collect();
    assert_eq!(found, [Some(json!(7)), Some(json!(0)), Some(json!(1))]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feature_nobody_knows_is_an_unsupported_protocol() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    let log = lake.path("t").join("_delta_log/00000000000000000001.json");
    std::fs::write(
        log,
        r#"{"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["fromTheFuture"],"writerFeatures":["fromTheFuture"]}}"#,
    )
    .unwrap();
    let opened = Table::open(&OpenRequest { uri: lake.uri("t"), version: None }).await;
    let result = match opened {
        Ok(table) => provider::pinned(&table, &lake.session.state()).await.map(|_| ()),
        Err(error) => Err(error),
    };
    assert_eq!(code(result), ErrorCode::DeltaProtocolUnsupported);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_log_is_told() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    std::fs::write(lake.path("t").join("_delta_log/00000000000000000000.json"), "{\"metaData\":{\"id\":").unwrap();
    assert_eq!(open_error(&lake, "t", None).await.code, ErrorCode::DeltaLogCorrupt);
}

#[tokio::test(flavor = "multi_thread")]
async fn live_tables_follow_the_newest_version_and_pinned_ones_do_not() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    let table = Arc::new(lake.open("t").await);
    let pinned = provider::pinned(&table, &lake.session.state()).await.unwrap();
    let live = provider::live(Arc::clone(&table), &lake.session.state()).await.unwrap();
    lake.write("t", WriteMode::Append, "select 2 as id").await.unwrap();
    let current = live.resolve(&lake.session.state()).await.unwrap();
    assert_eq!((pinned.identity().version, current.identity().version), (0, 1));
    assert_eq!(pinned.identity().table_id, current.identity().table_id);
    lake.session.register_table("live", live).unwrap();
    lake.session.register_table("pinned", pinned).unwrap();
    let sql = "select (select count(*) from live) as newest, (select count(*) from pinned) as old";
    assert_eq!(super::lines(&lake.batches(sql).await), ["2|1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_table_follows_a_log_that_was_cleaned_up_to_a_checkpoint() {
    let lake = Lake::new();
    let properties = Some(BTreeMap::from([("delta.checkpointInterval".to_owned(), "1".to_owned())]));
    let first = WriteRequest { properties, ..lake.request("t", WriteMode::Error) };
    write(&lake.context(), first, lake.rows("select 1 as id").await).await.unwrap();
    let live = provider::live(Arc::new(lake.open("t").await), &lake.session.state()).await.unwrap();
    for id in 2..5 {
        lake.write("t", WriteMode::Append, &format!("select {id} as id")).await.unwrap();
    }
    for cleaned in 0..2 {
        std::fs::remove_file(lake.path("t").join(format!("_delta_log/{cleaned:020}.json"))).unwrap();
    }
    let current = live.resolve(&lake.session.state()).await.unwrap();
    assert_eq!(current.identity().version, 3);
    lake.session.register_table("live", live).unwrap();
    assert_eq!(super::lines(&lake.batches("select sum(id) from live").await), ["10"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_live_table_of_a_session_catalogue_is_looked_up() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1 as id").await.unwrap();
    let live = provider::live(Arc::new(lake.open("t").await), &lake.session.state()).await.unwrap();
    lake.write("t", WriteMode::Append, "select 2 as id").await.unwrap();
    let found = provider::live_table(live.as_ref()).unwrap().current().await.unwrap();
    let found = (found.as_ref() as &dyn std::any::Any).downcast_ref::<provider::DeltaProvider>().unwrap();
    assert_eq!((found.identity().version, found.identity().uri.as_str()), (1, format!("file://{}", lake.uri("t")).as_str()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_engine_itself_changes_no_table() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1::bigint as id").await.unwrap();
    let table = lake.open("t").await;
    lake.session.register_table("t", provider::pinned(&table, &lake.session.state()).await.unwrap()).unwrap();
    for sql in ["insert into t values (2)", "delete from t where id = 1", "update t set id = 2"] {
        let run = async { lake.session.sql(sql).await?.collect().await };
        let error = from_datafusion(Phase::Execute, &run.await.unwrap_err());
        assert_eq!(error.code, ErrorCode::EngineNotImplemented, "{sql}");
    }
    assert_eq!(lake.latest("t", "select id from t").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn partition_values_of_any_text_lose_no_row() {
    let lake = Lake::new();
    let request = WriteRequest { partition_by: Some(vec!["place".to_owned()]), ..lake.request("t", WriteMode::Error) };
    let values = "(1, 'a b'), (2, '100%'), (3, 'a/b'), (4, 'Zürich'), (5, 'x=y'), (6, null), (7, '%20'), (8, 'a+b&c#d?e')";
    let source = lake.rows(&format!("select column1 as id, column2 as place from (values {values})")).await;
    write(&lake.context(), request, source).await.unwrap();
    let all = "select id, place from t order by id";
    let expected = ["1|a b", "2|100%", "3|a/b", "4|Zürich", "5|x=y", "6|null", "7|%20", "8|a+b&c#d?e"];
    assert_eq!(lake.latest("t", all).await, expected);
    assert_eq!(lake.latest("t", "select id from t where place = '100%'").await, ["2"]);
    lake.merge("t", upsert("id"), &format!("select column1::bigint as id, column2 as place from (values {values})")).await.unwrap();
    assert_eq!(lake.latest("t", all).await, expected);
    let deleted = lake.delete("t", "place = 'a/b' or id = 7").await.unwrap();
    assert_eq!(deleted.metrics.rows_deleted, Some(2));
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["1", "2", "4", "5", "6", "8"]);
    lake.delete("t", "place = '100%'").await.unwrap();
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["1", "4", "5", "6", "8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_in_a_folder_with_space_and_percent_is_a_table() {
    let lake = Lake::new();
    lake.write("my 100% table", WriteMode::Error, "select 1 as id").await.unwrap();
    lake.write("my 100% table", WriteMode::Append, "select 2 as id").await.unwrap();
    lake.merge("my 100% table", upsert("id"), "select 2::bigint as id union all select 3").await.unwrap();
    assert_eq!(lake.latest("my 100% table", "select id from t order by id").await, ["1", "2", "3"]);
}
