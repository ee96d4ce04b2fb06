//! The hidden folder a write is made in, and the rename that publishes it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use tokio::runtime::{Handle, RuntimeFlavor};

use super::WriteMode;
use crate::error::{EngineError, Result};
use crate::io::destination::{Destination, exists};
use crate::io::listing::from_io;
use crate::panic::joined;

/// A staging folder beside the destination. Dropping it removes it and every folder made for it.
#[derive(Debug)]
pub struct Staging {
    folder: PathBuf,
    target: PathBuf,
    name: String,
    made: Vec<PathBuf>,
    armed: bool,
}

impl Staging {
    /// Makes `.<name>.deltafuse-<writeId>` beside the destination, and the folders above it that are missing.
    pub async fn open(destination: &Path, write_id: &str) -> Result<Self> {
        let (destination, write_id) = (destination.to_path_buf(), write_id.to_owned());
        joined(tokio::task::spawn_blocking(move || Self::make(&destination, &write_id)).await)?
    }

    fn make(destination: &Path, write_id: &str) -> Result<Self> {
        let refuse = || EngineError::bad_request("$.location", "it is the root folder");
        let (parent, name) = match fs::canonicalize(destination) {
            // Behind a link the folder itself is replaced, not the link.
            Ok(real) => (real.parent().ok_or_else(refuse)?.to_path_buf(), real.file_name().map(ToOwned::to_owned)),
            Err(_) => (destination.parent().ok_or_else(refuse)?.to_path_buf(), destination.file_name().map(ToOwned::to_owned)),
        };
        let name = name.ok_or_else(refuse)?;
        let mut staging = Self {
            folder: parent.join(format!(".{}.deltafuse-{write_id}", name.to_string_lossy())),
            target: parent.join(&name),
            name: name.to_string_lossy().into_owned(),
            made: Vec::new(),
            armed: true,
        };
        staging.make_parents(&parent)?;
        if let Err(error) = fs::create_dir(&staging.folder) {
            // The folder is another write's.
            let problem = from_io(&error, &staging.folder);
            staging.remove_parents();
            staging.armed = false;
            return Err(problem);
        }
        Ok(staging)
    }

    fn make_parents(&mut self, parent: &Path) -> Result<()> {
        let missing: Vec<&Path> = parent.ancestors().take_while(|folder| !folder.exists()).collect();
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => self.made.push(folder.to_path_buf()),
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(from_io(&error, folder)),
            }
        }
        Ok(())
    }

    /// Where files are written.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What the write publishes.
    #[must_use]
    pub fn target(&self) -> &Path {
        &self.target
    }

    /// The last part of the destination's path.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Removes everything staged.
    pub async fn discard(self) {
        // Dropping does the work; what it cannot remove stays hidden.
        let _ = tokio::task::spawn_blocking(move || drop(self)).await;
    }

    /// Publishes: from here on the write cannot be interrupted. Returns the destination.
    ///
    /// `IO.DESTINATION_EXISTS` and `IO.DESTINATION_FOREIGN` when somebody else has written there meanwhile.
    pub async fn commit(mut self, mode: WriteMode, single: bool) -> Result<PathBuf> {
        let folder = self.folder.clone();
        let synced = tokio::task::spawn_blocking(move || sync_folders(&folder)).await;
        if let Err(error) = joined(synced)? {
            let error = from_io(&error, &self.folder);
            self.discard().await;
            return Err(error);
        }
        // No await between here and the end: a dropped call cannot stop a commit that has begun.
        without_blocking_others(|| self.publish(mode, single))?;
        Ok(self.target.clone())
    }

    fn publish(&mut self, mode: WriteMode, single: bool) -> Result<()> {
        let staged = if single { self.folder.join(&self.name) } else { self.folder.clone() };
        match mode {
            WriteMode::Error => self.place(&staged, single)?,
            WriteMode::Overwrite => self.replace(&staged, single)?,
            WriteMode::Append => self.add(&staged)?,
        }
        self.armed = false;
        // The write has landed; what is left over is hidden and says whose it is.
        let _ = fs::remove_dir_all(&self.folder);
        if let Some(parent) = self.target.parent() {
            let _ = sync_folder(parent);
        }
        Ok(())
    }

    fn place(&self, staged: &Path, single: bool) -> Result<()> {
        let placed = if single { rename_file_if_free(staged, &self.target) } else { fs::rename(staged, &self.target) };
        placed.map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty | io::ErrorKind::NotADirectory => exists(&self.target),
            _ => from_io(&error, &self.target),
        })
    }

    fn replace(&self, staged: &Path, single: bool) -> Result<()> {
        let found = Destination::inspect(&self.target)?;
        found.may_be_replaced(&self.target, single)?;
        let replaced = if single || !found.exists { fs::rename(staged, &self.target) } else { swap_folders(staged, &self.target) };
        replaced.map_err(|error| from_io(&error, &self.target))
    }

    /// Moves the files into the folder: all, or none. Their names are of this write alone.
    fn add(&self, staged: &Path) -> Result<()> {
        if !self.target.exists() {
            return self.place(staged, false);
        }
        Destination::inspect(&self.target)?.may_be_added_to(&self.target, false)?;
        let mut added = Vec::new();
        let moved = move_files(staged, &self.target, &mut added);
        moved.map_err(|(error, path)| {
            for path in &added {
                // What cannot be taken back was somebody's to take.
                let _ = fs::remove_file(path);
            }
            from_io(&error, &path)
        })
    }

    fn remove_parents(&self) {
        for folder in self.made.iter().rev() {
            // Only while it is empty: anything in it is somebody's.
            let _ = fs::remove_dir(folder);
        }
    }
}

