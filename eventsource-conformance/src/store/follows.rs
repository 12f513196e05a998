//! Commits that rest on one whose position nobody knows yet.

use std::future::poll_fn;
use std::task::Poll;

use eventsource_core::store::{BoxFuture, Commit, Expect};
use eventsource_core::{AppendError, Receipt, StreamId};
use tokio::task::unconstrained;
use uuid::Uuid;

use super::Store;
use super::bed::{Bed, Handle};
use super::support::{append, cart, commit, conflict, event, events};

/// A stream has to end with the very commit that is expected, at that version; as many events of
/// another one will not do.
pub(super) async fn a_commit_follows_another_and_nothing_else(bed: Bed) {
    let store = bed.open().await;
    if !store.takes_followers().await {
        return;
    }
    let stream = cart();
    let other = bed.sibling(&stream);
    let first = append(&store, &stream, 2).await;
    let last = append(&store, &stream, 1).await;
    let elsewhere = append(&store, &other, 3).await;
    let both = commit(vec![
        event(&other, "begins here"),
        event(&stream, "4"),
        event(&other, "and ends here"),
    ]);
    let cases = [
        (follows(&stream, first.commit_id, 2), false),
        (follows(&stream, first.commit_id, 3), false),
        (follows(&stream, last.commit_id, 2), false),
        (follows(&stream, last.commit_id, 4), false),
        (follows(&stream, elsewhere.commit_id, 3), false),
        (follows(&stream, Uuid::now_v7(), 3), false),
        (follows(&bed.sibling(&stream), last.commit_id, 0), false),
        (follows(&stream, last.commit_id, 3), true),
    ];
    for (number, (expect, holds)) in cases.into_iter().enumerate() {
        let before = store.head().await.unwrap();
        // A stream that is only looked at, so that all cases find the same.
        let new = commit(vec![event(&bed.sibling(&stream), "case")]).expect(expect.clone());
        match store.append(new).await {
            Ok(_) => assert!(holds, "case {number}"),
            Err(AppendError::Conflict(conflict)) => {
                assert_eq!((conflict.expected, holds), (expect, false), "case {number}");
                assert_eq!(store.head().await.unwrap(), before, "case {number}");
            }
            Err(error) => panic!("case {number}: {error}"),
        }
    }
    let both = store.append(both).await.unwrap();
    let new = |expect| commit(vec![event(&bed.sibling(&stream), "case")]).expect(expect);
    let ended = new(follows(&other, both.commit_id, 5));
    store.append(ended).await.unwrap();
    // The id is unique within the stream where the commit begins.
    let begun = store.append(new(follows(&stream, both.commit_id, 4))).await;
    assert!(matches!(begun, Err(AppendError::Conflict(_))), "{begun:?}");
    let missed = conflict(&store, follows(&stream, first.commit_id, 2), &stream).await;
    assert_eq!(
        (missed.actual.unwrap().version(), missed.missed.len()),
        (4, 2)
    );
}

/// Commits that are sent without waiting are stored in their order, if each expects the one before;
/// and if one of them is not, none behind it is.
pub(super) async fn commits_that_follow_each_other_may_be_sent_together(store: Handle) {
    if !store.takes_followers().await {
        return;
    }
    for missing in [None, Some(7)] {
        let stream = cart();
        let mut commits: Vec<Commit> = (0..20).map(|_| commit(events(&stream, 2))).collect();
        let mut expected = Expect::NoStream(stream.clone());
        for (commit, before) in commits.iter_mut().zip(0..) {
            commit.expectations.push(expected);
            expected = follows(&stream, commit.id, 2 * before + 2);
        }
        if let Some(missing) = missing {
            commits.remove(missing);
        }
        let mut stored = 0;
        for answer in send_together(&store, commits).await {
            match answer {
                Ok(receipt) => {
                    stored += 1;
                    assert_eq!(receipt.revision().version(), 2 * stored);
                }
                Err(AppendError::Conflict(_)) => assert!(missing.is_some()),
                Err(error) => panic!("{error}"),
            }
        }
        assert_eq!(stored, missing.unwrap_or(20) as u64);
    }
}

/// A commit that follows a refused one is refused, and so is each that follows it.
pub(super) async fn a_commit_that_follows_a_refused_one_is_refused(store: Handle) {
    if !store.takes_followers().await {
        return;
    }
    let stream = cart();
    append(&store, &stream, 1).await;
    let refused = commit(events(&stream, 1)).expect(Expect::NoStream(stream.clone()));
    let second = commit(events(&stream, 1)).expect(follows(&stream, refused.id, 1));
    let third = commit(events(&stream, 1)).expect(follows(&stream, second.id, 2));
    for answer in send_together(&store, vec![refused, second, third]).await {
        assert!(
            matches!(answer, Err(AppendError::Conflict(_))),
            "{answer:?}"
        );
    }
    assert_eq!(append(&store, &stream, 1).await.revision().version(), 2);
}

/// More followers than a store writes in one transaction are stored in their order.
pub(super) async fn many_followers_are_stored_in_their_order(store: Handle) {
    if !store.takes_followers().await {
        return;
    }
    let stream = cart();
    let mut expected = Expect::NoStream(stream.clone());
    let commits = (1..=1_500).map(|number| {
        let new = commit(events(&stream, 3)).expect(expected.clone());
        expected = follows(&stream, new.id, 3 * number);
        new
    });
    let answers = send_together(&store, commits.collect()).await;
    for (answer, number) in answers.into_iter().zip(1..) {
        assert_eq!(answer.unwrap().revision().version(), 3 * number);
    }
}

/// Sends each commit before the one before it is answered, where the store lets it.
async fn send_together(store: &Store, commits: Vec<Commit>) -> Vec<Result<Receipt, AppendError>> {
    let mut answers = Vec::new();
    let mut sent: Vec<_> = commits.into_iter().map(|it| store.append(it)).collect();
    for append in &mut sent {
        // It is on its way once it was polled.
        let begun = poll_fn(|context| Poll::Ready(append.as_mut().poll(context)));
        answers.push(match unconstrained(begun).await {
            Poll::Ready(answer) => Some(answer),
            Poll::Pending => None,
        });
    }
    let mut all = Vec::new();
    for (append, answer) in sent.into_iter().zip(answers) {
        all.push(answered(append, answer).await);
    }
    all
}

async fn answered<T>(append: BoxFuture<'_, T>, answer: Option<T>) -> T {
    match answer {
        Some(answer) => answer,
        None => append.await,
    }
}

fn follows(stream: &StreamId, commit: Uuid, version: u64) -> Expect {
    Expect::Follows {
        stream: stream.clone(),
        commit,
        version,
    }
}
