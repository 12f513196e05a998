//! The loop of a writer, which serves requests until its inbox is closed.

use std::convert::Infallible;

use super::group::{GroupWriter, Request};
use super::message::Message;
use super::queue::{NextGroup, Queue};

/// The source of a writer's messages: a [`Mailbox`](super::Mailbox), or a store's own.
///
/// [Example](crate::engine::group_commit#example).
pub trait Inbox<A, M = Infallible> {
    /// Waits for the next message; `None` once the inbox is closed and empty.
    fn wait(&mut self) -> Option<Message<A, M>>;

    /// The next message, if it is there already.
    fn try_next(&mut self) -> Option<Message<A, M>>;

    /// Closes the inbox to further messages. Those that were sent are still received.
    fn close(&mut self);
}

/// Writes the groups of both kinds. A store without read models implements [`AppendWriter`].
///
/// ```
/// use std::convert::Infallible;
///
/// use eventsource_core::engine::group_commit::{
///     GroupWriter, Mailbox, Message, Queue, Request, RequestSize, Writer, serve_group,
/// };
///
/// #[derive(Debug)]
/// struct Event(&'static str);
///
/// #[derive(Debug)]
/// struct Row(&'static str);
/// # impl Request for Event {
/// #     type Answer = ();
/// #     fn size(&self) -> RequestSize { RequestSize { items: 1, bytes: self.0.len() } }
/// #     fn answer(self, (): ()) {}
/// # }
/// # impl Request for Row {
/// #     type Answer = ();
/// #     fn size(&self) -> RequestSize { RequestSize { items: 1, bytes: self.0.len() } }
/// #     fn answer(self, (): ()) {}
/// # }
///
/// #[derive(Default)]
/// struct File {
///     events: Vec<&'static str>,
///     rows: Vec<&'static str>,
///     is_compact: bool,
/// }
///
/// impl GroupWriter<Event> for File {
///     type Failure = Infallible;
///
///     fn write(&mut self, events: &[Event]) -> Result<Vec<()>, Infallible> {
///         self.events.extend(events.iter().map(|event| event.0)); // here they are synced
///         Ok(vec![(); events.len()])
///     }
/// #     fn may_work_alone(&self, failure: &Infallible) -> bool { match *failure {} }
/// #     fn explain(&mut self, _: &[Event], failure: Infallible) -> Vec<()> { match failure {} }
/// }
///
/// impl GroupWriter<Row> for File {
///     type Failure = Infallible;
///
///     fn write(&mut self, rows: &[Row]) -> Result<Vec<()>, Infallible> {
///         self.rows.extend(rows.iter().map(|row| row.0)); // without a sync
///         Ok(vec![(); rows.len()])
///     }
/// #     fn may_work_alone(&self, failure: &Infallible) -> bool { match *failure {} }
/// #     fn explain(&mut self, _: &[Row], failure: Infallible) -> Vec<()> { match failure {} }
/// }
///
/// impl Writer<Event, Row> for File {
///     fn tidy_up(&mut self) {
///         self.is_compact = true;
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (sender, mut mailbox) = Mailbox::new();
/// sender.send(Message::Append(Event("opened"))).await.expect("it is open");
/// sender.send(Message::Model(Row("tea"))).await.expect("it is open");
/// sender.send(Message::Idle).await.expect("it is open");
///
/// let (mut queue, mut file) = (Queue::default(), File::default());
/// while serve_group(&mut mailbox, &mut queue, &mut file) {}
/// assert_eq!((file.events, file.rows, file.is_compact), (vec!["opened"], vec!["tea"], true));
/// # }
/// ```
pub trait Writer<A: Request, M: Request = Infallible>: GroupWriter<A> + GroupWriter<M> {
    /// Does work that can wait until no request does.
    fn tidy_up(&mut self) {}
}

/// A writer of appends only, for a store without read models. It is a [`Writer`] of each kind of appends
/// whose groups it writes.
///
/// [Example](crate::engine::group_commit#example).
pub trait AppendWriter {
    /// Does work that can wait until no request does.
    fn tidy_up(&mut self) {}
}

impl<A: Request, W: GroupWriter<A> + AppendWriter> Writer<A> for W {
    fn tidy_up(&mut self) {
        AppendWriter::tidy_up(self);
    }
}

/// Never called, since there is no such request.
impl<W: AppendWriter> GroupWriter<Infallible> for W {
    type Failure = Infallible;

