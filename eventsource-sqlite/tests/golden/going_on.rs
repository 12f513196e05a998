//! Today's program goes on with kept stores as the one that wrote them would have.

use eventsource_core::read_model::Reactions;
use eventsource_core::runner::Pipeline;
use eventsource_core::store::{Commit, ReadLog, StoredEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, EventLog, ExecuteError, Id, Loaded, Metadata, Position, Query, ReadModel,
    Repository, Runner, StreamStore,
};
use eventsource_sqlite::{SqliteStore, handler};
use tempfile::TempDir;

use crate::description::new_event;
use crate::kept::Kept;
use crate::now::{Account, Cart, Ledger};
use crate::readers::{
    Demand, EmailTaken, Emails, MendedDemand, MendedShelf, Receipts, Shelf, Sold,
};

/// A copy of a kept store, opened by a program that carries its rule.
async fn open(kept: Kept) -> (TempDir, SqliteStore) {
    let (folder, path) = kept.copy();
    let store = SqliteStore::builder().inline::<Emails>().open(path).await;
    (folder, store.unwrap())
}

fn commit_of(events: &[StoredEvent<'_>]) -> Commit {
    let header = events[0].commit;
    let commit = Commit::new(header.id, events.iter().map(new_event).collect());
    commit.metadata(header.metadata().clone())
}

#[tokio::test]
async fn a_commit_that_is_sent_again_has_its_receipt() {
    for kept in Kept::all().await {
        let (_folder, store) = open(kept).await;
        let page = store.read(ReadLog::new(Query::all())).await;
        let page = page.unwrap();
        let events: Vec<_> = page.events().collect();
        let mut commits = 0;
        for events in events.chunk_by(|one, next| one.commit == next.commit) {
            let commit = commit_of(events);
            let receipt = store.receipt(events[0].stream.clone(), commit.id).await;
            let receipt = receipt.unwrap().expect("it is stored");
            let last = events.last().unwrap().position;
            assert_eq!((receipt.first, receipt.last), (events[0].position, last));
            assert_eq!(receipt.recorded_at, events[0].commit.recorded_at);
            assert_eq!(receipt.events as usize, events.len());
            let again = store.append(commit.clone()).await.unwrap();
            assert_eq!(again, receipt.into_repeated());

            let other = commit.metadata(Metadata::new().actor("somebody else"));
            let refused = store.append(other).await;
            let is_reused = matches!(refused, Err(AppendError::CommitIdReused { .. }));
            assert!(is_reused, "{refused:?}");
            commits += 1;
        }
        assert!(commits > 20, "{commits}");
        assert_eq!(store.head().await.unwrap(), page.through());
        store.close().await;
    }
}

#[tokio::test]
async fn appends_go_on_where_the_store_ends() {
    for kept in Kept::all().await {
        let (_folder, store) = open(kept).await;
        let head = store.head().await.unwrap().position().offset().get();
        let carts = Repository::<Cart>::new(store.clone());
        let ann = Id::from_name("ann");
        let before = Loaded::revision(&carts.load(ann).await.unwrap());
        let added = carts.execute(ann, Cart::add("milk", 1)).await.unwrap();
        assert_eq!(added.first, Position::new(head + 1));
        assert_eq!(added.revision().version(), before.version() + 1);
        let new = carts
            .execute(Id::new(), Cart::add("milk", 1))
            .await
            .unwrap();
        assert_eq!(new.first, Position::new(head + 2));
        assert_eq!(new.revision().version(), 1);
        store.verify().await.unwrap();
        store.close().await;
    }
}

#[tokio::test]
async fn the_rule_of_an_inline_projection_goes_on() {
    for kept in Kept::all().await {
        let (_folder, path) = kept.copy();
        let builder = SqliteStore::builder().inline::<Emails>();
        let store = builder.open(&path).await.unwrap();
        let accounts = Repository::<Account>::new(store.clone());
        let open = |email| accounts.execute(Id::new(), Account::open(email));
        for taken in ["ann@example.org", "cyd@example.org"] {
            let refused = open(taken).await.unwrap_err();
            assert_eq!(refused.broken_rule(), Some(&EmailTaken), "{refused}");
        }
        open("dan@example.org").await.unwrap();
        store.close().await;

        let without = SqliteStore::open(&path).await.unwrap();
        let accounts = Repository::<Account>::new(without.clone());
        let refused = accounts.execute(Id::new(), Account::open("eve@example.org"));
        let refused = refused.await.unwrap_err();
        let is_told = matches!(
            &refused,
            ExecuteError::Append(AppendError::RuleMismatch { projection, .. }) if projection == "emails"
        );
        assert!(is_told, "{refused}");
        without.close().await;
    }
}

/// Rows and reactors continue, and no event is processed again.
#[tokio::test]
async fn read_models_and_reactors_go_on_where_they_were() {
    for kept in Kept::all().await {
        let (_folder, store) = open(kept).await;
        let receipts = Receipts::new(&store);
        let runner = Runner::new(store.clone(), store.clone())
            .run(Pipeline::of::<Demand>().followed_by::<Shelf>())
            .run(handler(Sold))
            .react(receipts.clone());
        let demand = ReadModel::<Demand>::new(store.clone(), store.clone());
        let milk = async || demand.get("milk").await.unwrap().unwrap();
        let before = milk().await;
        let [poison] = &demand.parked(None, 10).await.unwrap()[..] else {
            panic!("one key is parked");
        };
        runner.catch_up().await.unwrap();

        let after = milk().await;
        assert_eq!(after.events, before.events + 1);
        assert_eq!(after.quantity, before.quantity + 10);
        let [still] = &demand.parked(None, 10).await.unwrap()[..] else {
            panic!("one key is parked");
        };
        assert_eq!((&still.key, still.waiting), (&poison.key, poison.waiting));
        assert!(still.attempts > poison.attempts);

        let mut deliveries = receipts.deliveries.lock().unwrap().clone();
        deliveries.sort();
        deliveries.dedup(); // what failed may have been tried more than once
        let delivery = |id| Uuid::try_parse(id).unwrap();
        let expected = [
            ("no receipt", "aa8e2771-3485-5b3d-87ce-c4214c3555ca"),
            ("not told yet", "a8edaefe-d73d-5324-8432-a044e3d9afd3"),
        ];
        assert_eq!(
            deliveries,
            expected.map(|(of, id)| (of.to_owned(), delivery(id)))
        );
        let ledger = receipts.ledgers.load(Ledger::id()).await.unwrap();
        assert_eq!(Loaded::revision(&ledger).version(), 3);
        let parked = Reactions::<Receipts>::new(store.clone());
        assert_eq!(parked.parked(None, 10).await.unwrap()[0].waiting, 2);
        store.close().await;
    }
}

#[tokio::test]
async fn a_mended_program_takes_in_what_waits_and_builds_the_same_anew() {
    for kept in Kept::all().await {
        let (_folder, store) = open(kept).await;
        let pipeline = || Pipeline::of::<MendedDemand>().followed_by::<MendedShelf>();
        let runner = || Runner::new(store.clone(), store.clone()).run(pipeline());
        runner().catch_up().await.unwrap();
        let demand = ReadModel::<MendedDemand>::new(store.clone(), store.clone());
        let shelves = ReadModel::<MendedShelf>::new(store.clone(), store.clone());
        let rows = async || {
            let demand = demand.page(None, 100).await.unwrap();
            let shelves = shelves.page(None, 100).await.unwrap();
            (demand, shelves)
        };
        assert_eq!(demand.parked(None, 10).await.unwrap(), []);
        let poison = demand.get("poison").await.unwrap().unwrap();
        assert_eq!((poison.quantity, poison.events), (2, 2));
        let shelf = shelves.get(&("p", 6)).await.unwrap().unwrap();
        assert_eq!(shelf.quantity, 2);

        let before = rows().await;
        let running = runner().start().await.unwrap();
        running.rebuild::<MendedDemand>().await.unwrap();
        assert_eq!(rows().await, before);
        running.stop().await;
        store.close().await;
    }
}
