//! The state that the handles of a store and its threads share.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use eventsource_core::Position;
use eventsource_core::read_model::ModelNotifier;
use eventsource_core::store::{HeadSender, StoreError, StoreErrorKind};
use eventsource_core::uuid::Uuid;

use super::opener::Opener;
use super::store_files::StoreFiles;
use crate::execution::Execution;
use crate::fault::SqliteFault;
use crate::lifetime::{Lifetime, ShutdownGuard};

/// The id and the head of a store.
type OfStore = (Uuid, Position);

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) path: PathBuf,
    pub(crate) id: Uuid,
    pub(crate) head: HeadSender,
    /// Wakes the watches of models.
    pub(crate) model_changes: ModelNotifier,
    pub(crate) lifetime: Lifetime,
    pub(crate) execution: Execution,
    #[cfg(feature = "hold")]
    pub(crate) before_commit: crate::file::commit_hook::CommitHook,
    opener: Opener,
    files: StoreFiles,
    read_only: bool,
    /// Why nothing may be acknowledged any more.
    failure: OnceLock<SqliteFault>,
}

impl Shared {
    pub(crate) fn new(
        path: PathBuf,
        files: StoreFiles,
        of_store: OfStore,
        execution: Execution,
    ) -> (Arc<Self>, ShutdownGuard) {
        Self::with((path, files), of_store, execution, false)
    }

    /// Of a store that no process writes to.
    pub(crate) fn read_only(
        path: PathBuf,
        of_store: OfStore,
        execution: Execution,
    ) -> (Arc<Self>, ShutdownGuard) {
        Self::with((path, StoreFiles::none()), of_store, execution, true)
    }

    fn with(
        (path, files): (PathBuf, StoreFiles),
        (id, head): OfStore,
        execution: Execution,
        read_only: bool,
    ) -> (Arc<Self>, ShutdownGuard) {
        let (lifetime, ending) = Lifetime::new();
        let shared = Self {
            path,
            id,
            head: HeadSender::new(head),
            model_changes: ModelNotifier::new(),
            lifetime,
            execution,
            #[cfg(feature = "hold")]
            before_commit: crate::file::commit_hook::CommitHook::default(),
            opener: Opener::this_process(),
            files,
            read_only,
            failure: OnceLock::new(),
        };
        (Arc::new(shared), ending)
    }

    pub(crate) fn is_read_only(&self) -> bool {
        self.read_only
    }

    /// Refuses a process that was forked from the one that opened the store. It is asked before any
    /// lock is waited for, since threads that do not exist here may have had one.
    pub(crate) fn check_process(&self) -> Result<(), SqliteFault> {
        self.opener.check()
    }

    /// Refuses to go on where the files of the store are not at their paths any more, now and from
    /// then on, and wakes those who wait for something to read.
    pub(crate) fn check_files(&self) -> Result<(), SqliteFault> {
        self.files.check().inspect_err(|fault| {
            if self.failure.set(fault.clone()).is_ok() {
                self.head.wake();
            }
        })
    }

    /// After a commit of unknown outcome this handle may tell nothing any more, neither that
    /// something is stored nor that it is not.
    pub(crate) fn fail(&self, fault: &SqliteFault) {
        let message = "a write failed in a way that leaves its outcome unknown; reopen the store";
        let _ = self
            .failure
            .set(fault.clone().explain(StoreErrorKind::Io, message));
    }

    /// As after [`Self::fail`], because the thread that writes panicked.
    pub(crate) fn died(&self, panic: &str) {
        let message = format!("the thread that writes has died: {panic}; reopen the store");
        let _ = self
            .failure
            .set(SqliteFault::new(StoreErrorKind::Io, message));
    }

    pub(crate) fn check(&self) -> Result<(), SqliteFault> {
        self.failure
            .get()
            .map_or(Ok(()), |failure| Err(failure.clone()))
    }

    pub(crate) fn error(&self, fault: SqliteFault) -> StoreError {
        fault.at(&self.path)
    }

    pub(crate) fn closed(&self) -> StoreError {
        self.error(closed())
    }
}

pub(crate) fn closed() -> SqliteFault {
    SqliteFault::new(
        StoreErrorKind::Closed,
        "the store was closed; open it again",
    )
}
