//! What is at the place a write is meant for.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::listing::{from_io, hidden};
use crate::error::{EngineError, ErrorCode, Result};
use crate::panic::joined;

/// The state of a destination.
#[expect(clippy::struct_excessive_bools, reason = "each is one fact about the destination")]
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destination {
    /// Something is there.
    pub exists: bool,
    /// It is a folder.
    pub directory: bool,
    /// A folder without entries, or a file without bytes.
    pub empty: bool,
    /// Names of what is not part of a Parquet dataset, relative to the destination; at most [`MOST_FOREIGN`].
    pub foreign: Vec<String>,
    /// It is a Delta table.
    pub is_delta: bool,
}

/// Foreign files that are named.
pub const MOST_FOREIGN: usize = 100;

/// The ending of the files written here.
const ENDING: &str = ".parquet";

/// What a Parquet file begins with.
const MAGIC: &[u8] = b"PAR1";

impl Destination {
    /// Looks at a path, off the threads that run plans.
    pub async fn look(path: &Path) -> Result<Self> {
        let path = path.to_path_buf();
        joined(tokio::task::spawn_blocking(move || Self::inspect(&path)).await)?
    }

    /// Looks at a path.
    pub fn inspect(path: &Path) -> Result<Self> {
        let found = match fs::metadata(path) {
            Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound) => return Ok(Self::default()),
            found => found.map_err(|error| from_io(&error, path))?,
        };
        if !found.is_dir() {
            let foreign = if found.len() > 0 && !is_parquet(path)? { vec![name_of(path)] } else { Vec::new() };
            return Ok(Self { exists: true, empty: found.len() == 0, foreign, ..Self::default() });
        }
        let mut folder = Self { exists: true, directory: true, empty: true, ..Self::default() };
        let mut pending = vec![path.to_path_buf()];
        while let Some(next) = pending.pop() {
            folder.walk(path, &next, &mut pending)?;
        }
        folder.foreign.sort_unstable();
        folder.foreign.truncate(MOST_FOREIGN);
        Ok(folder)
    }

    fn walk(&mut self, root: &Path, folder: &Path, pending: &mut Vec<PathBuf>) -> Result<()> {
        for entry in fs::read_dir(folder).map_err(|error| from_io(&error, folder))? {
            let entry = entry.map_err(|error| from_io(&error, folder))?;
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let kind = entry.file_type().map_err(|error| from_io(&error, &path))?;
            self.empty = false;
            let own = if kind.is_dir() {
                if folder == root && name == "_delta_log" {
                    self.is_delta = true;
                }
                let enter = !hidden(&name);
                if enter {
                    pending.push(path.clone());
                }
                enter
            } else {
                // A link to a folder is somebody's arrangement, not a data file.
                hidden(&name) || (name.ends_with(ENDING) && !path.is_dir())
            };
            if !own && self.foreign.len() <= MOST_FOREIGN {
                let relative = path.strip_prefix(root).unwrap_or(&path);
                self.foreign.push(relative.to_string_lossy().into_owned());
            }
        }
        Ok(())
    }

    /// `IO.DESTINATION_EXISTS {path}` unless there is nothing; an empty folder is nothing, where a folder is written.
    pub fn must_be_free(&self, path: &Path, single: bool) -> Result<()> {
        match !self.exists || (self.directory && self.empty && !single) {
            true => Ok(()),
            false => Err(exists(path)),
        }
    }

    /// `IO.DESTINATION_FOREIGN {path, files}` unless it is a folder, or nothing: files are added to no other thing.
    pub fn may_be_added_to(&self, path: &Path, single: bool) -> Result<()> {
        let why = if self.is_delta {
            "it is a Delta table; register it as one"
        } else if single || (self.exists && !self.directory) {
            "it is one file; use a folder"
        } else {
            return Ok(());
        };
        Err(EngineError::new(ErrorCode::IoDestinationForeign, format!("No files are added to '{}': {why}.", path.display()))
            .with("path", path.display().to_string())
            .with("files", &self.foreign))
    }

    /// `IO.DESTINATION_FOREIGN {path, files}` when replacing it would destroy something else than a Parquet dataset.
    pub fn may_be_replaced(&self, path: &Path, single: bool) -> Result<()> {
        let why = if !self.exists {
            return Ok(());
        } else if self.is_delta {
            "it is a Delta table; write it with writeDelta, or choose another place".to_owned()
        } else if single && self.directory {
            "it is a folder and a single file is written; remove it first, or choose another place".to_owned()
        } else if !single && !self.directory {
            "it is a file and a folder is written; remove it first, or choose another place".to_owned()
        } else if let Some(first) = self.foreign.first() {
            format!("it holds what is not Parquet ('{first}'); move that away, or choose another place")
        } else {
            return Ok(());
        };
        Err(EngineError::new(ErrorCode::IoDestinationForeign, format!("'{}' is not overwritten: {why}.", path.display()))
            .with("path", path.display().to_string())
            .with("files", &self.foreign))
    }
}

