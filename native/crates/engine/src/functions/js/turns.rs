//! Turns on a JavaScript thread. Node runs the calls in its queue one after the other and comes to nothing else before
//! the queue is empty, so now and then nobody may add to it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex, MutexGuard};

use super::scalar::WAIT_STEP;
use crate::error::Result;

/// How long calls may follow one another without a turn of the event loop between them.
const LONGEST_RUN: Duration = Duration::from_millis(10);

type EventLoop = Box<dyn Fn(Held) + Send + Sync>;

/// What is let go of in a later turn of an event loop.
pub type Held = Box<dyn std::any::Any + Send>;

/// The calls that wait for one JavaScript thread.
pub struct Turns {
    calls: Mutex<Calls>,
    changed: Condvar,
    longest: Duration,
    event_loop: EventLoop,
}

struct Calls {
    /// Those that are not answered.
    open: usize,
    /// When the first call after a turn of the event loop was made; `None` before that.
    run: Option<Instant>,
    /// When the last call was answered.
    idle: Instant,
    /// Whether a turn of the event loop is awaited.
    turning: bool,
}

/// The right to one call, until it is answered.
pub struct Turn(Arc<Turns>);

/// Reopens the turns once it is let go of.
struct Reopening(Arc<Turns>);

impl Turns {
    /// The calls of a JavaScript thread. `event_loop` hands something to that thread, which lets go of it in a later turn
    /// of its event loop, or when it ends; it returns at once.
    #[must_use]
    pub fn new(event_loop: impl Fn(Held) + Send + Sync + 'static) -> Arc<Self> {
        Self::with_longest(Box::new(event_loop), LONGEST_RUN)
    }

    fn with_longest(event_loop: EventLoop, longest: Duration) -> Arc<Self> {
        let calls = Calls { open: 0, run: None, idle: Instant::now(), turning: false };
        Arc::new(Self { calls: Mutex::new(calls), changed: Condvar::new(), longest, event_loop })
    }

    /// Takes a turn: at once while calls have not followed one another for long, else when all of them are answered and
    /// the event loop has turned. `check` is asked now and then; its error ends the waiting.
    pub fn take(self: &Arc<Self>, check: impl Fn() -> Result<()>) -> Result<Turn> {
        let mut calls = self.calls.lock();
        calls.begin_anew_when_idle(self.longest);
        while calls.are_overdue(self.longest) {
            if calls.open == 0 && !calls.turning {
                calls.turning = true;
                MutexGuard::unlocked(&mut calls, || (self.event_loop)(Box::new(Reopening(Arc::clone(self)))));
            } else if self.changed.wait_for(&mut calls, WAIT_STEP).timed_out() {
                check()?;
            }
        }
        calls.open += 1;
        calls.run.get_or_insert_with(Instant::now);
        Ok(Turn(Arc::clone(self)))
    }
}

impl Calls {
    /// A thread that nobody called for a while has turned by itself.
    fn begin_anew_when_idle(&mut self, while_idle: Duration) {
        if self.open == 0 && !self.turning && self.idle.elapsed() >= while_idle {
            self.run = None;
        }
    }

    fn are_overdue(&self, longest: Duration) -> bool {
        self.run.is_some_and(|run| run.elapsed() >= longest)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut calls = self.0.calls.lock();
        calls.open -= 1;
        if calls.open == 0 {
            calls.idle = Instant::now();
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Reopening {
    fn drop(&mut self) {
        let mut calls = self.0.calls.lock();
        (calls.run, calls.turning) = (None, false);
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::error::EngineError;

    /// An event loop whose turns are those of a channel.
    fn turns(longest: Duration) -> (Arc<Turns>, mpsc::Receiver<Held>) {
        let (sender, receiver) = mpsc::channel();
        (Turns::with_longest(Box::new(move |held| sender.send(held).unwrap()), longest), receiver)
    }

    fn impatient() -> Result<()> {
        Err(EngineError::internal("it had to wait"))
    }

    #[test]
    fn calls_follow_one_another_for_a_while() {
        let (turns, handed) = turns(Duration::MAX);
        drop((turns.take(impatient).unwrap(), turns.take(impatient).unwrap()));
        drop(turns.take(impatient).unwrap());
        assert!(handed.try_recv().is_err());
    }

    #[test]
    fn then_those_before_are_awaited_and_a_turn_of_the_event_loop() {
        let (turns, handed) = turns(Duration::from_millis(1));
        let first = turns.take(impatient).unwrap();
        turns.calls.lock().run = Instant::now().checked_sub(Duration::from_secs(1));
        assert!(turns.take(impatient).is_err());
        assert!(handed.try_recv().is_err());
        let (waits, has_waited) = mpsc::channel();
        let waiting = std::thread::spawn({
            let turns = Arc::clone(&turns);
            let tell = move || {
                let _ = waits.send(());
                Ok(())
            };
            move || turns.take(tell).map(drop)
        });
        has_waited.recv().unwrap();
        drop(first);
        let held = handed.recv().unwrap();
        assert!(turns.take(impatient).is_err());
        drop(held);
        waiting.join().unwrap().unwrap();
    }

    #[test]
    fn a_thread_that_was_idle_needs_no_turn() {
        let (turns, handed) = turns(Duration::ZERO);
        drop(turns.take(impatient).unwrap());
        drop(turns.take(impatient).unwrap());
        assert!(handed.try_recv().is_err());
    }
}
