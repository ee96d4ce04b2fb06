//! The object store of local files.
//!
//! Handing a read to another thread and back costs more than a small read of what the system holds in memory. Such a read is
//! tried where it is asked for, in ways that never wait for a disk; whatever does not come at once is left to the threads that
//! may wait.

use std::fmt::{self, Display, Formatter};
use std::fs::{File, Metadata};
use std::io::{self, IoSliceMut};
use std::ops::Range;
use std::os::unix::fs::MetadataExt;
use std::path::Path as FilePath;
use std::time::SystemTime;

use async_trait::async_trait;
use bytes::Bytes;
use futures::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path;
use object_store::{
    Attributes, CopyOptions, GetOptions, GetResult, GetResultPayload, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    PutMultipartOptions, PutOptions, PutPayload, PutResult, RenameOptions, Result,
};
use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::{Errno, ReadWriteFlags, preadv2};

/// More than this is not copied on a thread that runs plans.
const MOST_BYTES_AT_ONCE: u64 = 1 << 20;

/// Local files by their absolute paths.
#[derive(Debug, Default)]
pub struct LocalStore {
    waiting: LocalFileSystem,
}

impl LocalStore {
    /// A store of the whole file system.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl Display for LocalStore {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.waiting, formatter)
    }
}

#[async_trait]
impl ObjectStore for LocalStore {
    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        if is_plain(&options)
            && let Some(found) = found_at_once(&self.waiting.path_to_filesystem(location)?, location)
        {
            return found;
        }
        self.waiting.get_opts(location, options).await
    }

    async fn get_ranges(&self, location: &Path, ranges: &[Range<u64>]) -> Result<Vec<Bytes>> {
        if let Some(found) = bytes_at_once(&self.waiting.path_to_filesystem(location)?, ranges) {
            return Ok(found);
        }
        self.waiting.get_ranges(location, ranges).await
    }

    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        self.waiting.put_opts(location, payload, options).await
    }

    async fn put_multipart_opts(&self, location: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        self.waiting.put_multipart_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.waiting.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.waiting.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.waiting.list_with_offset(prefix, offset)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.waiting.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.waiting.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.waiting.rename_opts(from, to, options).await
    }
}

/// Whether the whole file is asked for, or its facts, under no conditions.
fn is_plain(options: &GetOptions) -> bool {
    let GetOptions { if_match, if_none_match, if_modified_since, if_unmodified_since, range, version, head: _, extensions: _ } = options;
    range.is_none()
        && version.is_none()
        && if_match.is_none()
        && if_none_match.is_none()
        && if_modified_since.is_none()
        && if_unmodified_since.is_none()
}

/// Opens a file whose path the system knows, or says that there is none. A pipe is not waited for.
fn open_at_once(path: &FilePath) -> std::result::Result<File, Errno> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    openat2(CWD, path, flags, Mode::empty(), ResolveFlags::CACHED).map(File::from)
}

fn found_at_once(path: &FilePath, location: &Path) -> Option<Result<GetResult>> {
    let file = match open_at_once(path) {
        Ok(file) => file,
        Err(Errno::NOENT) => return Some(Err(missing(path))),
        Err(_) => return None,
    };
    let metadata = file.metadata().ok().filter(Metadata::is_file)?;
    let meta = object_meta(&metadata, location)?;
    Some(Ok(GetResult {
        range: 0..meta.size,
        meta,
        attributes: Attributes::default(),
        payload: GetResultPayload::File(file, path.to_owned()),
    }))
}

fn missing(path: &FilePath) -> object_store::Error {
    object_store::Error::NotFound { path: path.display().to_string(), source: io::Error::from(Errno::NOENT).into() }
}

/// The facts as [`LocalFileSystem`] tells them, since caches compare the facts of both.
fn object_meta(metadata: &Metadata, location: &Path) -> Option<ObjectMeta> {
    let modified = metadata.modified().ok()?;
    let micros = modified.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_micros();
    Some(ObjectMeta {
        location: location.clone(),
        last_modified: modified.into(),
        size: metadata.len(),
        e_tag: Some(format!("{:x}-{micros:x}-{:x}", metadata.ino(), metadata.len())),
        version: None,
    })
}