/// `IO.DESTINATION_EXISTS {path}`.
#[must_use]
pub fn exists(path: &Path) -> EngineError {
    EngineError::new(
        ErrorCode::IoDestinationExists,
        format!("There is already something at '{}'; choose another place, or use mode 'overwrite'.", path.display()),
    )
    .with("path", path.display().to_string())
}

fn is_parquet(path: &Path) -> Result<bool> {
    let mut start = Vec::with_capacity(MAGIC.len());
    let file = fs::File::open(path).map_err(|error| from_io(&error, path))?;
    file.take(MAGIC.len() as u64).read_to_end(&mut start).map_err(|error| from_io(&error, path))?;
    Ok(start == MAGIC)
}

fn name_of(path: &Path) -> String {
    path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_tells_what_is_foreign() {
        let root = tempfile::tempdir().unwrap();
        let at = root.path().join("out");
        assert_eq!(Destination::inspect(&at).unwrap(), Destination::default());
        fs::create_dir_all(at.join("month=1")).unwrap();
        fs::create_dir_all(at.join(".git")).unwrap();
        for name in ["month=1/a.parquet", "_SUCCESS", "month=1/notes.txt"] {
            fs::write(at.join(name), "x").unwrap();
        }
        let found = Destination::inspect(&at).unwrap();
        assert_eq!(found.foreign, [".git", "month=1/notes.txt"]);
        assert_eq!((found.exists, found.directory, found.empty, found.is_delta), (true, true, false, false));
        assert_eq!(found.must_be_free(&at, false).unwrap_err().code, ErrorCode::IoDestinationExists);
        assert_eq!(found.may_be_replaced(&at, false).unwrap_err().code, ErrorCode::IoDestinationForeign);
    }

    #[test]
    fn a_delta_table_is_not_replaced() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("_delta_log")).unwrap();
        let found = Destination::inspect(root.path()).unwrap();
        assert!(found.is_delta);
        assert_eq!(found.may_be_replaced(root.path(), false).unwrap_err().code, ErrorCode::IoDestinationForeign);
    }

    #[test]
    fn an_empty_folder_is_free_for_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let found = Destination::inspect(root.path()).unwrap();
        assert!(found.must_be_free(root.path(), false).is_ok());
        assert!(found.must_be_free(root.path(), true).is_err());
        assert!(found.may_be_replaced(root.path(), true).is_err());
    }

    #[test]
    fn a_file_is_replaced_by_a_file_when_it_is_parquet() {
        let root = tempfile::tempdir().unwrap();
        let at = root.path().join("a.parquet");
        fs::write(&at, "PAR1...").unwrap();
        assert!(Destination::inspect(&at).unwrap().may_be_replaced(&at, true).is_ok());
        assert!(Destination::inspect(&at).unwrap().may_be_replaced(&at, false).is_err());
        fs::write(&at, "a,b\n").unwrap();
        assert_eq!(Destination::inspect(&at).unwrap().foreign, ["a.parquet"]);
    }
}
