//! A disk in memory that counts its syncs, stops at one, and fails.

use std::fmt;
use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use redb::backends::InMemoryBackend;
use redb::{Database, StorageBackend};

type Stop = Box<dyn FnOnce() + Send>;

/// A handle of a disk. All clones are of one disk.
#[derive(Clone, Default)]
pub(crate) struct Disk(Arc<Shared>);

#[derive(Default)]
struct Shared {
    syncs: AtomicUsize,
    fails: AtomicBool,
    stop: Mutex<Option<Stop>>,
}

impl Disk {
    /// An empty database on this disk.
    pub(crate) fn database(&self) -> Database {
        let file = File {
            bytes: InMemoryBackend::new(),
            disk: self.clone(),
        };
        Database::builder().create_with_backend(file).unwrap()
    }

    /// How often it was synced.
    #[allow(dead_code, reason = "not every test counts them")]
    pub(crate) fn syncs(&self) -> usize {
        self.0.syncs.load(Ordering::SeqCst)
    }

    /// Calls `stop` before the next sync.
    pub(crate) fn before_next_sync(&self, stop: impl FnOnce() + Send + 'static) {
        *self.0.stop.lock().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(stop));
    }

    /// Fails each sync from now on.
    #[allow(dead_code, reason = "not every test has a failing disk")]
    pub(crate) fn fail(&self) {
        self.0.fails.store(true, Ordering::SeqCst);
    }
}

struct File {
    bytes: InMemoryBackend,
    disk: Disk,
}

impl fmt::Debug for File {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("File").finish_non_exhaustive()
    }
}

impl StorageBackend for File {
    fn len(&self) -> io::Result<u64> {
        self.bytes.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.bytes.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.bytes.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        let shared = &self.disk.0;
        let stop = shared
            .stop
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(stop) = stop {
            stop();
        }
        if shared.fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is broken"));
        }
        shared.syncs.fetch_add(1, Ordering::SeqCst);
        self.bytes.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.bytes.write(offset, data)
    }
}
