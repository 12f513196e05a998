//! An append that is stopped after it has its position and before it commits.
//!
//! An append of another handle waits meanwhile or is committed: a store may do either.

use std::time::Duration;

use eventsource_core::store::{Commit, Expect, ReadLog, ReadStream};
use eventsource_core::{AppendError, Filter, Horizon, Query, Revision};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Store;
use super::bed::Handle;
use super::support::{
    Answer, HELD, Tail, append, at, cart, commit, event, events, is_conflict, read_all,
    read_stream, while_held,
};

/// A reader at the tail never sees a position appear at or below one that it has passed, and misses
/// none.
pub(super) async fn no_position_appears_late_beside_a_held_append([one, other]: [Handle; 2]) {
    append(&one, &cart(), 1).await;
    let Some(mut hold) = one.hold() else { return };
    let mut appends = JoinSet::new();
    let store = one.store();
    appends.spawn(async move { append(&store, &cart(), 2).await });
    hold.reached().await;
    for _ in 0..4 {
        let store = other.store();
        appends.spawn(async move { append(&store, &cart(), 1).await });
    }
    let some = || Query::from(Filter::new().name("cart.noted"));
    let mut tails = [
        Tail::new(&one, Query::all()),
        Tail::new(&other, Query::all()),
        Tail::new(&one, some()),
        Tail::new(&other, some()),
    ];
    let end = Instant::now() + HELD;
    while Instant::now() < end {
        for tail in &mut tails {
            tail.read_on().await;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    hold.release();
    assert_eq!(appends.join_all().await.len(), 5, "all commit");
    for tail in tails {
        tail.missed_nothing().await;
    }
}

/// No handle shows it before it commits, by any of the reads, and both show it by all of them once it is
/// answered.
pub(super) async fn no_read_shows_an_append_that_is_held(handles: [Handle; 2]) {
    let one = &handles[0];
    append(one, &cart(), 1).await;
    let Some(mut hold) = one.hold() else { return };
    let (new, store) = (commit(events(&cart(), 2)), one.store());
    let sent = new.clone();
    let appended = tokio::spawn(async move { store.append(sent).await });
    hold.reached().await;
    for handle in &handles {
        let reads = reads_that_show(handle, &new).await;
        let is_hidden = reads.is_empty();
        assert!(is_hidden, "shown before it was committed, by {reads:?}");
    }
    hold.release();
    appended.await.unwrap().unwrap();
    for handle in &handles {
        assert_eq!(reads_that_show(handle, &new).await, READS);
    }
}

const READS: [&str; 5] = ["head", "read", "read_stream", "receipt", "root_ids"];

/// The reads in which a commit to one stream is seen, if it is the last one.
async fn reads_that_show(store: &Store, new: &Commit) -> Vec<&'static str> {
    let stream = &new.events[0].stream;
    let (tenant, category) = (stream.tenant(), stream.category());
    let head = store.head().await.unwrap();
    let all = store.read(ReadLog::new(Query::all())).await.unwrap();
    let of_stream = ReadStream::forward(stream.clone(), 0);
    let of_stream = store.read_stream(of_stream).await.unwrap();
    let receipt = store.receipt(stream.clone(), new.id).await.unwrap();
    let ids = store.root_ids(tenant, category, None, 10).await.unwrap();
    let is_through = |end: Horizon| end.commit_id() == Some(new.id);
    let is_in_log = all.events().any(|event| event.commit.id == new.id);
    let is_shown = [
        is_through(head),
        is_in_log || is_through(all.through()),
        !of_stream.is_empty(),
        receipt.is_some(),
        ids.contains(&stream.root_id()),
    ];
    let shown = READS.into_iter().zip(is_shown);
    shown
        .filter_map(|(read, is_shown)| is_shown.then_some(read))
        .collect()
}

/// The expectations of an append that waited hold on what is there when it is stored.
pub(super) async fn an_append_sees_the_one_that_it_waited_for([one, other]: [Handle; 2]) {
    let there = cart();
    let revision = append(&one, &there, 1).await.revision();
    let new = cart();
    let expectations = [
        (&new, Expect::NoStream(new.clone())),
        (&there, at(&there, revision)),
    ];
    for (stream, expect) in expectations {
        let both = || commit(events(stream, 1)).expect(expect.clone());
        let Some(answers) = while_held(&one, both(), &other, both()).await else {
            return;
        };
        let stored = answers.iter().filter(|answer| answer.is_ok()).count();
        assert_eq!(stored, 1, "{expect:?}: {answers:?}");
        assert!(answers.iter().any(is_conflict), "{answers:?}");
    }
}

/// Both answers have the same position.
pub(super) async fn the_same_commit_beside_a_held_one_is_stored_once([one, other]: [Handle; 2]) {
    let new = commit(events(&cart(), 2));
    let Some(answers) = while_held(&one, new.clone(), &other, new).await else {
        return;
    };
    let [first, second] = answers.map(Result::unwrap);
    assert_eq!(
        [first.repeated, second.repeated]
            .iter()
            .filter(|it| **it)
            .count(),
        1
    );
    assert_eq!(
        first.clone().into_repeated(),
        second.clone().into_repeated()
    );
    assert_eq!(read_all(&one, &Query::all(), 10).await.len(), 2);
}

/// No reader sees a part of it, and later appends are stored.
pub(super) async fn a_held_append_that_is_dropped_is_whole_or_nothing(handles: [Handle; 2]) {
    let [one, other] = &handles;
    let (stream, store) = (cart(), one.store());
    let Some(mut hold) = one.hold() else { return };
    let new = commit(events(&stream, 3));
    let task = tokio::spawn(async move { store.append(new).await });
    hold.reached().await;
    task.abort();
    assert!(task.await.unwrap_err().is_cancelled());
    hold.release();
    for handle in &handles {
        append(handle, &cart(), 1).await;
    }
    let stored = read_stream(other, &stream, 10).await.len();
    assert!(stored == 0 || stored == 3, "{stored} of 3 are stored");
}

/// The answer says what became of it, or that this is unknown; sent again, it is stored once.
pub(super) async fn an_append_that_is_cut_is_settled([one, other]: [Handle; 2]) {
    let (stream, store) = (cart(), one.store());
    let new = commit(events(&stream, 2)).expect(at(&stream, Revision::NONE));
    let sent = new.clone();
    let Some(mut hold) = one.hold() else { return };
    let mut append_that_is_cut = tokio::spawn(async move { store.append(sent).await });
    hold.reached().await;
    if !one.cut() {
        return;
    }
    // It may be answered before the store has decided.
    let early = tokio::time::timeout(HELD, &mut append_that_is_cut).await;
    hold.release();
    let answer: Answer = match early {
        Ok(answer) => answer.unwrap(),
        Err(_) => append_that_is_cut.await.unwrap(),
    };
    append(&other, &cart(), 1).await;
    tokio::time::sleep(HELD / 10).await; // until the store has done what it is about to
    let stored = read_stream(&other, &stream, 10).await.len();
    match answer {
        Ok(_) => assert_eq!(stored, 2),
        Err(AppendError::OutcomeUnknown { .. }) => assert!(stored == 0 || stored == 2),
        Err(AppendError::Store(error)) => assert_eq!(stored, 0, "told not to be stored: {error}"),
        Err(error) => panic!("{error}"),
    }
    for handle in [&one, &other] {
        append_until_it_is_known(handle, &new).await;
    }
    assert_eq!(read_stream(&other, &stream, 10).await.len(), 2);
}

/// The first operations may fail; then the handle works as before.
pub(super) async fn a_handle_that_was_cut_works_again([one, other]: [Handle; 2]) {
    let stream = cart();
    append(&one, &stream, 1).await;
    if !one.cut() {
        return;
    }
    // Without an expectation, so that only its id keeps it from being stored twice.
    let new = commit(vec![event(&stream, "after the cut")]);
    append_until_it_is_known(&one, &new).await;
    append_until_it_is_known(&one, &new).await;
    for handle in [&one, &other] {
        assert_eq!(read_stream(handle, &stream, 10).await.len(), 2);
    }
}

/// Sends the commit again until it is answered, as a caller does.
async fn append_until_it_is_known(store: &Handle, new: &Commit) {
    for _ in 0..100 {
        match store.append(new.clone()).await {
            Ok(_) => return,
            Err(AppendError::OutcomeUnknown { .. } | AppendError::Store(_)) => {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            Err(error) => panic!("{error}"),
        }
    }
    panic!("a connection that was cut is made anew");
}
