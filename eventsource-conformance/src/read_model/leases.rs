//! One writes at a time.

use std::time::Duration;

use eventsource_core::Position;
use eventsource_core::read_model::{
    Claim, ClaimError, ClaimOutcome, Generation, Lease, Model, Progress, RunState,
};
use uuid::Uuid;

use super::Models;
use super::support::{
    SOURCE, at, demand, horizon, is_taken_over, is_unknown, model, put, write, writer,
};

const ONE: Uuid = Uuid::from_u128(11);
const OTHER: Uuid = Uuid::from_u128(12);

/// A claim during another lease changes nothing, whatever lease it names as seen.
pub(super) async fn a_held_lease_is_not_claimed(models: Models) {
    let progress = taken(ask(&models, ONE, None).await);
    let lease = progress.lease.clone().unwrap();
    let expected = (ONE, progress.checkpoint.epoch, 0, Duration::from_secs(3));
    assert_eq!(
        (lease.owner, lease.epoch, lease.heartbeat, lease.ttl),
        expected
    );
    let mut others = [lease.clone(), lease.clone(), lease.clone(), lease.clone()];
    others[0].owner = OTHER;
    others[1].epoch += 1;
    others[2].heartbeat += 1;
    others[3].ttl += Duration::from_secs(1);
    for seen in [None].into_iter().chain(others.map(Some)) {
        let claimed = ask(&models, OTHER, seen.clone()).await;
        assert_eq!(claimed, ClaimOutcome::Denied(lease.clone()), "{seen:?}");
    }
    assert_eq!(there(&models).await, progress);
    let again = taken(ask(&models, ONE, None).await);
    assert!(again.checkpoint.epoch > progress.checkpoint.epoch);
}

/// A candidate that names the unchanged lease gets the model.
pub(super) async fn a_lease_that_stood_still_is_claimed(models: Models) {
    let first = taken(ask(&models, ONE, None).await);
    let first = first_write(&models, first).await;
    models
        .heartbeat(writer(&demand_1(), Generation::Serving, first.epoch))
        .await
        .unwrap();
    let seen = there(&models).await.lease;
    assert_eq!(seen.as_ref().unwrap().heartbeat, 2);
    let second = taken(ask(&models, OTHER, seen).await);
    let lease = second.lease.clone().unwrap();
    assert_eq!((lease.owner, lease.heartbeat), (OTHER, 0));
    assert_eq!(lease.epoch, second.checkpoint.epoch);
    assert!(second.checkpoint.epoch > first.epoch);
    assert_eq!(second.checkpoint.at.position(), first.at.position());
    assert_eq!(there(&models).await, second);
}

/// A write is a beat as well.
pub(super) async fn a_beat_in_between_keeps_the_lease(models: Models) {
    let progress = taken(ask(&models, ONE, None).await);
    let epoch = progress.checkpoint.epoch;
    let before_the_beat = progress.lease.clone();
    models
        .heartbeat(writer(&demand_1(), Generation::Serving, epoch))
        .await
        .unwrap();
    let claimed = ask(&models, OTHER, before_the_beat).await;
    let ClaimOutcome::Denied(before_the_write) = claimed else {
        panic!("{claimed:?}");
    };
    first_write(&models, progress).await;
    let claimed = ask(&models, OTHER, Some(before_the_write)).await;
    assert!(matches!(claimed, ClaimOutcome::Denied(_)), "{claimed:?}");
}

/// A writer that was suspended wakes up after another one has claimed the model.
pub(super) async fn an_old_epoch_neither_beats_writes_nor_releases(models: Models) {
    let unknown = models
        .heartbeat(writer(&demand_1(), Generation::Serving, 1))
        .await;
    assert!(is_unknown(&unknown), "{unknown:?}");
    let zombie = taken(ask(&models, ONE, None).await);
    let now = taken(ask(&models, OTHER, zombie.lease).await);
    let old = zombie.checkpoint;
    for epoch in [old.epoch, now.checkpoint.epoch + 1] {
        let late = models
            .heartbeat(writer(&demand_1(), Generation::Serving, epoch))
            .await;
        assert!(is_taken_over(&late), "{late:?}");
        let state = RunState::Stopped("late".to_owned());
        let late = models.release(writer(&demand_1(), Generation::Serving, epoch), state);
        late.await.unwrap();
    }
    let late = write(
        &models,
        (&demand_1(), Generation::Serving),
        old,
        5,
        Vec::new(),
    )
    .await;
    assert!(is_taken_over(&late), "{late:?}");
    assert_eq!(there(&models).await, now);
}

/// The serving generation and the one that is rebuilt have a lease each, which its own writer releases.
pub(super) async fn a_release_frees_the_own_generation_only(models: Models) {
    let main = taken(ask(&models, ONE, None).await);
    let claim = Claim::new(demand_1(), Generation::Rebuilding, SOURCE, OTHER);
    let beside = taken(models.claim(claim).await.unwrap());
    let (main_epoch, beside_epoch) = (main.checkpoint.epoch, beside.checkpoint.epoch);
    assert_ne!(main_epoch, beside_epoch);
    for (generation, epoch) in [
        (Generation::Serving, beside_epoch),
        (Generation::Rebuilding, main_epoch),
    ] {
        let late = models.release(writer(&demand_1(), generation, epoch), given_up());
        late.await.unwrap();
    }
    let progress = |generation| models.progress(demand_1().id, generation);
    assert_eq!(
        progress(Generation::Serving).await.unwrap(),
        Some(main.clone())
    );
    assert_eq!(
        progress(Generation::Rebuilding).await.unwrap(),
        Some(beside)
    );
    let own = models.release(
        writer(&demand_1(), Generation::Rebuilding, beside_epoch),
        given_up(),
    );
    own.await.unwrap();
    assert_eq!(progress(Generation::Serving).await.unwrap(), Some(main));
    let freed = progress(Generation::Rebuilding).await.unwrap().unwrap();
    assert_eq!((freed.lease, freed.state), (None, given_up()));
}

