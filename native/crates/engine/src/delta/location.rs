//! Table locations: absolute paths and `file://` URLs.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use deltalake::logstore::{LogStoreRef, StorageConfig, logstore_with};
use url::Url;

use super::error::from_delta;
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::local_store::LocalStore;

/// The table URL of a location, always with a trailing slash.
pub(super) fn table_url(uri: &str) -> Result<Url> {
    let refuse =
        |why: &str| EngineError::new(ErrorCode::DeltaInvalidSpec, format!("'{uri}' is not a table location: {why}.")).with("uri", uri);
    if uri.trim().is_empty() {
        return Err(refuse("it is empty"));
    }
    let path = Path::new(uri);
    if path.is_absolute() {
        return Url::from_directory_path(path).map_err(|()| refuse("the path cannot be written as a URL"));
    }
    let url = Url::parse(uri).map_err(|_| refuse("give an absolute path or a file:// URL"))?;
    if url.scheme() != "file" {
        return Err(refuse("only local tables (an absolute path or a file:// URL) are supported"));
    }
    let path = url.to_file_path().map_err(|()| refuse("the URL does not name a local path"))?;
    Url::from_directory_path(path).map_err(|()| refuse("the path cannot be written as a URL"))
}

/// The log store of a table URL.
pub(super) fn log_store(url: &Url) -> Result<LogStoreRef> {
    logstore_with(Arc::new(LocalStore::new()), url, StorageConfig::default()).map_err(|error| from_delta(&error))
}

/// The folder of a local table, without trailing slash.
pub(super) fn local_path(url: &Url) -> Option<PathBuf> {
    Some(url.to_file_path().ok()?.components().collect())
}

/// The URL as it is shown: without the trailing slash.
pub(super) fn display(url: &Url) -> String {
    url.as_str().trim_end_matches('/').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_urls_name_the_same_table() {
        let path = table_url("/data/a b%c").unwrap();
        assert_eq!(path.as_str(), "file:///data/a%20b%25c/");
        assert_eq!(table_url("file:///data/a%20b%25c").unwrap(), path);
        assert_eq!(display(&path), "file:///data/a%20b%25c");
    }

    #[test]
    fn relative_and_remote_locations_are_refused() {
        for uri in ["", "relative/table", "s3://bucket/table"] {
            assert_eq!(table_url(uri).unwrap_err().code, ErrorCode::DeltaInvalidSpec, "{uri}");
        }
    }
}
