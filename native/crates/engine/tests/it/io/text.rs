//! CSV and JSON: types, columns by name, and values that do not fit.

use std::fmt::Write;

use deltafuse_engine::error::ErrorCode;
use serde_json::{Value, json};

use super::{Disk, columns, field};

#[tokio::test(flavor = "multi_thread")]
async fn csv_types_are_found() {
    let disk = Disk::new();
    disk.write("t.csv", "id,name,day,rate,flag,none\n1,a,2024-01-01,1.5,true,\n2,,2024-01-02,2,false,\n");
    let told = disk.register("t", "t.csv", json!({ "format": "csv" })).await;
    let expected = ["id: int64", "name: utf8", "day: date32", "rate: float64", "flag: bool", "none: utf8"];
    assert_eq!(
        (columns(&told["storedFields"]), columns(&told["fields"])),
        (expected.map(str::to_owned).to_vec(), expected.map(str::to_owned).to_vec())
    );
    assert_eq!(disk.rows("SELECT * FROM t").await, ["1 a 2024-01-01 1.5 true -", "2 - 2024-01-02 2.0 false -"]);
    assert_eq!(disk.rows("SELECT count(*) FROM t").await, ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn declared_csv_columns_are_found_by_name() {
    let disk = Disk::new();
    disk.write("t/a.csv", "id,code,extra\n1,007,x\n");
    disk.write("t/b.csv", "extra,code,id\ny,008,2\n");
    let schema = json!([field("code", "utf8"), field("missing", "float64"), field("id", "int32")]);
    let told = disk.register("t", "t/", json!({ "format": "csv", "schema": schema })).await;
    assert_eq!(columns(&told["fields"]), ["code: utf8", "missing: float64", "id: int32"]);
    assert_eq!(columns(&told["storedFields"]), ["id: int64", "code: int64", "extra: utf8"]);
    assert_eq!(disk.rows("SELECT * FROM t ORDER BY id").await, ["007 - 1", "008 - 2"]);
    assert_eq!(disk.rows("SELECT id + 1, code FROM t WHERE missing IS NULL ORDER BY id").await, ["2 007", "3 008"]);
    disk.register("u", "t/", json!({ "format": "csv" })).await;
    assert_eq!(disk.rows("SELECT * FROM u ORDER BY id").await, ["1 7 x", "2 8 y"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_values_that_do_not_fit_fail_the_query() {
    let disk = Disk::new();
    disk.write("t.csv", "id,n\n1,5\n2,many\n3,6\n");
    let schema = json!([field("id", "int64"), field("n", "int64")]);
    disk.register("t", "t.csv", json!({ "format": "csv", "schema": schema })).await;
    let error = disk.failure("SELECT * FROM t").await;
    assert_eq!(
        (error.code, &error.details["path"], &error.details["row"]),
        (ErrorCode::EngineCastFailed, &json!(disk.text("t.csv")), &json!(2))
    );
    assert!(error.message.contains("many") && error.message.contains("row 2"), "{}", error.message);
    assert_eq!(disk.rows("SELECT id FROM t").await, ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_required_csv_column_has_no_nulls() {
    let disk = Disk::new();
    disk.write("t.csv", "id,n\n1,5\n2,\n");
    let schema = json!([{ "name": "n", "type": { "type": "int64" }, "nullable": false }]);
    disk.register("t", "t.csv", json!({ "format": "csv", "schema": schema })).await;
    let error = disk.failure("SELECT n FROM t").await;
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineArrow, &json!(disk.text("t.csv"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn ragged_csv_rows_are_named() {
    let disk = Disk::new();
    disk.write("early.csv", "id,n\n1,5\n2\n");
    let error = disk.prepare("early.csv", json!({ "format": "csv" })).await.err().unwrap();
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineArrow, &json!(disk.text("early.csv"))));
    assert!(error.message.contains("line 3"), "{}", error.message);
    for (wrong, name) in [("1,2,3", "long.csv"), ("1", "short.csv")] {
        let mut text = "id,n\n".to_owned();
        (0..5000).for_each(|row| writeln!(text, "{row},{row}").unwrap());
        disk.write(name, format!("{text}{wrong}\n7,7\n"));
        disk.register("t", name, json!({ "format": "csv" })).await;
        let error = disk.failure("SELECT sum(n) FROM t").await;
        assert_eq!((error.code, &error.details["row"]), (ErrorCode::EngineArrow, &json!(5001)));
        assert!(error.message.contains("line 5002") && error.message.contains(name), "{}", error.message);
    }
    disk.register("t", "short.csv", json!({ "format": "csv", "csv": { "truncatedRows": true } })).await;
    assert_eq!(disk.rows("SELECT count(*), count(n) FROM t").await, ["5002 5001"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_files_are_cut_and_still_tell_the_row() {
    let disk = Disk::with(&[
        ("datafusion.optimizer.repartition_file_min_size", "1000"),
        ("datafusion.execution.target_partitions", "4"),
        ("datafusion.execution.batch_size", "100"),
    ]);
    let (mut csv, mut json_lines) = ("id,text\n".to_owned(), String::new());
    for row in 0..9000 {
        writeln!(csv, "{row},value {row}").unwrap();
        writeln!(json_lines, "{{\"id\":{row},\"text\":\"value {row}\"}}").unwrap();
    }
    disk.write("good.csv", &csv);
    disk.write("good.json", &json_lines);
    for format in ["csv", "json"] {
        disk.register("t", &format!("good.{format}"), json!({ "format": format })).await;
        assert_eq!(disk.rows("SELECT count(*), sum(id), count(distinct text), max(length(text)) FROM t").await, ["9000 40495500 9000 10"]);
        let plan = disk.rows("EXPLAIN SELECT sum(id) FROM t").await.join("\n");
        assert!(plan.contains("4 groups"), "{plan}");
    }
    disk.write("bad.csv", format!("{csv}oops,x\n"));
    disk.write("bad.json", format!("{json_lines}{{\"id\":\"oops\"}}\n"));
    let schema = json!([field("id", "int64"), field("text", "utf8")]);
    for format in ["csv", "json"] {
        disk.register("t", &format!("bad.{format}"), json!({ "format": format, "schema": schema })).await;
        let error = disk.failure("SELECT sum(id) FROM t").await;
        assert_eq!((error.code, &error.details["row"]), (ErrorCode::EngineCastFailed, &json!(9001)), "{}", error.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn csv_options_hold() {
    let disk = Disk::new();
    disk.write("t.csv", "# note\n'a;b';N/A\n'it\\'s';2\n");
    let options = json!({ "header": false, "delimiter": ";", "quote": "'", "escape": "\\", "comment": "#", "nullPattern": "^(N/A)?$" });
    let told = disk.register("t", "t.csv", json!({ "format": "csv", "csv": options })).await;
    assert_eq!(columns(&told["fields"]), ["column_1: utf8", "column_2: int64"]);
    assert_eq!(disk.rows("SELECT * FROM t").await, ["a;b -", "it's 2"]);
    let schema = json!([field("label", "utf8"), field("n", "float32")]);
    let told = disk.register("t", "t.csv", json!({ "format": "csv", "csv": options, "schema": schema })).await;
    assert_eq!(columns(&told["storedFields"]), ["label: utf8", "n: int64"]);
    assert_eq!(disk.rows("SELECT n, label FROM t").await, ["- a;b", "2.0 it's"]);
    disk.write("lines.csv", "id,text\n1,\"two\nlines\"\n2,x\n");
    disk.register("t", "lines.csv", json!({ "format": "csv", "csv": { "newlinesInValues": true } })).await;
    assert_eq!(disk.rows("SELECT length(text) FROM t").await, ["9", "1"]);
    disk.write("all.csv", "id\n1\n");
    let told = disk.register("t", "all.csv", json!({ "format": "csv", "csv": { "inferRows": 0 } })).await;
    assert_eq!(columns(&told["fields"]), ["id: utf8"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_csv_files_are_read() {
    let disk = Disk::new();
    disk.write("bom.csv", "\u{feff}id,name\r\n1,x\r\n");
    disk.write("header.csv", "id,name\n");
    disk.write("open.csv", "id\n1\n2");
    for (file, found) in [("bom.csv", vec!["1"]), ("header.csv", vec![]), ("open.csv", vec!["1", "2"])] {
        disk.register("t", file, json!({ "format": "csv" })).await;
        assert_eq!(disk.rows("SELECT id FROM t").await, found, "{file}");
    }
    disk.write("twice.csv", "id,id\n1,2\n");
    let error = disk.prepare("twice.csv", json!({ "format": "csv" })).await.err().unwrap();
    assert_eq!((error.code, &error.details["column"]), (ErrorCode::EngineSchema, &json!("id")));
}

#[tokio::test(flavor = "multi_thread")]
async fn types_that_text_cannot_have_are_refused() {
    let disk = Disk::new();
    disk.write("t.csv", "id\n1\n");
    disk.write("t.json", "{\"id\":1}\n");
    for (format, data_type) in [("csv", "binary"), ("csv", "large_utf8"), ("json", "interval")] {
        let data_type = match data_type {
            "interval" => json!({ "type": "interval", "unit": "month_day_nano" }),
            plain => json!({ "type": plain }),
        };
        let schema = json!([{ "name": "id", "type": data_type }]);
        let error = disk.prepare(&format!("t.{format}"), json!({ "format": format, "schema": schema })).await.err().unwrap();
        assert_eq!((error.code, &error.details["column"]), (ErrorCode::IoTypeUnsupported, &json!("id")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_and_plain_files_are_one_table() {
    let disk = Disk::new();
    disk.write("t/a.csv", "id\n1\n");
    for (ending, compression) in [("gz", "gzip"), ("zst", "zstd"), ("bz2", "bzip2"), ("xz", "xz")] {
        let bytes = compress(compression, b"id\n2\n").await;
        disk.write(&format!("t/b.csv.{ending}"), bytes);
    }
    disk.register("t", "t/", json!({ "format": "csv" })).await;
    assert_eq!(disk.rows("SELECT id, count(*) FROM t GROUP BY id ORDER BY id").await, ["1 1", "2 4"]);
    assert_eq!(disk.rows("SELECT count(*) FROM t").await, ["5"]);
    let bytes = compress("gzip", b"id\n3\n").await;
    disk.write("plain", &bytes);
    disk.register("t", "plain", json!({ "format": "csv", "csv": { "compression": "gzip" } })).await;
    assert_eq!(disk.rows("SELECT id FROM t").await, ["3"]);
    disk.write("broken.csv.gz", &bytes[..bytes.len() - 9]);
    let error = match disk.prepare("broken.csv.gz", json!({ "format": "csv" })).await {
        Err(error) => error,
        Ok(reply) => {
            disk.put("t", reply.handle.unwrap());
            disk.failure("SELECT id FROM t").await
        }
    };
    assert_eq!((error.code, &error.details["path"]), (ErrorCode::EngineArrow, &json!(disk.text("broken.csv.gz"))));
}

async fn compress(compression: &str, bytes: &'static [u8]) -> Vec<u8> {
    use datafusion::datasource::file_format::file_compression_type::FileCompressionType;
    use futures::{StreamExt, TryStreamExt};
    let kind: FileCompressionType = compression.parse().unwrap();
    let stream = futures::stream::iter([Ok(bytes::Bytes::from_static(bytes))]).boxed();
    let chunks: Vec<bytes::Bytes> = kind.convert_to_compress_stream(stream).unwrap().try_collect().await.unwrap();
    chunks.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn json_types_are_found() {
    let disk = Disk::new();
    let text = r#"{"z":1,"name":"a","tags":["x","y"],"place":{"b":1.5,"a":true}}
{"z":2,"name":null,"tags":[],"place":{"b":2,"a":null},"late":7}
"#;
    disk.write("t.jsonl", text);
    let told = disk.register("t", "t.jsonl", json!({ "format": "json" })).await;
    assert_eq!(columns(&told["fields"]), ["z: int64", "name: utf8", "tags: list", "place: struct", "late: int64"]);
    assert_eq!(disk.rows("SELECT z, name, tags[1], place['b'], late FROM t").await, ["1 a x 1.5 -", "2 - - 2.0 7"]);
    assert_eq!(disk.rows("SELECT count(*) FROM t").await, ["2"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_integers_are_exact() {
    let disk = Disk::new();
    let largest = r#"{"n":9223372036854775807,"u":18446744073709551615,"s":{"l":[-128,127]}}"#;
    disk.write("t.json", format!("{largest}\n{{\"n\":1e3,\"u\":2.0,\"s\":{{\"l\":[null]}}}}\n{{\"n\":null,\"s\":null}}\n"));
    let list = json!({ "type": "list", "item": field("item", "int8") });
    let schema = json!([field("n", "int64"), field("u", "uint64"), { "name": "s", "type": { "type": "struct", "fields": [{ "name": "l", "type": list }] } }]);
    disk.register("t", "t.json", json!({ "format": "json", "schema": schema })).await;
    assert_eq!(
        disk.rows("SELECT n, u, s['l'] FROM t").await,
        ["9223372036854775807 18446744073709551615 [-128, 127]", "1000 2 [-]", "- - -"]
    );
    for (wrong, place) in [("{\"n\":1.5}", "n"), ("{\"s\":{\"l\":[128]}}", "s"), ("{\"u\":-1}", "u"), ("{\"n\":9223372036854775808}", "n")]
    {
        disk.write("bad.json", format!("{{\"n\":1}}\n{wrong}\n"));
        disk.register("t", "bad.json", json!({ "format": "json", "schema": schema })).await;
        let error = disk.failure("SELECT * FROM t").await;
        assert_eq!((error.code, &error.details["row"]), (ErrorCode::EngineCastFailed, &json!(2)), "{}", error.message);
        assert!(error.message.contains(&format!("column '{place}'")), "{}", error.message);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_values_that_do_not_fit_fail_the_query() {
    let disk = Disk::new();
    let schema = json!([field("name", "utf8"), field("rate", "float64"), { "name": "id", "type": { "type": "int64" }, "nullable": false }]);
    for wrong in [r#"{"id":2,"name":5}"#, r#"{"id":2,"rate":"high"}"#, r#"{"id":2,"name":"#, r#"{"name":"x"}"#, "[1]"] {
        disk.write("t.json", format!("{{\"id\":1,\"name\":\"x\",\"rate\":1}}\n{wrong}\n"));
        let reply = disk.prepare("t.json", json!({ "format": "json", "schema": schema })).await;
        let error = match reply {
            Err(error) => error,
            Ok(reply) => {
                disk.put("t", reply.handle.unwrap());
                disk.failure("SELECT * FROM t").await
            }
        };
        assert_eq!(error.code, ErrorCode::EngineArrow, "{wrong}: {}", error.message);
        assert_eq!(error.details["path"], json!(disk.text("t.json")), "{wrong}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn json_columns_of_mixed_types_are_text() {
    let disk = Disk::new();
    disk.write("t/a.json", "{\"v\":1}\n{\"v\":\"x\"}\n{\"v\":true}\n");
    disk.write("t/b.json", "{\"v\":null,\"w\":1.5}\n");
    let told = disk.register("t", "t/", json!({ "format": "json" })).await;
    assert_eq!(columns(&told["fields"]), ["v: utf8", "w: float64"]);
    assert_eq!(disk.rows("SELECT v FROM t WHERE v IS NOT NULL ORDER BY v").await, ["1", "true", "x"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn json_arrays_are_read() {
    let disk = Disk::with(&[("datafusion.optimizer.repartition_file_min_size", "10")]);
    let rows: Vec<Value> = (0..3000).map(|id| json!({ "id": id, "text": format!("a]\"[{{,{id}") })).collect();
    disk.write("t.json", serde_json::to_string(&rows).unwrap());
    disk.register("t", "t.json", json!({ "format": "json", "json": { "array": true } })).await;
    assert_eq!(disk.rows("SELECT count(*), sum(id), max(text) FROM t").await, ["3000 4498500 a]\"[{,999"]);
    disk.write("lines.json", "{\"id\":1}\n");
    let error = disk.prepare("lines.json", json!({ "format": "json", "json": { "array": true } })).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::EngineArrow);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_table_may_be_read_without_its_columns() {
    let disk = Disk::new();
    disk.write("t.csv", "id,n\n1,2\n3,4\n");
    disk.register("t", "t.csv", json!({ "format": "csv" })).await;
    assert_eq!(disk.rows("SELECT 7 FROM t").await, ["7", "7"]);
    assert_eq!(disk.rows("SELECT n FROM t LIMIT 1").await, ["2"]);
    assert_eq!(disk.rows("SELECT a.id FROM t a JOIN t b ON a.n = b.n ORDER BY 1").await, ["1", "3"]);
}
