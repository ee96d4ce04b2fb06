//! What the machine can do, to tell a slow program from a slow minute.

use std::thread;
use std::time::Instant;

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::Result;
use crate::text::hex;

/// Reads memory from beginning to end.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BandwidthJob {
    #[serde(default = "gibibyte")]
    bytes: usize,
    threads: usize,
    #[serde(default = "three")]
    rounds: usize,
}

/// Hashes a fixed content.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Sha256Job {
    #[serde(default = "mebibytes_64")]
    bytes: usize,
    #[serde(default = "three")]
    rounds: usize,
}

/// Asks for versions.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AboutJob {}

fn gibibyte() -> usize {
    1 << 30
}

fn mebibytes_64() -> usize {
    64 << 20
}

fn three() -> usize {
    3
}

/// Sequential read with several threads at once; the best round counts.
pub(crate) fn bandwidth(job: &BandwidthJob) -> Result<Value> {
    if job.threads == 0 || job.bytes < 8 * job.threads {
        return Err("bandwidth needs a thread, and memory for each.".into());
    }
    let words: Vec<u64> = (0..(job.bytes / 8) as u64).collect();
    let share = words.len().div_ceil(job.threads);
    let sum = |words: &[u64]| words.iter().fold(0_u64, |sum, word| sum.wrapping_add(*word));
    let expected = sum(&words);
    rounds(job.rounds, words.len() * 8, || {
        let found = thread::scope(|scope| {
            let running: Vec<_> = words.chunks(share).map(|part| scope.spawn(move || sum(part))).collect();
            running.into_iter().map(|thread| thread.join().unwrap_or_default()).fold(0, u64::wrapping_add)
        });
        if found == expected { Ok(()) } else { Err("the memory reads differently than before".into()) }
    })
}

/// The speed of SHA-256 on one thread; the best round counts.
pub(crate) fn sha256(job: &Sha256Job) -> Result<Value> {
    let content: Vec<u8> = (0..job.bytes).map(|index| index as u8).collect();
    let mut digest = String::new();
    let mut answer = rounds(job.rounds, content.len(), || {
        digest = hex(&Sha256::digest(&content));
        Ok(())
    })?;
    if let Some(members) = answer.as_object_mut() {
        members.insert("digest".to_owned(), digest.into());
    }
    Ok(answer)
}

fn rounds(count: usize, bytes: usize, mut round: impl FnMut() -> Result<()>) -> Result<Value> {
    let mut rates = Vec::with_capacity(count);
    for _ in 0..count.max(1) {
        let started = Instant::now();
        round()?;
        rates.push(bytes as f64 / started.elapsed().as_secs_f64());
    }
    let best = rates.iter().copied().fold(0.0, f64::max);
    Ok(json!({"bytesPerSecond": best, "rounds": rates}))
}

/// What was built and what it runs on.
pub(crate) fn about(worker_threads: usize) -> Value {
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "datafusion": datafusion::DATAFUSION_VERSION,
        "arrow": arrow::ARROW_VERSION,
        "deltalake": deltalake::crate_version(),
        "os": std::env::consts::OS,
        "arch": std::env::consts::ARCH,
        "workerThreads": worker_threads,
        "pid": std::process::id(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_round_is_told_and_the_best_counts() {
        let answer = bandwidth(&BandwidthJob { bytes: 1 << 20, threads: 3, rounds: 4 }).unwrap();
        let rounds: Vec<f64> = answer["rounds"].as_array().unwrap().iter().filter_map(Value::as_f64).collect();
        assert_eq!((rounds.len(), answer["bytesPerSecond"].as_f64()), (4, rounds.iter().copied().reduce(f64::max)));
        assert!(bandwidth(&BandwidthJob { bytes: 1 << 20, threads: 0, rounds: 1 }).is_err());
    }

    #[test]
    fn the_hash_is_of_a_fixed_content() {
        let answer = sha256(&Sha256Job { bytes: 3, rounds: 1 }).unwrap();
        // printf '\x00\x01\x02' | sha256sum
        assert_eq!(answer["digest"], "ae4b3280e56e2faf83f414a6e3dabe9d5fbe18976544c05fed121accb85b53fc");
    }
}
