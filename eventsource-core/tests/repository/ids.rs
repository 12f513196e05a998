use eventsource_core::{Aggregate, Apply, Id, MemoryStore, Repository};

use super::support::{Account, AccountEvent, Refusal, accounts, opened};

async fn some(accounts: &Repository<Account>, count: usize) -> Vec<Id<Account>> {
    let mut ids = Vec::new();
    for _ in 0..count {
        ids.push(opened(accounts, &[1]).await);
    }
    ids.sort();
    ids
}

#[tokio::test]
async fn pages_of_every_size_list_the_same_ids() {
    let accounts = accounts(MemoryStore::new());
    let ids = some(&accounts, 7).await;
    for size in 1..=8 {
        let (mut listed, mut after) = (Vec::new(), None);
        loop {
            let page = accounts.ids(after, size).await.unwrap();
            assert!(page.len() <= size);
            after = page.last().copied();
            if after.is_none() {
                break;
            }
            listed.extend(page);
        }
        assert_eq!(listed, ids, "in pages of {size}");
    }
}

#[tokio::test]
async fn an_aggregate_without_events_is_not_listed() {
    let accounts = accounts(MemoryStore::new());
    accounts
        .execute(Id::new(), |_| Ok::<_, Refusal>(()))
        .await
        .unwrap();
    accounts.load(Id::new()).await.unwrap();
    assert!(accounts.ids(None, 10).await.unwrap().is_empty());
}

#[tokio::test]
async fn tenants_share_neither_ids_nor_aggregates() {
    let store = MemoryStore::new();
    let default = accounts(store.clone());
    let (acme, acme_2) = (
        accounts(store.clone()).in_tenant("acme"),
        accounts(store).in_tenant("acme2"),
    );
    let id = opened(&acme, &[5]).await;
    assert_eq!(acme.ids(None, 10).await.unwrap(), [id]);
    for other in [default, acme_2] {
        assert!(other.ids(None, 10).await.unwrap().is_empty());
        assert_eq!(other.find(id).await.unwrap(), None);
        other
            .execute(id, |account| account.deposit(1))
            .await
            .unwrap();
    }
    assert_eq!(acme.load(id).await.unwrap().balance, 5);
}

#[tokio::test]
async fn categories_share_neither_ids_nor_aggregates() {
    #[derive(Aggregate, Default)]
    #[aggregate(event = AccountEvent)]
    struct Shadow;

    impl Apply<AccountEvent> for Shadow {
        fn apply(&mut self, _: AccountEvent) {}
    }

    let accounts = accounts(MemoryStore::new());
    let shadows = Repository::<Shadow>::new(accounts.store().clone());
    let id = opened(&accounts, &[5]).await;
    assert!(shadows.ids(None, 10).await.unwrap().is_empty());
    assert!(
        shadows
            .find(Id::from_uuid(id.uuid()))
            .await
            .unwrap()
            .is_none()
    );
}
