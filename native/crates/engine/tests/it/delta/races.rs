use deltafuse_engine::delta::merge::{MergeRequest, merge};
use deltafuse_engine::delta::report::Report;
use deltafuse_engine::delta::write::{WriteMode, WriteRequest, write};
use deltafuse_engine::error::{ErrorCode, Result};
use serde_json::json;

use super::{Lake, code, commit_with, upsert};

const CONFLICTS: [ErrorCode; 4] = [
    ErrorCode::DeltaConcurrentAppend,
    ErrorCode::DeltaConcurrentDeleteRead,
    ErrorCode::DeltaConcurrentDeleteDelete,
    ErrorCode::DeltaCommitAttemptsExhausted,
];

async fn table_of(rows: &str) -> Lake {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, rows).await.unwrap();
    lake
}

/// Starts a write, lets `other` commit while its source waits, and gives the result of the write.
async fn overtaken(lake: &Lake, request: WriteRequest, sql: &str, other: impl Future<Output = Result<Report>>) -> Result<Report> {
    let (source, reading, release) = lake.gated(sql).await;
    let context = lake.context();
    let writer = tokio::spawn(async move { write(&context, request, source).await });
    reading.await.unwrap();
    other.await.unwrap();
    release.send(()).unwrap();
    writer.await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_overwrites_one_wins_also_on_an_empty_table() {
    for rows in ["select 1::bigint as id", "select 1::bigint as id where false"] {
        let lake = table_of(rows).await;
        let other = lake.write("t", WriteMode::Overwrite, "select 3::bigint as id");
        let result = overtaken(&lake, lake.request("t", WriteMode::Overwrite), "select 2::bigint as id", other).await;
        assert!(CONFLICTS.contains(&code(result)));
        assert_eq!(lake.latest("t", "select id from t").await, ["3"]);
        assert_eq!(lake.data_files("t"), if rows.contains("false") { 1 } else { 2 }, "the loser leaves no file");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn appends_all_succeed() {
    let lake = table_of("select 0::bigint as id").await;
    let other = lake.write("t", WriteMode::Append, "select 1::bigint as id");
    let report = overtaken(&lake, lake.request("t", WriteMode::Append), "select 2::bigint as id", other).await.unwrap();
    assert_eq!(report.version, 2);
    let sql: Vec<String> = (3..9).map(|id| format!("select {id}::bigint as id")).collect();
    let reports = futures::future::join_all(sql.iter().map(|sql| lake.write("t", WriteMode::Append, sql))).await;
    assert!(reports.into_iter().all(|report| report.is_ok()));
    assert_eq!(lake.latest("t", "select count(*), sum(id) from t").await, ["9|36"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_append_does_not_mind_that_other_rows_were_deleted() {
    let lake = table_of("select value as id from range(0, 4)").await;
    let report =
        overtaken(&lake, lake.request("t", WriteMode::Append), "select 9::bigint as id", lake.delete("t", "id < 2")).await.unwrap();
    assert_eq!(report.version, 2);
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["2", "3", "9"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_overwrite_does_not_let_rows_added_meanwhile_survive() {
    let lake = table_of("select 1::bigint as id").await;
    let other = lake.write("t", WriteMode::Append, "select 2::bigint as id");
    let result = overtaken(&lake, lake.request("t", WriteMode::Overwrite), "select 3::bigint as id", other).await;
    assert_eq!(code(result), ErrorCode::DeltaConcurrentAppend);
    assert_eq!(lake.latest("t", "select id from t order by id").await, ["1", "2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merge_that_was_overtaken_conflicts() {
    for overtaker in ["merge", "delete", "append"] {
        let lake = table_of("select 1::bigint as id, 'a' as name").await;
        let (source, reading, release) = lake.gated("select 2::bigint as id, 'mine' as name").await;
        let (context, table) = (lake.context(), lake.open("t").await);
        let request: MergeRequest = serde_json::from_value(upsert("id")).unwrap();
        let writer = tokio::spawn(async move { merge(&context, &table, request, source).await });
        reading.await.unwrap();
        let theirs = "select 2::bigint as id, 'theirs' as name";
        match overtaker {
            "merge" => lake.merge("t", upsert("id"), theirs).await,
            "delete" => lake.delete("t", "id = 1").await,
            _ => lake.write("t", WriteMode::Append, theirs).await,
        }
        .unwrap();
        release.send(()).unwrap();
        let result = writer.await.unwrap();
        match overtaker {
            "delete" => drop(result.map_err(|error| assert!(CONFLICTS.contains(&error.code), "{error:?}"))),
            _ => {
                assert!(CONFLICTS.contains(&code(result)), "{overtaker}");
                assert_eq!(lake.latest("t", "select name from t where id = 2").await, ["theirs"]);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deletes_at_the_same_time_succeed_or_conflict_and_lose_nothing() {
    let lake = table_of("select value as id from range(0, 40)").await;
    let predicates: Vec<String> = (0..4).map(|part| format!("id % 4 = {part} and id < 20")).collect();
    let results = futures::future::join_all(predicates.iter().map(|predicate| lake.delete("t", predicate))).await;
    let mut deleted = 0;
    for result in results {
        match result {
            Ok(report) => deleted += report.metrics.rows_deleted.unwrap(),
            Err(error) => assert!(CONFLICTS.contains(&error.code), "{error:?}"),
        }
    }
    assert!(deleted >= 5);
    assert_eq!(lake.latest("t", "select count(*) from t").await, [(40 - deleted).to_string()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expected_version_has_exactly_one_winner() {
    let lake = table_of("select 0::bigint as id").await;
    let request = |id: u32| {
        (
            WriteRequest { commit: Some(commit_with(Some(0), &[])), ..lake.request("t", WriteMode::Append) },
            format!("select {id}::bigint as id"),
        )
    };
    let (first, sql) = request(1);
    let (second, other) = request(2);
    let winner = async { write(&lake.context(), second, lake.rows(&other).await).await };
    let error = overtaken(&lake, first, &sql, winner).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::DeltaVersionMismatch);
    assert_eq!((&error.details["expected"], &error.details["actual"]), (&json!(0), &json!(1)));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_writers_that_make_a_table_one_makes_it() {
    for mode in [WriteMode::Error, WriteMode::Append] {
        let lake = Lake::new();
        let other = lake.write("t", WriteMode::Error, "select 1::bigint as id");
        let result = overtaken(&lake, lake.request("t", mode), "select 2::bigint as id", other).await;
        assert_eq!(code(result), ErrorCode::DeltaTableExists);
        assert_eq!((lake.latest("t", "select id from t").await, lake.data_files("t")), (vec!["1".to_owned()], 1));
    }
    let lake = Lake::new();
    let sql: Vec<String> = (0..4).map(|id| format!("select {id}::bigint as id")).collect();
    let reports = futures::future::join_all(sql.iter().map(|sql| lake.write("t", WriteMode::Append, sql))).await;
    assert!(reports.iter().all(|report| report.is_ok()), "{reports:?}");
    assert_eq!(lake.latest("t", "select count(*), sum(id) from t").await, ["4|6"]);
}
