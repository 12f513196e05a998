//! Appending, while a reactor tells of what is stored, and commands.

use std::time::Duration;

use eventsource_crash_tests::{reactions, tell};
use eventsource_sqlite::SqliteStore;

use crate::append;

/// The reactor goes on after the last commit, until it is killed.
pub(crate) async fn run(store: &SqliteStore, first_writer: u64, tasks: u64, commits: u64) {
    let reacted = |id, position| tell(&format!("reacted {id} {position}"));
    let runner = reactions::runner(store, reacted).lease(Duration::from_millis(100));
    let _running = runner.start().await.unwrap();
    append::all(store, first_writer, tasks, commits).await;
    std::future::pending::<()>().await;
}
