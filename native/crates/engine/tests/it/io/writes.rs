//! Parquet writes: all or nothing.

use std::fs::File;

use deltafuse_engine::call::{Call, supervise};
use deltafuse_engine::error::ErrorCode;
use deltafuse_engine::session::spec::{MemorySpec, PoolKind, RuntimeEnvSpec, SessionSpec};
use deltafuse_engine::wire::Handle;
use parquet::basic::Compression;
use parquet::file::reader::{FileReader, SerializedFileReader};
use serde_json::{Value, json};

use super::Disk;
use crate::support::{document, open, plan};

const THREE: &str = "SELECT * FROM (VALUES (1, 'a'), (2, NULL), (3, 'c')) AS t(id, name)";

async fn read(disk: &Disk, location: &str, sql: &str) -> Vec<String> {
    disk.register("back", location, json!({ "format": "parquet" })).await;
    disk.rows(sql).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_written_and_read_back() {
    let disk = Disk::new();
    let told = disk.save(THREE, "out/", json!({})).await.unwrap();
    assert_eq!((&told["rows"], &told["partitions"]), (&json!(3), &json!(0)));
    let files = disk.files();
    assert_eq!(files, ["out/part-00000-00000-w0.parquet"]);
    assert_eq!(told["files"][0]["path"], json!(disk.text(&files[0])));
    assert_eq!(told["files"][0]["partition"], json!({}));
    let size = std::fs::metadata(disk.path(&files[0])).unwrap().len();
    assert_eq!((&told["files"][0]["bytes"], &told["bytes"]), (&json!(size), &json!(size)));
    assert_eq!(read(&disk, "out/", "SELECT * FROM back ORDER BY id").await, ["1 a", "2 -", "3 c"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_file_is_written_and_read_back() {
    let disk = Disk::new();
    let told = disk.save(THREE, "deep/er/out.parquet", json!({ "single": true })).await.unwrap();
    assert_eq!(disk.files(), ["deep/er/out.parquet"]);
    assert_eq!(told["files"][0]["path"], json!(disk.text("deep/er/out.parquet")));
    assert_eq!(read(&disk, "deep/er/out.parquet", "SELECT count(*) FROM back").await, ["3"]);
    let many = "SELECT value AS id FROM range(200000) UNION ALL SELECT value FROM range(10)";
    disk.save(many, "deep/er/out.parquet", json!({ "single": true, "mode": "overwrite" })).await.unwrap();
    assert_eq!(disk.files(), ["deep/er/out.parquet"]);
    assert_eq!(read(&disk, "deep/er/out.parquet", "SELECT count(*), sum(id) FROM back").await, ["200010 19999900045"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn mode_error_keeps_what_is_there() {
    let disk = Disk::new();
    disk.save(THREE, "out/", json!({})).await.unwrap();
    disk.save(THREE, "one.parquet", json!({ "single": true })).await.unwrap();
    let before = disk.files();
    for (location, more) in [("out/", json!({})), ("one.parquet", json!({ "single": true })), ("one.parquet", json!({}))] {
        let error = disk.save("SELECT 9 AS id", location, more).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::IoDestinationExists, "{location}");
    }
    assert_eq!(disk.files(), before);
    std::fs::create_dir(disk.path("empty")).unwrap();
    disk.save(THREE, "empty", json!({})).await.unwrap();
    assert_eq!(read(&disk, "empty/", "SELECT count(*) FROM back").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn overwrite_replaces_everything_and_may_read_it() {
    let disk = Disk::new();
    disk.save(THREE, "out/", json!({ "partitionBy": ["name"] })).await.unwrap();
    disk.register("t", "out/", json!({ "format": "parquet", "hive": true })).await;
    let told = disk.save("SELECT id * 10 AS id FROM t", "out/", json!({ "mode": "overwrite", "writeId": "w1" })).await.unwrap();
    assert_eq!(told["rows"], 3);
    assert!(disk.files().iter().all(|file| file.starts_with("out/part-") && file.ends_with("w1.parquet")), "{:?}", disk.files());
    assert_eq!(read(&disk, "out/", "SELECT id FROM back ORDER BY id").await, ["10", "20", "30"]);
    // The listing that the session kept is gone with the folder it described.
    disk.save(THREE, "out/", json!({ "mode": "overwrite", "writeId": "w2" })).await.unwrap();
    assert_eq!(disk.rows("SELECT count(*) FROM back").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_parquet_is_not_overwritten() {
    let disk = Disk::new();
    disk.write("notes/readme.txt", "mine");
    disk.write("mixed/a.parquet", "PAR1");
    disk.write("mixed/sub/b.csv", "id\n");
    disk.write("table/_delta_log/0.json", "{}");
    disk.write("page.parquet", "<html>");
    disk.write("project/.git/config", "x");
    let before = disk.files();
    for (location, single) in [
        ("notes", false),
        ("mixed", false),
        ("table", false),
        ("project", false),
        ("page.parquet", true),
        ("mixed", true),
        ("page.parquet", false),
    ] {
        let error = disk.save(THREE, location, json!({ "mode": "overwrite", "single": single })).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::IoDestinationForeign, "{location}");
    }
    assert_eq!(disk.files(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn partitions_are_folders_and_come_back() {
    let disk = Disk::new();
    let sql = "SELECT * FROM (VALUES (1, 'a b', DATE '2024-01-01', true), (2, NULL, DATE '2024-01-01', false), (3, 'x/y%', NULL, NULL), (4, 'a b', DATE '2024-01-01', true)) AS t(id, name, day, flag)";
    let told = disk.save(sql, "out/", json!({ "partitionBy": ["day", "name", "flag"] })).await.unwrap();
    assert_eq!((&told["rows"], &told["partitions"]), (&json!(4), &json!(3)));
    let folders: Vec<String> = disk.files().iter().map(|file| file.rsplit_once('/').unwrap().0.to_owned()).collect();
    assert_eq!(
        folders,
        [
            "out/day=2024-01-01/name=__HIVE_DEFAULT_PARTITION__/flag=false",
            "out/day=2024-01-01/name=a%20b/flag=true",
            "out/day=__HIVE_DEFAULT_PARTITION__/name=x%2Fy%25/flag=__HIVE_DEFAULT_PARTITION__",
        ]
    );
    let first = told["files"].as_array().unwrap().iter().find(|file| file["rows"] == json!(2)).unwrap();
    assert_eq!(first["partition"], json!({ "day": "2024-01-01", "name": "a b", "flag": "true" }));
    let typed = json!([super::field("day", "date32"), super::field("name", "utf8"), super::field("flag", "bool")]);
    disk.register("back", "out/", json!({ "format": "parquet", "hive": true, "partitionColumns": typed })).await;
    assert_eq!(
        disk.rows("SELECT id, name, day, flag FROM back ORDER BY id").await,
        ["1 a b 2024-01-01 true", "2 - 2024-01-01 false", "3 x/y% - -", "4 a b 2024-01-01 true"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn partition_values_of_every_type_come_back() {
    let disk = Disk::new();
    for (number, (value, data_type)) in [
        ("TIMESTAMP '2024-01-02 03:04:05.678'", json!({ "type": "timestamp", "unit": "ns" })),
        (
            "arrow_cast('2024-01-02T03:04:05Z', 'Timestamp(Microsecond, Some(\"UTC\"))')",
            json!({ "type": "timestamp", "unit": "us", "timezone": "UTC" }),
        ),
        ("CAST(-1.50 AS DECIMAL(10, 2))", json!({ "type": "decimal", "precision": 10, "scale": 2 })),
        ("CAST(18446744073709551615 AS BIGINT UNSIGNED)", json!({ "type": "uint64" })),
        ("TIME '03:04:05.000001'", json!({ "type": "time64", "unit": "ns" })),
        ("arrow_cast('Zürich', 'Dictionary(Int32, Utf8)')", json!({ "type": "utf8" })),
    ]
    .into_iter()
    .enumerate()
    {
        let location = format!("out{number}/");
        disk.save(&format!("SELECT 1 AS id, {value} AS v"), &location, json!({ "partitionBy": ["v"] })).await.unwrap();
        let typed = json!([{ "name": "v", "type": data_type }]);
        disk.register("back", &location, json!({ "format": "parquet", "hive": true, "partitionColumns": typed })).await;
        assert_eq!(disk.rows(&format!("SELECT v = {value} FROM back")).await, ["true"], "{value}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_partitions_have_few_open_files() {
    let disk = Disk::with(&[("datafusion.execution.target_partitions", "4"), ("datafusion.execution.batch_size", "512")]);
    let sql = "SELECT value AS id, value % 700 AS k FROM range(21000)";
    let told = disk.save(sql, "out/", json!({ "partitionBy": ["k"] })).await.unwrap();
    assert_eq!((&told["rows"], &told["partitions"]), (&json!(21000), &json!(700)));
    disk.register("back", "out/", json!({ "format": "parquet", "hive": true, "partitionColumns": [super::field("k", "int64")] })).await;
    assert_eq!(disk.rows("SELECT count(*), sum(id), count(distinct k), sum(k) FROM back").await, ["21000 220489500 700 7339500"]);
    assert_eq!(disk.rows("SELECT count(*) FROM back WHERE id % 700 <> k").await, ["0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn options_reach_the_files() {
    let disk = Disk::new();
    let options = json!({ "compression": "snappy", "rowGroupRows": 100, "dictionary": false, "statistics": "none" });
    disk.save("SELECT value AS id FROM range(250)", "a.parquet", json!({ "single": true, "options": options })).await.unwrap();
    disk.save("SELECT value AS id FROM range(250)", "b.parquet", json!({ "single": true })).await.unwrap();
    let metadata = |name| SerializedFileReader::new(File::open(disk.path(name)).unwrap()).unwrap().metadata().clone();
    let (a, b) = (metadata("a.parquet"), metadata("b.parquet"));
    assert_eq!((a.num_row_groups(), b.num_row_groups()), (3, 1));
    assert_eq!(a.row_group(0).column(0).compression(), Compression::SNAPPY);
    assert!(matches!(b.row_group(0).column(0).compression(), Compression::ZSTD(_)));
    assert!(a.row_group(0).column(0).statistics().is_none() && b.row_group(0).column(0).statistics().is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_rows_still_carry_the_columns() {
    let disk = Disk::new();
    let none = "SELECT 1 AS id, 'a' AS name WHERE false";
    disk.save(none, "out/", json!({})).await.unwrap();
    disk.save(none, "one.parquet", json!({ "single": true })).await.unwrap();
    for location in ["out/", "one.parquet"] {
        assert_eq!(read(&disk, location, "SELECT count(*), max(name) FROM back").await, ["0 -"], "{location}");
    }
    let told = disk.save(none, "parts/", json!({ "partitionBy": ["name"] })).await.unwrap();
    let source = json!({ "p1": told["source"]["p1"], "tables": [], "functions": [] });
    assert_eq!(told, json!({ "files": [], "rows": 0, "bytes": 0, "partitions": 0, "source": source }));
    assert!(source["p1"].is_string());
    assert!(disk.path("parts").is_dir());
}

#[tokio::test(flavor = "multi_thread")]
async fn types_and_options_are_refused_before_anything_is_written() {
    let disk = Disk::new();
    let cases = [
        ("SELECT INTERVAL '1 month' AS x", json!({}), ErrorCode::IoTypeUnsupported),
        ("SELECT 1 AS id, 1.5 AS x", json!({ "partitionBy": ["x"] }), ErrorCode::IoTypeUnsupported),
        ("SELECT 1 AS id", json!({ "partitionBy": ["x"] }), ErrorCode::IoWriteOption),
        ("SELECT 1 AS id", json!({ "partitionBy": ["id"] }), ErrorCode::IoWriteOption),
        ("SELECT 1 AS id", json!({ "single": true, "partitionBy": ["id"] }), ErrorCode::IoWriteOption),
        ("SELECT 1 AS id", json!({ "single": true }), ErrorCode::IoWriteOption),
        ("SELECT 1 AS id", json!({ "options": { "compression": "lzo" } }), ErrorCode::IoWriteOption),
        ("SELECT 1 AS id", json!({ "options": { "bloom": true } }), ErrorCode::NativeBadRequest),
        ("SELECT 1 AS id", json!({ "writeId": "../x" }), ErrorCode::NativeBadRequest),
        ("SELECT 1 AS id", json!({ "mode": "merge" }), ErrorCode::NativeBadRequest),
        ("SELECT 1 AS id", json!({ "location": "/" }), ErrorCode::NativeBadRequest),
        ("CREATE TABLE x AS SELECT 1", json!({}), ErrorCode::NativeBadRequest),
        ("SELECT a.id, b.id FROM (SELECT 1 AS id) a, (SELECT 2 AS id) b", json!({}), ErrorCode::FrameDuplicateColumn),
    ];
    for (sql, more, code) in cases {
        let error = disk.save(sql, "deep/out/", more.clone()).await.unwrap_err();
        assert_eq!(error.code, code, "{sql} {more}: {}", error.message);
    }
    assert!(!disk.path("deep").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failure_in_the_middle_leaves_nothing() {
    let disk = Disk::with(&[("datafusion.execution.batch_size", "1000")]);
    disk.save(THREE, "kept/", json!({})).await.unwrap();
    let before = disk.files();
    let bad = "SELECT value AS id, value % 3 AS k, 1 / (value - 150000) AS x FROM range(200000)";
    for (location, more) in [
        ("new/", json!({})),
        ("deep/er/new.parquet", json!({ "single": true })),
        ("deep/new/", json!({ "partitionBy": ["k"] })),
        ("kept/", json!({ "mode": "overwrite" })),
        ("kept/", json!({ "mode": "overwrite", "partitionBy": ["k"] })),
        ("kept/", json!({ "mode": "append" })),
        ("kept/", json!({ "mode": "append", "partitionBy": ["k"] })),
    ] {
        let error = disk.save(bad, location, more).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::EngineExecution, "{}", error.message);
        assert_eq!(disk.files(), before, "{location}");
        assert_eq!(std::fs::read_dir(disk.folder.path()).unwrap().count(), 1, "{location}");
    }
    assert_eq!(read(&disk, "kept/", "SELECT count(*) FROM back").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn empty_text_cannot_be_a_folder() {
    let disk = Disk::new();
    let error = disk.save("SELECT 1 AS id, '' AS name", "out/", json!({ "partitionBy": ["name"] })).await.unwrap_err();
    assert_eq!((error.code, &error.details["column"]), (ErrorCode::IoPartitionValue, &json!("name")));
    assert_eq!(disk.files(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_write_leaves_nothing() {
    let disk = Disk::with(&[("datafusion.execution.batch_size", "500")]);
    disk.save(THREE, "kept/", json!({})).await.unwrap();
    let before = disk.files();
    let slow = "SELECT a.value AS id, b.value AS other FROM range(100000) a CROSS JOIN range(100000) b";
    for (location, more) in [("new/", json!({})), ("kept/", json!({ "mode": "overwrite" })), ("one.parquet", json!({ "single": true }))] {
        let source = Handle::Frame(plan(&disk.session, slow).await);
        let call = disk.save_call(source, location, more);
        let cancel = call.cancel.clone();
        let session = disk.session.clone();
        let running = tokio::spawn(async move {
            let cancel = call.cancel.clone();
            supervise(cancel, None, Box::pin(async move { session.write_files(&call).await.map(|_| ()) })).await
        });
        while !std::fs::read_dir(disk.folder.path()).unwrap().any(|entry| {
            let entry = entry.unwrap();
            entry.file_name().to_str().unwrap().contains(".deltafuse-w0")
                && std::fs::read_dir(entry.path()).is_ok_and(|mut files| files.next().is_some())
        }) {
            tokio::task::yield_now().await;
        }
        cancel.cancel();
        let error = running.await.unwrap().unwrap_err();
        assert_eq!(error.code, ErrorCode::NativeCancelled);
        assert_eq!(disk.files(), before, "{location}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_writers_to_one_place() {
    let disk = Disk::new();
    let sources = [Handle::Frame(plan(&disk.session, THREE).await), Handle::Frame(plan(&disk.session, "SELECT 9 AS id").await)];
    let [first, second] = sources;
    let (left, right) = tokio::join!(
        disk.save_handle(first, "out/", json!({ "writeId": "left" })),
        disk.save_handle(second, "out/", json!({ "writeId": "right" })),
    );
    let errors: Vec<_> = [left, right].into_iter().filter_map(Result::err).map(|error| error.code).collect();
    assert_eq!(errors, [ErrorCode::IoDestinationExists]);
    assert_eq!(disk.files().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_of_open_files_is_bounded() {
    let memory = MemorySpec { pool: PoolKind::Greedy, limit_bytes: Some(24_000_000), top_consumers: 3 };
    let session = open(SessionSpec {
        runtime_env: RuntimeEnvSpec { memory, ..RuntimeEnvSpec::default() },
        settings: vec![("datafusion.execution.target_partitions".into(), "2".into())],
        ..SessionSpec::default()
    });
    let disk = Disk { session, ..Disk::new() };
    let sql = "SELECT value AS id, md5(CAST(value AS VARCHAR)) AS text, value % 4 AS k FROM range(1500000)";
    for more in [json!({ "mode": "overwrite" }), json!({ "mode": "overwrite", "partitionBy": ["k"] })] {
        let told = disk.save(sql, "out/", more).await.unwrap();
        assert_eq!(told["rows"], 1_500_000);
    }
    disk.register("back", "out/", json!({ "format": "parquet", "hive": true, "partitionColumns": [super::field("k", "int64")] })).await;
    assert_eq!(disk.rows("SELECT count(*), sum(id % 4 - k) FROM back").await, ["1500000 0"]);
    assert_eq!(disk.session.pool().consumers().iter().map(|consumer| consumer.reserved).sum::<usize>(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn facts_tell_what_a_write_meets() {
    let disk = Disk::new();
    disk.save(THREE, "out/", json!({})).await.unwrap();
    disk.write("mixed/a.txt", "x");
    let facts = async |location: &str| {
        let request = json!({ "v": 1, "location": disk.text(location) });
        document(&disk.session.write_facts(&Call::of(request.to_string())).await.unwrap())
    };
    let none: [Value; 0] = [];
    assert_eq!(facts("out/").await, json!({ "exists": true, "directory": true, "empty": false, "foreignFiles": none, "isDelta": false }));
    assert_eq!(facts("mixed").await["foreignFiles"], json!(["a.txt"]));
    assert_eq!(facts("missing").await["exists"], false);
    let source = Handle::Frame(plan(&disk.session, THREE).await);
    let mut call = disk.save_call(source, "x", json!({}));
    call.request = json!({ "v": 1, "location": disk.text("x"), "source": { "$handle": 0 } }).to_string();
    let told = document(&disk.session.write_facts(&call).await.unwrap());
    assert_eq!(super::columns(&told["fields"]), ["id: int64!", "name: utf8"]);
}
