//! The channel of requests from tasks to a writer.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::poll_fn;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use tokio::sync::{Semaphore, TryAcquireError};

use super::message::Message;
use super::serve::Inbox;

/// The capacity, behind which senders wait.
const WAITING: usize = 1024;

/// The sending half of a [`Mailbox`]. When it is dropped, the mailbox is closed.
///
/// ```
/// use eventsource_core::engine::group_commit::{Inbox, Mailbox, Message};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (sender, mut mailbox) = Mailbox::<u32, u32>::new();
/// sender.send(Message::Append(1)).await.expect("it is open");
/// drop(sender);
/// assert!(matches!(mailbox.next().await, Some(Message::Append(1))));
/// assert!(mailbox.wait().is_none()); // as a thread waits
/// # }
/// ```
#[derive(Debug)]
pub struct MailboxSender<A, M = Infallible>(Arc<Shared<A, M>>);

/// The messages to a writer, in the order in which they were sent. A thread receives them as from any
/// [`Inbox`], a task by [`next`](Self::next). See [`MailboxSender`].
///
/// [Example](crate::engine::group_commit#example).
#[derive(Debug)]
pub struct Mailbox<A, M = Infallible> {
    shared: Arc<Shared<A, M>>,
    /// Messages that were taken out of the shared queue together.
    taken: VecDeque<Message<A, M>>,
}

/// The error of a closed mailbox, with the message that was not sent. See [`Message`].
///
/// [Example](crate::engine::group_commit#example).
#[derive(Debug, thiserror::Error)]
#[error("the writer takes nothing more")]
pub struct MailboxClosed<A, M = Infallible>(pub Message<A, M>);

#[derive(Debug)]
struct Shared<A, M> {
    state: Mutex<State<A, M>>,
    /// Wakes the thread that waits.
    arrived: Condvar,
    places: Semaphore,
}

#[derive(Debug)]
struct State<A, M> {
    messages: VecDeque<Message<A, M>>,
    is_closed: bool,
    /// Whether a thread waits and was not woken yet.
    thread_waits: bool,
    /// The task that waits.
    task: Option<Waker>,
}

impl<A, M> MailboxSender<A, M> {
    /// Sends a message, after a wait if the mailbox is full.
    ///
    /// # Errors
    ///
    /// The mailbox is closed.
    pub async fn send(&self, message: Message<A, M>) -> Result<(), MailboxClosed<A, M>> {
        // The mailbox is rarely full, and `try_acquire` costs less than a future.
        let place = match self.0.places.try_acquire() {
            Err(TryAcquireError::NoPermits) => self.0.places.acquire().await.ok(),
            place => place.ok(),
        };
        match place {
            Some(place) => place.forget(),
            None => return Err(MailboxClosed(message)),
        }
        self.0.add(message)
    }

    /// Closes the mailbox to further messages. Those that were sent are still received.
    pub fn close(&self) {
        self.0.close();
    }
}

impl<A, M> Drop for MailboxSender<A, M> {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl<A, M> Mailbox<A, M> {
    /// An empty mailbox, and its sender.
    #[must_use]
    pub fn new() -> (MailboxSender<A, M>, Self) {
        let shared = Arc::new(Shared {
            state: Mutex::new(State {
                messages: VecDeque::new(),
                is_closed: false,
                thread_waits: false,
                task: None,
            }),
            arrived: Condvar::new(),
            places: Semaphore::new(WAITING),
        });
        let mailbox = Self {
            shared: Arc::clone(&shared),
            taken: VecDeque::new(),
        };
        (MailboxSender(shared), mailbox)
    }

    /// Waits for the next message as a task; `None` once the mailbox is closed and empty.
    pub async fn next(&mut self) -> Option<Message<A, M>> {
        poll_fn(|context| self.poll_next(context)).await
    }

    /// Waits for the next message as a thread, at most for `limit`; then it is [`Message::Idle`].
    pub fn wait_within(&mut self, limit: Duration) -> Option<Message<A, M>> {
        self.wait_for(Some(limit))
    }

    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Message<A, M>>> {
        let mut state = self.shared.lock();
        if let Some(message) = take(&mut self.taken, &mut state, &self.shared.places) {
            return Poll::Ready(Some(message));
        }
        if state.is_closed {
            return Poll::Ready(None);
        }
        state.task = Some(context.waker().clone());
        Poll::Pending
    }

    fn wait_for(&mut self, limit: Option<Duration>) -> Option<Message<A, M>> {
        let shared = &self.shared;
        let mut state = shared.lock();
        let mut is_late = false;
        loop {
            if let Some(message) = take(&mut self.taken, &mut state, &shared.places) {
                return Some(message);
            }
            if state.is_closed || is_late {
                state.thread_waits = false;
                return is_late
                    .then_some(Message::Idle)
                    .filter(|_| !state.is_closed);
            }
            state.thread_waits = true;
            (state, is_late) = shared.wait(state, limit);
        }
    }
}

/// Removes the next message. All messages in the shared queue are taken at once, so that its lock is taken
/// once for them, and their senders' places are free.
fn take<A, M>(
    taken: &mut VecDeque<Message<A, M>>,
    state: &mut State<A, M>,
    places: &Semaphore,
) -> Option<Message<A, M>> {
    if taken.is_empty() && !state.messages.is_empty() {
        std::mem::swap(taken, &mut state.messages);
        places.add_permits(taken.len());
    }
    taken.pop_front()
}

impl<A, M> Inbox<A, M> for Mailbox<A, M> {
    fn wait(&mut self) -> Option<Message<A, M>> {
        self.wait_for(None)
    }

