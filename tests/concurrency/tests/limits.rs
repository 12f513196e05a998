//! Limits of a store, reached through a repository.

use eventsource_concurrency_tests::stores::{memory, sqlite};
use eventsource_core::{
    Aggregate, AppendError, Apply, ErrorClass, ExecuteError, Id, IntoEvents, Loaded, Repository,
    event,
};

#[event]
enum NoteEvent {
    Noted { text: String },
}

#[derive(Aggregate, Debug, Default)]
#[aggregate(event = NoteEvent)]
struct Note {
    notes: usize,
}

impl Apply<NoteEvent> for Note {
    fn apply(&mut self, _: NoteEvent) {
        self.notes += 1;
    }
}

fn noted(letters: usize) -> NoteEvent {
    let text = "x".repeat(letters);
    NoteEvent::Noted { text }
}

/// Builds an event that makes a commit of this number of bytes.
fn of_bytes(bytes: usize) -> NoteEvent {
    let around = [r#"{"text":""}"#, "note.noted", Note::CATEGORY];
    let (id, event) = (16, 16);
    noted(bytes - id - event - around.map(str::len).iter().sum::<usize>())
}

/// Checks that a command at the limit is stored, and that one above it fails with both numbers and
/// stores nothing.
async fn assert_limited<V>(notes: &Repository<Note>, limit: usize, make: impl Fn(usize) -> V + Sync)
where
    V: IntoEvents<NoteEvent> + Send,
{
    let id = Id::new();
    let decided = notes.execute(id, |_| Ok::<_, &str>(make(limit))).await;
    let stored = decided.expect("it is no larger than the limit").revision();
    let refused = notes.execute(id, |_| Ok::<_, &str>(make(limit + 1))).await;
    let error = refused.expect_err("it is larger than the limit");
    assert_eq!(error.class(), ErrorClass::Refused);
    let ExecuteError::Append(AppendError::Limit {
        size,
        limit: stated,
        ..
    }) = error
    else {
        panic!("{error:?}")
    };
    assert_eq!((size, stated), (limit + 1, limit));
    let note = notes.load(id).await.expect("it can be loaded");
    assert_eq!(Loaded::revision(&note), stored);
}

#[tokio::test]
async fn a_decision_that_is_too_large_is_refused_with_its_size_and_the_limit() {
    for tested in [memory(), sqlite(1).await.any()] {
        let store = tested.store();
        let limits = store.limits();
        let notes = Repository::<Note>::new(store);
        assert_limited(&notes, limits.commit_bytes, of_bytes).await;
        let many = |count| (0..count).map(|_| noted(0)).collect::<Vec<_>>();
        assert_limited(&notes, limits.commit_events, many).await;
    }
}
