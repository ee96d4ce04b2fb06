//! Every format, whole and damaged.

use std::fs::File;
use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use arrow::ipc::writer::{FileWriter, StreamWriter};
use deltafuse_engine::error::ErrorCode;
use parquet::arrow::ArrowWriter;
use serde_json::json;

use super::{Disk, columns, field};

pub(super) fn batch(ids: &[i64], names: &[Option<&str>]) -> RecordBatch {
    let ids: ArrayRef = Arc::new(Int64Array::from(ids.to_vec()));
    let names: ArrayRef = Arc::new(StringArray::from(names.to_vec()));
    RecordBatch::try_from_iter_with_nullable([("id", ids, true), ("name", names, true)]).unwrap()
}

pub(super) fn parquet(disk: &Disk, name: &str, batch: &RecordBatch) {
    disk.write(name, "");
    let mut writer = ArrowWriter::try_new(File::create(disk.path(name)).unwrap(), batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
}

fn arrow_file(disk: &Disk, name: &str, batch: &RecordBatch, stream: bool) {
    disk.write(name, "");
    let file = File::create(disk.path(name)).unwrap();
    if stream {
        let mut writer = StreamWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    } else {
        let mut writer = FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_is_read() {
    let disk = Disk::new();
    parquet(&disk, "t/b.parquet", &batch(&[3], &[None]));
    parquet(&disk, "t/a.parquet", &batch(&[1, 2], &[Some("x"), Some("y")]));
    let told = disk.register("t", "t/", json!({ "format": "parquet" })).await;
    assert_eq!(columns(&told["storedFields"]), ["id: int64", "name: utf8_view"]);
    assert_eq!((&told["fileCount"], &told["partitionColumns"]), (&json!(2), &json!([])));
    assert!(told["totalBytes"].as_u64().unwrap() > 100);
    assert_eq!(disk.rows("SELECT * FROM t ORDER BY id").await, ["1 x", "2 y", "3 -"]);
    assert_eq!(disk.rows("SELECT count(*), count(name), max(id) FROM t").await, ["3 2 3"]);
    assert_eq!(disk.rows("SELECT id FROM t WHERE id > 2").await, ["3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_parquet_file_needs_no_ending() {
    let disk = Disk::new();
    parquet(&disk, "data.bin", &batch(&[1], &[Some("x")]));
    disk.register("t", "data.bin", json!({ "format": "parquet" })).await;
    assert_eq!(disk.rows("SELECT name FROM t").await, ["x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_parquet_columns_are_cast_and_filled() {
    let disk = Disk::new();
    parquet(&disk, "t.parquet", &batch(&[1, 2], &[Some("x"), None]));
    let schema = json!([{ "name": "extra", "type": { "type": "float64" }, "nullable": false }, field("id", "int32")]);
    let told = disk.register("t", "t.parquet", json!({ "format": "parquet", "schema": schema })).await;
    assert_eq!(columns(&told["fields"]), ["extra: float64", "id: int32"]);
    assert_eq!(columns(&told["storedFields"]), ["id: int64", "name: utf8_view"]);
    assert_eq!(disk.rows("SELECT * FROM t").await, ["- 1", "- 2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_parquet_is_named() {
    let disk = Disk::without_listing_cache();
    parquet(&disk, "t/good.parquet", &batch(&[1], &[Some("x")]));
    parquet(&disk, "t/short.parquet", &batch(&[1], &[Some("x")]));
    let whole = std::fs::read(disk.path("t/short.parquet")).unwrap();
    for (content, size) in [("cut", whole.len() / 2), ("empty", 0)] {
        disk.write("t/short.parquet", &whole[..size]);
        let error = disk.prepare("t/", json!({ "format": "parquet" })).await.err().unwrap();
        assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineParquet, &json!(disk.text("t/short.parquet"))), "{content}");
        assert!(!error.causes.is_empty());
    }
    disk.write("t/short.parquet", &whole);
    disk.register("t", "t/", json!({ "format": "parquet" })).await;
    assert_eq!(disk.rows("SELECT count(*) FROM t").await, ["2"]);
    disk.write("t/short.parquet", &whole[..whole.len() - 3]);
    let error = disk.failure("SELECT * FROM t").await;
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineParquet, &json!(disk.text("t/short.parquet"))));
    assert_eq!(disk.rows("SELECT 1").await, ["1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn parquet_files_that_do_not_fit_are_both_named() {
    let disk = Disk::new();
    parquet(&disk, "t/a.parquet", &batch(&[1], &[None]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["x"]));
    parquet(&disk, "t/b.parquet", &RecordBatch::try_from_iter([("id", texts)]).unwrap());
    let error = disk.prepare("t/", json!({ "format": "parquet" })).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::EngineSchema);
    assert_eq!(error.details["files"], json!([disk.text("t/a.parquet"), disk.text("t/b.parquet")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn arrow_files_and_streams_are_read_together() {
    let disk = Disk::new();
    arrow_file(&disk, "t/a.arrow", &batch(&[1], &[Some("x")]), false);
    arrow_file(&disk, "t/b.arrows", &batch(&[2], &[None]), true);
    let told = disk.register("t", "t/", json!({ "format": "arrow" })).await;
    assert_eq!(columns(&told["fields"]), ["id: int64", "name: utf8"]);
    assert_eq!(disk.rows("SELECT * FROM t ORDER BY id").await, ["1 x", "2 -"]);
    assert_eq!(disk.rows("SELECT count(*) FROM t").await, ["2"]);
    let schema = json!([field("more", "utf8"), field("id", "float64")]);
    disk.register("typed", "t/", json!({ "format": "arrow", "schema": schema })).await;
    assert_eq!(disk.rows("SELECT id, more FROM typed WHERE id > 1.5").await, ["2.0 -"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn damaged_arrow_is_named() {
    let disk = Disk::new();
    arrow_file(&disk, "a.arrow", &batch(&[1], &[Some("x")]), false);
    let whole = std::fs::read(disk.path("a.arrow")).unwrap();
    disk.write("a.arrow", &whole[..whole.len() / 2]);
    for text in ["a.arrow", "none.arrow"] {
        disk.write("none.arrow", "this is no arrow file");
        let error = disk.prepare(text, json!({ "format": "arrow" })).await.err().unwrap();
        assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineArrow, &json!(disk.text(text))));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn arrow_files_of_one_table_have_the_same_columns() {
    let disk = Disk::new();
    arrow_file(&disk, "t/a.arrow", &batch(&[1], &[Some("x")]), false);
    disk.register("t", "t/", json!({ "format": "arrow" })).await;
    let ids: ArrayRef = Arc::new(Int64Array::from(vec![7]));
    arrow_file(&disk, "t/b.arrow", &RecordBatch::try_from_iter([("id", ids)]).unwrap(), false);
    let error = disk.prepare("t/", json!({ "format": "arrow" })).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::EngineSchema);
    let error = disk.failure("SELECT * FROM t").await;
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineSchema, &json!(disk.text("t/b.arrow"))));
}
