//! Counts in one transaction with the checkpoint.

use std::time::Duration;

use super::bed::{Handle, pause};
use super::behaviour::Behaviour;
use super::counted::{append, count_up_to, stream};

/// The handler runs over one handle after the other.
pub(super) async fn each_event_counts_once(handles: [Handle; 2]) {
    let streams = [stream(), stream(), stream()];
    for round in 0..4 {
        for (number, stream) in streams.iter().enumerate() {
            append(&*handles[number % 2].store, stream, round + number).await;
        }
        handles[round % 2].count_to_the_head(1).await;
        handles[1 - round % 2].count_to_the_head(1).await;
    }
}

/// A reader that sees the same checkpoint before and after it reads the counts sees those of this
/// checkpoint: also while the handler is in the middle of a batch.
pub(super) async fn counts_stand_with_the_checkpoint([one, other]: [Handle; 2]) {
    let stream = stream();
    for _ in 0..3 {
        append(&*one.store, &stream, 50).await;
    }
    let running = one.start(&Behaviour::slow(Duration::from_millis(4))).await;
    let all = one.all_events().await;
    loop {
        let position = other.position().await;
        let counts = other.counts(1).await;
        if other.position().await == position {
            assert_eq!(counts, count_up_to(&other.store, position).await);
        }
        if counts == all {
            break;
        }
        pause().await;
    }
    running.stop().await;
    other.assert_counts_stand_with_the_checkpoint().await;
}

/// The counts of the old version stay, and it goes on from where it stands.
pub(super) async fn a_new_version_begins_with_the_first_event([one, other]: [Handle; 2]) {
    let stream = stream();
    append(&*one.store, &stream, 5).await;
    one.count_to_the_head(1).await;
    let old = one.counts(1).await;
    append(&*one.store, &stream, 3).await;
    other.count_to_the_head(2).await;
    assert_eq!(one.counts(1).await, old, "the old version stays as it was");
    append(&*one.store, &stream, 2).await;
    one.count_to_the_head(1).await;
    other.count_to_the_head(2).await;
}
