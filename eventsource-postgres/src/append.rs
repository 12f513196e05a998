//! Appends that share a transaction.

mod batch;
mod lookups;
mod transaction;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use eventsource_core::AppendError;
use eventsource_core::Receipt;
use eventsource_core::engine::NewCommit;
use eventsource_core::engine::group_commit::{
    Group, Inbox, Mailbox, MailboxSender, Message, NextGroup, Queue, Request, RequestSize,
};
use eventsource_core::store::{BoxFuture, ImportError, StoreError, StoreErrorKind};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::database::connection::Connection;
use crate::failure::failed;
use crate::shared::Shared;
use transaction::Transaction;

/// The receipts of commits, or of those before the one that is not stored.
pub(crate) type Stored = Result<Vec<Receipt>, ImportError>;

/// An unclear outcome is settled within this time, if the server comes back.
const PATIENCE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(100);

/// The task that writes, on a connection of its own.
#[derive(Debug)]
pub(crate) struct Writer {
    mailbox: MailboxSender<Append>,
    /// It ends once the mailbox is closed and empty.
    _task: JoinHandle<()>,
    pub(crate) before_commit: Arc<Hook>,
}

/// Code of a test that runs before the next COMMIT.
#[derive(Default)]
pub(crate) struct Hook(Mutex<Option<BoxFuture<'static, ()>>>);

/// Commits that are stored in this order, up to the first that is not, and the way back to the caller.
#[derive(Debug)]
struct Append {
    commits: Vec<NewCommit>,
    reply: oneshot::Sender<Stored>,
}

/// Why a group was not written.
enum Failed {
    /// Nothing of it is stored.
    Undone(StoreError),
    /// It may be stored.
    InDoubt(StoreError),
}

impl Writer {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        let (mailbox, inbox) = Mailbox::new();
        let before_commit = Arc::<Hook>::default();
        let writing = WriteLoop {
            shared,
            connection: None,
            before_commit: Arc::clone(&before_commit),
        };
        Self {
            mailbox,
            _task: tokio::spawn(writing.serve(inbox)),
            before_commit,
        }
    }

    /// Stores commits. The first poll puts them behind those that wait.
    pub(crate) async fn store(&self, commits: Vec<NewCommit>) -> Stored {
        let Some(commit_id) = commits.first().map(|new| new.commit.id) else {
            return Ok(Vec::new());
        };
        let (reply, answer) = oneshot::channel();
        let request = Message::Append(Append { commits, reply });
        let is_sent = self.mailbox.send(request).await.is_ok();
        if let Ok(stored) = answer.await {
            return stored;
        }
        let error = if is_sent {
            let ended = "the runtime of the task that writes was shut down";
            let source = StoreError::new(StoreErrorKind::Closed, ended);
            AppendError::OutcomeUnknown { commit_id, source }
        } else {
            StoreError::new(StoreErrorKind::Closed, "the store was closed").into()
        };
        Err(ImportError::new(Vec::new(), commit_id, error))
    }

    /// Takes no further appends. Those that were taken are still written.
    pub(crate) fn close(&self) {
        self.mailbox.close();
    }
}

impl Hook {
    #[cfg(feature = "hold")]
    pub(crate) fn set(&self, hook: BoxFuture<'static, ()>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(hook);
    }

    async fn run(&self) {
        let hook = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(hook) = hook {
            hook.await;
        }
    }
}

impl std::fmt::Debug for Hook {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hook").finish_non_exhaustive()
    }
}

/// The task: it writes the groups one after the other.
struct WriteLoop {
    shared: Arc<Shared>,
    connection: Option<Connection>,
    before_commit: Arc<Hook>,
}

impl WriteLoop {
    async fn serve(mut self, mut inbox: Mailbox<Append>) {
        let mut queue = Queue::default();
        loop {
            if queue.is_empty() {
                match inbox.next().await {
                    Some(message) => queue.add(message),
                    None => return,
                }
            }
            while queue.has_room()
                && let Some(message) = inbox.try_next()
            {
                queue.add(message);
            }
            if let Some(NextGroup::Appends(group)) = queue.next_group() {
                queue.put_back_appends(self.write_group(group).await);
            }
        }
    }

    async fn write_group(&mut self, mut group: Group<Append>) -> Vec<Append> {
        loop {
            let requests = group.requests();
            if requests.is_empty() {
                return group.into_rest();
            }
            match self.write_and_settle(requests).await {
                Ok(answers) => group.answer(answers),
                Err(Failed::Undone(_)) if requests.len() > 1 => group.split(),
                Err(failure) => {
                    let answers = explain(requests, failure);
                    group.fail(answers);
                }
            }
        }
    }

    /// Writes the requests. Where the outcome is unclear they are written again as they are, with
    /// every id looked up: commits that are stored are answered, and others are stored now.
    async fn write_and_settle(&mut self, requests: &[Append]) -> Result<Vec<Stored>, Failed> {
        let doubt = match self.write(requests, false).await {
            Err(Failed::InDoubt(doubt)) => doubt,
            decided => return decided,
        };
        let settle = async {
            loop {
                match self.write(requests, true).await {
                    Ok(answers) => return answers,
                    Err(_) => tokio::time::sleep(PAUSE).await,
                }
            }
        };
        let settled = tokio::time::timeout(PATIENCE, settle).await;
        settled.map_err(|_| Failed::InDoubt(doubt))
    }

    async fn write(
        &mut self,
        requests: &[Append],
        looks_up_every_id: bool,
    ) -> Result<Vec<Stored>, Failed> {
        let connection = match self.connection.take() {
            Some(connection) if !connection.client.is_closed() => connection,
            _ => self.connect().await?,
        };
        let transaction = Transaction::new(&self.shared, &connection, &self.before_commit);
        let written = transaction.write(requests, looks_up_every_id).await;
        let is_usable = match &written {
            Ok(_) => true,
            Err(Failed::Undone(_)) => connection.client.batch_execute("ROLLBACK").await.is_ok(),
            Err(Failed::InDoubt(_)) => false,
        };
        if is_usable {
            self.connection = Some(connection);
        }
        written
    }

    async fn connect(&self) -> Result<Connection, Failed> {
        let opened = Connection::open(&self.shared.config).await;
        opened.map_err(|error| Failed::Undone(failed("the commit was not stored", error)))
    }
}

fn explain(requests: &[Append], failure: Failed) -> Vec<Stored> {
    let may_be_stored = matches!(failure, Failed::InDoubt(_));
    let (Failed::Undone(error) | Failed::InDoubt(error)) = failure;
    let cause = Arc::new(error);
    let answer = |append: &Append| {
        let commit_id = append.commits[0].commit.id;
        let source = StoreError::new(cause.kind(), cause.to_string());
        let source = source.caused_by(Arc::clone(&cause));
        let error = if may_be_stored {
            AppendError::OutcomeUnknown { commit_id, source }
        } else {
            source.into()
        };
        Err(ImportError::new(Vec::new(), commit_id, error))
    };
    requests.iter().map(answer).collect()
}

impl Request for Append {
    type Answer = Stored;

    fn size(&self) -> RequestSize {
        self.commits.iter().map(NewCommit::size).sum()
    }

    fn answer(self, stored: Stored) {
        let _ = self.reply.send(stored); // the caller may be gone
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Undone(error)
    }
}
