//! From a plan to the bytes of Substrait.

use std::collections::BTreeSet;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion_substrait::logical_plan::producer::to_substrait_plan;
use datafusion_substrait::substrait::proto::Plan;
use datafusion_substrait::substrait::proto::extensions::SimpleExtensionDeclaration;
use datafusion_substrait::substrait::proto::extensions::simple_extension_declaration::MappingType;
use prost::Message;

use super::Encoded;
use super::portable::{portable, unsupported};
use crate::error::{EngineError, Phase, Result, from_datafusion};
use crate::panic::guarded_sync;
use crate::plan::uses;

/// The bytes of an optimised plan, whole or not at all. `PLAN.SUBSTRAIT_UNSUPPORTED {reason}`.
pub(in crate::plan) fn encode(plan: &LogicalPlan, state: &SessionState) -> Result<Encoded> {
    let rewritten = portable(plan)?;
    let produced = guarded_sync(|| to_substrait_plan(&rewritten, state).map_err(|error| from_datafusion(Phase::Sql, &error)));
    let mut document = produced.map_err(|error: EngineError| unsupported(&error.message))?;
    // The encoder keeps its functions in no order.
    document.extensions.sort_by_key(anchor);
    let bytes = document.encode_to_vec();
    let mut warnings = warnings(plan, state)?;
    if Plan::decode(bytes.as_slice()).is_err() {
        warnings.push("The plan is nested deeper than readers of Substrait accept; simplify the query.".to_owned());
    }
    Ok(Encoded { bytes, warnings })
}

fn anchor(extension: &SimpleExtensionDeclaration) -> (u8, u32) {
    match &extension.mapping_type {
        Some(MappingType::ExtensionType(declared)) => (0, declared.type_anchor),
        Some(MappingType::ExtensionTypeVariation(declared)) => (1, declared.type_variation_anchor),
        Some(MappingType::ExtensionFunction(declared)) => (2, declared.function_anchor),
        None => (3, 0),
    }
}

/// What other readers cannot know: functions of this program, and tables that have no name in the catalogue.
fn warnings(plan: &LogicalPlan, state: &SessionState) -> Result<Vec<String>> {
    let functions: BTreeSet<String> =
        uses::functions(plan)?.into_iter().filter(|used| used.javascript_rows.is_some()).map(|used| used.name).collect();
    let mut unnamed = BTreeSet::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::TableScan(scan) = node
            && !state.schema_for_ref(scan.table_name.clone()).is_ok_and(|schema| schema.table_exist(scan.table_name.table()))
        {
            unnamed.insert(scan.table_name.to_string());
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let list = |names: BTreeSet<String>| names.into_iter().collect::<Vec<_>>().join(", ");
    let mut found = Vec::new();
    if !functions.is_empty() {
        found.push(format!("The plan calls functions of this program, which other engines do not have: {}.", list(functions)));
    }
    if !unnamed.is_empty() {
        found.push(format!("The plan reads what no catalogue has under a name: {}; register it as a table first.", list(unnamed)));
    }
    Ok(found)
}
