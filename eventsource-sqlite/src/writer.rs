//! The one thread, or task, that writes.

mod append;
mod inbox;
pub(crate) mod prepared_commit;
mod request;
mod statements;
mod tables;
mod transactions;
pub(crate) mod write_connection;

use std::sync::Arc;

use eventsource_core::AppendError;
use eventsource_core::engine::group_commit::{
    Mailbox, MailboxSender, Message as Received, Writer as _, serve, serve_group,
};
use eventsource_core::engine::inline::InlineRules;
use eventsource_core::read_model::{Checkpoint, WriteError};
use eventsource_core::store::{ImportError, Snapshot, StoreError, StoreErrorKind};
use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::execution::{Execution, Tasks};
use crate::fault::SqliteFault;
use crate::file::shared::Shared;
use crate::lifetime::ShutdownGuard;
use crate::models::write::Change;
use crate::models::{Effect, ModelRequest, Outcome};
use crate::panic;
use inbox::{Message, Messages, Requests};
use prepared_commit::PreparedCommit;
use request::{AppendRequest, StoreResult};
use transactions::Transactions;
use write_connection::WriteConnection;

/// The way to the thread. It ends when the last of these is gone.
#[derive(Debug)]
pub(crate) struct Writer {
    mailbox: MailboxSender<AppendRequest, ModelRequest>,
    shared: Arc<Shared>,
}

impl Writer {
    pub(crate) fn start(
        connection: WriteConnection,
        rules: InlineRules,
        shared: Arc<Shared>,
        ending: ShutdownGuard,
    ) -> Result<Self, SqliteFault> {
        let (sender, mailbox) = Mailbox::new();
        let messages = Messages::new(mailbox, &shared);
        let of_thread = Arc::clone(&shared);
        shared.execution.start("writer", move || {
            run(ending, (connection, rules), messages, of_thread)
        })?;
        Ok(Self {
            mailbox: sender,
            shared,
        })
    }

    /// Stores commits up to the first that cannot be stored. If this is dropped while it waits for its
    /// turn, none is.
    pub(crate) async fn store(&self, commits: Vec<PreparedCommit>) -> StoreResult {
        let Some(first) = commits.first() else {
            return Ok(Vec::new());
        };
        let commit_id = first.commit().id;
        let failed = |error| ImportError::new(Vec::new(), commit_id, error);
        let append = |reply| AppendRequest {
            commits,
            snapshot: None,
            reply,
        };
        let sent = self.send(|reply| Message::Append(append(reply))).await;
        let answer = sent.map_err(|error| failed(error.into()))?;
        if let Ok((stored, _)) = answer.await {
            stored
        } else {
            let source = self.thread_died();
            Err(failed(AppendError::OutcomeUnknown { commit_id, source }))
        }
    }

    /// Keeps a snapshot.
    pub(crate) async fn keep(&self, snapshot: Snapshot) -> Result<(), StoreError> {
        let keep = |reply| AppendRequest {
            commits: Vec::new(),
            snapshot: Some(Box::new(snapshot)),
            reply,
        };
        let answer = self.send(|reply| Message::Append(keep(reply))).await?;
        let (kept, _) = answer.await.map_err(|_| self.thread_died())?;
        kept.map(drop).map_err(|error| match error.source {
            AppendError::Store(error) => error,
            error => StoreError::new(StoreErrorKind::Io, error.to_string()),
        })
    }

    /// Takes a step of a model.
    pub(crate) async fn step<T: Send + 'static, E: From<StoreError> + Send + 'static>(
        &self,
        effect: Effect,
        decide: impl Fn(&Connection) -> Outcome<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.request(|reply| ModelRequest::step(effect, decide, reply))
            .await
    }

    /// Writes rows and the checkpoint of a model.
    pub(crate) async fn write(&self, change: Change) -> Result<Checkpoint, WriteError> {
        self.request(|reply| ModelRequest::write(change, reply))
            .await
    }

    async fn request<T, E: From<StoreError>>(
        &self,
        request: impl FnOnce(oneshot::Sender<Result<T, E>>) -> ModelRequest,
    ) -> Result<T, E> {
        let answer = self.send(|reply| Message::Model(request(reply))).await?;
        answer.await.map_err(|_| self.thread_died())?
    }

    async fn send<T>(
        &self,
        message: impl FnOnce(oneshot::Sender<T>) -> Message,
    ) -> Result<oneshot::Receiver<T>, StoreError> {
        let may_write = self
            .shared
            .check_process()
            .and_then(|()| self.refuse_read_only());
        may_write.map_err(|fault| self.shared.error(fault))?;
        if self.shared.lifetime.is_over() {
            return Err(self.shared.closed());
        }
        let (reply, answer) = oneshot::channel();
        let sent = self.mailbox.send(message(reply)).await;
        sent.map_err(|_| self.thread_ended())?;
        Ok(answer)
    }

    fn refuse_read_only(&self) -> Result<(), SqliteFault> {
        if !self.shared.is_read_only() {
            return Ok(());
        }
        let message = "the store was opened with `read_only()`, so that nothing can be written; \
            open it without";
        Err(SqliteFault::new(StoreErrorKind::ReadOnly, message))
    }

    /// Lets the thread answer everything that was accepted, and take nothing more.
    pub(crate) fn close(&self) {
        self.mailbox.close();
    }

    fn thread_ended(&self) -> StoreError {
        if self.shared.lifetime.is_over() {
            self.shared.closed()
        } else {
            self.thread_died()
        }
    }

    /// A panic takes its time until it is known.
    fn thread_died(&self) -> StoreError {
        let message = "the thread that writes has died; reopen the store";
        let fault = SqliteFault::new(StoreErrorKind::Io, message);
        self.shared
            .error(self.shared.check().err().unwrap_or(fault))
    }
}

