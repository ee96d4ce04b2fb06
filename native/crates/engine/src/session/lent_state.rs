//! States that queries are planned with, lent by their session: to copy its functions costs more than a small query.

use std::ops::Deref;
use std::sync::Arc;

use datafusion::execution::session_state::SessionState;
use parking_lot::Mutex;

use super::catalog::Epoch;
use crate::sql::plan_cache::Stamp;

/// States kept for the next queries: as many as are planned at once, up to this.
const MOST_KEPT: usize = 16;

/// The states a session lends.
#[derive(Debug)]
pub struct StateShelf {
    catalog: Epoch,
    settings: Epoch,
    /// Those that came back, all of one stamp; `None` once the session is closed.
    kept: Mutex<Option<Kept>>,
}

#[derive(Debug, Default)]
struct Kept {
    stamp: Stamp,
    states: Vec<SessionState>,
}

/// A state that one query is planned with, for as long as it is planned.
#[derive(Debug)]
pub struct LentState {
    /// Always there until it is dropped.
    state: Option<SessionState>,
    back: Option<(Arc<StateShelf>, Stamp)>,
}

impl StateShelf {
    /// An empty shelf that counts the changes of a session.
    #[must_use]
    pub fn new(catalog: Epoch, settings: Epoch) -> Arc<Self> {
        Arc::new(Self { catalog, settings, kept: Mutex::new(Some(Kept::default())) })
    }

    /// What plans depend on, as of now.
    #[must_use]
    pub fn stamp(&self) -> Stamp {
        Stamp { catalog: self.catalog.get(), settings: self.settings.get() }
    }

    /// A state with the query's own start time and names: one that came back since the last change, or a copy.
    pub fn lend(self: &Arc<Self>, copy: impl FnOnce() -> SessionState) -> LentState {
        let stamp = self.stamp();
        let state = match self.taken(stamp) {
            Some(mut state) => {
                state.mark_start_execution();
                state
            }
            None => copy(),
        };
        LentState { state: Some(state), back: Some((Arc::clone(self), stamp)) }
    }

    fn taken(&self, stamp: Stamp) -> Option<SessionState> {
        let mut kept = self.kept.lock();
        kept.as_mut().filter(|kept| kept.stamp == stamp)?.states.pop()
    }

    fn take_back(&self, state: SessionState, stamp: Stamp) {
        if stamp != self.stamp() {
            return;
        }
        let mut kept = self.kept.lock();
        let Some(kept) = kept.as_mut() else { return };
        if kept.stamp != stamp {
            *kept = Kept { stamp, states: Vec::new() };
        }
        if kept.states.len() < MOST_KEPT {
            kept.states.push(state);
        }
    }

    /// Lets every state go, and those that are lent when they come back.
    pub fn close(&self) {
        self.kept.lock().take();
    }
}

impl LentState {
    /// A state of its own, which goes with it.
    #[must_use]
    pub const fn own(state: SessionState) -> Self {
        Self { state: Some(state), back: None }
    }
}

impl Deref for LentState {
    type Target = SessionState;

    fn deref(&self) -> &SessionState {
        let Some(state) = &self.state else { unreachable!("a lent state is taken back only when it is dropped") };
        state
    }
}

impl Drop for LentState {
    fn drop(&mut self) {
        if let (Some(state), Some((shelf, stamp))) = (self.state.take(), self.back.take()) {
            shelf.take_back(state, stamp);
        }
    }
}

#[cfg(test)]
mod tests {
    use datafusion::prelude::SessionContext;

    use super::*;

    #[test]
    fn a_state_comes_back_and_is_lent_again_with_another_start() {
        let (context, shelf) = (SessionContext::new(), StateShelf::new(Epoch::default(), Epoch::default()));
        let first = shelf.lend(|| context.state());
        let started = first.execution_props().query_execution_start_time;
        drop(first);
        let second = shelf.lend(|| unreachable!());
        assert!(second.execution_props().query_execution_start_time > started);
    }

    #[test]
    fn two_at_once_are_two_states() {
        let (context, shelf) = (SessionContext::new(), StateShelf::new(Epoch::default(), Epoch::default()));
        let (first, second) = (shelf.lend(|| context.state()), shelf.lend(|| context.state()));
        assert!(!Arc::ptr_eq(&first.execution_props().alias_generator, &second.execution_props().alias_generator));
    }

    #[test]
    fn no_state_outlives_a_change_of_the_session() {
        let (context, settings) = (SessionContext::new(), Epoch::default());
        let shelf = StateShelf::new(Epoch::default(), settings.clone());
        let copies = std::cell::Cell::new(0);
        let copy = || {
            copies.set(copies.get() + 1);
            context.state()
        };
        drop(shelf.lend(copy));
        settings.raise();
        let during = shelf.lend(copy);
        settings.raise();
        drop(during);
        drop(shelf.lend(copy));
        assert_eq!(copies.get(), 3);
    }

    #[test]
    fn a_closed_shelf_keeps_nothing() {
        let (context, shelf) = (SessionContext::new(), StateShelf::new(Epoch::default(), Epoch::default()));
        let lent = shelf.lend(|| context.state());
        shelf.close();
        drop(lent);
        assert!(shelf.kept.lock().is_none());
    }
}
