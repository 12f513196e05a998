//! Aggregates of which one stored event became several, or none.

use eventsource_core::store::Expect;
use eventsource_core::{
    AsOf, EventLog, Id, Loaded, MemoryStore, Position, Repository, Revision, StreamStore,
    Timestamp, transact,
};
use tokio::task::JoinSet;

use crate::clock::Clock;
use crate::interfering_store::InterferingStore;
use crate::order::{Order, list, listed, orders, stream};
use crate::stored::{append, commit, json};

/// Three pieces, none, none, and one.
const LISTS: [&str; 4] = ["tea 2,coffee 1", "", "milk 0", "salt 1"];

const PIECES: [&str; 4] = ["tea", "tea", "coffee", "salt"];

#[tokio::test]
async fn one_stored_event_is_folded_as_several_or_as_none() {
    let store = MemoryStore::new();
    let (orders, order) = (orders(&store), listed(&store, &LISTS).await);
    let loaded = orders.load(order).await.unwrap();
    assert_eq!(loaded.pieces, PIECES);
    assert_eq!(Loaded::revision(&loaded).version(), 4);
    assert_eq!(
        Loaded::revision(&loaded).position(),
        store.head().await.unwrap().position()
    );

    let history = orders.history(order).await.unwrap();
    let parts = history.iter().map(|recorded| {
        (
            recorded.version(),
            recorded.position().offset().get(),
            recorded.part(),
        )
    });
    let parts: Vec<_> = parts.collect();
    assert_eq!(parts, [(1, 1, 0), (1, 1, 1), (1, 1, 2), (4, 4, 0)]);
}

