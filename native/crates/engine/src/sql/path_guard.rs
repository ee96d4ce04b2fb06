//! Locations in statements against the prefixes of the SQL policy. The twin of session-core's `path-guard`, held to the
//! same vectors.

use std::env;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::policy::SqlPolicy;
use crate::error::Result;
use crate::rules::policy_guard::refusal;

/// What a statement does with a location.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Reads from it.
    Read,
    /// Writes to it.
    Write,
}

/// Refuses a location that is neither one of the allowed prefixes nor below one. Without a list every location is allowed.
///
/// A path is compared in two forms, as a reader that decodes percent escapes and as one that takes it literally see it.
pub fn check(location: &str, access: Access, statement_kind: &str, policy: &SqlPolicy) -> Result<()> {
    let allowed = match access {
        Access::Read => &policy.paths.read,
        Access::Write => &policy.paths.write,
    };
    let Some(allowed) = allowed else { return Ok(()) };
    let prefixes: Vec<String> = allowed.iter().filter_map(|prefix| form(prefix)).collect();
    let inside = |form: Option<String>| form.is_some_and(|path| prefixes.iter().any(|prefix| is_below(&path, prefix)));
    if inside(normalise(location)) && inside(literal(location)) {
        return Ok(());
    }
    Err(refusal("path", statement_kind, policy, Some(location)))
}

/// Refuses a file whose real path is neither one of the prefixes that SQL may read nor below one.
pub fn check_file(path: &Path, policy: &SqlPolicy) -> Result<()> {
    let Some(allowed) = &policy.paths.read else { return Ok(()) };
    let real = real_path(path);
    let real = real.as_deref().and_then(Path::to_str);
    if real.is_some_and(|real| allowed.iter().filter_map(|prefix| form(prefix)).any(|prefix| is_below(real, &prefix))) {
        return Ok(());
    }
    Err(refusal("path", "query", policy, Some(&path.display().to_string())))
}

/// The one spelling of a prefix.
fn form(prefix: &str) -> Option<String> {
    Parts::of(prefix)?.joined()
}

/// The prefixes that two lists both allow: of one below the other, the longer.
#[must_use]
pub fn narrow(a: Option<&[String]>, b: Option<&[String]>) -> Option<Vec<String>> {
    let (Some(a), Some(b)) = (a, b) else { return a.or(b).map(<[String]>::to_vec) };
    let below = |prefix: &String, others: &[String]| {
        form(prefix).is_some_and(|path| others.iter().filter_map(|other| form(other)).any(|other| is_below(&path, &other)))
    };
    let mut kept: Vec<String> = a.iter().filter(|prefix| below(prefix, b)).cloned().collect();
    let more: Vec<String> = b.iter().filter(|prefix| below(prefix, a) && !kept.contains(prefix)).cloned().collect();
    kept.extend(more);
    Some(kept)
}

/// The one spelling of a location, for comparing it with prefixes. `None` for one that could mean something else to
/// whoever opens it.
#[must_use]
pub fn normalise(location: &str) -> Option<String> {
    Parts::of(location)?.without_glob()
}

/// What is told of a location: its one spelling, or the location as it stands where that could mean something else.
#[must_use]
pub fn told(location: &str) -> String {
    let form = normalise(location).filter(|form| literal(location).as_ref() == Some(form) && normalise(form).as_ref() == Some(form));
    form.unwrap_or_else(|| location.to_owned())
}

/// The same for a reader that takes what is no URL as it stands.
fn literal(location: &str) -> Option<String> {
    if has_scheme(location).is_some_and(|(_, rest)| rest.starts_with("//")) {
        return normalise(location);
    }
    if location.chars().any(is_control) {
        return None;
    }
    Parts { root: String::new(), segments: split(&absolute(location)?) }.without_glob()
}

/// A location in pieces.
struct Parts {
    /// `scheme://host`; empty for this machine.
    root: String,
    segments: Vec<String>,
}

impl Parts {
    fn of(location: &str) -> Option<Self> {
        let edge = |character: char| character.is_whitespace() || character == '\u{feff}';
        if location.is_empty() || location.starts_with(edge) || location.ends_with(edge) || is_home(location) {
            return None;
        }
        let parts = match has_scheme(location) {
            Some((scheme, rest)) => Self::of_url(&scheme, rest)?,
            None => Self { root: String::new(), segments: split(&decode(&absolute(location)?)) },
        };
        let clean = !parts.segments.iter().any(|segment| segment.chars().any(is_control));
        clean.then_some(parts)
    }

