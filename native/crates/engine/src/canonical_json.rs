//! Canonical JSON and fingerprints: the twin of `@deltafuse/config`'s `canonical-json` and `fingerprint`.
//!
//! RFC 8785 restricted to integers: no whitespace, object keys in order of their UTF-16 code units, strings escaped as
//! `JSON.stringify` does, no Unicode normalisation. Both sides read the same golden vectors.

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

use crate::error::{EngineError, Result};

/// Compounds inside one another that are still accepted, as in TypeScript.
const MAX_DEPTH: usize = 64;

/// A value that canonical JSON can express.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CanonicalValue {
    /// `null`.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number, written as decimal digits.
    Integer(i128),
    /// A text.
    Text(String),
    /// Values in order.
    List(Vec<Self>),
    /// Members by name.
    Object(BTreeMap<String, Self>),
}

impl CanonicalValue {
    /// An object of these members; the last one of a name counts.
    pub fn object<K: Into<String>>(members: impl IntoIterator<Item = (K, Self)>) -> Self {
        Self::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// A list of these values.
    pub fn list<V: Into<Self>>(items: impl IntoIterator<Item = V>) -> Self {
        Self::List(items.into_iter().map(Into::into).collect())
    }

    /// A value of plain JSON. `NATIVE.BAD_REQUEST` for a fraction.
    pub fn from_json(value: &serde_json::Value) -> Result<Self> {
        json_value(value, "")
    }

    /// The one text of the value. `NATIVE.BAD_REQUEST` when it is nested deeper than 64 levels.
    pub fn to_text(&self) -> Result<String> {
        let mut text = String::new();
        write_value(&mut text, self, 0)?;
        Ok(text)
    }
}

impl From<bool> for CanonicalValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for CanonicalValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for CanonicalValue {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<i128> for CanonicalValue {
    fn from(value: i128) -> Self {
        Self::Integer(value)
    }
}

impl From<i64> for CanonicalValue {
    fn from(value: i64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<u64> for CanonicalValue {
    fn from(value: u64) -> Self {
        Self::Integer(value.into())
    }
}

impl From<i32> for CanonicalValue {
    fn from(value: i32) -> Self {
        Self::Integer(value.into())
    }
}

impl<T: Into<Self>> From<Option<T>> for CanonicalValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<Self>> From<Vec<T>> for CanonicalValue {
    fn from(value: Vec<T>) -> Self {
        Self::list(value)
    }
}

/// Lower-case hexadecimal SHA-256 of the UTF-8 canonical JSON of `{kind, version, value}`.
///
/// `kind` says what the value is and matches `[a-z][a-z0-9_.-]*`; `version` is the version of its shape, from 1.
pub fn fingerprint(kind: &str, version: u32, value: CanonicalValue) -> Result<String> {
    let mut letters = kind.chars();
    let starts = letters.next().is_some_and(|first| first.is_ascii_lowercase());
    let rest = letters.all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || matches!(letter, '_' | '.' | '-'));
    if !starts || !rest || version == 0 {
        return Err(EngineError::internal(format!("'{kind}' version {version} does not name a fingerprint")));
    }
    let members = [("kind", kind.into()), ("version", i64::from(version).into()), ("value", value)];
    let text = CanonicalValue::object(members).to_text()?;
    Ok(hex(&Sha256::digest(text.as_bytes())))
}

/// Lower-case hexadecimal digits of `bytes`.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn json_value(value: &serde_json::Value, path: &str) -> Result<CanonicalValue> {
    use serde_json::Value;
    Ok(match value {
        Value::Null => CanonicalValue::Null,
        Value::Bool(flag) => CanonicalValue::Bool(*flag),
        Value::Number(number) => match number.as_i128() {
            Some(integer) => CanonicalValue::Integer(integer),
            None => return Err(EngineError::bad_request(path, "fractions are not allowed; write them as text")),
        },
        Value::String(text) => CanonicalValue::Text(text.clone()),
        Value::Array(items) => {
            let items = items.iter().enumerate().map(|(index, item)| json_value(item, &format!("{path}[{index}]")));
            CanonicalValue::List(items.collect::<Result<_>>()?)
        }
        Value::Object(members) => {
            let members = members.iter().map(|(key, member)| Ok((key.clone(), json_value(member, &format!("{path}.{key}"))?)));
            CanonicalValue::Object(members.collect::<Result<_>>()?)
        }
    })
}

fn write_value(text: &mut String, value: &CanonicalValue, depth: usize) -> Result<()> {
    match value {
        CanonicalValue::Null => text.push_str("null"),
        CanonicalValue::Bool(flag) => text.push_str(if *flag { "true" } else { "false" }),
        CanonicalValue::Integer(number) => text.push_str(&number.to_string()),
        CanonicalValue::Text(content) => write_text(text, content),
        CanonicalValue::List(items) => {
            check_depth(depth)?;
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_value(text, item, depth + 1)?;
            }
            text.push(']');
        }
        CanonicalValue::Object(members) => {
            check_depth(depth)?;
            // BTreeMap orders by UTF-8 bytes, which differs from UTF-16 beyond the basic plane.
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_by(|(left, _), (right, _)| left.encode_utf16().cmp(right.encode_utf16()));
            text.push('{');
            for (index, (key, member)) in sorted.into_iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                write_text(text, key);
                text.push(':');
                write_value(text, member, depth + 1)?;
            }
            text.push('}');
        }
    }
    Ok(())
}

