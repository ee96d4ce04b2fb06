//! Files: where data is, how it becomes a table, how results become files.

pub mod destination;
pub mod facts;
pub mod file_table;
pub mod format;
pub mod hive;
pub mod infer;
pub mod listing;
#[cfg(target_os = "linux")]
pub mod local_store;
#[cfg(not(target_os = "linux"))]
pub mod local_store {
    //! The object store of local files.
    pub use object_store::local::LocalFileSystem as LocalStore;
}
pub mod location;
pub mod memory;
pub(crate) mod memory_rewrite;
pub mod probe;
pub mod source;
pub mod table;
pub mod text;
pub mod write;
