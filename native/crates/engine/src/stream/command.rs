//! What the engine would report in words of its own about a statement that changes the catalogue.

use datafusion::common::TableReference;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};

use crate::error::{EngineError, ErrorCode, Result};
use crate::session::Session;

/// `SESSION.OBJECT_EXISTS` for a CREATE of a name that is taken.
fn admit(session: &Session, plan: &LogicalPlan) -> Result<()> {
    let (kind, name) = match plan {
        LogicalPlan::Ddl(DdlStatement::CreateView(view)) if !view.or_replace => ("view", &view.name),
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) if !table.or_replace && !table.if_not_exists => ("table", &table.name),
        _ => return Ok(()),
    };
    if session.context()?.table_exist(TableReference::clone(name))? {
        let message = format!("Table '{name}' already exists, as a table or view; drop it first, or use CREATE OR REPLACE.");
        return Err(EngineError::new(ErrorCode::SessionObjectExists, message).with("kind", kind).with("name", name.to_string()));
    }
    Ok(())
}

/// Runs a statement that changes the session.
pub(super) async fn run(session: &Session, plan: LogicalPlan) -> Result<()> {
    admit(session, &plan)?;
    session.context()?.execute_logical_plan(plan).await?.collect().await?;
    Ok(())
}
