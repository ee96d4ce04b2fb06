//! Writes the generated files beside the binding: run `cargo test export_` after changing a wire type.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use ts_rs::{Config, TS, TypeVisitor};

use crate::cancel::Progress;
use crate::{contract, delta, delta_table, frame, functions, io, plan, runtime, schema, session, sink, sql, stream};

fn generated(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(name)
}

/// Collects the declarations of types and of everything they refer to, by name.
struct Declarations {
    config: Config,
    seen: HashSet<std::any::TypeId>,
    by_name: BTreeMap<String, String>,
}

impl TypeVisitor for Declarations {
    fn visit<T: TS + 'static + ?Sized>(&mut self) {
        if !self.seen.insert(std::any::TypeId::of::<T>()) {
            return;
        }
        if T::output_path().is_some() {
            let name = T::ident(&self.config);
            let text = format!("{}export {}\n", T::docs().unwrap_or_default(), T::decl(&self.config));
            let previous = self.by_name.insert(name.clone(), text);
            assert!(previous.is_none(), "two wire types are called {name}; rename one with #[ts(rename)]");
        }
        T::visit_dependencies(self);
        T::visit_generics(self);
    }
}

macro_rules! visit_all {
    ($declarations:ident: $($type:ty),* $(,)?) => { $($declarations.visit::<$type>();)* };
}

#[test]
fn export_wire_types() {
    let config = Config::new().with_large_int("number");
    let mut all = Declarations { config, seen: HashSet::new(), by_name: BTreeMap::new() };
    visit_all!(all:
        contract::Contract, contract::RuntimeStats, runtime::RuntimeOptions, Progress,
        session::spec::SessionSpec, session::SessionReply, session::settings::SettingsReply, session::rule_catalog::RuleCatalog,
        session::cache_scope::CacheScopeStats, session::cache_scope::ClearCachesRequest, session::cache_scope::ClearCachesReply,
        session::runtime_metrics::RuntimeMetrics, session::query_tally::QueryEnd,
        session::checkpoint::CheckpointReply, session::checkpoint::RestoreRequest, session::checkpoint::RestoreReply,
        session::introspect::IntrospectRequest, session::introspect::CatalogTree,
        session::catalog_ops::CatalogRequest, session::catalog_ops::CatalogReply,
        sql::plan::PlanSqlRequest, sql::plan::PlanSqlReply, sql::prepared::PrepareSqlRequest, sql::prepared::PreparedReply, sql::named::PreparedSqlRequest, sql::prepared::BindRequest, sql::plan::ClassifyRequest, sql::plan::ClassifyReply,
        frame::leaf::ValuesRequest, frame::apply::ApplyRequest, frame::apply::ApplyReply, frame::FrameReply, frame::spool::SpoolRequest, frame::spool::SpoolReply,
        stream::open::StreamRequest, stream::open::StreamReply, stream::StreamMetrics, plan::profile::ProfileReply,
        sink::OpenSinkRequest, sink::OpenSinkReply, sink::FailRequest,
        plan::artifact::ArtifactRequest, plan::artifact::ArtifactReply, plan::explain::ExplainRequest, plan::explain::ExplainReply,
        plan::trace::TraceRequest, plan::trace::TraceReply, plan::pushdown::PushdownReply,
        plan::describe::DescribeScanRequest, plan::describe::DescribeScanReply,
        plan::to_sql::ToSqlRequest, plan::to_sql::ToSqlReply,
        plan::lineage::Lineage, plan::substrait::SubstraitRequest,
        functions::js::FunctionSpec, functions::js::FunctionReply, functions::catalog::FunctionCatalog,
        schema::codec::SchemaCodecRequest, schema::codec::SchemaCodecReply,
        io::table::PrepareTableRequest, io::table::PreparedTableReply, io::probe::ProbeRequest, io::probe::ProbeReply,
        io::facts::WriteFactsRequest, io::facts::WriteFactsReply, io::write::WriteFilesRequest, io::write::WriteFilesReply,
        delta::open::ExistsRequest, delta::open::ExistsReply, delta::open::OpenRequest, delta::create::CreateRequest,
        delta_table::WriteCall, delta_table::MergeCall, delta_table::ProviderRequest, delta_table::ProviderReply,
        delta_table::SnapshotReply, delta::dml::DeleteRequest, delta::history::HistoryRequest, delta::history::HistoryReply,
        delta::report::Report,
    );
    let body: Vec<String> = all.by_name.into_values().collect();
    let text = format!("// Written by `cargo test export_wire_types`; do not edit.\n\n{}", body.join("\n"));
    fs::write(generated("wire.d.ts"), text).unwrap();
}

#[test]
fn export_contract() {
    let mut document: Value = serde_json::from_str(&contract::contract_of_engine().unwrap()).unwrap();
    let object = document.as_object_mut().unwrap();
    for changing in ["buildId", "target"] {
        object.shift_remove(changing);
    }
    fs::write(generated("contract.json"), format!("{}\n", serde_json::to_string_pretty(&document).unwrap())).unwrap();
}