/// The release also reports the final state of the writer.
pub(super) async fn a_released_lease_is_free(models: Models) {
    let nobody = models.release(writer(&demand_1(), Generation::Serving, 1), RunState::Idle);
    nobody.await.unwrap();
    let progress = taken(ask(&models, ONE, None).await);
    let first = first_write(&models, progress).await;
    let state = RunState::Stopped("it's \"broken\"".to_owned());
    let released = models.release(
        writer(&demand_1(), Generation::Serving, first.epoch),
        state.clone(),
    );
    released.await.unwrap();
    let left = there(&models).await;
    assert_eq!((left.lease, left.state), (None, state));
    assert_eq!(left.checkpoint, first);
    let next = taken(ask(&models, OTHER, None).await);
    assert_eq!(next.checkpoint.at.position(), first.at.position());
    assert!(next.checkpoint.epoch > first.epoch);
    assert_eq!(next.lease.unwrap().owner, OTHER);
}

/// Every other claim is denied with the lease of the winner.
pub(super) async fn of_those_that_saw_the_same_lease_one_gets_it(models: Models) {
    let seen = taken(ask(&models, ONE, None).await).lease;
    let all = (100..116).map(|owner| {
        let (models, seen) = (models.clone(), seen.clone());
        tokio::spawn(async move { ask(&models, Uuid::from_u128(owner), seen).await })
    });
    let (mut winners, mut denied) = (Vec::new(), Vec::new());
    for one in all.collect::<Vec<_>>() {
        match one.await.expect("it does not panic") {
            ClaimOutcome::Granted(progress) => winners.push(progress.lease.unwrap()),
            ClaimOutcome::Denied(lease) => denied.push(lease),
        }
    }
    assert_eq!(winners.len(), 1);
    assert_eq!(denied, vec![winners.remove(0); 15]);
}

/// The start of a claim counts only for a new model: an existing one continues, and a rebuild begins anew.
pub(super) async fn where_a_model_starts_counts_only_for_a_new_one(models: Models) {
    let at = |generation, start| {
        let mut claim = Claim::new(demand_1(), generation, SOURCE, ONE);
        claim.start = horizon(start);
        models.claim(claim)
    };
    let new = taken(at(Generation::Serving, 7).await.unwrap());
    assert_eq!(new.checkpoint.at.position(), Position::new(7));
    assert!(!new.serving);
    for start in [9, 0] {
        let again = taken(at(Generation::Serving, start).await.unwrap());
        assert_eq!(again.checkpoint.at.position(), Position::new(7));
    }
    let beside = taken(at(Generation::Rebuilding, 8).await.unwrap());
    assert_eq!(beside.checkpoint.at.position(), Position::START);
}

/// After a switch, the process that rebuilt the model has the lease.
pub(super) async fn a_switch_brings_the_lease_with_it(models: Models) {
    let main = taken(ask(&models, ONE, None).await);
    let claim = Claim::new(demand_1(), Generation::Rebuilding, SOURCE, OTHER);
    let beside = taken(models.claim(claim).await.unwrap()).checkpoint;
    let now = models
        .switch(demand_1().id, beside, None)
        .await
        .unwrap()
        .unwrap();
    let lease = there(&models).await.lease.unwrap();
    assert_eq!((lease.owner, lease.epoch), (OTHER, now.epoch));
    let late = models
        .heartbeat(writer(
            &demand_1(),
            Generation::Serving,
            main.checkpoint.epoch,
        ))
        .await;
    assert!(is_taken_over(&late), "{late:?}");
    models
        .heartbeat(writer(&demand_1(), Generation::Serving, now.epoch))
        .await
        .unwrap();
}

/// The model has no table, so its name stands for it.
pub(super) async fn a_model_without_tables_has_its_progress(models: Models) {
    let bare = Model::new("mails", 3, Vec::new());
    let progress = |generation| models.progress(bare.id.clone(), generation);
    assert_eq!(progress(Generation::Serving).await.unwrap(), None);
    let claim = Claim::new(bare.clone(), Generation::Serving, SOURCE, ONE);
    let claimed = taken(models.claim(claim).await.unwrap());
    assert_eq!(progress(Generation::Serving).await.unwrap(), Some(claimed));
    assert_eq!(progress(Generation::Rebuilding).await.unwrap(), None);
}

fn given_up() -> RunState {
    RunState::Stopped("given up".to_owned())
}

fn demand_1() -> Model {
    model(&demand(1))
}

async fn ask(models: &Models, owner: Uuid, seen: Option<Lease>) -> ClaimOutcome {
    let mut claim = Claim::new(demand_1(), Generation::Serving, SOURCE, owner);
    (claim.seen, claim.ttl) = (seen, Duration::from_secs(3));
    let claimed: Result<ClaimOutcome, ClaimError> = models.claim(claim).await;
    claimed.expect("it can be asked for")
}

fn taken(claimed: ClaimOutcome) -> Progress {
    match claimed {
        ClaimOutcome::Granted(progress) => progress,
        ClaimOutcome::Denied(lease) => panic!("another has it: {lease:?}"),
    }
}

async fn there(models: &Models) -> Progress {
    let there = at(models, &demand(1), Generation::Serving).await;
    there.expect("it was claimed")
}

async fn first_write(models: &Models, taken: Progress) -> eventsource_core::read_model::Checkpoint {
    let main = (&demand_1(), Generation::Serving);
    let written = write(models, main, taken.checkpoint, 5, vec![put("tea", "1")]);
    written.await.expect("it is its turn")
}
