//! Calls of functions: scalar, higher-order, aggregate and window.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{
    AggregateFunction, AggregateFunctionParams, HigherOrderFunction, NullTreatment, ScalarFunction, WindowFunction, WindowFunctionParams,
};
use datafusion::logical_expr::{Expr, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition, lit};

use super::expr::{CallSpec, Nulls, WindowBound, WindowFrameSpec, WindowSpec, WindowUnit};
use super::scope::Scope;
use crate::error::{EngineError, ErrorCode, Result, nearest};
use crate::rules::policy_guard::{refusal, window_function};

impl Scope<'_> {
    pub(super) fn call(&self, call: &CallSpec) -> Result<Expr> {
        match &call.over {
            Some(over) => self.window(call, over),
            None => self.plain(call),
        }
    }

    fn plain(&self, call: &CallSpec) -> Result<Expr> {
        let (state, name) = (self.planner.state, call.name.as_str());
        if let Some(function) = state.scalar_functions().get(name) {
            self.admit(name, function.name(), function.aliases())?;
            self.without_additions(call)?;
            return Ok(Expr::ScalarFunction(ScalarFunction::new_udf(Arc::clone(function), self.several(&call.args)?)));
        }
        if let Some(function) = state.higher_order_functions().get(name) {
            self.admit(name, function.name(), function.aliases())?;
            self.without_additions(call)?;
            return Ok(Expr::HigherOrderFunction(HigherOrderFunction::new(Arc::clone(function), self.several(&call.args)?)));
        }
        let Some(function) = state.aggregate_functions().get(name) else { return Err(self.no_function(name)) };
        self.admit(name, function.name(), function.aliases())?;
        let params = AggregateFunctionParams {
            args: self.counted(call)?,
            distinct: call.distinct,
            filter: call.filter.as_deref().map(|filter| self.boxed(filter)).transpose()?,
            order_by: self.sorts(&call.order_by)?,
            null_treatment: call.nulls.map(Into::into),
        };
        Ok(Expr::AggregateFunction(AggregateFunction { func: Arc::clone(function), params }))
    }

    /// The engine's own window functions win over aggregates of the same name, as in SQL.
    fn window(&self, call: &CallSpec, over: &WindowSpec) -> Result<Expr> {
        let (state, name) = (self.planner.state, call.name.as_str());
        let shadowed = matches!(name, "first_value" | "last_value" | "nth_value");
        let fun = match (state.aggregate_functions().get(name), state.window_functions().get(name)) {
            (Some(function), None) => WindowFunctionDefinition::AggregateUDF(Arc::clone(function)),
            (Some(function), Some(_)) if !shadowed => WindowFunctionDefinition::AggregateUDF(Arc::clone(function)),
            (_, Some(function)) => WindowFunctionDefinition::WindowUDF(Arc::clone(function)),
            (None, None) => return Err(self.no_function(name)),
        };
        let (own, aliases) = window_function(&fun);
        self.admit(name, own, aliases)?;
        let mut order_by = self.sorts(&over.order_by)?;
        let params = WindowFunctionParams {
            args: self.counted(call)?,
            partition_by: self.several(&over.partition_by)?,
            window_frame: self.window_frame(over.frame.as_ref(), &mut order_by)?,
            order_by,
            filter: call.filter.as_deref().map(|filter| self.boxed(filter)).transpose()?,
            null_treatment: call.nulls.map(Into::into),
            distinct: call.distinct,
        };
        Ok(Expr::WindowFunction(Box::new(WindowFunction { fun, params })))
    }

    fn window_frame(&self, spec: Option<&WindowFrameSpec>, order_by: &mut Vec<SortExpr>) -> Result<WindowFrame> {
        let Some(spec) = spec else { return Ok(WindowFrame::new((!order_by.is_empty()).then_some(false))) };
        let units = match spec.unit {
            WindowUnit::Rows => WindowFrameUnits::Rows,
            WindowUnit::Range => WindowFrameUnits::Range,
            WindowUnit::Groups => WindowFrameUnits::Groups,
        };
        let none = || if units == WindowFrameUnits::Range { ScalarValue::Null } else { ScalarValue::UInt64(None) };
        let from = match &spec.from {
            WindowBound::Unbounded => WindowFrameBound::Preceding(none()),
            bound => distance(bound, units)?,
        };
        let to = match &spec.to {
            WindowBound::Unbounded => WindowFrameBound::Following(none()),
            bound => distance(bound, units)?,
        };
        let frame = WindowFrame::new_bounds(units, from, to);
        frame.regularize_order_bys(order_by).map_err(|error| self.planning(&error))?;
        Ok(frame)
    }

    /// The arguments; `count` without any counts rows.
    fn counted(&self, call: &CallSpec) -> Result<Vec<Expr>> {
        if call.args.is_empty() && call.name == "count" { Ok(vec![lit(1_i64)]) } else { self.several(&call.args) }
    }

    /// Refuses a function that the policy forbids under any of its names.
    fn admit(&self, called: &str, name: &str, aliases: &[String]) -> Result<()> {
        let policy = self.planner.policy;
        let allowed = policy.functions.allows_function(name, aliases);
        if allowed { Ok(()) } else { Err(refusal("function", "query", policy, Some(called))) }
    }

    /// DISTINCT, FILTER, ORDER BY and nulls mean nothing to a function of one row.
    fn without_additions(&self, call: &CallSpec) -> Result<()> {
        if !call.distinct && call.filter.is_none() && call.order_by.is_empty() && call.nulls.is_none() {
            return Ok(());
        }
        let message = format!("'{}' takes no distinct, filter, order or nulls: those are for aggregates.", call.name);
        Err(EngineError::new(ErrorCode::FrameTypeMismatch, message).with("function", &call.name).with("step", self.step))
    }

    fn no_function(&self, name: &str) -> EngineError {
        let state = self.planner.state;
        if state.window_functions().contains_key(name) {
            let message = format!("'{name}' is a window function; say which rows it sees with over().");
            return EngineError::new(ErrorCode::SqlPlanError, message).with("function", name).with("step", self.step);
        }
        let (scalar, higher) = (state.scalar_functions().keys(), state.higher_order_functions().keys());
        let (aggregate, window) = (state.aggregate_functions().keys(), state.window_functions().keys());
        let names: Vec<&str> = scalar.chain(higher).chain(aggregate).chain(window).map(String::as_str).collect();
        EngineError::new(ErrorCode::SqlPlanError, format!("There is no function '{name}' at step {}.", self.step))
            .with("function", name)
            .with("step", self.step)
            .with("candidates", nearest(name, &names))
    }
}

impl From<Nulls> for NullTreatment {
    fn from(nulls: Nulls) -> Self {
        match nulls {
            Nulls::Ignore => Self::IgnoreNulls,
            Nulls::Respect => Self::RespectNulls,
        }
    }
}

/// A bound that is no end. The distance of a range stays text until the type of its order is known.
fn distance(bound: &WindowBound, units: WindowFrameUnits) -> Result<WindowFrameBound> {
    let scalar = |text: &String| -> Result<ScalarValue> {
        if units == WindowFrameUnits::Range {
            return Ok(ScalarValue::Utf8(Some(text.clone())));
        }
        let rows = text.parse().map_err(|_| EngineError::bad_request("$.over.frame", format!("'{text}' is not a number of rows")))?;
        Ok(ScalarValue::UInt64(Some(rows)))
    };
    match bound {
        WindowBound::Current | WindowBound::Unbounded => Ok(WindowFrameBound::CurrentRow),
        WindowBound::Preceding(text) => scalar(text).map(WindowFrameBound::Preceding),
        WindowBound::Following(text) => scalar(text).map(WindowFrameBound::Following),
    }
}
