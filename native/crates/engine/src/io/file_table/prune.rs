//! Files that a filter on partition columns excludes.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{Fields, Schema};
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::error::Result;
use datafusion::logical_expr::Expr;
use datafusion::logical_expr::utils::conjunction;

/// The files whose partition values pass every filter: false and null exclude.
pub(super) fn by_partition(
    state: &dyn Session,
    columns: &Fields,
    files: Vec<PartitionedFile>,
    filters: &[Expr],
) -> Result<Vec<PartitionedFile>> {
    let Some(filter) = conjunction(filters.iter().cloned()) else { return Ok(files) };
    if files.is_empty() {
        return Ok(files);
    }
    let arrays: Result<Vec<ArrayRef>> = (0..columns.len())
        .map(|column| ScalarValue::iter_to_array(files.iter().filter_map(|file| file.partition_values.get(column).cloned())))
        .collect();
    let schema = Arc::new(Schema::new(columns.clone()));
    let batch = RecordBatch::try_new(Arc::clone(&schema), arrays?)?;
    let filter = unqualified(filter)?;
    let filter = state.create_physical_expr(filter, &DFSchema::try_from(schema)?)?;
    let passed = filter.evaluate(&batch)?.into_array(batch.num_rows())?;
    let Some(passed) = passed.as_boolean_opt() else { return Ok(files) };
    Ok(files.into_iter().enumerate().filter(|(row, _)| passed.is_valid(*row) && passed.value(*row)).map(|(_, file)| file).collect())
}

/// Filters may name the table; the values of the folders do not.
fn unqualified(filter: Expr) -> Result<Expr> {
    use datafusion::common::Column;
    use datafusion::common::tree_node::{Transformed, TransformedResult, TreeNode};
    filter
        .transform(|node| match node {
            Expr::Column(column) if column.relation.is_some() => Ok(Transformed::yes(Expr::Column(Column::new_unqualified(column.name)))),
            other => Ok(Transformed::no(other)),
        })
        .data()
}
