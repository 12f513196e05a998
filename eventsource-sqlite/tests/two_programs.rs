//! Two versions of a program on one file at the same time, as while a new one is rolled out.

mod support;

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use eventsource_core::{
    Aggregate, AppendError, DecodeError, EventProjection, EventStore, ExecuteError, Fingerprint,
    Health, Id, LoadError, Pipeline, ReadModel, Repository, RunState, Runner, Running, Snapshot,
    Waited, uuid::Uuid,
};
use eventsource_sqlite::SqliteStore;
use support::{child, open, store_of_child};

const LONG: Duration = Duration::from_secs(20);

/// The products that a reactor told of.
type Told = Arc<Mutex<Vec<String>>>;

/// The program that is there, and the one that takes its place, but for the event they add items by.
macro_rules! program {
    ($program:ident: $($item_added:tt)*) => {
        mod $program {
            use std::convert::Infallible;

            use eventsource_core::{
                Aggregate, Apply, Delivery, Project, Projection, React, Reactor, Recorded, event,
            };
            use serde::{Deserialize, Serialize};

            $($item_added)*

            #[event(name = "cart.noted")]
            pub(crate) struct Noted;

            #[derive(Aggregate, Debug, Default, Serialize, Deserialize)]
            #[aggregate(events(ItemAdded, Noted), snapshot(every = 5, version = 1))]
            pub(crate) struct Cart {
                pub(crate) items: u64,
                pub(crate) notes: u64,
            }

            impl Apply<ItemAdded> for Cart {
                fn apply(&mut self, event: ItemAdded) {
                    self.items += event.quantity();
                }
            }

            impl Apply<Noted> for Cart {
                fn apply(&mut self, Noted: Noted) {
                    self.notes += 1;
                }
            }

            impl Cart {
                pub(crate) fn note(&self) -> Result<Noted, Infallible> {
                    Ok(Noted)
                }

                pub(crate) fn add(&self) -> Result<ItemAdded, Infallible> {
                    Ok(ItemAdded::of("tea"))
                }
            }

            #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
            #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
            pub(crate) struct Demand {
                pub(crate) items: u64,
            }

            impl Project<ItemAdded> for Demand {
                fn project(&mut self, event: &Recorded<ItemAdded>) {
                    self.items += event.quantity();
                }
            }

            #[derive(Clone, Default, Reactor)]
            #[reactor(name = "teller", events(ItemAdded))]
            pub(crate) struct Teller(pub(crate) super::Told);

            impl React<ItemAdded> for Teller {
                type Error = Infallible;

                async fn react(
                    &self,
                    event: &Recorded<ItemAdded>,
                    _: &Delivery,
                ) -> Result<(), Infallible> {
                    let told = format!("{} {}", stringify!($program), event.quantity());
                    self.0.lock().unwrap().push(told);
                    Ok(())
                }
            }
        }
    };
}

program! { old:
    #[event(name = "cart.item-added")]
    pub(crate) struct ItemAdded {
        pub(crate) sku: String,
    }

    impl ItemAdded {
        pub(crate) fn of(sku: &str) -> Self {
            Self { sku: sku.to_owned() }
        }

        #[expect(clippy::unused_self, reason = "each of them is one")]
        fn quantity(&self) -> u64 {
            1
        }
    }
}

program! { new:
    #[event(name = "cart.item-added", version = 2, from = ItemAddedV1)]
    pub(crate) struct ItemAdded {
        pub(crate) sku: String,
        pub(crate) quantity: u32,
    }

    #[event(name = "cart.item-added")]
    pub(crate) struct ItemAddedV1 {
        sku: String,
    }

    impl From<ItemAddedV1> for ItemAdded {
        fn from(ItemAddedV1 { sku }: ItemAddedV1) -> Self {
            Self { sku, quantity: 1 }
        }
    }

    impl ItemAdded {
        pub(crate) fn of(sku: &str) -> Self {
            Self { sku: sku.to_owned(), quantity: 2 }
        }

        fn quantity(&self) -> u64 {
            self.quantity.into()
        }
    }

    /// The same model, of which the new program keeps more.
    #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
    #[projection(name = "demand", version = 2, key = sku, events(ItemAdded))]
    pub(crate) struct LaterDemand {
        pub(crate) times: u64,
    }

    impl Project<ItemAdded> for LaterDemand {
        fn project(&mut self, _: &Recorded<ItemAdded>) {
            self.times += 1;
        }
    }
}

