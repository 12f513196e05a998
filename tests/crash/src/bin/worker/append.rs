//! Appends in several tasks. Each task is a writer.

use eventsource_core::{AppendError, EventLog, StreamStore};
use eventsource_crash_tests::{commit, print_line, refused, stored, unknown};
use eventsource_sqlite::SqliteStore;

/// Appends this number of commits in each task, or without an end if the number is 0. Continues
/// after errors, so that the behavior of the store after an error is tested too.
pub(crate) async fn all(store: &SqliteStore, first_writer: u64, tasks: u64, commits: u64) {
    let commits = if commits == 0 { u64::MAX } else { commits };
    some(store, first_writer..first_writer + tasks, 0..commits).await;
}

/// Appends the commits with these numbers of each of these writers.
pub(crate) async fn some(
    store: &SqliteStore,
    writers: std::ops::Range<u64>,
    numbers: std::ops::Range<u64>,
) {
    let one = |writer| tokio::spawn(one(store.clone(), writer, numbers.clone()));
    for task in writers.map(one).collect::<Vec<_>>() {
        task.await.expect("a task does not panic");
    }
}

async fn one(store: SqliteStore, writer: u64, numbers: std::ops::Range<u64>) {
    for number in numbers {
        let commit = commit(writer, number);
        let id = commit.id;
        print_line(&match store.append(commit).await {
            Ok(receipt) => stored(id, receipt.first.offset().get()),
            Err(AppendError::OutcomeUnknown { .. }) => unknown(id),
            Err(error) => refused(id, &error),
        });
    }
}

/// Acknowledges each commit before it is stored, which no store may do. The checks have to detect it.
pub(crate) async fn acknowledging_early(store: SqliteStore, first_writer: u64, tasks: u64) {
    let one = |writer| {
        let store = store.clone();
        tokio::spawn(async move {
            for number in 0.. {
                let commit = commit(writer, number);
                let next = store
                    .head()
                    .await
                    .expect("it can be read")
                    .position()
                    .offset()
                    .get()
                    + 1;
                print_line(&stored(commit.id, next));
                store.append(commit).await.expect("it is stored");
            }
        })
    };
    for task in (first_writer..first_writer + tasks)
        .map(one)
        .collect::<Vec<_>>()
    {
        task.await.expect("a task does not panic");
    }
}
