//! SQL text that is safe to store: literals become `?`, comments go.

use datafusion::sql::sqlparser::dialect::Dialect;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer, Whitespace};

/// Every literal replaced by `?`, comments removed, white space folded. A text that has no tokens becomes empty.
#[must_use]
pub fn sanitize(sql: &str, dialect: &dyn Dialect) -> String {
    let Ok(tokens) = Tokenizer::new(dialect, sql).tokenize() else { return String::new() };
    let mut out = String::with_capacity(sql.len());
    for token in tokens {
        match token {
            Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_) | _) => push_space(&mut out),
            Token::EOF | Token::SemiColon => {}
            literal if is_literal(&literal) => out.push('?'),
            other => out.push_str(&other.to_string()),
        }
    }
    out.trim_end().to_owned()
}

fn push_space(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

fn is_literal(token: &Token) -> bool {
    matches!(
        token,
        Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::TripleSingleQuotedString(_)
            | Token::TripleDoubleQuotedString(_)
            | Token::DollarQuotedString(_)
            | Token::SingleQuotedByteStringLiteral(_)
            | Token::DoubleQuotedByteStringLiteral(_)
            | Token::SingleQuotedRawStringLiteral(_)
            | Token::DoubleQuotedRawStringLiteral(_)
            | Token::NationalStringLiteral(_)
            | Token::EscapedStringLiteral(_)
            | Token::UnicodeStringLiteral(_)
            | Token::HexStringLiteral(_)
    )
}

#[cfg(test)]
mod tests {
    use super::sanitize;
    use datafusion::sql::sqlparser::dialect::GenericDialect;

    #[test]
    fn literals_and_comments_go_and_parameters_stay() {
        let sql = "SELECT a, 'secret' /* token */ FROM t -- x\n WHERE b = 12.5 AND c = $1;";
        assert_eq!(sanitize(sql, &GenericDialect {}), "SELECT a, ? FROM t WHERE b = ? AND c = $1");
    }
}
