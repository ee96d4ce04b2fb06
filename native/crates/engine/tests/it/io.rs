//! Files in temporary folders: tables over them, and writes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use deltafuse_engine::call::Call;
use deltafuse_engine::error::{EngineError, Result};
use deltafuse_engine::session::Session;
use deltafuse_engine::session::spec::{CacheSpec, RuntimeEnvSpec, SessionSpec};
use deltafuse_engine::wire::{Attached, Handle, Reply};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{document, open, plan};

mod formats;
mod hive;
mod listings;
mod memory;
mod text;
mod writes;

/// A folder and a session.
struct Disk {
    folder: TempDir,
    session: Arc<Session>,
}

impl Disk {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let settings = settings.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Self { folder: TempDir::new().unwrap(), session: open(SessionSpec { settings, ..SessionSpec::default() }) }
    }

    /// A session that lists folders for every query.
    fn without_listing_cache() -> Self {
        let caches = CacheSpec { list_files_bytes: Some(0), ..CacheSpec::default() };
        let runtime_env = RuntimeEnvSpec { caches, ..RuntimeEnvSpec::default() };
        Self { folder: TempDir::new().unwrap(), session: open(SessionSpec { runtime_env, ..SessionSpec::default() }) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    }

    /// Every file below the folder, sorted.
    fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        walk(self.folder.path(), self.folder.path(), &mut found);
        found.sort();
        found
    }

    async fn prepare(&self, location: &str, more: Value) -> Result<Reply> {
        let mut request = json!({ "v": 1, "kind": "listing", "location": self.text(location) });
        merge(&mut request, more);
        self.session.prepare_table(&Call::of(request.to_string())).await
    }

    /// Registers files as a table and returns what was told of them.
    async fn register(&self, name: &str, location: &str, more: Value) -> Value {
        let reply = self.prepare(location, more).await.unwrap();
        let told = document(&reply);
        self.put(name, reply.handle.unwrap());
        told
    }

    fn put(&self, name: &str, provider: Handle) {
        let ops = json!([{ "op": "put", "name": [name], "provider": { "$handle": 0 }, "replace": true }]);
        let request = json!({ "v": 1, "ops": ops }).to_string();
        let attached = Attached { handles: vec![provider], ..Attached::default() };
        self.session.catalog_apply(&Call { request, attached, ..Call::default() }).unwrap();
    }

    async fn batches(&self, sql: &str) -> Result<Vec<RecordBatch>> {
        let frame = self.session.context()?.sql(sql).await?;
        Ok(frame.collect().await?)
    }

    /// The rows of a query as text; null is `-`.
    async fn rows(&self, sql: &str) -> Vec<String> {
        rows_of(&self.batches(sql).await.unwrap())
    }

    async fn failure(&self, sql: &str) -> EngineError {
        self.batches(sql).await.unwrap_err()
    }

    /// Writes the rows of a query.
    async fn save(&self, sql: &str, location: &str, more: Value) -> Result<Value> {
        let frame = Handle::Frame(plan(&self.session, sql).await);
        self.save_handle(frame, location, more).await
    }

    async fn save_handle(&self, source: Handle, location: &str, more: Value) -> Result<Value> {
        let reply = self.session.write_files(&self.save_call(source, location, more)).await?;
        Ok(document(&reply))
    }

    fn save_call(&self, source: Handle, location: &str, more: Value) -> Call {
        let mut request = json!({
            "v": 1, "source": { "$handle": 0 }, "location": self.text(location), "format": "parquet",
            "mode": "error", "single": false, "writeId": "w0",
        });
        merge(&mut request, more);
        let attached = Attached { handles: vec![source], ..Attached::default() };
        Call { request: request.to_string(), attached, ..Call::default() }
    }
}

fn walk(root: &Path, folder: &Path, found: &mut Vec<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            walk(root, &path, found);
        } else {
            found.push(path.strip_prefix(root).unwrap().to_str().unwrap().to_owned());
        }
    }
}

fn merge(request: &mut Value, more: Value) {
    if let (Value::Object(request), Value::Object(more)) = (request, more) {
        request.extend(more);
    }
}

fn rows_of(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::default().with_null("-");
    let mut rows = Vec::new();
    for batch in batches {
        let columns: Vec<ArrayFormatter<'_>> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options).unwrap()).collect();
        for row in 0..batch.num_rows() {
            let values: Vec<String> = columns.iter().map(|column| column.value(row).to_string()).collect();
            rows.push(values.join(" "));
        }
    }
    rows
}

/// `name: type` of each field of a reply.
fn columns(fields: &Value) -> Vec<String> {
    let field = |field: &Value| {
        let required = if field["nullable"] == json!(false) { "!" } else { "" };
        format!("{}: {}{required}", field["name"].as_str().unwrap(), field["type"]["type"].as_str().unwrap())
    };
    fields.as_array().unwrap().iter().map(field).collect()
}

/// A field of a request.
fn field(name: &str, data_type: &str) -> Value {
    json!({ "name": name, "type": { "type": data_type } })
}