async fn run(
    mut ending: ShutdownGuard,
    (connection, rules): (WriteConnection, InlineRules),
    mut messages: Messages,
    shared: Arc<Shared>,
) {
    let (execution, mut queue) = (shared.execution.clone(), Requests::default());
    let served = panic::caught(async {
        let mut transactions = Transactions::new(&connection, rules, Arc::clone(&shared));
        match &execution {
            Execution::Threads => serve(&mut messages, &mut queue, &mut transactions),
            Execution::Tasks(tasks) => {
                let waiting = (&execution, tasks);
                serve_as_task(waiting, &mut messages, &mut queue, &mut transactions).await;
            }
        }
        transactions.checkpoint();
    });
    match served.await {
        Ok(()) => {
            shared.lifetime.end();
            ending.wait_for_others(&execution).await;
            shared.head.end();
            connection.close(&shared);
        }
        Err(died) => {
            shared.died(panic::message(&*died));
            messages.refuse_all(queue, &shared);
            shared.head.end();
            let file = connection.abandon();
            // The file is given up after all its connections, and they may end with these.
            drop((messages, shared));
            ending.wait_for_others(&execution).await;
            drop(file);
        }
    }
    // A caller that waits for the end finds the file closed.
    drop(ending);
}

/// Serves as [`serve`] does, and waits as a task: for messages, and for the lock of each group.
async fn serve_as_task(
    (execution, tasks): (&Execution, &Tasks),
    messages: &mut Messages,
    queue: &mut Requests,
    transactions: &mut Transactions<'_>,
) {
    loop {
        if queue.is_empty() {
            match messages.next(execution).await {
                Some(Received::Idle) => transactions.tidy_up(),
                Some(message) => queue.add(message),
                None => return,
            }
        }
        if !queue.is_empty() {
            transactions.begin_turn(tasks).await;
            serve_group(messages, queue, transactions);
            transactions.end_turn();
            tasks.after_group();
        }
    }
}

#[cfg(test)]
mod tests {
    use eventsource_core::engine::NewCommit;
    use eventsource_core::store::{Commit, CommitTime, Limits, NewEvent, StoreErrorKind};
    use eventsource_core::uuid::Uuid;
    use eventsource_core::values::{Environment, SystemEnvironment};
    use eventsource_core::{Codec, Position, StreamId};

    use super::*;
    use crate::file::store_files::StoreFiles;
    use crate::file::write_lock::WriteLock;
    use crate::file::{connection, schema};

    /// How many pages a file may have belongs to the connection, so it cannot be set from outside.
    #[tokio::test]
    async fn a_commit_that_finds_no_room_is_not_stored_and_a_smaller_one_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = connection::writer(&path).unwrap();
        let write_lock = WriteLock::open(&path).unwrap();
        schema::migrate(
            &mut connection,
            &write_lock,
            &SystemEnvironment,
            crate::models::move_rows,
        )
        .await
        .unwrap();
        let pages: i64 = connection
            .pragma_query_value(None, "page_count", |row| row.get(0))
            .unwrap();
        connection
            .pragma_update(None, "max_page_count", pages + 3)
            .unwrap();
        let writing = WriteConnection::new(connection, write_lock, None).unwrap();
        let (shared, ending) = Shared::new(
            path,
            StoreFiles::none(),
            (Uuid::nil(), Position::START),
            Execution::Threads,
        );
        let writer = Writer::start(writing, InlineRules::default(), shared, ending).unwrap();

        match writer
            .store(vec![commit(100_000)])
            .await
            .unwrap_err()
            .source
        {
            AppendError::Store(error) => assert_eq!(error.kind(), StoreErrorKind::Full, "{error}"),
            error => panic!("{error}"),
        }
        let receipts = writer.store(vec![commit(10)]).await.unwrap();
        assert_eq!(receipts[0].first, Position::new(1));
    }

    #[tokio::test]
    async fn why_the_thread_died_is_told_to_whoever_comes_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = connection::writer(&path).unwrap();
        let write_lock = WriteLock::open(&path).unwrap();
        schema::migrate(
            &mut connection,
            &write_lock,
            &SystemEnvironment,
            crate::models::move_rows,
        )
        .await
        .unwrap();
        let writing = WriteConnection::new(connection, write_lock, None).unwrap();
        let (shared, ending) = Shared::new(
            path,
            StoreFiles::none(),
            (Uuid::nil(), Position::START),
            Execution::Threads,
        );
        let writer =
            Writer::start(writing, InlineRules::default(), Arc::clone(&shared), ending).unwrap();

        let mut without_events = commit(10);
        without_events.new.commit.events.clear();
        let lost = writer.store(vec![without_events]).await.unwrap_err().source;
        assert!(matches!(lost, AppendError::OutcomeUnknown { .. }), "{lost}");
        while shared.check().is_ok() {
            tokio::task::yield_now().await;
        }
        match writer.store(vec![commit(10)]).await.unwrap_err().source {
            AppendError::Store(error) => {
                assert_eq!(error.kind(), StoreErrorKind::Io, "{error}");
                assert!(error.to_string().contains("index out of bounds"), "{error}");
            }
            error => panic!("{error}"),
        }
    }

    fn commit(bytes: usize) -> PreparedCommit {
        let cart = StreamId::new("cart", Uuid::now_v7());
        let event = NewEvent::new(cart, "noted", 1, Codec::Json, vec![b'1'; bytes]);
        let commit = Commit::new(Uuid::now_v7(), vec![event]);
        let now = CommitTime::clock(SystemEnvironment.now());
        PreparedCommit::new(NewCommit::new(commit, now, &Limits::DEFAULT).unwrap()).unwrap()
    }
}
