//! The process that the tests kill, cut off or starve. It prints the outcome of each commit on its
//! standard output.

mod append;
mod fleet;
mod flood;
mod follow;
mod hot;
mod inline;
mod lazy;
mod models;
mod power_cut;
mod project;
mod react;
mod tail;

use std::env;
use std::time::Duration;

use eventsource_sqlite::SqliteStore;

use crate::power_cut::ReadModelKind;

#[tokio::main(worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["append", store, first_writer, tasks, commits] => {
            let store = open(store).await;
            append::all(&store, number(first_writer), number(tasks), number(commits)).await;
            store.close().await;
        }
        ["acknowledge-early", store, first_writer, tasks] => {
            append::acknowledging_early(open(store).await, number(first_writer), number(tasks))
                .await;
        }
        ["project", store, first_writer, tasks, page] => {
            let store = open(store).await;
            project::run(&store, number(first_writer), number(tasks), number(page)).await;
        }
        ["follow", store, ttl] => {
            follow::run(&open(store).await, Duration::from_millis(number(ttl))).await;
        }
        ["inline", store, first_writer, tasks, commits] => {
            inline::run(store, number(first_writer), number(tasks), number(commits)).await;
        }
        ["react", store, first_writer, tasks, commits] => {
            let store = open(store).await;
            let (first, tasks) = (number(first_writer), number(tasks));
            react::run(&store, first, tasks, number(commits)).await;
        }
        ["fleet", store, first_writer, tasks, page] => {
            fleet::run(store, number(first_writer), number(tasks), number(page)).await;
        }
        ["hot", store, tasks, decisions] => {
            let store = open(store).await;
            hot::run(&store, number(tasks), number(decisions)).await;
            store.close().await;
        }
        ["flood", store, tasks, events] => {
            flood::run(&open(store).await, number(tasks), number(events)).await;
        }
        ["models", store, first_writer, tasks, commits] => {
            let store = open(store).await;
            let (first, tasks) = (number(first_writer), number(tasks));
            let appends = append::all(&store, first, tasks, number(commits));
            models::append_and_follow(&store, appends).await;
            store.close().await;
        }
        ["power-cut", store] => power_cut::run(store, ReadModelKind::Nothing).await,
        ["power-cut-models", store] => power_cut::run(store, ReadModelKind::Model).await,
        ["power-cut-inline", store] => power_cut::run(store, ReadModelKind::Inline).await,
        ["lazy", store, commits] => lazy::run(store, number(commits)),
        ["tail", store] => tail::run(&open(store).await).await,
        ["subscribe", store] => tail::subscribe(open(store).await).await,
        _ => panic!("unknown arguments: {arguments:?}"),
    }
}

async fn open(store: &str) -> SqliteStore {
    SqliteStore::open(store).await.unwrap_or_else(|error| {
        eprintln!("{:?}: {error}", error.class());
        std::process::exit(2);
    })
}

fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
