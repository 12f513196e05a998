use eventsource_core::uuid::Uuid;
use eventsource_core::{ExecuteError, Loaded, MemoryStore, Position, Revision, transact};

use super::support::{Account, InterferingStore, Refusal, accounts, count, deposits, opened};

#[tokio::test]
async fn it_is_decided_where_the_aggregate_stands_as_expected() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[1]).await;
    let revision = Loaded::revision(&accounts.load(id).await.unwrap());
    let decision = accounts
        .execute(id, |account| account.deposit(2))
        .expecting(revision);
    assert_eq!(decision.await.unwrap().revision().version(), 2);
}

#[tokio::test]
async fn a_wrong_expectation_is_a_conflict_with_what_was_missed() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let id = opened(&accounts, &[1]).await;
    let seen = Loaded::revision(&accounts.load(id).await.unwrap());
    accounts
        .execute(id, |account| account.deposit(2))
        .await
        .unwrap();
    let last = accounts
        .execute(id, |account| account.deposit(3))
        .await
        .unwrap();

    let mut decisions = 0;
    let decision = accounts.execute(id, |account| {
        decisions += 1;
        account.close()
    });
    let error = decision.expecting(seen).await.unwrap_err();
    let ExecuteError::Conflict(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!(decisions, 0);
    assert_eq!(conflict.actual, Some(last.revision()));
    assert!(conflict.missed.is_complete());
    let missed: Vec<_> = conflict
        .missed
        .events()
        .map(|event| event.version)
        .collect();
    assert_eq!(missed, [2, 3]);
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn an_expectation_that_is_ahead_is_a_conflict() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let id = opened(&accounts, &[1]).await;
    let ahead = Revision::new(9, Position::new(9), Uuid::nil());
    let error = accounts
        .execute(id, Account::close)
        .expecting(ahead)
        .await
        .unwrap_err();
    let ExecuteError::Conflict(conflict) = error else {
        panic!("{error:?}")
    };
    assert!(conflict.missed.is_empty());
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn the_same_version_at_another_position_is_a_conflict() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[1]).await;
    let now = Loaded::revision(&accounts.load(id).await.unwrap());
    let elsewhere = Revision::with_check(1, Position::new(2), now.check());
    let decision = accounts.execute(id, Account::close).expecting(elsewhere);
    assert!(matches!(decision.await, Err(ExecuteError::Conflict(_))));
}

#[tokio::test]
async fn the_same_version_and_position_of_another_commit_is_a_conflict() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[1]).await;
    let now = Loaded::revision(&accounts.load(id).await.unwrap());
    let other = Revision::with_check(1, now.position(), !now.check());
    let decision = accounts.execute(id, Account::close).expecting(other);
    assert!(matches!(decision.await, Err(ExecuteError::Conflict(_))));
    let decision = accounts.execute(id, Account::close).expecting(now);
    assert!(decision.await.is_ok());
}

#[tokio::test]
async fn an_aggregate_may_be_expected_to_be_new() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let id = opened(&accounts, &[]).await;
    let deposit = || {
        accounts
            .execute(id, |account| account.deposit(1))
            .expecting(Revision::NONE)
    };
    assert!(deposit().await.is_ok());
    assert!(matches!(deposit().await, Err(ExecuteError::Conflict(_))));
    assert_eq!(count(&store).await, 1);
}

#[tokio::test]
async fn a_conflict_is_told_rather_than_a_refusal() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[1]).await;
    let decision = accounts
        .execute(id, |account| account.withdraw(2))
        .expecting(Revision::NONE);
    assert!(matches!(decision.await, Err(ExecuteError::Conflict(_))));
}

#[tokio::test]
async fn an_expectation_is_not_decided_again_when_somebody_was_faster() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let id = opened(&plain, &[1]).await;
    let revision = Loaded::revision(&plain.load(id).await.unwrap());
    let accounts =
        accounts(InterferingStore::new(&store).before_append([deposits(&plain.stream(id), 2)]));
    let mut decisions = 0;
    let decision = accounts.execute(id, |account| {
        decisions += 1;
        account.close()
    });
    let error = decision.expecting(revision).await.unwrap_err();
    let ExecuteError::Conflict(conflict) = error else {
        panic!("{error:?}")
    };
    assert_eq!((decisions, conflict.missed.len()), (1, 2));
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn each_target_may_be_expected_somewhere() {
    let accounts = accounts(MemoryStore::new());
    let (ann, bob) = (opened(&accounts, &[5]).await, opened(&accounts, &[5]).await);
    let bobs = Loaded::revision(&accounts.load(bob).await.unwrap());
    let close = |expected| {
        transact(
            (accounts.at(ann), accounts.at(bob).expecting(expected)),
            |(ann, _)| ann.decide(Account::close),
        )
    };
    assert!(matches!(
        close(Revision::NONE).await,
        Err(ExecuteError::<Refusal>::Conflict(_))
    ));
    assert!(!accounts.load(ann).await.unwrap().closed);
    assert_eq!(close(bobs).await.unwrap().events, 1);
}
