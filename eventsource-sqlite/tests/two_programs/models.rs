//! Projections and reactors of which one program knows events that the other does not.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use eventsource_core::projection::EventProjection;
use eventsource_core::read_model::RunState;
use eventsource_core::runner::Pipeline;
use eventsource_core::{
    AppendError, EventLog, ExecuteError, Health, Id, Projection, ReadModel, Repository, Runner,
    Running, WaitOutcome,
};
use eventsource_sqlite::SqliteStore;

use crate::programs::{Both, Products, new, old, same};
use crate::support::open;
use crate::support::with_causes::with_causes;

const LONG: Duration = Duration::from_secs(20);

fn demand<P: Projection>(store: &SqliteStore) -> ReadModel<P> {
    ReadModel::new(store.clone(), store.clone())
}

fn runner(store: &SqliteStore) -> Runner {
    Runner::new(store.clone(), store.clone())
}

/// Waits until a runner here is in such a state.
async fn until(running: &Running, state: impl Fn(&RunState) -> bool) {
    for _ in 0..10_000 {
        if state(&running.status()[0].state) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("{:?}", running.status())
}

#[tokio::test]
async fn the_old_projection_stops_before_what_it_cannot_read_and_the_new_one_takes_over() {
    let both = Both::open().await;
    let id = Id::new();
    let old = runner(&both.old)
        .project::<old::Demand>()
        .start()
        .await
        .unwrap();
    let receipt = both.old_carts().execute(id, old::Cart::add).await.unwrap();
    let model = demand::<old::Demand>(&both.old);
    let position = receipt.revision().position();
    assert_eq!(
        model.wait_for(position, LONG).await.unwrap(),
        WaitOutcome::Reached
    );

    let receipt = both
        .new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let position = receipt.revision().position();
    let WaitOutcome::Stopped(reason) = model.wait_for(position, LONG).await.unwrap() else {
        panic!("it went on")
    };
    assert!(reason.contains("is stored in version 2, this program knows it up to version 1"));
    assert!(
        reason.contains(&format!("position {position} ")),
        "{reason}"
    );
    until(&old, |state| matches!(state, RunState::Stopped(_))).await;
    assert!(matches!(old.health(), Health::Failing(_)));
    assert_eq!(model.get("tea").await.unwrap().unwrap().items, 1);

    let new = runner(&both.new)
        .project::<new::Demand>()
        .start()
        .await
        .unwrap();
    let model = demand::<new::Demand>(&both.new);
    until(&new, |state| *state == RunState::Running).await;
    assert_eq!(
        model.wait_for(position, LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(model.get("tea").await.unwrap().unwrap().items, 3);
    old.stop().await;
    new.stop().await;
}

/// No new start is needed: the standby, which has other code, takes over.
#[tokio::test]
async fn a_new_program_that_stands_by_takes_over_when_the_old_one_stops() {
    let both = Both::open().await;
    let id = Id::new();
    both.old_carts().execute(id, old::Cart::add).await.unwrap();
    let old = runner(&both.old)
        .project::<old::Demand>()
        .start()
        .await
        .unwrap();
    until(&old, |state| *state == RunState::Running).await;
    let new = runner(&both.new)
        .project::<new::Demand>()
        .start()
        .await
        .unwrap();
    until(&new, |state| *state == RunState::Standby).await;
    let receipt = both
        .new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    until(&new, |state| *state == RunState::Running).await;
    let model = demand::<new::Demand>(&both.new);
    let position = receipt.revision().position();
    assert_eq!(
        model.wait_for(position, LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(model.get("tea").await.unwrap().unwrap().items, 3);
    old.stop().await;
    new.stop().await;
}

#[tokio::test]
async fn the_old_reactor_stops_rather_than_skip_and_the_new_one_tells_of_the_rest() {
    let both = Both::open().await;
    let (products, id) = (Products::default(), Id::new());
    let old = || Pipeline::reactor(old::Teller(Arc::clone(&products))).from_start();
    both.old_carts().execute(id, old::Cart::add).await.unwrap();
    runner(&both.old).run(old()).catch_up().await.unwrap();
    both.new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let other = Id::new();
    both.old_carts()
        .execute(other, old::Cart::add)
        .await
        .unwrap();
    for _ in 0..2 {
        let stopped = runner(&both.old).run(old()).catch_up().await.unwrap_err();
        let stopped = with_causes(&stopped);
        assert!(stopped.contains("stored in version 2"), "{stopped}");
        assert_eq!(*products.lock().unwrap(), ["old 1"]);
    }
    let new = Pipeline::reactor(new::Teller(Arc::clone(&products))).from_start();
    runner(&both.new).run(new).catch_up().await.unwrap();
    assert_eq!(*products.lock().unwrap(), ["old 1", "new 2", "new 1"]);
}

#[tokio::test]
async fn a_new_version_of_a_model_is_built_beside_the_one_that_the_old_program_serves() {
    let both = Both::open().await;
    let id = Id::new();
    for _ in 0..20 {
        both.old_carts().execute(id, old::Cart::add).await.unwrap();
    }
    let old = runner(&both.old)
        .project::<old::Demand>()
        .start()
        .await
        .unwrap();
    let (before, after) = (
        demand::<old::Demand>(&both.old),
        demand::<new::LaterDemand>(&both.new),
    );
    let head = both.old.head().await.unwrap();
    assert_eq!(
        before.wait_for(head.position(), LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    let new = runner(&both.new)
        .project::<new::LaterDemand>()
        .start()
        .await
        .unwrap();
    assert_eq!(
        after.wait_for(head.position(), LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(after.get("tea").await.unwrap().unwrap().times, 20);

    let receipt = both.old_carts().execute(id, old::Cart::add).await.unwrap();
    let position = receipt.revision().position();
    assert_eq!(
        before.wait_for(position, LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(
        after.wait_for(position, LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    assert_eq!(before.get("tea").await.unwrap().unwrap().items, 21);
    assert_eq!(after.get("tea").await.unwrap().unwrap().times, 21);

    // From here on the old one stops, serves what it has, and the new one goes on.
    let receipt = both
        .new_carts()
        .execute(same(id), new::Cart::add)
        .await
        .unwrap();
    let position = receipt.revision().position();
    assert_eq!(
        after.wait_for(position, LONG).await.unwrap(),
        WaitOutcome::Reached
    );
    let stopped = before.wait_for(position, LONG).await.unwrap();
    assert!(matches!(stopped, WaitOutcome::Stopped(_)), "{stopped:?}");
    assert_eq!(before.get("tea").await.unwrap().unwrap().items, 21);
    old.stop().await;
    new.stop().await;
}

async fn with_rule<P: EventProjection>(path: &Path) -> SqliteStore {
    let builder = SqliteStore::builder().register_inline::<P>();
    builder.open(path).await.unwrap()
}

/// The events of either are in the rows that both change, and those of before are as well.
#[tokio::test]
async fn a_model_that_changes_with_the_append_is_kept_by_both_programs() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("store.db");
    let (first, id) = (Repository::<old::Cart>::new(open(&path).await), Id::new());
    for _ in 0..3 {
        first.execute(id, old::Cart::add).await.unwrap();
    }
    let new = with_rule::<new::Demand>(&path).await;
    let old = with_rule::<old::Demand>(&path).await;
    let (new_carts, old_carts) = (
        Repository::<new::Cart>::new(new.clone()),
        Repository::<old::Cart>::new(old.clone()),
    );
    for _ in 0..4 {
        let receipt = new_carts.execute(same(id), new::Cart::add).await;
        receipt.unwrap();
        let receipt = old_carts.execute(Id::new(), old::Cart::add).await;
        receipt.unwrap();
    }
    let refused = first.execute(Id::new(), old::Cart::add).await.unwrap_err();
    assert!(
        matches!(
            &refused,
            ExecuteError::Append(AppendError::RuleMismatch { .. })
        ),
        "{refused}"
    );
    for items in [
        demand::<new::Demand>(&new)
            .get("tea")
            .await
            .unwrap()
            .unwrap()
            .items,
        demand::<old::Demand>(&old)
            .get("tea")
            .await
            .unwrap()
            .unwrap()
            .items,
    ] {
        assert_eq!(items, 3 + 4 * 2 + 4);
    }
}
