//! What a statement is: its kind, verb and the names in it, read from the engine's own syntax tree.

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use datafusion::common::TableReference;
use datafusion::config::Dialect;
use datafusion::error::Result as EngineResult;
use datafusion::sql::parser::{CopyToSource, DFParser, DFParserBuilder, ParserInput, Statement as EngineStatement};
use datafusion::sql::resolve::resolve_table_references;
use datafusion::sql::sqlparser::ast::{
    Expr, FunctionArg, FunctionArguments, ObjectName, Query, SetExpr, Statement, TableFactor, Value, ValueWithSpan, Visit, Visitor,
};
use datafusion::sql::sqlparser::dialect::{Dialect as ParserDialect, dialect_from_str};
use datafusion::sql::sqlparser::tokenizer::{Span, Token};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::text_lines::TextLines;
use super::verb::{self, StatementKind};
use super::{claim, common_tables, merge_stars, path_guard};
use crate::error::{EngineError, ErrorCode, Phase, Result, from_datafusion};

/// `EXPLAIN` or `EXPLAIN ANALYZE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum ExplainKind {
    /// Only plans.
    Plan,
    /// Executes.
    Analyze,
}

/// The option a SET or RESET names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct SettingChange {
    /// Full key.
    pub key: String,
    /// New value; null for RESET.
    pub value: Option<String>,
}

/// One statement of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct StatementInfo {
    /// Position among the statements of the text.
    pub ordinal: usize,
    /// Where it begins in the text, in UTF-16 units; of a statement inside another, where that one does.
    pub start: usize,
    /// Where it ends: behind its last character.
    pub end: usize,
    /// What it is; a query with an INSERT inside is `dml`.
    pub kind: StatementKind,
    /// Its leading words, e.g. `CREATE VIEW`.
    pub verb: String,
    /// Tables it reads and CTEs it defines, as it names them.
    #[serde(skip)]
    pub names: BTreeSet<String>,
    /// Its kind and those of the statements inside it, however deep.
    #[serde(skip)]
    pub kinds: BTreeSet<StatementKind>,
    /// The statement that an EXPLAIN wraps.
    pub inner: Option<Box<StatementInfo>>,
    /// For EXPLAIN: whether it executes.
    pub explain: Option<ExplainKind>,
    /// Tables it reads, CTEs left out.
    pub reads: Vec<String>,
    /// Tables it creates, changes or drops.
    pub writes: Vec<String>,
    /// Locations in it, each in the one spelling that policies compare; one that could mean two things as it is written.
    pub locations: Vec<String>,
    /// The same as they are written.
    #[serde(skip)]
    pub written_locations: Vec<String>,
    /// Tables without a schema that it reads or changes the rows of.
    #[serde(skip)]
    pub plain_tables: Vec<String>,
    /// Functions it calls, lower case.
    pub functions: Vec<String>,
    /// Parameters, without `$`.
    pub placeholders: Vec<String>,
    /// Whether a call names its arguments.
    pub named_arguments: bool,
    /// The option of a SET or RESET.
    pub setting: Option<SettingChange>,
    /// The name in PREPARE, EXECUTE or DEALLOCATE.
    pub prepared: Option<String>,
    /// The module that performs it, as far as that is known without the tables it changes.
    pub module: Option<String>,
    /// The text with every literal replaced by `?` and without comments.
    pub sanitized: String,
    /// Verb and tables, e.g. `SELECT t`.
    pub summary: String,
}

/// A parsed text: the engine's tree beside what is said of it.
pub struct ParsedStatement {
    /// The tree the planner takes: a WITH before a change of rows is in the queries of the statement.
    pub tree: EngineStatement,
    /// What it is.
    pub info: StatementInfo,
}

/// The parser's dialect for an engine option.
pub fn parser_dialect(dialect: Dialect) -> Result<Box<dyn ParserDialect>> {
    dialect_from_str(dialect).ok_or_else(|| EngineError::bad_request("$.dialect", format!("the dialect '{dialect}' is not known")))
}

