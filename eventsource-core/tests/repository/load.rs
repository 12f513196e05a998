use eventsource_core::{Id, Loaded, MemoryStore, Revision};

use super::support::{Account, InterferingStore, accounts, opened};

#[tokio::test]
async fn an_unknown_aggregate_is_its_default_at_version_0() {
    let accounts = accounts(MemoryStore::new());
    let id = Id::new();
    let account = accounts.load(id).await.unwrap();
    assert_eq!(
        (Loaded::id(&account), Loaded::revision(&account)),
        (id, Revision::NONE)
    );
    assert_eq!(Loaded::into_state(account), Account::default());
}

#[tokio::test]
async fn an_unknown_aggregate_is_not_found() {
    let accounts = accounts(MemoryStore::new());
    assert_eq!(accounts.find(Id::new()).await.unwrap(), None);
}

#[tokio::test]
async fn what_has_events_is_found_as_it_is_loaded() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[10, 20]).await;
    let found = accounts.find(id).await.unwrap().unwrap();
    assert_eq!((found.balance, Loaded::revision(&found).version()), (30, 2));
    assert_eq!(found, accounts.load(id).await.unwrap());
}

#[tokio::test]
async fn pages_of_any_size_fold_to_the_same_state() {
    let store = MemoryStore::new();
    let id = opened(&accounts(store.clone()), &[1, 20, 300, 4_000, 50_000]).await;
    for size in 1..=6 {
        let accounts = accounts(InterferingStore::new(&store).pages_of(size));
        let account = accounts.load(id).await.unwrap();
        assert_eq!(
            (account.balance, Loaded::revision(&account).version()),
            (54_321, 5)
        );
        assert_eq!(accounts.history(id).await.unwrap().len(), 5);
        assert_eq!(accounts.load_at(id, 4).await.unwrap().balance, 4_321);
    }
}
