//! Appends that share a sync.

use std::sync::{Arc, Mutex};

use eventsource_core::AppendError;
use eventsource_core::engine::{Decider, HeadWatch, NewCommit};
use eventsource_core::store::{ImportError, StoreError, StoreErrorKind};
use redb::Database;
use tokio::sync::oneshot;

use crate::append::Stored;
use crate::error::failed;
use crate::tables::{ReadTables, WriteTables};

/// Commits that are stored in this order, up to the first that is not, and the way back to the caller.
type Request = (Vec<NewCommit>, oneshot::Sender<Stored>);

/// The database, and the requests that wait for the next transaction.
pub(crate) struct Writer {
    pub(crate) database: Database,
    pub(crate) head: HeadWatch,
    waiting: Mutex<Vec<Request>>,
    /// The caller that has it writes all that waits.
    lock: Arc<tokio::sync::Mutex<()>>,
}

impl Writer {
    pub(crate) fn new(database: Database) -> Result<Self, StoreError> {
        let (head, _) = ReadTables::at_head(&database)?.end()?;
        Ok(Self {
            database,
            head: HeadWatch::new(head.position()),
            waiting: Mutex::default(),
            lock: Arc::default(),
        })
    }

    /// Stores commits. The first poll puts them behind those that wait. A caller that gets the lock writes
    /// all of them, on a thread that may block.
    pub(crate) async fn store(self: Arc<Self>, commits: Vec<NewCommit>) -> Stored {
        let Some(commit_id) = commits.first().map(|new| new.commit.id) else {
            return Ok(Vec::new());
        };
        let (reply, mut answer) = oneshot::channel();
        let lock = Arc::clone(&self.lock).lock_owned();
        self.waiting.lock().expect(NO_PANIC).push((commits, reply));
        let answered = tokio::select! {
            biased;
            answered = &mut answer => answered,
            locked = lock => {
                let write = move || {
                    let answered = self.write_waiting();
                    // A caller that is answered may drop the store, and open the file again.
                    drop(self);
                    for (reply, answer) in answered {
                        let _ = reply.send(answer); // the caller may be gone
                    }
                    drop(locked);
                };
                tokio::task::spawn_blocking(write);
                answer.await
            }
        };
        answered.unwrap_or_else(|_| {
            let source = StoreError::new(StoreErrorKind::Io, "a thread that writes has panicked");
            let error = AppendError::Unknown { commit_id, source };
            Err(ImportError::new(Vec::new(), commit_id, error))
        })
    }

    fn write_waiting(&self) -> impl Iterator<Item = (oneshot::Sender<Stored>, Stored)> + use<> {
        let waiting = std::mem::take(&mut *self.waiting.lock().expect(NO_PANIC));
        let (group, replies): (Vec<_>, Vec<_>) = waiting.into_iter().unzip();
        let mut may_be_stored = false;
        let answers = self.write(&group, &mut may_be_stored);
        let answers = answers.unwrap_or_else(|error| explain(&group, error, may_be_stored));
        replies.into_iter().zip(answers)
    }

    /// Decides all requests of a group in one transaction, and makes it durable by one sync. No request is
    /// answered before that, since it may rest on what a neighbour stores.
    fn write(
        &self,
        group: &[Vec<NewCommit>],
        may_be_stored: &mut bool,
    ) -> Result<Vec<Stored>, StoreError> {
        let transaction = self.database.begin_write().map_err(failed)?;
        let mut tables = WriteTables::of(&transaction)?;
        let head = tables.end()?.0.position();
        let mut decider = Decider::new(head);
        let requests = group.iter();
        let answers = requests.map(|commits| tables.append_all(commits, &mut decider));
        let answers = answers.collect::<Result<_, _>>()?;
        drop(tables);
        if decider.head() != head {
            *may_be_stored = true;
            transaction.commit().map_err(failed)?;
            self.head.move_to(decider.head());
        }
        Ok(answers)
    }
}

const NO_PANIC: &str = "nothing panics with this lock";

/// The answers of a group whose transaction has failed.
fn explain(group: &[Vec<NewCommit>], error: StoreError, may_be_stored: bool) -> Vec<Stored> {
    let cause = Arc::new(error);
    let answer = |commits: &Vec<NewCommit>| {
        let commit_id = commits[0].commit.id;
        let source = StoreError::new(cause.kind(), "a group of appends failed");
        let source = source.caused_by(Arc::clone(&cause));
        let error = if may_be_stored {
            AppendError::Unknown { commit_id, source }
        } else {
            source.into()
        };
        Err(ImportError::new(Vec::new(), commit_id, error))
    };
    group.iter().map(answer).collect()
}
