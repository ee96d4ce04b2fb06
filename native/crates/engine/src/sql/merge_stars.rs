//! `UPDATE SET *` and `INSERT *` of MERGE, which the engine's parser does not take: every column of the table gets the
//! value that the source has under its name.

use datafusion::arrow::datatypes::FieldRef;
use datafusion::common::TableReference;
use datafusion::sql::parser::Statement as EngineStatement;
use datafusion::sql::sqlparser::ast::{
    Assignment, AssignmentTarget, Expr, Ident, Merge, MergeAction, MergeInsertExpr, MergeInsertKind, MergeUpdateExpr, ObjectName, Statement,
};
use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::keywords::Keyword;
use datafusion::sql::sqlparser::tokenizer::{Token, TokenWithSpan, Tokenizer};

use crate::error::{EngineError, ErrorCode, Result};

/// The name that stands for every column. No text can write it without quotes.
const ALL: &str = "*";

/// A column, and what it is qualified with.
pub(super) type SourceColumn = (Option<TableReference>, FieldRef);

/// The tokens of a text in which the stars of MERGE are names: `SET * = *` and `INSERT (*) VALUES (*)`. `None` without any.
pub(super) fn spelled(sql: &str, dialect: &dyn Dialect) -> Option<Vec<TokenWithSpan>> {
    let tokens = Tokenizer::new(dialect, sql).tokenize_with_location().ok()?;
    let mut out = Vec::with_capacity(tokens.len());
    let mut before = [Keyword::NoKeyword; 3];
    let mut found = false;
    for (index, TokenWithSpan { token, span }) in tokens.iter().enumerate() {
        let ends = || ends_clause(tokens.get(index + 1..).unwrap_or_default());
        let spelling = match (token, before) {
            (Token::Mul, [Keyword::THEN, Keyword::UPDATE, Keyword::SET]) if ends() => vec![all(), Token::Eq, all()],
            (Token::Mul, [_, Keyword::THEN, Keyword::INSERT]) if ends() => {
                let values = Token::make_word("VALUES", None);
                vec![Token::LParen, all(), Token::RParen, values, Token::LParen, all(), Token::RParen]
            }
            _ => Vec::new(),
        };
        if !matches!(token, Token::Whitespace(_)) {
            let keyword = if let Token::Word(word) = token { word.keyword } else { Keyword::NoKeyword };
            before = [before[1], before[2], keyword];
        }
        if spelling.is_empty() {
            out.push(TokenWithSpan { token: token.clone(), span: *span });
        } else {
            found = true;
            out.extend(spelling.into_iter().map(|token| TokenWithSpan { token, span: *span }));
        }
    }
    found.then_some(out)
}

/// Whether what follows is the next clause or the end.
fn ends_clause(tokens: &[TokenWithSpan]) -> bool {
    match tokens.iter().map(|next| &next.token).find(|token| !matches!(token, Token::Whitespace(_))) {
        None | Some(Token::EOF | Token::SemiColon | Token::RParen) => true,
        Some(Token::Word(word)) => matches!(word.keyword, Keyword::WHEN | Keyword::OUTPUT | Keyword::RETURNING),
        Some(_) => false,
    }
}

fn all() -> Token {
    Token::make_word(ALL, None)
}

/// The merge that a statement is, or explains, where a clause of it has a star.
pub(super) fn starred(tree: &mut EngineStatement) -> Option<&mut Merge> {
    match tree {
        EngineStatement::Explain(explain) => starred(&mut explain.statement),
        EngineStatement::Statement(statement) => match statement.as_mut() {
            Statement::Merge(merge) => has_stars(merge).then_some(merge),
            _ => None,
        },
        _ => None,
    }
}

fn has_stars(merge: &Merge) -> bool {
    merge.clauses.iter().any(|clause| match &clause.action {
        MergeAction::Update(update) => sets_all(update),
        MergeAction::Insert(insert) => inserts_all(insert),
        MergeAction::Delete { .. } => false,
    })
}

fn sets_all(update: &MergeUpdateExpr) -> bool {
    matches!(update.assignments.as_slice(), [Assignment { target: AssignmentTarget::ColumnName(name), .. }] if is_all(name))
}

fn inserts_all(insert: &MergeInsertExpr) -> bool {
    matches!(insert.columns.as_slice(), [name] if is_all(name))
}

