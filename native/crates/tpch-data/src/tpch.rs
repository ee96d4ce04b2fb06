//! The eight tables of TPC-H.

use std::path::Path;
use std::sync::Mutex;
use std::thread;

use arrow::record_batch::RecordBatchReader;
use tpchgen::generators::{
    CustomerGenerator, LineItemGenerator, NationGenerator, OrderGenerator, PartGenerator, PartSuppGenerator, RegionGenerator,
    SupplierGenerator,
};
use tpchgen_arrow::{CustomerArrow, LineItemArrow, NationArrow, OrderArrow, PartArrow, PartSuppArrow, RegionArrow, SupplierArrow};

use crate::output::{self, Failure};

/// The largest first, so that the others are made beside it.
const TABLES: [&str; 8] = ["lineitem", "orders", "partsupp", "part", "customer", "supplier", "nation", "region"];

/// Writes all tables into a folder, as many at once as there are cores (4 at most, which bounds the memory).
pub(crate) fn generate(scale: f64, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder).map_err(|error| format!("'{}' cannot be made: {error}", folder.display()))?;
    let waiting = Mutex::new(TABLES.iter());
    let next = || waiting.lock().ok().and_then(|mut tables| tables.next());
    let work = || -> Result<(), Failure> {
        while let Some(table) = next() {
            let reader = reader(table, scale)?;
            output::write(&folder.join(format!("{table}.parquet")), &reader.schema(), reader)?;
        }
        Ok(())
    };
    let threads = thread::available_parallelism().map_or(1, usize::from).min(4);
    thread::scope(|scope| {
        let running: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        running.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| Err("a generator panicked".into())))
    })
}

fn reader(table: &str, scale: f64) -> Result<Box<dyn RecordBatchReader + Send>, Failure> {
    Ok(match table {
        "lineitem" => Box::new(LineItemArrow::new(LineItemGenerator::new(scale, 1, 1))),
        "orders" => Box::new(OrderArrow::new(OrderGenerator::new(scale, 1, 1))),
        "partsupp" => Box::new(PartSuppArrow::new(PartSuppGenerator::new(scale, 1, 1))),
        "part" => Box::new(PartArrow::new(PartGenerator::new(scale, 1, 1))),
        "customer" => Box::new(CustomerArrow::new(CustomerGenerator::new(scale, 1, 1))),
        "supplier" => Box::new(SupplierArrow::new(SupplierGenerator::new(scale, 1, 1))),
        "nation" => Box::new(NationArrow::new(NationGenerator::new(scale, 1, 1))),
        "region" => Box::new(RegionArrow::new(RegionGenerator::new(scale, 1, 1))),
        other => return Err(format!("there is no table {other}").into()),
    })
}

#[cfg(test)]
mod tests {
    use arrow::datatypes::DataType;

    use super::*;

    #[test]
    fn tables_have_the_rows_of_the_scale_and_decimals_of_15_digits() {
        let rows = |table| reader(table, 0.01).unwrap().map(|batch| batch.unwrap().num_rows()).sum::<usize>();
        assert_eq!(TABLES.map(rows), [60_175, 15_000, 8_000, 2_000, 1_500, 100, 25, 5]);
        let lineitem = reader("lineitem", 0.01).unwrap().schema();
        let decimals = lineitem.fields().iter().filter(|field| field.data_type() == &DataType::Decimal128(15, 2));
        assert_eq!(
            decimals.map(|field| field.name().as_str()).collect::<Vec<_>>(),
            ["l_quantity", "l_extendedprice", "l_discount", "l_tax"]
        );
    }
}
