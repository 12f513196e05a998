//! One client of a history. It draws its operations, which depend on the answers it got.

use std::sync::Arc;

use eventsource_core::store::{Commit, Expect, NewEvent, ReadLog, ReadStream};
use eventsource_core::uuid::Uuid;
use eventsource_core::{AppendError, Codec, Horizon, Query, ReadError, Revision};
use fastrand::Rng;

use super::history::History;
use super::log::{Answer, Append, Request};
use crate::drop_after::drop_after;
use crate::stores::AnyStore;

pub(super) struct Client {
    store: AnyStore,
    pub(super) history: Arc<History>,
    random: Rng,
    /// The revisions of the streams that it knows.
    pub(super) revisions: Vec<Revision>,
}

impl Client {
    pub(super) fn new(store: AnyStore, history: Arc<History>, random: Rng) -> Self {
        let revisions = vec![Revision::NONE; history.streams.len()];
        Self {
            store,
            history,
            random,
            revisions,
        }
    }

    pub(super) async fn run(mut self, operations: usize) {
        for _ in 0..operations {
            for _ in 0..self.random.u8(0..3) {
                tokio::task::yield_now().await;
            }
            self.ask().await;
        }
    }

    async fn ask(&mut self) {
        let request = self.request();
        let call = self.history.invoked(request.clone());
        let answer = match request {
            Request::Append(append) => self.append(append).await,
            request => Some(self.read(request).await),
        };
        if let Some(answer) = answer {
            self.history.answered(call, answer);
        }
    }

    fn request(&mut self) -> Request {
        let stream = self.random.usize(0..self.revisions.len());
        match self.random.u8(0..100) {
            0..60 => Request::Append(self.some_append()),
            60..75 => Request::ReadStream(stream),
            75..82 => Request::ReadAll,
            82..90 => Request::Head,
            _ => self
                .earlier()
                .map_or(Request::Head, |append| Request::Receipt {
                    first: append.events[0],
                    commit: append.commit,
                }),
        }
    }

    /// Draws a new commit, or one that a client sent before, unchanged or with other content.
    fn some_append(&mut self) -> Append {
        let again = self.random.u8(0..100);
        let append = match self.earlier() {
            Some(earlier) if again < 10 => earlier,
            Some(earlier) if again < 15 => Append {
                content: earlier.content + 1,
                ..earlier
            },
            _ => self.new_append(),
        };
        self.history.appends().push(append.clone());
        append
    }

    fn earlier(&mut self) -> Option<Append> {
        self.random.choice(self.history.appends().iter()).cloned()
    }

    fn new_append(&mut self) -> Append {
        let streams = 0..self.revisions.len();
        let events = (0..self.random.usize(1..4)).map(|_| self.random.usize(streams.clone()));
        let events: Vec<usize> = events.collect();
        let mut expect = Vec::new();
        // The commit may expect a revision of streams that it does not write.
        for stream in streams {
            let chance = if events.contains(&stream) { 60 } else { 15 };
            if self.random.u8(0..100) < chance {
                let none = self.random.u8(0..10) == 0;
                let revision = if none {
                    Revision::NONE
                } else {
                    self.revisions[stream]
                };
                expect.push((stream, revision));
            }
        }
        Append {
            commit: self.random.u64(..),
            content: 0,
            events,
            expect,
        }
    }

    /// Sends a commit. Sometimes drops the future, or ignores the answer.
    async fn append(&mut self, append: Append) -> Option<Answer> {
        let sending = self.store.append(self.commit(&append));
        let answer = match self.random.u8(0..100) {
            0..12 => drop_after(self.random.usize(0..3), sending).await,
            12..16 => drop_after(usize::MAX, sending).await.and(None),
            _ => Some(sending.await),
        };
        Some(match answer? {
            Ok(receipt) => Answer::Stored(self.stored(&receipt)),
            Err(AppendError::Conflict(conflict)) => self.conflict(*conflict),
            Err(AppendError::CommitIdReused { .. }) => Answer::Reused,
            Err(AppendError::Store(_)) => Answer::Failed,
            Err(AppendError::OutcomeUnknown { .. }) => return None,
            Err(error) => panic!("{error}"),
        })
    }

    async fn read(&mut self, request: Request) -> Answer {
        let read = self.try_read(request).await;
        read.unwrap_or_else(|error| panic!("{error}"))
    }

    async fn try_read(&mut self, request: Request) -> Result<Answer, ReadError> {
        Ok(match request {
            Request::ReadStream(stream) => {
                let stream = self.history.streams[stream].clone();
                let page = self
                    .store
                    .read_stream(ReadStream::forward(stream, 0).with_metadata())
                    .await?;
                Answer::Events(self.seen(&page), None)
            }
            Request::ReadAll => {
                let page = self
                    .store
                    .read(ReadLog::new(Query::all()).after(Horizon::unchecked(self.history.start)))
                    .await?;
                Answer::Events(self.seen(&page), Some(page.through().position()))
            }
            Request::Receipt { first, commit } => {
                let first = self.history.streams[first].clone();
                let receipt = self.store.receipt(first, id(commit)).await?;
                Answer::Receipt(receipt.map(|receipt| self.stored(&receipt)))
            }
            Request::Head | Request::Append(_) => Answer::Head(self.store.head().await?.position()),
        })
    }

    fn commit(&self, append: &Append) -> Commit {
        let payload = append.content.to_string().into_bytes();
        let event = |&stream: &usize| {
            let stream = self.history.streams[stream].clone();
            NewEvent::new(stream, "happened", 1, Codec::Json, payload.clone())
        };
        let mut commit = Commit::new(id(append.commit), append.events.iter().map(event).collect());
        commit.expectations = append
            .expect
            .iter()
            .map(|(stream, revision)| self.expect(*stream, *revision))
            .collect();
        commit
    }

    fn expect(&self, stream: usize, revision: Revision) -> Expect {
        let stream = self.history.streams[stream].clone();
        match revision {
            Revision::NONE => Expect::NoStream(stream),
            revision => Expect::At { stream, revision },
        }
    }
}

pub(super) fn id(commit: u64) -> Uuid {
    Uuid::from_u64_pair(0, commit)
}
