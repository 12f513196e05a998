//! Requests that wait at the same time are written at once.
//!
//! Nothing here knows of channels or of files, so that the order in which things happen can be
//! tested by itself.

/// A group takes no further request once it has so many events or bytes.
const EVENTS: usize = 4096;
const BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(crate) enum Message<R> {
    Store(R),
    Close,
}

pub(crate) trait Request {
    type Answer;

    /// How many events and bytes.
    fn size(&self) -> (usize, usize);

    /// Nobody may be waiting any more.
    fn answer(self, answer: Self::Answer);
}

/// Where requests wait.
pub(crate) trait Inbox<R> {
    /// Waits for the next message; there is none once this is closed and empty.
    fn next(&mut self) -> Option<Message<R>>;

    /// The next message, if it is there already.
    fn next_waiting(&mut self) -> Option<Message<R>>;

    /// Takes nothing more. What was taken still comes.
    fn close(&mut self);
}

/// What writes a group.
pub(crate) trait Pen<R: Request> {
    type Failure;

    /// Decides each request on what those before it left, and makes all of it durable. No answer
    /// may be given before this returns, since it may rest on what a neighbour wrote.
    fn write(&mut self, group: &[R]) -> Result<Vec<R::Answer>, Self::Failure>;

    /// Whether nothing is stored, and what failed may have been a neighbour's fault.
    fn may_work_alone(&self, failure: &Self::Failure) -> bool;

    /// An answer for each request of a group that failed.
    fn explain(&mut self, group: &[R], failure: Self::Failure) -> Vec<R::Answer>;
}

/// Answers every request, until the inbox is closed and empty.
pub(crate) fn serve_all<R: Request>(inbox: &mut impl Inbox<R>, pen: &mut impl Pen<R>) {
    while let Some(message) = inbox.next() {
        let group = gather(inbox, message);
        if !group.is_empty() {
            serve(pen, group);
        }
    }
}

/// The request, and all that came while the last group was written.
fn gather<R: Request>(inbox: &mut impl Inbox<R>, first: Message<R>) -> Vec<R> {
    let (mut group, mut events, mut bytes) = (Vec::new(), 0, 0);
    let mut next = Some(first);
    while let Some(message) = next {
        match message {
            Message::Close => inbox.close(),
            Message::Store(request) => {
                let size = request.size();
                (events, bytes) = (events + size.0, bytes + size.1);
                group.push(request);
            }
        }
        if events >= EVENTS || bytes >= BYTES {
            break;
        }
        next = inbox.next_waiting();
    }
    group
}

fn serve<R: Request>(pen: &mut impl Pen<R>, group: Vec<R>) {
    let answers = match pen.write(&group) {
        Ok(answers) => answers,
        Err(failure) if group.len() > 1 && pen.may_work_alone(&failure) => {
            return serve_alone(pen, group);
        }
        Err(failure) => pen.explain(&group, failure),
    };
    let answered = group.into_iter().zip(answers);
    answered.for_each(|(request, answer)| request.answer(answer));
}

/// Each by itself, so that one does not hurt its neighbours.
fn serve_alone<R: Request>(pen: &mut impl Pen<R>, group: Vec<R>) {
    for request in group {
        serve(pen, vec![request]);
    }
}