fn is_all(name: &ObjectName) -> bool {
    let [part] = name.0.as_slice() else { return false };
    part.as_ident().is_some_and(|ident| ident.value == ALL && ident.quote_style.is_none())
}

/// Writes the stars of a merge out. `SQL.PLAN_ERROR {columns}` for columns of the table that the source lacks.
pub(super) fn write_out(merge: &mut Merge, target: &[FieldRef], source: &[SourceColumn]) -> Result<()> {
    let columns = paired(target, source)?;
    for clause in &mut merge.clauses {
        match &mut clause.action {
            MergeAction::Update(update) if sets_all(update) => {
                update.assignments = columns
                    .iter()
                    .map(|(name, value)| Assignment { target: AssignmentTarget::ColumnName(name.clone()), value: value.clone() })
                    .collect();
            }
            MergeAction::Insert(insert) if inserts_all(insert) => {
                insert.columns = columns.iter().map(|(name, _)| name.clone()).collect();
                if let MergeInsertKind::Values(values) = &mut insert.kind
                    && let Some(row) = values.rows.first_mut()
                {
                    row.content = columns.iter().map(|(_, value)| value.clone()).collect();
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Each column of the table with that of the source.
fn paired(target: &[FieldRef], source: &[SourceColumn]) -> Result<Vec<(ObjectName, Expr)>> {
    let (mut pairs, mut missing) = (Vec::with_capacity(target.len()), Vec::new());
    for field in target {
        match named(field.name(), source)? {
            Some(value) => pairs.push((ObjectName::from(vec![quoted(field.name())]), value)),
            None => missing.push(field.name()),
        }
    }
    if missing.is_empty() {
        return Ok(pairs);
    }
    let list: Vec<String> = missing.iter().map(|name| format!("'{name}'")).collect();
    let message = format!(
        "UPDATE SET * and INSERT * take every column of the table from the source, which has no {}; add them to the source, or name the \
         columns of the clause.",
        list.join(", ")
    );
    Err(EngineError::new(ErrorCode::SqlPlanError, message).with("columns", missing))
}

/// The column of the source with a name: as it is spelled, else in any letter case.
fn named(name: &str, source: &[SourceColumn]) -> Result<Option<Expr>> {
    let exact: Vec<&SourceColumn> = source.iter().filter(|(_, field)| field.name() == name).collect();
    let found = match exact.is_empty() {
        true => source.iter().filter(|(_, field)| field.name().eq_ignore_ascii_case(name)).collect(),
        false => exact,
    };
    match found.as_slice() {
        [] => Ok(None),
        [(qualifier, field)] => {
            let parts = qualifier.iter().flat_map(TableReference::to_vec).chain([field.name().clone()]);
            let mut parts: Vec<Ident> = parts.map(|part| quoted(&part)).collect();
            Ok(match parts.len() {
                1 => parts.pop().map(Expr::Identifier),
                _ => Some(Expr::CompoundIdentifier(parts)),
            })
        }
        _ => Err(EngineError::new(ErrorCode::SqlPlanError, format!("The source of the merge has several columns '{name}'; rename them."))
            .with("columns", vec![name])),
    }
}

fn quoted(name: &str) -> Ident {
    Ident::with_quote('"', name)
}

#[cfg(test)]
mod tests {
    use datafusion::config::Dialect;

    use crate::sql::statement::parse;

    #[test]
    fn stars_of_merge_are_taken_and_no_others() {
        let merge = "MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN update /* all */ SET\n* WHEN NOT MATCHED THEN INSERT *";
        for sql in [merge.to_owned(), format!("EXPLAIN {merge};")] {
            assert!(parse(&sql, Dialect::Generic, 50).is_ok(), "{sql}");
        }
        let product = "SELECT CASE WHEN a THEN insert * 2 END FROM t";
        assert!(parse(product, Dialect::Generic, 50).unwrap().remove(0).info.sanitized.contains("insert * ?"));
        for sql in ["UPDATE t SET *", "INSERT INTO t *", "MERGE INTO t USING s ON true WHEN MATCHED THEN UPDATE SET *, a = 1"] {
            assert!(parse(sql, Dialect::Generic, 50).is_err(), "{sql}");
        }
    }
}
