//! Building beside, and switching.

use eventsource_core::read_model::{
    Checkpoint, Claim, ClaimError, Generation, MaintainError, Model,
};
use eventsource_core::store::{LogId, StoreId};
use eventsource_core::{Key, Position};

use super::Models;
use super::support::{
    OWNER, SOURCE, all, at, claim, demand, filled, found, horizon, id, is_taken_over, is_unknown,
    model, put, try_claim, write,
};

/// Readers see the old rows until they see the new ones, and never both.
pub(super) async fn what_is_built_beside_is_not_seen_until_it_is_switched(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    filled(&models, &model, 5, vec![put("old", "1"), put("both", "1")]).await;
    let old = all(&models, &table).await;
    let beside = (&model, Generation::Rebuilding);
    let claimed = claim(&models, &model, Generation::Rebuilding).await;
    assert_eq!(
        (claimed.checkpoint.at.position(), claimed.serving),
        (Position::START, false)
    );
    let rows = vec![put("new", "2"), put("both", "2")];
    let at_five = write(&models, beside, claimed.checkpoint, 5, rows)
        .await
        .unwrap();

    assert_eq!(all(&models, &table).await, old);
    let keys = vec![Key::of("old"), Key::of("new")];
    for (generation, key, row) in [
        (Generation::Rebuilding, "new", "2"),
        (Generation::Serving, "old", "1"),
    ] {
        let found = found(&models, &table, generation, keys.clone()).await;
        assert_eq!(found, [(Key::of(key), row.to_owned())]);
    }

    let now = models
        .switch(model.id.clone(), at_five, None)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(now.at.position(), Position::new(5));
    let new = [("both", "2"), ("new", "2")];
    let new = new.map(|(key, row)| (Key::of(key), row.to_owned()));
    assert_eq!(all(&models, &table).await, new);
    let progress = at(&models, &table, Generation::Serving).await.unwrap();
    assert_eq!((progress.checkpoint, progress.serving), (now, true));
    assert_eq!(at(&models, &table, Generation::Rebuilding).await, None);
    write(
        &models,
        (&model, Generation::Serving),
        now,
        6,
        vec![put("new", "3")],
    )
    .await
    .unwrap();
}

