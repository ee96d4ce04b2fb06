//! Preparing a table over files.

use std::sync::Arc;

use arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::execution::session_state::SessionState;
use object_store::ObjectMeta;

use super::{Known, ListingRequest, reply};
use crate::error::{EngineError, Result};
use crate::io::file_table::{FileTable, FileTableParts, positional};
use crate::io::format::{CsvRead, FormatName, Reading};
use crate::io::infer::facts::FileFactsCache;
use crate::io::listing::{Listing, Selection};
use crate::io::location::{Glob, Location};
use crate::io::text::csv::Header;
use crate::io::{hive, infer};
use crate::schema::field::{NestedField, fields_of, schema_of};
use crate::session::Session;
use crate::sql::url_tables;
use crate::wire::Reply;

impl Session {
    pub(super) async fn prepare_listing(&self, request: &ListingRequest) -> Result<Reply> {
        let state = self.state()?;
        let (table, known) = listed(request, &state, None).await?;
        reply(Arc::new(table), known)
    }
}

/// The table that a location stands for in a statement that is planned with a state.
pub(crate) async fn url_table(request: &ListingRequest, url: &str, state: &SessionState) -> Result<FileTable> {
    Ok(listed(request, state, Some(url)).await?.0)
}

async fn listed(request: &ListingRequest, state: &SessionState, url: Option<&str>) -> Result<(FileTable, Known)> {
    let reading = reading(request)?;
    let declared = declared(request, &reading)?;
    let typed = partition_fields(request)?;
    let location = Location::parse(&request.location)?;
    let listing = Listing::open(&location, request.files.as_deref(), selection(request)?).await?;
    // What the session remembers of the folder may be older than what is there now.
    listing.forget(state);
    let files = listing.list(state).await?;
    if url.is_some() {
        url_tables::check_files(&files, state)?;
    }
    let partitions = match request.hive {
        true => hive::columns(&listing, &files, typed.as_deref())?,
        false => arrow::datatypes::Fields::empty(),
    };
    check_values(&listing, &files, &partitions)?;
    let facts = FileFactsCache::default();
    let stored = match (files.is_empty(), &declared) {
        (true, None) => return Err(listing.nothing_found()),
        (true, Some(declared)) => Arc::clone(declared),
        (false, declared) => named(&reading, infer::stored(state, &reading, &files, &facts).await?, declared.as_ref()),
    };
    let known = Known {
        stored: Some(if files.is_empty() { Vec::new() } else { fields_of(&stored) }),
        partition_columns: partitions.iter().map(|field| field.name().clone()).collect(),
        files: Some(files.len() as u64),
        bytes: Some(files.iter().map(|file| file.size).sum()),
        rows: None,
    };
    let url = url.map(str::to_owned);
    Ok((FileTable::new(FileTableParts { listing, reading, stored, declared, partitions, facts, url })?, known))
}

fn reading(request: &ListingRequest) -> Result<Reading> {
    if request.csv.is_some() && request.format != FormatName::Csv {
        return Err(EngineError::bad_request("$.csv", "the format is not csv"));
    }
    if request.json.is_some() && request.format != FormatName::Json {
        return Err(EngineError::bad_request("$.json", "the format is not json"));
    }
    Ok(match request.format {
        FormatName::Parquet => Reading::Parquet,
        FormatName::Arrow => Reading::Arrow,
        FormatName::Csv => Reading::Csv(CsvRead::new(&request.csv.clone().unwrap_or_default())?),
        FormatName::Json => Reading::Json(request.json.clone().unwrap_or_default()),
    })
}

fn declared(request: &ListingRequest, reading: &Reading) -> Result<Option<SchemaRef>> {
    let Some(fields) = &request.schema else { return Ok(None) };
    let schema = Arc::new(schema_of(fields)?);
    distinct("$.schema", fields)?;
    reading.check_declared(&schema)?;
    Ok(Some(schema))
}

fn partition_fields(request: &ListingRequest) -> Result<Option<Vec<Field>>> {
    let Some(fields) = &request.partition_columns else { return Ok(None) };
    if !request.hive {
        return Err(EngineError::bad_request("$.partitionColumns", "hive is false"));
    }
    distinct("$.partitionColumns", fields)?;
    fields.iter().map(NestedField::to_arrow).collect::<Result<Vec<_>>>().map(Some)
}

fn distinct(path: &str, fields: &[NestedField]) -> Result<()> {
    let mut seen = std::collections::HashSet::new();
    match fields.iter().find(|field| !seen.insert(&field.name)) {
        Some(twice) => Err(EngineError::bad_request(path, format!("the column '{}' is given twice", twice.name))),
        None => Ok(()),
    }
}

fn selection(request: &ListingRequest) -> Result<Selection> {
    let glob = request.glob.as_deref().map(Glob::parse).transpose()?;
    let selection = Selection::new(Some(request.format), request.extension.as_deref(), glob);
    Ok(Selection { hidden: request.include_hidden, recursive: request.recursive, ..selection })
}

/// Every folder has to be a value of its column: found now rather than by the first query.
fn check_values(listing: &Listing, files: &[ObjectMeta], partitions: &arrow::datatypes::Fields) -> Result<()> {
    if partitions.is_empty() {
        return Ok(());
    }
    files.iter().try_for_each(|file| hive::values(listing, file, partitions).map(|_| ()))
}

/// CSV files without a header have the declared names.
fn named(reading: &Reading, stored: SchemaRef, declared: Option<&SchemaRef>) -> SchemaRef {
    match (reading, declared) {
        (Reading::Csv(csv), Some(declared)) if !csv.header => {
            let own = Header(stored.fields().iter().map(|field| field.name().clone()).collect());
            let names = positional(&own, declared);
            let fields: Vec<Field> =
                stored.fields().iter().zip(names.0.iter()).map(|(field, name)| field.as_ref().clone().with_name(name)).collect();
            Arc::new(Schema::new(fields))
        }
        _ => stored,
    }
}
