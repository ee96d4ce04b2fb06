//! The jobs, and who answers them.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::session::{OpenSession, SessionJob};
use crate::{Failure, Result, delta, machine, parquet_write, query, session};

/// One job.
#[derive(Debug, Deserialize)]
#[serde(tag = "job", rename_all = "camelCase")]
enum Job {
    Session(SessionJob),
    Query(query::QueryJob),
    ParquetWrite(parquet_write::ParquetWriteJob),
    DeltaOpen(delta::open::OpenJob),
    DeltaRefresh(delta::open::RefreshJob),
    DeltaWrite(delta::write::WriteJob),
    DeltaMerge(delta::merge::MergeJob),
    DeltaUpdate(delta::change::UpdateJob),
    DeltaDelete(delta::change::DeleteJob),
    Bandwidth(machine::BandwidthJob),
    Sha256(machine::Sha256Job),
    About(machine::AboutJob),
}

/// The process: the sessions that are open.
pub(crate) struct Floor {
    worker_threads: usize,
    sessions: HashMap<String, OpenSession>,
}

impl Floor {
    /// Nothing is open.
    pub(crate) fn new(worker_threads: usize) -> Self {
        Self { worker_threads, sessions: HashMap::new() }
    }

    /// The answer to one line.
    pub(crate) async fn answer(&mut self, line: &str) -> Value {
        let (id, job) = match parse(line) {
            Ok(parsed) => parsed,
            Err(failure) => (Value::Null, Err(failure)),
        };
        let outcome = match job {
            Ok(job) => self.run(job).await,
            Err(failure) => Err(failure),
        };
        match outcome {
            Ok(Value::Object(members)) => {
                let mut answer = Map::from_iter([("id".to_owned(), id), ("ok".to_owned(), Value::Bool(true))]);
                answer.extend(members);
                Value::Object(answer)
            }
            Ok(other) => json!({"id": id, "ok": true, "value": other}),
            Err(failure) => json!({"id": id, "ok": false, "error": failure.to_string()}),
        }
    }

    async fn run(&mut self, job: Job) -> Result<Value> {
        match job {
            Job::Session(job) => self.open(job).await,
            Job::Query(job) => query::run(self.session(&job.session)?, &job).await,
            Job::ParquetWrite(job) => parquet_write::run(self.session(&job.session)?, &job).await,
            Job::DeltaOpen(job) => delta::open::open(&job).await,
            Job::DeltaRefresh(job) => delta::open::refresh(&job).await,
            Job::DeltaWrite(job) => delta::write::run(self.session(&job.session)?, &job).await,
            Job::DeltaMerge(job) => delta::merge::run(self.session(&job.session)?, &job).await,
            Job::DeltaUpdate(job) => delta::change::update(self.session(&job.session)?, &job).await,
            Job::DeltaDelete(job) => delta::change::delete(self.session(&job.session)?, &job).await,
            Job::Bandwidth(job) => machine::bandwidth(&job),
            Job::Sha256(job) => machine::sha256(&job),
            Job::About(machine::AboutJob {}) => Ok(machine::about(self.worker_threads)),
        }
    }

    async fn open(&mut self, job: SessionJob) -> Result<Value> {
        let name = job.session.clone();
        // The old one is closed first, so that two never hold memory.
        self.sessions.remove(&name);
        let (opened, answer) = session::open(job).await?;
        self.sessions.insert(name, opened);
        Ok(answer)
    }

    fn session(&self, name: &str) -> Result<&OpenSession> {
        self.sessions.get(name).ok_or_else(|| format!("There is no session '{name}'; send a job of the kind session first.").into())
    }
}

type Parsed = (Value, Result<Job>);

/// The id of a job apart from the job, so that a job that cannot be read is answered under its id.
fn parse(line: &str) -> Result<Parsed, Failure> {
    let mut members: Map<String, Value> = serde_json::from_str(line)?;
    let id = members.remove("id").unwrap_or_default();
    Ok((id, serde_json::from_value(Value::Object(members)).map_err(Failure::from)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn jobs_that_cannot_be_read_are_answered_under_their_id() {
        let mut floor = Floor::new(2);
        let answer = floor.answer(r#"{"id": "a", "job": "about", "more": 1}"#).await;
        assert_eq!((&answer["id"], &answer["ok"]), (&json!("a"), &json!(false)));
        assert!(answer["error"].as_str().unwrap().contains("more"), "{answer}");
        let answer = floor.answer("{").await;
        assert_eq!((&answer["id"], &answer["ok"]), (&Value::Null, &json!(false)));
    }

    #[tokio::test]
    async fn a_job_names_an_open_session() {
        let mut floor = Floor::new(2);
        let query =
            r#"{"id": 1, "job": "query", "sql": "select 42 as x", "repeat": {"warmups": 0, "iterations": 2, "minMs": 0}, "rows": true}"#;
        let answer = floor.answer(query).await;
        assert_eq!(answer["error"], json!("There is no session 'main'; send a job of the kind session first."));
        let opened = floor.answer(r#"{"id": 0, "job": "session", "settings": [["datafusion.execution.batch_size", "4096"]]}"#).await;
        assert_eq!(opened["ok"], json!(true), "{opened}");
        let answer = floor.answer(query).await;
        assert_eq!(answer["samples"].as_array().map(Vec::len), Some(2), "{answer}");
        assert_eq!(answer["samples"][0]["rows"], json!(1));
        let column = json!({"name": "x", "type": "integer", "arrow": "Int64"});
        assert_eq!(answer["result"], json!({"columns": [column], "rows": [["42"]]}));
    }
}