/// A file that both programs have opened.
struct Both {
    _folder: tempfile::TempDir,
    old: SqliteStore,
    new: SqliteStore,
}

impl Both {
    async fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        Self {
            old: open(&path).await,
            new: open(&path).await,
            _folder: folder,
        }
    }

    fn old_carts(&self) -> Repository<old::Cart> {
        Repository::new(self.old.clone())
    }

    fn new_carts(&self) -> Repository<new::Cart> {
        Repository::new(self.new.clone())
    }
}

fn same<A, B>(id: Id<A>) -> Id<B> {
    Id::from_uuid(id.uuid())
}

/// That the old program said what it met: an event that only a newer one can read.
fn is_from_the_future(error: &LoadError) -> bool {
    let LoadError::Decode { source, .. } = error else {
        return false;
    };
    let expected = DecodeError::FromTheFuture {
        name: "cart.item-added".to_owned(),
        stored: 2,
        known: 1,
    };
    *source == expected
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn both_write_at_once_and_the_old_one_decides_on_nothing_that_it_cannot_read() {
    let both = Both::open().await;
    let ids: Vec<Id<old::Cart>> = (0..8).map(|_| Id::new()).collect();
    let write = |is_old: bool| {
        let (old, new) = (both.old_carts().cached(4), both.new_carts().cached(4));
        let ids = ids.clone();
        tokio::spawn(async move {
            let (mut stored, mut refused) = (vec![0_u64; ids.len()], 0);
            for round in 0..25 {
                for (cart, id) in ids.iter().enumerate() {
                    if is_old {
                        match old.execute(*id, old::Cart::add).await {
                            Ok(_) => stored[cart] += 1,
                            Err(ExecuteError::Load(error)) if is_from_the_future(&error) => {
                                refused += 1;
                            }
                            Err(error) => panic!("{error}"),
                        }
                    } else if cart % 2 == 1 && round == cart {
                        new.execute(same(*id), new::Cart::add).await.unwrap();
                        stored[cart] += 2;
                    }
                }
            }
            (stored, refused)
        })
    };
    let (old, new) = (write(true), write(false));
    let ((by_old, refused), (by_new, _)) = (old.await.unwrap(), new.await.unwrap());
    for (cart, id) in ids.iter().enumerate() {
        let loaded = both.new_carts().load(same(*id)).await.unwrap();
        assert_eq!(loaded.items, by_old[cart] + by_new[cart]);
        let of_old = both.old_carts().load(*id).await;
        if by_new[cart] == 0 {
            assert_eq!(of_old.unwrap().items, by_old[cart]);
            assert_eq!(by_old[cart], 25, "a cart that only it wrote is no trouble");
        } else {
            assert!(is_from_the_future(&of_old.unwrap_err()));
        }
    }
    let stored: u64 = by_old.iter().sum();
    assert_eq!(stored + refused, 25 * 8);
}

/// What it decides on is kept in memory, and was right when it was.
#[tokio::test]
async fn a_state_that_the_old_program_keeps_is_no_way_around_a_newer_event() {
    let both = Both::open().await;
    let (old, id) = (both.old_carts().cached(4), Id::new());
    old.execute(id, old::Cart::add).await.unwrap();
    both.new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let ExecuteError::Load(error) = old.execute(id, old::Cart::add).await.unwrap_err() else {
        panic!("it was not refused for what it cannot read")
    };
    assert!(is_from_the_future(&error), "{error}");
    assert!(
        error.to_string().ends_with("use a newer program"),
        "{error}"
    );
    let loaded = both.new_carts().load(same(id)).await.unwrap();
    assert_eq!((loaded.items, loaded.revision().version()), (3, 2));
}

async fn kept<A: Aggregate>(store: &SqliteStore, id: Uuid) -> Option<Snapshot> {
    let fingerprint = Fingerprint::of(&A::SNAPSHOTS.unwrap()).unwrap();
    let cart = eventsource_core::StreamId::new("cart", id);
    store.snapshot(cart, fingerprint).await.unwrap()
}

/// The snapshot at this version, once it is kept, which happens behind the caller's back.
async fn kept_at<A: Aggregate>(store: &SqliteStore, id: Uuid, version: u64) -> Snapshot {
    for _ in 0..10_000 {
        match kept::<A>(store, id).await {
            Some(kept) if kept.revision.version() == version => return kept,
            _ => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
    panic!("no snapshot at version {version} is kept")
}

/// Every fifth event is one after which a snapshot is due, and they take turns with those, too.
#[tokio::test]
async fn each_program_keeps_its_own_snapshot_of_a_cart_that_both_can_read() {
    let both = Both::open().await;
    let id = Id::new();
    for version in 1..=41_u64 {
        if version % 2 == 1 {
            both.old_carts().execute(id, old::Cart::note).await.unwrap();
        } else {
            both.new_carts()
                .execute(same(id), new::Cart::note)
                .await
                .unwrap();
        }
        let (of_old, of_new) = ((version + 5) / 10 * 10, version / 10 * 10);
        if of_old > 0 {
            kept_at::<old::Cart>(&both.new, id.uuid(), of_old - 5).await;
        }
        if of_new > 0 {
            kept_at::<new::Cart>(&both.old, id.uuid(), of_new).await;
        }
    }
    // What nobody could fold shows whose snapshot was used.
    let snapshots = [
        (100, kept_at::<old::Cart>(&both.old, id.uuid(), 35).await),
        (200, kept_at::<new::Cart>(&both.old, id.uuid(), 40).await),
    ];
    let revision = both.old_carts().load(id).await.unwrap().revision();
    for (mark, snapshot) in snapshots {
        let state = format!(r#"{{"items":0,"notes":{mark}}}"#).into_bytes();
        let marked = Snapshot::new(snapshot.stream, snapshot.fingerprint, revision, state);
        both.old.save_snapshot(marked).await.unwrap();
    }
    assert_eq!(both.old_carts().load(id).await.unwrap().notes, 100);
    assert_eq!(both.new_carts().load(same(id)).await.unwrap().notes, 200);
}

fn demand<P: eventsource_core::Projection>(store: &SqliteStore) -> ReadModel<P> {
    ReadModel::new(store.clone(), store.clone())
}

fn runner(store: &SqliteStore) -> Runner {
    Runner::new(store.clone(), store.clone())
}

/// Waits until a runner here is in such a state.
async fn until(running: &Running, state: impl Fn(&RunState) -> bool) {
    for _ in 0..10_000 {
        if state(&running.status()[0].state) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{:?}", running.status())
}

#[tokio::test]
async fn the_old_projection_stops_before_what_it_cannot_read_and_the_new_one_takes_over() {
    let both = Both::open().await;
    let id = Id::new();
    let old = runner(&both.old).project::<old::Demand>().start();
    let receipt = both.old_carts().execute(id, old::Cart::add).await.unwrap();
    let model = demand::<old::Demand>(&both.old);
    let position = receipt.revision().position();
    assert_eq!(
        model.wait_for(position, LONG).await.unwrap(),
        Waited::Reached
    );

    let receipt = both
        .new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let position = receipt.revision().position();
    let Waited::Stopped(reason) = model.wait_for(position, LONG).await.unwrap() else {
        panic!("it went on")
    };
    assert!(reason.contains("is stored in version 2, this program knows it up to version 1"));
    assert!(
        reason.contains(&format!("position {position} ")),
        "{reason}"
    );
    until(&old, |state| matches!(state, RunState::Stopped(_))).await;
    assert!(matches!(old.health(), Health::Failing(_)));
    assert_eq!(model.get("tea").await.unwrap().unwrap().items, 1);

    let new = runner(&both.new).project::<new::Demand>().start();
    let model = demand::<new::Demand>(&both.new);
    until(&new, |state| *state == RunState::Running).await;
    assert_eq!(
        model.wait_for(position, LONG).await.unwrap(),
        Waited::Reached
    );
    assert_eq!(model.get("tea").await.unwrap().unwrap().items, 3);
    old.stop().await;
    new.stop().await;
}

/// Nobody has to start anything: whoever stands by has other code, and tries.
#[tokio::test]
async fn a_new_program_that_stands_by_takes_over_when_the_old_one_stops() {
    let both = Both::open().await;
    let id = Id::new();
    both.old_carts().execute(id, old::Cart::add).await.unwrap();
    let old = runner(&both.old).project::<old::Demand>().start();
    until(&old, |state| *state == RunState::Running).await;
    let new = runner(&both.new).project::<new::Demand>().start();
    until(&new, |state| *state == RunState::Standby).await;
    let receipt = both
        .new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    until(&new, |state| *state == RunState::Running).await;
    let model = demand::<new::Demand>(&both.new);
    let position = receipt.revision().position();
    assert_eq!(
        model.wait_for(position, LONG).await.unwrap(),
        Waited::Reached
    );
    assert_eq!(model.get("tea").await.unwrap().unwrap().items, 3);
    old.stop().await;
    new.stop().await;
}

#[tokio::test]
async fn the_old_reactor_stops_rather_than_skip_and_the_new_one_tells_of_the_rest() {
    let both = Both::open().await;
    let (told, id) = (Told::default(), Id::new());
    let old = || Pipeline::reactor(old::Teller(Arc::clone(&told))).from_start();
    both.old_carts().execute(id, old::Cart::add).await.unwrap();
    runner(&both.old).run(old()).catch_up().await.unwrap();
    both.new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let other = Id::new();
    both.old_carts()
        .execute(other, old::Cart::add)
        .await
        .unwrap();
    for _ in 0..2 {
        let stopped = runner(&both.old).run(old()).catch_up().await.unwrap_err();
        let stopped = stopped.to_string();
        assert!(stopped.contains("stored in version 2"), "{stopped}");
        assert_eq!(*told.lock().unwrap(), ["old 1"]);
    }
    let new = Pipeline::reactor(new::Teller(Arc::clone(&told))).from_start();
    runner(&both.new).run(new).catch_up().await.unwrap();
    assert_eq!(*told.lock().unwrap(), ["old 1", "new 2", "new 1"]);
}

#[tokio::test]
async fn a_new_version_of_a_model_is_built_beside_the_one_that_the_old_program_serves() {
    let both = Both::open().await;
    let id = Id::new();
    for _ in 0..20 {
        both.old_carts().execute(id, old::Cart::add).await.unwrap();
    }
    let old = runner(&both.old).project::<old::Demand>().start();
    let (before, after) = (
        demand::<old::Demand>(&both.old),
        demand::<new::LaterDemand>(&both.new),
    );
    let head = both.old.head().await.unwrap();
    assert_eq!(before.wait_for(head, LONG).await.unwrap(), Waited::Reached);
    let new = runner(&both.new).project::<new::LaterDemand>().start();
    assert_eq!(after.wait_for(head, LONG).await.unwrap(), Waited::Reached);
    assert_eq!(after.get("tea").await.unwrap().unwrap().times, 20);

    let receipt = both.old_carts().execute(id, old::Cart::add).await.unwrap();
    let position = receipt.revision().position();
    assert_eq!(
        before.wait_for(position, LONG).await.unwrap(),
        Waited::Reached
    );
    assert_eq!(
        after.wait_for(position, LONG).await.unwrap(),
        Waited::Reached
    );
    assert_eq!(before.get("tea").await.unwrap().unwrap().items, 21);
    assert_eq!(after.get("tea").await.unwrap().unwrap().times, 21);

    // From here on the old one stops, serves what it has, and the new one goes on.
    let receipt = both
        .new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let position = receipt.revision().position();
    assert_eq!(
        after.wait_for(position, LONG).await.unwrap(),
        Waited::Reached
    );
    let stopped = before.wait_for(position, LONG).await.unwrap();
    assert!(matches!(stopped, Waited::Stopped(_)), "{stopped:?}");
    assert_eq!(before.get("tea").await.unwrap().unwrap().items, 21);
    old.stop().await;
    new.stop().await;
}

async fn with_rule<P: EventProjection>(path: &Path) -> SqliteStore {
    let options = SqliteStore::options().inline::<P>();
    options.open(path).await.unwrap()
}

/// The events of either are in the rows that both change, and those of before are as well.
#[tokio::test]
async fn a_model_that_changes_with_the_append_is_kept_by_both_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (first, id) = (Repository::<old::Cart>::new(open(&path).await), Id::new());
    for _ in 0..3 {
        first.execute(id, old::Cart::add).await.unwrap();
    }
    let new = with_rule::<new::Demand>(&path).await;
    let old = with_rule::<old::Demand>(&path).await;
    let (new_carts, old_carts) = (
        Repository::<new::Cart>::new(new.clone()),
        Repository::<old::Cart>::new(old.clone()),
    );
    for _ in 0..4 {
        let receipt = new_carts.execute(same(id), new::Cart::add).await;
        receipt.unwrap();
        let receipt = old_carts.execute(Id::new(), old::Cart::add).await;
        receipt.unwrap();
    }
    let refused = first.execute(Id::new(), old::Cart::add).await.unwrap_err();
    assert!(
        matches!(
            &refused,
            ExecuteError::Append(AppendError::OtherRules { .. })
        ),
        "{refused}"
    );
    for items in [
        demand::<new::Demand>(&new)
            .get("tea")
            .await
            .unwrap()
            .unwrap()
            .items,
        demand::<old::Demand>(&old)
            .get("tea")
            .await
            .unwrap()
            .unwrap()
            .items,
    ] {
        assert_eq!(items, 3 + 4 * 2 + 4);
    }
}

#[tokio::test]
async fn an_old_process_is_refused_from_the_first_event_of_a_new_one_on() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let id = Uuid::now_v7();
    let mut old = child("adds_until_it_is_refused", &path)
        .env("CART", id.to_string())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(old.stdout.take().unwrap()).lines();
    let mut next = |word: &str| loop {
        let line = lines.next().expect("it tells how it ends").unwrap();
        if let Some(told) = line.strip_prefix(word) {
            return told.to_owned();
        }
    };
    for _ in 0..5 {
        next("stored");
    }
    let store = open(&path).await;
    let new = Repository::<new::Cart>::new(store);
    let id = Id::from_uuid(id);
    new.execute(id, new::Cart::add).await.unwrap();
    let (stored, error) = {
        let told = next("refused after ");
        let (stored, error) = told.split_once(": ").unwrap();
        (stored.parse::<u64>().unwrap(), error.to_owned())
    };
    assert!(error.contains("is stored in version 2"), "{error}");
    assert!(old.wait().unwrap().success());
    let cart = new.load(id).await.unwrap();
    assert_eq!(
        cart.items,
        stored + 2,
        "all that it was told is stored is there"
    );
    assert_eq!(cart.revision().version(), stored + 1);
}

#[tokio::test]
#[ignore = "another test starts it"]
async fn adds_until_it_is_refused() {
    let Some(path) = store_of_child() else { return };
    let id = std::env::var("CART").unwrap().parse::<Uuid>().unwrap();
    println!();
    let refused = add_until_refused(&path, Id::from_uuid(id)).await;
    println!("refused after {}: {}", refused.0, refused.1);
}

async fn add_until_refused(path: &Path, id: Id<old::Cart>) -> (u64, String) {
    let carts = Repository::<old::Cart>::new(open(path).await).cached(1);
    for stored in 0.. {
        match carts.execute(id, old::Cart::add).await {
            Ok(_) => println!("stored"),
            Err(error) => return (stored, error.to_string()),
        }
    }
    unreachable!("somebody ends it")
}