    fn of_url(scheme: &str, rest: &str) -> Option<Self> {
        // Schemes whose parser takes a backslash for a slash.
        let rest = if matches!(scheme, "file" | "http" | "https") { rest.replace('\\', "/") } else { rest.to_owned() };
        let (host, path) = match rest.strip_prefix("//") {
            Some(after) => {
                let end = after.find(['/', '?', '#']).unwrap_or(after.len());
                after.split_at(end)
            }
            None => ("", rest.as_str()),
        };
        let host = host.to_lowercase();
        if rest.chars().any(is_control) || has_user(scheme, &host) {
            return None;
        }
        let segments = split(&decode(path));
        if scheme == "file" && matches!(host.as_str(), "" | "localhost") {
            return Some(Self { root: String::new(), segments });
        }
        (!host.is_empty()).then(|| Self { root: format!("{scheme}://{host}"), segments })
    }

    /// Everything from the first segment with a wildcard left out.
    fn without_glob(mut self) -> Option<String> {
        if let Some(cut) = self.segments.iter().position(|segment| segment.contains(['*', '?', '[', '#'])) {
            if self.segments.iter().skip(cut).any(|segment| segment == "..") {
                return None;
            }
            self.segments.truncate(cut);
        }
        self.joined()
    }

    fn joined(&self) -> Option<String> {
        let resolved = without_parents(&self.segments);
        if !self.root.is_empty() {
            return Some(std::iter::once(self.root.as_str()).chain(resolved).collect::<Vec<_>>().join("/"));
        }
        let lexical = real_path(Path::new(&format!("/{}", resolved.join("/"))))?;
        if self.segments.iter().any(|segment| segment == "..") && physical_path(&self.segments)? != lexical {
            return None;
        }
        lexical.to_str().map(str::to_owned)
    }
}

/// The scheme in lower case, and what follows its colon.
fn has_scheme(location: &str) -> Option<(String, &str)> {
    let (scheme, rest) = location.split_once(':')?;
    let mut characters = scheme.chars();
    let begins = characters.next().is_some_and(|first| first.is_ascii_alphabetic());
    let goes_on = characters.all(|next| next.is_ascii_alphanumeric() || matches!(next, '+' | '.' | '-'));
    (begins && goes_on).then(|| (scheme.to_lowercase(), rest))
}

/// Readers that know a home directory would go there.
fn is_home(location: &str) -> bool {
    location == "~" || location.starts_with("~/")
}

/// Not normalised: that would take `..` away before symbolic links are looked at.
fn absolute(path: &str) -> Option<String> {
    if path.starts_with('/') {
        return Some(path.to_owned());
    }
    let here = env::current_dir().ok()?;
    Some(format!("{}/{path}", here.to_str()?))
}

/// Azure writes its container where others have a user.
fn has_user(scheme: &str, host: &str) -> bool {
    if !host.contains('@') {
        return false;
    }
    let named = host.split_once('@').is_some_and(|(container, account)| {
        !container.is_empty() && !container.contains(':') && !account.is_empty() && !account.contains('@')
    });
    !(matches!(scheme, "abfs" | "abfss") && named)
}

/// An escaped slash is a slash to a reader that decodes first, so it separates here too.
fn split(path: &str) -> Vec<String> {
    path.split('/').filter(|segment| !matches!(*segment, "" | ".")).map(str::to_owned).collect()
}

