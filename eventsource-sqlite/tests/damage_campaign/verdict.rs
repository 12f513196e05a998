//! The verdict on a harm.

use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use eventsource_core::{EventLog, Position};
use eventsource_sqlite::SqliteStore;

use crate::deciding::decide;
use crate::harm::{Harmed, Kind};
use crate::prepared::Prepared;
use crate::reading::{Answers, read_all};

/// A harm that takes longer than this is one that never ends.
const LONGEST: Duration = Duration::from_secs(60);

/// The answers of a store.
#[derive(Debug)]
pub(crate) struct Answered {
    reads: Answers,
    verified: Result<(), String>,
    decisions: Answers,
}

#[derive(Debug)]
enum Ran {
    Refused,
    Answered(Answered),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Class {
    /// The file is not opened.
    Refused,
    /// Some answers are errors, and the others are right.
    Errors,
    Right,
    /// An answer is wrong, and `verify` finds the damage.
    Found,
    /// A read model is as it was before, which nothing in the file shows.
    OlderModel,
    /// An answer is wrong, and `verify` finds nothing.
    Unnoticed,
    Panicked,
    Endless,
}

impl Class {
    pub(crate) const ALL: [(Self, &'static str); 8] = [
        (Self::Refused, "refused"),
        (Self::Errors, "errors"),
        (Self::Right, "right"),
        (Self::Found, "found"),
        (Self::OlderModel, "older"),
        (Self::Unnoticed, "UNNOTICED"),
        (Self::Panicked, "PANICKED"),
        (Self::Endless, "ENDLESS"),
    ];
}

/// The class of the outcome of a harm, and the wrong answers.
pub(crate) struct Verdict {
    pub(crate) class: Class,
    /// Whether a decision was wrong, and an entry of an index is what misled it.
    pub(crate) misled: bool,
    /// Whether a decision was wrong though no index was harmed.
    pub(crate) wrong_decision: bool,
    pub(crate) wrong: Vec<String>,
}

impl Verdict {
    fn of(class: Class) -> Self {
        Self {
            class,
            misled: false,
            wrong_decision: false,
            wrong: Vec::new(),
        }
    }

    pub(crate) fn is_to_be_mended(&self) -> bool {
        self.class >= Class::Unnoticed || self.wrong_decision
    }
}

/// The answers of the store that was not harmed.
pub(crate) fn truth(prepared: &Prepared) -> (Answered, Position) {
    let path = prepared.path("truth.db");
    std::fs::write(&path, &prepared.whole.bytes).unwrap();
    let head = run(async {
        let store = SqliteStore::open(&path).await.unwrap();
        let head = store.head().await.unwrap().position();
        store.close().await;
        head
    });
    let Ran::Answered(truth) = answers(&path, head) else {
        panic!("a store that was not harmed is opened");
    };
    truth.verified.as_ref().expect("it is not harmed");
    let all = truth.reads.iter().chain(&truth.decisions);
    for (question, answer) in all.filter(|(question, _)| !question.starts_with("snapshot")) {
        answer
            .as_ref()
            .unwrap_or_else(|error| panic!("{question}: {error}"));
    }
    (truth, head)
}

/// Asks the harmed file everything, on a thread that is given up if it does not end.
pub(crate) fn judge(harmed: &Harmed, path: &Path, (truth, head): &(Answered, Position)) -> Verdict {
    std::fs::write(path, &harmed.bytes).unwrap();
    let (send, receive) = mpsc::channel();
    let (file, head) = (path.to_owned(), *head);
    let ran = thread::spawn(move || send.send(answers(&file, head)).unwrap());
    let verdict = match receive.recv_timeout(LONGEST) {
        Err(RecvTimeoutError::Timeout) => return Verdict::of(Class::Endless),
        Err(RecvTimeoutError::Disconnected) => Verdict::of(Class::Panicked),
        Ok(Ran::Refused) => Verdict::of(Class::Refused),
        Ok(Ran::Answered(answered)) => compare(harmed, truth, &answered),
    };
    let _ = ran.join();
    remove(path);
    verdict
}

fn remove(path: &Path) {
    let folder = path.parent().unwrap();
    let name = path.file_name().unwrap().to_str().unwrap();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.file_name().to_str().unwrap().starts_with(name) {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
}

fn run<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_all().build().unwrap().block_on(future)
}

fn answers(path: &Path, head: Position) -> Ran {
    run(async {
        let Ok(store) = SqliteStore::open(path).await else {
            return Ran::Refused;
        };
        let reads = read_all(&store).await;
        let verified = store.verify().await.map_err(|error| error.to_string());
        let decisions = decide(&store, head).await;
        store.close().await;
        Ran::Answered(Answered {
            reads,
            verified,
            decisions,
        })
    })
}

fn compare(harmed: &Harmed, truth: &Answered, answered: &Answered) -> Verdict {
    let mut wrong = wrong_ones(&truth.reads, &answered.reads);
    let decisions = wrong_ones(&truth.decisions, &answered.decisions);
    let is_decided_wrong = !decisions.is_empty();
    let is_wrong = !wrong.is_empty() || is_decided_wrong;
    let is_older_model = harmed.kind == Kind::Older
        && !is_decided_wrong
        && wrong.iter().all(|it| it.starts_with("model: "));
    let has_errors = answered.reads.iter().any(|(_, answer)| answer.is_err());
    let class = match (is_wrong, &answered.verified) {
        (true, Err(_)) => Class::Found,
        (true, Ok(())) if is_older_model => Class::OlderModel,
        (true, Ok(())) => Class::Unnoticed,
        (false, _) if has_errors => Class::Errors,
        (false, _) => Class::Right,
    };
    let is_misled = harmed.owners.iter().any(|owner| is_index(owner));
    wrong.extend(decisions);
    Verdict {
        class,
        misled: is_decided_wrong && is_misled,
        wrong_decision: is_decided_wrong && !is_misled,
        wrong,
    }
}

/// The answers that are neither right nor errors.
fn wrong_ones(truth: &Answers, answers: &Answers) -> Vec<String> {
    let pairs = truth.iter().zip(answers);
    let wrong = pairs.filter(|((_, right), (_, answer))| answer.is_ok() && answer != right);
    let lines = wrong.map(|((question, right), (_, answer))| {
        format!("{question}\n    is {answer:?}\n    not {right:?}")
    });
    lines.collect()
}

/// The tags are one: they have no rows of their own.
fn is_index(owner: &str) -> bool {
    owner == "tags" || owner.starts_with("sqlite_autoindex") || owner.contains("_by_")
}
