//! States that are kept, and never trusted over the store.

use eventsource_core::store::Commit;
use eventsource_core::uuid::Uuid;
use eventsource_core::{Id, Loaded, MemoryStore, Repository, transact};

use super::support::{Account, BlockingStore, Refusal, accounts, deposited, deposits, opened};

/// Accounts that are kept, the store that counts their reads, and the same accounts as another
/// process has them.
fn cached(aggregates: usize) -> (Repository<Account>, BlockingStore, Repository<Account>) {
    let store = MemoryStore::new();
    let gate = BlockingStore::new(&store);
    gate.let_through(1_000);
    (
        accounts(gate.clone()).cached(aggregates),
        gate,
        accounts(store),
    )
}

async fn deposit(accounts: &Repository<Account>, id: Id<Account>) -> u64 {
    let deposited = accounts.execute(id, |account| account.deposit(1));
    deposited.await.unwrap().revision().version()
}

#[tokio::test]
async fn the_state_after_a_decision_is_not_read_again_for_the_next() {
    let (accounts, gate, _) = cached(2);
    let id = Id::new();
    for version in 1..=10 {
        assert_eq!(deposit(&accounts, id).await, version);
        assert_eq!(gate.reads(), 1);
    }
    assert_eq!(accounts.load(id).await.unwrap().balance, 10);
    assert_eq!(gate.reads(), 2, "what is loaded is read");
}

#[tokio::test]
async fn without_a_cache_every_decision_reads() {
    let store = MemoryStore::new();
    let gate = BlockingStore::new(&store);
    gate.let_through(10);
    opened(&accounts(gate.clone()), &[1, 1, 1]).await;
    assert_eq!(gate.reads(), 3);
}

#[tokio::test]
async fn no_more_aggregates_are_kept_than_were_asked_for() {
    let (accounts, gate, _) = cached(2);
    let ids = [Id::new(), Id::new(), Id::new()];
    for id in ids {
        deposit(&accounts, id).await;
    }
    let before = gate.reads();
    deposit(&accounts, ids[2]).await;
    deposit(&accounts, ids[1]).await;
    assert_eq!(gate.reads(), before);
    deposit(&accounts, ids[0]).await;
    assert_eq!(gate.reads(), before + 1, "the oldest is gone");
}

#[tokio::test]
async fn what_others_stored_meanwhile_is_in_the_state_that_is_decided_on() {
    let (accounts, gate, elsewhere) = cached(2);
    let id = Id::new();
    deposit(&accounts, id).await;
    for others in [1, 3, 300] {
        let stream = accounts.stream(id);
        elsewhere
            .store()
            .append(deposits(&stream, others))
            .await
            .unwrap();
        let before = elsewhere.load(id).await.unwrap();
        let receipt = accounts
            .execute(id, |account| account.withdraw(account.balance))
            .await
            .unwrap();
        assert_eq!(
            receipt.revision().version(),
            Loaded::revision(&before).version() + 1
        );
        assert_eq!(elsewhere.load(id).await.unwrap().balance, 0);
    }
    assert!(gate.reads() < 20, "{}", gate.reads());
}

#[tokio::test]
async fn a_refusal_is_given_after_the_store_was_asked() {
    let (accounts, gate, elsewhere) = cached(2);
    let id = Id::new();
    deposit(&accounts, id).await;
    let withdraw = || accounts.execute(id, |account| account.withdraw(2));
    let before = gate.reads();
    assert_eq!(
        withdraw().await.unwrap_err().refused(),
        Some(Refusal::Overdrawn(1))
    );
    assert_eq!(gate.reads(), before + 1);
    assert_eq!(
        withdraw().await.unwrap_err().refused(),
        Some(Refusal::Overdrawn(1))
    );
    assert_eq!(gate.reads(), before + 2);

    deposit(&elsewhere, id).await;
    let receipt = withdraw().await.unwrap();
    assert_eq!(receipt.revision().version(), 3, "there is enough now");
}

#[tokio::test]
async fn that_nothing_happens_is_said_after_the_store_was_asked() {
    let (accounts, _, elsewhere) = cached(2);
    let id = Id::new();
    deposit(&accounts, id).await;
    let top_up = |account: &Account| {
        let missing = account.balance % 2;
        (missing > 0).then(|| account.deposit(missing)).transpose()
    };
    assert_eq!(accounts.execute(id, top_up).await.unwrap().events, 1);
    let nothing = accounts.execute(id, top_up).await.unwrap();
    assert_eq!((nothing.events, nothing.revision().version()), (0, 2));
    deposit(&elsewhere, id).await;
    assert_eq!(accounts.execute(id, top_up).await.unwrap().events, 1);
}

#[tokio::test]
async fn whoever_expects_a_revision_is_told_where_the_store_stands() {
    let (accounts, _, elsewhere) = cached(2);
    let id = Id::new();
    deposit(&accounts, id).await;
    deposit(&elsewhere, id).await;
    let revision = Loaded::revision(&elsewhere.load(id).await.unwrap());
    let decision = accounts.execute(id, |account| account.withdraw(2));
    decision.expecting(revision).await.unwrap();
    let decision = accounts.execute(id, |account| account.deposit(2));
    let conflict = decision.expecting(revision).await.unwrap_err();
    assert_eq!(conflict.class(), eventsource_core::ErrorClass::Conflict);
}

#[tokio::test]
async fn several_aggregates_are_decided_on_as_they_stand_now() {
    let (accounts, _, elsewhere) = cached(5);
    let ids = [Id::new(), Id::new()];
    for id in ids {
        deposit(&accounts, id).await;
        deposit(&elsewhere, id).await;
    }
    let moved = transact(ids.map(|id| accounts.at(id)), |[one, other]| {
        one.decide(|account| account.withdraw(2))?;
        other.decide(|account| account.deposit(2))
    });
    moved.await.unwrap();
    for (id, balance) in ids.into_iter().zip([0, 4]) {
        assert_eq!(elsewhere.load(id).await.unwrap().balance, balance);
        deposit(&accounts, id).await;
    }
}

