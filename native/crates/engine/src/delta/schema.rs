//! Schemas on their way into a table: which Delta type a column takes, and whether a source fits a table.

use std::sync::Arc;

use arrow::compute::can_cast_types;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, lit};
use deltalake::kernel::StructType;
use deltalake::kernel::engine::arrow_conversion::TryIntoKernel;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error::Typed;
use super::exact_cast::exact_cast;
use super::snapshot::arrow_schema;
use crate::error::{EngineError, ErrorCode, Result};

/// The schema a table takes when it is made from these columns, as Delta's own and as Arrow's.
pub(super) fn table_schema(schema: &Schema) -> Result<(StructType, SchemaRef)> {
    let mut fields = Vec::with_capacity(schema.fields().len());
    let mut seen = std::collections::HashSet::new();
    for field in schema.fields() {
        if !seen.insert(field.name().to_lowercase()) {
            return Err(duplicate(field.name()));
        }
        fields.push(delta_field(field, field.name())?);
    }
    if fields.is_empty() {
        return Err(EngineError::new(ErrorCode::DeltaInvalidSpec, "A table needs at least one column."));
    }
    let schema = Schema::new(fields);
    let converted: std::result::Result<StructType, _> = (&schema).try_into_kernel();
    let kernel = converted.map_err(|error| {
        EngineError::new(ErrorCode::DeltaInvalidSpec, format!("The columns do not make a Delta schema: {error}.")).caused_by(&error)
    })?;
    let arrow = arrow_schema(&kernel)?;
    Ok((kernel, arrow))
}

fn duplicate(name: &str) -> EngineError {
    EngineError::new(
        ErrorCode::DeltaInvalidSpec,
        format!("Two columns are called '{name}' (letter case does not tell columns apart); rename one."),
    )
    .with("column", name)
}

fn delta_field(field: &Field, column: &str) -> Result<FieldRef> {
    let data_type = delta_type(field.data_type(), column)?;
    let field = Field::new(field.name(), data_type, field.is_nullable()).with_metadata(field.metadata().clone());
    Ok(Arc::new(field))
}

/// The Delta type that holds every value of an Arrow type. `DELTA.TYPE_UNSUPPORTED {column, type}` when there is none.
pub(super) fn delta_type(from: &DataType, column: &str) -> Result<DataType> {
    let item = |field: &FieldRef| -> Result<DataType> {
        let child = delta_type(field.data_type(), column)?;
        Ok(DataType::List(Arc::new(Field::new("element", child, field.is_nullable()))))
    };
    Ok(match from {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 => DataType::Float32,
        DataType::Date64 => DataType::Date32,
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Timestamp(_, zone) => DataType::Timestamp(TimeUnit::Microsecond, zone.as_ref().map(|_| "UTC".into())),
        DataType::Decimal32(precision, scale) | DataType::Decimal64(precision, scale) => DataType::Decimal128(*precision, *scale),
        DataType::Decimal256(precision, scale) if *precision <= 38 => DataType::Decimal128(*precision, *scale),
        DataType::Decimal128(_, scale) if *scale < 0 => return Err(unsupported(from, column)),
        DataType::Dictionary(_, values) => delta_type(values, column)?,
        DataType::List(field) | DataType::LargeList(field) | DataType::FixedSizeList(field, _) => item(field)?,
        DataType::Struct(fields) => {
            let children: Result<Vec<FieldRef>> = fields.iter().map(|field| delta_field(field, column)).collect();
            DataType::Struct(children?.into())
        }
        DataType::Map(entries, sorted) => map_type(entries, *sorted, column)?,
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Utf8
        | DataType::Binary
        | DataType::Date32
        | DataType::Decimal128(..) => from.clone(),
        _ => return Err(unsupported(from, column)),
    })
}

fn map_type(entries: &FieldRef, sorted: bool, column: &str) -> Result<DataType> {
    let DataType::Struct(fields) = entries.data_type() else {
        return Err(unsupported(entries.data_type(), column));
    };
    let children: Result<Vec<FieldRef>> = fields.iter().map(|field| delta_field(field, column)).collect();
    let entries = Field::new(entries.name(), DataType::Struct(Fields::from(children?)), false);
    Ok(DataType::Map(Arc::new(entries), sorted))
}

fn unsupported(data_type: &DataType, column: &str) -> EngineError {
    EngineError::new(
        ErrorCode::DeltaTypeUnsupported,
        format!("Column '{column}' has the type {data_type}, which Delta cannot store; cast it or leave it out."),
    )
    .with("column", column)
    .with("type", data_type.to_string())
}

/// A column of another type than the table's.
#[derive(Serialize)]
struct TypeDifference<'a> {
    column: &'a str,
    expected: String,
    actual: String,
}

/// How the columns of a source lie beside those of a table.
#[derive(Default)]
pub(super) struct Differences<'a> {
    missing: Vec<&'a str>,
    extra: Vec<&'a str>,
    types: Vec<TypeDifference<'a>>,
}

impl<'a> Differences<'a> {
    /// Columns that must be there, columns that must not, types that cannot be cast.
    pub(super) fn between(source: &'a Schema, table: &'a Schema) -> Self {
        let mut differences = Self::default();
        for field in table.fields() {
            match column_of(source, field.name()) {
                Some(found) => differences.compare(found, field),
                None if field.is_nullable() => {}
                None => differences.missing.push(field.name()),
            }
        }
        let unknown = source.fields().iter().filter(|field| column_of(table, field.name()).is_none());
        differences.extra = unknown.map(|field| field.name().as_str()).collect();
        differences
    }

