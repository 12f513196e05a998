use std::collections::BTreeSet;

use eventsource_core::repository::Target;
use eventsource_core::{
    Aggregate, Apply, ErrorClass, ExecuteError, Id, MemoryStore, Repository, event, transact,
};

use super::support::{
    Account, AccountEvent, Refusal, accounts, balances, count, everything, opened, transfer,
};

#[tokio::test]
async fn two_aggregates_change_in_one_commit() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let (ann, bob) = (opened(&accounts, &[100]).await, Id::new());
    let receipt = transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        transfer(30, ann, bob)
    })
    .await
    .unwrap();
    assert_eq!(balances(&accounts, [ann, bob]).await, [70, 30]);
    assert_eq!(receipt.events, 2);
    assert_eq!(
        receipt
            .revision_of(&accounts.stream(ann))
            .unwrap()
            .version(),
        2
    );
    assert_eq!(
        receipt
            .revision_of(&accounts.stream(bob))
            .unwrap()
            .version(),
        1
    );
    let commits: BTreeSet<_> = everything(&store)
        .await
        .events()
        .map(|it| it.commit.id)
        .collect();
    assert_eq!(commits.len(), 2);
}

#[tokio::test]
async fn a_refusal_of_the_second_leaves_nothing_of_the_first() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let (ann, bob) = (
        opened(&accounts, &[100]).await,
        opened(&accounts, &[1]).await,
    );
    accounts.execute(bob, Account::close).await.unwrap();
    let refused = transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        transfer(30, ann, bob)
    })
    .await
    .unwrap_err();
    assert_eq!(refused.refused(), Some(Refusal::Closed));
    assert_eq!(balances(&accounts, [ann, bob]).await, [100, 1]);
    assert_eq!(count(&store).await, 3);
}

#[tokio::test]
async fn decisions_on_one_draft_see_what_was_decided_before() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[100]).await;
    let receipt = transact(accounts.at(id), |draft| {
        draft.decide(|account| account.withdraw(60))?;
        assert_eq!((draft.state().balance, draft.revision().version()), (40, 1));
        assert_eq!(
            draft.decide(|account| account.withdraw(60)),
            Err(Refusal::Overdrawn(40))
        );
        draft.decide(|account| account.withdraw(40))
    });
    assert_eq!(receipt.await.unwrap().events, 2);
    assert_eq!(balances(&accounts, [id]).await, [0]);
}

#[tokio::test]
async fn events_are_stored_in_the_order_of_the_decisions() {
    let accounts = accounts(MemoryStore::new());
    let (ann, bob) = (Id::new(), Id::new());
    transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        bob.decide(|account| account.deposit(1))?;
        ann.decide(|account| Ok::<_, Refusal>((account.deposit(2)?, account.deposit(3)?)))?;
        bob.decide(|account| account.deposit(4))?;
        ann.decide(|account| account.deposit(5))
    })
    .await
    .unwrap();
    let mut all = accounts.history(ann).await.unwrap();
    all.extend(accounts.history(bob).await.unwrap());
    all.sort_by_key(|recorded| recorded.position().offset());
    let amounts: Vec<_> = all
        .iter()
        .map(|recorded| match recorded.event {
            AccountEvent::Deposited { amount } => amount,
            _ => panic!("{recorded:?}"),
        })
        .collect();
    assert_eq!(amounts, [1, 2, 3, 4, 5]);
}

#[tokio::test]
async fn one_aggregate_twice_is_refused() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[1]).await;
    let decision = transact(
        (accounts.at(id), accounts.at(id)),
        |_| -> Result<(), Refusal> { panic!("it was decided") },
    );
    let error = decision.await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Refused);
    assert!(matches!(error, ExecuteError::Targets { .. }), "{error:?}");
    assert!(error.to_string().contains(&id.to_string()), "{error}");
}

