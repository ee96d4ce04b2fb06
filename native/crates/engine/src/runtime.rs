//! The two Tokio runtimes of the process: one for plans, one for object-store I/O of Delta logs.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use tokio::runtime::{Builder, Handle, Runtime};
use ts_rs::TS;

use crate::call_queue::CallQueue;
use crate::error::{EngineError, ErrorCode, Result};

/// Sizes of the runtimes, and how memory is handed over; what is left out keeps its default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RuntimeOptions {
    /// Threads that run plans; default the number of cores, at least 2.
    #[serde(default)]
    pub worker_threads: Option<usize>,
    /// Threads for object-store I/O; default 2.
    #[serde(default)]
    pub io_threads: Option<usize>,
    /// Upper bound of blocking threads; default 64.
    #[serde(default)]
    pub max_blocking_threads: Option<usize>,
    /// Whether large batches are handed over in the memory where they are; default true where the runtime allows it.
    #[serde(default)]
    pub external_buffers: Option<bool>,
}

/// The sizes really in effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RuntimeSizes {
    /// Threads that run plans.
    pub worker_threads: usize,
    /// Threads for object-store I/O.
    pub io_threads: usize,
}

struct Runtimes {
    cpu: Runtime,
    io: Runtime,
    sizes: RuntimeSizes,
    calls: CallQueue,
}

/// Plans nest deeply; the default stack of a worker is too small for them.
const WORKER_STACK_BYTES: usize = 4 * 1024 * 1024;

static OPTIONS: Mutex<Option<RuntimeOptions>> = Mutex::new(None);
static RUNTIMES: OnceLock<std::result::Result<Runtimes, String>> = OnceLock::new();

/// Sets the options. Only before the first asynchronous call, afterwards `NATIVE.RUNTIME_STARTED`.
pub fn configure(options: RuntimeOptions) -> Result<()> {
    let mut slot = OPTIONS.lock();
    if RUNTIMES.get().is_some() {
        return Err(EngineError::new(
            ErrorCode::NativeRuntimeStarted,
            "The runtimes are already running; call configureRuntime before the first session is opened.",
        ));
    }
    for (name, value) in [("workerThreads", options.worker_threads), ("ioThreads", options.io_threads)] {
        if value == Some(0) {
            return Err(EngineError::bad_request(&format!("$.{name}"), "it must be at least 1"));
        }
    }
    *slot = Some(options);
    Ok(())
}

/// The runtime that runs plans; started by the first call.
pub fn cpu() -> Result<Handle> {
    started().map(|runtimes| runtimes.cpu.handle().clone())
}

/// The calls that the runtime for plans is to run.
pub fn calls() -> Result<&'static CallQueue> {
    started().map(|runtimes| &runtimes.calls)
}

/// The runtime for object-store I/O.
pub fn io() -> Result<Handle> {
    started().map(|runtimes| runtimes.io.handle().clone())
}

/// The sizes, when the runtimes run.
#[must_use]
pub fn sizes() -> Option<RuntimeSizes> {
    RUNTIMES.get().and_then(|runtimes| runtimes.as_ref().ok()).map(|runtimes| runtimes.sizes)
}

fn started() -> Result<&'static Runtimes> {
    let runtimes = RUNTIMES.get_or_init(|| {
        let options = OPTIONS.lock().unwrap_or_default();
        start(options).map_err(|error| error.to_string())
    });
    runtimes.as_ref().map_err(|error| EngineError::internal(format!("the runtimes do not start: {error}")))
}

fn start(options: RuntimeOptions) -> std::io::Result<Runtimes> {
    let cores = std::thread::available_parallelism().map_or(2, usize::from);
    let sizes =
        RuntimeSizes { worker_threads: options.worker_threads.unwrap_or(cores.max(2)), io_threads: options.io_threads.unwrap_or(2) };
    let max_blocking = options.max_blocking_threads.unwrap_or(64);
    let cpu = builder("deltafuse-cpu", sizes.worker_threads).max_blocking_threads(max_blocking).build()?;
    let io = builder("deltafuse-io", sizes.io_threads).build()?;
    let calls = CallQueue::new(cpu.handle().clone());
    Ok(Runtimes { cpu, io, sizes, calls })
}

fn builder(name: &'static str, threads: usize) -> Builder {
    let counter = AtomicUsize::new(0);
    let mut builder = Builder::new_multi_thread();
    builder
        .worker_threads(threads)
        .thread_stack_size(WORKER_STACK_BYTES)
        .thread_name_fn(move || format!("{name}-{}", counter.fetch_add(1, Ordering::Relaxed)))
        .enable_all();
    builder
}
