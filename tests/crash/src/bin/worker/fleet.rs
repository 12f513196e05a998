//! One of two programs on one store: it appends, maintains read models and runs the reactor.

use std::path::Path;
use std::time::Duration;

use eventsource_core::read_model::RunState;
use eventsource_core::{AppendError, Running, Status, StreamStore};
use eventsource_crash_tests::fleet::{NEW, Plate, commit, runner};
use eventsource_crash_tests::{print_line, refused, stored, unknown};
use eventsource_sqlite::SqliteStore;

/// Runs until the process is killed; without tasks until every model is at the head and nothing is
/// parked.
pub(crate) async fn run(path: &str, first_writer: u64, tasks: u64, page: u64) {
    let is_new = first_writer >= NEW;
    let store = open(path, is_new).await;
    let page = usize::try_from(page).expect("a page is small");
    let running = runner(&store, Path::new(path), page, is_new)
        .start()
        .await
        .unwrap();
    let writers = first_writer..first_writer + tasks;
    let append = |writer| tokio::spawn(append(store.clone(), writer));
    for task in writers.map(append).collect::<Vec<_>>() {
        task.await.expect("a task does not panic");
    }
    settle(&running).await;
    running.stop().await;
    store.close().await;
}

/// Opens the store. The new program registers a rule and reports it.
async fn open(path: &str, is_new: bool) -> SqliteStore {
    if !is_new {
        return crate::open(path).await;
    }
    let builder = SqliteStore::builder().register_inline::<Plate>();
    let store = builder.open(path).await.expect("it can be registered");
    print_line("registered");
    store
}

/// Appends without an end, with pauses, so that the reactor keeps up.
async fn append(store: SqliteStore, writer: u64) {
    for number in 0.. {
        let commit = commit(writer, number);
        let id = commit.id;
        print_line(&match store.append(commit).await {
            Ok(receipt) => stored(id, receipt.first.offset().get()),
            Err(AppendError::OutcomeUnknown { .. }) => unknown(id),
            Err(AppendError::RuleMismatch {
                projection,
                version,
                ..
            }) => {
                format!("refused {id} needs:{projection}:{version}")
            }
            Err(AppendError::Rule(rule)) => {
                format!("refused {id} broke:{}", rule.model.replace(' ', "_"))
            }
            Err(error) => refused(id, &error),
        });
        tokio::time::sleep(Duration::from_millis(fastrand::u64(30..100))).await;
    }
}

async fn settle(running: &Running) {
    let is_done = |status: &Status| {
        status.state == RunState::Running && status.lag() == 0 && status.parked == 0
    };
    while !running.status().iter().all(is_done) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
