//! The source of INSERT, and of CREATE TABLE with columns, planned by itself. The engine gives every VALUES in it the types
//! of the table, also one that only takes part in the query, and so changes what the query computes.

use std::ops::ControlFlow;
use std::sync::Arc;

use datafusion::common::Column;
use datafusion::error::Result;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{DdlStatement, Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder};
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{Query, SetExpr, Statement, Visit, Visitor};

/// What the columns are called that stand for those of the source.
const STAND_IN: &str = "source_";

/// Plans the source of a statement whose plan would change it, and puts nulls in its place.
pub(super) async fn taken(tree: &mut EngineStatement, state: &SessionState) -> Result<Option<LogicalPlan>> {
    let Some(source) = source_of(tree).filter(|source| computes_with_values(source)) else { return Ok(None) };
    let query = EngineStatement::Statement(Box::new(Statement::Query(Box::new(source.clone()))));
    // What cannot be planned alone, such as parameters whose types only the table tells, is planned with the table.
    let Ok(plan) = Box::pin(state.statement_to_plan(query)).await else { return Ok(None) };
    let nulls: Vec<String> = (0..plan.schema().fields().len()).map(|index| format!("NULL AS {STAND_IN}{index}")).collect();
    let nulls = state.sql_to_statement(&format!("SELECT {}", nulls.join(", ")), &state.config_options().sql_parser.dialect)?;
    if let EngineStatement::Statement(statement) = nulls
        && let Statement::Query(query) = *statement
    {
        *source = *query;
    }
    Ok(Some(plan))
}

/// The plan of the statement with its source.
pub(super) fn given_back(plan: LogicalPlan, source: LogicalPlan) -> Result<LogicalPlan> {
    match plan {
        LogicalPlan::Explain(mut explain) => {
            explain.plan = Arc::new(given_back(Arc::unwrap_or_clone(explain.plan), source)?);
            Ok(LogicalPlan::Explain(explain))
        }
        LogicalPlan::Analyze(mut analyze) => {
            analyze.input = Arc::new(given_back(Arc::unwrap_or_clone(analyze.input), source)?);
            Ok(LogicalPlan::Analyze(analyze))
        }
        LogicalPlan::Dml(mut dml) => {
            dml.input = Arc::new(over(&dml.input, source)?);
            Ok(LogicalPlan::Dml(dml))
        }
        LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(mut create)) => {
            create.input = Arc::new(over(&create.input, source)?);
            Ok(LogicalPlan::Ddl(DdlStatement::CreateMemoryTable(create)))
        }
        plan => Ok(plan),
    }
}

/// The columns of a projection of nulls, of the source instead.
fn over(columns: &LogicalPlan, source: LogicalPlan) -> Result<LogicalPlan> {
    let LogicalPlan::Projection(projection) = columns else { return Ok(columns.clone()) };
    let schema = Arc::clone(source.schema());
    let column = |(expr, field): (&Expr, &Arc<arrow::datatypes::Field>)| {
        let stands_in = expr.column_refs().into_iter().find_map(|column| column.name.strip_prefix(STAND_IN)?.parse::<usize>().ok());
        match stands_in {
            Some(index) => {
                let value = Expr::Column(Column::from(schema.qualified_field(index)));
                Ok(value.cast_to(field.data_type(), &schema)?.alias(field.name()))
            }
            None => Ok(expr.clone()),
        }
    };
    let exprs: Result<Vec<Expr>> = projection.expr.iter().zip(projection.schema.fields()).map(column).collect();
    LogicalPlanBuilder::from(source).project(exprs?)?.build()
}

fn source_of(tree: &mut EngineStatement) -> Option<&mut Query> {
    match tree {
        EngineStatement::Explain(explain) => source_of(&mut explain.statement),
        EngineStatement::Statement(statement) => match statement.as_mut() {
            Statement::Insert(insert) => insert.source.as_deref_mut(),
            Statement::CreateTable(create) if !create.columns.is_empty() => create.query.as_deref_mut(),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a query has VALUES that are not the rows of the table themselves.
fn computes_with_values(query: &Query) -> bool {
    !matches!(query.body.as_ref(), SetExpr::Values(_)) && query.visit(&mut Values).is_break()
}

struct Values;

impl Visitor for Values {
    type Break = ();

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if has_values(&query.body) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn has_values(set: &SetExpr) -> bool {
    match set {
        SetExpr::Values(_) => true,
        SetExpr::SetOperation { left, right, .. } => has_values(left) || has_values(right),
        _ => false,
    }
}
