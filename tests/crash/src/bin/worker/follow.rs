//! Maintains read models of the events that others append, or is their standby.

use std::time::Duration;

use eventsource_core::read_model::RunState;
use eventsource_crash_tests::print_line;
use eventsource_crash_tests::projections::runner;
use eventsource_sqlite::SqliteStore;

/// Reports each change between running and standby.
pub(crate) async fn run(store: &SqliteStore, ttl: Duration) {
    let running = runner(store, 2_000).lease(ttl).start().await.unwrap();
    let mut reported = RunState::Idle;
    loop {
        let state = running.status().remove(0).state;
        if state != reported {
            print_line(match &state {
                RunState::Running => "follows",
                RunState::Standby => "stands by",
                // A busy disk can delay a step.
                RunState::Retrying(_) => "tries again",
                other => panic!("{other:?}"),
            });
            reported = state;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