#[tokio::test]
async fn aggregates_of_different_stores_are_refused() {
    let (here_store, there_store) = (MemoryStore::new(), MemoryStore::new());
    let (here, there) = (accounts(here_store.clone()), accounts(there_store.clone()));
    let targets = (here.at(Id::new()), there.at(Id::new()));
    let error = transact(targets, |(here, there)| transfer(0, here, there))
        .await
        .unwrap_err();
    assert!(matches!(error, ExecuteError::Targets { .. }), "{error:?}");
    assert_eq!(
        (count(&here_store).await, count(&there_store).await),
        (0, 0)
    );
}

#[tokio::test]
async fn aggregates_of_different_tenants_are_refused() {
    let store = MemoryStore::new();
    let (here, there) = (accounts(store.clone()), accounts(store).in_tenant("acme"));
    let id = opened(&here, &[5]).await;
    let targets = (here.at(id), there.at(id));
    let error = transact(targets, |(here, there)| transfer(5, here, there));
    let error = error.await.unwrap_err();
    let ExecuteError::Targets { reason } = error else {
        panic!("{error:?}")
    };
    assert!(reason.contains("tenants"), "{reason}");
    assert_eq!(here.load(id).await.unwrap().balance, 5);
    assert_eq!(there.load(id).await.unwrap().balance, 0);
}

#[tokio::test]
async fn no_aggregate_at_all_is_refused() {
    let none = Vec::<Target<Account>>::new();
    let error = transact(none, |_| Ok::<_, Refusal>(())).await.unwrap_err();
    assert!(matches!(error, ExecuteError::Targets { .. }), "{error:?}");
}

#[event]
enum AuditEvent {
    Counted { total: u64 },
}

#[derive(Aggregate, Debug, Default, PartialEq)]
#[aggregate(event = AuditEvent)]
struct Audit {
    total: u64,
}

impl Apply<AuditEvent> for Audit {
    fn apply(&mut self, AuditEvent::Counted { total }: AuditEvent) {
        self.total = total;
    }
}

#[tokio::test]
async fn aggregates_of_different_kinds_change_in_one_commit() {
    let accounts = accounts(MemoryStore::new());
    let audits = Repository::<Audit>::new(accounts.store().clone());
    let (ann, bob, audit) = (
        opened(&accounts, &[3]).await,
        opened(&accounts, &[4]).await,
        Id::new(),
    );
    let targets = ([accounts.at(ann), accounts.at(bob)], audits.at(audit));
    let receipt = transact(targets, |(counted, audit)| {
        let total = counted.iter_mut().map(|draft| draft.state().balance).sum();
        counted[0].decide(Account::close)?;
        audit.decide(|_| Ok::<_, Refusal>(AuditEvent::Counted { total }))
    });
    assert_eq!(receipt.await.unwrap().revisions.len(), 2);
    assert_eq!(audits.load(audit).await.unwrap().total, 7);
    assert!(accounts.load(ann).await.unwrap().closed);
}

#[tokio::test]
async fn any_number_of_aggregates_change_in_one_commit() {
    let accounts = accounts(MemoryStore::new());
    let ids: Vec<_> = (0..20).map(|_| Id::new()).collect();
    let targets: Vec<_> = ids.iter().map(|id| accounts.at(*id)).collect();
    let receipt = transact(targets, |drafts| {
        drafts
            .iter_mut()
            .try_for_each(|draft| draft.decide(|account| account.deposit(1)))
    });
    assert_eq!(receipt.await.unwrap().revisions.len(), 20);
    assert_eq!(accounts.ids(None, 100).await.unwrap().len(), 20);
}

#[tokio::test]
async fn a_decision_of_nothing_on_several_stores_nothing() {
    let accounts = accounts(MemoryStore::new());
    let (ann, bob) = (
        opened(&accounts, &[1]).await,
        opened(&accounts, &[1, 2]).await,
    );
    let receipt = transact([accounts.at(ann), accounts.at(bob)], |_| {
        Ok::<_, Refusal>(())
    })
    .await;
    let receipt = receipt.unwrap();
    assert_eq!(receipt.events, 0);
    assert_eq!(
        receipt
            .revision_of(&accounts.stream(bob))
            .unwrap()
            .version(),
        2
    );
}
