//! Sends requests to the writer as the store does, over channels that shuttle schedules.

use std::future::poll_fn;
use std::sync::{Arc, Mutex};
use std::task::Poll;

use eventsource_core::engine::group_commit::{self, Inbox, Queue, serve};
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::{self, JoinHandle};
use shuttle_tokio::sync::{mpsc, oneshot, watch};

use crate::disk::{Answer, Disk, Flaw, Request, RequestLog};

type Message = group_commit::Message<Request, Request>;

pub(crate) struct WriterClient {
    inbox: mpsc::Sender<Message>,
    ended: watch::Receiver<()>,
    seen: Arc<RequestLog>,
    flaw: Flaw,
}

impl WriterClient {
    /// Starts the writer. Its queue is short, so that some requests wait for a place.
    pub(crate) fn open(flaw: Flaw) -> (Self, JoinHandle<()>) {
        let (inbox, requests) = mpsc::channel(2);
        let (alive, ended) = watch::channel(());
        let seen = Arc::<RequestLog>::default();
        let mut requests_in = RequestInbox { requests, flaw };
        let mut target = Disk::new(flaw, Arc::clone(&seen));
        let writer = thread::spawn(move || {
            serve(&mut requests_in, &mut Queue::default(), &mut target);
            drop(alive);
        });
        let client = Self {
            inbox,
            ended,
            seen,
            flaw,
        };
        (client, writer)
    }

    pub(crate) fn seen(&self) -> &Arc<RequestLog> {
        &self.seen
    }

    /// Sends a request and waits for its answer; `None` if the queue is closed.
    pub(crate) async fn store(&self, number: u32) -> Option<Answer> {
        let answered = self.send(number).await?;
        Some(answered.await.expect("an accepted request is answered"))
    }

    async fn send(&self, number: u32) -> Option<oneshot::Receiver<Answer>> {
        let (answer, answered) = oneshot::channel();
        let request = Request {
            number,
            flaw: self.flaw,
            answer: Mutex::new(Some(answer)),
            seen: Arc::clone(&self.seen),
        };
        let message = if request.is_of_model() {
            Message::Model(request)
        } else {
            Message::Append(request)
        };
        self.inbox.send(message).await.ok()?;
        self.seen.accept(number);
        Some(answered)
    }

    /// Sends a request and drops the future before the writer has answered or even received it.
    pub(crate) async fn begin_and_drop(&self, number: u32) {
        let mut storing = Box::pin(self.store(number));
        poll_fn(|context| Poll::Ready(storing.as_mut().poll(context).is_ready())).await;
    }

    pub(crate) async fn close(&self) {
        let _ = self.inbox.send(Message::Close).await;
        let mut ended = self.ended.clone();
        while ended.changed().await.is_ok() {}
    }
}

struct RequestInbox {
    requests: mpsc::Receiver<Message>,
    flaw: Flaw,
}

impl Inbox<Request, Request> for RequestInbox {
    fn wait(&mut self) -> Option<Message> {
        if thread_rng().gen_ratio(1, 8) {
            return Some(Message::Idle);
        }
        self.requests.blocking_recv()
    }

    fn try_next(&mut self) -> Option<Message> {
        self.requests.try_recv().ok()
    }

    fn close(&mut self) {
        match self.flaw {
            Flaw::AcceptsAfterClose => (),
            Flaw::DropsQueueOnClose => {
                self.requests.close();
                while self.requests.try_recv().is_ok() {}
            }
            _ => self.requests.close(),
        }
    }
}