#[tokio::test]
async fn every_version_of_the_chain_leads_to_the_same_pieces() {
    let store = MemoryStore::new();
    let (orders, order) = (orders(&store), Id::new());
    let stream = stream(order);
    let item = |version, payload| json(&stream, "order.item-added", version, payload);
    let events = vec![
        list(&stream, "a 2"),
        item(2, r#"{"sku":"a","quantity":"2"}"#),
        item(3, r#"{"sku":"a","quantity":2}"#),
        item(4, r#"{"sku":"a"}"#),
        item(4, r#"{"sku":"a"}"#),
    ];
    append(&store, events).await;
    let loaded = orders.load(order).await.unwrap();
    assert_eq!(loaded.pieces, ["a"; 8]);
    assert_eq!(Loaded::revision(&loaded).version(), 5);
}

#[tokio::test]
async fn what_is_decided_next_counts_stored_events_and_not_their_parts() {
    let store = MemoryStore::new();
    let (orders, order) = (orders(&store), listed(&store, &LISTS).await);
    for version in 5..=8 {
        let receipt = orders.execute(order, Order::add).await.unwrap();
        assert_eq!(receipt.revision().version(), version);
    }
    let loaded = orders.load(order).await.unwrap();
    assert_eq!(
        loaded.pieces[4..],
        ["number 5", "number 6", "number 7", "number 8"]
    );
    let stale = orders.execute(order, Order::add);
    let stale = stale.expecting(Revision::with_check(
        4,
        Position::new(4),
        Loaded::revision(&loaded).check(),
    ));
    assert!(stale.await.is_err());
}

#[tokio::test]
async fn an_event_that_became_none_still_stands_in_the_way_of_a_stale_decision() {
    let store = MemoryStore::new();
    let order = listed(&store, &["tea 1"]).await;
    let revision = Loaded::revision(&orders(&store).load(order).await.unwrap());
    append(&store, vec![list(&stream(order), "")]).await;
    let expect = Expect::At {
        stream: stream(order),
        revision,
    };
    let late = commit(vec![list(&stream(order), "salt 1")]).expect(expect);
    assert!(store.append(late).await.is_err());
}

#[tokio::test]
async fn what_a_conflict_brings_is_folded_in_parts() {
    for page in [1, usize::MAX] {
        let store = MemoryStore::new();
        let order = listed(&store, &["tea 1"]).await;
        let missed = [
            vec![commit(vec![
                list(&stream(order), "milk 2,salt 1"),
                list(&stream(order), ""),
            ])],
            vec![commit(vec![list(&stream(order), "oil 3")])],
        ];
        let interfering = missed.into_iter().fold(
            InterferingStore::new(&store),
            InterferingStore::before_append,
        );
        let interfering = Repository::<Order>::new(interfering.pages_of(page));
        let mut seen = Vec::new();
        let decided = interfering.execute(order, |order| {
            seen.push(order.pieces.len());
            order.add()
        });
        assert_eq!(decided.await.unwrap().revision().version(), 5);
        assert_eq!(seen, [1, 4, 7]);
        let loaded = orders(&store).load(order).await.unwrap();
        assert_eq!(loaded.pieces.last().unwrap(), "number 8");
    }
}

#[tokio::test]
async fn at_the_edge_of_a_page_no_part_is_lost_or_folded_twice() {
    let store = MemoryStore::new();
    let order = listed(&store, &LISTS).await;
    for page in 1..=5 {
        let orders = Repository::<Order>::new(InterferingStore::new(&store).pages_of(page));
        assert_eq!(orders.load(order).await.unwrap().pieces, PIECES);
        assert_eq!(orders.history(order).await.unwrap().len(), 4);
        let third = orders.load_at(order, AsOf::Version(3)).await.unwrap();
        assert_eq!(third.pieces, PIECES[..3]);
    }
}

#[tokio::test]
async fn at_a_version_or_a_time_all_parts_are_there_or_none() {
    let clock = Clock::default();
    let store = MemoryStore::in_environment(clock.clone());
    let (orders, order) = (orders(&store), Id::new());
    for (micros, items) in (1..).zip(LISTS) {
        clock.set(micros);
        append(&store, vec![list(&stream(order), items)]).await;
    }
    for (version, pieces) in [(0, 0), (1, 3), (2, 3), (3, 3), (4, 4)] {
        let at = AsOf::Version(version);
        let by_version = orders.load_at(order, at).await.unwrap();
        assert_eq!(by_version.pieces, PIECES[..pieces]);
        let at = Timestamp::from_micros(i64::try_from(version).unwrap());
        let by_time = orders.load_at(order, AsOf::RecordedAt(at)).await.unwrap();
        assert_eq!(by_time.pieces, PIECES[..pieces]);
        assert_eq!(Loaded::revision(&by_time).version(), version);
    }
}

/// The state that is kept is behind; what it is taken on by is in parts.
#[tokio::test]
async fn a_state_that_is_kept_is_taken_on_by_all_parts() {
    let store = MemoryStore::new();
    let cached = Repository::<Order>::new(store.clone()).cached(10);
    let order = listed(&store, &LISTS).await;
    cached.execute(order, Order::add).await.unwrap();
    append(
        &store,
        vec![list(&stream(order), "oil 2"), list(&stream(order), "")],
    )
    .await;
    let receipt = cached.execute(order, Order::add).await.unwrap();
    assert_eq!(receipt.revision().version(), 8);
    let loaded = cached.load(order).await.unwrap();
    assert_eq!(loaded.pieces[4..], ["number 5", "oil", "oil", "number 8"]);
}

/// Each piece is named by how many there were, so a decision on another state would show.
#[tokio::test]
async fn of_many_decisions_at_once_each_is_on_a_state_with_all_parts() {
    let store = MemoryStore::new();
    let order = listed(&store, &["tea 2,coffee 1"]).await;
    let interfering = (0..20).fold(InterferingStore::new(&store), |interfering, number| {
        let missed = match number % 4 {
            0 => vec![commit(vec![list(&stream(order), "oil 2,salt 1")])],
            2 => vec![commit(vec![list(&stream(order), "")])],
            _ => vec![],
        };
        interfering.before_append(missed)
    });
    let hot = Repository::<Order>::new(interfering).cached(10);
    let mut tasks = JoinSet::new();
    for _ in 0..50 {
        let hot = hot.clone();
        tasks.spawn(async move { hot.execute(order, Order::add).await });
    }
    while let Some(decided) = tasks.join_next().await {
        decided.unwrap().unwrap();
    }
    let loaded = orders(&store).load(order).await.unwrap();
    let numbered = loaded.pieces.iter().enumerate();
    let numbered = numbered.filter(|(_, name)| name.starts_with("number"));
    let numbered: Vec<_> = numbered
        .map(|(index, name)| (format!("number {}", index + 1), name.clone()))
        .collect();
    assert_eq!(numbered.len(), 50);
    assert!(
        numbered.iter().all(|(place, name)| place == name),
        "{numbered:?}"
    );
    assert_eq!(loaded.pieces.len(), 3 + 5 * 3 + 50);
}

#[tokio::test]
async fn several_orders_are_decided_on_with_all_their_parts() {
    let store = MemoryStore::new();
    let orders = orders(&store);
    let (one, other) = (
        listed(&store, &["tea 2"]).await,
        listed(&store, &LISTS).await,
    );
    let moved = transact((orders.at(one), orders.at(other)), |(one, other)| {
        one.decide(Order::add)?;
        one.decide(Order::add)?;
        other.decide(Order::add)
    });
    moved.await.unwrap();
    let one = orders.load(one).await.unwrap();
    assert_eq!(one.pieces, ["tea", "tea", "number 3", "number 4"]);
    assert_eq!(orders.load(other).await.unwrap().pieces[4], "number 5");
}
