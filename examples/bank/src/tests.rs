//! Tests of a domain: decisions without a store, and transfers on a store in memory.

use eventsource_core::testing::Scenario;
use eventsource_core::{Loaded, MemoryStore};
use tokio::task::JoinSet;

use super::{Account, AccountEvent, ExecuteError, Id, Refusal, Repository, transfer};

fn opened() -> AccountEvent {
    AccountEvent::Opened {
        owner: "Ann".into(),
    }
}

fn deposited(cents: u64) -> AccountEvent {
    AccountEvent::Deposited { cents }
}

#[test]
fn an_account_is_opened_once() {
    Account::given(())
        .when(|account| account.open("Ann"))
        .then(opened());
    Account::given(opened())
        .when(|account| account.open("Bob"))
        .then_refused(Refusal::AlreadyOpen);
}

#[test]
fn what_is_there_can_be_withdrawn() {
    Account::given([opened(), deposited(100)])
        .when(|account| account.withdraw(100))
        .then(AccountEvent::Withdrawn { cents: 100 });
}

#[test]
fn an_account_is_not_overdrawn() {
    Account::given([opened(), deposited(100)])
        .when(|account| account.withdraw(101))
        .then_refused(Refusal::NotEnough {
            wanted: 101,
            balance: 100,
        });
}

#[test]
fn nothing_moves_without_an_account_or_an_amount() {
    Account::given(())
        .when(|account| account.deposit(1))
        .then_refused(Refusal::NotOpen);
    Account::given(opened())
        .when(|account| account.deposit(0))
        .then_refused(Refusal::Nothing);
    Account::given([opened(), deposited(u64::MAX)])
        .when(|account| account.deposit(1))
        .then_refused(Refusal::TooMuch);
}

async fn accounts(balances: [u64; 2]) -> (Repository<Account>, [Id<Account>; 2]) {
    let accounts = Repository::new(MemoryStore::new());
    let ids = [Id::new(), Id::new()];
    for (id, balance) in ids.into_iter().zip(balances) {
        accounts
            .execute(id, |account: &Account| account.open("Ann"))
            .await
            .unwrap();
        if balance > 0 {
            accounts
                .execute(id, |account: &Account| account.deposit(balance))
                .await
                .unwrap();
        }
    }
    (accounts, ids)
}

async fn balances(accounts: &Repository<Account>, ids: [Id<Account>; 2]) -> [u64; 2] {
    let [from, to] = ids;
    [
        accounts.load(from).await.unwrap().balance,
        accounts.load(to).await.unwrap().balance,
    ]
}

#[tokio::test]
async fn a_transfer_changes_both_accounts_in_one_commit() {
    let (accounts, [from, to]) = accounts([100, 0]).await;
    let receipt = transfer(&accounts, from, to, 30, "rent").await.unwrap();
    assert_eq!((receipt.events, receipt.revisions.len()), (2, 2));
    assert_eq!(balances(&accounts, [from, to]).await, [70, 30]);
}

#[tokio::test]
async fn a_refused_transfer_changes_neither() {
    let (accounts, [from, to]) = accounts([100, u64::MAX]).await;
    let refused = transfer(&accounts, from, to, 30, "rent").await.unwrap_err();
    assert!(
        matches!(refused, ExecuteError::Refused(Refusal::TooMuch)),
        "{refused}"
    );
    let refused = transfer(&accounts, from, from, 30, "rent")
        .await
        .unwrap_err();
    assert!(
        matches!(refused, ExecuteError::Refused(Refusal::SameAccount)),
        "{refused}"
    );
    assert_eq!(balances(&accounts, [from, to]).await, [100, u64::MAX]);
}

#[tokio::test]
async fn transfers_in_both_directions_keep_the_sum() {
    let (accounts, [ann, bob]) = accounts([500, 500]).await;
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let accounts = accounts.clone();
        let (from, to) = if number % 2 == 0 {
            (ann, bob)
        } else {
            (bob, ann)
        };
        tasks.spawn(async move { transfer(&accounts, from, to, 7, "back and forth").await });
    }
    for done in tasks.join_all().await {
        done.expect("there is enough on both");
    }
    assert_eq!(balances(&accounts, [ann, bob]).await, [500, 500]);
    assert_eq!(
        Loaded::revision(&accounts.load(ann).await.unwrap()).version(),
        102
    );
}
