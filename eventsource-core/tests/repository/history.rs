use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Position};

use super::support::{Account, AccountEvent, Refusal, accounts, opened};

#[tokio::test]
async fn an_unknown_aggregate_has_no_history() {
    let accounts = accounts(MemoryStore::new());
    assert!(accounts.history(Id::new()).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_history_says_where_each_event_stands() {
    let accounts = accounts(MemoryStore::new());
    let other = opened(&accounts, &[1]).await;
    let id = Id::new();
    let both = |account: &Account| Ok::<_, Refusal>((account.deposit(2)?, account.close()?));
    let receipt = accounts.execute(id, both).await.unwrap();
    accounts
        .execute(other, |account| account.deposit(3))
        .await
        .unwrap();

    let history = accounts.history(id).await.unwrap();
    let stands: Vec<_> = history
        .iter()
        .map(|recorded| (recorded.version(), recorded.position(), recorded.part()))
        .collect();
    assert_eq!(stands, [(1, Position::new(2), 0), (2, Position::new(3), 0)]);
    for recorded in &history {
        assert_eq!(
            (recorded.stream(), recorded.id()),
            (&accounts.stream(id), id)
        );
        assert_eq!(
            (recorded.commit().id, recorded.commit().events),
            (receipt.commit_id, 2)
        );
        assert_eq!(recorded.commit().recorded_at, receipt.recorded_at);
    }
}

#[tokio::test]
#[should_panic(expected = "an event of the category `account` has no id of the category `audit`")]
async fn the_id_of_another_kind_of_aggregate_is_refused() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[4]).await;
    let history = accounts.history(id).await.unwrap();
    history[0].id::<Audit>();
}

/// Has the events of an account, and is another kind of aggregate.
#[derive(Aggregate, Default)]
#[aggregate(event = AccountEvent)]
struct Audit;

impl Apply<AccountEvent> for Audit {
    fn apply(&mut self, _: AccountEvent) {}
}
