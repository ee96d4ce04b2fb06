//! Which files a table has: folders, globs, lists, hidden files, names, and what is not there.

use deltafuse_engine::call::Call;
use deltafuse_engine::error::ErrorCode;
use serde_json::{Value, json};

use super::{Disk, field};
use crate::support::document;

fn csv(more: Value) -> Value {
    let mut request = json!({ "format": "csv" });
    super::merge(&mut request, more);
    request
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_and_other_files_are_left_out() {
    let disk = Disk::new();
    for (name, id) in [("a.csv", 1), ("_b.csv", 2), (".c.csv", 3), ("_tmp/d.csv", 4), ("e.txt", 5), ("sub/f.csv", 6)] {
        disk.write(&format!("t/{name}"), format!("id\n{id}\n"));
    }
    disk.register("t", "t/", csv(json!({}))).await;
    assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, ["1"]);
    disk.register("t", "t", csv(json!({ "recursive": true }))).await;
    assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, ["1", "6"]);
    disk.register("t", "t/", csv(json!({ "includeHidden": true, "recursive": true }))).await;
    assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, ["1", "2", "3", "4", "6"]);
    disk.register("t", "t/", csv(json!({ "extension": "txt" }))).await;
    assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, ["5"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn globs_select() {
    let disk = Disk::new();
    for (name, id) in [("a1.csv", 1), ("a2.csv", 2), ("b1.csv", 3), ("sub/a3.csv", 4)] {
        disk.write(&format!("t/{name}"), format!("id\n{id}\n"));
    }
    for (glob, found) in
        [("a*.csv", vec!["1", "2"]), ("**/a*.csv", vec!["1", "2", "4"]), ("*/*.csv", vec!["4"]), ("?1.csv", vec!["1", "3"])]
    {
        disk.register("t", "t/", csv(json!({ "glob": glob }))).await;
        assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, found, "{glob}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_files_are_read() {
    let disk = Disk::new();
    for id in 1..=3 {
        disk.write(&format!("t/{id}.csv"), format!("id\n{id}\n"));
    }
    let files = json!(["3.csv", disk.text("t/1.csv"), "3.csv"]);
    let told = disk.register("t", "t/", csv(json!({ "files": files }))).await;
    assert_eq!(told["fileCount"], 2);
    assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, ["1", "3"]);
    let error = disk.prepare("t/", csv(json!({ "files": ["9.csv"] }))).await.err().unwrap();
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::StoreNotFound, &json!(disk.text("t/9.csv"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_name_works() {
    let disk = Disk::new();
    for (number, name) in
        ["with space", "100%", "a%20b", "quote'd", "[x]*?", "Zürich-東京", "a=b", "x#y", "q?r&s", "{1}"].iter().enumerate()
    {
        let file = format!("{name}/{name}.csv");
        disk.write(&file, format!("id\n{number}\n"));
        for location in [file, format!("{name}/")] {
            disk.register("t", &location, csv(json!({}))).await;
            assert_eq!(disk.rows("SELECT id FROM t").await, [number.to_string()], "{location}");
        }
    }
    let url = format!("file://{}/a%2520b/", disk.folder.path().to_str().unwrap());
    let request = json!({ "v": 1, "kind": "listing", "location": url, "format": "csv" });
    assert!(disk.session.prepare_table(&Call::of(request.to_string())).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_said() {
    let disk = Disk::new();
    disk.write("file.csv", "id\n1\n");
    std::fs::create_dir(disk.path("empty")).unwrap();
    for location in ["missing.csv", "missing/", "file.csv/", "file.csv/x.csv", "empty/"] {
        let error = disk.prepare(location, csv(json!({}))).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::StoreNotFound, "{location}");
        assert!(error.details["path"].as_str().unwrap().starts_with(disk.folder.path().to_str().unwrap()));
    }
    let told = disk.register("t", "empty/", csv(json!({ "schema": [field("id", "int64")] }))).await;
    assert_eq!((&told["fileCount"], &told["storedFields"]), (&json!(0), &json!([])));
    assert_eq!(disk.rows("SELECT count(*), max(id) FROM t").await, ["0 -"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn listings_are_kept_as_long_as_the_session_says() {
    for (disk, kept) in [(Disk::new(), true), (Disk::without_listing_cache(), false)] {
        disk.write("t/1.csv", "id\n1\n");
        disk.register("t", "t/", csv(json!({}))).await;
        assert_eq!(disk.rows("SELECT id FROM t").await, ["1"]);
        disk.write("t/2.csv", "id\n2\n");
        let found = disk.rows("SELECT id FROM t ORDER BY id").await;
        assert_eq!(found, if kept { vec!["1"] } else { vec!["1", "2"] });
        // Registering looks anew.
        disk.register("again", "t/", csv(json!({}))).await;
        assert_eq!(disk.rows("SELECT id FROM t ORDER BY id").await, ["1", "2"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_are_checked() {
    let disk = Disk::new();
    disk.write("t/1.csv", "id\n1\n");
    for more in [
        json!({ "csv": { "delimiter": "ab" } }),
        json!({ "csv": { "separator": ";" } }),
        json!({ "json": {} }),
        json!({ "format": "orc" }),
        json!({ "glob": "a[" }),
        json!({ "partitionColumns": [field("x", "int32")] }),
        json!({ "schema": [field("x", "int32"), field("x", "int64")] }),
        json!({ "location": "relative/path" }),
        json!({ "location": "s3://bucket/path" }),
        json!({ "unknown": 1 }),
    ] {
        let error = disk.prepare("t/", csv(more.clone())).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::NativeBadRequest, "{more}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn probes_tell_what_is_there() {
    let disk = Disk::new();
    disk.write("t/a.csv", "id\n1\n");
    disk.write("t/x=1/b.csv.gz", "id\n1\n");
    disk.write("t/c.parquet", "xy");
    disk.write("d/_delta_log/00000000000000000000.json", "{}");
    disk.write("d/part.parquet", "xyz");
    std::fs::create_dir(disk.path("empty")).unwrap();
    let probe = async |location: &str, more: Value| {
        let mut request = json!({ "v": 1, "location": disk.text(location) });
        super::merge(&mut request, more);
        document(&disk.session.probe_location(&Call::of(request.to_string())).await.unwrap())
    };
    let told = probe("t/", json!({})).await;
    assert_eq!(
        told,
        json!({ "status": "ok", "reason": null, "fileCount": 3, "bytes": 12, "isDelta": false, "directory": true, "extensions": ["csv", "parquet"] })
    );
    let told = probe("t/", json!({ "format": "csv" })).await;
    assert_eq!((&told["fileCount"], &told["extensions"]), (&json!(2), &json!(["csv"])));
    assert_eq!(probe("t/", json!({ "glob": "*.nothing" })).await["status"], "empty_path");
    assert_eq!(probe("empty", json!({})).await["status"], "empty_path");
    assert_eq!(probe("missing", json!({})).await["status"], "missing_path");
    let told = probe("d", json!({})).await;
    assert_eq!((&told["isDelta"], &told["fileCount"]), (&json!(true), &json!(1)));
    let told = probe("t/a.csv", json!({})).await;
    assert_eq!((&told["status"], &told["directory"], &told["bytes"]), (&json!("ok"), &json!(false), &json!(5)));
}
