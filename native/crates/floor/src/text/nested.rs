//! Lists, structs and maps as JSON text of their cells.

use arrow::array::{Array, ArrayRef, AsArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field};
use serde_json::{Map, Value};
use std::sync::Arc;

use super::NULL;
use crate::Result;

/// The cells of a column of lists, structs or maps.
pub(super) fn cells(array: &ArrayRef) -> Result<Vec<String>> {
    match array.data_type() {
        DataType::Struct(_) => records(array),
        DataType::Map(_, _) => maps(array),
        DataType::FixedSizeList(item, _) | DataType::ListView(item) => lists(&cast(array, &DataType::List(Arc::clone(item)))?),
        DataType::LargeList(item) | DataType::LargeListView(item) => {
            let item = Field::clone(item);
            lists(&cast(array, &DataType::List(Arc::new(item)))?)
        }
        DataType::List(_) => lists(array),
        other => Err(format!("A column of type {other} has no text form.").into()),
    }
}

fn each(array: &dyn Array, text: impl Fn(usize) -> Result<Value>) -> Result<Vec<String>> {
    let cell = |row| if array.is_null(row) { Ok(NULL.to_owned()) } else { Ok(text(row)?.to_string()) };
    (0..array.len()).map(cell).collect()
}

fn lists(array: &ArrayRef) -> Result<Vec<String>> {
    let lists = array.as_list::<i32>();
    each(lists, |row| Ok(super::cells(&lists.value(row))?.into()))
}

fn records(array: &ArrayRef) -> Result<Vec<String>> {
    let records = array.as_struct();
    let columns = records.columns().iter().map(super::cells).collect::<Result<Vec<_>>>()?;
    let names = records.column_names();
    let member = |(name, cells): (&&str, &Vec<String>), row: usize| ((*name).to_owned(), cells.get(row).cloned().into());
    each(records, |row| Ok(names.iter().zip(&columns).map(|pair| member(pair, row)).collect::<Map<_, _>>().into()))
}

fn maps(array: &ArrayRef) -> Result<Vec<String>> {
    let maps = array.as_map();
    each(maps, |row| {
        let entries = maps.value(row);
        let columns = entries.columns().iter().map(super::cells).collect::<Result<Vec<_>>>()?;
        let pair = |row| columns.iter().map(|cells| cells.get(row).cloned()).collect::<Value>();
        Ok((0..entries.len()).map(pair).collect())
    })
}
