use eventsource_core::{Id, MemoryStore, Position};

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
        .map(|it| (it.version, it.position, it.part))
        .collect();
    assert_eq!(stands, [(1, Position::new(2), 0), (2, Position::new(3), 0)]);
    for event in &history {
        assert_eq!(
            (&event.stream, event.root_id()),
            (&accounts.stream(id), id.uuid())
        );
        assert_eq!(
            (event.commit.id, event.commit.events),
            (receipt.commit_id, 2)
        );
        assert_eq!(event.commit.recorded_at, receipt.recorded_at);
    }
}

#[tokio::test]
async fn a_recorded_event_is_used_like_the_event() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[4]).await;
    let history = accounts.history(id).await.unwrap();
    let AccountEvent::Deposited { amount } = *history[0] else {
        panic!("{history:?}")
    };
    assert_eq!(amount, 4);
}
