//! A backup that is restored, and another history behind it: a revision from before is a conflict
//! at the same version and position.

mod support;

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use eventsource_core::runner::Pipeline;
use eventsource_core::store::{
    BoxFuture, Capabilities, Commit, Expect, Fingerprint, HeadWatch, ImportError, Imported, Limits,
    LogId, NewEvent, Page, ReadLog, ReadStream, Snapshot, SnapshotStore, StoreError, StoreId,
};
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    Aggregate, AppendError, Apply, Codec, Delivery, EventLog, EventStore, ExecuteError, Horizon,
    Id, Loaded, MemoryReadModels, MemoryStore, Query, React, Reactor, ReadError, Receipt, Recorded,
    Repository, Revision, Runner, Store, StreamId, StreamStore, Timestamp, event,
};
use eventsource_sqlite::SqliteStore;
use support::open;

#[event(name = "account.changed")]
struct Changed {
    by: i64,
}

#[derive(Aggregate, Clone, Default)]
#[aggregate(events(Changed))]
struct Account {
    balance: i64,
}

impl Apply<Changed> for Account {
    fn apply(&mut self, changed: Changed) {
        self.balance += changed.by;
    }
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("too little")]
struct TooLittle;

impl Account {
    fn withdraw(&self, amount: i64) -> Result<Changed, TooLittle> {
        if self.balance < amount {
            return Err(TooLittle);
        }
        Ok(Changed { by: -amount })
    }
}

async fn change(accounts: &Repository<Account>, id: Id<Account>, by: i64) -> Receipt {
    let changed = accounts.execute(id, |_| Ok::<_, TooLittle>(Changed { by }));
    changed.await.unwrap()
}

/// A store behind a connection: after a reconnect, another file answers.
#[derive(Clone)]
struct Reconnecting(Arc<Mutex<SqliteStore>>);

impl Reconnecting {
    fn current(&self) -> SqliteStore {
        self.0.lock().unwrap().clone()
    }
}

impl Store for Reconnecting {
    fn id(&self) -> StoreId {
        self.current().id()
    }

    fn limits(&self) -> Limits {
        self.current().limits()
    }

    fn environment(&self) -> Arc<dyn Environment> {
        self.current().environment()
    }

    fn capabilities(&self) -> Capabilities {
        self.current().capabilities()
    }

    fn now(&self) -> BoxFuture<'_, Result<Timestamp, StoreError>> {
        let store = self.current();
        Box::pin(async move { store.now().await })
    }
}

impl StreamStore for Reconnecting {
    fn append(&self, commit: Commit) -> BoxFuture<'_, Result<Receipt, AppendError>> {
        let store = self.current();
        Box::pin(async move { store.append(commit).await })
    }

    fn import(&self, commits: Vec<Imported>) -> BoxFuture<'_, Result<Vec<Receipt>, ImportError>> {
        let store = self.current();
        Box::pin(async move { store.import(commits).await })
    }

    fn receipt(
        &self,
        first: StreamId,
        commit_id: Uuid,
    ) -> BoxFuture<'_, Result<Option<Receipt>, ReadError>> {
        let store = self.current();
        Box::pin(async move { store.receipt(first, commit_id).await })
    }

    fn read_stream(&self, read: ReadStream) -> BoxFuture<'_, Result<Page, ReadError>> {
        let store = self.current();
        Box::pin(async move { store.read_stream(read).await })
    }

    fn root_ids<'a>(
        &'a self,
        tenant: &'a str,
        category: &'a str,
        after: Option<Uuid>,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<Uuid>, ReadError>> {
        let store = self.current();
        Box::pin(async move { store.root_ids(tenant, category, after, limit).await })
    }

    fn snapshots(&self) -> Option<&dyn SnapshotStore> {
        Some(self)
    }
}

impl EventLog for Reconnecting {
    fn read(&self, read: ReadLog) -> BoxFuture<'_, Result<Page, ReadError>> {
        let store = self.current();
        Box::pin(async move { store.read(read).await })
    }

    fn head(&self) -> BoxFuture<'_, Result<Horizon, ReadError>> {
        let store = self.current();
        Box::pin(async move { store.head().await })
    }

    fn watch(&self) -> HeadWatch {
        self.current().watch()
    }

    fn log_id(&self) -> LogId {
        self.current().log_id()
    }
}

