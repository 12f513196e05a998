//! A history: the calls of several clients of a store, with their times.

use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use eventsource_core::store::{Commit, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, Position, StreamId};
use tokio::task::JoinSet;

use super::checker::Call;
use super::client::Client;
use super::log::{Answer, Append, Log, Operation, Request};
use crate::seed;
use crate::stores::AnyStore;

/// The size of a history.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// The number of clients.
    pub clients: usize,
    /// The number of operations of each.
    pub operations: usize,
    /// The number of streams.
    pub streams: usize,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            clients: 8,
            operations: 12,
            streams: 3,
        }
    }
}

/// The state that the clients of a history share.
#[derive(Debug)]
pub(super) struct History {
    pub(super) streams: Vec<StreamId>,
    pub(super) start: Position,
    clock: AtomicU64,
    calls: Mutex<Vec<Call<Operation>>>,
    appends: Mutex<Vec<Append>>,
}

impl History {
    fn new(shape: Shape, start: Position) -> Self {
        let stream = |_| StreamId::new("history", Uuid::now_v7());
        Self {
            streams: (0..shape.streams).map(stream).collect(),
            start,
            clock: AtomicU64::new(0),
            calls: Mutex::default(),
            appends: Mutex::default(),
        }
    }

    /// Records a request and returns its number.
    pub(super) fn invoked(&self, request: Request) -> usize {
        let mut calls = lock(&self.calls);
        calls.push(Call {
            invoked: self.tick(),
            answered: None,
            operation: Operation {
                request,
                answer: None,
            },
        });
        calls.len() - 1
    }

    pub(super) fn answered(&self, call: usize, answer: Answer) {
        let now = self.tick();
        let call = &mut lock(&self.calls)[call];
        call.answered = Some(now);
        call.operation.answer = Some(answer);
    }

    /// The commits that were sent up to now.
    pub(super) fn appends(&self) -> MutexGuard<'_, Vec<Append>> {
        lock(&self.appends)
    }

    fn tick(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }
}

/// Runs clients on the handles of a store and returns the state of the store before them and their
/// calls.
pub async fn record(handles: &[AnyStore], shape: Shape, seed: u64) -> (Log, Vec<Call<Operation>>) {
    let start = settled(handles).await;
    let history = Arc::new(History::new(shape, start));
    let mut clients = JoinSet::new();
    for number in 0..shape.clients {
        let store = Arc::clone(&handles[number % handles.len()]);
        let random = seed::part(seed, number as u64);
        let client = Client::new(store, Arc::clone(&history), random);
        clients.spawn(client.run(shape.operations));
    }
    clients.join_all().await;
    let calls = mem::take(&mut *lock(&history.calls));
    (Log::new(start), calls)
}

/// Returns the head of a store without pending appends: when an append is answered, every append that
/// an earlier history dropped is either stored or gone.
async fn settled(handles: &[AnyStore]) -> Position {
    let mut head = Position::START;
    for store in handles {
        let stream = StreamId::new("settled", Uuid::now_v7());
        let event = NewEvent::new(stream, "settled", 1, Codec::Json, b"{}".to_vec());
        let receipt = store.append(Commit::new(Uuid::now_v7(), vec![event])).await;
        head = receipt.expect("nothing is expected of the store").last;
    }
    head
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
