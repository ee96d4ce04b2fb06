//! Spans of the engine's work under a sampled trace, for the tracer on the JavaScript side.
//!
//! They are collected per call and only when the caller's `traceparent` says sampled; otherwise nothing is measured.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use parking_lot::Mutex;
use serde::Serialize;
use ts_rs::TS;

use crate::plan::observed::OperatorRun;

/// Spans kept per call or query; the rest are counted.
const LIMIT: usize = 1000;

tokio::task_local! {
    static AROUND: Around;
}

/// One piece of work, with its times.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NativeSpan {
    /// Unique among the spans that are told together.
    pub id: String,
    /// The span around it; null below the operation itself.
    pub parent_id: Option<String>,
    /// What was done.
    pub name: String,
    /// Nanoseconds since the Unix epoch, in decimal.
    pub start_unix_ns: String,
    /// Nanoseconds since the Unix epoch, in decimal.
    pub end_unix_ns: String,
    /// Facts about it.
    #[ts(type = "Record<string, string | number | boolean>")]
    pub attributes: BTreeMap<&'static str, serde_json::Value>,
    /// Code of the error that ended it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub error: Option<String>,
}

/// The spans that were collected.
#[derive(Clone, Debug, Default, Serialize, TS)]
#[serde(rename_all = "camelCase")]
pub struct NativeSpans {
    /// Parents before their children.
    pub spans: Vec<NativeSpan>,
    /// How many more there were.
    #[ts(type = "number")]
    pub dropped: u64,
}

/// Collects the spans of one call, or of one query.
#[derive(Clone, Debug, Default)]
pub struct Spans(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    told: NativeSpans,
    next: u64,
}

#[derive(Clone)]
struct Around {
    spans: Spans,
    parent: Option<String>,
}

impl Spans {
    /// A collector, where the flags of a `traceparent` say sampled.
    #[must_use]
    pub fn sampled(traceparent: Option<&str>) -> Option<Self> {
        let flags = traceparent?.split('-').nth(3)?;
        let flags = u8::from_str_radix(flags, 16).ok()?;
        (flags & 1 == 1).then(Self::default)
    }

    /// The collector of the call that runs.
    #[must_use]
    pub fn current() -> Option<Self> {
        AROUND.try_with(|around| around.spans.clone()).ok()
    }

    /// What was collected since the last time.
    #[must_use]
    pub fn take(&self) -> NativeSpans {
        std::mem::take(&mut self.0.lock().told)
    }

    /// Runs the work of a call under this collector.
    pub async fn over<T>(self, work: impl Future<Output = T>) -> T {
        AROUND.scope(Around { spans: self, parent: None }, work).await
    }

    /// Tells of the run of a plan: one span for it and one per operator that knows its times.
    pub(crate) fn executed(&self, started: SystemTime, ended: SystemTime, operators: &[OperatorRun]) {
        let root = self.begin("execute", None, started);
        let mut ids: Vec<Option<String>> = Vec::with_capacity(operators.len());
        for operator in operators {
            let parent = operator.parent.and_then(|parent| ids.get(parent).cloned().flatten()).or_else(|| root.clone());
            let times = operator.times();
            let id = times.and_then(|(from, to)| {
                let id = self.begin(&operator.name, parent.as_deref(), system_time(from));
                self.end(id.as_deref(), system_time(to), &operator.attributes());
                id
            });
            ids.push(id.or(parent));
        }
        self.end(root.as_deref(), ended, &[]);
    }

    fn begin(&self, name: &str, parent: Option<&str>, at: SystemTime) -> Option<String> {
        let mut recorded = self.0.lock();
        if recorded.told.spans.len() >= LIMIT {
            recorded.told.dropped += 1;
            return None;
        }
        recorded.next += 1;
        let id = recorded.next.to_string();
        let start = nanos(at);
        recorded.told.spans.push(NativeSpan {
            id: id.clone(),
            parent_id: parent.map(str::to_owned),
            name: name.to_owned(),
            end_unix_ns: start.clone(),
            start_unix_ns: start,
            attributes: BTreeMap::new(),
            error: None,
        });
        Some(id)
    }

