use serde_json::json;

use crate::job::Floor;

const ONCE: &str = r#"{"warmups": 0, "iterations": 1, "minMs": 0}"#;

async fn ask(floor: &mut Floor, job: serde_json::Value) -> serde_json::Value {
    let mut job = job;
    job["id"] = json!("x");
    if job["job"] != "session" {
        job["repeat"] = serde_json::from_str(ONCE).unwrap();
    }
    let answer = floor.answer(&job.to_string()).await;
    assert_eq!(answer["ok"], json!(true), "{answer}");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_is_written_changed_merged_and_read() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).display().to_string();
    let (table, copy) = (at("table"), at("copy"));
    let mut floor = Floor::new(2);
    ask(&mut floor, json!({"job": "session"})).await;
    let rows = "select * from (values (1, 'a'), (2, 'b'), (3, 'c')) as t(id, name)";
    let written = ask(&mut floor, json!({"job": "deltaWrite", "uri": table, "sql": rows, "mode": "error"})).await;
    assert_eq!((&written["version"], &written["commit"]["rowsAdded"]), (&json!(0), &json!(3)));
    let opened = ask(&mut floor, json!({"job": "deltaOpen", "uri": table, "files": true})).await;
    assert_eq!((&opened["version"], &opened["fileCount"]), (&json!(0), &json!(1)));

    let reset = json!({"path": copy, "from": table});
    let deleted = ask(&mut floor, json!({"job": "deltaDelete", "uri": copy, "where": "id = 2", "reset": reset})).await;
    assert_eq!((&deleted["version"], &deleted["samples"][0]["rows"]), (&json!(1), &json!(1)));
    let updated = ask(&mut floor, json!({"job": "deltaUpdate", "uri": copy, "where": "id = 3", "set": {"name": "upper(name)"}})).await;
    assert_eq!((&updated["version"], &updated["samples"][0]["rows"]), (&json!(2), &json!(1)));
    let merged = ask(
        &mut floor,
        json!({"job": "deltaMerge", "uri": copy, "sql": "select * from (values (1, 'z'), (4, 'd')) as t(id, name)",
            "on": "target.id = source.id", "whenMatched": [{"action": "updateAll"}], "whenNotMatched": [{"action": "insertAll"}]}),
    )
    .await;
    assert_eq!((&merged["version"], &merged["samples"][0]["rows"]), (&json!(3), &json!(2)));
    let refreshed = ask(&mut floor, json!({"job": "deltaRefresh", "uri": copy, "from": 1})).await;
    assert_eq!(refreshed["version"], json!(3));
    let refreshed = ask(&mut floor, json!({"job": "deltaRefresh", "uri": copy, "from": 1, "files": true})).await;
    assert_eq!(refreshed["version"], json!(3));

    let tables = json!([
        {"name": "old", "format": "delta", "path": copy, "version": 1},
        {"name": "new", "format": "delta", "path": copy},
    ]);
    ask(&mut floor, json!({"job": "session", "tables": tables})).await;
    let read = ask(&mut floor, json!({"job": "query", "sql": "select * from new order by id", "rows": true})).await;
    assert_eq!(read["result"]["rows"], json!([["1", "z"], ["3", "C"], ["4", "d"]]));
    let read = ask(&mut floor, json!({"job": "query", "sql": "select count(*) from old", "rows": true, "freshSession": true})).await;
    assert_eq!(read["result"]["rows"], json!([["2"]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_files_are_written_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("numbers.parquet").display().to_string();
    let mut floor = Floor::new(2);
    ask(&mut floor, json!({"job": "session"})).await;
    let write = json!({"job": "parquetWrite", "sql": "select * from generate_series(1, 1000) as t(n)", "path": file, "singleFile": true});
    assert_eq!(ask(&mut floor, write).await["samples"][0]["rows"], json!(1000));
    let limited = json!({"pool": "fair", "limitBytes": 67_108_864});
    let tables = json!([
        {"name": "one", "format": "parquet", "path": file},
        {"name": "two", "format": "parquet", "paths": [file, file]},
    ]);
    ask(&mut floor, json!({"job": "session", "session": "other", "memory": limited, "tables": tables})).await;
    let count = json!({"job": "query", "session": "other", "sql": "select * from one", "consume": "packed"});
    let counted = ask(&mut floor, count).await;
    assert_eq!((&counted["samples"][0]["rows"], &counted["samples"][0]["bytes"]), (&json!(1000), &json!(8000)));
    let sum = json!({"job": "query", "session": "other", "sql": "select sum(n) from two", "rows": true});
    assert_eq!(ask(&mut floor, sum).await["result"]["rows"], json!([["500500"]]));
}
