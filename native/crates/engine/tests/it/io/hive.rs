//! `key=value` folders as columns.

use deltafuse_engine::error::ErrorCode;
use serde_json::json;

use super::formats::{batch, parquet};
use super::{Disk, columns, field};

fn months(disk: &Disk) {
    parquet(disk, "t/year=2024/month=1/a.parquet", &batch(&[1, 2], &[None, Some("x")]));
    parquet(disk, "t/year=2024/month=2/a.parquet", &batch(&[3], &[Some("y")]));
    parquet(disk, "t/year=2024/month=__HIVE_DEFAULT_PARTITION__/a.parquet", &batch(&[4], &[Some("z")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn folders_are_text_unless_declared() {
    let disk = Disk::new();
    months(&disk);
    let told = disk.register("t", "t/", json!({ "format": "parquet", "hive": true })).await;
    assert_eq!(columns(&told["fields"]), ["id: int64", "name: utf8_view", "year: utf8", "month: utf8"]);
    assert_eq!(told["partitionColumns"], json!(["year", "month"]));
    assert_eq!(disk.rows("SELECT id, year, month FROM t ORDER BY id").await, ["1 2024 1", "2 2024 1", "3 2024 2", "4 2024 -"]);
    disk.register("flat", "t/", json!({ "format": "parquet" })).await;
    assert_eq!(disk.rows("SELECT count(*) FROM flat").await, ["4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_types_hold_and_null_is_null() {
    let disk = Disk::new();
    months(&disk);
    let typed = json!([field("month", "int8"), field("year", "int32")]);
    let told = disk.register("t", "t/", json!({ "format": "parquet", "hive": true, "partitionColumns": typed })).await;
    assert_eq!(columns(&told["fields"]), ["id: int64", "name: utf8_view", "month: int8", "year: int32"]);
    assert_eq!(disk.rows("SELECT id FROM t WHERE month = 1 ORDER BY id").await, ["1", "2"]);
    assert_eq!(disk.rows("SELECT id FROM t WHERE month + year > 2025").await, ["3"]);
    assert_eq!(disk.rows("SELECT id FROM t WHERE month IS NULL").await, ["4"]);
    assert_eq!(disk.rows("SELECT id FROM t WHERE t.month <> 1").await, ["3"]);
    assert_eq!(disk.rows("SELECT count(*), count(month), min(month), max(month) FROM t").await, ["4 3 1 2"]);
    assert_eq!(disk.rows("SELECT month, count(*) FROM t GROUP BY month ORDER BY month NULLS FIRST").await, ["- 1", "1 2", "2 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn filters_on_folders_leave_files_out() {
    let disk = Disk::new();
    months(&disk);
    let typed = json!([field("year", "int32"), field("month", "int8")]);
    disk.register("t", "t/", json!({ "format": "parquet", "hive": true, "partitionColumns": typed })).await;
    let plan = disk.rows("EXPLAIN SELECT id FROM t WHERE month = 2").await.join("\n");
    assert!(plan.contains("month=2") && !plan.contains("month=1") && !plan.contains("FilterExec"), "{plan}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_does_not_fit_is_named() {
    let disk = Disk::new();
    months(&disk);
    parquet(&disk, "t/year=2024/month=July/a.parquet", &batch(&[5], &[None]));
    let typed = json!([field("year", "int32"), field("month", "int8")]);
    let request = json!({ "format": "parquet", "hive": true, "partitionColumns": typed });
    let error = disk.prepare("t/", request).await.err().unwrap();
    assert_eq!((error.code, &error.details["value"]), (ErrorCode::IoPartitionValue, &json!("July")));
    assert_eq!(error.details["path"], json!(disk.text("t/year=2024/month=July/a.parquet")));
}

#[tokio::test(flavor = "multi_thread")]
async fn null_needs_a_nullable_column() {
    let disk = Disk::new();
    months(&disk);
    let typed = json!([field("year", "int32"), { "name": "month", "type": { "type": "int8" }, "nullable": false }]);
    let request = json!({ "format": "parquet", "hive": true, "partitionColumns": typed });
    let error = disk.prepare("t/", request).await.err().unwrap();
    assert_eq!((error.code, &error.details["column"]), (ErrorCode::IoPartitionValue, &json!("month")));
}

#[tokio::test(flavor = "multi_thread")]
async fn files_in_other_folders_are_not_lost_silently() {
    let disk = Disk::new();
    months(&disk);
    parquet(&disk, "t/top.parquet", &batch(&[9], &[None]));
    let error = disk.prepare("t/", json!({ "format": "parquet", "hive": true })).await.err().unwrap();
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::IoPartitionValue, &json!(disk.text("t/year=2024/month=1/a.parquet"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_column_is_in_files_or_in_folders() {
    let disk = Disk::new();
    parquet(&disk, "t/id=1/a.parquet", &batch(&[1], &[None]));
    let error = disk.prepare("t/", json!({ "format": "parquet", "hive": true })).await.err().unwrap();
    assert_eq!((error.code, &error.details["column"]), (ErrorCode::EngineSchema, &json!("id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn text_files_have_folders_too() {
    let disk = Disk::new();
    disk.write("t/day=2024-01-01/a.csv", "id\n1\n");
    disk.write("t/day=2024-01-02/a.csv.gz", "");
    disk.write("t/day=2024-01-02/b.csv", "id\n2\n");
    let request = json!({ "format": "csv", "hive": true, "partitionColumns": [field("day", "date32")] });
    disk.register("t", "t/", request).await;
    assert_eq!(disk.rows("SELECT * FROM t WHERE day > '2024-01-01'").await, ["2 2024-01-02"]);
    assert_eq!(disk.rows("SELECT day, count(*) FROM t GROUP BY day ORDER BY day").await, ["2024-01-01 1", "2024-01-02 1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_one_value_may_stay_together() {
    let disk = Disk::with(&[("datafusion.optimizer.preserve_file_partitions", "1")]);
    months(&disk);
    disk.register("t", "t/", json!({ "format": "parquet", "hive": true })).await;
    assert_eq!(disk.rows("SELECT month, count(*) FROM t GROUP BY month ORDER BY month NULLS FIRST").await, ["- 1", "1 2", "2 1"]);
}
