#![doc = include_str!("../README.md")]

mod delta;
mod job;
mod machine;
mod memory_pool;
mod pack;
mod parquet_write;
mod query;
mod repeat;
mod session;
mod text;

use std::io::{BufRead, Write};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::runtime::{Builder, Runtime};

/// The allocator of the extension.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What can fail: the engine, the disk, a request.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;
/// The result of everything here.
pub(crate) type Result<T, E = Failure> = std::result::Result<T, E>;

/// The stack of a worker, as in the extension.
const WORKER_STACK_BYTES: usize = 4 * 1024 * 1024;
const MAX_BLOCKING_THREADS: usize = 64;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match serve(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Nobody is left to tell when stderr is closed.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::FAILURE
        }
    }
}

/// Answers every line of stdin with a line on stdout.
fn serve(arguments: &[String]) -> Result<()> {
    let threads = worker_threads(arguments)?;
    let runtime = runtime(threads)?;
    let mut floor = job::Floor::new(threads);
    for line in std::io::stdin().lock().lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let answer = runtime.block_on(floor.answer(&line));
        let mut stdout = std::io::stdout().lock();
        serde_json::to_writer(&mut stdout, &answer)?;
        stdout.write_all(b"\n")?;
        stdout.flush()?;
    }
    Ok(())
}

fn worker_threads(arguments: &[String]) -> Result<usize> {
    let default = || std::thread::available_parallelism().map_or(2, usize::from).max(2);
    match arguments {
        [] => Ok(default()),
        [name, number] if name == "--worker-threads" => match number.parse() {
            Ok(threads) if threads > 0 => Ok(threads),
            _ => Err(format!("'{number}' is no number of threads.").into()),
        },
        _ => Err("usage: deltafuse-floor [--worker-threads <number>]".into()),
    }
}

/// The shape of the extension's runtime for plans.
fn runtime(threads: usize) -> Result<Runtime> {
    let counter = AtomicUsize::new(0);
    let runtime = Builder::new_multi_thread()
        .worker_threads(threads)
        .max_blocking_threads(MAX_BLOCKING_THREADS)
        .thread_stack_size(WORKER_STACK_BYTES)
        .thread_name_fn(move || format!("floor-cpu-{}", counter.fetch_add(1, Ordering::Relaxed)))
        .enable_all()
        .build()?;
    Ok(runtime)
}
