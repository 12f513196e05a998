//! Runners of one handler in two processes.

use eventsource_core::read_model::RunState;
use eventsource_core::runner::Running;

use super::bed::{Handle, wait_until};
use super::behaviour::Behaviour;
use super::counted::{append, stream};

/// The other one stands by, and goes on when the first one stops.
pub(super) async fn of_two_runners_one_works(handles: [Handle; 2]) {
    let fine = Behaviour::default();
    let running = [handles[0].start(&fine).await, handles[1].start(&fine).await];
    let streams = [stream(), stream()];
    for number in 0..30 {
        append(&*handles[number % 2].store, &streams[number / 2 % 2], 2).await;
    }
    handles[0].wait_until_all_are_counted().await;
    let stands_by = |running: &Running| running.status()[0].state == RunState::Standby;
    let one_stands_by = || running.iter().filter(|it| stands_by(it)).count() == 1;
    wait_until("one of them stands by", one_stands_by).await;
    let [one, other] = running;
    let (working, standby) = if stands_by(&one) {
        (other, one)
    } else {
        (one, other)
    };
    working.stop().await;
    append(&*handles[0].store, &streams[0], 3).await;
    handles[1].wait_until_all_are_counted().await;
    standby.stop().await;
    handles[0].assert_counts_stand_with_the_checkpoint().await;
}
