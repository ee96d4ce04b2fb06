//! Analysed queries that are kept, so that the same text costs no parsing and no planning, nor the same frame its planning.
//!
//! What a plan depends on beside its text, or its operations and sources, stands in the [`Stamp`] of its session: a change of
//! the catalogue, of the functions or of the settings lets everything go. Versions of live tables are looked at for every hit.

use std::collections::HashMap;
use std::fmt::Write;
use std::sync::Arc;

use datafusion::config::Dialect;
use datafusion::execution::session_state::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::sql::sqlparser::tokenizer::{Token, Tokenizer};
use parking_lot::Mutex;
use serde::Serialize;
use ts_rs::TS;

use super::kept_plan::{KeptPlan, MadeOf};
use super::statement::{StatementInfo, parser_dialect};
use crate::canonical_json::{CanonicalValue, fingerprint};
use crate::error::Result;
use crate::session::Session;

/// Longest text that is kept, and longest operations: longer ones are made by programs and seldom come again.
pub(crate) const LONGEST_TEXT: usize = 64 * 1024;

/// Texts remembered per plan: one plan may be written in many ways.
const TEXTS_PER_PLAN: usize = 4;

/// Counts of the changes of a session that can change a plan.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stamp {
    /// Changes of the catalogue and of the functions.
    pub catalog: u64,
    /// Changes of the settings.
    pub settings: u64,
}

/// What the plan cache had to do with a statement or frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CacheResult {
    /// The plan was there.
    Hit,
    /// The plan was made, and is kept.
    Miss,
    /// The plan was made, and is not kept.
    Skipped,
}

/// What the plan cache had to do with a statement or frame, and what it let go meanwhile.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct PlanCacheReply {
    /// What it had to do with it.
    pub result: CacheResult,
    /// Fingerprint of the tokens of the text, or of the operations of the frame and of what they begin with.
    pub key_hash: String,
    /// Why there was no plan, where it is known: `version` for a table that has another version now, `changed` for a frame
    /// over another plan of the same source.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub reason: Option<&'static str>,
    /// Plans that were let go.
    pub evicted: Vec<EvictedPlan>,
}

/// A plan that was let go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct EvictedPlan {
    /// As in the reply that told of it first.
    pub key_hash: String,
    /// `changed`: catalogue, functions, settings or a source; `version`: a table; `full`: it was used least recently.
    pub reason: &'static str,
}

/// What a look into the cache gave.
pub(crate) struct Search {
    /// The plan, if it is there.
    pub(crate) kept: Option<Arc<KeptPlan>>,
    /// What is told of the look.
    pub(crate) told: Told,
}

/// What is told of a look into the cache.
pub(crate) struct Told {
    pub(super) stamp: Stamp,
    pub(super) key: Arc<str>,
    reason: Option<&'static str>,
    evicted: Vec<EvictedPlan>,
}

impl Told {
    /// What is told of it.
    pub(crate) fn reply(self, result: CacheResult) -> PlanCacheReply {
        PlanCacheReply { result, key_hash: self.key.to_string(), reason: self.reason, evicted: self.evicted }
    }
}

/// The kept plans of a session.
pub struct PlanCache {
    limit: usize,
    content: Mutex<Content>,
}

#[derive(Default)]
struct Content {
    stamp: Stamp,
    clock: u64,
    plans: HashMap<Arc<str>, Slot>,
    /// Keys by the texts they were made of.
    texts: HashMap<Arc<str>, Arc<str>>,
}

struct Slot {
    kept: Arc<KeptPlan>,
    used: u64,
}

