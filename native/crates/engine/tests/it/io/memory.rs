//! Tables in memory and views.

use deltafuse_engine::call::Call;
use deltafuse_engine::error::{ErrorCode, Result};
use deltafuse_engine::io::memory::memory_table_id;
use deltafuse_engine::session::spec::{MemorySpec, PoolKind, RuntimeEnvSpec, SessionSpec};
use deltafuse_engine::wire::{Attached, Handle, Reply};
use serde_json::{Value, json};

use super::{Disk, columns};
use crate::support::{document, open, plan};

async fn prepare(disk: &Disk, source: Handle, request: Value) -> Result<Reply> {
    let mut whole = json!({ "v": 1, "source": { "$handle": 0 } });
    super::merge(&mut whole, request);
    let attached = Attached { handles: vec![source], ..Attached::default() };
    disk.session.prepare_table(&Call { request: whole.to_string(), attached, ..Call::default() }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_are_kept_as_they_are_now() {
    let disk = Disk::new();
    disk.write("t.csv", "id\n1\n2\n");
    disk.register("t", "t.csv", json!({ "format": "csv" })).await;
    let source = Handle::Frame(plan(&disk.session, "SELECT id, id * 2 AS twice FROM t").await);
    let reply = prepare(&disk, source, json!({ "kind": "memory" })).await.unwrap();
    let told = document(&reply);
    assert_eq!(columns(&told["fields"]), ["id: int64", "twice: int64"]);
    assert_eq!(told["rows"], 2);
    let Some(Handle::Provider(table)) = &reply.handle else { panic!("no provider") };
    assert!(memory_table_id(table.provider.as_ref()).is_some());
    disk.put("kept", reply.handle.unwrap());
    disk.write("t.csv", "id\n9\n");
    assert_eq!(disk.rows("SELECT * FROM kept ORDER BY id").await, ["1 2", "2 4"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn memory_comes_from_the_pool_and_goes_back() {
    let memory = MemorySpec { pool: PoolKind::Greedy, limit_bytes: Some(10_000_000), top_consumers: 3 };
    let session = open(SessionSpec { runtime_env: RuntimeEnvSpec { memory, ..RuntimeEnvSpec::default() }, ..SessionSpec::default() });
    let disk = Disk { session, ..Disk::new() };
    let rows = |count: u64| format!("SELECT value AS id FROM range({count})");
    let source = Handle::Frame(plan(&disk.session, &rows(1000)).await);
    let kept = prepare(&disk, source, json!({ "kind": "memory" })).await.unwrap();
    let pool = disk.session.pool();
    let reserved = || pool.consumers().iter().map(|consumer| consumer.reserved).sum::<usize>();
    assert!(reserved() >= 8000);
    drop(kept);
    assert_eq!(reserved(), 0);
    let source = Handle::Frame(plan(&disk.session, &rows(5_000_000)).await);
    let error = prepare(&disk, source, json!({ "kind": "memory" })).await.err().unwrap();
    assert_eq!(error.code, ErrorCode::EngineResourcesExhausted);
    assert_eq!(error.details["limitBytes"], 10_000_000);
    assert_eq!(reserved(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn views_compute_when_they_are_read() {
    let disk = Disk::new();
    disk.write("t.csv", "id\n1\n");
    disk.register("t", "t.csv", json!({ "format": "csv" })).await;
    let source = Handle::Frame(plan(&disk.session, "SELECT id + 1 AS next FROM t").await);
    let reply = prepare(&disk, source, json!({ "kind": "view", "sql": "SELECT id + 1 AS next FROM t" })).await.unwrap();
    assert_eq!(columns(&document(&reply)["fields"]), ["next: int64"]);
    disk.put("v", reply.handle.unwrap());
    assert_eq!(disk.rows("SELECT next FROM v").await, ["2"]);
    disk.write("t.csv", "id\n41\n");
    assert_eq!(disk.rows("SELECT next FROM v").await, ["42"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn statements_are_no_sources() {
    let disk = Disk::new();
    for kind in ["memory", "view"] {
        let source = Handle::Frame(plan(&disk.session, "CREATE TABLE x AS SELECT 1").await);
        let error = prepare(&disk, source, json!({ "kind": kind })).await.err().unwrap();
        assert_eq!(error.code, ErrorCode::NativeBadRequest);
    }
}
