//! Appends while an inline projection is registered; from then on appends update its rows.

use eventsource_crash_tests::inline::Contents;
use eventsource_crash_tests::print_line;
use eventsource_sqlite::SqliteStore;

use crate::append;

/// Runs an older program, whose appends are refused from some point on, and a newer one, which
/// appends without an end and rebuilds the rows repeatedly.
pub(crate) async fn run(path: &str, first_writer: u64, tasks: u64, commits: u64) {
    let old = crate::open(path).await;
    old.remove_inline("contents").await.expect("it is given up");
    let older = tokio::spawn({
        let old = old.clone();
        async move { append::all(&old, first_writer, tasks, commits).await }
    });
    let new = open(path).await;
    print_line("registered");
    let rebuilding = async {
        loop {
            let rebuilt = new.rebuild_inline::<Contents>().await;
            rebuilt.expect("it can be built anew");
        }
    };
    tokio::select! {
        () = append::all(&new, first_writer + tasks, tasks, 0) => {}
        () = rebuilding => {}
    }
    older.await.expect("it does not panic");
}

pub(crate) async fn open(path: &str) -> SqliteStore {
    let builder = SqliteStore::builder().register_inline::<Contents>();
    builder.open(path).await.expect("it can be registered")
}
