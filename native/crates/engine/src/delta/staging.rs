//! The data files of an operation that has not committed yet.
//!
//! Files are written before the commit that names them. When the commit does not happen they are removed again, so
//! that a failed or cancelled operation leaves nothing behind.

use std::fmt::{self, Display, Formatter};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use futures::StreamExt;
use futures::stream::BoxStream;
use object_store::path::Path;
use object_store::{
    CopyOptions, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore, ObjectStoreExt, PutMultipartOptions,
    PutOptions, PutPayload, PutResult, RenameOptions, Result, UploadPart,
};
use parking_lot::Mutex;
use tokio::sync::watch;

/// How long a discard waits for writers that have not stopped yet.
const WAIT_FOR_WRITERS: Duration = Duration::from_secs(10);

/// The files written so far.
#[derive(Debug)]
pub(super) struct Staging {
    paths: Mutex<Vec<Path>>,
    closed: AtomicBool,
    running: Arc<watch::Sender<usize>>,
}

impl Default for Staging {
    fn default() -> Self {
        Self { paths: Mutex::default(), closed: AtomicBool::new(false), running: Arc::new(watch::Sender::new(0)) }
    }
}

/// One file being written.
#[derive(Debug)]
struct Running(Arc<watch::Sender<usize>>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

impl Staging {
    /// The store through which the operation writes its data files.
    pub(super) fn store(self: &Arc<Self>, inner: Arc<dyn ObjectStore>) -> Arc<dyn ObjectStore> {
        Arc::new(StagedStore { inner, staging: Arc::clone(self) })
    }

    /// Removes every file written, now and by writers that have not stopped yet. Returns what was removed.
    pub(super) async fn discard(&self, store: &dyn ObjectStore) -> Vec<Path> {
        self.closed.store(true, Ordering::Release);
        let mut running = self.running.subscribe();
        // A writer that does not stop in time removes its file itself.
        let _ = tokio::time::timeout(WAIT_FOR_WRITERS, running.wait_for(|running| *running == 0)).await;
        let paths = std::mem::take(&mut *self.paths.lock());
        for path in &paths {
            // A file that cannot be removed is not part of the table; vacuum removes it later.
            let _ = store.delete(path).await;
        }
        paths
    }

    fn admit(&self, path: &Path) -> Result<Running> {
        self.running.send_modify(|running| *running += 1);
        let running = Running(Arc::clone(&self.running));
        if self.closed.load(Ordering::Acquire) {
            return Err(ended());
        }
        self.paths.lock().push(path.clone());
        Ok(running)
    }

    /// Called when a file is complete: a discard that ran meanwhile has missed it.
    async fn settle(&self, store: &dyn ObjectStore, path: &Path) -> Result<()> {
        if self.closed.load(Ordering::Acquire) {
            let _ = store.delete(path).await;
            return Err(ended());
        }
        Ok(())
    }
}

fn ended() -> object_store::Error {
    object_store::Error::Generic { store: "delta", source: "the operation has ended".into() }
}

#[derive(Debug)]
struct StagedStore {
    inner: Arc<dyn ObjectStore>,
    staging: Arc<Staging>,
}

impl Display for StagedStore {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        write!(formatter, "Staged({})", self.inner)
    }
}

#[async_trait]
impl ObjectStore for StagedStore {
    async fn put_opts(&self, location: &Path, payload: PutPayload, options: PutOptions) -> Result<PutResult> {
        let _running = self.staging.admit(location)?;
        let result = self.inner.put_opts(location, payload, options).await?;
        self.staging.settle(self.inner.as_ref(), location).await?;
        Ok(result)
    }

    async fn put_multipart_opts(&self, location: &Path, options: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        let running = self.staging.admit(location)?;
        let inner = self.inner.put_multipart_opts(location, options).await?;
        let (store, staging) = (Arc::clone(&self.inner), Arc::clone(&self.staging));
        Ok(Box::new(StagedUpload { inner, store, staging, path: location.clone(), _running: running }))
    }

    async fn get_opts(&self, location: &Path, options: GetOptions) -> Result<GetResult> {
        self.inner.get_opts(location, options).await
    }

    fn delete_stream(&self, locations: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.inner.delete_stream(locations)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list(prefix)
    }

    fn list_with_offset(&self, prefix: Option<&Path>, offset: &Path) -> BoxStream<'static, Result<ObjectMeta>> {
        self.inner.list_with_offset(prefix, offset).boxed()
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.inner.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, from: &Path, to: &Path, options: CopyOptions) -> Result<()> {
        self.inner.copy_opts(from, to, options).await
    }

    async fn rename_opts(&self, from: &Path, to: &Path, options: RenameOptions) -> Result<()> {
        self.inner.rename_opts(from, to, options).await
    }
}

#[derive(Debug)]
struct StagedUpload {
    inner: Box<dyn MultipartUpload>,
    store: Arc<dyn ObjectStore>,
    staging: Arc<Staging>,
    path: Path,
    // Dropped after the upload itself, which then has removed what it staged.
    _running: Running,
}

#[async_trait]
impl MultipartUpload for StagedUpload {
    fn put_part(&mut self, data: PutPayload) -> UploadPart {
        self.inner.put_part(data)
    }

    async fn complete(&mut self) -> Result<PutResult> {
        let result = self.inner.complete().await?;
        self.staging.settle(self.store.as_ref(), &self.path).await?;
        Ok(result)
    }

    async fn abort(&mut self) -> Result<()> {
        self.inner.abort().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use object_store::memory::InMemory;

    #[tokio::test]
    async fn a_discard_removes_what_was_written_and_refuses_what_follows() {
        let inner: Arc<dyn ObjectStore> = Arc::new(InMemory::new());
        let staging = Arc::new(Staging::default());
        let store = staging.store(Arc::clone(&inner));
        let mut upload = store.put_multipart(&Path::from("late")).await.unwrap();
        store.put(&Path::from("first"), "x".into()).await.unwrap();
        upload.put_part("y".into()).await.unwrap();
        let finish = async {
            tokio::task::yield_now().await;
            assert!(upload.complete().await.is_err());
            drop(upload);
        };
        tokio::join!(staging.discard(inner.as_ref()), finish);
        assert!(store.put(&Path::from("second"), "x".into()).await.is_err());
        assert_eq!(inner.list(None).count().await, 0);
    }
}
