//! One threadsafe function per JavaScript environment, through which all promises but those of batches are settled.
//!
//! A promise of its own threadsafe function costs tens of microseconds. Batches keep theirs: a shared queue would answer
//! many pulls within one turn of the event loop, and timers and finalizers run only between turns.

use std::cell::Cell;
use std::future::Future;
use std::ptr;
use std::sync::Arc;

use deltafuse_engine::error::EngineError;
use deltafuse_engine::functions::js::turns::{Held, Turns};
use deltafuse_engine::runtime;
use napi::bindgen_prelude::{Env, FromNapiValue, Function, FunctionCallContext, Object, Result, ToNapiValue};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{JsError, Status, check_status, sys};

use crate::reply::to_napi;

type Job = Box<dyn FnOnce(Env) + Send>;
type Queue = ThreadsafeFunction<Job, (), (), Status, false, true>;

/// The queue of an environment, and how many promises wait in it: while there are any, it keeps the process alive.
struct Settler {
    queue: Arc<Queue>,
    pending: Cell<usize>,
    turns: Arc<Turns>,
}

impl Settler {
    fn new(env: Env) -> Result<Self> {
        let idle: Function<'_, (), ()> = env.create_function_from_closure("settle", |_context: FunctionCallContext<'_>| Ok(()))?;
        let queue = idle.build_threadsafe_function::<Job>().weak::<true>().build_callback(|context| {
            (context.value)(context.env);
            Ok(())
        })?;
        let queue = Arc::new(queue);
        let jobs = Arc::clone(&queue);
        // Jobs wait in another queue than the calls of functions, so this one is done when none of those is left. Where it
        // is refused it is dropped, and what it holds with it.
        let turns = Turns::new(move |held: Held| {
            let _ = jobs.call(Box::new(move |_| drop(held)), ThreadsafeFunctionCallMode::NonBlocking);
        });
        Ok(Self { turns, queue, pending: Cell::new(0) })
    }

    fn begin(&self, env: Env) -> Result<()> {
        if self.pending.replace(self.pending.get() + 1) == 0 {
            // SAFETY: the queue lives as long as its environment, in which this runs.
            check_status!(unsafe { sys::napi_ref_threadsafe_function(env.raw(), self.queue.raw()) })?;
        }
        Ok(())
    }

    fn end(&self, env: Env) {
        self.pending.set(self.pending.get().saturating_sub(1));
        if self.pending.get() == 0 {
            // SAFETY: as in `begin`. A failure means the environment is ending, and then nothing waits.
            let _ = unsafe { sys::napi_unref_threadsafe_function(env.raw(), self.queue.raw()) };
        }
    }
}

fn settler(env: Env) -> Result<&'static mut Settler> {
    if let Some(settler) = env.get_instance_data::<Settler>()? {
        return Ok(settler);
    }
    env.set_instance_data(Settler::new(env)?, (), |_| ())?;
    env.get_instance_data::<Settler>()?.ok_or_else(|| napi::Error::from_reason("the environment keeps no instance data"))
}

/// The turns of functions on the thread of an environment.
pub(crate) fn turns(env: Env) -> Result<Arc<Turns>> {
    Ok(Arc::clone(&settler(env)?.turns))
}

/// The pending promise, settled once and only on its own thread.
struct Deferred(sys::napi_deferred);

// SAFETY: the pointer is only carried through other threads; it is used on the thread of its environment.
unsafe impl Send for Deferred {}

impl Deferred {
    fn settle<T: ToNapiValue>(self, env: Env, outcome: std::result::Result<T, EngineError>) {
        // SAFETY: this runs on the environment's thread, and the promise is settled exactly once.
        unsafe {
            match outcome.map_err(|error| to_napi(&error)).and_then(|value| T::to_napi_value(env.raw(), value)) {
                Ok(value) => sys::napi_resolve_deferred(env.raw(), self.0, value),
                Err(error) => sys::napi_reject_deferred(env.raw(), self.0, JsError::from(error).into_value(env.raw())),
            };
        }
    }
}

/// A promise of what a task of the engine's runtime gives.
pub(crate) fn settle<T>(env: &Env, work: impl Future<Output = std::result::Result<T, EngineError>> + Send + 'static) -> Result<Object<'_>>
where
    T: ToNapiValue + Send + 'static,
{
    let calls = runtime::calls().map_err(|error| to_napi(&error))?;
    let settler = settler(*env)?;
    let (mut raw, mut promise) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: both pointers are valid for writing.
    check_status!(unsafe { sys::napi_create_promise(env.raw(), &raw mut raw, &raw mut promise) })?;
    settler.begin(*env)?;
    let (deferred, queue) = (Deferred(raw), Arc::clone(&settler.queue));
    calls.spawn(async move {
        let outcome = work.await;
        let job: Job = Box::new(move |env| {
            deferred.settle(env, outcome);
            if let Ok(Some(settler)) = env.get_instance_data::<Settler>() {
                settler.end(env);
            }
        });
        // Anything but Ok means that the environment has ended, and its promises with it.
        let _ = queue.call(job, ThreadsafeFunctionCallMode::NonBlocking);
    });
    // SAFETY: the promise was made in this environment a moment ago.
    unsafe { Object::from_napi_value(env.raw(), promise) }
}
