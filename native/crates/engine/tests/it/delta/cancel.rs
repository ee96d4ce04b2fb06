use deltafuse_engine::delta::write::{WriteMode, WriteRequest, write};
use deltafuse_engine::error::ErrorCode;

use super::{Lake, code, upsert};

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_token_starts_nothing() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1::bigint as id").await.unwrap();
    lake.cancel.cancel();
    assert_eq!(code(lake.write("t", WriteMode::Append, "select 2 as id").await), ErrorCode::NativeCancelled);
    assert_eq!(code(lake.delete("t", "id = 1").await), ErrorCode::NativeCancelled);
    assert_eq!(code(lake.merge("t", upsert("id"), "select 2::bigint as id").await), ErrorCode::NativeCancelled);
    assert_eq!((lake.open("t").await.version(), lake.data_files("t")), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_while_rows_are_written_leaves_the_version_and_no_file() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1::bigint as id, 'a' as part").await.unwrap();
    let (source, reading, _gate) = lake.gated("select 2::bigint as id, 'b' as part").await;
    let (context, request) = (lake.context(), lake.request("t", WriteMode::Append));
    let writer = tokio::spawn(async move { write(&context, request, source).await });
    reading.await.unwrap();
    lake.cancel.cancel();
    assert_eq!(code(writer.await.unwrap()), ErrorCode::NativeCancelled);
    assert_eq!((lake.open("t").await.version(), lake.data_files("t")), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_the_first_write_leaves_no_folder() {
    let lake = Lake::new();
    let (source, reading, _gate) = lake.gated("select 2::bigint as id, 'b' as part").await;
    let request = WriteRequest { partition_by: Some(vec!["part".to_owned()]), ..lake.request("t", WriteMode::Error) };
    let context = lake.context();
    let writer = tokio::spawn(async move { write(&context, request, source).await });
    reading.await.unwrap();
    lake.cancel.cancel();
    assert_eq!(code(writer.await.unwrap()), ErrorCode::NativeCancelled);
    assert!(!lake.path("t").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn dropping_an_operation_removes_its_files() {
    let lake = Lake::new();
    lake.write("t", WriteMode::Error, "select 1::bigint as id").await.unwrap();
    let (source, reading, _gate) = lake.gated("select 2::bigint as id").await;
    let (context, request) = (lake.context(), lake.request("t", WriteMode::Append));
    let writer = tokio::spawn(async move { write(&context, request, source).await });
    reading.await.unwrap();
    writer.abort();
    assert!(writer.await.unwrap_err().is_cancelled());
    while lake.data_files("t") > 1 {
        tokio::task::yield_now().await;
    }
    assert_eq!(lake.open("t").await.version(), 0);
}
