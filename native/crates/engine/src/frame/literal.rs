//! Literals, from their text to the engine's values.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, lit};
use serde_json::Value;

use crate::error::{EngineError, Result};
use crate::schema::type_text::parse_type_text;

/// The literal of a value and its type text.
pub(super) fn literal(type_text: Option<&str>, value: &Value) -> Result<Expr> {
    let scalar = match value {
        Value::Null => ScalarValue::Null,
        Value::Bool(flag) => ScalarValue::Boolean(Some(*flag)),
        Value::String(text) => ScalarValue::Utf8(Some(text.clone())),
        _ => return Err(EngineError::bad_request("$.value", "a literal is null, a boolean or a text; numbers are decimal text")),
    };
    let Some(text) = type_text else { return Ok(lit(scalar)) };
    let data_type = parse_type_text(text)?;
    let typed = match (&data_type, &scalar) {
        (DataType::Binary, ScalarValue::Utf8(Some(digits))) => ScalarValue::Binary(Some(bytes(digits)?)),
        _ => scalar
            .cast_to(&data_type)
            .map_err(|error| EngineError::bad_request("$.value", format!("'{value}' is not a {text}: {}", error.message())))?,
    };
    Ok(lit(typed))
}

/// A pattern whose escape is the backslash, the only one the engine has.
pub(super) fn escaped(pattern: Expr, escape: Option<char>) -> (Expr, Option<char>) {
    let Some(escape) = escape.filter(|escape| *escape != '\\') else { return (pattern, escape) };
    let Expr::Literal(ScalarValue::Utf8(Some(text)), _) = &pattern else { return (pattern, Some(escape)) };
    let mut rewritten = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter == escape {
            rewritten.push('\\');
            rewritten.extend(letters.next());
        } else if letter == '\\' {
            rewritten.push_str("\\\\");
        } else {
            rewritten.push(letter);
        }
    }
    (lit(rewritten), None)
}

fn bytes(digits: &str) -> Result<Vec<u8>> {
    let refused = || EngineError::bad_request("$.value", "a binary literal is pairs of hexadecimal digits");
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| {
            let pair = std::str::from_utf8(pair).ok().filter(|pair| pair.len() == 2).ok_or_else(refused)?;
            u8::from_str_radix(pair, 16).map_err(|_| refused())
        })
        .collect()
}