fn check_depth(depth: usize) -> Result<()> {
    if depth < MAX_DEPTH {
        return Ok(());
    }
    Err(EngineError::bad_request("", format!("the value is nested deeper than {MAX_DEPTH} levels")))
}

fn write_text(text: &mut String, content: &str) {
    text.push('"');
    for letter in content.chars() {
        match letter {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '\u{8}' => text.push_str("\\b"),
            '\t' => text.push_str("\\t"),
            '\n' => text.push_str("\\n"),
            '\u{c}' => text.push_str("\\f"),
            '\r' => text.push_str("\\r"),
            control if control < ' ' => {
                text.push_str("\\u00");
                text.push_str(&hex(&[u8::try_from(u32::from(control)).unwrap_or(0)]));
            }
            other => text.push(other),
        }
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;

    fn golden() -> Vec<Value> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages/config/test/golden/canonical.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    /// The vector file writes a bigint as `{"$bigint": "…"}`.
    fn value_of(json: &Value) -> CanonicalValue {
        match json {
            Value::Object(members) => match members.get("$bigint") {
                Some(digits) if members.len() == 1 => CanonicalValue::Integer(digits.as_str().unwrap().parse().unwrap()),
                _ => CanonicalValue::object(members.iter().map(|(key, member)| (key.clone(), value_of(member)))),
            },
            Value::Array(items) => CanonicalValue::List(items.iter().map(value_of).collect()),
            other => CanonicalValue::from_json(other).unwrap(),
        }
    }

    #[test]
    fn every_golden_vector_agrees_with_typescript() {
        let cases = golden();
        assert!(cases.len() >= 10);
        for case in cases {
            let value = value_of(&case["value"]);
            assert_eq!(value.to_text().unwrap(), case["text"].as_str().unwrap(), "{}", case["id"]);
            if let Some(digest) = case.get("digest").filter(|digest| !digest.is_null()) {
                let version = u32::try_from(digest["version"].as_u64().unwrap()).unwrap();
                let actual = fingerprint(digest["kind"].as_str().unwrap(), version, value).unwrap();
                assert_eq!(actual, digest["sha256"].as_str().unwrap(), "{}", case["id"]);
            }
        }
    }

    fn snake_case(name: &str) -> String {
        name.chars().fold(String::new(), |mut text, letter| {
            if letter.is_ascii_uppercase() {
                text.push('_');
            }
            text.push(letter.to_ascii_lowercase());
            text
        })
    }

    #[test]
    fn hashes_of_records_agree_with_typescript() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packages/telemetry/test/golden/records.json");
        let golden: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let cases = golden["hashes"].as_array().unwrap();
        assert!(cases.len() >= 2);
        for case in cases {
            let columns = case["body"].as_object().unwrap().iter().filter(|(_, value)| !value.is_null());
            let body = CanonicalValue::object(columns.map(|(name, value)| (snake_case(name), value_of(value))));
            let kind = format!("telemetry.{}", case["kind"].as_str().unwrap());
            assert_eq!(fingerprint(&kind, 1, body).unwrap(), case["hash"].as_str().unwrap(), "{kind}");
        }
    }

    #[test]
    fn a_fingerprint_is_the_digest_of_kind_version_and_value() {
        let empty = || CanonicalValue::object::<String>([]);
        assert_eq!(fingerprint("test", 1, empty()).unwrap(), "582ad247256bcd58e16e546e63534faeb28731ba391317f2cde39687ee4734f1");
        assert_eq!(fingerprint("test", 2, empty()).unwrap(), "85b16ebb55d6f1c5836e960182118486965edec3941aa1cf2e69561e5e8b461d");
        let wide = CanonicalValue::object([
            ("i64", CanonicalValue::from(i64::MIN)),
            ("u64", CanonicalValue::from(u64::MAX)),
            ("safe", CanonicalValue::from(9_007_199_254_740_991_i64)),
            ("zero", CanonicalValue::from(0)),
            ("one", CanonicalValue::from(1)),
        ]);
        assert_eq!(fingerprint("test", 1, wide).unwrap(), "881e37977cb765caa45c58dbcfcac94728116b95a2f1981d5282526da874a3fd");
    }

    #[test]
    fn keys_are_ordered_by_utf16_and_text_is_escaped_as_json_stringify_does() {
        let value = CanonicalValue::object([
            ("\u{E000}", CanonicalValue::from(1)),
            ("\u{1F600}", CanonicalValue::from(2)),
            ("\u{e9}", CanonicalValue::from("\u{0}\u{8}\t\n\u{c}\r\u{1f}\u{7f}\"\\/\u{2028}")),
        ]);
        assert_eq!(fingerprint("test", 1, value).unwrap(), "4daa450c23c89ea8428719ae135c2960e11c2f9de9f89326d6e9aba9bd2889a9");
    }

    #[test]
    fn deep_values_fractions_and_bad_kinds_are_refused() {
        let nested = |levels: usize| (1..levels).fold(CanonicalValue::List(vec![]), |inner, _| CanonicalValue::List(vec![inner]));
        assert!(nested(64).to_text().is_ok());
        assert!(nested(65).to_text().is_err());
        assert!(CanonicalValue::from_json(&serde_json::json!({"a": [1.5]})).is_err());
        assert!(fingerprint("Test", 1, CanonicalValue::Null).is_err());
        assert!(fingerprint("test", 0, CanonicalValue::Null).is_err());
    }
}