impl Drop for Staging {
    fn drop(&mut self) {
        if !self.armed {
            return;
        }
        // A task that is just ending may add an entry while the folder is being removed.
        for _ in 0..3 {
            match fs::remove_dir_all(&self.folder) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {}
                _ => break,
            }
        }
        self.remove_parents();
    }
}

fn without_blocking_others<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}

/// Moves the files of a folder and of those in it into another, and makes the entries durable.
fn move_files(from: &Path, to: &Path, added: &mut Vec<PathBuf>) -> std::result::Result<(), (io::Error, PathBuf)> {
    let at = |path: &Path| {
        let path = path.to_path_buf();
        move |error| (error, path)
    };
    for entry in fs::read_dir(from).map_err(at(from))? {
        let entry = entry.map_err(at(from))?;
        let (path, goal) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type().map_err(at(&path))?.is_dir() {
            fs::create_dir_all(&goal).map_err(at(&goal))?;
            move_files(&path, &goal, added)?;
        } else {
            rename_file_if_free(&path, &goal).map_err(at(&goal))?;
            added.push(goal);
        }
    }
    sync_folder(to).map_err(at(to))
}

/// Makes the entries of a folder and of those in it durable.
fn sync_folders(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            sync_folders(&entry.path())?;
        }
    }
    sync_folder(folder)
}

#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Renames unless something has the name.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn rename_file_if_free(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => link_if_free(from, to),
        renamed => renamed.map_err(io::Error::from),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn rename_file_if_free(from: &Path, to: &Path) -> io::Result<()> {
    link_if_free(from, to)
}

fn link_if_free(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to)?;
    fs::remove_file(from)
}

/// Puts `from` at `to` and what was there at `from`: in one step where the system can.
#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn swap_folders(from: &Path, to: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    match renameat_with(CWD, from, CWD, to, RenameFlags::EXCHANGE) {
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS | rustix::io::Errno::NOTSUP) => swap_in_steps(from, to),
        swapped => swapped.map_err(io::Error::from),
    }
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn swap_folders(from: &Path, to: &Path) -> io::Result<()> {
    swap_in_steps(from, to)
}

fn swap_in_steps(from: &Path, to: &Path) -> io::Result<()> {
    let mut old = from.as_os_str().to_owned();
    old.push(".old");
    let old = PathBuf::from(old);
    fs::rename(to, &old)?;
    if let Err(error) = fs::rename(from, to) {
        fs::rename(&old, to)?;
        return Err(error);
    }
    fs::rename(&old, from)
}

#[cfg(test)]
mod tests;
