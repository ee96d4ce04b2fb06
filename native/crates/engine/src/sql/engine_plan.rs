//! The engine's plan of a statement, also of what it plans only in another form: named parameters in the VALUES of INSERT,
//! and a DELETE that became an UPDATE.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{CreateCatalog, CreateCatalogSchema, DdlStatement, Expr, LogicalPlan};
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{SetExpr, Statement, Value, ValueWithSpan, Visit, VisitMut, Visitor, VisitorMut};

use super::check::refused;
use super::{own_source, update_from, verb};

/// The engine's plan of a statement. Its parameters have the names that the text gives them.
pub(super) async fn plan(mut tree: EngineStatement, state: &SessionState) -> Result<LogicalPlan> {
    let names = numbered(&mut tree);
    let deletes = update_from::is_delete(&tree);
    let created = verb::targets(&tree).pop();
    let source = own_source::taken(&mut tree, state).await?;
    let plan = quoted(state.statement_to_plan(tree).await?, created)?;
    let plan = match source {
        Some(source) => own_source::given_back(plan, source)?,
        None => plan,
    };
    let plan = if deletes { update_from::deleting(plan) } else { plan };
    if names.0.is_empty() { Ok(plan) } else { names.given_back(plan) }
}

/// The plan with the name of a schema or catalogue as the text has it: the engine joins its parts and loses their quotes.
fn quoted(plan: LogicalPlan, created: Option<String>) -> Result<LogicalPlan> {
    match (plan, created) {
        (LogicalPlan::Ddl(DdlStatement::CreateCatalogSchema(create)), Some(schema_name)) => {
            Ok(LogicalPlan::Ddl(DdlStatement::CreateCatalogSchema(CreateCatalogSchema { schema_name, ..create })))
        }
        (LogicalPlan::Ddl(DdlStatement::CreateCatalogSchema(_)), None) => {
            Err(refused("CREATE SCHEMA … AUTHORIZATION", "CREATE SCHEMA and a name").into())
        }
        (LogicalPlan::Ddl(DdlStatement::CreateCatalog(create)), Some(catalog_name)) => {
            Ok(LogicalPlan::Ddl(DdlStatement::CreateCatalog(CreateCatalog { catalog_name, ..create })))
        }
        (plan, _) => Ok(plan),
    }
}

/// Numbers the parameters of an INSERT with VALUES that has names.
fn numbered(tree: &mut EngineStatement) -> Names {
    let mut names = Names(Vec::new());
    match tree {
        EngineStatement::Explain(explain) => return numbered(&mut explain.statement),
        EngineStatement::Statement(statement) => {
            if let Statement::Insert(insert) = statement.as_mut()
                && let Some(source) = insert.source.as_mut()
                && matches!(source.body.as_ref(), SetExpr::Values(_))
            {
                let mut found = Found::default();
                let _ = Visit::visit(source.as_ref(), &mut found);
                names.0 = found.0.into_iter().collect();
                let _ = VisitMut::visit(source.as_mut(), &mut names);
            }
        }
        _ => {}
    }
    names
}

/// Parameters that are named, with the `$`.
#[derive(Default)]
struct Found(BTreeSet<String>);

impl Visitor for Found {
    type Break = ();

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Value::Placeholder(name) = &value.value
            && name.trim_start_matches('$').parse::<usize>().is_err()
        {
            self.0.insert(name.clone());
        }
        ControlFlow::Continue(())
    }
}

/// The names of the parameters `$1`, `$2`, ….
struct Names(Vec<String>);

impl Names {
    fn given_back(&self, plan: LogicalPlan) -> Result<LogicalPlan> {
        let renamed = plan.transform_down_with_subqueries(|plan| {
            plan.map_expressions(|expr| {
                expr.transform(|expr| match expr {
                    Expr::Placeholder(mut placeholder) => {
                        let number = placeholder.id.trim_start_matches('$').parse::<usize>().ok();
                        let name = number.and_then(|number| self.0.get(number.wrapping_sub(1)));
                        placeholder.id = name.cloned().unwrap_or(placeholder.id);
                        Ok(Transformed::yes(Expr::Placeholder(placeholder)))
                    }
                    other => Ok(Transformed::no(other)),
                })
            })
        })?;
        Ok(renamed.data)
    }
}

impl VisitorMut for Names {
    type Break = ();

    fn pre_visit_value(&mut self, value: &mut ValueWithSpan) -> ControlFlow<()> {
        if let Value::Placeholder(name) = &mut value.value
            && let Some(index) = self.0.iter().position(|one| one == name)
        {
            *name = format!("${}", index + 1);
        }
        ControlFlow::Continue(())
    }
}
