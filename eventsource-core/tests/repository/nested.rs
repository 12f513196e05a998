//! Decisions inside of decisions, and waits for one another, which end.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use eventsource_core::uuid::Uuid;
use eventsource_core::values::{Environment, SystemEnvironment};
use eventsource_core::{
    ErrorClass, ExecuteError, Id, MemoryStore, Receipt, Repository, Timestamp, transact,
};
use tokio::runtime::Handle;
use tokio::task::{block_in_place, yield_now};
use tokio::time::timeout;

use super::support::{
    Account, AccountEvent, BlockingStore, InterferingStore, Refusal, accounts, opened,
};

type Answer = Result<Receipt, ExecuteError<Infallible>>;

const ONE: AccountEvent = AccountEvent::Deposited { amount: 1 };
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(50);

/// Waits on this thread for the result of a nested decision.
fn wait_for<T>(answer: impl Future<Output = T>) -> T {
    block_in_place(|| Handle::current().block_on(answer))
}

fn deposit(accounts: &Repository<Account>, id: Id<Account>) -> Answer {
    wait_for(async { accounts.execute(id, |_| Ok(ONE)).await })
}

fn is_nested(answer: &Answer) -> bool {
    matches!(answer, Err(ExecuteError::Nested { .. }))
}

async fn in_time<T>(future: impl Future<Output = T>) -> T {
    timeout(LONG, future).await.expect("it does not wait")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_inside_a_decision_on_one_aggregate_is_an_error_at_once() {
    let accounts = accounts(MemoryStore::new());
    let id = Id::new();
    for named in [false, true] {
        let inner = accounts.clone();
        let mut outer = accounts.execute(id, move |_| {
            let error = deposit(&inner, id).unwrap_err();
            assert_eq!(error.class(), ErrorClass::Permanent);
            let ExecuteError::Nested { stream } = error else {
                panic!("{error:?}")
            };
            assert_eq!(*stream, inner.stream(id));
            Ok::<_, Infallible>(ONE)
        });
        if named {
            outer = outer.commit_id(Uuid::now_v7());
        }
        // As a task, and by the code that waits for it.
        if named {
            in_time(outer.into_future()).await.unwrap();
        } else {
            in_time(tokio::spawn(outer.into_future()))
                .await
                .unwrap()
                .unwrap();
        }
    }
    assert_eq!(
        accounts.load(id).await.unwrap().balance,
        2,
        "the outer ones"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_on_another_aggregate_may_be_inside_and_one_on_the_first_not_inside_of_that() {
    let accounts = accounts(MemoryStore::new());
    let (one, other) = (Id::new(), Id::new());
    let (middle, inner) = (accounts.clone(), accounts.clone());
    let outer = accounts.execute(one, move |_| {
        let inner = inner.clone();
        let middle = middle.execute(other, move |_| {
            assert!(is_nested(&deposit(&inner, one)));
            Ok::<_, Infallible>(ONE)
        });
        wait_for(middle.into_future()).map(|_| ONE)
    });
    in_time(outer.into_future()).await.unwrap();
    // What was nested is over: both can be decided on.
    for id in [one, other] {
        in_time(
            accounts
                .execute(id, |_| Ok::<_, Infallible>(ONE))
                .into_future(),
        )
        .await
        .unwrap();
        assert_eq!(accounts.load(id).await.unwrap().balance, 2);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_inside_one_on_several_aggregates_is_an_error_for_each_of_them() {
    let accounts = accounts(MemoryStore::new());
    let ids = [Id::new(), Id::new()];
    let inner = accounts.clone();
    let both = transact(ids.map(|id| accounts.at(id)), move |drafts| {
        assert!(ids.iter().all(|id| is_nested(&deposit(&inner, *id))));
        drafts
            .iter_mut()
            .try_for_each(|draft| draft.decide(|_| Ok::<_, Infallible>(ONE)))
    });
    in_time(both.into_future()).await.unwrap();
}

/// The decisions are in one task, but not nested.
#[tokio::test]
async fn decisions_of_one_task_that_are_awaited_together_wait_for_each_other() {
    let store = MemoryStore::new();
    let accounts = accounts(InterferingStore::new(&store));
    let id = Id::new();
    for request in [None, Some(())] {
        let deposit = || {
            let deposit = accounts.execute(id, |_| Ok::<_, Infallible>(ONE));
            match request {
                Some(()) => deposit.commit_id(Uuid::now_v7()).into_future(),
                None => deposit.into_future(),
            }
        };
        let all = async { tokio::join!(deposit(), deposit(), deposit()) };
        let (one, two, three) = in_time(all).await;
        assert!(one.is_ok() && two.is_ok() && three.is_ok());
    }
    assert_eq!(accounts.load(id).await.unwrap().balance, 6);
}

/// The decision drives the other task as well, but does not wait for it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_of_another_task_that_the_decision_drives_is_not_inside_of_it() {
    let accounts = accounts(MemoryStore::new());
    let id = Id::new();
    let other = accounts.clone();
    let outer = accounts.execute(id, move |_| {
        let other = other.clone();
        block_in_place(|| {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .build()
                .unwrap();
            let waits =
                runtime.spawn(async move { other.execute(id, |_| Ok::<_, Infallible>(ONE)).await });
            runtime.block_on(async {
                for _ in 0..10 {
                    yield_now().await;
                }
            });
            assert!(!waits.is_finished());
        });
        Ok::<_, Infallible>(ONE)
    });
    in_time(outer.into_future()).await.unwrap();
}

/// An account behind a gate, and a decision that holds its lock until that is opened.
async fn held() -> (
    BlockingStore,
    Repository<Account>,
    Id<Account>,
    Pin<Box<dyn Future<Output = Answer> + Send>>,
) {
    let store = MemoryStore::new();
    let id = opened(&accounts(store.clone()), &[1]).await;
    let gate = BlockingStore::new(&store);
    let accounts = accounts(gate.clone());
    let named = accounts.execute(id, |_| Ok(ONE)).commit_id(Uuid::now_v7());
    let mut named = named.into_future();
    begin(&mut named).await;
    assert_eq!(gate.sent().len(), 1);
    (gate, accounts, id, named)
}

/// Lets a future come as far as it can without waiting.
async fn begin<T>(future: &mut Pin<Box<dyn Future<Output = T> + Send + '_>>) {
    let begun = poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending()));
    assert!(begun.await);
}

#[tokio::test]
async fn whoever_waits_too_long_for_others_gets_an_error_and_may_try_again() {
    let (gate, accounts, id, named) = held().await;
    let deposit = || accounts.execute(id, |account: &Account| account.deposit(1));
    let error = in_time(deposit().lock_timeout(SHORT).into_future())
        .await
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    let ExecuteError::Locked { stream, after } = error else {
        panic!("{error:?}")
    };
    assert_eq!((*stream, after), (accounts.stream(id), SHORT));
    gate.let_through(2);
    named.await.unwrap();
    deposit().await.unwrap();
    assert_eq!(gate.sent().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn others_are_waited_for_during_thirty_seconds() {
    let (_gate, accounts, id, _named) = held().await;
    let begun = tokio::time::Instant::now();
    let error = accounts
        .execute(id, |account| account.deposit(1))
        .await
        .unwrap_err();
    assert!(matches!(error, ExecuteError::Locked { .. }), "{error:?}");
    assert_eq!(begun.elapsed().as_secs(), 30);
}

/// The decision before it is in the same task, which waits for the refusal and drives nothing else.
#[tokio::test]
async fn a_refusal_that_rests_on_what_is_never_driven_further_is_not_waited_for_without_end() {
    let store = MemoryStore::new();
    let id = opened(&accounts(store.clone()), &[1]).await;
    let gate = BlockingStore::new(&store);
    let accounts = accounts(gate.clone());
    let mut first = accounts
        .execute(id, |account| account.withdraw(1))
        .into_future();
    begin(&mut first).await;
    let withdraw = || {
        accounts
            .execute(id, |account| account.withdraw(1))
            .lock_timeout(SHORT)
    };
    let refusal = in_time(withdraw().into_future()).await.unwrap_err();
    assert!(
        matches!(refusal, ExecuteError::Locked { .. }),
        "{refusal:?}"
    );
    let named = in_time(withdraw().commit_id(Uuid::now_v7()).into_future())
        .await
        .unwrap_err();
    assert!(matches!(named, ExecuteError::Locked { .. }), "{named:?}");
    gate.let_through(1);
    first.await.unwrap();
    let refusal = withdraw().await.unwrap_err();
    assert_eq!(refusal.refused(), Some(Refusal::Overdrawn(0)));
}

#[derive(Debug)]
struct Process(u64);

impl Environment for Process {
    fn now(&self) -> Timestamp {
        SystemEnvironment.now()
    }

    fn uuid(&self) -> Uuid {
        SystemEnvironment.uuid()
    }

    fn process(&self) -> u64 {
        self.0
    }
}

#[tokio::test]
async fn simulated_processes_do_not_wait_for_each_others_locks() {
    let (gate, accounts, id, named) = held().await;
    let deposit = |process| {
        let there = accounts.clone().in_environment(Process(process));
        there
            .execute(id, |account: &Account| account.deposit(1))
            .into_future()
    };
    let (mut here, mut elsewhere) = (pin!(deposit(0)), pin!(deposit(1)));
    begin(&mut here).await;
    assert_eq!(gate.sent().len(), 1, "in one process they wait");
    begin(&mut elsewhere).await;
    assert_eq!(gate.sent().len(), 2);
    gate.let_through(100);
    let (named, here, elsewhere) = tokio::join!(named, here, elsewhere);
    assert!(named.is_ok() && here.is_ok() && elsewhere.is_ok());
}
