//! Handlers that take long for a batch.

use std::time::{Duration, Instant};

use super::bed::{Handle, pause, wait_until};
use super::behaviour::Behaviour;
use super::counted::{append, stream};

const EACH: Duration = Duration::from_millis(5);
const EVENTS: usize = 600;
/// An append may take so long: a third of the batch. The handler commits after about 50 ms, and then
/// an append has its turn.
const LONGEST: Duration = Duration::from_secs(1);

/// This holds for the process that runs the handler and for another one.
pub(super) async fn appends_do_not_wait_for_a_slow_handler([one, other]: [Handle; 2]) {
    let slow = fill(&one).await;
    let running = one.start(&slow).await;
    wait_until("the handler begins", || slow.has_begun()).await;
    let stream = stream();
    for handle in [&one, &other, &one, &other] {
        let began = Instant::now();
        append(&*handle.store, &stream, 1).await;
        let elapsed = began.elapsed();
        assert!(elapsed < LONGEST, "an append took {elapsed:?}");
    }
    running.stop().await;
}

/// The batch takes several times as long as the lease, and a runner over the other handle stands by.
pub(super) async fn a_slow_handler_keeps_its_lease([one, other]: [Handle; 2]) {
    let slow = fill(&one).await;
    let running = one.start(&slow).await;
    wait_until("the handler begins", || slow.has_begun()).await;
    let before = one.checkpoint(1).await.expect("the runner has claimed it");
    let standby = other.start(&Behaviour::default()).await;
    let all = one.all_events().await;
    while one.counts(1).await != all {
        pause().await;
    }
    let after = one.checkpoint(1).await.expect("it has counted");
    assert_eq!(
        after.epoch, before.epoch,
        "another runner has taken it over"
    );
    running.stop().await;
    standby.stop().await;
    other.assert_all_counted(1).await;
}

/// Appends many events in few commits, for a handler that takes [`EACH`] for each of them.
async fn fill(handle: &Handle) -> Behaviour {
    let stream = stream();
    for _ in 0..EVENTS / 100 {
        append(&*handle.store, &stream, 100).await;
    }
    Behaviour::slow(EACH)
}
