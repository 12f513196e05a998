//! The invariants of every aggregate.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::sync::Arc;

use eventsource_core::{Aggregate, EventStore, Id, MemoryStore, Repository};

use super::{Checker, End};
use crate::disk::at_once;
use crate::history::copy_of_first;

type Holds<A> = Box<dyn Fn(&A) -> bool + Send>;

/// A predicate holds of every aggregate `A` at each of its versions, and a state that is loaded from a
/// snapshot is the one that its events fold to.
pub(crate) struct Invariant<A> {
    holds: Holds<A>,
    of: PhantomData<fn() -> A>,
}

impl<A> Invariant<A> {
    pub(crate) fn new(holds: impl Fn(&A) -> bool + Send + 'static) -> Self {
        Self {
            holds: Box::new(holds),
            of: PhantomData,
        }
    }
}

impl<A: Aggregate + Debug> Checker for Invariant<A> {
    fn name(&self) -> &'static str {
        "always"
    }

    fn finish(&mut self, end: &End<'_>) -> Result<(), String> {
        let stored: Repository<A> = match end.world.externals.any() {
            Some(external) => Repository::new(external as Arc<dyn EventStore>),
            None => Repository::new(end.events.clone()),
        };
        let folded = Repository::<A>::new(copy_of_first(&end.events, usize::MAX));
        for id in ids(&end.events) {
            self.check(&stored, &folded, id)?;
        }
        Ok(())
    }
}

impl<A: Aggregate + Debug> Invariant<A> {
    fn check(
        &self,
        stored: &Repository<A>,
        folded: &Repository<A>,
        id: Id<A>,
    ) -> Result<(), String> {
        let text = |error: &dyn std::error::Error| error.to_string();
        let loaded = at_once(stored.load(id)).map_err(|error| text(&error))?;
        let history = at_once(folded.history(id)).map_err(|error| text(&error))?;
        let (stream, mut state) = (stored.stream(id), A::default());
        for recorded in history {
            let version = recorded.version();
            state.apply(recorded.event);
            if !(self.holds)(&state) {
                return Err(format!("{stream} at version {version} is {state:?}"));
            }
        }
        if format!("{:?}", *loaded) != format!("{state:?}") {
            return Err(format!(
                "{stream} is loaded as {:?}, and its events come to {state:?}",
                *loaded
            ));
        }
        Ok(())
    }
}

fn ids<A: Aggregate>(events: &MemoryStore) -> Vec<Id<A>> {
    let repository = Repository::<A>::new(events.clone());
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = at_once(repository.ids(after, 1_000)).unwrap_or_default();
        let Some(last) = page.last() else {
            return ids;
        };
        after = Some(*last);
        ids.extend(page);
    }
}
