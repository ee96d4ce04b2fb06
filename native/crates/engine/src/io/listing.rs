//! The data files of a table: which they are, in a fixed order, listed anew for every plan.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use datafusion::catalog::Session;
use datafusion::execution::cache::cache_manager::TableScopedPath;
use datafusion::execution::object_store::ObjectStoreUrl;
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as ObjectPath;
use object_store::{ObjectMeta, ObjectStore, ObjectStoreExt};

use super::format::{CompressionSpec, FormatName};
use super::location::{Glob, Location, object_path, shown};
use crate::error::{EngineError, ErrorCode, Result, from_object_store};

/// Which files below a folder count.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Endings of file names; any when empty.
    pub extensions: Vec<String>,
    /// A pattern for the path below the folder.
    pub glob: Option<Glob>,
    /// Whether segments that begin with `_` or `.` count.
    pub hidden: bool,
    /// Whether folders inside are entered; none = the session's setting. `key=value` folders always are.
    pub recursive: Option<bool>,
}

impl Selection {
    /// What counts for a format, when only these are said.
    #[must_use]
    pub fn new(format: Option<FormatName>, extension: Option<&str>, glob: Option<Glob>) -> Self {
        let extensions = match (extension, &glob, format) {
            (Some(text), _, _) => vec![format!(".{}", text.trim_start_matches('.'))],
            (None, None, Some(format)) => format.file_endings(),
            _ => Vec::new(),
        };
        Self { extensions, glob, ..Self::default() }
    }

    fn admits(&self, relative: &str, recursive: bool) -> bool {
        let mut folders = relative.split('/').collect::<Vec<_>>();
        let name = folders.pop().unwrap_or_default();
        if !self.hidden && (hidden(name) || folders.iter().any(|folder| hidden(folder))) {
            return false;
        }
        if !self.extensions.is_empty() && !self.extensions.iter().any(|ending| name.ends_with(ending.as_str())) {
            return false;
        }
        match &self.glob {
            Some(glob) => glob.matches(relative),
            None => recursive || folders.iter().all(|folder| folder.contains('=')),
        }
    }
}

/// True for a name that a table does not read: it begins with `_` or `.` and is no `key=value` folder.
#[must_use]
pub fn hidden(segment: &str) -> bool {
    segment.starts_with(['_', '.']) && !segment.contains('=')
}

#[derive(Clone, Debug)]
enum Kind {
    Folder(Selection),
    Files(Vec<ObjectPath>),
}

/// Where a table's files are.
#[derive(Clone, Debug)]
pub struct Listing {
    base: ObjectPath,
    kind: Kind,
    /// The size of the one file that was listed last; [`SEVERAL`] for none or more.
    only: Arc<AtomicU64>,
}

const SEVERAL: u64 = u64::MAX;

impl Listing {
    /// Looks at the location: a folder, or one file. `STORE.NOT_FOUND {path}` when there is nothing.
    pub async fn open(location: &Location, files: Option<&[String]>, selection: Selection) -> Result<Self> {
        let base = object_path(location.path())?;
        if let Some(files) = files {
            let paths: Result<Vec<_>> = files.iter().map(|file| object_path(&location.file(file)?)).collect();
            let mut paths = paths?;
            paths.sort_unstable();
            paths.dedup();
            return Ok(Self::new(base, Kind::Files(paths)));
        }
        let found = metadata(location.path()).await?;
        if found.is_dir() {
            return Ok(Self::new(base, Kind::Folder(selection)));
        }
        if location.names_folder() {
            return Err(missing(location.path(), "it is a file, not a folder; write it without the trailing '/'"));
        }
        Ok(Self::new(base.clone(), Kind::Files(vec![base])))
    }

    fn new(base: ObjectPath, kind: Kind) -> Self {
        Self { base, kind, only: Arc::new(AtomicU64::new(SEVERAL)) }
    }

