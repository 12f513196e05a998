//! The lock that a connection holds while it writes, and the queue for it.
//!
//! SQLite gives its own write lock to the connection that asks at the right moment, so that a process
//! that writes all the time can keep others out for seconds. And its lock is a POSIX lock: a process
//! that closes another handle of the file loses it in the middle of a transaction. So each write
//! transaction of this library holds, in addition, an open-file-description lock on a byte of the
//! main file that SQLite never locks.
//!
//! That byte is the first place of a queue, and the bytes behind it are the further places. A
//! connection enters behind the last place that is taken, and moves up when the place before it
//! becomes free: the order in which connections enter is the order in which they write. A place is
//! given up only after the next one was taken, so that no other connection enters in between. The
//! system frees the place of a process that ends.

use std::cell::Cell;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use eventsource_core::store::StoreErrorKind;

use super::directory;
use super::ofd_lock::Range;
use super::open_file::LockHandle;
use crate::execution::Execution;
use crate::fault::SqliteFault;
use crate::pinned::in_place;

/// The first byte behind SQLite's lock bytes, which are those from 1073741824 to 1073742335:
/// <https://www.sqlite.org/fileformat2.html#the_lock_byte_page>.
const FIRST: i64 = 0x4000_0200;
/// How many connections can write and wait in order. Further ones wait until the last place is free.
const PLACES: i64 = 32;
/// How long a place does not become free until the connection behind it tries to overtake, so that a
/// suspended process does not hold up the others.
const STANDSTILL: Duration = Duration::from_millis(200);
/// How often the first connection that waits checks whether the lock is free, and how often all others check.
const FIRST_LOOKS: Duration = Duration::from_micros(100);
const OTHERS_LOOK: Duration = Duration::from_micros(500);

/// How long a transaction goes on taking work.
const LONGEST: Duration = Duration::from_millis(50);
/// The same while another connection waits. With 8 processes in the queue each of them waits less
/// than 250 ms.
const LONGEST_BESIDE_OTHERS: Duration = Duration::from_millis(10);

/// The way of one connection to the lock.
#[derive(Debug)]
pub(crate) struct WriteLock {
    handle: LockHandle,
    /// The place whose owner did not move when it could, and is probably suspended. It is overtaken
    /// without waiting again.
    suspended_place: Cell<Option<i64>>,
    /// Whether the last place belongs to a process that is probably suspended, so that nothing enters
    /// behind it. A place before it is taken without waiting again.
    is_end_suspended: Cell<bool>,
    execution: Execution,
}

/// The lock, while it is held: from before a transaction begins until after it has ended.
#[derive(Debug)]
pub(crate) struct WriteGuard<'l> {
    place: Place<'l>,
    since: Instant,
    execution: &'l Execution,
}

/// A place in the queue; the first one is the lock.
#[derive(Debug)]
struct Place<'l> {
    file: &'l LockHandle,
    number: i64,
}

impl WriteLock {
    pub(crate) fn open(path: &Path) -> Result<Self, SqliteFault> {
        LockHandle::open(path).map(Self::of).map_err(|error| {
            if directory::is_read_only(&error) {
                let message = format!("{error}; make the file and its directory writable");
                return SqliteFault::new(StoreErrorKind::ReadOnly, message);
            }
            let message = format!("it cannot be opened for its locks: {error}");
            SqliteFault::new(StoreErrorKind::Unavailable, message)
        })
    }

    /// The lock of a store that no process writes to.
    pub(crate) fn none() -> Self {
        Self::of(LockHandle::none())
    }

    fn of(handle: LockHandle) -> Self {
        Self {
            handle,
            suspended_place: Cell::default(),
            is_end_suspended: Cell::default(),
            execution: Execution::Threads,
        }
    }

    /// Sets how it waits: as a thread or as a task.
    pub(crate) fn with_execution(self, execution: &Execution) -> Self {
        Self {
            execution: execution.clone(),
            ..self
        }
    }

