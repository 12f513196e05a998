//! A store does not pass through `fork`, and says so.
#![cfg(unix)]

use std::path::Path;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::sleep;
use std::time::Duration;

use eventsource_core::store::{Commit, NewEvent, ReadLog, StoreError, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, Codec, EventLog, Position, Query, ReadError, StreamId, StreamStore,
};
use eventsource_sqlite::{OpenError, SqliteStore};
use nix::libc;
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::{ForkResult, fork};

/// Serializes the tests. `SQLite` has locks of the whole process: a child that is forked while the
/// thread of another test holds one would never get it.
fn alone() -> MutexGuard<'static, ()> {
    static TEST: Mutex<()> = Mutex::new(());
    TEST.lock().unwrap_or_else(PoisonError::into_inner)
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let mut runtime = tokio::runtime::Builder::new_current_thread();
    runtime.enable_time().build().unwrap().block_on(future)
}

fn commit() -> Commit {
    let stream = StreamId::new("cart", Uuid::now_v7());
    let event = NewEvent::new(stream, "cart.opened", 1, Codec::Json, b"{}".to_vec());
    Commit::new(Uuid::now_v7(), vec![event])
}

/// Tells whether this holds in a process that is forked from this one, and whether that one ends.
fn holds_after_fork(check: impl FnOnce() -> bool) -> bool {
    // SAFETY: the child works with what is its own, on one thread, and leaves without unwinding or
    // the handlers of this process. The allocator of the system is usable after a fork.
    match unsafe { fork() }.unwrap() {
        ForkResult::Child => {
            let holds = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check));
            // SAFETY: it ends the process.
            unsafe { libc::_exit(i32::from(!holds.unwrap_or(false))) }
        }
        ForkResult::Parent { child } => {
            for _ in 0..1_000 {
                match waitpid(child, Some(WaitPidFlag::WNOHANG)).unwrap() {
                    WaitStatus::StillAlive => sleep(Duration::from_millis(10)),
                    ended => return ended == WaitStatus::Exited(child, 0),
                }
            }
            kill(child, Signal::SIGKILL).unwrap();
            waitpid(child, None).unwrap();
            false
        }
    }
}

fn is_refusal(error: &StoreError) -> bool {
    error.kind() == StoreErrorKind::Unsupported && error.to_string().contains("fork")
}

fn is_read_refusal<T>(read: Result<T, ReadError>) -> bool {
    matches!(read, Err(ReadError::Store(error)) if is_refusal(&error))
}

fn open(path: &Path) -> Result<SqliteStore, OpenError> {
    block_on(SqliteStore::open(path))
}

#[test]
fn a_store_that_was_opened_before_a_fork_refuses_everything_after_it() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).unwrap();
    block_on(store.append(commit())).unwrap();
    block_on(store.head()).unwrap();

    assert!(holds_after_fork(|| {
        let append = block_on(store.append(commit()));
        matches!(append, Err(AppendError::Store(error)) if is_refusal(&error))
    }));
    assert!(holds_after_fork(|| is_read_refusal(block_on(store.head()))));
    assert!(holds_after_fork(|| {
        is_read_refusal(block_on(
            store.read(ReadLog::new(Query::all()).limit(10_000)),
        ))
    }));
    assert!(holds_after_fork(|| is_read_refusal(block_on(
        store.verify()
    ))));
    assert!(holds_after_fork(|| {
        let backup = block_on(store.backup(path.with_file_name("copy.db")));
        backup.is_err_and(|error| is_refusal(&error))
    }));
    assert!(holds_after_fork(|| {
        block_on(store.watch().changed()).is_none()
    }));
    assert!(holds_after_fork(|| {
        block_on(store.close());
        true
    }));

    block_on(store.append(commit())).unwrap();
    assert_eq!(block_on(store.head()).unwrap().position(), Position::new(2));
    block_on(store.verify()).unwrap();
    block_on(store.close());
}

#[cfg(target_os = "linux")]
#[test]
fn a_file_that_was_open_before_a_fork_is_not_opened_anew_after_it() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let store = open(&path).unwrap();
    assert!(holds_after_fork(|| {
        matches!(open(&path), Err(OpenError::Store(error)) if is_refusal(&error))
    }));
    block_on(store.append(commit())).unwrap();
    block_on(store.close());
}

#[test]
fn a_store_is_opened_after_a_fork() {
    let _alone = alone();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    block_on(open(&path).unwrap().close());
    assert!(holds_after_fork(|| {
        let store = open(&path).unwrap();
        block_on(store.append(commit())).unwrap();
        block_on(store.close());
        true
    }));
    let store = open(&path).unwrap();
    assert_eq!(block_on(store.head()).unwrap().position(), Position::new(1));
    block_on(store.close());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}
