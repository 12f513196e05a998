//! Appends while read models of the stored events are maintained and rebuilt.

use eventsource_crash_tests::projections::{Cart, runner};
use eventsource_sqlite::SqliteStore;

use crate::append;

pub(crate) async fn run(store: &SqliteStore, first_writer: u64, tasks: u64, page: u64) {
    let page = usize::try_from(page).expect("a page is small");
    let running = runner(store, page).start().await.unwrap();
    let rebuilding = async {
        loop {
            running.rebuild::<Cart>().await.expect("it can be built");
        }
    };
    tokio::select! {
        () = append::all(store, first_writer, tasks, 0) => {}
        () = rebuilding => {}
    }
}