    /// Waits as a thread in the queue for the lock, for no longer than `patience`.
    pub(crate) fn acquire(&self, patience: Duration) -> Result<WriteGuard<'_>, SqliteFault> {
        in_place(self.wait_for(patience))
    }

    /// The same, as a thread or as a task.
    pub(crate) async fn wait_for(&self, patience: Duration) -> Result<WriteGuard<'_>, SqliteFault> {
        let execution = &self.execution;
        let waiting = Waiting {
            deadline: execution.instant() + patience,
            patience,
            execution,
        };
        let mut place = self.enter(&waiting).await?;
        let mut moved = execution.instant();
        while place.number > 0 {
            let before = place.number - 1;
            let stands_still = execution.instant() >= moved + STANDSTILL;
            let may_overtake = stands_still || self.suspended_place.get() == Some(before);
            if place
                .move_up(may_overtake)
                .map_err(|error| unusable(&error))?
            {
                moved = execution.instant();
                if place.number < before {
                    self.suspended_place.set(Some(before));
                } else if self.suspended_place.get() == Some(before) {
                    self.suspended_place.set(None);
                }
            } else {
                waiting.pause(place.number).await?;
            }
        }
        Ok(WriteGuard {
            place,
            since: execution.instant(),
            execution,
        })
    }

    /// Takes the place behind the last one that is taken, together with all places behind it, which
    /// are given up at once. Where the end of the queue stands still, takes a place before it.
    async fn enter(&self, waiting: &Waiting<'_>) -> Result<Place<'_>, SqliteFault> {
        let (file, began) = (&self.handle, self.execution.instant());
        loop {
            for number in 0..PLACES {
                if file
                    .try_exclude(places(number))
                    .map_err(|error| unusable(&error))?
                {
                    file.unlock(places(number + 1))
                        .map_err(|error| unusable(&error))?;
                    self.is_end_suspended.set(false);
                    return Ok(Place { file, number });
                }
            }
            let stands_still = self.execution.instant() >= began + STANDSTILL;
            if self.is_end_suspended.get() || stands_still {
                let place = self.enter_before_the_end();
                if let Some(place) = place.map_err(|error| unusable(&error))? {
                    self.is_end_suspended.set(true);
                    return Ok(place);
                }
            }
            waiting.pause(PLACES).await?;
        }
    }

    /// Skips the taken places at the end of the queue, and takes the free place after the last taken one before
    /// them.
    fn enter_before_the_end(&self) -> io::Result<Option<Place<'_>>> {
        let file = &self.handle;
        let mut free = None;
        for number in (0..PLACES).rev() {
            if file.try_exclude(place(number))? {
                // Dropping the place behind it gives that one up.
                free = Some(Place { file, number });
            } else if free.is_some() {
                break;
            }
        }
        Ok(free)
    }
}

impl WriteGuard<'_> {
    /// Whether the transaction has taken as long as it may: what remains is for the next one.
    pub(crate) fn should_be_released(&self) -> bool {
        let duration = self.instant().saturating_duration_since(self.since);
        duration >= LONGEST || duration >= LONGEST_BESIDE_OTHERS && self.is_awaited()
    }

    /// The clock by which the lock is held.
    pub(crate) fn instant(&self) -> Instant {
        self.execution.instant()
    }

    fn is_awaited(&self) -> bool {
        let (file, behind) = (self.place.file, places(1));
        match file.try_share(behind) {
            Ok(true) => file.unlock(behind).is_err(),
            Ok(false) | Err(_) => true,
        }
    }
}

impl Place<'_> {
    /// Takes the next place, or, to overtake, the nearest one that is free.
    fn move_up(&mut self, may_overtake: bool) -> io::Result<bool> {
        let furthest = if may_overtake { 0 } else { self.number - 1 };
        for number in (furthest..self.number).rev() {
            if self.file.try_exclude(place(number))? {
                let left = std::mem::replace(&mut self.number, number);
                self.file.unlock(place(left))?;
                return Ok(true);
            }
        }
        Ok(false)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        // It fails only for a handle that is closed, which has no locks.
        let _ = self.file.unlock(place(self.number));
    }
}

/// How long a connection waits.
struct Waiting<'l> {
    deadline: Instant,
    patience: Duration,
    execution: &'l Execution,
}

impl Waiting<'_> {
    async fn pause(&self, place: i64) -> Result<(), SqliteFault> {
        if self.execution.instant() >= self.deadline {
            return Err(self.exceeded());
        }
        let pause = if place == 1 { FIRST_LOOKS } else { OTHERS_LOOK };
        self.execution.sleep(pause).await;
        Ok(())
    }

    fn exceeded(&self) -> SqliteFault {
        let message = format!(
            "the write lock was not free within {:?}: other processes write, or one of them is \
            stuck; try again",
            self.patience
        );
        SqliteFault::new(StoreErrorKind::Busy, message)
    }
}

fn place(number: i64) -> Range {
    Range {
        start: FIRST + number,
        len: 1,
    }
}

/// This place and all behind it; never empty, since there is one more byte than places.
fn places(first: i64) -> Range {
    Range {
        start: FIRST + first,
        len: PLACES + 1 - first,
    }
}

