//! A model of the disk: a list of durable requests.

use std::sync::{Arc, Mutex};

use eventsource_core::engine::group_commit::{self, GroupWriter, RequestSize, Writer};
use shuttle::rand::{Rng, thread_rng};
use shuttle::thread::yield_now;
use shuttle_tokio::sync::oneshot;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Stored,
    /// The request is invalid and not stored.
    Refused,
    /// The disk failed, and the request is not stored.
    Failed,
    /// The request may be stored.
    Unknown,
}

/// A fault that is injected into the writer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flaw {
    None,
    AnswersBeforeTheCommit,
    AcknowledgesAFailedGroup,
    AnswersOnlyOneOfAFailedGroup,
    DropsQueueOnClose,
    AcceptsAfterClose,
    DropsRestOfPartialGroup,
    RetriesInDoubtGroup,
}

/// The numbers of the requests that were accepted, made durable and answered.
#[derive(Debug, Default)]
pub(crate) struct RequestLog {
    durable: Mutex<Vec<u32>>,
    accepted: Mutex<Vec<u32>>,
    answered: Mutex<Vec<u32>>,
}

impl RequestLog {
    pub(crate) fn accept(&self, number: u32) {
        self.accepted.lock().unwrap().push(number);
    }

    pub(crate) fn is_durable(&self, number: u32) -> bool {
        self.durable.lock().unwrap().contains(&number)
    }

    pub(crate) fn accepted(&self) -> Vec<u32> {
        sorted(&self.accepted)
    }

    pub(crate) fn answered(&self) -> Vec<u32> {
        sorted(&self.answered)
    }
}

fn sorted(numbers: &Mutex<Vec<u32>>) -> Vec<u32> {
    let mut numbers = numbers.lock().unwrap().clone();
    numbers.sort_unstable();
    numbers
}

#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) number: u32,
    pub(crate) flaw: Flaw,
    pub(crate) answer: Mutex<Option<oneshot::Sender<Answer>>>,
    pub(crate) seen: Arc<RequestLog>,
}

impl Request {
    pub(crate) fn is_of_model(&self) -> bool {
        !self.number.is_multiple_of(2)
    }

    fn is_refused(&self) -> bool {
        self.number.is_multiple_of(7)
    }

    fn send_answer(&self, answer: Answer) {
        if let Some(sender) = self.answer.lock().unwrap().take() {
            self.seen.answered.lock().unwrap().push(self.number);
            let _ = sender.send(answer);
        }
    }
}

impl group_commit::Request for Request {
    type Answer = Answer;

    /// The size is such that one or two requests fill a group.
    fn size(&self) -> RequestSize {
        let full = if self.is_of_model() { 500 } else { 4096 };
        let part = if self.number.is_multiple_of(5) { 1 } else { 2 };
        RequestSize {
            items: full / part,
            bytes: 0,
        }
    }

    fn answer(self, answer: Answer) {
        self.send_answer(answer);
    }

    fn is_abandoned(&self) -> bool {
        self.flaw == Flaw::DropsRestOfPartialGroup
    }
}

pub(crate) enum Failure {
    NotBegun,
    Undone,
    InDoubt,
}

pub(crate) struct Disk {
    flaw: Flaw,
    seen: Arc<RequestLog>,
    is_broken: bool,
}

impl Disk {
    pub(crate) fn new(flaw: Flaw, seen: Arc<RequestLog>) -> Self {
        Self {
            flaw,
            seen,
            is_broken: false,
        }
    }

    /// Yields before and after, so that other threads run while the disk works.
    fn make_durable(&self, group: &[Request]) {
        yield_now();
        let stored = group.iter().filter(|request| !request.is_refused());
        let numbers = stored.map(|request| request.number);
        self.seen.durable.lock().unwrap().extend(numbers);
        yield_now();
    }
}

impl GroupWriter<Request> for Disk {
    type Failure = Failure;

    fn write(&mut self, group: &[Request]) -> Result<Vec<Answer>, Failure> {
        if self.is_broken {
            return Err(Failure::NotBegun);
        }
        // This flaw shows only if an undone transaction follows one that is in doubt.
        let outcomes = match self.flaw {
            Flaw::RetriesInDoubtGroup => 3,
            _ => 8,
        };
        let luck = thread_rng().gen_range(0..outcomes);
        if luck == 0 {
            return Err(Failure::Undone);
        }
        if luck == 1 {
            if thread_rng().r#gen() {
                self.make_durable(group);
            }
            return Err(Failure::InDoubt);
        }
        let answer = |request: &Request| {
            if request.is_refused() {
                Answer::Refused
            } else {
                Answer::Stored
            }
        };
        if self.flaw == Flaw::AnswersBeforeTheCommit {
            for request in group {
                request.send_answer(answer(request));
            }
        }
        // Sometimes there is no time for the whole group.
        let time = if luck == 2 { 1 } else { group.len() };
        let group = &group[..time];
        self.make_durable(group);
        Ok(group.iter().map(answer).collect())
    }

    fn may_work_alone(&self, failure: &Failure) -> bool {
        match failure {
            Failure::NotBegun => false,
            Failure::Undone => true,
            Failure::InDoubt => self.flaw == Flaw::RetriesInDoubtGroup,
        }
    }

    fn explain(&mut self, group: &[Request], failure: Failure) -> Vec<Answer> {
        self.is_broken |= matches!(failure, Failure::InDoubt);
        let answer = match failure {
            _ if self.flaw == Flaw::AcknowledgesAFailedGroup => Answer::Stored,
            Failure::NotBegun | Failure::Undone => Answer::Failed,
            Failure::InDoubt => Answer::Unknown,
        };
        match self.flaw {
            Flaw::AnswersOnlyOneOfAFailedGroup => vec![answer],
            _ => vec![answer; group.len()],
        }
    }
}

impl Writer<Request, Request> for Disk {}
