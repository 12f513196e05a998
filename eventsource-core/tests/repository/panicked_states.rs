//! A state that code panicked over is never decided on again.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use eventsource_core::{
    Aggregate, Apply, ExecuteError, Id, IntoEvents, LoadError, MemoryStore, Repository, event,
    transact,
};
use tokio::task::yield_now;

use super::support::{BlockingStore, Refusal};

#[event]
struct Drawn {}

/// A state with a lock in it, which a decision that panics poisons. Its copies share the lock.
#[derive(Aggregate, Clone, Default)]
#[aggregate(events(Drawn), category = "drawing")]
struct Copied {
    drawn: u64,
    seen: Arc<Mutex<u64>>,
}

#[derive(Aggregate, Default)]
#[aggregate(events(Drawn), category = "drawing")]
struct Single {
    drawn: u64,
    seen: Mutex<u64>,
}

trait Drawing: Aggregate + Apply<Drawn> {
    fn seen(&self) -> &Mutex<u64>;
    fn one_more() -> Self::Event;
}

impl Apply<Drawn> for Copied {
    fn apply(&mut self, _: Drawn) {
        self.drawn += 1;
    }
}

impl Apply<Drawn> for Single {
    fn apply(&mut self, _: Drawn) {
        self.drawn += 1;
    }
}

impl Drawing for Copied {
    fn seen(&self) -> &Mutex<u64> {
        &self.seen
    }

    fn one_more() -> CopiedEvent {
        Drawn {}.into()
    }
}

impl Drawing for Single {
    fn seen(&self) -> &Mutex<u64> {
        &self.seen
    }

    fn one_more() -> SingleEvent {
        Drawn {}.into()
    }
}

fn panics<A: Drawing>(state: &A) -> Result<A::Event, Refusal> {
    let mut seen = state.seen().lock().unwrap();
    *seen += 1;
    panic!("half of it is done")
}

/// Panics if the lock is poisoned, and if a decision was counted by half.
#[expect(clippy::unnecessary_wraps, reason = "a decision returns a result")]
fn draws<A: Drawing>(state: &A) -> Result<A::Event, Refusal> {
    assert_eq!(*state.seen().lock().unwrap(), 0);
    Ok(A::one_more())
}

fn is_panicked<T>(answer: &Result<T, ExecuteError<Refusal>>) -> bool {
    matches!(answer, Err(ExecuteError::Panicked { .. }))
}

async fn idle() {
    for _ in 0..100 {
        yield_now().await;
    }
}

async fn the_next_one_decides_on_what_is_stored<A: Drawing>()
where
    A::Event: IntoEvents<A::Event>,
{
    let drawings = Repository::<A>::new(MemoryStore::new()).cached(3);
    let id = Id::new();
    drawings.execute(id, draws::<A>).await.unwrap();
    // What may follow others, and what may not.
    let follows = drawings.execute(id, panics::<A>).await;
    assert!(is_panicked(&follows));
    drawings.execute(id, draws::<A>).await.unwrap();
    let alone = transact(drawings.at(id), |drawing| drawing.decide(panics::<A>)).await;
    assert!(is_panicked(&alone));
    let last = drawings.execute(id, draws::<A>).await.unwrap();
    assert_eq!(last.revision().version(), 3);
}

#[tokio::test]
async fn a_state_that_a_decision_panicked_over_is_not_kept() {
    the_next_one_decides_on_what_is_stored::<Copied>().await;
    the_next_one_decides_on_what_is_stored::<Single>().await;
}

async fn whoever_waits_decides_on_what_is_stored<A: Drawing>()
where
    A::Event: IntoEvents<A::Event>,
{
    let gate = BlockingStore::new(&MemoryStore::new());
    let (drawings, id) = (Repository::<A>::new(gate.clone()), Id::new());
    let begin = |decide: fn(&A) -> Result<A::Event, Refusal>| {
        let drawings = drawings.clone();
        tokio::spawn(async move { drawings.execute(id, decide).await })
    };
    let first = begin(draws::<A>);
    idle().await;
    let second = begin(panics::<A>);
    idle().await;
    let third = begin(draws::<A>);
    idle().await;
    gate.let_through(100);
    first.await.unwrap().unwrap();
    assert!(is_panicked(&second.await.unwrap()));
    let third = third.await.unwrap().unwrap();
    assert_eq!(third.revision().version(), 2);
}

#[tokio::test]
async fn a_state_that_a_decision_panicked_over_is_not_handed_to_whoever_waits() {
    whoever_waits_decides_on_what_is_stored::<Copied>().await;
    whoever_waits_decides_on_what_is_stored::<Single>().await;
}

/// The decision catches the panic itself, and refuses.
#[tokio::test]
async fn a_refusal_after_a_hidden_panic_does_not_keep_the_state() {
    let drawings = Repository::<Copied>::new(MemoryStore::new()).cached(3);
    let id = Id::new();
    drawings.execute(id, draws::<Copied>).await.unwrap();
    let hidden = transact(drawings.at(id), |drawing| {
        let decide = std::panic::AssertUnwindSafe(|| drawing.decide(panics::<Copied>));
        assert!(std::panic::catch_unwind(decide).is_err());
        Err(Refusal::Closed)
    });
    assert!(hidden.await.is_err());
    drawings.execute(id, draws::<Copied>).await.unwrap();
}

/// The code between the decisions may use the states of all of them.
#[tokio::test]
async fn a_panic_between_the_decisions_keeps_no_state() {
    let drawings = Repository::<Copied>::new(MemoryStore::new()).cached(3);
    let ids = [Id::new(), Id::new()];
    for id in ids {
        drawings.execute(id, draws::<Copied>).await.unwrap();
    }
    let between = transact(
        ids.map(|id| drawings.at(id)),
        |[one, other]| -> Result<(), Refusal> {
            let _seen = (one.state().seen.lock(), other.state().seen.lock());
            panic!("while both are locked")
        },
    );
    assert!(is_panicked(&between.await));
    for id in ids {
        drawings.execute(id, draws::<Copied>).await.unwrap();
    }
}

static DEFAULTS: AtomicUsize = AtomicUsize::new(usize::MAX);

/// Its default panics when it was made a number of times.
#[derive(Aggregate)]
#[aggregate(events(Drawn))]
struct Seldom(u64);

impl Default for Seldom {
    fn default() -> Self {
        let left = DEFAULTS.fetch_sub(1, Ordering::Relaxed);
        assert_ne!(left, 0, "no more of them");
        Self(0)
    }
}

impl Apply<Drawn> for Seldom {
    fn apply(&mut self, _: Drawn) {
        self.0 += 1;
    }
}

/// The commit is on its way when the state is handed on, so nothing may panic then.
#[tokio::test]
async fn a_default_that_panics_does_not_hide_what_is_stored() {
    let seldom = Repository::<Seldom>::new(MemoryStore::new());
    DEFAULTS.store(1, Ordering::Relaxed);
    let id = Id::new();
    let drawn = seldom.execute(id, |_| Ok::<_, Refusal>(Drawn {})).await;
    assert_eq!(drawn.unwrap().revision().version(), 1);
    let none = seldom.execute(id, |_| Ok::<_, Refusal>(Drawn {})).await;
    let Err(ExecuteError::Load(LoadError::DefaultPanicked { message, .. })) = none else {
        panic!("{none:?}")
    };
    assert!(message.contains("no more of them"), "{message}");
    DEFAULTS.store(usize::MAX, Ordering::Relaxed);
    assert_eq!(seldom.load(id).await.unwrap().0, 1);
}
