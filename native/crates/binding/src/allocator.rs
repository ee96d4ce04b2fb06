//! The allocator of the extension, and how long it keeps what was freed.

use std::ffi::{c_int, c_long};
use std::time::Duration;

use deltafuse_engine::runtime;
use napi_derive::module_init;

/// The engine's big, short-lived buffers gain most from memory that was touched before.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Place of `mi_option_purge_delay` among the allocator's options.
const PURGE_DELAY: c_int = 15;
/// Its default in milliseconds. Another value is the user's, set by `MIMALLOC_PURGE_DELAY`.
const DEFAULT_DELAY_MS: c_long = 1000;
/// Pages that are kept between two queries of a program are worth a tenth of a scan.
const KEPT_DELAY_MS: c_long = 5000;

unsafe extern "C" {
    fn mi_option_get(option: c_int) -> c_long;
    fn mi_option_set(option: c_int, value: c_long);
    fn mi_collect(force: bool);
}

#[module_init]
fn keep_pages() {
    // SAFETY: options are numbers in static memory, and no other thread of ours runs while the module is loaded.
    unsafe {
        if mi_option_get(PURGE_DELAY) == DEFAULT_DELAY_MS {
            mi_option_set(PURGE_DELAY, KEPT_DELAY_MS);
        }
    }
}

/// Long enough for the other workers to take the other tasks.
const TURN: Duration = Duration::from_millis(2);

/// Gives free pages back to the system when nothing runs any more. Each worker has pages of its own, which it alone can give.
pub(crate) fn give_back() {
    let (Ok(threads), Some(sizes)) = (runtime::cpu(), runtime::sizes()) else { return };
    for _ in 0..sizes.worker_threads {
        threads.spawn(async {
            // SAFETY: any thread may call it at any time.
            unsafe { mi_collect(true) }
            std::thread::sleep(TURN);
        });
    }
}
