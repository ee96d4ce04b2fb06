//! SHOW: the engine answers it with a query of its own over the catalogue, whose functions are not the caller's.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session as EngineSession, TableProvider};
use datafusion::datasource::{TableType, provider_as_source};
use datafusion::error::{DataFusionError, Result};
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::ExecutionPlan;

use super::policy::{NameRules, SqlPolicy};
use super::statement::StatementInfo;
use super::verb::StatementKind;
use crate::error::EngineError;
use crate::rules::policy_guard::PolicyOptions;

/// What the answer of SHOW is called as a table.
pub(crate) const NAME: &str = "show";

/// The plan of a statement; that of SHOW as a table, where the rules of functions would refuse what the engine calls.
pub(super) fn enclosed(plan: LogicalPlan, info: &StatementInfo, state: &SessionState) -> Result<LogicalPlan> {
    let rules = state.config_options().extensions.get::<PolicyOptions>().map(|options| &options.policy.functions);
    let restricted = rules.is_some_and(|rules| *rules != NameRules::default());
    if !restricted || info.verb != "SHOW" || info.kind != StatementKind::Query {
        return Ok(plan);
    }
    LogicalPlanBuilder::scan(NAME, provider_as_source(Arc::new(Listing { plan })), None)?.build()
}

/// What SHOW shows. The text of the caller has no part in its plan.
#[derive(Debug)]
struct Listing {
    plan: LogicalPlan,
}

#[async_trait]
impl TableProvider for Listing {
    fn schema(&self) -> SchemaRef {
        Arc::new(self.plan.schema().as_arrow().clone())
    }

    fn table_type(&self) -> TableType {
        TableType::View
    }

    async fn scan(
        &self,
        state: &dyn EngineSession,
        projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(state) = state.as_any().downcast_ref::<SessionState>() else {
            return Err(DataFusionError::from(EngineError::internal("SHOW is planned outside of a session")));
        };
        let mut state = state.clone();
        let options = state.config_mut().options_mut();
        let policy = options.extensions.get::<PolicyOptions>().map(|options| options.policy.clone()).unwrap_or_default();
        options.extensions.insert(PolicyOptions { policy: SqlPolicy { functions: NameRules::default(), ..policy } });
        let plan = match projection {
            Some(indices) => LogicalPlanBuilder::from(self.plan.clone()).select(indices.iter().copied())?.build()?,
            None => self.plan.clone(),
        };
        state.create_physical_plan(&plan).await
    }
}