    /// The size in bytes of the one file that was there when the files were listed last; none where there were others.
    #[must_use]
    pub fn only_file(&self) -> Option<u64> {
        Some(self.only.load(Ordering::Relaxed)).filter(|bytes| *bytes != SEVERAL)
    }

    /// The files, ordered by path, as the session's list cache or the file system has them.
    pub async fn list(&self, state: &dyn Session) -> Result<Vec<ObjectMeta>> {
        let store = store(state)?;
        let mut found = match &self.kind {
            Kind::Files(paths) => heads(&store, paths).await?,
            Kind::Folder(selection) => {
                let recursive = selection.recursive.unwrap_or(!state.config_options().execution.listing_table_ignore_subdirectory);
                let all = folder_files(state, &store, &self.base).await?;
                all.iter().filter(|file| selection.admits(self.relative(&file.location), recursive)).cloned().collect()
            }
        };
        found.sort_unstable_by(|left, right| left.location.cmp(&right.location));
        self.only.store(if let [file] = found.as_slice() { file.size } else { SEVERAL }, Ordering::Relaxed);
        Ok(found)
    }

    /// The path of a file below the location; only its name when it is elsewhere.
    #[must_use]
    pub fn relative<'a>(&self, file: &'a ObjectPath) -> &'a str {
        let below = match self.base.as_ref() {
            "" => Some(file.as_ref()),
            base => file.as_ref().strip_prefix(base).and_then(|rest| rest.strip_prefix('/')),
        };
        below.unwrap_or_else(|| file.filename().unwrap_or_default())
    }

    /// The folder that a new file of that name would be found in; `None` where it would not.
    #[must_use]
    pub fn folder_of(&self, name: &str) -> Option<String> {
        match &self.kind {
            Kind::Folder(selection) if selection.glob.is_none() && selection.admits(name, false) => Some(shown(&self.base)),
            _ => None,
        }
    }

    /// What was looked for, for the message about an empty folder.
    #[must_use]
    pub fn nothing_found(&self) -> EngineError {
        let what = match &self.kind {
            Kind::Folder(selection) if !selection.extensions.is_empty() => {
                format!("no file that ends in {}", selection.extensions.join(", "))
            }
            _ => "no file that matches".to_owned(),
        };
        EngineError::new(
            ErrorCode::StoreNotFound,
            format!("There is {what} in '{}'; add data files, or declare a schema to register the empty table.", shown(&self.base)),
        )
        .with("path", shown(&self.base))
    }

    /// Drops the folder's entry of the session's list cache.
    pub fn forget(&self, state: &dyn Session) {
        if let Some(cache) = state.runtime_env().cache_manager.get_list_files_cache() {
            cache.remove(&cache_key(&self.base));
        }
    }
}

/// Drops every cached listing of a folder that is, contains or lies in `changed`.
pub fn forget_changed(state: &dyn Session, changed: &Path) {
    let (Some(cache), Ok(changed)) = (state.runtime_env().cache_manager.get_list_files_cache(), object_path(changed)) else {
        return;
    };
    for key in cache.list_entries().keys() {
        if key.path.prefix_matches(&changed) || changed.prefix_matches(&key.path) {
            cache.remove(key);
        }
    }
}

fn cache_key(folder: &ObjectPath) -> TableScopedPath {
    TableScopedPath { table: None, path: folder.clone() }
}

async fn folder_files(state: &dyn Session, store: &Arc<dyn ObjectStore>, base: &ObjectPath) -> Result<Arc<Vec<ObjectMeta>>> {
    let cache = state.runtime_env().cache_manager.get_list_files_cache();
    let key = cache_key(base);
    if let Some(cached) = cache.as_ref().and_then(|cache| cache.get(&key)) {
        return Ok(cached.files_matching_prefix(&None));
    }
    let files: Vec<ObjectMeta> = store.list(Some(base)).try_collect().await.map_err(|error| from_object_store(&error))?;
    if let Some(cache) = cache {
        cache.put(&key, files.clone().into());
    }
    Ok(Arc::new(files))
}

