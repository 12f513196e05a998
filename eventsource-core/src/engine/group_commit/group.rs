//! A group of requests that are written in one transaction.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::iter::Sum;

/// A request that waits for its group.
///
/// See [`Group`].
///
/// [Example](crate::engine::group_commit#example).
pub trait Request {
    /// The answer that the caller waits for.
    type Answer;

    /// The size of its writes.
    fn size(&self) -> RequestSize;

    /// Answers the caller, which may not be waiting any more.
    fn answer(self, answer: Self::Answer);

    /// Whether a part of it is durable, and a later group continues with it.
    fn has_begun(&self) -> bool {
        false
    }

    /// Whether it needs no further group: a part of it is durable, and the caller is no longer there.
    fn is_abandoned(&self) -> bool {
        false
    }
}

/// The second kind of requests of a store that has only appends.
impl Request for Infallible {
    type Answer = Self;

    fn size(&self) -> RequestSize {
        match *self {}
    }

    fn answer(self, answer: Self) {
        match answer {}
    }
}

/// The size of the writes of a request.
///
/// ```
/// use eventsource_core::engine::group_commit::RequestSize;
///
/// let (one, two) = (RequestSize { items: 1, bytes: 100 }, RequestSize { items: 2, bytes: 50 });
/// assert_eq!([one, two].into_iter().sum::<RequestSize>(), RequestSize { items: 3, bytes: 150 });
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store has to name all of it")]
pub struct RequestSize {
    /// Events of an append, rows of a step of a read model.
    pub items: usize,
    /// Bytes of payloads.
    pub bytes: usize,
}

/// A group of appends is full once it has this many events or bytes.
const EVENTS: usize = 4096;
const BYTES: usize = 8 * 1024 * 1024;

impl RequestSize {
    /// Whether appends of this size fill a group. An import is split into appends of this size, so that no
    /// other append waits for all of it.
    #[must_use]
    pub fn fills_group(&self) -> bool {
        self.items >= EVENTS || self.bytes >= BYTES
    }
}

impl Sum for RequestSize {
    fn sum<I: Iterator<Item = Self>>(sizes: I) -> Self {
        sizes.fold(Self::default(), |sum, size| Self {
            items: sum.items + size.items,
            bytes: sum.bytes + size.bytes,
        })
    }
}

/// Writes groups of requests of one kind.
///
/// A writer that can fail explains the failure:
///
/// ```
/// use eventsource_core::engine::group_commit::{Group, GroupWriter, Request, RequestSize};
///
/// struct Note(&'static str, std::sync::mpsc::Sender<Result<(), String>>);
///
/// impl Request for Note {
///     type Answer = Result<(), String>;
///
///     fn size(&self) -> RequestSize {
///         RequestSize { items: 1, bytes: self.0.len() }
///     }
///
///     fn answer(self, answer: Self::Answer) {
///         let _ = self.1.send(answer); // the caller may be gone
///     }
/// }
///
/// /// Stores short notes.
/// struct Notes(Vec<&'static str>);
///
/// impl GroupWriter<Note> for Notes {
///     type Failure = String;
///
///     fn write(&mut self, notes: &[Note]) -> Result<Vec<Result<(), String>>, String> {
///         if let Some(note) = notes.iter().find(|note| note.0.len() > 5) {
///             return Err(format!("`{}` is too long", note.0)); // nothing of the group is stored
///         }
///         self.0.extend(notes.iter().map(|note| note.0));
///         Ok(vec![Ok(()); notes.len()])
///     }
///
///     fn may_work_alone(&self, _: &String) -> bool {
///         true
///     }
///
///     fn explain(&mut self, notes: &[Note], failure: String) -> Vec<Result<(), String>> {
///         vec![Err(failure); notes.len()]
///     }
/// }
///
/// let (sender, answers) = std::sync::mpsc::channel();
/// let group = ["milk", "a long note", "honey"].map(|text| Note(text, sender.clone()));
/// let mut notes = Notes(Vec::new());
/// let rest = Group::new(group.into()).write(&mut notes);
/// assert!(rest.is_empty());
/// assert_eq!(notes.0, ["milk", "honey"]);
/// assert_eq!(answers.try_iter().filter(Result::is_err).count(), 1);
/// ```
pub trait GroupWriter<R: Request> {
    /// The reason why a group was not written.
    type Failure;

    /// Decides each request after those before it, and makes all of them durable. No request is answered
    /// before this returns, since it may depend on the writes of another one in the group.
    ///
    /// If there are fewer answers than requests, the last requests wait for the next group. They are not
    /// written, or a part of them is, after which the next group continues.
    ///
    /// # Errors
    ///
    /// Nothing is stored, or the outcome is unknown.
    fn write(&mut self, requests: &[R]) -> Result<Vec<R::Answer>, Self::Failure>;