/// Decodes percent escapes once; those that are no text stay.
fn decode(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, tail) = rest.split_at(at);
        decoded.push_str(before);
        let (length, bytes) = escapes(tail);
        match String::from_utf8(bytes) {
            Ok(characters) if length > 0 => {
                decoded.push_str(&characters);
                rest = tail.get(length..).unwrap_or_default();
            }
            _ => {
                let kept = length.max(1);
                decoded.push_str(tail.get(..kept).unwrap_or_default());
                rest = tail.get(kept..).unwrap_or_default();
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// The escapes at the beginning that belong together: one of ASCII, or several of others.
fn escapes(text: &str) -> (usize, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut at = 0;
    while let Some(byte) = escape_at(text, at) {
        if byte.is_ascii() {
            return if bytes.is_empty() { (3, vec![byte]) } else { (at, bytes) };
        }
        bytes.push(byte);
        at += 3;
    }
    (at, bytes)
}

fn escape_at(text: &str, at: usize) -> Option<u8> {
    let digits = text.get(at..at + 3)?.strip_prefix('%')?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then(|| u8::from_str_radix(digits, 16).ok())?
}

fn is_control(character: char) -> bool {
    matches!(character, '\0'..='\u{1f}' | '\u{7f}')
}

fn without_parents(segments: &[String]) -> Vec<&str> {
    let mut resolved = Vec::new();
    for segment in segments {
        if segment == ".." {
            resolved.pop();
        } else {
            resolved.push(segment.as_str());
        }
    }
    resolved
}

/// The path as the operating system walks it: `..` behind a symbolic link is the parent of what it points to.
fn physical_path(segments: &[String]) -> Option<PathBuf> {
    let mut path = PathBuf::from("/");
    for segment in segments {
        path =
            if segment == ".." { path.parent().map_or_else(|| path.clone(), Path::to_path_buf) } else { real_path(&path.join(segment))? };
    }
    Some(path)
}

/// The real path of the longest part that exists, with the rest. `None` when a part exists and cannot be read.
fn real_path(path: &Path) -> Option<PathBuf> {
    match fs::canonicalize(path) {
        Ok(real) => Some(real),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            let parent = path.parent()?;
            let name = path.file_name()?;
            Some(real_path(parent)?.join(name))
        }
        Err(_) => None,
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    match path.strip_prefix(prefix) {
        Some(rest) => rest.is_empty() || prefix.ends_with('/') || rest.starts_with('/'),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::policy::PathRules;
    use super::*;

    fn admitted(prefix: &str, location: &str) -> bool {
        let paths = PathRules { read: Some(vec![prefix.to_owned()]), write: Some(Vec::new()) };
        let policy = SqlPolicy { paths, ..SqlPolicy::default() };
        assert!(check(location, Access::Write, "copy", &policy).is_err());
        check(location, Access::Read, "ddl", &policy).is_ok()
    }

    #[test]
    fn every_spelling_has_one_form() {
        let text = include_str!("../../../../../packages/session-core/test/path-vectors.json");
        let vectors: Vec<(String, Option<String>)> = serde_json::from_str(text).unwrap();
        for (location, form) in vectors {
            assert_eq!(normalise(&location), form, "{location:?}");
        }
    }

    #[test]
    fn what_could_mean_two_things_is_told_as_it_stands() {
        for (location, expected) in [
            ("FILE:///data/./x.csv", "/data/x.csv"),
            ("/data/a/../*.csv", "/data"),
            ("S3://Bucket/in//x", "s3://bucket/in/x"),
            ("/data/%2e%2e/x", "/data/%2e%2e/x"),
            ("s3://bucket/out/%252e%252e/in", "s3://bucket/out/%252e%252e/in"),
            ("file:/data/x", "file:/data/x"),
        ] {
            assert_eq!(told(location), expected);
        }
    }

    #[test]
    fn links_parents_and_literal_escapes_lead_nowhere_else() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        let data = root.join("data");
        fs::create_dir_all(data.join("deep")).unwrap();
        std::os::unix::fs::symlink(&root, data.join("up")).unwrap();
        let (root, data) = (root.to_str().unwrap(), data.to_str().unwrap());
        for inside in [format!("{data}/deep/x"), format!("file://{data}/x"), format!("{data}/*.csv"), format!("{data}/")] {
            assert!(admitted(data, &inside), "{inside}");
        }
        for outside in [
            format!("{data}/../x"),
            format!("{data}/%2e%2e/x"),
            format!("{data}/up/x"),
            format!("{data}/up/../x"),
            format!("{root}/%2e%2e{data}/x"),
            format!("file:{data}/x"),
            "~/x".to_owned(),
            "~".to_owned(),
        ] {
            assert!(!admitted(data, &outside), "{outside}");
        }
        assert!(admitted("/", "/etc/passwd"));
        assert!(!admitted(data, &format!("{root}/database/x")));
    }
}
