//! Keeping read models of what others append, or standing by.

use std::time::Duration;

use eventsource_core::read_model::RunState;
use eventsource_crash_tests::projections::runner;
use eventsource_crash_tests::tell;
use eventsource_sqlite::SqliteStore;

/// Says which, each time it changes.
pub(crate) async fn run(store: &SqliteStore, ttl: Duration) {
    let running = runner(store, 2_000).lease(ttl).start().await.unwrap();
    let mut told = RunState::Idle;
    loop {
        let state = running.status().remove(0).state;
        if state != told {
            tell(match &state {
                RunState::Running => "follows",
                RunState::Standby => "stands by",
                // A disk that is busy takes its time.
                RunState::Retrying(_) => "tries again",
                other => panic!("{other:?}"),
            });
            told = state;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
