//! One task of a partitioned write: a file per partition, the least recently used finished early when there are many.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::row::OwnedRow;
use datafusion::execution::memory_pool::MemoryReservation;

use super::WrittenFile;
use super::file::{OpenFile, Place};
use super::run::Task;
use super::split::{Part, Splitter};
use crate::error::Result;
use crate::io::hive::{NULL_VALUE, encode};
use crate::io::listing::from_io;

/// The open files of one task.
pub(super) struct PartitionedFiles {
    task: Task,
    splitter: Splitter,
    most_open: usize,
    open: HashMap<OwnedRow, Open>,
    folders: HashMap<OwnedRow, Folder>,
    clock: u64,
    reservation: MemoryReservation,
    finished: Vec<WrittenFile>,
}

struct Open {
    file: OpenFile,
    used: u64,
}

#[derive(Clone)]
struct Folder {
    /// Folder names, outermost first.
    names: Arc<[String]>,
    values: BTreeMap<String, Option<String>>,
}

impl PartitionedFiles {
    /// For one task that may have `most_open` files at once.
    pub(super) fn new(task: Task, most_open: usize, reservation: MemoryReservation) -> Result<Self> {
        let splitter = Splitter::new(Arc::clone(&task.columns))?;
        Ok(Self {
            task,
            splitter,
            most_open: most_open.max(1),
            open: HashMap::new(),
            folders: HashMap::new(),
            clock: 0,
            reservation,
            finished: Vec::new(),
        })
    }

    /// Adds the rows of a batch to their files.
    pub(super) async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        for part in self.splitter.split(batch)? {
            self.write_part(batch, part).await?;
        }
        self.account().await
    }

    async fn write_part(&mut self, batch: &RecordBatch, part: Part) -> Result<()> {
        self.clock += 1;
        if let Some(open) = self.open.get_mut(&part.key) {
            open.used = self.clock;
            return open.file.write(&part.rows).await;
        }
        if self.open.len() >= self.most_open {
            self.finish_oldest().await?;
        }
        let folder = self.folder(batch, &part).await?;
        let mut file = self.create(&folder).await?;
        file.write(&part.rows).await?;
        self.open.insert(part.key, Open { file, used: self.clock });
        Ok(())
    }

    async fn create(&mut self, folder: &Folder) -> Result<OpenFile> {
        let name = self.task.next_name();
        let below = |root: &std::path::Path| folder.names.iter().fold(root.to_path_buf(), |path, name| path.join(name)).join(&name);
        let place = Place { staged: below(&self.task.staged), published: below(&self.task.published), partition: folder.values.clone() };
        OpenFile::create(place, Arc::clone(&self.task.columns.file), self.task.properties.clone()).await
    }

    /// The folder of a partition; made when it is first seen.
    async fn folder(&mut self, batch: &RecordBatch, part: &Part) -> Result<Folder> {
        if let Some(known) = self.folders.get(&part.key) {
            return Ok(known.clone());
        }
        let values = self.splitter.values(batch, part.sample)?;
        let name = |(key, value): &(String, Option<String>)| {
            let value = value.as_deref().map_or_else(|| NULL_VALUE.to_owned(), encode);
            format!("{}={value}", encode(key))
        };
        let folder = Folder { names: values.iter().map(name).collect(), values: values.into_iter().collect() };
        let mut path = self.task.staged.clone();
        for name in folder.names.iter() {
            path.push(name);
            // Level by level: the staging folder itself is never made again once it was removed.
            match tokio::fs::create_dir(&path).await {
                Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => return Err(from_io(&error, &path)),
                _ => {}
            }
        }
        self.folders.insert(part.key.clone(), folder.clone());
        Ok(folder)
    }

    async fn finish_oldest(&mut self) -> Result<()> {
        let oldest = self.open.iter().min_by_key(|(_, open)| open.used).map(|(key, _)| key.clone());
        if let Some(open) = oldest.and_then(|key| self.open.remove(&key)) {
            self.finished.push(open.file.finish().await?);
        }
        Ok(())
    }

    /// Pays for the memory of the open files; writes out the largest ones when the pool refuses.
    async fn account(&mut self) -> Result<()> {
        loop {
            let held: usize = self.open.values().map(|open| open.file.memory()).sum();
            let Err(refused) = self.reservation.try_resize(held) else { return Ok(()) };
            match self.open.values_mut().max_by_key(|open| open.file.memory()) {
                Some(largest) if largest.file.rows_waiting() > 0 => largest.file.flush().await?,
                _ => return Err(refused.into()),
            }
        }
    }

    /// Finishes every file.
    pub(super) async fn finish(mut self) -> Result<Vec<WrittenFile>> {
        for (_, open) in self.open.drain() {
            self.finished.push(open.file.finish().await?);
        }
        Ok(self.finished)
    }
}
