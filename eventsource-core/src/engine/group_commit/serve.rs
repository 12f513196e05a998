//! The loop of a writer, which serves requests until its inbox is closed.

use std::convert::Infallible;

use super::group::{GroupWriter, Request};
use super::message::Message;
use super::queue::{NextGroup, Queue};

/// The source of a writer's messages: a [`Mailbox`](super::Mailbox), or a store's own, as in the example of
/// [`serve`].
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
pub trait Writer<A: Request, M: Request = Infallible>: GroupWriter<A> + GroupWriter<M> {
    /// Does work that can wait until no request does.
    fn tidy_up(&mut self) {}
}

/// A writer of appends only, for a store without read models. It is a [`Writer`] of each kind of appends
/// whose groups it writes. See [`serve`].
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
/// ```
/// use std::sync::mpsc;
///
/// use eventsource_core::engine::group_commit::{
///     AppendWriter, GroupWriter, Inbox, Message, Queue, Request, RequestSize, serve,
/// };
///
/// /// A text to be written, and where the answer goes.
/// struct Text(&'static str, mpsc::Sender<usize>);
///
/// impl Request for Text {
///     type Answer = usize;
///
///     fn size(&self) -> RequestSize {
///         RequestSize { items: 1, bytes: self.0.len() }
///     }
///
///     fn answer(self, length: usize) {
///         let _ = self.1.send(length);
///     }
/// }
///
/// struct Channel(mpsc::Receiver<Text>);
///
/// impl Inbox<Text> for Channel {
///     fn wait(&mut self) -> Option<Message<Text>> {
///         self.0.recv().ok().map(Message::Append)
///     }
///
///     fn try_next(&mut self) -> Option<Message<Text>> {
///         self.0.try_recv().ok().map(Message::Append)
///     }
///
///     fn close(&mut self) {} // it closes when the last sender is gone
/// }
///
/// #[derive(Default)]
/// struct File(String);
///
/// impl GroupWriter<Text> for File {
///     type Failure = std::convert::Infallible;
///
///     fn write(&mut self, texts: &[Text]) -> Result<Vec<usize>, Self::Failure> {
///         self.0.extend(texts.iter().map(|text| text.0)); // here the file is synced once
///         Ok(texts.iter().map(|text| text.0.len()).collect())
///     }
///
///     fn may_work_alone(&self, failure: &Self::Failure) -> bool {
///         match *failure {}
///     }
///
///     fn explain(&mut self, _: &[Text], failure: Self::Failure) -> Vec<usize> {
///         match failure {}
///     }
/// }
///
/// impl AppendWriter for File {} // it has no read models
///
/// let ((texts, waiting), (lengths, answers)) = (mpsc::channel(), mpsc::channel());
/// for text in ["one", "three"] {
///     texts.send(Text(text, lengths.clone())).unwrap();
/// }
/// drop((texts, lengths));
/// let mut file = File::default();
/// serve(&mut Channel(waiting), &mut Queue::default(), &mut file);
/// assert_eq!(file.0, "onethree");
/// assert_eq!(answers.iter().collect::<Vec<_>>(), [3, 5]);
/// ```
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
