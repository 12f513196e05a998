use eventsource_core::codec::EncodeError;
use eventsource_core::{
    Aggregate, AppendError, Apply, ErrorClass, ExecuteError, Handle, Id, IntoEvents, Loaded,
    MemoryStore, Metadata, Repository, Timestamp, event, transact,
};

use super::support::{
    Account, AccountEvent, Clock, InterferingStore, Refusal, accounts, count, deposits, opened,
};

#[tokio::test]
async fn a_decision_is_made_on_the_state_and_stored() {
    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[100]).await;
    let receipt = accounts
        .execute(id, |account| account.withdraw(30))
        .await
        .unwrap();
    assert_eq!((receipt.revision().version(), receipt.events), (2, 1));
    assert!(!receipt.repeated);
    let account = accounts.load(id).await.unwrap();
    assert_eq!(
        (account.balance, Loaded::revision(&account)),
        (70, receipt.revision())
    );
}

#[tokio::test]
async fn a_refused_decision_stores_nothing() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let id = opened(&accounts, &[100]).await;
    let refused = accounts
        .execute(id, |account| account.withdraw(101))
        .await
        .unwrap_err();
    assert_eq!(refused.class(), ErrorClass::Refused);
    assert_eq!(refused.to_string(), "only 100 there");
    assert_eq!(refused.refused(), Some(Refusal::Overdrawn(100)));
    assert_eq!(count(&store).await, 1);
}

/// Executes a decision with these events, and counts them in the receipt and in the store.
async fn stored<V: IntoEvents<AccountEvent>>(events: impl Fn() -> V + Sync) -> (u32, usize) {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let decided = accounts.execute(Id::new(), |_| Ok::<_, Refusal>(events()));
    (decided.await.unwrap().events, count(&store).await)
}

#[tokio::test]
async fn a_decision_may_be_any_number_of_events() {
    const ONE: AccountEvent = AccountEvent::Deposited { amount: 1 };
    const CLOSED: AccountEvent = AccountEvent::Closed;
    assert_eq!(stored(|| ()).await, (0, 0));
    assert_eq!(stored(|| None::<AccountEvent>).await, (0, 0));
    assert_eq!(stored(Vec::<AccountEvent>::new).await, (0, 0));
    assert_eq!(stored(|| ONE).await, (1, 1));
    assert_eq!(stored(|| Some(ONE)).await, (1, 1));
    assert_eq!(stored(|| (ONE, CLOSED)).await, (2, 2));
    assert_eq!(
        stored(|| (ONE, None::<AccountEvent>, [ONE, CLOSED])).await,
        (3, 3)
    );
    assert_eq!(stored(|| [ONE, ONE, CLOSED]).await, (3, 3));
    assert_eq!(stored(|| vec![ONE; 40]).await, (40, 40));
}

#[tokio::test]
async fn the_events_of_a_decision_are_stored_in_their_order() {
    let accounts = accounts(MemoryStore::new());
    let id = Id::new();
    let events = || {
        let amounts = [3, 1, 2].map(|amount| AccountEvent::Deposited { amount });
        (amounts, AccountEvent::Closed)
    };
    accounts
        .execute(id, |_| Ok::<_, Refusal>(events()))
        .await
        .unwrap();
    let mut expected = Vec::new();
    events().append_to(&mut expected);
    let history = accounts.history(id).await.unwrap();
    let stored: Vec<_> = history.into_iter().map(|recorded| recorded.event).collect();
    assert_eq!(stored, expected);
}

#[tokio::test]
async fn a_decision_that_nothing_happens_answers_with_the_revision_as_it_is() {
    let store = MemoryStore::new();
    let accounts = accounts(store.clone());
    let id = opened(&accounts, &[1, 2]).await;
    let receipt = accounts
        .execute(id, |_| Ok::<_, Refusal>(()))
        .await
        .unwrap();
    assert_eq!(receipt.events, 0);
    assert_eq!(
        receipt.revision(),
        Loaded::revision(&accounts.load(id).await.unwrap())
    );
    assert_eq!(count(&store).await, 2);
}

