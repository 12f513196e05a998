//! Appends while a reactor reports each stored event and executes a command for it.

use std::time::Duration;

use eventsource_crash_tests::{print_line, reactions};
use eventsource_sqlite::SqliteStore;

use crate::append;

/// Appends, and then leaves the reactor running until the process is killed.
pub(crate) async fn run(store: &SqliteStore, first_writer: u64, tasks: u64, commits: u64) {
    let reacted = |id, position| print_line(&format!("reacted {id} {position}"));
    let runner = reactions::runner(store, reacted).lease(Duration::from_millis(100));
    let _running = runner.start().await.unwrap();
    append::all(store, first_writer, tasks, commits).await;
    std::future::pending::<()>().await;
}