impl EventStore for Reconnecting {}

impl SnapshotStore for Reconnecting {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        let store = self.current();
        Box::pin(async move { store.snapshots().unwrap().newest(stream, fingerprint).await })
    }

    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        let store = self.current();
        Box::pin(async move { store.snapshots().unwrap().keep(snapshot).await })
    }
}

/// An account with 1 in the backup and 100 more after it.
struct Lost {
    _folder: tempfile::TempDir,
    backup: PathBuf,
    /// The revision that a client read before the store was lost.
    known: Revision,
    account: Id<Account>,
    connection: Reconnecting,
    /// Has the state with 101 in its cache.
    cached: Repository<Account>,
    /// The mirror in another store, which is not restored.
    mirrored: Mirror,
}

/// Repeats each change on an account elsewhere.
#[derive(Clone, Reactor)]
#[reactor(name = "mirror", events(Changed))]
struct Mirror {
    accounts: Repository<Account>,
    account: Id<Account>,
    seen: Arc<Mutex<Vec<Uuid>>>,
}

impl React<Changed> for Mirror {
    type Error = ExecuteError<TooLittle>;

    async fn react(
        &self,
        recorded: &Recorded<Changed>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        self.seen.lock().unwrap().push(delivery.id);
        let by = recorded.event.by;
        let change = self.accounts.execute(self.account, |_| Ok(Changed { by }));
        change.on_delivery(delivery, 0).await?;
        Ok(())
    }
}

impl Mirror {
    fn new() -> Self {
        Self {
            accounts: Repository::new(MemoryStore::new()),
            account: Id::new(),
            seen: Arc::default(),
        }
    }

    /// Takes the whole history, and answers the ids of the deliveries.
    async fn take(&self, store: &SqliteStore) -> Vec<Uuid> {
        let runner = Runner::new(store.clone(), MemoryReadModels::new());
        let pipeline = Pipeline::reactor(self.clone()).from_start();
        runner.run(pipeline).catch_up().await.unwrap();
        std::mem::take(&mut self.seen.lock().unwrap())
    }

    async fn balance(&self) -> i64 {
        self.accounts.load(self.account).await.unwrap().balance
    }
}

impl Lost {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let [path, backup] = ["store.db", "backup.db"].map(|name| folder.path().join(name));
        let store = open(&path).await;
        let connection = Reconnecting(Arc::new(Mutex::new(store.clone())));
        let cached = Repository::new(connection.clone()).cached(10);
        let account = Id::new();
        change(&cached, account, 1).await;
        store.backup(&backup).await.unwrap();
        let known = change(&cached, account, 100).await.revision();
        let mirrored = Mirror::new();
        assert_eq!(mirrored.take(&store).await.len(), 2);
        store.close().await;
        Self {
            _folder: folder,
            backup,
            known,
            account,
            connection,
            cached,
            mirrored,
        }
    }

    /// Opens the backup, and adds 5 where the 100 were: at the same version and position.
    async fn restore(&self) -> SqliteStore {
        let store = open(&self.backup).await;
        let other = Repository::<Account>::new(store.clone());
        let now = change(&other, self.account, 5).await.revision();
        let place = |revision: Revision| (revision.version(), revision.position());
        assert_eq!(place(now), place(self.known));
        assert_ne!(now, self.known);
        *self.connection.0.lock().unwrap() = store.clone();
        store
    }
}

#[tokio::test]
async fn an_etag_from_before_a_restore_is_a_conflict() {
    let lost = Lost::new().await;
    let store = lost.restore().await;
    let accounts = Repository::<Account>::new(store.clone());
    let etag = lost.known.to_string();
    let withdrawn = accounts
        .execute(lost.account, |account| account.withdraw(1))
        .expecting(etag.parse().unwrap());
    let refused = withdrawn.await.unwrap_err();
    assert!(matches!(refused, ExecuteError::Conflict(_)), "{refused:?}");

    let stream = accounts.stream(lost.account);
    let payload = br#"{"by":-1}"#.to_vec();
    let changed = NewEvent::new(stream.clone(), "account.changed", 1, Codec::Json, payload);
    let revision = lost.known;
    let expect = Expect::At { stream, revision };
    let commit = Commit::new(Uuid::now_v7(), vec![changed]).expect(expect);
    let refused = store.append(commit).await.unwrap_err();
    let AppendError::Conflict(conflict) = refused else {
        panic!("{refused}")
    };
    let now = accounts.load(lost.account).await.unwrap();
    assert_eq!(
        (now.balance, conflict.actual),
        (6, Some(Loaded::revision(&now)))
    );

    // The control: the revision of the restored store is the one to expect.
    let etag = Loaded::revision(&now).to_string();
    let withdrawn = accounts
        .execute(lost.account, |account| account.withdraw(1))
        .expecting(etag.parse().unwrap());
    assert_eq!(withdrawn.await.unwrap().revision().version(), 3);
}

