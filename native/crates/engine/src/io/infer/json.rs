//! The columns of JSON objects, in the order in which they first appear.

use std::collections::HashSet;
use std::io::Read;
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::json::reader::infer_json_schema_from_iterator;
use serde_json::Value;

use super::facts::arrow_cause;
use crate::error::{EngineError, ErrorCode, Result};

/// The columns of the first objects of a reader.
pub fn schema(input: impl Read, rows: usize) -> Result<Schema> {
    let objects = serde_json::Deserializer::from_reader(input).into_iter::<Value>().take(rows);
    let values: std::result::Result<Vec<Value>, _> = objects.collect();
    let values = values.map_err(|error| EngineError::new(ErrorCode::EngineArrow, error.to_string()))?;
    let found = infer_json_schema_from_iterator(values.iter().map(Ok)).map_err(|error| arrow_cause(&error))?;
    let seen: Vec<&Value> = values.iter().collect();
    Ok(Schema::new(ordered(found.fields(), &seen)))
}

fn ordered(fields: &Fields, values: &[&Value]) -> Fields {
    let mut seen = HashSet::new();
    let keys = values.iter().filter_map(|value| value.as_object()).flat_map(|object| object.keys());
    keys.filter(|key| seen.insert(key.as_str()))
        .filter_map(|key| fields.iter().find(|field| field.name() == key))
        .map(|field| {
            let inner: Vec<&Value> = values.iter().filter_map(|value| value.get(field.name())).collect();
            Arc::new(field.as_ref().clone().with_data_type(ordered_type(field.data_type(), &inner)))
        })
        .collect()
}

fn ordered_type(data_type: &DataType, values: &[&Value]) -> DataType {
    match data_type {
        DataType::Struct(fields) => DataType::Struct(ordered(fields, values)),
        DataType::List(item) => {
            let inner: Vec<&Value> = values.iter().filter_map(|value| value.as_array()).flatten().collect();
            let item: Field = item.as_ref().clone().with_data_type(ordered_type(item.data_type(), &inner));
            DataType::List(Arc::new(item))
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_keep_their_order() {
        let text = "{\"z\":1,\"m\":{\"y\":true,\"b\":null}}\n{\"a\":[{\"q\":1.5,\"c\":\"x\"}],\"z\":2}";
        let schema = schema(text.as_bytes(), 10).unwrap();
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        assert_eq!(names, ["z", "m", "a"]);
        assert_eq!(schema.field(0).data_type(), &DataType::Int64);
        let DataType::Struct(inner) = schema.field(1).data_type() else { panic!("{schema}") };
        assert_eq!(inner.iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), ["y", "b"]);
        let DataType::List(item) = schema.field(2).data_type() else { panic!("{schema}") };
        let DataType::Struct(inner) = item.data_type() else { panic!("{schema}") };
        assert_eq!(inner.iter().map(|field| field.name().as_str()).collect::<Vec<_>>(), ["q", "c"]);
    }

    #[test]
    fn only_objects_are_rows() {
        assert!(schema("[1]".as_bytes(), 10).is_err());
        assert!(schema("{\"a\":".as_bytes(), 10).is_err());
        assert!(schema("".as_bytes(), 10).unwrap().fields().is_empty());
    }
}
