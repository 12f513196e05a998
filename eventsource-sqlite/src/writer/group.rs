//! Requests that wait at the same time are written at once.
//!
//! Nothing here knows of channels or of files, so that the order in which things happen can be
//! tested by itself.

/// A group takes no further request once it has so many events or bytes.
pub(crate) const EVENTS: usize = 4096;
pub(crate) const BYTES: usize = 8 * 1024 * 1024;

#[derive(Debug)]
pub(crate) enum Message<R> {
    Store(R),
    /// Nothing came for a while.
    Idle,
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

    /// Puts those before all others of their kind that a group had no time for.
    fn put_back(&mut self, rest: Vec<R>);

    /// Takes nothing more. What was taken still comes.
    fn close(&mut self);
}

/// What writes a group.
pub(crate) trait Pen<R: Request> {
    type Failure;

    /// Decides each request on what those before it left, and makes all of it durable. No answer
    /// may be given before this returns, since it may rest on what a neighbour wrote.
    ///
    /// There may be fewer answers than requests: the last requests have to wait for the next group,
    /// and nothing of them, or a part that is not repeated, is written.
    fn write(&mut self, group: &[R]) -> Result<Vec<R::Answer>, Self::Failure>;

    /// Whether nothing is stored, and what failed may have been a neighbour's fault.
    fn may_work_alone(&self, failure: &Self::Failure) -> bool;

    /// An answer for each request of a group that failed.
    fn explain(&mut self, group: &[R], failure: Self::Failure) -> Vec<R::Answer>;

    /// Does what can wait until nothing is to be written.
    fn tidy_up(&mut self) {}
}

/// Answers every request, until the inbox is closed and empty.
pub(crate) fn serve_all<R: Request>(inbox: &mut impl Inbox<R>, pen: &mut impl Pen<R>) {
    while let Some(message) = inbox.next() {
        if let Message::Idle = message {
            pen.tidy_up();
            continue;
        }
        let group = gather(inbox, message);
        if !group.is_empty() {
            let rest = serve(pen, group);
            inbox.put_back(rest);
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
            Message::Idle => (),
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

/// Tells which requests are not answered yet.
fn serve<R: Request>(pen: &mut impl Pen<R>, mut group: Vec<R>) -> Vec<R> {
    let (answers, rest) = match pen.write(&group) {
        Ok(answers) => {
            let rest = group.split_off(answers.len().min(group.len()));
            (answers, rest)
        }
        Err(failure) if group.len() > 1 && pen.may_work_alone(&failure) => {
            return serve_alone(pen, group);
        }
        Err(failure) => (pen.explain(&group, failure), Vec::new()),
    };
    let answered = group.into_iter().zip(answers);
    answered.for_each(|(request, answer)| request.answer(answer));
    rest
}

/// Each by itself, so that one does not hurt its neighbours.
fn serve_alone<R: Request>(pen: &mut impl Pen<R>, group: Vec<R>) -> Vec<R> {
    let alone = |request| serve(pen, vec![request]);
    group.into_iter().flat_map(alone).collect()
}