#[tokio::test]
async fn a_command_that_is_data_is_handled() {
    struct Withdraw(u64);

    impl Handle<Withdraw> for Account {
        type Events = AccountEvent;
        type Error = Refusal;

        fn handle(&self, command: &Withdraw) -> Result<AccountEvent, Refusal> {
            self.withdraw(command.0)
        }
    }

    let accounts = accounts(MemoryStore::new());
    let id = opened(&accounts, &[100]).await;
    accounts.handle(id, &Withdraw(60)).await.unwrap();
    let refused = accounts
        .handle(id, &Withdraw(60))
        .await
        .unwrap_err()
        .refused();
    assert_eq!(refused, Some(Refusal::Overdrawn(40)));
}

#[tokio::test]
async fn metadata_comes_back_with_each_event_of_the_commit() {
    let accounts = accounts(MemoryStore::new());
    let (id, metadata) = (Id::new(), all_metadata());
    accounts
        .execute(id, |account| {
            Ok::<_, Refusal>((account.deposit(1)?, account.close()?))
        })
        .metadata(metadata.clone())
        .await
        .unwrap();
    let history = accounts.history(id).await.unwrap();
    assert_eq!(history.len(), 2);
    assert!(
        history
            .iter()
            .all(|recorded| *recorded.commit().metadata() == metadata)
    );
}

#[tokio::test]
async fn metadata_is_still_there_when_it_was_decided_again() {
    let store = MemoryStore::new();
    let (plain, id) = (accounts(store.clone()), Id::new());
    let accounts =
        accounts(InterferingStore::new(&store).before_append([deposits(&plain.stream(id), 1)]));
    let decision = accounts.execute(id, |account| account.deposit(2));
    decision.metadata(all_metadata()).await.unwrap();
    assert_eq!(
        *plain.history(id).await.unwrap()[1].commit().metadata(),
        all_metadata()
    );
}

fn all_metadata() -> Metadata {
    Metadata::new()
        .actor("ann")
        .on_behalf_of("bob")
        .reason("a wish")
        .correlation("c-1")
        .causation("m-2")
        .traceparent("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
        .occurred_at(Timestamp::from_micros(1))
        .entry("till", "3")
}

#[tokio::test]
async fn the_time_of_a_receipt_is_the_time_of_the_store() {
    let clock = Clock::default();
    clock.set(7_000_000);
    let store = MemoryStore::in_environment(clock);
    let accounts = accounts(store);
    let receipt = accounts
        .execute(Id::new(), |account| account.deposit(1))
        .await
        .unwrap();
    assert_eq!(receipt.recorded_at, Timestamp::from_micros(7_000_000));
}

#[tokio::test]
async fn a_decision_that_is_too_large_for_a_commit_stores_nothing() {
    #[event]
    struct Noted {
        text: String,
    }

    #[derive(Aggregate, Default)]
    #[aggregate(events(Noted))]
    struct Notebook;

    impl Apply<Noted> for Notebook {
        fn apply(&mut self, _: Noted) {}
    }

    let store = MemoryStore::new();
    let notebooks = Repository::<Notebook>::new(store.clone());
    let text = "a".repeat(1024 * 1024);
    let decision = notebooks.execute(Id::new(), |_| {
        Ok::<_, Refusal>(Noted { text: text.clone() })
    });
    let error = decision.await.unwrap_err();
    assert_eq!(error.class(), ErrorClass::Refused);
    assert!(
        matches!(error, ExecuteError::Append(AppendError::Limit { .. })),
        "{error:?}"
    );
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn a_refusal_is_told_even_where_an_event_before_it_could_not_be_stored() {
    #[event]
    struct Measured {
        value: f64,
    }

    #[derive(Aggregate, Default)]
    #[aggregate(events(Measured))]
    struct Probe;

    impl Apply<Measured> for Probe {
        fn apply(&mut self, _: Measured) {}
    }

    let probes = Repository::<Probe>::new(MemoryStore::new());
    let measured = |value| move |_: &Probe| Ok::<_, Refusal>(Measured { value });
    let decision = transact(probes.at(Id::new()), |probe| {
        probe.decide(measured(f64::NAN))?;
        probe.decide(|_| Err::<Measured, _>(Refusal::Closed))
    });
    assert_eq!(decision.await.unwrap_err().refused(), Some(Refusal::Closed));

    let decision = probes.execute(Id::new(), measured(f64::NAN));
    let error = decision.await.unwrap_err();
    assert!(
        matches!(&error, ExecuteError::Encode(EncodeError::Unreadable { name, .. }) if name == "measured"),
        "{error:?}"
    );
}