/// Parses a text into its statements. `SQL.PARSE_ERROR {line, column}`.
pub fn parse(sql: &str, dialect: Dialect, recursion_limit: usize) -> Result<Vec<ParsedStatement>> {
    let parser_dialect = parser_dialect(dialect)?;
    let parsed = |input: ParserInput<'_>| {
        let builder = DFParserBuilder::new(input).with_dialect(parser_dialect.as_ref()).with_recursion_limit(recursion_limit);
        builder.build().and_then(|mut parser| placed(&mut parser))
    };
    let statements = parsed(sql.into())
        .or_else(|error| match merge_stars::spelled(sql, parser_dialect.as_ref()) {
            Some(tokens) => parsed(tokens.into()),
            None => Err(error),
        })
        .map_err(|error| positioned(from_datafusion(Phase::Sql, &error), sql))?;
    let sanitized = super::sanitize::sanitize(sql, parser_dialect.as_ref());
    let lines = TextLines::of(sql);
    statements
        .into_iter()
        .enumerate()
        .map(|(ordinal, (tree, span))| {
            let mut info = describe(&tree, ordinal, &sanitized)?;
            info.stands((lines.offset(span.start), lines.offset(span.end)));
            Ok(ParsedStatement { tree: common_tables::inlined(tree)?, info })
        })
        .collect()
}

/// The statements of a text, as the engine's own loop has them, and where each stands.
fn placed(parser: &mut DFParser<'_>) -> EngineResult<Vec<(EngineStatement, Span)>> {
    let mut statements = Vec::new();
    let mut ended = true;
    loop {
        while parser.parser.consume_token(&Token::SemiColon) {
            ended = true;
        }
        let next = parser.parser.peek_token();
        if next == Token::EOF {
            return Ok(statements);
        }
        if !ended {
            return parser.parser.expected("end of statement", next).map_err(Into::into);
        }
        let statement = parser.parse_statement()?;
        // Behind a token that was looked at and put back there may be white space.
        let mut last = parser.parser.get_current_index();
        while last > 0 && matches!(parser.parser.token_at(last).token, Token::Whitespace(_)) {
            last -= 1;
        }
        statements.push((statement, Span { start: next.span.start, end: parser.parser.token_at(last).span.end }));
        ended = false;
    }
}

/// The parser gives no position where the text ends too early.
fn positioned(error: EngineError, sql: &str) -> EngineError {
    if error.code != ErrorCode::SqlParseError || error.details.contains_key("line") {
        return error;
    }
    let text = sql.trim_end();
    let last = text.rsplit('\n').next().unwrap_or_default();
    error.with("line", text.matches('\n').count() + 1).with("column", last.chars().count() + 1)
}

fn describe(tree: &EngineStatement, ordinal: usize, sanitized: &str) -> Result<StatementInfo> {
    let mut names = Names::default();
    names.visit_tree(tree);
    if names.question_mark {
        return Err(EngineError::new(ErrorCode::SqlParseError, "The placeholder '?' is not supported; write $1, $2 … or $name."));
    }
    let (reads, ctes) = resolve_table_references(tree, true).map_err(|error| from_datafusion(Phase::Sql, &error))?;
    let writes = verb::targets(tree);
    let verb = verb::verb(tree);
    let made = verb.starts_with("CREATE") || verb.starts_with("DROP");
    let bare = reads.iter().filter(|name| !made || !writes.contains(&verb::table_name(name)));
    let plain_tables = bare.filter_map(plain).collect();
    let names_of_tables = reads.iter().chain(&ctes).map(ToString::to_string).filter(|name| !writes.contains(name)).collect();
    let reads: Vec<String> =
        reads.iter().filter(|name| !ctes.contains(name)).map(verb::table_name).filter(|name| !writes.contains(name)).collect();
    let (inner, explain) = match tree {
        EngineStatement::Explain(explain) => {
            let kind = if explain.options.analyze { ExplainKind::Analyze } else { ExplainKind::Plan };
            (Some(Box::new(describe(&explain.statement, 0, sanitized)?)), Some(kind))
        }
        EngineStatement::Statement(statement) => match statement.as_ref() {
            Statement::Prepare { statement, .. } => {
                // Its parameters get their values when it is executed.
                names.placeholders.clear();
                (Some(Box::new(describe(&EngineStatement::Statement(statement.clone()), 0, sanitized)?)), None)
            }
            _ => (None, None),
        },
        _ => (None, None),
    };
    let kind = if explain.is_some() { StatementKind::Explain } else { verb::kind(tree, names.kinds.last().copied()) };
    let kinds = if explain.is_some() { BTreeSet::from([kind]) } else { names.kinds.iter().copied().chain([kind]).collect() };
    let summary = std::iter::once(verb.as_str()).chain(writes.iter().chain(&reads).map(String::as_str)).collect::<Vec<_>>().join(" ");
    Ok(StatementInfo {
        ordinal,
        start: 0,
        end: 0,
        kind,
        kinds,
        summary,
        module: claim::module_of(&verb).map(str::to_owned),
        verb,
        inner,
        explain,
        names: names_of_tables,
        reads,
        writes,
        locations: names.locations.iter().map(|location| path_guard::told(location)).collect(),
        written_locations: names.locations,
        plain_tables,
        functions: names.functions.into_iter().collect(),
        placeholders: names.placeholders.into_iter().collect(),
        named_arguments: names.named_arguments,
        setting: verb::setting(tree),
        prepared: verb::prepared(tree),
        sanitized: sanitized.to_owned(),
    })
}

