//! The history of the shop: the same in every store that is written.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimOutcome, Generation, Model, RowWrite, RunState, Table, Write, Writer,
};
use eventsource_core::runner::Pipeline;
use eventsource_core::store::{Commit, Fingerprint, Imported, NewEvent, ReadLog};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::Environment;
use eventsource_core::{
    Aggregate, Codec, EventLog, Id, Key, Metadata, Query, ReadModelStore, Repository, Runner,
    StreamId, StreamStore, Tag, Timestamp, transact,
};
use eventsource_sqlite::{SqliteBuilder, SqliteStore, handler};

use crate::counting::Counting;
use crate::now::{Account, Cart, Ledger, Payment};
use crate::readers::{Demand, Emails, Receipts, Shelf, Sold};
use crate::then;

/// A day in the life of a program that has the store open.
struct Shop {
    store: SqliteStore,
    environment: Counting,
    /// The environment of runners, which may ask once more on a slow machine.
    of_runners: Counting,
}

/// Makes a store in this file.
pub(crate) async fn write(path: &Path) {
    let environments = [0, 0x1000].map(Counting::ids_from);
    let builder = SqliteStore::builder().inline::<then::Emails>();
    let shop = Shop::open(path, builder, environments.clone()).await;
    shop.first_year().await;
    shop.store.close().await;

    let builder = SqliteStore::builder().register_inline::<Emails>();
    let shop = Shop::open(path, builder, environments).await;
    shop.odd_events().await;
    shop.decisions_on_what_was().await;
    shop.run().await;
    shop.failures().await;
    shop.run().await;
    shop.what_nobody_has_seen_yet().await;
    shop.kills().await;
    shop.store.close().await;
}

impl Shop {
    async fn open(
        path: &Path,
        builder: SqliteBuilder,
        [environment, of_runners]: [Counting; 2],
    ) -> Self {
        Self {
            store: builder
                .environment(environment.clone())
                .open(path)
                .await
                .unwrap(),
            environment,
            of_runners,
        }
    }

    fn repository<A: Aggregate>(&self) -> Repository<A> {
        Repository::new(self.store.clone()).in_environment(self.environment.clone())
    }

    fn runner(&self) -> Runner {
        Runner::new(self.store.clone(), self.store.clone()).in_environment(self.of_runners.clone())
    }

    async fn first_year(&self) {
        self.import().await;
        let carts = self.repository::<then::Cart>();
        let ann = Id::from_name("ann");
        let tea = carts.execute(ann, then::Cart::add("tea"));
        tea.metadata(all_metadata()).await.unwrap();
        let greeted = |_: &_| Ok::<_, ()>(then::Greeted("good morning".to_owned()));
        carts.execute(ann, greeted).await.unwrap();
        let emptied = |_: &_| Ok::<_, ()>((then::Emptied,));
        carts.execute(ann, emptied).await.unwrap();
        for sku in ["milk", "tea", "tea"] {
            carts.execute(ann, then::Cart::add(sku)).await.unwrap();
        }
        self.has_kept_a_snapshot(&carts, ann, 4).await;

        let of_acme = carts.in_tenant("acme").with_codec(Codec::MessagePack);
        let bob = Id::from_name("bob");
        of_acme.execute(bob, then::Cart::add("tea")).await.unwrap();
        of_acme.execute(bob, emptied).await.unwrap();
        let accounts = self.repository::<Account>();
        let ann = accounts.execute(Id::from_name("ann"), Account::open("ann@example.org"));
        ann.await.unwrap();
        let demand = self.runner().project::<then::Demand>();
        demand.catch_up().await.unwrap();
    }

    /// Waits for a snapshot, which is written after the decision returns.
    async fn has_kept_a_snapshot<A: Aggregate>(
        &self,
        repository: &Repository<A>,
        id: Id<A>,
        version: u64,
    ) {
        let fingerprint = Fingerprint::of(&A::SNAPSHOTS.unwrap()).unwrap();
        loop {
            let found = self
                .store
                .snapshots()
                .unwrap()
                .newest(repository.stream(id), fingerprint);
            let found = found.await.unwrap();
            if found.is_some_and(|found| found.revision.version() == version) {
                return;
            }
            tokio::task::yield_now().await;
        }
    }

    /// A commit of another store, with its time.
    async fn import(&self) {
        let stream = StreamId::new("cart", Uuid::from_u128(7));
        let payload = br#"{ "sku" : "t\u0065a" }"#.to_vec();
        let event = NewEvent::new(stream, "cart.item-added", 1, Codec::Json, payload);
        let event = event.tagged(vec![Tag::new("sku", "tea")]);
        let commit = Commit::new(Uuid::from_u128(1), vec![event]);
        let then = Timestamp::from_micros(1_000_000_000_000_000);
        let imported = vec![Imported::new(commit, then)];
        self.store.import(imported).await.unwrap();
    }

    /// Payloads and names that no macro writes.
    async fn odd_events(&self) {
        let stream = StreamId::new("größe'x\"", Uuid::max()).in_tenant("acme");
        let payloads: [&[u8]; 4] = [
            b"",
            b"\xff\x00\xfe",
            b"\"a\0b\"",
            "\"ä\u{1f375}\"".as_bytes(),
        ];
        let mut events = Vec::new();
        for codec in [Codec::Json, Codec::MessagePack] {
            events.extend(payloads.map(|payload| {
                let tags = vec![Tag::new("größe", "x, \"y\""), Tag::new("", "")];
                NewEvent::new(stream.clone(), "ödd", u32::MAX, codec, payload.to_vec()).tagged(tags)
            }));
        }
        let commit = Commit::new(self.environment.uuid(), events);
        self.store.append(commit).await.unwrap();
    }

