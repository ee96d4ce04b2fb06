//! Streams: memory, cancellation, backpressure, early ends.

use std::time::Duration;

use deltafuse_engine::cancel::Cancel;
use deltafuse_engine::error::ErrorCode;
use deltafuse_engine::session::spec::{MemorySpec, PoolKind, RuntimeEnvSpec, SessionSpec};
use tokio::time::timeout;

use crate::support::{drain, metrics, open, plan, rows, stream};

const NESTED_LOOP: &str =
    "SELECT count(*) FROM range(0, 100000) a, range(0, 100000) b WHERE a.value * 7 % 13 < b.value % 11 + a.value % 3 - 20";

fn limited(bytes: u64, settings: &[(&str, &str)]) -> SessionSpec {
    SessionSpec {
        settings: settings.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect(),
        runtime_env: RuntimeEnvSpec {
            memory: MemorySpec { pool: PoolKind::Fair, limit_bytes: Some(bytes), top_consumers: 5 },
            ..RuntimeEnvSpec::default()
        },
        ..SessionSpec::default()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_grouped_query_under_a_tiny_fair_pool_ends() {
    let settings = [("datafusion.execution.batch_size", "64"), ("datafusion.execution.target_partitions", "2")];
    let session = open(limited(2_000_000, &settings));
    let sql = "SELECT value % 5000 AS g, count(DISTINCT md5(CAST(value AS varchar))) FROM range(0, 40000) GROUP BY 1";
    for _ in 0..5 {
        let running = stream(&plan(&session, sql).await).await;
        match timeout(Duration::from_secs(60), drain(&running)).await {
            Ok(Ok(rows)) => assert_eq!(rows, 5000),
            Ok(Err(error)) => assert_eq!(error.code, ErrorCode::EngineResourcesExhausted),
            Err(_) => panic!("the query hangs"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn running_out_of_memory_names_the_consumers() {
    let session = open(limited(3_000_000, &[("datafusion.execution.target_partitions", "2")]));
    let sql = "SELECT count(*) FROM range(0, 2000000) a JOIN range(0, 2000000) b ON a.value = b.value";
    let error = drain(&*stream(&plan(&session, sql).await).await).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::EngineResourcesExhausted);
    let consumers = error.details["consumers"].as_array().unwrap();
    assert!(consumers.iter().any(|consumer| consumer["name"].as_str().is_some_and(|name| name.starts_with("HashJoin"))), "{consumers:?}");
    assert_eq!(rows(&session, "SELECT 1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cancelled_nested_loop_join_stops() {
    let session = open(SessionSpec::default());
    let running = stream(&plan(&session, NESTED_LOOP).await).await;
    let cancel = Cancel::default();
    let pull = tokio::spawn({
        let (running, cancel) = (running.clone(), cancel.clone());
        async move { running.next(&cancel).await.map(|_| ()) }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    cancel.cancel();
    let outcome = timeout(Duration::from_secs(5), pull).await.expect("the cancelled pull settles").unwrap();
    assert_eq!(outcome.unwrap_err().code, ErrorCode::NativeCancelled);
    assert_eq!(rows(&session, "SELECT 1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_consumer_that_stops_pulling_stops_the_scan() {
    let session = open(SessionSpec::default());
    let running = stream(&plan(&session, "SELECT value FROM range(0, 100000000)").await).await;
    running.next(&Cancel::default()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let before = metrics(&running)["totals"]["scanRows"].as_u64().unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    let after = metrics(&running)["totals"]["scanRows"].as_u64().unwrap();
    assert_eq!(before, after);
    assert!(after < 10_000_000, "{after} rows were made for one batch");
    running.close();
    assert_eq!(running.next(&Cancel::default()).await.unwrap_err().code, ErrorCode::NativeClosed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn closing_the_session_ends_a_pull() {
    let session = open(SessionSpec::default());
    let running = stream(&plan(&session, NESTED_LOOP).await).await;
    let pull = tokio::spawn({
        let running = running.clone();
        async move { running.next(&Cancel::default()).await.map(|_| ()) }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    session.close();
    let outcome = timeout(Duration::from_secs(20), pull).await.expect("the pull settles").unwrap();
    assert_eq!(outcome.unwrap_err().code, ErrorCode::NativeClosed);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_failing_row_fails_the_stream_with_its_code() {
    let session = open(SessionSpec::default());
    let running = stream(&plan(&session, "SELECT 1 / (value - 50000) FROM range(0, 100000)").await).await;
    assert_eq!(drain(&running).await.unwrap_err().code, ErrorCode::EngineExecution);
    assert_eq!(rows(&session, "SELECT 1").await, 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rows_that_come_only_when_all_are_known_need_one_pull() {
    let session =
        open(SessionSpec { settings: [("datafusion.execution.target_partitions".into(), "1".into())].into(), ..SessionSpec::default() });
    let sql = "SELECT value % 7 AS g, count(*) AS n FROM range(0, 1000) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 3";
    let pulled = stream(&plan(&session, sql).await).await.next(&Cancel::default()).await.unwrap().unwrap();
    assert_eq!((pulled.packed.header[0], pulled.last), (3.0, true));
}