    fn try_next(&mut self) -> Option<Message<A, M>> {
        if let Some(message) = self.taken.pop_front() {
            return Some(message);
        }
        let mut state = self.shared.lock();
        take(&mut self.taken, &mut state, &self.shared.places)
    }

    fn close(&mut self) {
        self.shared.close();
    }
}

/// Drops the messages that were not received, even if the sender still exists.
impl<A, M> Drop for Mailbox<A, M> {
    fn drop(&mut self) {
        self.shared.close();
        let messages = std::mem::take(&mut self.shared.lock().messages);
        drop(messages);
    }
}

impl<A, M> Shared<A, M> {
    fn add(&self, message: Message<A, M>) -> Result<(), MailboxClosed<A, M>> {
        let mut state = self.lock();
        if state.is_closed {
            return Err(MailboxClosed(message));
        }
        state.messages.push_back(message);
        self.wake(state);
        Ok(())
    }

    fn close(&self) {
        self.places.close();
        let mut state = self.lock();
        state.is_closed = true;
        self.wake(state);
    }

    /// Wakes the receiver, once for all messages that arrive until it runs.
    fn wake(&self, mut state: MutexGuard<'_, State<A, M>>) {
        let thread_waits = std::mem::take(&mut state.thread_waits);
        let task = state.task.take();
        drop(state);
        if thread_waits {
            self.arrived.notify_one();
        }
        if let Some(task) = task {
            task.wake();
        }
    }

    /// Waits as a thread, and returns whether the time was over.
    fn wait<'s>(
        &self,
        state: MutexGuard<'s, State<A, M>>,
        limit: Option<Duration>,
    ) -> (MutexGuard<'s, State<A, M>>, bool) {
        let Some(limit) = limit else {
            let state = self.arrived.wait(state);
            return (state.unwrap_or_else(PoisonError::into_inner), false);
        };
        let waited = self.arrived.wait_timeout(state, limit);
        let (state, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        (state, timeout.timed_out())
    }

    fn lock(&self) -> MutexGuard<'_, State<A, M>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn number(message: Option<Message<u32, u32>>) -> Option<u32> {
        match message? {
            Message::Append(number) | Message::Model(number) => Some(number),
            Message::Idle | Message::Close => None,
        }
    }

    #[tokio::test]
    async fn messages_come_in_their_order_and_after_the_close_as_well() {
        let (sender, mut mailbox) = Mailbox::new();
        for number in 0..3 {
            sender.send(Message::Append(number)).await.unwrap();
        }
        assert_eq!(number(mailbox.try_next()), Some(0));
        sender.close();
        sender.send(Message::Append(3)).await.unwrap_err();
        assert_eq!(number(mailbox.wait()), Some(1));
        assert_eq!(number(mailbox.next().await), Some(2));
        assert!(mailbox.next().await.is_none() && mailbox.wait().is_none());
    }

    #[test]
    fn a_thread_and_a_task_that_wait_are_woken() {
        let (sender, mut mailbox) = Mailbox::new();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let (asked, of_thread) = std::sync::mpsc::channel();
        let waiting = thread::spawn(move || {
            asked.send(()).unwrap();
            let first = number(mailbox.wait());
            asked.send(()).unwrap();
            let task = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            (first, number(task.block_on(mailbox.next())))
        });
        for number in [1, 2] {
            of_thread.recv().unwrap();
            thread::sleep(Duration::from_millis(20));
            runtime
                .block_on(sender.send(Message::Model(number)))
                .unwrap();
        }
        assert_eq!(waiting.join().unwrap(), (Some(1), Some(2)));
    }

    #[test]
    fn a_thread_waits_no_longer_than_it_says() {
        let (sender, mut mailbox) = Mailbox::<u32, u32>::new();
        let idle = mailbox.wait_within(Duration::from_millis(1));
        assert!(matches!(idle, Some(Message::Idle)));
        drop(sender);
        assert!(mailbox.wait_within(Duration::from_secs(60)).is_none());
    }

    #[tokio::test]
    async fn a_sender_waits_for_a_place_and_learns_that_there_will_be_none() {
        let (sender, mut mailbox) = Mailbox::<usize, u32>::new();
        for number in 0..WAITING {
            sender.send(Message::Append(number)).await.unwrap();
        }
        let mut next = polled(sender.send(Message::Append(WAITING)));
        assert!(next.poll_once().await.is_none(), "there is no place");
        assert!(mailbox.try_next().is_some());
        assert!(next.poll_once().await.unwrap().is_ok());
        drop(mailbox);
        assert!(sender.send(Message::Append(0)).await.is_err());
    }

    /// A future that is polled by hand.
    struct Polled<F>(std::pin::Pin<Box<F>>);

    fn polled<F: Future>(future: F) -> Polled<F> {
        Polled(Box::pin(future))
    }

    impl<F: Future> Polled<F> {
        async fn poll_once(&mut self) -> Option<F::Output> {
            poll_fn(|context| {
                Poll::Ready(match self.0.as_mut().poll(context) {
                    Poll::Ready(output) => Some(output),
                    Poll::Pending => None,
                })
            })
            .await
        }
    }
}
