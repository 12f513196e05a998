//! A store that others hold for too long.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use eventsource_core::store::{StoreError, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    AppendError, ExecuteError, Id, LoadError, MemoryStore, ReadError, transact,
};
use tokio::time::Instant;

use super::support::{Account, BlockingStore, InterferingStore, Refusal, accounts, count, opened};

fn is_busy(error: &ExecuteError<Refusal>) -> bool {
    matches!(error, ExecuteError::Append(AppendError::Store(error))
        if error.kind() == StoreErrorKind::Busy)
}

/// The account with 9 in it behind a store that is busy for these appends.
async fn busy(appends: std::ops::Range<usize>) -> (MemoryStore, BlockingStore, Id<Account>) {
    let store = MemoryStore::new();
    let id = opened(&accounts(store.clone()), &[9]).await;
    let gate = BlockingStore::new(&store).busy(appends);
    gate.let_through(10_000);
    (store, gate, id)
}

#[tokio::test(start_paused = true)]
async fn a_busy_store_is_asked_again() {
    for named in [false, true] {
        let (store, gate, id) = busy(1..4).await;
        let mut decided = 0;
        let accounts = accounts(gate.clone());
        let mut withdraw = accounts.execute(id, |account| {
            decided += 1;
            account.withdraw(9)
        });
        if named {
            withdraw = withdraw.commit_id(Uuid::now_v7());
        }
        let receipt = withdraw.await.unwrap();
        assert_eq!(receipt.revision().version(), 2);
        assert_eq!((count(&store).await, gate.sent().len()), (2, 4));
        assert_eq!(decided, 4);
        assert!(
            gate.reads() <= 4,
            "the state is not read from the beginning"
        );
    }
}

/// A commit that was sent may be stored, whatever the answer was.
#[tokio::test(start_paused = true)]
async fn only_the_first_commit_under_an_id_of_the_repository_says_that_it_is_new() {
    let (_, gate, id) = busy(2..5).await;
    let accounts = accounts(gate.clone());
    // Each of the first three is sent under an id of its own: the third after the second was busy.
    for _ in 0..2 {
        let deposited = accounts.execute(id, |account| account.deposit(1));
        deposited.await.unwrap();
    }
    assert_eq!(gate.may_repeat(), [false, false, false, true, true]);
    let named = accounts.execute(id, |account| account.deposit(1));
    named.commit_id(Uuid::now_v7()).await.unwrap();
    assert_eq!(gate.may_repeat()[5..], [true]);
}

#[tokio::test(start_paused = true)]
async fn several_aggregates_are_decided_on_again_after_the_store_was_busy() {
    let (store, gate, id) = busy(1..3).await;
    let accounts = accounts(gate);
    let moved = transact([accounts.at(id), accounts.at(Id::new())], |[from, to]| {
        from.decide(|account| account.withdraw(4))?;
        to.decide(|account| account.deposit(4))
    });
    assert_eq!(moved.await.unwrap().events, 2);
    assert_eq!(count(&store).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_store_that_stays_busy_is_an_error_after_five_seconds() {
    for named in [false, true] {
        let (store, gate, id) = busy(1..10_000).await;
        let begun = Instant::now();
        let accounts = accounts(gate);
        let mut withdraw = accounts.execute(id, |account| account.withdraw(1));
        if named {
            withdraw = withdraw.commit_id(Uuid::now_v7());
        }
        let error = withdraw.await.unwrap_err();
        assert!(is_busy(&error), "{error:?}");
        let took = begun.elapsed();
        let five = Duration::from_secs(5)..Duration::from_millis(5_100);
        assert!(five.contains(&took), "{took:?}");
        assert_eq!(count(&store).await, 1);
    }
}

#[tokio::test(start_paused = true)]
async fn the_patience_with_a_busy_store_is_set() {
    for patience in [Duration::ZERO, Duration::from_secs(1), Duration::MAX] {
        let (_, gate, id) = busy(1..400).await;
        let begun = Instant::now();
        let accounts = accounts(gate.clone());
        let withdraw = accounts.execute(id, |account| account.withdraw(1));
        let answer = withdraw.patience(patience).await;
        let took = begun.elapsed();
        if patience == Duration::MAX {
            assert_eq!(answer.unwrap().revision().version(), 2);
        } else {
            assert!(is_busy(&answer.unwrap_err()));
            assert!(took >= patience && took <= patience + Duration::from_millis(100));
        }
        if patience.is_zero() {
            assert_eq!(gate.sent().len(), 1);
        }
    }
}

/// The first page is read, and then the store is busy: what is in the state of it is not in it twice.
#[tokio::test(start_paused = true)]
async fn a_store_that_is_too_busy_to_be_read_is_asked_again() {
    let store = MemoryStore::new();
    let id = opened(&accounts(store.clone()), &[1; 9]).await;
    let reads = AtomicUsize::new(0);
    let interfering = InterferingStore::new(&store)
        .pages_of(2)
        .on_page(move |_, page| {
            if reads.fetch_add(1, Ordering::Relaxed) % 4 == 3 {
                return Err(StoreError::new(StoreErrorKind::Busy, "others write").into());
            }
            Ok(page)
        });
    let accounts = accounts(interfering);
    let withdraw = |account: &Account| {
        assert_eq!(account.balance, 9);
        account.withdraw(account.balance)
    };
    let error = accounts.execute(id, withdraw).await.unwrap_err();
    assert!(
        matches!(&error, ExecuteError::Load(LoadError::Read(ReadError::Store(error)))
            if error.kind() == StoreErrorKind::Busy),
        "five pages are never read in a row: {error:?}"
    );

    let interfering = InterferingStore::new(&store).pages_of(2);
    let reads = AtomicUsize::new(0);
    let interfering = interfering.on_page(move |_, page| {
        if reads.fetch_add(1, Ordering::Relaxed) == 3 {
            return Err(StoreError::new(StoreErrorKind::Busy, "others write").into());
        }
        Ok(page)
    });
    let accounts = super::support::accounts(interfering);
    let receipt = accounts.execute(id, withdraw).await.unwrap();
    assert_eq!(receipt.revision().version(), 10);
}
