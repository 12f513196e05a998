use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use eventsource_core::store::{Commit, Expect, NewEvent};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Codec, EventLog, Id, MemoryStore, Repository, Revision, transact};

use super::support::{Account, InterferingStore, Refusal, accounts, count, deposited, opened};

#[tokio::test]
async fn a_repeated_request_gets_the_first_receipt_and_is_not_decided() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let (id, request) = (Id::new(), Uuid::now_v7());
    let first = accounts
        .execute(id, |account| account.deposit(1))
        .commit_id(request)
        .await;
    let first = first.unwrap();
    assert_eq!((first.commit_id, first.repeated), (request, false));
    accounts
        .execute(id, |account| account.deposit(2))
        .await
        .unwrap();

    let mut decisions = 0;
    let decision = accounts.execute(id, |account| {
        decisions += 1;
        account.deposit(1)
    });
    let again = decision.commit_id(request).await.unwrap();
    assert_eq!(again, first.into_repeated());
    assert_eq!((decisions, count(&store).await), (0, 2));
}

#[tokio::test]
async fn a_repeated_request_is_not_refused_for_what_it_did_itself() {
    let accounts = accounts(MemoryStore::new());
    let (id, request) = (Id::new(), Uuid::now_v7());
    let close = || accounts.execute(id, Account::close).commit_id(request);
    assert!(!close().await.unwrap().repeated);
    assert!(close().await.unwrap().repeated);
    let other = accounts.execute(id, Account::close).await.unwrap_err();
    assert_eq!(other.refused(), Some(Refusal::Closed));
}

#[tokio::test]
async fn a_repeated_request_is_no_conflict_with_what_it_did_itself() {
    let accounts = accounts(MemoryStore::new());
    let (id, request) = (Id::new(), Uuid::now_v7());
    let deposit = || {
        let decision = accounts.execute(id, |account| account.deposit(1));
        decision.commit_id(request).expecting(Revision::NONE)
    };
    assert!(!deposit().await.unwrap().repeated);
    assert!(deposit().await.unwrap().repeated);
}

/// The commit that closing an account comes to.
fn closing(accounts: &Repository<Account>, id: Id<Account>, request: Uuid) -> Commit {
    let stream = accounts.stream(id);
    let closed = NewEvent::new(
        stream.clone(),
        "account.closed",
        1,
        Codec::Json,
        b"{}".to_vec(),
    );
    Commit::new(request, vec![closed]).expect(Expect::NoStream(stream))
}

/// Executes a request that another process executes first, at the time that `stage` sets.
async fn is_stored_once(stage: fn(InterferingStore, [Commit; 1]) -> InterferingStore) {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let (id, request) = (Id::new(), Uuid::now_v7());
    let elsewhere = closing(&plain, id, request);
    let accounts = accounts(stage(InterferingStore::new(&store), [elsewhere]));
    let receipt = accounts
        .execute(id, Account::close)
        .commit_id(request)
        .await
        .unwrap();
    assert!(receipt.repeated);
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_request_that_is_carried_out_elsewhere_while_it_is_loaded_is_not_refused() {
    is_stored_once(InterferingStore::before_read).await;
}

#[tokio::test]
async fn a_request_that_is_carried_out_elsewhere_while_it_is_decided_is_stored_once() {
    is_stored_once(InterferingStore::before_append).await;
}

#[tokio::test]
async fn a_request_that_was_decided_otherwise_elsewhere_gets_that_receipt() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let (id, request) = (Id::new(), Uuid::now_v7());
    let other = Commit::new(request, vec![deposited(&plain.stream(id), 9)]);
    let accounts = accounts(InterferingStore::new(&store).before_append([other]));
    let receipt = accounts
        .execute(id, |account| account.deposit(1))
        .commit_id(request)
        .await
        .unwrap();
    assert!(receipt.repeated);
    assert_eq!(plain.load(id).await.unwrap().balance, 9);
}

/// The id of a commit is only unique within its first stream, so the store alone cannot tell.
#[tokio::test]
async fn a_request_over_several_aggregates_is_stored_once_whichever_comes_first() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let (ann, bob, request) = (Id::new(), Id::new(), Uuid::now_v7());
    let events = [bob, ann]
        .map(|id| deposited(&plain.stream(id), 1))
        .to_vec();
    let accounts =
        accounts(InterferingStore::new(&store).before_append([Commit::new(request, events)]));
    let decision = transact([accounts.at(ann), accounts.at(bob)], |drafts| {
        drafts
            .iter_mut()
            .try_for_each(|draft| draft.decide(|account| account.deposit(1)))
    });
    assert!(decision.commit_id(request).await.unwrap().repeated);
    assert_eq!(count(&store).await, 2);

    let reversed = transact([accounts.at(bob), accounts.at(ann)], |_| {
        Err(Refusal::Closed)
    });
    assert!(reversed.commit_id(request).await.unwrap().repeated);
}

#[tokio::test]
async fn a_refused_request_may_be_sent_again() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[1]).await;
    let request = Uuid::now_v7();
    let withdraw = || {
        accounts
            .execute(id, |account| account.withdraw(2))
            .commit_id(request)
    };
    assert!(withdraw().await.is_err());
    accounts
        .execute(id, |account| account.deposit(1))
        .await
        .unwrap();
    assert!(!withdraw().await.unwrap().repeated);
}

#[tokio::test]
async fn the_same_id_is_another_request_on_another_aggregate() {
    let accounts = accounts(MemoryStore::new());
    let request = Uuid::now_v7();
    for id in [Id::new(), Id::new()] {
        let decision = accounts
            .execute(id, |account| account.deposit(1))
            .commit_id(request);
        assert!(!decision.await.unwrap().repeated);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_that_send_one_request_at_once_one_carries_it_out() {
    for _ in 0..50 {
        let store = MemoryStore::new();
        let accounts = accounts(InterferingStore::new(&store));
        let (id, request) = (Id::new(), Uuid::now_v7());
        let amounts = Arc::new(AtomicU32::new(1));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (accounts, amounts) = (accounts.clone(), Arc::clone(&amounts));
                tokio::spawn(async move {
                    // Each decides otherwise, so that the contents do not settle it.
                    let amount = u64::from(amounts.fetch_add(1, Ordering::Relaxed));
                    let close = |account: &Account| {
                        Ok::<_, Refusal>((account.deposit(amount)?, account.close()?))
                    };
                    accounts
                        .execute(id, close)
                        .commit_id(request)
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut carried_out = 0;
        for task in tasks {
            let receipt = task.await.unwrap();
            assert_eq!((receipt.commit_id, receipt.events), (request, 2));
            carried_out += u32::from(!receipt.repeated);
        }
        assert_eq!(
            (
                carried_out,
                store.head().await.unwrap().position().offset().get()
            ),
            (1, 2)
        );
    }
}