    fn write(&mut self, _: &[Infallible]) -> Result<Vec<Infallible>, Infallible> {
        Ok(Vec::new())
    }

    fn may_work_alone(&self, failure: &Infallible) -> bool {
        match *failure {}
    }

    fn explain(&mut self, _: &[Infallible], failure: Infallible) -> Vec<Infallible> {
        match failure {}
    }
}

/// Writes and answers every request, until the inbox is closed and empty. Requests that arrive while a
/// group is written form the next one.
///
/// It blocks in [`Inbox::wait`] and in the writer, so it needs a thread of its own. A task waits for its
/// messages itself, and calls [`serve_group`].
///
/// [Example](crate::engine::group_commit#example).
pub fn serve<A, M, W>(inbox: &mut impl Inbox<A, M>, queue: &mut Queue<A, M>, writer: &mut W)
where
    A: Request,
    M: Request,
    W: Writer<A, M>,
{
    loop {
        if !serve_group(inbox, queue, writer) {
            match inbox.wait() {
                Some(message) => take(message, inbox, queue, writer),
                None => return,
            }
        }
    }
}

/// Receives the messages that have arrived, and writes and answers the next group: one step of [`serve`],
/// without a wait. Returns whether there was a group.
///
/// ```
/// use std::convert::Infallible;
///
/// use eventsource_core::engine::group_commit::{
///     AppendWriter, GroupWriter, Mailbox, Message, Queue, Request, RequestSize, serve_group,
/// };
/// use tokio::sync::oneshot;
///
/// /// A number to be added, and where the sum goes.
/// #[derive(Debug)]
/// struct Number(u64, oneshot::Sender<u64>);
///
/// impl Request for Number {
///     type Answer = u64;
///
///     fn size(&self) -> RequestSize {
///         RequestSize { items: 1, bytes: 8 }
///     }
///
///     fn answer(self, sum: u64) {
///         let _ = self.1.send(sum);
///     }
/// }
///
/// #[derive(Default)]
/// struct Sum(u64);
///
/// impl GroupWriter<Number> for Sum {
///     type Failure = Infallible;
///
///     fn write(&mut self, numbers: &[Number]) -> Result<Vec<u64>, Infallible> {
///         let add = |number: &Number| {
///             self.0 += number.0;
///             self.0
///         };
///         Ok(numbers.iter().map(add).collect())
///     }
///
///     fn may_work_alone(&self, failure: &Infallible) -> bool {
///         match *failure {}
///     }
///
///     fn explain(&mut self, _: &[Number], failure: Infallible) -> Vec<u64> {
///         match failure {}
///     }
/// }
///
/// impl AppendWriter for Sum {}
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let (sender, mut mailbox) = Mailbox::new();
/// let (mut queue, mut sum) = (Queue::default(), Sum::default());
/// let (answer, answered) = oneshot::channel();
/// sender.send(Message::Append(Number(7, answer))).await.expect("it is open");
/// if queue.is_empty() {
///     queue.add(mailbox.next().await.expect("it is open"));
/// }
/// // Here a task may wait for a lock.
/// assert!(serve_group(&mut mailbox, &mut queue, &mut sum));
/// assert_eq!(answered.await, Ok(7));
/// assert!(!serve_group(&mut mailbox, &mut queue, &mut sum));
/// # }
/// ```
pub fn serve_group<A, M, W>(
    inbox: &mut impl Inbox<A, M>,
    queue: &mut Queue<A, M>,
    writer: &mut W,
) -> bool
where
    A: Request,
    M: Request,
    W: Writer<A, M>,
{
    while queue.has_room()
        && let Some(message) = inbox.try_next()
    {
        take(message, inbox, queue, writer);
    }
    match queue.next_group() {
        Some(NextGroup::Appends(group)) => queue.put_back_appends(group.write(writer)),
        Some(NextGroup::Models(group)) => queue.put_back_models(group.write(writer)),
        None => return false,
    }
    true
}

fn take<A: Request, M: Request>(
    message: Message<A, M>,
    inbox: &mut impl Inbox<A, M>,
    queue: &mut Queue<A, M>,
    writer: &mut impl Writer<A, M>,
) {
    match message {
        Message::Idle => writer.tidy_up(),
        Message::Close => inbox.close(),
        request => queue.add(request),
    }
}
