//! A store without threads keeps the same contracts.

#[path = "support/bed.rs"]
mod bed;

use std::future::{pending, ready};
use std::sync::{Arc, mpsc};
use std::thread;

use eventsource_conformance::Hold;
use eventsource_core::Timestamp;
use eventsource_core::store::BoxFuture;
use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, Lane, SystemEnvironment};
use eventsource_sqlite::{SqliteBuilder, SqliteStore};
use tokio::runtime::{Builder, Handle};

use bed::SqliteBed;

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

fn builder() -> SqliteBuilder {
    SqliteStore::builder().in_tasks(OneThread::start(), || Box::pin(ready(())), || {})
}

fn tasks_bed() -> SqliteBed {
    SqliteBed::with(builder, |store| {
        let (hold, gate) = Hold::new();
        // A thread that runs tasks does not let itself be blocked.
        store.before_next_commit(|| drop(thread::spawn(|| gate.pass_blocking()).join()));
        hold
    })
}

mod store {
    eventsource_conformance::store_conformance!(super::tasks_bed());
}

mod read_model {
    eventsource_conformance::read_model_conformance!(super::tasks_bed());
}

mod inline {
    eventsource_conformance::inline_conformance!(super::tasks_bed());
}

/// The files go with the last handle, and the program goes on.
#[tokio::test]
async fn a_store_that_is_closed_leaves_no_log() {
    let bed = tasks_bed();
    let store = bed.open_in(Arc::new(SystemEnvironment)).await;
    let watched = eventsource_core::EventLog::watch(&store);
    assert!(bed.path().with_extension("db-wal").exists());
    store.close().await;
    drop(watched);
    assert!(!bed.path().with_extension("db-wal").exists());
}
