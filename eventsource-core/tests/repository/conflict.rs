use std::sync::Arc;

use eventsource_core::{ErrorClass, ExecuteError, Id, Loaded, MemoryStore};

use super::support::{Account, InterferingStore, Refusal, accounts, count, deposits, opened};

/// Returns the balance that each call of a decision saw when other writers stored `others` deposits of
/// 1 before the first append, in commits of these sizes.
async fn balances_seen(others: &[usize], page_limit: usize) -> Vec<u64> {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let id = opened(&plain, &[1_000]).await;
    let others = others
        .iter()
        .map(|count| deposits(&plain.stream(id), *count));
    let interfering = InterferingStore::new(&store)
        .before_append(others)
        .pages_of(page_limit);
    let mut seen = Vec::new();
    let receipt = accounts(interfering)
        .execute(id, |account| {
            seen.push(account.balance);
            account.withdraw(1_000)
        })
        .await
        .unwrap();
    let account = plain.load(id).await.unwrap();
    assert_eq!(Loaded::revision(&account), receipt.revision());
    assert_eq!(account.balance, *seen.last().unwrap() - 1_000);
    seen
}

#[tokio::test]
async fn it_is_decided_again_on_what_was_missed() {
    assert_eq!(balances_seen(&[1], usize::MAX).await, [1_000, 1_001]);
    assert_eq!(balances_seen(&[2, 1], 1).await, [1_000, 1_003]);
}

#[tokio::test]
async fn more_may_be_missed_than_a_conflict_brings() {
    assert_eq!(
        balances_seen(&[200, 200, 200], usize::MAX).await,
        [1_000, 1_600]
    );
    assert_eq!(balances_seen(&[200, 200, 200], 10).await, [1_000, 1_600]);
}

#[tokio::test]
async fn the_first_event_of_somebody_else_is_a_conflict() {
    let store = MemoryStore::new();
    let (plain, id) = (accounts(store.clone()), Id::new());
    let interfering = InterferingStore::new(&store).before_append([deposits(&plain.stream(id), 1)]);
    let mut seen = Vec::new();
    let decision = accounts(interfering).execute(id, |account| {
        seen.push(account.balance);
        account.deposit(5)
    });
    decision.await.unwrap();
    assert_eq!(seen, [0, 1]);
    assert_eq!(plain.load(id).await.unwrap().balance, 6);
}

#[tokio::test]
async fn a_decision_may_be_refused_when_it_is_made_again() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let id = opened(&plain, &[10]).await;
    let (stream, others) = (plain.stream(id), deposits(&plain.stream(id), 1));
    let accounts = accounts(InterferingStore::new(&store).before_append([others]));
    let decision = accounts.execute(id, |account| {
        if account.balance == 10 {
            account.close()
        } else {
            Err(Refusal::Closed)
        }
    });
    assert_eq!(decision.await.unwrap_err().refused(), Some(Refusal::Closed));
    assert_eq!(count(&store).await, 2, "{stream}");
}

#[tokio::test]
async fn a_decision_may_come_to_nothing_when_it_is_made_again() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let id = opened(&plain, &[10]).await;
    let others = deposits(&plain.stream(id), 1);
    let accounts = accounts(InterferingStore::new(&store).before_append([others]));
    let top_up = |account: &Account| {
        let missing = 11_u64.saturating_sub(account.balance);
        (missing > 0).then(|| account.deposit(missing)).transpose()
    };
    let receipt = accounts.execute(id, top_up).await.unwrap();
    assert_eq!((receipt.events, receipt.revision().version()), (0, 2));
    assert_eq!(plain.load(id).await.unwrap().balance, 11);
}

#[tokio::test]
async fn who_never_gets_through_is_told_of_the_conflict() {
    let store = MemoryStore::new();
    let (plain, id) = (accounts(store.clone()), Id::new());
    let others = || [deposits(&plain.stream(id), 1)];
    let interfering = (0..1_000).fold(InterferingStore::new(&store), |interfering, _| {
        interfering.before_append(others())
    });
    let mut decisions = 0;
    let decision = accounts(interfering).execute(id, |account| {
        decisions += 1;
        account.close()
    });
    let error = decision.await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Conflict);
    assert!(matches!(error, ExecuteError::Conflict(_)), "{error:?}");
    assert!((2..1_000).contains(&decisions), "{decisions}");
    assert!(!plain.load(id).await.unwrap().closed);
}

async fn no_update_of_many_is_lost() {
    let store = MemoryStore::new();
    let accounts = accounts(InterferingStore::new(&store));
    let id = Id::new();
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let accounts = accounts.clone();
            tokio::spawn(async move {
                let mut stored = 0;
                for _ in 0..10 {
                    let deposited = accounts.execute(id, |account| account.deposit(1)).await;
                    match deposited {
                        Ok(_) => stored += 1,
                        // Who is overtaken too often gives up, and has stored nothing.
                        Err(error) => assert_eq!(error.class(), ErrorClass::Conflict),
                    }
                }
                stored
            })
        })
        .collect();
    let mut stored = 0;
    for task in tasks {
        stored += task.await.unwrap();
    }
    let account = accounts.load(id).await.unwrap();
    assert_eq!(
        (account.balance, Loaded::revision(&account).version()),
        (stored, stored)
    );
    assert!(stored >= 100, "{stored} of 160");
}

#[tokio::test]
async fn no_update_of_many_tasks_on_one_thread_is_lost() {
    no_update_of_many_is_lost().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_update_of_many_tasks_on_several_threads_is_lost() {
    no_update_of_many_is_lost().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_account_is_never_overdrawn_however_many_withdraw_at_once() {
    let store = MemoryStore::new();
    let accounts = Arc::new(accounts(InterferingStore::new(&store)));
    let id = opened(&accounts, &[10]).await;
    let tasks: Vec<_> = (0..20)
        .map(|_| {
            let accounts = Arc::clone(&accounts);
            tokio::spawn(async move { accounts.execute(id, |account| account.withdraw(1)).await })
        })
        .collect();
    let mut refused = 0;
    for task in tasks {
        if let Err(error) = task.await.unwrap() {
            assert_eq!(error.refused(), Some(Refusal::Overdrawn(0)));
            refused += 1;
        }
    }
    assert_eq!((refused, accounts.load(id).await.unwrap().balance), (10, 0));
}
