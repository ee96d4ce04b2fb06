//! Bytes that are gathered piece by piece before anything reads them.

use bytes::Bytes;
use parking_lot::Mutex;

/// The chunks of an IPC stream, or of a part of it, in order.
#[derive(Debug, Default)]
pub struct Gathered {
    chunks: Mutex<Vec<Bytes>>,
}

impl Gathered {
    /// Adds a chunk behind those before it.
    pub fn append(&self, chunk: Bytes) {
        self.chunks.lock().push(chunk);
    }

    /// What was gathered so far; nothing is copied.
    #[must_use]
    pub fn chunks(&self) -> Vec<Bytes> {
        self.chunks.lock().clone()
    }
}
