//! Runners that begin anew.

use std::time::Duration;

use super::bed::{Bed, Handle, pause};
use super::behaviour::Behaviour;
use super::counted::{append, stream};

/// The runner is dropped in the middle of a batch, and the next one runs over the other handle.
pub(super) async fn a_dropped_runner_goes_on_from_its_checkpoint(handles: [Handle; 2]) {
    let stream = stream();
    for round in 0..3 {
        append(&*handles[0].store, &stream, 100).await;
        let before = handles[0].position().await;
        let slow = Behaviour::slow(Duration::from_millis(4));
        let running = handles[round % 2].start(&slow).await;
        while handles[0].position().await == before {
            pause().await;
        }
        drop(running);
    }
    handles[1].count_to_the_head(1).await;
    handles[0].assert_counts_stand_with_the_checkpoint().await;
}

/// Each runner has a handle of its own, and stops before the next one starts.
pub(super) async fn a_restarted_runner_counts_nothing_again(bed: Bed) {
    let stream = stream();
    for _ in 0..4 {
        let handle = bed.open().await;
        append(&*handle.store, &stream, 3).await;
        let running = handle.start(&Behaviour::default()).await;
        handle.wait_until_all_are_counted().await;
        running.stop().await;
        handle.assert_counts_stand_with_the_checkpoint().await;
    }
}
