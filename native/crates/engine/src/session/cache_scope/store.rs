//! Whose files an entry is about.

use sha2::{Digest, Sha256};

/// The identity of an object store. Sessions that reach one URL with other options never see each other's entries.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StoreIdentity {
    url: String,
    /// Of its options, secrets included; it stays in memory.
    options: [u8; 32],
}

impl StoreIdentity {
    /// The store of a URL (scheme and authority) with its effective options.
    #[must_use]
    pub fn new(url: &str, options: &[(String, String)]) -> Self {
        let mut sorted: Vec<_> = options.iter().collect();
        sorted.sort_unstable();
        let mut hash = Sha256::new();
        for (name, value) in sorted {
            for text in [name, value] {
                hash.update(text.len().to_le_bytes());
                hash.update(text.as_bytes());
            }
        }
        Self { url: url.to_lowercase(), options: hash.finalize().into() }
    }

    /// The file system of this machine.
    #[must_use]
    pub fn local() -> Self {
        Self::new("file://", &[])
    }

    /// True for the file system of this machine.
    #[must_use]
    pub fn is_local(&self) -> bool {
        self.url == "file://"
    }
}