    /// Decides in one program after the other, in both codecs, and over several streams.
    async fn decisions_on_what_was(&self) {
        let carts = self.repository::<Cart>();
        let ann = Id::from_name("ann");
        for quantity in [2, 3] {
            let milk = carts.execute(ann, Cart::add("milk", quantity));
            milk.await.unwrap();
        }
        self.has_kept_a_snapshot(&carts, ann, 8).await;
        let of_acme = carts
            .clone()
            .in_tenant("acme")
            .with_codec(Codec::MessagePack);
        let tea = of_acme.execute(Id::from_name("bob"), Cart::add("tea", u32::MAX));
        tea.await.unwrap();

        let accounts = self.repository::<Account>();
        let (cyd, hers) = (Id::from_name("cyd"), Id::from_name("cyd"));
        let both = transact((carts.at(cyd), accounts.at(hers)), |(cart, account)| {
            cart.decide(Cart::add("salt", 1))?;
            account.decide(Account::open("cyd@example.org"))?;
            cart.decide(Cart::check_out(Payment::Cash, "before anybody was told"))
        });
        both.await.unwrap();
    }

    /// Takes what there is into the read models and to the reactor.
    async fn run(&self) {
        let receipts = Receipts {
            ledgers: self.repository::<Ledger>(),
            deliveries: Arc::default(),
        };
        let runner = self
            .runner()
            .run(Pipeline::of::<Demand>().followed_by::<Shelf>())
            .run(handler(Sold))
            .react(receipts);
        runner.catch_up().await.unwrap();
    }

    /// Appends events that park keys and streams, among events that do not.
    async fn failures(&self) {
        let carts = self.repository::<Cart>();
        let (dan, eve) = (Id::from_name("dan"), Id::from_name("eve"));
        for sku in ["poison", "tea", "poison"] {
            carts.execute(dan, Cart::add(sku, 1)).await.unwrap();
        }
        let card = Payment::Card {
            number: Some(u64::MAX),
            share: 0.1,
        };
        for remark in ["no receipt", "waits behind"] {
            let checked_out = Cart::check_out(card.clone(), remark);
            carts.execute(dan, checked_out).await.unwrap();
        }
        self.has_kept_a_snapshot(&carts, dan, 4).await;
        let long = "a long remark. ".repeat(500);
        let card = Payment::Card {
            number: None,
            share: -1e-9,
        };
        let msgpack = carts.clone().with_codec(Codec::MessagePack);
        for carts in [carts, msgpack] {
            let checked_out = carts.execute(eve, Cart::check_out(card.clone(), &long));
            checked_out.await.unwrap();
        }
        let accounts = self.repository::<Account>();
        let dan = Id::from_name("dan");
        let opened = accounts.execute(dan, Account::open("dan@example.org"));
        opened.await.unwrap();
        let closed = |account: &Account| Ok::<_, ()>(account.close());
        accounts.execute(dan, closed).await.unwrap();
    }

    async fn what_nobody_has_seen_yet(&self) {
        let carts = self.repository::<Cart>();
        let fay = Id::from_name("fay");
        carts.execute(fay, Cart::add("milk", 10)).await.unwrap();
        let checked_out = Cart::check_out(Payment::Cash, "not told yet");
        carts.execute(fay, checked_out).await.unwrap();
    }

    /// Leaves the state of killed processes: an unfinished rebuild, and the lease of the reactor.
    async fn kills(&self) {
        let tables = vec![Table::of::<Demand>(), Table::of::<Shelf>()];
        let demand = Model::new("demand", 2, tables);
        let from = self.claim(&demand, Generation::Rebuilding).await;
        let first = self.store.read(ReadLog::new(Query::all()).limit(1)).await;
        let to = first.unwrap().through();
        let mut write = Write::new(demand.clone(), Generation::Rebuilding, from, to);
        let row = Some(r#"{"quantity":1,"events":1}"#.into());
        write.rows.push(RowWrite::new(0, Key::of("tea"), row));
        self.store.write(write).await.unwrap();
        let stopped = RunState::Stopped("the disk is full".to_owned());
        let writer = Writer::new(demand.id, Generation::Rebuilding, from.epoch);
        let reported = self.store.report(writer, stopped);
        reported.await.unwrap();
        self.claim(&Model::reactor("receipts"), Generation::Serving)
            .await;
    }

    async fn claim(&self, model: &Model, generation: Generation) -> Checkpoint {
        let owner = self.of_runners.uuid();
        let mut claim = Claim::new(model.clone(), generation, self.store.log_id(), owner);
        claim.ttl = Duration::from_millis(50);
        match self.store.claim(claim).await.unwrap() {
            ClaimOutcome::Granted(progress) => progress.checkpoint,
            ClaimOutcome::Denied(lease) => panic!("{lease:?}"),
        }
    }
}

fn all_metadata() -> Metadata {
    Metadata::new()
        .actor("clerk 7")
        .on_behalf_of("ann")
        .reason("she \"asked\"")
        .correlation("call 42")
        .causation("ring 17")
        .traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .occurred_at(Timestamp::from_micros(-1))
        .entry("till", "3")
        .entry("größe", "\u{0}")
}
