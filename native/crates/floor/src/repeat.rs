//! Repetition and measurement: how often work runs, and what one run costs.

use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::Result;

/// How often work runs.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Repeat {
    /// Runs before those that count.
    warmups: u32,
    /// Runs that count, at least.
    iterations: u32,
    /// Their time together, at least.
    min_ms: u64,
    /// Runs that count, at most.
    max_iterations: u32,
    /// When the first run takes longer, one warm-up and two iterations are enough.
    slow_ms: u64,
}

impl Default for Repeat {
    fn default() -> Self {
        Self { warmups: 2, iterations: 5, min_ms: 1000, max_iterations: 50, slow_ms: 2000 }
    }
}

/// What one run did.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Outcome {
    /// Rows of the result, or changed.
    pub(crate) rows: u64,
    /// When the first batch was there.
    pub(crate) first_batch: Option<Duration>,
    /// Bytes of the result, where they are counted.
    pub(crate) bytes: Option<u64>,
}

/// One run that counts.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sample {
    wall_ns: u64,
    cpu_ns: u64,
    rows: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_batch_ns: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bytes: Option<u64>,
}

/// Whether the next run counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Run {
    Warmup,
    Counts,
}

/// Where the repetition stands.
struct Pace {
    repeat: Repeat,
    warmed: u32,
    counted: u32,
    measured: Duration,
    slow: bool,
}

impl Pace {
    fn new(repeat: Repeat) -> Self {
        Self { repeat, warmed: 0, counted: 0, measured: Duration::ZERO, slow: false }
    }

    fn next(&self) -> Option<Run> {
        let Repeat { warmups, iterations, min_ms, max_iterations, .. } = self.repeat;
        if self.warmed < if self.slow { warmups.min(1) } else { warmups } && self.counted == 0 {
            return Some(Run::Warmup);
        }
        let wanted = if self.slow {
            self.counted < iterations.clamp(1, 2)
        } else {
            let enough = self.counted >= iterations.max(1) && self.measured >= Duration::from_millis(min_ms);
            !enough && self.counted < max_iterations.max(iterations).max(1)
        };
        wanted.then_some(Run::Counts)
    }

    fn note(&mut self, run: Run, wall: Duration) {
        if self.warmed + self.counted == 0 {
            self.slow = wall > Duration::from_millis(self.repeat.slow_ms);
        }
        match run {
            Run::Warmup => self.warmed += 1,
            Run::Counts => {
                self.counted += 1;
                self.measured += wall;
            }
        }
    }
}

/// Runs work as often as asked, `prepare` before each run and outside of its time.
pub(crate) async fn measure<I>(
    repeat: Option<Repeat>,
    mut prepare: impl AsyncFnMut() -> Result<I>,
    mut work: impl AsyncFnMut(I) -> Result<Outcome>,
) -> Result<Map<String, Value>> {
    let mut pace = Pace::new(repeat.unwrap_or_default());
    let mut samples = Vec::new();
    reset_peak();
    while let Some(run) = pace.next() {
        let input = prepare().await?;
        let (cpu, started) = (cpu_time(), Instant::now());
        let outcome = work(input).await?;
        let wall = started.elapsed();
        pace.note(run, wall);
        if run == Run::Counts {
            samples.push(Sample {
                wall_ns: nanos(wall),
                cpu_ns: nanos(cpu_time().saturating_sub(cpu)),
                rows: outcome.rows,
                first_batch_ns: outcome.first_batch.map(nanos),
                bytes: outcome.bytes,
            });
        }
    }
    let mut answer = Map::new();
    answer.insert("samples".to_owned(), serde_json::to_value(samples)?);
    answer.insert("peakRssBytes".to_owned(), peak_bytes().into());
    answer.insert("warmups".to_owned(), pace.warmed.into());
    Ok(answer)
}

/// Runs work as a task of the runtime, as every call of the extension is.
pub(crate) async fn task<T: Send + 'static>(work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
    tokio::spawn(work).await?
}

/// Nanoseconds as a number that JSON can carry.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// User and system time of the process so far.
#[cfg(unix)]
fn cpu_time() -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: the call writes to the place it is given, which lives longer.
    let code = unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &raw mut time) };
    let (seconds, nanos) = (u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0));
    if code == 0 { Duration::new(seconds, nanos) } else { Duration::ZERO }
}

/// Not known here.
#[cfg(not(unix))]
fn cpu_time() -> Duration {
    Duration::ZERO
}

/// Begins a new maximum, where the system can: the number is then that of the job and not of the process.
fn reset_peak() {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
}

/// The highest resident size since the reset; `None` where the system does not tell.
fn peak_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn runs(repeat: Repeat, walls: impl Fn(u32) -> u64) -> (u32, u32) {
        let mut pace = Pace::new(repeat);
        let mut number = 0;
        while let Some(run) = pace.next() {
            pace.note(run, Duration::from_millis(walls(number)));
            number += 1;
        }
        (pace.warmed, pace.counted)
    }

    #[test]
    fn runs_until_there_are_enough_of_them_and_enough_time() {
        let default = Repeat::default();
        assert_eq!(runs(default, |_| 300), (2, 5));
        assert_eq!(runs(default, |_| 100), (2, 10));
        assert_eq!(runs(default, |_| 1), (2, 50));
        assert_eq!(runs(Repeat { warmups: 0, iterations: 1, min_ms: 0, ..default }, |_| 1), (0, 1));
        assert_eq!(runs(Repeat { warmups: 0, iterations: 1, min_ms: 0, ..default }, |_| 9000), (0, 1));
    }

    #[test]
    fn slow_work_runs_three_times() {
        assert_eq!(runs(Repeat::default(), |_| 2001), (1, 2));
        assert_eq!(runs(Repeat { warmups: 0, ..Repeat::default() }, |_| 2001), (0, 2));
        assert_eq!(runs(Repeat::default(), |number| if number == 0 { 1999 } else { 9000 }), (2, 5));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_sample_tells_what_a_run_costs() {
        let repeat = Repeat { warmups: 1, iterations: 2, min_ms: 0, ..Repeat::default() };
        let mut prepared = 0;
        let work = async |bytes: usize| {
            let filled = task(async move { Ok(vec![1_u8; bytes]) }).await?;
            Ok(Outcome { rows: filled.iter().map(|byte| u64::from(*byte)).sum(), ..Outcome::default() })
        };
        let prepare = async || {
            prepared += 1;
            Ok(64 * 1024 * 1024)
        };
        let answer = measure(Some(repeat), prepare, work).await.unwrap();
        assert_eq!((prepared, answer["samples"].as_array().map(Vec::len)), (3, Some(2)));
        assert_eq!(answer["samples"][1]["rows"], 64 * 1024 * 1024);
        assert!(answer["samples"][0]["cpuNs"].as_u64().unwrap() > 0);
        assert!(answer["peakRssBytes"].as_u64().unwrap() >= 64 * 1024 * 1024);
    }
}
