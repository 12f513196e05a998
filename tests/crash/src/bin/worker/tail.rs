//! Following the head from the start, and telling every commit that is seen.

use eventsource_core::store::ReadLog;
use eventsource_core::{EventLog, Horizon, LocalBus, Query, Subscription};
use eventsource_crash_tests::projections::Filled;
use eventsource_crash_tests::tell;
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
            tell(&format!("seen {} {}", event.position, commit.id));
        }
        after = page.through();
        if page.is_complete() {
            let ahead = head
                .wait_for(|head| head.offset() > after.position().offset())
                .await;
            ahead.expect("the store is open");
        }
    }
}

/// The same by a subscription, event by event.
pub(crate) async fn subscribe(store: SqliteStore) {
    let mut events = Subscription::<Filled>::after(LocalBus::new(store), Horizon::START);
    while let Some(event) = events.next().await {
        tell(&format!("seen {}", event.expect("it can be read").position));
    }
}
