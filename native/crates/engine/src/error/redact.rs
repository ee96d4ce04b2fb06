//! Removes credentials from every text that leaves the engine.

use serde_json::Value;

const MARKER: &str = "[redacted]";

/// Replaces the user info and the query values of every URL in `text`.
#[must_use]
pub fn redact(text: &str) -> String {
    let mut rest = text;
    let mut out = String::with_capacity(text.len());
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        out.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | ')' | '`')).unwrap_or(after.len());
        let (url, tail) = after.split_at(end);
        out.push_str(&redact_url(url));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Redacts every text in a JSON value.
#[must_use]
pub fn redact_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(&text)),
        Value::Array(items) => Value::Array(items.into_iter().map(redact_value).collect()),
        Value::Object(members) => Value::Object(members.into_iter().map(|(key, value)| (key, redact_value(value))).collect()),
        other => other,
    }
}

fn redact_url(url: &str) -> String {
    let (location, query) = url.split_once('?').map_or((url, None), |(location, query)| (location, Some(query)));
    let host_end = location.find('/').unwrap_or(location.len());
    let (authority, path) = location.split_at(host_end);
    let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("{MARKER}@{host}"));
    let query = query.map_or(String::new(), |query| {
        let pairs: Vec<String> =
            query.split('&').map(|pair| pair.split_once('=').map_or(pair.to_owned(), |(key, _)| format!("{key}={MARKER}"))).collect();
        format!("?{}", pairs.join("&"))
    });
    format!("{host}{path}{query}")
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn user_info_and_query_values_go() {
        assert_eq!(
            redact("read 's3://key:secret@bucket/a.parquet?X-Amz-Signature=abc&v=1' failed"),
            "read 's3://[redacted]@bucket/a.parquet?X-Amz-Signature=[redacted]&v=[redacted]' failed"
        );
    }

    #[test]
    fn text_without_urls_stays() {
        assert_eq!(redact("a ? b : c@d"), "a ? b : c@d");
    }
}
