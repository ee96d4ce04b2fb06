//! What the integration tests share.

use std::sync::{Arc, Once};

use deltafuse_engine::call::Call;
use deltafuse_engine::cancel::Cancel;
use deltafuse_engine::frame::Frame;
use deltafuse_engine::session::Session;
use deltafuse_engine::session::spec::SessionSpec;
use deltafuse_engine::stream::BatchStream;
use deltafuse_engine::wire::{Handle, Reply};
use serde_json::{Value, json};

/// An open session. Panics of tests are printed although the engine's hook, which prints nothing, is installed.
pub(crate) fn open(spec: SessionSpec) -> Arc<Session> {
    static PRINTED: Once = Once::new();
    PRINTED.call_once(|| {
        let printing = std::panic::take_hook();
        deltafuse_engine::panic::install_hook();
        let recording = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            printing(info);
            recording(info);
        }));
    });
    Session::open(spec).unwrap()
}

/// The document of a reply.
pub(crate) fn document(reply: &Reply) -> Value {
    serde_json::from_str(&reply.json).unwrap()
}

/// The frame of a reply.
pub(crate) fn frame(reply: Reply) -> Arc<Frame> {
    match reply.handle {
        Some(Handle::Frame(frame)) => frame,
        _ => panic!("the reply has no frame"),
    }
}

/// A planned statement.
pub(crate) async fn plan(session: &Arc<Session>, sql: &str) -> Arc<Frame> {
    let request = json!({ "v": 1, "sql": sql, "allow": "any" });
    frame(session.plan_sql(&Call::of(request.to_string())).await.unwrap())
}

/// The stream of a frame.
pub(crate) async fn stream(frame: &Arc<Frame>) -> Arc<BatchStream> {
    let reply = frame.stream(&Call::of(r#"{"v":1}"#)).await.unwrap();
    reply.stream.expect("the reply has a stream").stream
}

/// The metrics of a stream.
pub(crate) fn metrics(stream: &BatchStream) -> Value {
    serde_json::from_str(&stream.metrics().unwrap()).unwrap()
}

/// Runs a statement; the number of its rows.
pub(crate) async fn rows(session: &Arc<Session>, sql: &str) -> u64 {
    drain(&*stream(&plan(session, sql).await).await).await.unwrap()
}

/// Runs a statement for its effect.
pub(crate) async fn run(session: &Arc<Session>, sql: &str) {
    rows(session, sql).await;
}

/// Reads a stream to its end; the number of its rows.
pub(crate) async fn drain(stream: &BatchStream) -> deltafuse_engine::error::Result<u64> {
    let mut rows = 0;
    while let Some(batch) = stream.next(&Cancel::default()).await? {
        rows += batch.packed.header[0] as u64;
    }
    Ok(rows)
}