impl StatementInfo {
    /// Says where it stands in the text, with the statements inside it.
    fn stands(&mut self, (start, end): (usize, usize)) {
        (self.start, self.end) = (start, end);
        if let Some(inner) = &mut self.inner {
            inner.stands((start, end));
        }
    }
}

/// A name without a schema.
fn plain(table: &TableReference) -> Option<String> {
    if let TableReference::Bare { table } = table { Some(table.to_string()) } else { None }
}

/// Whether a SELECT of the query, or of its set operations, has INTO.
fn creates_a_table(body: &SetExpr) -> bool {
    match body {
        SetExpr::Select(select) => select.into.is_some(),
        SetExpr::SetOperation { left, right, .. } => creates_a_table(left) || creates_a_table(right),
        _ => false,
    }
}

/// Collects names while visiting the tree.
#[derive(Default)]
struct Names {
    functions: BTreeSet<String>,
    placeholders: BTreeSet<String>,
    locations: Vec<String>,
    named_arguments: bool,
    question_mark: bool,
    kinds: BTreeSet<StatementKind>,
}

impl Names {
    fn visit_tree(&mut self, tree: &EngineStatement) {
        match tree {
            EngineStatement::Statement(statement) => {
                let _ = statement.visit(self);
            }
            EngineStatement::Explain(explain) => self.visit_tree(&explain.statement),
            EngineStatement::CopyTo(copy) => {
                self.locations.push(copy.target.clone());
                if let CopyToSource::Query(query) = &copy.source {
                    self.kinds.extend(verb::written_by(query));
                    let _ = query.visit(self);
                }
            }
            EngineStatement::CreateExternalTable(create) => self.locations.extend(create.locations.iter().cloned()),
            EngineStatement::Reset(_) => {}
        }
    }

    fn call(&mut self, name: &ObjectName, arguments: &FunctionArguments) {
        self.functions.insert(verb::plain_name(name));
        if let FunctionArguments::List(list) = arguments {
            self.named_arguments |= list.args.iter().any(|arg| !matches!(arg, FunctionArg::Unnamed(_)));
        }
    }
}

impl Visitor for Names {
    type Break = ();

    fn pre_visit_statement(&mut self, statement: &Statement) -> ControlFlow<()> {
        self.kinds.insert(verb::kind_of(statement));
        ControlFlow::Continue(())
    }

    fn pre_visit_query(&mut self, query: &Query) -> ControlFlow<()> {
        if creates_a_table(&query.body) {
            self.kinds.insert(StatementKind::Ddl);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
        match factor {
            TableFactor::Table { name, args: Some(args), .. } => {
                self.functions.insert(verb::plain_name(name));
                self.named_arguments |= args.args.iter().any(|arg| !matches!(arg, FunctionArg::Unnamed(_)));
            }
            TableFactor::Function { name, args, .. } => {
                self.functions.insert(verb::plain_name(name));
                self.named_arguments |= args.iter().any(|arg| !matches!(arg, FunctionArg::Unnamed(_)));
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        if let Expr::Function(function) = expr {
            self.call(&function.name, &function.args);
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_value(&mut self, value: &ValueWithSpan) -> ControlFlow<()> {
        if let Value::Placeholder(text) = &value.value {
            match text.strip_prefix('$') {
                Some(name) => {
                    self.placeholders.insert(name.to_owned());
                }
                None => self.question_mark = true,
            }
        }
        ControlFlow::Continue(())
    }
}
