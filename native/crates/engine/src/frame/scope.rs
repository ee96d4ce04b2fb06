//! What the names of an expression mean, and the engine's form of it.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, TableReference};
use datafusion::functions::core::expr_ext::FieldAccessor;
use datafusion::functions_nested::expr_ext::{IndexAccessor, SliceAccessor};
use datafusion::logical_expr::expr::{InList, Like};
use datafusion::logical_expr::{Between, BinaryExpr, Case, Expr, ExprSchemable, Operator, SortExpr, cast, expr_fn, lit, try_cast};

use super::expr::{Branch, ExprSpec, SortSpec};
use super::literal::{escaped, literal};
use super::ops::Planner;
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion, nearest};
use crate::schema::type_text::parse_type_text;

/// What names and functions of an expression mean.
pub struct Scope<'a> {
    /// Functions, policy, operands and parameters.
    pub planner: &'a Planner<'a>,
    /// The columns in sight.
    pub schema: &'a DFSchema,
    /// Index of the operation, for errors.
    pub step: usize,
    /// The query around this one.
    pub outer: Option<&'a Scope<'a>>,
    /// Parameters of the lambdas around the expression.
    pub variables: Vec<String>,
}

impl<'a> Scope<'a> {
    /// The scope of an operation over these columns.
    #[must_use]
    pub fn new(planner: &'a Planner<'a>, schema: &'a DFSchema, step: usize) -> Self {
        Self { planner, schema, step, outer: None, variables: Vec::new() }
    }

    /// The same inside another query.
    #[must_use]
    pub fn within(mut self, outer: Option<&'a Self>) -> Self {
        self.outer = outer;
        self
    }

    /// The engine's form of an expression.
    pub fn expr(&self, spec: &ExprSpec) -> Result<Expr> {
        let expr = self.build(spec)?;
        let has_lambdas = expr.exists(|node| Ok(matches!(node, Expr::HigherOrderFunction(_)))).unwrap_or(false);
        if !has_lambdas {
            return Ok(expr);
        }
        expr.resolve_lambda_variables(self.schema).map(|resolved| resolved.data).map_err(|error| self.planning(&error))
    }

    /// Several expressions.
    pub fn all(&self, specs: &[ExprSpec]) -> Result<Vec<Expr>> {
        specs.iter().map(|spec| self.expr(spec)).collect()
    }

    /// The keys of an order.
    pub fn sorts(&self, specs: &[SortSpec]) -> Result<Vec<SortExpr>> {
        specs.iter().map(|key| Ok(self.expr(&key.value)?.sort(!key.descending, key.nulls_first))).collect()
    }