/// Readers would see fewer events than before.
pub(super) async fn a_switch_is_refused_while_it_is_behind(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    filled(&models, &model, 5, vec![put("tea", "1")]).await;
    let from = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let beside = (&model, Generation::Rebuilding);
    let behind = write(&models, beside, from, 4, vec![put("tea", "2")])
        .await
        .unwrap();
    for lost in [None, Some(behind.at)] {
        let refused = models.switch(model.id.clone(), behind, lost).await;
        assert_eq!(refused.unwrap(), None);
    }
    assert_eq!(all(&models, &table).await[0].1, "1");
    let there = write(&models, beside, behind, 5, Vec::new()).await.unwrap();
    assert!(
        models
            .switch(model.id.clone(), there, None)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(all(&models, &table).await[0].1, "2");
}

/// The log does not have its horizon any more, as after an older backup was restored.
pub(super) async fn what_is_lost_is_replaced_by_what_is_behind(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let main = filled(&models, &model, 5, vec![put("tea", "1")]).await;
    let from = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let beside = (&model, Generation::Rebuilding);
    let behind = write(&models, beside, from, 4, vec![put("tea", "2")])
        .await
        .unwrap();
    let now = models.switch(model.id.clone(), behind, Some(main.at)).await;
    let now = now.unwrap().unwrap();
    assert_eq!(now.at, behind.at);
    assert!(now.epoch > main.epoch && now.epoch > behind.epoch);
    assert_eq!(all(&models, &table).await[0].1, "2");
}

/// A switch fences the writer of the serving generation, and one that rebuilds at another checkpoint.
pub(super) async fn a_switch_shuts_out_whoever_wrote(models: Models) {
    let model = model(&demand(1));
    let unknown = models
        .switch(model.id.clone(), Checkpoint::default(), None)
        .await;
    assert!(is_unknown(&unknown), "{unknown:?}");
    let main = filled(&models, &model, 5, vec![put("tea", "1")]).await;
    let unknown = models.switch(model.id.clone(), main, None).await;
    assert!(is_unknown(&unknown), "{unknown:?}");

    let first = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let second = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    assert!(second.epoch > first.epoch);
    let beside = (&model, Generation::Rebuilding);
    let late = write(&models, beside, first, 5, Vec::new()).await;
    assert!(is_taken_over(&late), "{late:?}");
    let there = write(&models, beside, second, 5, Vec::new()).await.unwrap();
    for other in [second, Checkpoint::new(there.at, first.epoch)] {
        let refused = models.switch(model.id.clone(), other, None).await;
        assert!(is_taken_over(&refused), "{refused:?}");
    }
    let now = models
        .switch(model.id.clone(), there, None)
        .await
        .unwrap()
        .unwrap();
    assert!(now.epoch > main.epoch && now.epoch > there.epoch);
    for zombie in [main, Checkpoint::new(now.at, there.epoch)] {
        let late = write(
            &models,
            (&model, Generation::Serving),
            zombie,
            6,
            Vec::new(),
        )
        .await;
        assert!(is_taken_over(&late), "{late:?}");
    }
    let gone = write(&models, beside, there, 6, Vec::new()).await;
    assert!(is_unknown(&gone), "{gone:?}");
}

/// The old writer is fenced even if its generation no longer exists.
pub(super) async fn whoever_built_beside_before_a_switch_is_shut_out_after_it(models: Models) {
    let model = model(&demand(1));
    filled(&models, &model, 5, vec![put("tea", "1")]).await;
    let first = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let second = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let beside = (&model, Generation::Rebuilding);
    let there = write(&models, beside, second, 5, Vec::new()).await.unwrap();
    models
        .switch(model.id.clone(), there, None)
        .await
        .unwrap()
        .unwrap();
    let third = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    for zombie in [first, second] {
        let late = write(&models, beside, zombie, 5, Vec::new()).await;
        assert!(is_taken_over(&late), "{late:?}");
    }
    write(&models, beside, third, 5, Vec::new()).await.unwrap();
}

/// A new rebuild does not see the rows that another one left.
pub(super) async fn what_is_begun_again_beside_is_empty(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    filled(&models, &model, 5, vec![put("tea", "1")]).await;
    let from = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let beside = (&model, Generation::Rebuilding);
    write(&models, beside, from, 5, vec![put("left", "1")])
        .await
        .unwrap();
    let again = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    assert_eq!(again.at.position(), Position::START);
    let keys = vec![Key::of("left")];
    let left = found(&models, &table, Generation::Rebuilding, keys).await;
    assert_eq!(left, []);
    let there = write(&models, beside, again, 6, Vec::new()).await.unwrap();
    models.switch(model.id, there, None).await.unwrap().unwrap();
    assert_eq!(all(&models, &table).await, []);
}

/// Models of other names stay.
pub(super) async fn only_older_versions_are_removed(models: Models) {
    for version in [1, 3, 4, 7] {
        let rows = vec![put("tea", &version.to_string())];
        filled(&models, &model(&demand(version)), 5, rows).await;
    }
    claim(&models, &model(&demand(3)), Generation::Rebuilding).await;
    let other = eventsource_core::read_model::Table::new("other", 1, &["sku"][..]);
    filled(&models, &model(&other), 5, vec![put("tea", "\"other\"")]).await;
    let removed = models.remove_older(id(&demand(4))).await.unwrap();
    assert_eq!(removed, [1, 3]);
    for version in [1, 3] {
        for generation in [Generation::Serving, Generation::Rebuilding] {
            assert_eq!(at(&models, &demand(version), generation).await, None);
        }
    }
    for (table, row) in [(demand(4), "4"), (demand(7), "7"), (other, "\"other\"")] {
        assert_eq!(all(&models, &table).await[0].1, row);
    }
    let again = models.remove_older(id(&demand(4))).await.unwrap();
    assert!(again.is_empty());
    // What is removed can be built again, also of another store's events.
    let other_store = LogId::new(StoreId::new(uuid::Uuid::from_u128(9)), 0);
    let again = try_claim(
        &models,
        &model(&demand(3)),
        Generation::Serving,
        other_store,
    )
    .await;
    assert_eq!(again.unwrap().checkpoint.at.position(), Position::START);
}

/// Until then, the older versions are the only ones that can be read.
pub(super) async fn older_versions_stay_while_a_new_one_is_built(models: Models) {
    let unknown = models.remove_older(id(&demand(2))).await;
    assert!(is_unknown(&unknown), "{unknown:?}");
    filled(&models, &model(&demand(1)), 5, vec![put("tea", "1")]).await;
    let second = model(&demand(2));
    claim(&models, &second, Generation::Serving).await;
    let refused = models.remove_older(second.id).await;
    let is_refused = matches!(refused, Err(MaintainError::Rebuilding { .. }));
    assert!(is_refused, "{refused:?}");
    assert_eq!(all(&models, &demand(1)).await.len(), 1);
}

/// A reactor that is called like a projection keeps its place, whatever becomes of that.
pub(super) async fn a_reactor_is_no_older_version(models: Models) {
    let reactor = Model::reactor("demand");
    let mut claim = Claim::new(reactor.clone(), Generation::Serving, SOURCE, OWNER);
    claim.start = horizon(3);
    models.claim(claim).await.unwrap();
    filled(&models, &model(&demand(1)), 5, vec![put("tea", "1")]).await;
    filled(&models, &model(&demand(2)), 5, vec![put("tea", "2")]).await;
    let removed = models.remove_older(id(&demand(2))).await.unwrap();
    assert_eq!(removed, [1]);
    let kept = models
        .progress(reactor.id, Generation::Serving)
        .await
        .unwrap();
    assert_eq!(kept.unwrap().checkpoint.at.position(), Position::new(3));
}

/// Versions begin with 1, and a reactor keeps no rows.
pub(super) async fn a_projection_has_a_version(models: Models) {
    let mut reactor = Model::reactor("demand");
    reactor.tables.push(demand(1));
    for wrong in [
        model(&demand(0)),
        Model::new("mails", 0, Vec::new()),
        reactor,
    ] {
        let refused = try_claim(&models, &wrong, Generation::Serving, SOURCE).await;
        let is_refused = matches!(refused, Err(ClaimError::Names(_)));
        assert!(is_refused, "{wrong:?}: {refused:?}");
    }
}
