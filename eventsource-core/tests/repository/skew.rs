//! Decisions on several aggregates that change meanwhile.

use eventsource_core::store::Expect;
use eventsource_core::{ExecuteError, MemoryStore, transact};

use super::support::{
    Account, InterferingStore, Refusal, accounts, balances, count, deposits, opened, transfer,
};

#[tokio::test]
async fn who_only_looks_at_an_aggregate_decides_again_when_it_changes() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let (ann, bob) = (opened(&plain, &[10]).await, opened(&plain, &[10]).await);
    let interfering =
        InterferingStore::new(&store).before_append([deposits(&plain.stream(bob), 1)]);
    let accounts = accounts(interfering);
    let mut seen = Vec::new();
    transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        seen.push(bob.state().balance);
        ann.decide(Account::close)
    })
    .await
    .unwrap();
    assert_eq!(seen, [10, 11]);
}

/// Each of two may leave as long as the other stays.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_look_at_each_other_do_not_both_leave() {
    for _ in 0..50 {
        let accounts = accounts(InterferingStore::new(&MemoryStore::new()));
        let ids = [opened(&accounts, &[1]).await, opened(&accounts, &[1]).await];
        let leave = |me: usize| {
            let (accounts, ids) = (accounts.clone(), ids);
            tokio::spawn(async move {
                transact(
                    (accounts.at(ids[me]), accounts.at(ids[1 - me])),
                    |(me, other)| {
                        if other.state().closed {
                            return Err(Refusal::Closed);
                        }
                        me.decide(Account::close)
                    },
                )
                .await
            })
        };
        let (first, second) = (leave(0), leave(1));
        let left = [first.await.unwrap(), second.await.unwrap()];
        assert_eq!(
            left.iter().filter(|left| left.is_ok()).count(),
            1,
            "{left:?}"
        );
    }
}

#[tokio::test]
async fn money_is_neither_made_nor_lost_by_many_transfers_at_once() {
    let store = MemoryStore::new();
    let accounts = accounts(InterferingStore::new(&store.clone()));
    let ids = [
        opened(&accounts, &[100]).await,
        opened(&accounts, &[100]).await,
        opened(&accounts, &[100]).await,
    ];
    let tasks: Vec<_> = (0..12)
        .map(|number| {
            let (from, to) = (ids[number % 3], ids[(number + 1 + number % 2) % 3]);
            let accounts = accounts.clone();
            tokio::spawn(async move {
                transact((accounts.at(from), accounts.at(to)), |(from, to)| {
                    transfer(7, from, to)
                })
                .await
                .unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(balances(&accounts, ids).await.iter().sum::<u64>(), 300);
    assert_eq!(count(&store).await, 3 + 24);
}

/// The state was folded on with decisions that then came to nothing.
#[tokio::test]
async fn after_a_conflict_nothing_is_left_of_the_decisions_before() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let (ann, bob) = (opened(&plain, &[100]).await, opened(&plain, &[100]).await);
    let interfering = InterferingStore::new(&store)
        .before_append([deposits(&plain.stream(ann), 1)])
        .before_append([deposits(&plain.stream(bob), 2)])
        .before_append([
            deposits(&plain.stream(ann), 300),
            deposits(&plain.stream(ann), 300),
        ]);
    let accounts = accounts(interfering);
    let mut seen = Vec::new();
    let receipt = transact((accounts.at(ann), accounts.at(bob)), |(ann, bob)| {
        let before = (ann.state().balance, bob.state().balance);
        transfer(50, ann, bob)?;
        let after = (ann.state().balance, bob.state().balance);
        seen.push((before, after));
        bob.decide(|account| account.withdraw(1))
    });
    assert_eq!(receipt.await.unwrap().events, 3);
    assert_eq!(
        seen,
        [
            ((100, 100), (50, 150)),
            ((101, 100), (51, 150)),
            ((101, 102), (51, 152)),
            ((701, 102), (651, 152)),
        ]
    );
    assert_eq!(balances(&plain, [ann, bob]).await, [651, 151]);
}

/// Every aggregate of a decision is expected where it was read, also one that nothing was decided
/// on.
#[tokio::test]
async fn the_conflict_names_the_aggregate_that_changed() {
    let store = MemoryStore::new();
    let plain = accounts(store.clone());
    let (ann, bob) = (opened(&plain, &[1]).await, opened(&plain, &[1]).await);
    let interfering = (0..200).fold(InterferingStore::new(&store), |interfering, _| {
        interfering.before_append([deposits(&plain.stream(bob), 1)])
    });
    let accounts = accounts(interfering);
    let decision = transact((accounts.at(ann), accounts.at(bob)), |(ann, _)| {
        ann.decide(Account::close)
    });
    let error = decision.await.unwrap_err();
    let ExecuteError::Conflict(conflict) = error else {
        panic!("{error:?}")
    };
    let Expect::At { stream, .. } = &conflict.expected else {
        panic!("{conflict:?}")
    };
    assert_eq!(*stream, plain.stream(bob));
}
