//! Statements that change the session: most are the engine's, some are ours.

use std::sync::Arc;

use datafusion::common::TableReference;
use datafusion::logical_expr::{DdlStatement, LogicalPlan, Statement};

use crate::error::Result;
use crate::frame::Frame;
use crate::session::catalog_ops::ObjectKind;
use crate::session::namespaces::{Dropping, exists};
use crate::session::{Session, runtime_settings};
use crate::sql::prepared::PreparedQuery;
use crate::sql::verb::schema_parts;

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
            LogicalPlan::Ddl(statement) => match changed(session, statement)? {
                true => Ok(()),
                false => executed(session, plan).await,
            },
            _ => executed(session, plan).await,
        }
    }
}

/// Does what the engine would do without telling of it, or fail at in words of its own; false for all else.
fn changed(session: &Session, statement: &DdlStatement) -> Result<bool> {
    match statement {
        DdlStatement::CreateCatalog(create) => session.create_catalog(&create.catalog_name, create.if_not_exists)?,
        DdlStatement::CreateCatalogSchema(create) => session.create_schema(&create.schema_name, create.if_not_exists)?,
        DdlStatement::DropCatalogSchema(schema) => {
            let dropping = Dropping { if_exists: schema.if_exists, cascade: schema.cascade };
            session.remove_schema(&schema_parts(&schema.name), dropping)?;
        }
        DdlStatement::DropTable(table) => drop(session.remove(ObjectKind::Table, &table.name, table.if_exists)?),
        DdlStatement::DropView(view) => drop(session.remove(ObjectKind::View, &view.name, view.if_exists)?),
        other => {
            admit(session, other)?;
            return Ok(false);
        }
    }
    Ok(true)
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
fn admit(session: &Session, statement: &DdlStatement) -> Result<()> {
    let (kind, name) = match statement {
        DdlStatement::CreateView(view) if !view.or_replace => ("view", &view.name),
        DdlStatement::CreateMemoryTable(table) if !table.or_replace && !table.if_not_exists => ("table", &table.name),
        _ => return Ok(()),
    };
    if session.context()?.table_exist(TableReference::clone(name))? {
        let message = format!("Table '{name}' already exists, as a table or view; drop it first, or use CREATE OR REPLACE.");
        return Err(exists(kind, &name.to_string(), message));
    }
    Ok(())
}
