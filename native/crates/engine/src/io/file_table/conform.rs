//! Stored columns as the declared ones: by name, cast, null where there is nothing.

use std::sync::Arc;

use arrow::datatypes::{Field, SchemaRef};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::physical_expr::expressions::{CastExpr, Column, Literal};
use datafusion::physical_expr::projection::ProjectionExpr;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{ExecutionPlan, PhysicalExpr};

/// The wanted columns of `schema`, computed from the columns of `input`.
pub(super) fn conform(
    input: Arc<dyn ExecutionPlan>,
    schema: &SchemaRef,
    projection: Option<&Vec<usize>>,
) -> Result<Arc<dyn ExecutionPlan>> {
    let wanted = datafusion::common::project_schema(schema, projection)?;
    let columns: Result<Vec<ProjectionExpr>> =
        wanted.fields().iter().map(|field| Ok(ProjectionExpr { expr: column(&input, field)?, alias: field.name().clone() })).collect();
    Ok(Arc::new(ProjectionExec::try_new(columns?, input)?))
}

fn column(input: &Arc<dyn ExecutionPlan>, field: &Field) -> Result<Arc<dyn PhysicalExpr>> {
    let stored = input.schema();
    let Some((index, found)) = stored.column_with_name(field.name()) else {
        return Ok(Arc::new(Literal::new(ScalarValue::try_from(field.data_type())?)));
    };
    let column: Arc<dyn PhysicalExpr> = Arc::new(Column::new(field.name(), index));
    Ok(match found.data_type() == field.data_type() {
        true => column,
        false => Arc::new(CastExpr::new(column, field.data_type().clone(), None)),
    })
}