async fn heads(store: &Arc<dyn ObjectStore>, paths: &[ObjectPath]) -> Result<Vec<ObjectMeta>> {
    let heads = paths.iter().cloned().map(|path| head(Arc::clone(store), path));
    futures::stream::iter(heads).buffered(16).try_collect().await
}

async fn head(store: Arc<dyn ObjectStore>, path: ObjectPath) -> Result<ObjectMeta> {
    store.head(&path).await.map_err(|error| match error {
        object_store::Error::NotFound { .. } => missing(Path::new(&shown(&path)), "there is no such file"),
        other => from_object_store(&other),
    })
}

/// What a path is. `STORE.NOT_FOUND` and `STORE.PERMISSION_DENIED` with the path.
pub async fn metadata(path: &Path) -> Result<std::fs::Metadata> {
    tokio::fs::metadata(path).await.map_err(|error| from_io(&error, path))
}

/// The typed error of a file system call.
#[must_use]
pub fn from_io(error: &std::io::Error, path: &Path) -> EngineError {
    use std::io::ErrorKind;
    let code = match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => return missing(path, "there is no such file or folder"),
        ErrorKind::PermissionDenied => ErrorCode::StorePermissionDenied,
        ErrorKind::AlreadyExists => ErrorCode::StoreAlreadyExists,
        _ => ErrorCode::StoreOther,
    };
    EngineError::new(code, format!("'{}' cannot be used: {error}.", path.display()))
        .with("path", path.display().to_string())
        .caused_by(error)
}

fn missing(path: &Path, why: &str) -> EngineError {
    EngineError::new(ErrorCode::StoreNotFound, format!("'{}' cannot be read: {why}.", path.display()))
        .with("path", path.display().to_string())
}

/// The store of local files.
pub fn store(state: &dyn Session) -> Result<Arc<dyn ObjectStore>> {
    Ok(state.runtime_env().object_store(ObjectStoreUrl::local_filesystem())?)
}

/// How a file is compressed: as said, else by its ending.
#[must_use]
pub fn compression_of(spec: CompressionSpec, file: &ObjectPath) -> CompressionSpec {
    match spec {
        CompressionSpec::Auto => CompressionSpec::of_name(file.filename().unwrap_or_default()),
        said => said,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(format: FormatName) -> Selection {
        Selection::new(Some(format), None, None)
    }

    #[test]
    fn hidden_and_foreign_files_do_not_count() {
        let parquet = of(FormatName::Parquet);
        for (relative, admitted) in [
            ("a.parquet", true),
            ("month=1/a.parquet", true),
            ("_month=1/a.parquet", true),
            ("sub/a.parquet", false),
            ("_a.parquet", false),
            (".a.parquet", false),
            ("_delta_log/0.checkpoint.parquet", false),
            ("a.csv", false),
            ("a.parquet.crc", false),
        ] {
            assert_eq!(parquet.admits(relative, false), admitted, "{relative}");
        }
        assert!(parquet.admits("sub/a.parquet", true));
    }

    #[test]
    fn a_glob_replaces_the_endings_and_the_depth() {
        let selection = Selection::new(Some(FormatName::Csv), None, Some(Glob::parse("*/*.dat").unwrap()));
        assert!(selection.admits("sub/a.dat", false));
        assert!(!selection.admits("a.dat", true));
        let both = Selection::new(Some(FormatName::Csv), Some("dat"), Some(Glob::parse("*").unwrap()));
        assert!(both.admits("a.dat", false));
        assert!(!both.admits("a.csv", false));
    }

    #[test]
    fn text_files_may_be_compressed() {
        let csv = of(FormatName::Csv);
        for name in ["a.csv", "a.tsv", "a.csv.gz", "a.csv.zst"] {
            assert!(csv.admits(name, false), "{name}");
        }
        assert!(!of(FormatName::Parquet).admits("a.parquet.gz", false));
    }
}
