//! Locations of local files: absolute paths and `file://` URLs, globs, and the paths of the object store.

use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use url::Url;

use crate::error::{EngineError, ErrorCode, Result};

/// A place in the local file system. Nothing is looked up: a location may name something that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    path: PathBuf,
    folder: bool,
}

impl Location {
    /// Reads an absolute path, taken literally, or a `file://` URL, percent-decoded.
    ///
    /// A trailing `/` says that it is a folder. `NATIVE.BAD_REQUEST {path}` for anything else.
    pub fn parse(text: &str) -> Result<Self> {
        let refuse = |why: &str| EngineError::bad_request("$.location", format!("'{text}' is not a local location: {why}"));
        if text.contains('\0') {
            return Err(refuse("it contains a zero character"));
        }
        let path = match Path::new(text) {
            path if path.is_absolute() => path.to_path_buf(),
            _ => url_path(text).map_err(refuse)?,
        };
        Ok(Self { path: normalize(&path), folder: text.ends_with('/') })
    }

    /// The absolute path, without `.` and `..`.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// True when it was written with a trailing `/`.
    #[must_use]
    pub fn names_folder(&self) -> bool {
        self.folder
    }

    /// A file listed with this location: absolute, a URL, or relative to it.
    pub fn file(&self, text: &str) -> Result<PathBuf> {
        if Path::new(text).is_absolute() || text.contains("://") {
            return Ok(Self::parse(text)?.path);
        }
        Ok(normalize(&self.path.join(text)))
    }
}

fn url_path(text: &str) -> std::result::Result<PathBuf, &'static str> {
    let url = Url::parse(text).map_err(|_| "give an absolute path or a file:// URL")?;
    if url.scheme() != "file" {
        return Err("only local files (an absolute path or a file:// URL) are supported");
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("a file URL has no query and no fragment; write '?' as %3F and '#' as %23");
    }
    url.to_file_path().map_err(|()| "the URL does not name a local path")
}

fn normalize(path: &Path) -> PathBuf {
    let mut clean = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            other => clean.push(other),
        }
    }
    clean
}

/// The object store's name of a local path.
pub fn object_path(path: &Path) -> Result<ObjectPath> {
    ObjectPath::from_absolute_path(path).map_err(|error| {
        EngineError::new(ErrorCode::StoreOther, format!("The path '{}' cannot be used: {error}.", path.display()))
            .with("path", path.display().to_string())
    })
}

/// The local path behind a name of the object store.
pub fn local_path(path: &ObjectPath) -> Result<PathBuf> {
    LocalFileSystem::new().path_to_filesystem(path).map_err(|error| crate::error::from_object_store(&error))
}

/// The local path as text, for messages.
#[must_use]
pub fn shown(path: &ObjectPath) -> String {
    format!("/{path}")
}

/// A shell pattern for paths below a folder: `*` and `?` stay within one segment, `**` spans segments.
#[derive(Clone, Debug)]
pub struct Glob(Pattern);

const SHELL: MatchOptions = MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

impl Glob {
    /// `NATIVE.BAD_REQUEST {path}` for a pattern that cannot be read.
    pub fn parse(text: &str) -> Result<Self> {
        Pattern::new(text).map(Self).map_err(|error| EngineError::bad_request("$.glob", format!("'{text}' is not a pattern: {error}")))
    }

    /// Whether a relative path fits, either whole or without its `key=value` folders.
    #[must_use]
    pub fn matches(&self, relative: &str) -> bool {
        if self.0.matches_with(relative, SHELL) {
            return true;
        }
        let plain: Vec<&str> = relative.split('/').filter(|segment| !segment.contains('=')).collect();
        self.0.matches_with(&plain.join("/"), SHELL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_literal_and_urls_are_decoded() {
        let path = Location::parse("/data/a b%20c/").unwrap();
        assert_eq!((path.path(), path.names_folder()), (Path::new("/data/a b%20c"), true));
        assert_eq!(Location::parse("file:///data/a%20b%2520c/").unwrap(), path);
        assert_eq!(object_path(path.path()).unwrap().as_ref(), "data/a b%20c");
        assert_eq!(local_path(&object_path(path.path()).unwrap()).unwrap(), path.path());
    }

    #[test]
    fn dots_are_resolved() {
        assert_eq!(Location::parse("/data/./x/../y.csv").unwrap().path(), Path::new("/data/y.csv"));
    }

    #[test]
    fn listed_files_may_be_relative() {
        let folder = Location::parse("/data/").unwrap();
        assert_eq!(folder.file("b/c.csv").unwrap(), Path::new("/data/b/c.csv"));
        assert_eq!(folder.file("/other/c.csv").unwrap(), Path::new("/other/c.csv"));
        assert_eq!(folder.file("file:///other/c%20d.csv").unwrap(), Path::new("/other/c d.csv"));
    }

    #[test]
    fn what_is_not_local_is_refused() {
        for text in ["", "data/x.csv", "s3://bucket/x", "file:///a?b=1", "file:///a#b", "file://host/a", "/a\0b"] {
            let error = Location::parse(text).unwrap_err();
            assert_eq!(error.code, ErrorCode::NativeBadRequest, "{text}");
        }
    }

    #[test]
    fn patterns_are_those_of_a_shell() {
        let direct = Glob::parse("*.csv").unwrap();
        assert!(direct.matches("a.csv"));
        assert!(!direct.matches("sub/a.csv"));
        assert!(direct.matches("month=1/a.csv"));
        assert!(Glob::parse("**/*.csv").unwrap().matches("sub/deep/a.csv"));
        assert!(Glob::parse("**/*.csv").unwrap().matches("a.csv"));
        assert!(Glob::parse("part-[0-4]*.csv").unwrap().matches("part-3x.csv"));
        assert_eq!(Glob::parse("a[").unwrap_err().code, ErrorCode::NativeBadRequest);
    }
}