fn bytes_at_once(path: &FilePath, ranges: &[Range<u64>]) -> Option<Vec<Bytes>> {
    let bytes = ranges.iter().try_fold(0u64, |sum, range| sum.checked_add(range.end.checked_sub(range.start)?))?;
    if bytes > MOST_BYTES_AT_ONCE {
        return None;
    }
    let file = open_at_once(path).ok()?;
    ranges.iter().map(|range| range_at_once(&file, range)).collect()
}

/// The bytes of a range where all of them are in memory.
fn range_at_once(file: &File, range: &Range<u64>) -> Option<Bytes> {
    let mut bytes = vec![0; usize::try_from(range.end - range.start).ok()?];
    let read = preadv2(file, &mut [IoSliceMut::new(&mut bytes)], range.start, ReadWriteFlags::NOWAIT).ok()?;
    (read == bytes.len()).then(|| bytes.into())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use object_store::ObjectStoreExt;
    use rustix::fs::{Advice, FileType, fadvise, mknodat};
    use tempfile::TempDir;

    use super::*;

    const SIZE: usize = 3 << 20;

    fn file_of_bytes() -> (TempDir, Path, File) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("some.bin");
        fs::write(&path, (0..SIZE).map(|at| (at % 251) as u8).collect::<Vec<_>>()).unwrap();
        let file = File::open(&path).unwrap();
        file.sync_all().unwrap();
        (folder, Path::from_absolute_path(&path).unwrap(), file)
    }

    #[tokio::test]
    async fn facts_are_those_of_the_plain_store() {
        let (folder, path, _file) = file_of_bytes();
        let (store, plain) = (LocalStore::new(), LocalFileSystem::new());
        assert_eq!(store.head(&path).await.unwrap(), plain.head(&path).await.unwrap());
        let whole = store.get(&path).await.unwrap();
        assert_eq!((whole.range.clone(), whole.bytes().await.unwrap().len()), (0..SIZE as u64, SIZE));
        for nothing in [path.clone().join("below"), Path::from_absolute_path(folder.path()).unwrap(), Path::from("none/at/all")] {
            let (error, expected) = (store.head(&nothing).await.unwrap_err(), plain.head(&nothing).await.unwrap_err());
            assert_eq!(error.to_string(), expected.to_string());
        }
    }

    #[tokio::test]
    async fn bytes_are_those_of_the_plain_store_whether_the_system_holds_them_or_not() {
        let (_folder, path, file) = file_of_bytes();
        let (store, plain) = (LocalStore::new(), LocalFileSystem::new());
        let end = SIZE as u64;
        for ranges in [vec![], vec![0..4], vec![end - 9..end, 5..70_000], vec![0..end], vec![0..MOST_BYTES_AT_ONCE, 7..9]] {
            let expected = plain.get_ranges(&path, &ranges).await.unwrap();
            assert_eq!(store.get_ranges(&path, &ranges).await.unwrap(), expected);
            fadvise(&file, 0, None, Advice::DontNeed).unwrap();
            assert_eq!(store.get_ranges(&path, &ranges).await.unwrap(), expected);
        }
        for outside in [end..end + 8, end + 1..end + 2] {
            let (error, expected) = (store.get_ranges(&path, &[outside.clone()]).await, plain.get_ranges(&path, &[outside]).await);
            assert_eq!(error.map_err(|error| error.to_string()), expected.map_err(|error| error.to_string()));
        }
    }

    #[test]
    fn what_is_held_is_read_at_once_and_nothing_else_is_waited_for() {
        let (folder, _, _file) = file_of_bytes();
        let path = folder.path().join("some.bin");
        fs::read(&path).unwrap();
        // Not every file system can say that it would have to wait.
        let found = bytes_at_once(&path, &[3..5, 0..1]);
        assert!(found.is_none_or(|bytes| bytes == [Bytes::from_static(&[3, 4]), Bytes::from_static(&[0])]));
        assert_eq!(bytes_at_once(&path, &[0..MOST_BYTES_AT_ONCE + 1]), None);
        let pipe = folder.path().join("pipe");
        mknodat(CWD, &pipe, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
        assert!(found_at_once(&pipe, &Path::from("pipe")).is_none());
    }
}