    /// Adds a column whose values cannot be stored in the table's column.
    pub(super) fn compare(&mut self, source: &Field, table: &'a Field) {
        if !fits(source.data_type(), table.data_type()) {
            self.types.push(TypeDifference {
                column: table.name(),
                expected: table.data_type().to_string(),
                actual: source.data_type().to_string(),
            });
        }
    }

    /// Adds a column the table does not have.
    pub(super) fn add_extra(&mut self, name: &'a str) {
        self.extra.push(name);
    }

    /// `DELTA.SCHEMA_MISMATCH {missing, extra, types}` unless there is no difference.
    pub(super) fn check(self) -> Result<()> {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("missing {}", self.missing.join(", ")));
        }
        if !self.extra.is_empty() {
            parts.push(format!("not in the table {}", self.extra.join(", ")));
        }
        for difference in &self.types {
            parts.push(format!("{} is {}, the table has {}", difference.column, difference.actual, difference.expected));
        }
        if parts.is_empty() {
            return Ok(());
        }
        let message = format!("The source does not have the schema of the table: {}.", parts.join("; "));
        let mut details = Map::new();
        details.insert("missing".to_owned(), json!(self.missing));
        details.insert("extra".to_owned(), json!(self.extra));
        details.insert("types".to_owned(), serde_json::to_value(&self.types).unwrap_or(Value::Null));
        let mut error = EngineError::new(ErrorCode::DeltaSchemaMismatch, message);
        error.details = details;
        Err(error)
    }
}

/// The column of this name; letter case does not matter.
pub(super) fn column_of<'a>(schema: &'a Schema, name: &str) -> Option<&'a FieldRef> {
    let exact = schema.fields().iter().find(|field| field.name() == name);
    exact.or_else(|| schema.fields().iter().find(|field| field.name().to_lowercase() == name.to_lowercase()))
}

/// Whether values of one type can be stored in another: a cast that may fail for a value, never one that always loses.
pub(super) fn fits(from: &DataType, to: &DataType) -> bool {
    match (from, to) {
        (DataType::Null, _) => true,
        (DataType::Dictionary(_, values), _) => fits(values, to),
        (DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View, to) => {
            matches!(to, DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View)
        }
        (from, DataType::Utf8) => from == &DataType::Utf8,
        (DataType::Boolean, to) | (to, DataType::Boolean) => to == &DataType::Boolean,
        (from, to) if from.is_decimal() && to.is_decimal() => decimal_fits(from, to),
        (from, to) if from.is_decimal() && to.is_integer() => decimal_fits(from, &DataType::Decimal128(38, 0)),
        (from, to) if is_temporal(from) != is_temporal(to) => false,
        (DataType::Struct(from), DataType::Struct(to)) => struct_fits(from, to),
        _ => can_cast_types(from, to),
    }
}

fn is_temporal(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Date32 | DataType::Date64 | DataType::Timestamp(..))
}

fn struct_fits(from: &Fields, to: &Fields) -> bool {
    let matches = |field: &FieldRef| match from.iter().find(|source| source.name() == field.name()) {
        Some(source) => fits(source.data_type(), field.data_type()),
        None => false,
    };
    from.len() == to.len() && to.iter().all(matches)
}

/// Digits before and after the point must not be cut.
fn decimal_fits(from: &DataType, to: &DataType) -> bool {
    let parts = |data_type: &DataType| match data_type {
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => Some((i16::from(*precision) - i16::from(*scale), *scale)),
        _ => None,
    };
    match (parts(from), parts(to)) {
        (Some((whole, scale)), Some((to_whole, to_scale))) => whole <= to_whole && scale <= to_scale,
        _ => false,
    }
}

/// Gives every column of a plan the Delta type that holds its values, where there is one.
pub(super) fn widen(plan: LogicalPlan) -> Result<LogicalPlan> {
    let source = Arc::clone(plan.schema().inner());
    let columns: Vec<Expr> = source
        .fields()
        .iter()
        .map(|field| {
            let value = Expr::Column(Column::from_name(field.name()));
            match delta_type(field.data_type(), field.name()) {
                Ok(to) if &to != field.data_type() => {
                    let target = Field::new(field.name(), to, field.is_nullable());
                    exact_cast(value, &target, false).alias(field.name())
                }
                _ => value,
            }
        })
        .collect();
    LogicalPlanBuilder::from(plan).project(columns).and_then(LogicalPlanBuilder::build).typed()
}

/// Gives a plan exactly the columns of a table: its order, spelling and types; absent columns are null.
pub(super) fn conform(plan: LogicalPlan, table: &Schema, new_table: bool) -> Result<LogicalPlan> {
    let source = Arc::clone(plan.schema().inner());
    let columns = table.fields().iter().map(|target| column(&source, target, new_table));
    LogicalPlanBuilder::from(plan).project(columns).and_then(LogicalPlanBuilder::build).typed()
}

fn column(source: &Schema, target: &Field, new_table: bool) -> Expr {
    let Some(found) = column_of(source, target.name()) else {
        return cast(lit(ScalarValue::Null), target.data_type().clone()).alias(target.name());
    };
    let value = Expr::Column(Column::from_name(found.name()));
    // A table made from rows may hold null in every column: that a query cannot yield null is no promise of its author.
    let loosen = new_table && !found.is_nullable();
    if loosen || found.data_type() != target.data_type() {
        return exact_cast(value, target, loosen).alias(target.name());
    }
    if found.name() == target.name() { value } else { value.alias(target.name()) }
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