#[tokio::test]
async fn a_request_that_comes_again_gets_its_first_receipt() {
    let (accounts, _, elsewhere) = cached(2);
    let (id, request) = (Id::new(), Uuid::now_v7());
    deposit(&accounts, id).await;
    let first = elsewhere
        .execute(id, |account| account.withdraw(1))
        .commit_id(request);
    let first = first.await.unwrap();
    let again = accounts
        .execute(id, |account| account.withdraw(1))
        .commit_id(request);
    let again = again.await.unwrap();
    assert_eq!((again.revision(), again.repeated), (first.revision(), true));
    assert_eq!(deposit(&accounts, id).await, 3);
}

#[tokio::test]
async fn a_request_that_comes_again_reads_nothing_and_leaves_the_state_that_is_kept() {
    let (accounts, gate, _) = cached(2);
    let id = Id::new();
    let requests = [(); 100].map(|()| Uuid::now_v7());
    let deposit_each = async || {
        let mut repeated = 0;
        for request in requests {
            let deposited = accounts.execute(id, |account| account.deposit(1));
            repeated += usize::from(deposited.commit_id(request).await.unwrap().repeated);
        }
        repeated
    };
    assert_eq!(deposit_each().await, 0);
    let before = gate.reads();
    assert_eq!(deposit_each().await, requests.len());
    assert_eq!(deposit(&accounts, id).await, 101);
    assert_eq!(gate.reads(), before);
}

#[tokio::test]
async fn a_request_over_several_aggregates_that_comes_again_leaves_the_states_that_are_kept() {
    let (accounts, gate, _) = cached(2);
    let (ids, request) = ([Id::new(), Id::new()], Uuid::now_v7());
    let both = || {
        let both = transact(ids.map(|id| accounts.at(id)), |drafts| {
            let mut drafts = drafts.iter_mut();
            drafts.try_for_each(|draft| draft.decide(|account| account.deposit(1)))
        });
        both.commit_id(request).into_future()
    };
    assert!(!both().await.unwrap().repeated);
    let before = gate.reads();
    assert!(both().await.unwrap().repeated);
    for id in ids {
        assert_eq!(deposit(&accounts, id).await, 2);
    }
    assert_eq!(gate.reads(), before);
}

/// The state without what was decided here is one that was stored.
#[tokio::test]
async fn a_request_that_was_carried_out_elsewhere_leaves_the_state_that_is_kept() {
    let (accounts, gate, elsewhere) = cached(2);
    let (id, request) = (Id::new(), Uuid::now_v7());
    let stream = accounts.stream(id);
    deposit(&accounts, id).await;
    gate.close();
    let closing = accounts.execute(id, Account::close).commit_id(request);
    let other = async {
        while gate.sent().len() < 2 {
            tokio::task::yield_now().await;
        }
        let other = Commit::new(request, vec![deposited(&stream, 5)]);
        elsewhere.store().append(other).await.unwrap();
        gate.let_through(10);
    };
    let (closing, ()) = tokio::join!(closing.into_future(), other);
    assert!(closing.unwrap().repeated);
    let before = gate.reads();
    let withdrawn = accounts.execute(id, |account| account.withdraw(1));
    assert_eq!(withdrawn.await.unwrap().revision().version(), 3);
    // Its event at the version of the kept state is compared, with what was missed.
    assert_eq!(gate.reads(), before + 1);
}

#[tokio::test]
async fn a_backup_that_was_restored_is_noticed() {
    for (others, deposits_in_backup) in [(0, 2), (1, 3), (5, 7)] {
        let (kept, gate, _) = cached(2);
        let store = MemoryStore::new();
        let backup = accounts(store.clone());
        let id = Id::new();
        for _ in 0..3 {
            deposit(&kept, id).await;
        }
        opened(&backup, &vec![1; others]).await;
        for _ in 0..deposits_in_backup {
            deposit(&backup, id).await;
        }
        gate.restore(&store);
        let refused = kept.execute(id, |account| account.withdraw(100)).await;
        let all = Refusal::Overdrawn(deposits_in_backup);
        assert_eq!(refused.unwrap_err().refused(), Some(all));
        assert_eq!(deposit(&kept, id).await, deposits_in_backup + 1);
    }
}

/// Waits until so many appends have come.
async fn sent(gate: &BlockingStore, appends: usize) {
    while gate.sent().len() < appends {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_backup_that_was_restored_between_two_attempts_is_noticed() {
    let (store, backup) = (MemoryStore::new(), MemoryStore::new());
    let (gate, elsewhere) = (BlockingStore::new(&store), accounts(store));
    let id = opened(&elsewhere, &[1_000]).await;
    for _ in 0..3 {
        deposit(&accounts(backup.clone()), id).await;
    }
    let accounts = accounts(gate.clone());
    let withdrawn = accounts.execute(id, |account| account.withdraw(500));
    let others = async {
        sent(&gate, 1).await;
        let deposited = deposits(&elsewhere.stream(id), 1);
        elsewhere.store().append(deposited).await.unwrap();
        gate.let_through(1);
        sent(&gate, 2).await;
        gate.restore(&backup);
        gate.let_through(10);
    };
    let (withdrawn, ()) = tokio::join!(withdrawn.into_future(), others);
    let all = Refusal::Overdrawn(3);
    assert_eq!(withdrawn.unwrap_err().refused(), Some(all));
}
