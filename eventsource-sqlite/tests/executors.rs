//! A store waits for nobody's pool, and needs no runtime.

mod support;

use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use eventsource_core::store::{ReadLog, ReadStream};
use eventsource_core::{EventLog, Query, StreamStore};
use support::{cart, commit, open};

/// An executor that is only a thread, which sleeps until it is woken.
fn block_on<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let (mut context, mut future) = (Context::from_waker(&waker), pin!(future));
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[test]
fn a_store_works_outside_of_a_runtime() {
    let folder = tempfile::tempdir().unwrap();
    block_on(async {
        let (store, cart) = (open(&folder.path().join("store.db")).await, cart());
        store.append(commit(&cart)).await.unwrap();
        let page = store.read_stream(ReadStream::forward(cart, 0)).await;
        assert_eq!(page.unwrap().len(), 1);
        let mut head = store.watch();
        store.verify().await.unwrap();
        store.backup(folder.path().join("copy.db")).await.unwrap();
        store.close().await;
        assert_eq!(head.changed().await, None);
    });
}

#[test]
fn callers_that_fill_the_pool_of_blocking_threads_are_answered() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .max_blocking_threads(2)
        .enable_time()
        .build()
        .unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (store, cart) = (runtime.block_on(open(&path)), cart());
    runtime.block_on(store.append(commit(&cart))).unwrap();
    let readers: Vec<_> = (0..6)
        .map(|_| {
            let (store, cart) = (store.clone(), cart.clone());
            let handle = runtime.handle().clone();
            runtime.spawn_blocking(move || {
                handle.block_on(store.read_stream(ReadStream::forward(cart, 0)))
            })
        })
        .collect();
    runtime.block_on(async {
        for reader in readers {
            let page = tokio::time::timeout(Duration::from_secs(60), reader).await;
            assert_eq!(page.unwrap().unwrap().unwrap().len(), 1);
        }
    });
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_callers_than_threads_are_answered_though_some_do_not_wait() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(&folder.path().join("store.db")).await;
    store.append(commit(&cart())).await.unwrap();
    let readers: Vec<_> = (0..200)
        .map(|number| {
            let store = store.clone();
            tokio::spawn(async move {
                let reading = store.read(ReadLog::new(Query::all()).limit(10));
                if number % 3 == 0 {
                    let _ = tokio::time::timeout(Duration::ZERO, reading).await;
                } else {
                    assert_eq!(reading.await.unwrap().len(), 1);
                }
            })
        })
        .collect();
    for reader in readers {
        reader.await.unwrap();
    }
}