    pub(super) fn build(&self, spec: &ExprSpec) -> Result<Expr> {
        match spec {
            ExprSpec::Col { name, table } => self.column(name, table.as_deref()),
            ExprSpec::Lit { r#type, value } => literal(r#type.as_deref(), value),
            ExprSpec::Binary { op, left, right } => {
                Ok(Expr::BinaryExpr(BinaryExpr::new(self.boxed(left)?, operator(op)?, self.boxed(right)?)))
            }
            ExprSpec::Not { arg } => Ok(Expr::Not(self.boxed(arg)?)),
            ExprSpec::IsNull { arg } => Ok(Expr::IsNull(self.boxed(arg)?)),
            ExprSpec::IsNotNull { arg } => Ok(Expr::IsNotNull(self.boxed(arg)?)),
            ExprSpec::IsTrue { arg } => Ok(Expr::IsTrue(self.boxed(arg)?)),
            ExprSpec::IsFalse { arg } => Ok(Expr::IsFalse(self.boxed(arg)?)),
            ExprSpec::IsUnknown { arg } => Ok(Expr::IsUnknown(self.boxed(arg)?)),
            ExprSpec::IsNotTrue { arg } => Ok(Expr::IsNotTrue(self.boxed(arg)?)),
            ExprSpec::IsNotFalse { arg } => Ok(Expr::IsNotFalse(self.boxed(arg)?)),
            ExprSpec::IsNotUnknown { arg } => Ok(Expr::IsNotUnknown(self.boxed(arg)?)),
            ExprSpec::Negative { arg } => Ok(Expr::Negative(self.boxed(arg)?)),
            ExprSpec::Between { arg, low, high, negated } => {
                Ok(Expr::Between(Between::new(self.boxed(arg)?, *negated, self.boxed(low)?, self.boxed(high)?)))
            }
            ExprSpec::InList { list, negated, .. } if list.is_empty() => Ok(lit(*negated)),
            ExprSpec::InList { arg, list, negated } => Ok(Expr::InList(InList::new(self.boxed(arg)?, self.several(list)?, *negated))),
            ExprSpec::Like { arg, pattern, negated, case_insensitive, escape } => {
                let (pattern, escape) = escaped(self.build(pattern)?, *escape);
                Ok(Expr::Like(Like::new(*negated, self.boxed(arg)?, Box::new(pattern), escape, *case_insensitive)))
            }
            ExprSpec::SimilarTo { arg, pattern, negated } => {
                Ok(Expr::SimilarTo(Like::new(*negated, self.boxed(arg)?, self.boxed(pattern)?, None, false)))
            }
            ExprSpec::Cast { arg, r#type } => Ok(cast(self.build(arg)?, parse_type_text(r#type)?)),
            ExprSpec::TryCast { arg, r#type } => Ok(try_cast(self.build(arg)?, parse_type_text(r#type)?)),
            ExprSpec::Case { branches, otherwise } => self.case(branches, otherwise.as_deref()),
            ExprSpec::Alias { arg, name } => Ok(self.build(arg)?.alias(name)),
            ExprSpec::Field { arg, name } => Ok(self.build(arg)?.field(name.as_str())),
            ExprSpec::At { arg, index } => Ok(self.build(arg)?.index(self.build(index)?)),
            ExprSpec::Slice { arg, from, to } => Ok(self.build(arg)?.range(self.build(from)?, self.build(to)?)),
            ExprSpec::Sql { text } => self.fragment(text),
            ExprSpec::Call(call) => self.call(call),
            ExprSpec::Lambda { params, body } => Ok(expr_fn::lambda(params.iter().cloned(), self.with_variables(params).build(body)?)),
            ExprSpec::Param { name } => self.planner.parameter(name).map(lit),
            ExprSpec::InFrame { arg, query, negated } => self.in_frame(arg, query, *negated),
            ExprSpec::Exists { query, negated } => self.exists(query, *negated),
            ExprSpec::ScalarOf { query } => Ok(Expr::ScalarSubquery(self.subquery(query)?)),
            ExprSpec::Outer { name, table } => self.outer_column(name, table.as_deref()),
            ExprSpec::All { .. } => Err(EngineError::bad_request("$.ops", "every column at once is a value of select only")),
        }
    }

    pub(super) fn boxed(&self, spec: &ExprSpec) -> Result<Box<Expr>> {
        self.build(spec).map(Box::new)
    }

    pub(super) fn several(&self, specs: &[ExprSpec]) -> Result<Vec<Expr>> {
        specs.iter().map(|spec| self.build(spec)).collect()
    }

    fn with_variables(&self, params: &[String]) -> Self {
        let variables = self.variables.iter().chain(params).cloned().collect();
        Self { planner: self.planner, schema: self.schema, step: self.step, outer: self.outer, variables }
    }

    fn column(&self, name: &str, table: Option<&str>) -> Result<Expr> {
        if table.is_none() && self.variables.iter().any(|variable| variable == name) {
            return Ok(expr_fn::lambda_var(name));
        }
        self.find(name, table).map(Expr::Column)
    }

    /// The column of that name in sight, with its qualifier.
    pub(super) fn find(&self, name: &str, table: Option<&str>) -> Result<Column> {
        if !has(self.schema, name, table) {
            return Err(self.unknown(name));
        }
        match table {
            Some(table) => Ok(Column::new(Some(TableReference::bare(table)), name)),
            None => {
                let (qualifier, field) = self.schema.qualified_field_with_unqualified_name(name).map_err(|error| self.planning(&error))?;
                Ok(Column::new(qualifier.cloned(), field.name()))
            }
        }
    }

    /// `FRAME.UNKNOWN_COLUMN {column, step, candidates}`.
    #[must_use]
    pub fn unknown(&self, name: &str) -> EngineError {
        let names: Vec<&str> = self.schema.fields().iter().map(|field| field.name().as_str()).collect();
        let candidates = nearest(name, &names);
        let hint = if candidates.is_empty() { String::new() } else { format!(" Did you mean {}?", candidates.join(", ")) };
        EngineError::new(ErrorCode::FrameUnknownColumn, format!("There is no column '{name}' at step {}.{hint}", self.step))
            .with("column", name)
            .with("step", self.step)
            .with("candidates", candidates)
    }

    pub(super) fn planning(&self, error: &datafusion::error::DataFusionError) -> EngineError {
        from_datafusion(Phase::Frame(self.step), error)
    }

    fn case(&self, branches: &[Branch], otherwise: Option<&ExprSpec>) -> Result<Expr> {
        let pairs = branches.iter().map(|branch| Ok((self.boxed(&branch.when)?, self.boxed(&branch.then)?))).collect::<Result<Vec<_>>>()?;
        let otherwise = otherwise.map(|value| self.boxed(value)).transpose()?;
        Ok(Expr::Case(Case::new(None, pairs, otherwise)))
    }

    /// Checks that an expression has a type over the schema.
    pub fn typed(&self, expr: &Expr) -> Result<()> {
        expr.get_type(self.schema).map(|_| ()).map_err(|error| self.planning(&error))
    }
}

/// Whether a schema has a column.
pub(super) fn has(schema: &DFSchema, name: &str, table: Option<&str>) -> bool {
    match table {
        Some(table) => schema.has_column_with_qualified_name(&TableReference::bare(table), name),
        None => schema.has_column_with_unqualified_name(name),
    }
}

/// Replaces nodes of an expression.
pub(super) fn replaced(expr: Expr, replace: impl Fn(&Expr) -> Result<Option<Expr>>) -> Result<Expr> {
    use datafusion::common::tree_node::Transformed;
    let outcome = expr.transform(|node| {
        Ok(match replace(&node)? {
            Some(other) => Transformed::new(other, true, TreeNodeRecursion::Jump),
            None => Transformed::no(node),
        })
    });
    Ok(outcome?.data)
}

fn operator(text: &str) -> Result<Operator> {
    Ok(match text {
        "+" => Operator::Plus,
        "-" => Operator::Minus,
        "*" => Operator::Multiply,
        "/" => Operator::Divide,
        "%" => Operator::Modulo,
        "=" => Operator::Eq,
        "!=" => Operator::NotEq,
        "<" => Operator::Lt,
        "<=" => Operator::LtEq,
        ">" => Operator::Gt,
        ">=" => Operator::GtEq,
        "and" => Operator::And,
        "or" => Operator::Or,
        "is distinct from" => Operator::IsDistinctFrom,
        "is not distinct from" => Operator::IsNotDistinctFrom,
        "||" => Operator::StringConcat,
        "~" => Operator::RegexMatch,
        "~*" => Operator::RegexIMatch,
        "!~" => Operator::RegexNotMatch,
        "!~*" => Operator::RegexNotIMatch,
        "&" => Operator::BitwiseAnd,
        "|" => Operator::BitwiseOr,
        "^" => Operator::BitwiseXor,
        "<<" => Operator::BitwiseShiftLeft,
        ">>" => Operator::BitwiseShiftRight,
        other => return Err(EngineError::bad_request("$.op", format!("there is no operator '{other}'"))),
    })
}
