//! Appends that share a sync.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use eventsource_core::AppendError;
use eventsource_core::engine::group_commit::{
    AppendWriter, GroupWriter, Mailbox, MailboxSender, Message, Queue, Request, RequestSize, serve,
};
use eventsource_core::engine::{Decider, NewCommit};
use eventsource_core::store::{HeadSender, ImportError, StoreError, StoreErrorKind};
use redb::Database;
use tokio::sync::oneshot;

use crate::append::Stored;
use crate::error::failed;
use crate::tables::{ReadTables, WriteTables};

/// The file, and the thread that writes to it.
pub(crate) struct Writer {
    pub(crate) file: Arc<File>,
    mailbox: MailboxSender<Append>,
    thread: Option<JoinHandle<()>>,
}

/// Commits that are stored in this order, up to the first that is not, and the way back to the caller.
struct Append {
    commits: Vec<NewCommit>,
    reply: oneshot::Sender<Stored>,
}

/// The database, and how far its log has come.
pub(crate) struct File {
    pub(crate) database: Database,
    pub(crate) head: HeadSender,
}

/// Why a transaction was not written.
enum Failed {
    /// Nothing of it is stored.
    Undone(StoreError),
    /// It may be stored.
    InDoubt(StoreError),
}

impl Writer {
    pub(crate) fn new(database: Database) -> Result<Self, StoreError> {
        let (end, _) = ReadTables::at_head(&database)?.end()?;
        let head = HeadSender::new(end.position());
        let file = Arc::new(File { database, head });
        let (mailbox, mut inbox) = Mailbox::new();
        let written = Arc::clone(&file);
        let write = move || serve(&mut inbox, &mut Queue::default(), &mut &*written);
        Ok(Self {
            file,
            mailbox,
            thread: Some(thread::spawn(write)),
        })
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
        let source = StoreError::new(StoreErrorKind::Io, "the thread that writes has panicked");
        let error = if is_sent {
            AppendError::OutcomeUnknown { commit_id, source }
        } else {
            source.into()
        };
        Err(ImportError::new(Vec::new(), commit_id, error))
    }
}

/// The file is closed once the last clone of the store is dropped, so that it may be opened again.
impl Drop for Writer {
    fn drop(&mut self) {
        self.mailbox.close();
        // The callers have received the panic as an error.
        let _ = self.thread.take().map(JoinHandle::join);
    }
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

impl AppendWriter for &File {}

impl GroupWriter<Append> for &File {
    type Failure = Failed;

    fn write(&mut self, group: &[Append]) -> Result<Vec<Stored>, Failed> {
        let transaction = self.database.begin_write().map_err(failed)?;
        let mut tables = WriteTables::of(&transaction)?;
        let head = tables.end()?.0.position();
        let mut decider = Decider::new(head);
        let requests = group.iter();
        let answers = requests.map(|append| tables.append_all(&append.commits, &mut decider));
        let answers = answers.collect::<Result<_, _>>()?;
        drop(tables);
        if decider.head() != head {
            let done = transaction.commit().map_err(failed);
            done.map_err(Failed::InDoubt)?;
            self.head.move_to(decider.head());
        }
        Ok(answers)
    }

    fn may_work_alone(&self, failure: &Failed) -> bool {
        matches!(failure, Failed::Undone(_))
    }

    fn explain(&mut self, group: &[Append], failure: Failed) -> Vec<Stored> {
        let may_be_stored = matches!(failure, Failed::InDoubt(_));
        let (Failed::Undone(error) | Failed::InDoubt(error)) = failure;
        let cause = Arc::new(error);
        let answer = |append: &Append| {
            let commit_id = append.commits[0].commit.id;
            let source = StoreError::new(cause.kind(), "a group of appends failed");
            let source = source.caused_by(Arc::clone(&cause));
            let error = if may_be_stored {
                AppendError::OutcomeUnknown { commit_id, source }
            } else {
                source.into()
            };
            Err(ImportError::new(Vec::new(), commit_id, error))
        };
        group.iter().map(answer).collect()
    }
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Undone(error)
    }
}
