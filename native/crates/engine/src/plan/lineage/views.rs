//! The views that were expanded in a plan.

use std::any::Any;
use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::TableReference;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::datasource::ViewTable;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;

use crate::session::catalog::SessionSchema;

/// Full names of the views in a plan as it was made, sorted. A view is an alias whose plan is that of the view.
pub(super) async fn names(state: &SessionState, plan: &LogicalPlan) -> Result<Vec<String>> {
    let mut aliased: Vec<(TableReference, Arc<LogicalPlan>)> = Vec::new();
    plan.apply_with_subqueries(|node| {
        if let LogicalPlan::SubqueryAlias(alias) = node {
            aliased.push((alias.alias.clone(), Arc::clone(&alias.input)));
        }
        Ok(TreeNodeRecursion::Continue)
    })?;
    let catalog = &state.config_options().catalog;
    let mut found = BTreeSet::new();
    for (alias, input) in aliased {
        let name = alias.clone().resolve(&catalog.default_catalog, &catalog.default_schema).to_string();
        if found.contains(&name) {
            continue;
        }
        let Some(provider) = registered(state, &alias).await? else { continue };
        if is_view(provider.as_ref(), &input) {
            found.insert(name);
        }
    }
    Ok(found.into_iter().collect())
}

fn is_view(provider: &dyn TableProvider, plan: &LogicalPlan) -> bool {
    let any: &dyn Any = provider;
    any.downcast_ref::<ViewTable>().is_some_and(|view| view.logical_plan() == plan)
}

/// What is registered under a name; live tables are not read for it.
async fn registered(state: &SessionState, name: &TableReference) -> Result<Option<Arc<dyn TableProvider>>> {
    let Ok(schema) = state.schema_for_ref(name.clone()) else { return Ok(None) };
    match own(schema.as_ref()) {
        Some(own) => Ok(own.registered(name.table())),
        None => schema.table(name.table()).await,
    }
}

/// A schema of the session's own catalogue.
fn own(schema: &dyn SchemaProvider) -> Option<&SessionSchema> {
    let any: &dyn Any = schema;
    any.downcast_ref::<SessionSchema>()
}
