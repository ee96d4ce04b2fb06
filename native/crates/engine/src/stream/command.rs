//! What the engine would report in words of its own about a statement that changes the catalogue.

use datafusion::common::TableReference;
use datafusion::logical_expr::{DdlStatement, LogicalPlan};

use crate::error::{EngineError, ErrorCode, Result};
use crate::session::Session;

/// `SESSION.OBJECT_EXISTS` for a CREATE of a name that is taken.
pub(super) fn admit(session: &Session, plan: &LogicalPlan) -> Result<()> {
    let (kind, name) = match plan {
        LogicalPlan::Ddl(DdlStatement::CreateView(view)) if !view.or_replace => ("view", &view.name),
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(table)) if !table.or_replace && !table.if_not_exists => ("table", &table.name),
        _ => return Ok(()),
    };
    if session.context()?.table_exist(TableReference::clone(name))? {
        let message = format!("There is already a table or view '{name}'; drop it first, or use CREATE OR REPLACE.");
        return Err(EngineError::new(ErrorCode::SessionObjectExists, message).with("kind", kind).with("name", name.to_string()));
    }
    Ok(())
}
