//! A store without threads keeps the same contracts.

use std::future::{pending, ready};
use std::path::PathBuf;
use std::sync::{Arc, mpsc};
use std::thread;

use eventsource_conformance::Hold;
use eventsource_core::Timestamp;
use eventsource_core::store::BoxFuture;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane, SystemEnvironment};
use eventsource_sqlite::{SqliteOptions, SqliteStore};
use tokio::runtime::{Builder, Handle};

/// Runs the tasks of one store on one thread. It ends with the tests.
#[derive(Debug)]
struct OneThread(Handle);

impl OneThread {
    fn start() -> Self {
        let (sender, handle) = mpsc::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build().unwrap();
            sender.send(runtime.handle().clone()).unwrap();
            runtime.block_on(pending::<()>());
        });
        Self(handle.recv().unwrap())
    }
}

impl Environment for OneThread {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn spawn(&self, _: Lane, task: BoxFuture<'static, ()>) {
        drop(self.0.spawn(task));
    }
}

struct TasksBed(tempfile::TempDir);

impl TasksBed {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("store.db")
    }

    fn options() -> SqliteOptions {
        SqliteStore::options().in_tasks(OneThread::start(), || Box::pin(ready(())), || {})
    }

    async fn open_in(&self, environment: Arc<dyn Environment>) -> SqliteStore {
        let options = Self::options();
        options.open_in(self.path(), environment).await.unwrap()
    }

    fn hold_next_commit(store: &SqliteStore) -> Hold {
        let (hold, gate) = Hold::new();
        // A thread that runs tasks does not let itself be blocked.
        store.before_next_commit(|| drop(thread::spawn(|| gate.pass_blocking()).join()));
        hold
    }
}

mod store {
    use eventsource_conformance::store::TestBed;
    use eventsource_core::StreamId;

    use super::*;

    impl TestBed for TasksBed {
        type Store = SqliteStore;

        async fn open(&self, environment: Arc<dyn Environment>) -> SqliteStore {
            self.open_in(environment).await
        }

        fn hold(&self, store: &SqliteStore) -> Option<Hold> {
            Some(Self::hold_next_commit(store))
        }

        /// A file has no connection that a network could end.
        fn cut(&self, _: &SqliteStore) -> bool {
            false
        }

        fn sibling(&self, stream: &StreamId) -> StreamId {
            StreamId::new("sibling", Uuid::now_v7()).in_tenant(stream.tenant().to_owned())
        }
    }

    eventsource_conformance::store_conformance!(TasksBed::new());
}

mod read_model {
    use eventsource_conformance::read_model::TestBed;

    use super::*;

    impl TestBed for TasksBed {
        type Models = SqliteStore;

        async fn open(&self) -> SqliteStore {
            self.open_in(Arc::new(SystemEnvironment)).await
        }

        fn hold(&self, models: &SqliteStore) -> Option<Hold> {
            Some(Self::hold_next_commit(models))
        }
    }

    eventsource_conformance::read_model_conformance!(TasksBed::new());
}

mod inline {
    use eventsource_conformance::inline::TestBed;
    use eventsource_core::ReadModelStore;
    use eventsource_core::projection::EventProjection;

    use super::*;

    impl TestBed for TasksBed {
        type Store = SqliteStore;

        async fn open<P: EventProjection>(&self) -> SqliteStore {
            let options = Self::options().inline::<P>();
            options.open(self.path()).await.unwrap()
        }

        async fn open_without(&self) -> SqliteStore {
            self.open_in(Arc::new(SystemEnvironment)).await
        }

        fn models(&self, store: &SqliteStore) -> Arc<dyn ReadModelStore> {
            Arc::new(store.clone())
        }

        fn hold(&self, store: &SqliteStore) -> Option<Hold> {
            Some(Self::hold_next_commit(store))
        }
    }

    eventsource_conformance::inline_conformance!(TasksBed::new());
}

/// The files go with the last handle, and the program goes on.
#[tokio::test]
async fn a_store_that_is_closed_leaves_no_log() {
    let bed = TasksBed::new();
    let store = bed.open_in(Arc::new(SystemEnvironment)).await;
    let watched = eventsource_core::EventLog::watch(&store);
    assert!(bed.path().with_extension("db-wal").exists());
    store.close().await;
    drop(watched);
    assert!(!bed.path().with_extension("db-wal").exists());
}
