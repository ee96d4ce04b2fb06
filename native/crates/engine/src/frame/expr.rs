//! Expressions of frames, as they cross.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::ops::Op;

/// An expression. Numbers of literals are decimal text, binaries hexadecimal.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(tag = "e", rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
pub enum ExprSpec {
    /// A column by its exact name.
    Col {
        /// The name.
        name: String,
        /// The alias of its input.
        #[serde(default)]
        table: Option<String>,
    },
    /// A literal.
    Lit {
        /// Type text; null infers from the JSON value.
        #[serde(default)]
        r#type: Option<String>,
        /// The value; null is NULL.
        #[ts(type = "null | boolean | string")]
        value: serde_json::Value,
    },
    /// A binary operator.
    Binary {
        /// SQL text of the operator.
        op: String,
        /// Left side.
        left: Box<ExprSpec>,
        /// Right side.
        right: Box<ExprSpec>,
    },
    /// `NOT`.
    Not {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NULL`.
    IsNull {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT NULL`.
    IsNotNull {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS TRUE`.
    IsTrue {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS FALSE`.
    IsFalse {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS UNKNOWN`.
    IsUnknown {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT TRUE`.
    IsNotTrue {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT FALSE`.
    IsNotFalse {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `IS NOT UNKNOWN`.
    IsNotUnknown {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `minus`.
    Negative {
        /// Its argument.
        arg: Box<ExprSpec>,
    },
    /// `arg BETWEEN low AND high`.
    Between {
        /// The value.
        arg: Box<ExprSpec>,
        /// Lower bound, included.
        low: Box<ExprSpec>,
        /// Upper bound, included.
        high: Box<ExprSpec>,
        /// NOT BETWEEN.
        #[serde(default)]
        negated: bool,
    },
    /// `arg IN (list)`; an empty list is false.
    InList {
        /// The value.
        arg: Box<ExprSpec>,
        /// The members.
        list: Vec<ExprSpec>,
        /// NOT IN.
        #[serde(default)]
        negated: bool,
    },
    /// `arg LIKE pattern`.
    Like {
        /// The text.
        arg: Box<ExprSpec>,
        /// The pattern.
        pattern: Box<ExprSpec>,
        /// NOT LIKE.
        #[serde(default)]
        negated: bool,
        /// ILIKE.
        #[serde(default)]
        case_insensitive: bool,
        /// What takes the meaning from `%` and `_`.
        #[serde(default)]
        escape: Option<char>,
    },
    /// `arg SIMILAR TO pattern`.
    SimilarTo {
        /// The text.
        arg: Box<ExprSpec>,
        /// The pattern.
        pattern: Box<ExprSpec>,
        /// NOT SIMILAR TO.
        #[serde(default)]
        negated: bool,
    },
    /// A cast that fails on a bad value.
    Cast {
        /// The value.
        arg: Box<ExprSpec>,
        /// Type text.
        r#type: String,
    },
    /// A cast that gives NULL for a bad value.
    TryCast {
        /// The value.
        arg: Box<ExprSpec>,
        /// Type text.
        r#type: String,
    },
    /// `CASE WHEN … THEN … ELSE … END`.
    Case {
        /// In order; the first that holds wins.
        branches: Vec<Branch>,
        /// NULL when left out.
        #[serde(default)]
        otherwise: Option<Box<ExprSpec>>,
    },
    /// A function.
    Call(CallSpec),
    /// A function of a higher-order function.
    Lambda {
        /// Names of its parameters.
        params: Vec<String>,
        /// Its result.
        body: Box<ExprSpec>,
    },
    /// A value that `bind` gives.
    Param {
        /// Its name, without `$`.
        name: String,
    },
    /// `arg IN (query)`.
    InFrame {
        /// The value.
        arg: Box<ExprSpec>,
        /// A query of one column.
        query: QuerySpec,
        /// NOT IN.
        #[serde(default)]
        negated: bool,
    },
    /// `EXISTS (query)`.
    Exists {
        /// The query.
        query: QuerySpec,
        /// NOT EXISTS.
        #[serde(default)]
        negated: bool,
    },
    /// The one value of a query of one column and at most one row.
    ScalarOf {
        /// The query.
        query: QuerySpec,
    },
    /// A column of the query around this one.
    Outer {
        /// The name.
        name: String,
        /// The alias of its input.
        #[serde(default)]
        table: Option<String>,
    },
    /// Every column; in `select` only.
    All {
        /// The alias of the input.
        #[serde(default)]
        table: Option<String>,
        /// Columns left out.
        #[serde(default)]
        exclude: Vec<String>,
        /// Columns with another value, in their place.
        #[serde(default)]
        replace: Vec<NamedExpr>,
    },
    /// Another name for the result.
    Alias {
        /// The value.
        arg: Box<ExprSpec>,
        /// Its name.
        name: String,
    },
    /// A field of a struct.
    Field {
        /// The struct.
        arg: Box<ExprSpec>,
        /// The field.
        name: String,
    },
    /// An element of a list, counted from 1.
    At {
        /// The list.
        arg: Box<ExprSpec>,
        /// The position.
        index: Box<ExprSpec>,
    },
    /// Elements of a list, both positions included and counted from 1.
    Slice {
        /// The list.
        arg: Box<ExprSpec>,
        /// The first.
        from: Box<ExprSpec>,
        /// The last.
        to: Box<ExprSpec>,
    },
    /// SQL text, parsed against the input.
    Sql {
        /// The expression.
        text: String,
    },
}

/// One WHEN of a CASE.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct Branch {
    /// The condition.
    pub when: ExprSpec,
    /// The result.
    pub then: ExprSpec,
}

/// One key of an order.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SortSpec {
    /// The value sorted by.
    pub value: ExprSpec,
    /// Largest first.
    #[serde(default)]
    pub descending: bool,
    /// Nulls before everything else.
    #[serde(default)]
    pub nulls_first: bool,
}

/// A value with its column name.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct NamedExpr {
    /// The column.
    pub name: String,
    /// Its value.
    pub value: ExprSpec,
}

/// A query inside an expression.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct QuerySpec {
    /// Operand position.
    pub source: usize,
    /// Performed in order.
    pub ops: Vec<Op>,
}

/// A call of a scalar, higher-order, aggregate or window function.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CallSpec {
    /// Its name.
    pub name: String,
    /// Its arguments.
    pub args: Vec<ExprSpec>,
    /// Only distinct values (aggregates).
    #[serde(default)]
    pub distinct: bool,
    /// Only rows where this holds (aggregates).
    #[serde(default)]
    pub filter: Option<Box<ExprSpec>>,
    /// Order of the input (aggregates).
    #[serde(default)]
    pub order_by: Vec<SortSpec>,
    /// What nulls count for (aggregates and window functions).
    #[serde(default)]
    pub nulls: Option<Nulls>,
    /// The rows that a window function sees.
    #[serde(default)]
    pub over: Option<Box<WindowSpec>>,
}

/// What nulls count for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum Nulls {
    /// They are left out.
    Ignore,
    /// They are values.
    Respect,
}

/// `OVER (…)`.
#[derive(Clone, Debug, Default, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct WindowSpec {
    /// Rows that belong together.
    pub partition_by: Vec<ExprSpec>,
    /// Their order.
    pub order_by: Vec<SortSpec>,
    /// Which of them count; null is SQL's default.
    pub frame: Option<WindowFrameSpec>,
}

/// Which rows around the current one count.
#[derive(Clone, Debug, Serialize, Deserialize, TS)]
#[serde(deny_unknown_fields)]
pub struct WindowFrameSpec {
    /// What the bounds count.
    pub unit: WindowUnit,
    /// The first.
    pub from: WindowBound,
    /// The last.
    pub to: WindowBound,
}

/// What the bounds of a window count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum WindowUnit {
    /// Rows.
    Rows,
    /// The distance of the value sorted by.
    Range,
    /// Groups of rows that are equal in order.
    Groups,
}

/// A bound of a window.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub enum WindowBound {
    /// The first or the last row there is.
    Unbounded,
    /// The current row.
    Current,
    /// That far before the current row: a number or, for `range`, the text of an interval.
    Preceding(String),
    /// That far after it.
    Following(String),
}
