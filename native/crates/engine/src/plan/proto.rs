//! Plans in the engine's own encoding, for programs in Rust that use it. Tables are encoded by name.

use std::sync::Arc;

use bytes::Bytes;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::catalog::TableProvider;
use datafusion::common::{TableReference, not_impl_err};
use datafusion::error::{DataFusionError, Result as EngineResult};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Extension, LogicalPlan};
use datafusion_proto::bytes::logical_plan_to_bytes_with_extension_codec;
use datafusion_proto::logical_plan::LogicalExtensionCodec;

use crate::error::{EngineError, ErrorCode, Result};
use crate::panic::guarded_sync;

/// The bytes of a plan: a `datafusion.LogicalPlanNode`.
pub(super) fn encode(plan: &LogicalPlan) -> Result<Bytes> {
    guarded_sync(|| logical_plan_to_bytes_with_extension_codec(plan, &ByName).map_err(|error| unsupported(&error)))
}

/// What the encoder calls an error of its own is a plan it has no form for.
fn unsupported(error: &DataFusionError) -> EngineError {
    let message = format!("The plan has no form in the encoding of the engine: {}", error.message());
    EngineError::new(ErrorCode::EngineNotImplemented, message)
}

/// Leaves of a table what its scan holds beside it: the name, the columns, the filters.
#[derive(Debug)]
struct ByName;

impl LogicalExtensionCodec for ByName {
    fn try_decode(&self, _bytes: &[u8], _inputs: &[LogicalPlan], _context: &TaskContext) -> EngineResult<Extension> {
        not_impl_err!("a node of another program")
    }

    fn try_encode(&self, node: &Extension, _bytes: &mut Vec<u8>) -> EngineResult<()> {
        not_impl_err!("the node {} in the encoding of plans", node.node.name())
    }

    fn try_decode_table_provider(
        &self,
        _bytes: &[u8],
        name: &TableReference,
        _schema: SchemaRef,
        _context: &TaskContext,
    ) -> EngineResult<Arc<dyn TableProvider>> {
        not_impl_err!("the table {name}, which its reader has to find")
    }

    fn try_encode_table_provider(&self, _name: &TableReference, _table: Arc<dyn TableProvider>, _bytes: &mut Vec<u8>) -> EngineResult<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use datafusion::datasource::empty::EmptyTable;
    use datafusion::prelude::SessionContext;
    use datafusion_proto::bytes::logical_plan_from_bytes_with_extension_codec;

    use super::*;

    /// A reader that has an empty table for every name.
    #[derive(Debug)]
    struct Reader;

    impl LogicalExtensionCodec for Reader {
        fn try_decode(&self, bytes: &[u8], inputs: &[LogicalPlan], context: &TaskContext) -> EngineResult<Extension> {
            ByName.try_decode(bytes, inputs, context)
        }

        fn try_encode(&self, node: &Extension, bytes: &mut Vec<u8>) -> EngineResult<()> {
            ByName.try_encode(node, bytes)
        }

        fn try_decode_table_provider(
            &self,
            _bytes: &[u8],
            _name: &TableReference,
            schema: SchemaRef,
            _context: &TaskContext,
        ) -> EngineResult<Arc<dyn TableProvider>> {
            Ok(Arc::new(EmptyTable::new(schema)))
        }

        fn try_encode_table_provider(&self, name: &TableReference, table: Arc<dyn TableProvider>, bytes: &mut Vec<u8>) -> EngineResult<()> {
            ByName.try_encode_table_provider(name, table, bytes)
        }
    }

    #[tokio::test]
    async fn a_reader_with_tables_of_those_names_gets_the_same_plan() -> std::result::Result<(), Box<dyn std::error::Error>> {
        let context = SessionContext::new();
        context.sql("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b").await?;
        let query = context.sql("SELECT b, sum(abs(a)) AS total FROM t WHERE a > 0 AND a IN (SELECT 1) GROUP BY b").await?;
        let plan = query.into_optimized_plan()?;
        let bytes = encode(&plan).map_err(|error| DataFusionError::Plan(error.message))?;
        let read = logical_plan_from_bytes_with_extension_codec(&bytes, &context.task_ctx(), &Reader)?;
        assert_eq!(read.display_indent().to_string(), plan.display_indent().to_string());
        Ok(())
    }
}
