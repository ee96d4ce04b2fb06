//! Locations that stand for tables in statements: local files, folders and patterns, under the paths of the SQL policy.

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::sync::Arc;

use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::source_as_provider;
use datafusion::error::Result as EngineResult;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::logical_plan::TableScan;
use object_store::ObjectMeta;

use super::check::refused;
use super::overlay::Overlay;
use super::path_guard::{self, Access};
use super::policy::SqlPolicy;
use super::statement::StatementInfo;
use super::verb;
use crate::error::{EngineError, ErrorCode, Result};
use crate::io::file_table::{FileTable, file_table};
use crate::io::format::{CsvSpec, FormatName};
use crate::io::listing::{Listing, Selection, metadata};
use crate::io::location::{Location, local_path};
use crate::io::table::ListingRequest;
use crate::io::table::listing::url_table;
use crate::rules::policy_guard::{PolicyOptions, refusal};
use crate::session::Session;

const FORMATS: [FormatName; 4] = [FormatName::Parquet, FormatName::Csv, FormatName::Json, FormatName::Arrow];

const WILDCARDS: [char; 3] = ['*', '?', '['];

/// What changes files.
const INSTEAD: &str = "COPY … TO, or a registered table";

/// The tables that the locations in a statement stand for, by name. A table of the call or of the catalogue that has the name
/// wins.
pub(super) async fn named(
    session: &Session,
    info: &StatementInfo,
    state: &SessionState,
    overlay: Option<&Arc<Overlay>>,
) -> Result<BTreeMap<String, Arc<dyn TableProvider>>> {
    let mut tables = BTreeMap::new();
    let inner = innermost(info);
    for name in inner.plain_tables.iter().filter(|name| !overlay.is_some_and(|overlay| overlay.has(name))) {
        if !stands(session, name, state) {
            continue;
        }
        let policy = session.policy_of(state);
        admitted(name, inner.kind.as_str(), policy)?;
        if inner.verb == "INSERT" && inner.writes.contains(&verb::table_name(&TableReference::bare(name.as_str()))) {
            return Err(refused("INSERT INTO a location", INSTEAD));
        }
        tables.insert(name.clone(), opened(name, state).await?);
    }
    Ok(tables)
}

/// The table that a name stands for as a location; `None` where it does not.
pub(crate) async fn table(session: &Session, name: &str, state: &SessionState) -> Result<Option<Arc<dyn TableProvider>>> {
    if !stands(session, name, state) {
        return Ok(None);
    }
    admitted(name, "query", session.policy_of(state))?;
    opened(name, state).await.map(Some)
}

/// The statement inside EXPLAIN and PREPARE.
fn innermost(info: &StatementInfo) -> &StatementInfo {
    info.inner.as_deref().map_or(info, innermost)
}

/// Whether a name that no table has is a location.
fn stands(session: &Session, name: &str, state: &SessionState) -> bool {
    let known = || state.schema_for_ref(TableReference::bare(name)).is_ok_and(|schema| schema.table_exist(name));
    session.spec().catalog.url_tables && is_location(name) && !known()
}

/// Whether a name reads as a location.
pub(super) fn is_location(name: &str) -> bool {
    name.contains('/') || format_of(name).is_some()
}

/// Refuses a location where the policy allows none, and one outside of its paths.
fn admitted(location: &str, statement_kind: &str, policy: &SqlPolicy) -> Result<()> {
    if !policy.url_tables {
        return Err(refusal("url_table", statement_kind, policy, Some(location)));
    }
    path_guard::check(location, Access::Read, statement_kind, policy)
}

/// Refuses a table that stands for a location which a policy does not admit.
pub(crate) fn check(table: &dyn TableProvider, policy: &SqlPolicy) -> Result<()> {
    file_table(table).and_then(FileTable::url).map_or(Ok(()), |url| admitted(url, "query", policy))
}

/// Refuses a change of the rows of a location. `SQL.STATEMENT_UNSUPPORTED {statement, use}`.
pub(super) fn check_target(plan: &LogicalPlan) -> Result<()> {
    match plan {
        LogicalPlan::Explain(explain) => check_target(&explain.plan),
        LogicalPlan::Analyze(analyze) => check_target(&analyze.input),
        LogicalPlan::Dml(dml) => {
            let table = source_as_provider(&dml.target)?;
            match file_table(table.as_ref()).and_then(FileTable::url) {
                Some(_) => Err(refused(&format!("{} of a location", dml.op.name()), INSTEAD)),
                None => Ok(()),
            }
        }
        _ => Ok(()),
    }
}

/// Refuses files that lie elsewhere than their paths say, outside of what the policy of a state allows.
pub(crate) fn check_files(files: &[ObjectMeta], state: &dyn EngineSession) -> Result<()> {
    let Some(PolicyOptions { policy }) = state.config_options().extensions.get::<PolicyOptions>() else { return Ok(()) };
    if policy.paths.read.is_none() {
        return Ok(());
    }
    files.iter().try_for_each(|file| path_guard::check_file(&local_path(&file.location)?, policy))
}

/// The location that stands for the table of a scan; `None` for a table that has a name.
pub(crate) fn location(scan: &TableScan) -> EngineResult<Option<String>> {
    let table = source_as_provider(&scan.source)?;
    Ok(file_table(table.as_ref()).and_then(FileTable::url).map(str::to_owned))
}

