//! Statements that change the session: most are the engine's, some are ours.

use std::any::Any;
use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::logical_expr::{CreateCatalog, DdlStatement, LogicalPlan, Statement};

use crate::error::{EngineError, ErrorCode, Result};
use crate::frame::Frame;
use crate::session::catalog::SessionCatalog;
use crate::session::{Session, runtime_settings};
use crate::sql::prepared::PreparedQuery;

/// A statement that is ready to run once.
pub(crate) enum Command {
    /// PREPARE: a name and what it stands for.
    Prepare(String, Arc<PreparedQuery>),
    /// Any other.
    Planned(LogicalPlan),
}

impl Command {
    /// What a frame does.
    pub(super) fn of(frame: &Frame) -> Self {
        match frame.adds() {
            Some((name, query)) => Self::Prepare(name.clone(), Arc::clone(query)),
            None => Self::Planned(frame.plan().clone()),
        }
    }

    /// Does it.
    pub(super) async fn run(self, session: &Session) -> Result<()> {
        let plan = match self {
            Self::Prepare(name, query) => return session.statements().add(name, query),
            Self::Planned(plan) => plan,
        };
        match &plan {
            LogicalPlan::Statement(Statement::Deallocate(deallocate)) => session.statements().remove(&deallocate.name),
            LogicalPlan::Statement(Statement::SetVariable(_) | Statement::ResetVariable(_)) => {
                set(session, plan).await?;
                session.settings_epoch().raise();
                Ok(())
            }
            LogicalPlan::Ddl(DdlStatement::CreateCatalog(create)) => create_catalog(session, create),
            _ => {
                admit(session, &plan)?;
                executed(session, plan).await
            }
        }
    }
}

async fn set(session: &Session, plan: LogicalPlan) -> Result<()> {
    match &plan {
        LogicalPlan::Statement(Statement::ResetVariable(reset)) => session.reset_setting(&reset.variable.to_lowercase()).await,
        LogicalPlan::Statement(Statement::SetVariable(set)) if set.variable.starts_with(runtime_settings::PREFIX) => {
            session.set_runtime(&set.variable, &set.value)
        }
        LogicalPlan::Statement(Statement::SetVariable(set)) => {
            let value = set.value.clone();
            executed(session, plan).await.map_err(|error| error.without(&value))
        }
        _ => executed(session, plan).await,
    }
}

async fn executed(session: &Session, plan: LogicalPlan) -> Result<()> {
    session.context()?.execute_logical_plan(plan).await?.collect().await?;
    Ok(())
}

/// `SESSION.OBJECT_EXISTS` for a CREATE of a name that is taken: the engine would say so in words of its own.
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
