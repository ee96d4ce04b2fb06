//! From a JavaScript call to a task of the engine's runtime, and back as a promise.

use std::future::Future;

use bytes::Bytes;
use deltafuse_engine::call::{Call, supervise};
use deltafuse_engine::cancel::{Cancel, CancellationToken};
use deltafuse_engine::error::EngineError;
use deltafuse_engine::panic::guarded;
use deltafuse_engine::runtime;
use deltafuse_engine::spans::Spans;
use deltafuse_engine::wire::{self, Handle};
use napi::bindgen_prelude::{ClassInstance, Either7, Env, Function, Object, Result, ToNapiValue, Uint8ArraySlice};
use napi_derive::napi;

use crate::bytes::NativeBytes;
use crate::cache_scope::NativeCacheScope;
use crate::callback::{CallbackResult, JsCall, Registered};
use crate::frame::NativeFrame;
use crate::reply::{JsReply, to_napi};
use crate::runtime::NativeCancel;
use crate::session::{NativeProvider, NativeSession};
use crate::settler::settle;
use crate::sink::NativeSink;
use crate::table::NativeTable;

type AttachedHandle<'env> = Either7<
    ClassInstance<'env, NativeSession>,
    ClassInstance<'env, NativeFrame>,
    ClassInstance<'env, NativeSink>,
    ClassInstance<'env, NativeProvider>,
    ClassInstance<'env, NativeTable>,
    ClassInstance<'env, NativeCacheScope>,
    ClassInstance<'env, NativeBytes>,
>;

/// What comes with a request beside its document.
#[napi(object, object_to_js = false)]
pub struct Attached<'env> {
    #[napi(ts_type = "Array<Uint8Array>")]
    pub buffers: Option<Vec<Uint8ArraySlice<'env>>>,
    #[napi(ts_type = "Array<NativeSession | NativeFrame | NativeSink | NativeProvider | NativeTable | NativeCacheScope | NativeBytes>")]
    pub handles: Option<Vec<AttachedHandle<'env>>>,
    #[napi(ts_type = "Function")]
    pub callback: Option<Function<'env, JsCall, CallbackResult>>,
    /// W3C trace context of the operation around the call.
    pub traceparent: Option<String>,
}

/// Takes a call apart: buffers are copied, handles and the cancel token shared.
pub(crate) fn call(request: String, attached: Attached<'_>, cancel: Option<ClassInstance<'_, NativeCancel>>) -> Result<Call> {
    let handles = attached.handles.unwrap_or_default().iter().map(handle).collect::<Result<Vec<_>>>()?;
    let buffers = attached.buffers.unwrap_or_default().iter().map(|buffer| Bytes::copy_from_slice(buffer)).collect();
    let callback = attached.callback.map(|function| Registered::of(&function)).transpose()?;
    Ok(Call {
        request,
        attached: wire::Attached { buffers, handles, callback },
        cancel: cancel.map_or_else(Cancel::default, |cancel| cancel.inner.clone()),
        spans: Spans::sampled(attached.traceparent.as_deref()),
    })
}

fn handle(attached: &AttachedHandle<'_>) -> Result<Handle> {
    Ok(match attached {
        Either7::A(session) => Handle::Session(session.slot.get()?),
        Either7::B(frame) => Handle::Frame(frame.slot.get()?),
        Either7::C(sink) => Handle::Sink(sink.slot.get()?),
        Either7::D(provider) => Handle::Provider(provider.slot.get()?),
        Either7::E(table) => Handle::Table(table.slot.get()?),
        Either7::F(scope) => Handle::CacheScope(scope.slot.get()?),
        Either7::G(bytes) => Handle::Bytes(bytes.slot.get()?),
    })
}

/// Runs an entrypoint on the engine's runtime.
pub(crate) fn run<W>(env: &Env, call: Call, work: impl FnOnce(Call) -> W + Send + 'static) -> Result<Object<'_>>
where
    W: Future<Output = Answer> + Send + 'static,
{
    let (cancel, spans) = (call.cancel.clone(), call.spans.clone());
    let work = Box::pin(work(call));
    settle(env, traced(spans, supervise(cancel, None, work)))
}

/// The same for a call within a session: closing the session ends it too.
pub(crate) fn run_within<W>(
    env: &Env,
    call: Call,
    closed: CancellationToken,
    work: impl FnOnce(Call) -> W + Send + 'static,
) -> Result<Object<'_>>
where
    W: Future<Output = Answer> + Send + 'static,
{
    let (cancel, spans) = (call.cancel.clone(), call.spans.clone());
    let work = Box::pin(work(call));
    let answer = async move {
        let reply = supervise(cancel.clone(), Some((closed, "session")), work).await?;
        Ok(reply.begun(&cancel).await)
    };
    settle(env, traced(spans, answer))
}

/// The same for work that commits: it watches the cancel handle itself, since past the start of a commit the result
/// counts, not the wish to stop.
pub(crate) fn run_to_commit<W>(env: &Env, call: Call, work: impl FnOnce(Call) -> W + Send + 'static) -> Result<Object<'_>>
where
    W: Future<Output = Answer> + Send + 'static,
{
    let (cancel, spans) = (call.cancel.clone(), call.spans.clone());
    let work = Box::pin(work(call));
    let answer = async move {
        if cancel.is_cancelled() {
            return Err(EngineError::cancelled());
        }
        guarded(work).await
    };
    settle(env, traced(spans, answer))
}

type Answer = std::result::Result<wire::Reply, EngineError>;

/// Puts the spans of a sampled trace into the reply, or into the error.
async fn traced(spans: Option<Spans>, work: impl Future<Output = Answer>) -> std::result::Result<JsReply, EngineError> {
    let Some(spans) = spans else { return work.await.map(JsReply) };
    match spans.clone().over(work).await {
        Ok(reply) => Ok(JsReply(wire::Reply { spans: Some(spans.take()), ..reply })),
        Err(error) => Err(error.with_spans(spans.take())),
    }
}

/// A promise of what a task gives, settled on a turn of the event loop of its own.
pub(crate) fn settle_apart<T>(
    env: &Env,
    work: impl Future<Output = std::result::Result<T, EngineError>> + Send + 'static,
) -> Result<Object<'_>>
where
    T: ToNapiValue + Send + 'static,
{
    let runtime = runtime::cpu().map_err(|error| to_napi(&error))?;
    let (deferred, promise) = env.create_deferred::<T, Box<dyn FnOnce(Env) -> Result<T> + Send>>()?;
    runtime.spawn(async move {
        match work.await {
            Ok(value) => deferred.resolve(Box::new(move |_| Ok(value))),
            Err(error) => deferred.reject(to_napi(&error)),
        }
    });
    Ok(promise)
}