#[tokio::test]
async fn a_state_that_was_cached_before_a_restore_decides_nothing() {
    let lost = Lost::new().await;
    let store = lost.restore().await;
    // The cached state has 101, the restored one 6.
    let too_much = lost
        .cached
        .execute(lost.account, |account| account.withdraw(50));
    let refused = too_much.await.unwrap_err();
    let is_refused = matches!(&refused, ExecuteError::Refused(TooLittle));
    assert!(is_refused, "{refused:?}");
    let accounts = Repository::<Account>::new(store);
    assert_eq!(accounts.load(lost.account).await.unwrap().balance, 6);
}

/// The conflict brings what came behind the version of the cached state, which was another state.
#[tokio::test]
async fn a_state_that_was_cached_before_a_restore_is_not_folded_on() {
    let lost = Lost::new().await;
    let store = lost.restore().await;
    let accounts = Repository::<Account>::new(store);
    change(&accounts, lost.account, 7).await;
    // The cached state has 101, and 108 with the 7; the restored one 13.
    let too_much = lost
        .cached
        .execute(lost.account, |account| account.withdraw(50));
    let refused = too_much.await.unwrap_err();
    let is_refused = matches!(&refused, ExecuteError::Refused(TooLittle));
    assert!(is_refused, "{refused:?}");
    assert_eq!(accounts.load(lost.account).await.unwrap().balance, 13);
}

#[tokio::test]
async fn a_refusal_on_a_state_that_was_cached_before_a_restore_is_decided_again() {
    let lost = Lost::new().await;
    lost.restore().await;
    // Refused on the cached state, and not on the restored one.
    let close_to_empty = lost.cached.execute(lost.account, |account| {
        if account.balance > 10 {
            return Err(TooLittle);
        }
        Ok(Changed { by: 1 })
    });
    assert_eq!(close_to_empty.await.unwrap().revision().version(), 3);
}

#[tokio::test]
async fn a_command_of_a_reactor_on_another_event_after_a_restore_is_not_taken_for_a_repeated_one() {
    let lost = Lost::new().await;
    assert_eq!(lost.mirrored.balance().await, 101);
    let store = lost.restore().await;
    lost.mirrored.take(&store).await;
    // The 1 was delivered again and stored once; the 5 is new.
    assert_eq!(lost.mirrored.balance().await, 106);
}

#[tokio::test]
async fn a_copy_of_a_store_delivers_under_the_same_ids() {
    let folder = tempfile::tempdir().unwrap();
    let [path, other] = ["store.db", "other.db"].map(|name| folder.path().join(name));
    let (store, copied) = (open(&path).await, open(&other).await);
    // Positions differ in the copy.
    let elsewhere = Repository::<Account>::new(copied.clone()).in_tenant("elsewhere");
    change(&elsewhere, Id::new(), 7).await;
    let accounts = Repository::<Account>::new(store.clone());
    for by in [1, 2, 3] {
        change(&accounts, Id::new(), by).await;
    }
    let ids = Mirror::new().take(&store).await;
    assert_eq!(ids.len(), 3);
    let page = store
        .read(ReadLog::new(Query::all()).limit(10))
        .await
        .unwrap();
    for event in page.events() {
        let new = NewEvent::new(
            event.stream.clone(),
            event.name.to_owned(),
            event.schema,
            event.codec,
            event.payload.to_vec(),
        );
        let commit = Commit::new(event.commit.id, vec![new]);
        let imported = Imported::new(commit, SystemEnvironment.now());
        copied.import(vec![imported]).await.unwrap();
    }
    assert_eq!(Mirror::new().take(&copied).await[1..], ids);
}
