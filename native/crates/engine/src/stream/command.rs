//! Statements that change the session, and what the engine would report of them in words of its own.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::logical_expr::{CreateCatalog, DdlStatement, LogicalPlan, Statement};

use crate::error::{EngineError, ErrorCode, Result};
use crate::session::Session;
use crate::session::catalog::SessionCatalog;

/// Runs a statement that changes the session.
pub(super) async fn run(session: &Session, plan: LogicalPlan) -> Result<()> {
    admit(session, &plan)?;
    match plan {
        LogicalPlan::Ddl(DdlStatement::CreateCatalog(create)) => create_catalog(session, &create),
        LogicalPlan::Statement(Statement::SetVariable(set)) => {
            let value = set.value.clone();
            let plan = LogicalPlan::Statement(Statement::SetVariable(set));
            perform(session, plan).await.map_err(|error| error.without(&value))
        }
        plan => perform(session, plan).await,
    }
}

async fn perform(session: &Session, plan: LogicalPlan) -> Result<()> {
    session.context()?.execute_logical_plan(plan).await?.collect().await?;
    Ok(())
}

/// `SESSION.OBJECT_EXISTS` for a CREATE of a name that is taken.
fn admit(session: &Session, plan: &LogicalPlan) -> Result<()> {
    let (kind, name) = match plan {
        LogicalPlan::Ddl(DdlStatement::CreateView(view)) if !view.or_replace => ("view", &view.name),
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) if !table.or_replace && !table.if_not_exists => ("table", &table.name),
        _ => return Ok(()),
    };
    if session.context()?.table_exist(TableReference::clone(name))? {
        let message = format!("Table '{name}' already exists, as a table or view; drop it first, or use CREATE OR REPLACE.");
        return Err(exists(kind, &name.to_string(), message));
    }
    Ok(())
}

/// A catalogue like the session's first one: the engine's own would not tell of its changes.
fn create_catalog(session: &Session, create: &CreateCatalog) -> Result<()> {
    let name = &create.catalog_name;
    let state = session.state()?;
    let list = state.catalog_list();
    if list.catalog(name).is_some() {
        let message = format!("Catalog '{name}' already exists; use another name, or IF NOT EXISTS.");
        return if create.if_not_exists { Ok(()) } else { Err(exists("catalog", name, message)) };
    }
    let first = list.catalog(&state.config_options().catalog.default_catalog);
    let own = first.as_ref().and_then(|catalog| {
        let any: &dyn Any = catalog.as_ref();
        any.downcast_ref::<SessionCatalog>()
    });
    let Some(own) = own else { return Err(EngineError::internal("the default catalogue is not the session's own")) };
    list.register_catalog(name.clone(), Arc::new(own.sibling()));
    session.epoch().raise();
    Ok(())
}

fn exists(kind: &str, name: &str, message: String) -> EngineError {
    EngineError::new(ErrorCode::SessionObjectExists, message).with("kind", kind).with("name", name)
}
