//! Native memory held by JavaScript objects: closed once, counted, and noticed when it leaks.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};

use deltafuse_engine::error::EngineError;
use napi::bindgen_prelude::Result;
use parking_lot::Mutex;

use crate::reply::to_napi;

/// Handles freed by the garbage collector instead of `close()`.
pub(crate) static LEAKED: AtomicU64 = AtomicU64::new(0);

/// A class of handles and how many of it are open.
pub(crate) struct Class {
    pub(crate) name: &'static str,
    pub(crate) open: AtomicI64,
    /// Whether forgetting to close one is worth counting.
    counts_leaks: bool,
}

impl Class {
    const fn new(name: &'static str, counts_leaks: bool) -> Self {
        Self { name, open: AtomicI64::new(0), counts_leaks }
    }
}

pub(crate) static SESSION: Class = Class::new("session", true);
pub(crate) static FRAME: Class = Class::new("frame", false);
pub(crate) static STREAM: Class = Class::new("stream", true);
pub(crate) static SINK: Class = Class::new("sink", true);
pub(crate) static PROVIDER: Class = Class::new("provider", false);
pub(crate) static TABLE: Class = Class::new("table", false);

pub(crate) static PREPARED: Class = Class::new("prepared", false);
pub(crate) static BYTES: Class = Class::new("bytes", false);
pub(crate) static CACHE_SCOPE: Class = Class::new("cacheScope", true);

/// Every class, for the statistics.
pub(crate) static CLASSES: [&Class; 9] = [&SESSION, &FRAME, &PREPARED, &STREAM, &SINK, &PROVIDER, &TABLE, &CACHE_SCOPE, &BYTES];

/// How many handles of each class are open.
pub(crate) fn open_handles() -> BTreeMap<&'static str, i64> {
    CLASSES.iter().map(|class| (class.name, class.open.load(Ordering::Relaxed))).collect()
}

/// What a handle owns until it is closed.
pub(crate) struct Slot<T> {
    inner: Mutex<Option<Arc<T>>>,
    class: &'static Class,
}

impl<T> Slot<T> {
    pub(crate) fn new(inner: Arc<T>, class: &'static Class) -> Self {
        class.open.fetch_add(1, Ordering::Relaxed);
        Self { inner: Mutex::new(Some(inner)), class }
    }

    /// The native object; `NATIVE.CLOSED` after close.
    pub(crate) fn get(&self) -> Result<Arc<T>> {
        self.inner.lock().clone().ok_or_else(|| to_napi(&EngineError::closed(self.class.name)))
    }

    /// Gives the native object up, once.
    pub(crate) fn take(&self) -> Option<Arc<T>> {
        let taken = self.inner.lock().take();
        if taken.is_some() {
            self.class.open.fetch_sub(1, Ordering::Relaxed);
        }
        taken
    }
}

impl<T> Drop for Slot<T> {
    fn drop(&mut self) {
        if self.take().is_some() && self.class.counts_leaks {
            LEAKED.fetch_add(1, Ordering::Relaxed);
        }
    }
}