    /// Whether nothing is stored, and a single request may be the cause, so that each request is to be
    /// written in a transaction of its own.
    fn may_work_alone(&self, failure: &Self::Failure) -> bool;

    /// An answer for each request of a group that failed.
    fn explain(&mut self, requests: &[R], failure: Self::Failure) -> Vec<R::Answer>;
}

/// Requests of one kind that are written in one transaction. If the transaction fails, each of them can
/// get a transaction of its own, so that one request does not fail the others.
///
/// [`write`](Self::write) does all of that with a [`GroupWriter`]; a store that writes asynchronously
/// calls the steps itself:
///
/// ```
/// use eventsource_core::engine::group_commit::{Group, Request, RequestSize};
/// use tokio::sync::oneshot;
///
/// struct Note(&'static str, oneshot::Sender<bool>);
///
/// impl Request for Note {
///     type Answer = bool;
///
///     fn size(&self) -> RequestSize {
///         RequestSize { items: 1, bytes: self.0.len() }
///     }
///
///     fn answer(self, is_stored: bool) {
///         let _ = self.1.send(is_stored);
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let ((bad, of_bad), (good, of_good)) = (oneshot::channel(), oneshot::channel());
/// let mut group = Group::new(vec![Note("bad", bad), Note("good", good)]);
/// while let [first, others @ ..] = group.requests() {
///     let fails = first.0 == "bad"; // here the transaction is awaited
///     if fails && !others.is_empty() {
///         group.split();
///     } else {
///         let answers = vec![!fails; others.len() + 1];
///         if fails {
///             group.fail(answers);
///         } else {
///             group.answer(answers);
///         }
///     }
/// }
/// assert_eq!((of_bad.await, of_good.await), (Ok(false), Ok(true)));
/// assert!(group.into_rest().is_empty());
/// # }
/// ```
#[derive(Debug)]
pub struct Group<R> {
    pending: Pending<R>,
    rest: Vec<R>,
}

#[derive(Debug)]
enum Pending<R> {
    Together(Vec<R>),
    Alone(VecDeque<R>),
}

impl<R: Request> Group<R> {
    /// A group of which nothing is written yet.
    #[must_use]
    pub fn new(requests: Vec<R>) -> Self {
        Self {
            pending: Pending::Together(requests),
            rest: Vec::new(),
        }
    }

    /// The requests of the next transaction; none once the group is done.
    #[must_use]
    pub fn requests(&self) -> &[R] {
        match &self.pending {
            Pending::Together(requests) => requests,
            Pending::Alone(requests) => requests.front().map_or(&[], std::slice::from_ref),
        }
    }

    /// Answers the requests of a transaction. If there are fewer answers, the last requests are left for
    /// the next group.
    pub fn answer(&mut self, answers: Vec<R::Answer>) {
        let others = self.answer_first(answers);
        self.rest.extend(others);
    }

    /// Answers the requests of a transaction that failed. A request without an answer is dropped and
    /// never written again, since it may be stored.
    pub fn fail(&mut self, answers: Vec<R::Answer>) {
        drop(self.answer_first(answers));
    }

    /// The requests behind those that have an answer.
    fn answer_first(&mut self, answers: Vec<R::Answer>) -> Vec<R> {
        let mut requests = match &mut self.pending {
            Pending::Together(requests) => std::mem::take(requests),
            Pending::Alone(requests) => requests.pop_front().into_iter().collect(),
        };
        let others = requests.split_off(answers.len().min(requests.len()));
        for (request, answer) in requests.into_iter().zip(answers) {
            request.answer(answer);
        }
        others
    }

    /// Gives each request a transaction of its own, after their common one was undone.
    pub fn split(&mut self) {
        if let Pending::Together(requests) = &mut self.pending {
            self.pending = Pending::Alone(std::mem::take(requests).into());
        }
    }

    /// The requests that have no answer, for the next group.
    #[must_use]
    pub fn into_rest(self) -> Vec<R> {
        self.rest
    }

    /// Writes the group and answers its requests. Returns the requests that are left for the next group.
    pub fn write<W: GroupWriter<R>>(mut self, writer: &mut W) -> Vec<R> {
        loop {
            let requests = self.requests();
            if requests.is_empty() {
                return self.rest;
            }
            match writer.write(requests) {
                Ok(answers) => self.answer(answers),
                Err(failure) if requests.len() > 1 && writer.may_work_alone(&failure) => {
                    self.split();
                }
                Err(failure) => {
                    let answers = writer.explain(requests, failure);
                    self.fail(answers);
                }
            }
        }
    }
}
