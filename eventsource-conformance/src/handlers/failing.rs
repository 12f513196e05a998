//! Events at which a handler fails.

use std::error::Error;

use eventsource_core::read_model::RunState;
use eventsource_core::store::ErrorClass;

use super::bed::{Handle, wait_until};
use super::behaviour::{Behaviour, MESSAGE};
use super::counted::{append, stream};

pub(super) async fn a_failing_event_undoes_its_part_and_is_reported(handles: [Handle; 2]) {
    undoes_its_part_and_is_reported(handles, Behaviour::failing_at).await;
}

/// The process goes on.
pub(super) async fn a_panic_undoes_its_part_and_is_reported(handles: [Handle; 2]) {
    undoes_its_part_and_is_reported(handles, Behaviour::panicking_at).await;
}

async fn undoes_its_part_and_is_reported(
    [one, other]: [Handle; 2],
    broken_at: fn(u64) -> Behaviour,
) {
    let stream = stream();
    append(&*one.store, &stream, 3).await;
    one.count_to_the_head(1).await;
    append(&*one.store, &stream, 5).await;
    for event in [3, 1] {
        let ran = one.catch_up(1, broken_at(event)).await;
        let error = ran.expect_err("an event failed");
        assert_eq!(error.class(), ErrorClass::Permanent, "{error}");
        let message = with_causes(&error);
        assert!(message.contains(MESSAGE), "{message}");
        other.assert_counts_stand_with_the_checkpoint().await;
        assert_ne!(other.counts(1).await, other.all_events().await);
    }
    append(&*one.store, &stream, 1).await;
    other.count_to_the_head(1).await;
}

/// The mended handler makes its table.
pub(super) async fn a_handler_that_fails_at_once_leaves_nothing([one, other]: [Handle; 2]) {
    let stream = stream();
    append(&*one.store, &stream, 3).await;
    let ran = one.catch_up(1, Behaviour::failing_at(1)).await;
    ran.expect_err("the first event failed");
    assert!(other.counts(1).await.is_empty());
    other.count_to_the_head(1).await;
}

pub(super) async fn a_failing_handler_stops_until_it_is_mended(handles: [Handle; 2]) {
    stops_until_it_is_mended(handles, Behaviour::failing_at).await;
}

pub(super) async fn a_panicking_handler_stops_until_it_is_mended(handles: [Handle; 2]) {
    stops_until_it_is_mended(handles, Behaviour::panicking_at).await;
}

/// The status of the runner has the reason, and the store takes appends meanwhile.
async fn stops_until_it_is_mended([one, other]: [Handle; 2], broken_at: fn(u64) -> Behaviour) {
    let stream = stream();
    append(&*one.store, &stream, 5).await;
    let running = one.start(&broken_at(3)).await;
    let state = || running.status().remove(0).state;
    let has_stopped = || matches!(state(), RunState::Stopped(reason) if reason.contains(MESSAGE));
    wait_until("the handler stops", has_stopped).await;
    append(&*one.store, &stream, 2).await;
    append(&*other.store, &stream, 2).await;
    other.assert_counts_stand_with_the_checkpoint().await;
    assert_ne!(other.counts(1).await, other.all_events().await);
    other.count_to_the_head(1).await;
    assert!(has_stopped(), "it does not come back by itself");
    running.stop().await;
}

fn with_causes(error: &(dyn Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |error| (**error).source());
    let texts: Vec<_> = causes.map(ToString::to_string).collect();
    texts.join(": ")
}
