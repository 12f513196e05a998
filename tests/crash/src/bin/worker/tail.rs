//! Following the head from the start, and telling every commit that is seen.

use eventsource_core::{EventStore, Position, Query};
use eventsource_crash_tests::tell;
use eventsource_sqlite::SqliteStore;

pub(crate) async fn run(store: &SqliteStore) {
    let mut head = store.watch();
    let mut after = Position::START;
    loop {
        let page = store.read(Query::all(), after, 100).await;
        let page = page.expect("it can be read");
        for event in page.events() {
            let commit = event.commit.expect("the page has commits");
            tell(&format!("seen {} {}", event.position, commit.id));
        }
        after = page.through();
        if page.is_complete() {
            let ahead = head.wait_for(|head| *head > after).await;
            ahead.expect("the store is open");
        }
    }
}