    fn end(&self, id: Option<&str>, at: SystemTime, attributes: &[(&'static str, u64)]) {
        let mut recorded = self.0.lock();
        let Some(span) = recorded.told.spans.iter_mut().find(|span| Some(span.id.as_str()) == id) else { return };
        span.end_unix_ns = nanos(at);
        span.attributes = attributes.iter().map(|(name, value)| (*name, serde_json::Value::from(*value))).collect();
    }
}

/// Runs `work` as a span of this name, where anybody collects.
pub(crate) async fn within<T>(name: &'static str, work: impl Future<Output = T>) -> T {
    let Ok(around) = AROUND.try_with(Clone::clone) else { return work.await };
    let Around { spans, parent } = around;
    let id = spans.begin(name, parent.as_deref(), SystemTime::now());
    let inner = Around { spans: spans.clone(), parent: id.clone().or(parent) };
    let value = AROUND.scope(inner, work).await;
    spans.end(id.as_deref(), SystemTime::now(), &[]);
    value
}

/// Runs `work` as a span of this name, where anybody collects.
pub(crate) fn measure<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
    let Ok(around) = AROUND.try_with(Clone::clone) else { return work() };
    let id = around.spans.begin(name, around.parent.as_deref(), SystemTime::now());
    let value = work();
    around.spans.end(id.as_deref(), SystemTime::now(), &[]);
    value
}

fn nanos(at: SystemTime) -> String {
    at.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos().to_string()
}

fn system_time(at: DateTime<Utc>) -> SystemTime {
    at.into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::EngineError;

    const SAMPLED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn shape(spans: &NativeSpans) -> Vec<(&str, Option<&str>, &str)> {
        spans.spans.iter().map(|span| (span.id.as_str(), span.parent_id.as_deref(), span.name.as_str())).collect()
    }

    #[test]
    fn only_a_sampled_trace_collects() {
        assert!(Spans::sampled(Some(SAMPLED)).is_some());
        for other in [None, Some(""), Some("00-a-b-00"), Some("00-a-b-xx"), Some("00-a-b")] {
            assert!(Spans::sampled(other).is_none(), "{other:?}");
        }
    }

    #[tokio::test]
    async fn a_failure_carries_the_spans_of_its_work() {
        let spans = Spans::default();
        let failed = spans.clone().over(within("plan", async { Err::<(), _>(EngineError::cancelled()) })).await;
        let envelope = failed.map_err(|error| error.with_spans(spans.take()).envelope()).err().unwrap_or_default();
        let told: serde_json::Value = serde_json::from_str(&envelope).unwrap_or_default();
        assert_eq!(told.pointer("/spans/spans/0/name").and_then(serde_json::Value::as_str), Some("plan"));
        assert!(!EngineError::cancelled().envelope().contains("spans"));
    }

    #[tokio::test]
    async fn spans_lie_within_each_other() {
        let spans = Spans::default();
        let work = within("plan", async { measure("analyze", || 42) });
        assert_eq!(spans.clone().over(work).await, 42);
        let told = spans.take();
        assert_eq!(shape(&told), [("1", None, "plan"), ("2", Some("1"), "analyze")]);
        for span in &told.spans {
            assert!(span.start_unix_ns <= span.end_unix_ns, "{span:?}");
        }
        assert!(spans.take().spans.is_empty());
    }

    #[tokio::test]
    async fn nothing_is_collected_outside_a_call() {
        assert_eq!(within("plan", async { 1 }).await, 1);
        assert!(Spans::current().is_none());
    }

    #[tokio::test]
    async fn the_rest_is_counted() {
        let spans = Spans::default();
        spans.clone().over(async { (0..LIMIT + 3).for_each(|_| measure("analyze", || ())) }).await;
        let told = spans.take();
        assert_eq!((told.spans.len(), told.dropped), (LIMIT, 3));
    }
}