/// The locations that stand for tables in a plan.
pub(crate) fn locations(plan: &LogicalPlan) -> EngineResult<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            found.extend(location(scan)?);
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(found)
}

/// What tells a location the same wherever its files lie.
pub(crate) fn anywhere(location: &str) -> String {
    let last = location.rsplit('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    format!("<location:{last}>")
}

async fn opened(name: &str, state: &SessionState) -> Result<Arc<dyn TableProvider>> {
    let request = request(name, state).await?;
    let table = match url_table(&request, name, state).await {
        // Folders that are columns in some places only are none.
        Err(error) if request.hive && error.code == ErrorCode::IoPartitionValue => {
            url_table(&ListingRequest { hive: false, ..request }, name, state).await?
        }
        table => table?,
    };
    Ok(Arc::new(table))
}

/// The files that a name stands for, and how they are read.
async fn request(name: &str, state: &SessionState) -> Result<ListingRequest> {
    let (location, glob) = parts(name)?;
    let place = Location::parse(&location).map_err(|error| unusable(name, &error.message))?;
    let (format, tabs) = match &glob {
        Some(glob) => (format_of(glob), is_tabbed(glob)),
        None if metadata(place.path()).await?.is_dir() => content(name, &place, state).await?,
        None => (format_of(&location), is_tabbed(&location)),
    };
    let Some(format) = format else {
        return Err(unusable(name, "its ending tells no format; register it as a table that names one"));
    };
    let csv = tabs.then(|| CsvSpec { delimiter: "\t".to_owned(), ..CsvSpec::default() });
    Ok(ListingRequest {
        location,
        files: None,
        glob,
        format,
        extension: None,
        schema: None,
        partition_columns: None,
        hive: state.config_options().execution.listing_table_factory_infer_partitions,
        csv,
        json: None,
        include_hidden: false,
        recursive: None,
    })
}

/// A location without its pattern, and the pattern. A relative path begins at the current directory.
fn parts(name: &str) -> Result<(String, Option<String>)> {
    let text = match name.split_once(':') {
        None if !name.starts_with('/') => {
            let here = env::current_dir().ok().and_then(|here| here.to_str().map(str::to_owned));
            format!("{}/{name}", here.ok_or_else(|| unusable(name, "the current directory has no name; write an absolute path"))?)
        }
        _ => name.to_owned(),
    };
    let Some(wild) = text.find(WILDCARDS) else { return Ok((text, None)) };
    let folder = text.get(..wild).and_then(|before| before.rfind('/')).map_or(0, |slash| slash + 1);
    let (folder, glob) = text.split_at(folder);
    Ok((folder.to_owned(), Some(glob.to_owned())))
}

/// The one format of the files in a folder.
async fn content(name: &str, place: &Location, state: &SessionState) -> Result<(Option<FormatName>, bool)> {
    if metadata(&place.path().join("_delta_log")).await.is_ok() {
        return Err(unusable(name, "it is a Delta table, whose log tells which files count; register it with the extension delta()"));
    }
    let listing = Listing::open(place, None, Selection::default()).await?;
    listing.forget(state);
    let files = listing.list(state).await?;
    let names = || files.iter().filter_map(|file| file.location.filename());
    let formats: Vec<FormatName> = FORMATS.into_iter().filter(|format| names().any(|file| format_of(file) == Some(*format))).collect();
    match formats.as_slice() {
        [format] => Ok((Some(*format), names().filter(|file| format_of(file).is_some()).all(is_tabbed))),
        [] => Err(listing.nothing_found()),
        several => {
            let titles = several.iter().map(|format| format.title()).collect::<Vec<_>>().join(", ");
            Err(unusable(name, &format!("its files have several formats ({titles}); write a pattern such as '*.csv' behind it")))
        }
    }
}

fn format_of(name: &str) -> Option<FormatName> {
    FORMATS.into_iter().find(|format| format.file_endings().iter().any(|ending| name.ends_with(ending.as_str())))
}

/// Values in `.tsv` files have tabs between them.
fn is_tabbed(name: &str) -> bool {
    name.rsplit('/').next().unwrap_or_default().contains(".tsv")
}

fn unusable(name: &str, why: &str) -> EngineError {
    EngineError::new(ErrorCode::SqlPlanError, format!("The location '{name}' cannot be read as a table: {}.", why.trim_end_matches('.')))
        .with("table", name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_slash_or_an_ending_are_locations() {
        for name in ["/data", "a/b", "s3://bucket/x", "x.parquet", "x.csv.gz", "file:x.tsv"] {
            assert!(is_location(name), "{name}");
        }
        for name in ["orders", "a.b", "x.parquet.old", "c:"] {
            assert!(!is_location(name), "{name}");
        }
    }

    #[test]
    fn a_pattern_begins_with_its_folder() {
        let cut = |name: &str| parts(name).unwrap();
        assert_eq!(cut("/data/2024/*.csv"), ("/data/2024/".to_owned(), Some("*.csv".to_owned())));
        assert_eq!(cut("file:///data/y=[0-9]/x?.csv"), ("file:///data/".to_owned(), Some("y=[0-9]/x?.csv".to_owned())));
        assert_eq!(cut("/data/x.csv"), ("/data/x.csv".to_owned(), None));
    }

    #[test]
    fn digests_know_only_the_last_part() {
        assert_eq!([anywhere("/a/b/x.parquet"), anywhere("file:///a/b/")], ["<location:x.parquet>", "<location:b>"]);
    }
}