fn unusable(error: &io::Error) -> SqliteFault {
    let message = format!(
        "its file system does not support the locks that keep processes from writing at the same \
        time ({error}); put the store on a local disk"
    );
    SqliteFault::new(StoreErrorKind::Unsupported, message)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::sync::{Arc, Mutex};
    use std::thread;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    fn file() -> tempfile::NamedTempFile {
        tempfile::NamedTempFile::new().unwrap()
    }

    #[test]
    fn connections_write_in_the_order_in_which_they_asked() {
        let file = file();
        let lock = WriteLock::open(file.path()).unwrap();
        let guard = lock.acquire(PATIENCE).unwrap();
        let (order, mut waiting) = (Arc::<Mutex<Vec<i64>>>::default(), Vec::new());
        for number in 0..8 {
            let (other, order) = (WriteLock::open(file.path()).unwrap(), Arc::clone(&order));
            waiting.push(thread::spawn(move || {
                let guard = other.acquire(PATIENCE).unwrap();
                order.lock().unwrap().push(number);
                // No connection overtakes those that wait, however often it asks.
                thread::sleep(Duration::from_millis(5));
                drop(guard);
                drop(other.acquire(PATIENCE).unwrap());
            }));
            // It is in the queue before the next one comes.
            let place = place(number + 1);
            while lock.handle.try_exclude(place).unwrap() {
                lock.handle.unlock(place).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
        }
        drop(guard);
        for waiting in waiting {
            waiting.join().unwrap();
        }
        assert_eq!(*order.lock().unwrap(), [0, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_process_that_was_suspended_in_the_queue_is_overtaken() {
        let file = file();
        let suspended = LockHandle::open(file.path()).unwrap();
        assert!(suspended.try_exclude(place(1)).unwrap());
        let lock = WriteLock::open(file.path()).unwrap();
        let began = Instant::now();
        lock.acquire(PATIENCE).unwrap();
        assert!(began.elapsed() >= STANDSTILL);
        assert!(began.elapsed() < PATIENCE);
    }

    #[test]
    fn a_process_that_was_suspended_in_the_last_place_is_passed() {
        let file = file();
        let suspended = LockHandle::open(file.path()).unwrap();
        assert!(suspended.try_exclude(place(PLACES - 1)).unwrap());
        let [one, other] = [(); 2].map(|()| WriteLock::open(file.path()).unwrap());
        let began = Instant::now();
        let guard = one.acquire(PATIENCE).unwrap();
        assert_eq!(guard.place.number, 0);
        assert!(began.elapsed() >= STANDSTILL);
        thread::scope(|scope| {
            let waiting = scope.spawn(move || other.acquire(PATIENCE).map(drop));
            // It waits behind the writer, and not beside it.
            while one.handle.try_exclude(place(1)).unwrap() {
                one.handle.unlock(place(1)).unwrap();
                thread::sleep(Duration::from_millis(1));
            }
            assert!(!waiting.is_finished());
            drop(guard);
            waiting.join().unwrap().unwrap();
        });
        let began = Instant::now();
        drop(one.acquire(PATIENCE).unwrap());
        assert!(began.elapsed() < STANDSTILL, "it is known by now");
        drop(suspended);
        drop(one.acquire(PATIENCE).unwrap());
        assert!(!one.is_end_suspended.get());
    }

    #[test]
    fn a_lock_that_does_not_become_free_is_waited_for_no_longer_than_asked() {
        let file = file();
        let [one, other] = [(); 2].map(|()| WriteLock::open(file.path()).unwrap());
        let guard = one.acquire(PATIENCE).unwrap();
        let fault = other.acquire(Duration::from_millis(30)).unwrap_err();
        assert_eq!(fault.kind(), StoreErrorKind::Busy);
        drop(guard);
        // It left the queue.
        assert!(one.handle.try_exclude(places(0)).unwrap());
    }

    #[test]
    fn a_transaction_beside_others_is_shorter() {
        let file = file();
        let [one, other] = [(); 2].map(|()| WriteLock::open(file.path()).unwrap());
        let guard = one.acquire(PATIENCE).unwrap();
        thread::sleep(LONGEST_BESIDE_OTHERS);
        assert!(guard.since.elapsed() >= LONGEST || !guard.should_be_released());
        thread::scope(|scope| {
            scope.spawn(move || other.acquire(PATIENCE).map(drop).unwrap());
            while !guard.should_be_released() {
                thread::sleep(Duration::from_millis(1));
            }
            drop(guard);
        });
    }
}
