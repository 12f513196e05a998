//! Reads from the start and follows the head, and reports every event with its commit.

use eventsource_core::store::ReadLog;
use eventsource_core::{EventLog, Horizon, LocalBus, Query, Subscription};
use eventsource_crash_tests::print_line;
use eventsource_crash_tests::projections::Filled;
use eventsource_sqlite::SqliteStore;

pub(crate) async fn run(store: &SqliteStore) {
    let mut head = store.watch();
    let mut after = Horizon::START;
    loop {
        let page = store
            .read(ReadLog::new(Query::all()).after(after).limit(100))
            .await;
        let page = page.expect("it can be read");
        for event in page.events() {
            let commit = event.commit;
            print_line(&format!("seen {} {}", event.position, commit.id));
        }
        after = page.through();
        if page.is_complete() {
            while head.head().offset() <= after.position().offset() {
                head.changed().await.expect("the store is open");
            }
        }
    }
}

/// Reports every event of a subscription.
pub(crate) async fn subscribe(store: SqliteStore) {
    let mut events = Subscription::<Filled>::after(LocalBus::new(store), Horizon::START);
    while let Some(next) = events.next().await {
        let recorded = next.expect("it can be read");
        print_line(&format!("seen {}", recorded.position()));
    }
}