impl PlanCache {
    /// An empty cache; a limit of 0 keeps nothing.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, content: Mutex::default() }
    }

    /// Lets everything go.
    pub fn clear(&self) {
        *self.content.lock() = Content::default();
    }

    /// Looks for the plan of a text. `None` when it is not to be looked for: the cache is off, the text is too long, or
    /// it has no tokens.
    pub(crate) async fn find(&self, session: &Session, sql: &str) -> Result<Option<Search>> {
        if self.limit == 0 || sql.len() > LONGEST_TEXT {
            return Ok(None);
        }
        let known = self.content.lock().texts.get(sql).cloned();
        let key = match known {
            Some(key) => key,
            None => match key_of(sql, session.dialect()?)? {
                Some(key) => key,
                None => return Ok(None),
            },
        };
        let mut search = self.look(session, Some(sql), key);
        if let Some(kept) = search.kept.clone()
            && !kept.is_current().await
        {
            self.drop_plan(&kept, &mut search, "version");
        }
        Ok(Some(search))
    }

    /// Looks for the plan of a frame over these plans, none standing for a table. `None` when the cache is off.
    pub(crate) async fn find_frame(&self, session: &Session, key: Arc<str>, given: &[Option<&Arc<KeptPlan>>]) -> Option<Search> {
        if self.limit == 0 {
            return None;
        }
        let mut search = self.look(session, None, key);
        if let Some(kept) = search.kept.clone()
            && let Some(reason) = kept.outdated(given).await
        {
            self.drop_plan(&kept, &mut search, reason);
        }
        Some(search)
    }

    fn look(&self, session: &Session, sql: Option<&str>, key: Arc<str>) -> Search {
        let mut content = self.content.lock();
        let stamp = session.stamp();
        let mut evicted = Vec::new();
        if content.stamp != stamp {
            evicted = content.plans.keys().map(|key| EvictedPlan { key_hash: key.to_string(), reason: "changed" }).collect();
            *content = Content { stamp, ..Content::default() };
        }
        content.clock += 1;
        let clock = content.clock;
        let kept = content.plans.get_mut(&key).map(|slot| {
            slot.used = clock;
            Arc::clone(&slot.kept)
        });
        if let Some(sql) = sql.filter(|sql| kept.is_some() && !content.texts.contains_key(*sql)) {
            self.remember(&mut content, sql, &key);
        }
        Search { kept, told: Told { stamp, key, reason: None, evicted } }
    }

    fn remember(&self, content: &mut Content, sql: &str, key: &Arc<str>) {
        if content.texts.len() >= self.limit.saturating_mul(TEXTS_PER_PLAN) {
            content.texts.clear();
        }
        content.texts.insert(Arc::from(sql), Arc::clone(key));
    }

    fn drop_plan(&self, kept: &Arc<KeptPlan>, search: &mut Search, reason: &'static str) {
        search.kept = None;
        let told = &mut search.told;
        told.reason = Some(reason);
        let mut content = self.content.lock();
        if content.plans.get(&told.key).is_some_and(|slot| Arc::ptr_eq(&slot.kept, kept)) {
            content.plans.remove(&told.key);
            told.evicted.push(EvictedPlan { key_hash: told.key.to_string(), reason });
        }
    }

    /// Keeps a plan that was made after a search, if it may be kept and nothing has changed since.
    pub(crate) fn keep(
        &self,
        session: &Session,
        (sql, told): (&str, &mut Told),
        (plan, info): (&LogicalPlan, &StatementInfo),
        state: &SessionState,
    ) -> Result<Option<Arc<KeptPlan>>> {
        let kept = KeptPlan::of_statement((session, &*told), plan, info, state)?;
        Ok(kept.and_then(|kept| self.add(session, (Some(sql), told), kept)))
    }

    /// The same of a frame over these plans; without all of them it is not kept.
    pub(crate) fn keep_frame(
        &self,
        session: &Session,
        told: &mut Told,
        plan: &LogicalPlan,
        sources: Option<Vec<Arc<KeptPlan>>>,
    ) -> Result<Option<Arc<KeptPlan>>> {
        let Some(sources) = sources else { return Ok(None) };
        let kept = KeptPlan::of((session, &*told), plan, MadeOf::Frame(sources), || true)?;
        Ok(kept.and_then(|kept| self.add(session, (None, told), kept)))
    }

    fn add(&self, session: &Session, (sql, told): (Option<&str>, &mut Told), kept: KeptPlan) -> Option<Arc<KeptPlan>> {
        let mut content = self.content.lock();
        if content.stamp != told.stamp || session.stamp() != told.stamp {
            return None;
        }
        content.clock += 1;
        let (kept, used) = (Arc::new(kept), content.clock);
        content.plans.insert(Arc::clone(&told.key), Slot { kept: Arc::clone(&kept), used });
        if let Some(sql) = sql {
            self.remember(&mut content, sql, &told.key);
        }
        while content.plans.len() > self.limit {
            let Some(oldest) = content.plans.iter().min_by_key(|(_, slot)| slot.used).map(|(key, _)| Arc::clone(key)) else { break };
            content.plans.remove(&oldest);
            told.evicted.push(EvictedPlan { key_hash: oldest.to_string(), reason: "full" });
        }
        Some(kept)
    }
}

/// Fingerprint of the tokens of a text, white space and comments left out; `None` for a text without tokens.
fn key_of(sql: &str, dialect: Dialect) -> Result<Option<Arc<str>>> {
    let Ok(tokens) = Tokenizer::new(parser_dialect(dialect)?.as_ref(), sql).tokenize() else { return Ok(None) };
    let mut text = String::with_capacity(sql.len() * 2);
    for token in tokens {
        if !matches!(token, Token::Whitespace(_) | Token::EOF) {
            let _ = write!(text, "{token:?}\u{1}");
        }
    }
    if text.is_empty() {
        return Ok(None);
    }
    fingerprint("plan.key", 1, CanonicalValue::object([("tokens", CanonicalValue::from(text.as_str()))])).map(|key| Some(Arc::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(sql: &str) -> Option<Arc<str>> {
        key_of(sql, Dialect::Generic).unwrap()
    }

    #[test]
    fn white_space_and_comments_make_no_other_key() {
        assert_eq!(key("SELECT a FROM t"), key("SELECT a -- the one\n  FROM /* big */ t"));
        assert!(key("SELECT a FROM t").is_some());
    }

    #[test]
    fn words_values_and_quotes_do() {
        let plain = key("SELECT a FROM t WHERE b = '1'");
        for other in [
            "SELECT A FROM t WHERE b = '1'",
            "SELECT \"a\" FROM t WHERE b = '1'",
            "SELECT a FROM t WHERE b = 1",
            "SELECT a FROM t WHERE b = '1 '",
        ] {
            assert_ne!(plain, key(other), "{other}");
        }
        assert_eq!(key(" -- nothing"), None);
    }
}
