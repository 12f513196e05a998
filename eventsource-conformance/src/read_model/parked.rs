//! Parked keys, and what waits behind them.

use eventsource_core::projection::ToKey;
use eventsource_core::read_model::{
    Checkpoint, Generation, MaintainError, Model, ModelId, Parked, Parking, Select, SelectParked,
    Table, Write, WriteError,
};
use eventsource_core::{Key, Position, Timestamp};

use super::Models;
use super::support::{
    all, at, claim, demand, filled, horizon, id, is_taken_over, is_unknown, model, pairs, put,
    write,
};

fn failed<K: ToKey + ?Sized>(key: &K, position: u64, attempts: u32) -> Parking {
    let next_attempt = Timestamp::from_micros(1_000 * i64::from(attempts));
    Parking::failed(Key::of(key), Position::new(position), reason_of(position))
        .attempts(attempts)
        .next_attempt(next_attempt)
}

fn reason_of(position: u64) -> String {
    format!("'{position}' is \"bad\"\n\u{0}\u{10ffff}")
}

fn queued<K: ToKey + ?Sized>(key: &K, position: u64) -> Parking {
    Parking::queued(Key::of(key), Position::new(position))
}

fn done<K: ToKey + ?Sized>(key: &K, through: u64) -> Parking {
    Parking::done(Key::of(key), Position::new(through))
}

/// Writes nothing but what becomes of parked keys, and lets the main place serve.
async fn park(
    models: &Models,
    (model, generation): (&Model, Generation),
    from: Checkpoint,
    parking: Vec<Parking>,
) -> Result<Checkpoint, WriteError> {
    let to = horizon(from.at.position().offset().get() + 10);
    let mut write = Write::new(model.clone(), generation, from, to);
    (write.parking, write.serving) = (parking, generation == Generation::Serving);
    models.write(write).await
}

async fn parked(models: &Models, table: &Table, generation: Generation) -> Vec<Parked> {
    parked_of(models, &id(table), generation).await
}

async fn parked_of(models: &Models, id: &ModelId, generation: Generation) -> Vec<Parked> {
    let (after, limit) = (None, usize::MAX);
    let select = SelectParked::After { after, limit };
    let found = models.parked(id.clone(), generation, select);
    let (progress, parked) = found.await.expect("it can be read");
    assert_eq!(progress.parked, parked.len() as u64);
    parked
}

async fn keys(models: &Models, table: &Table, generation: Generation) -> Vec<Key> {
    let parked = parked(models, table, generation).await.into_iter();
    parked.map(|parked| parked.key).collect()
}

async fn waiting<K: ToKey + ?Sized>(models: &Models, key: &K) -> Vec<u64> {
    let waiting = models.waiting(
        id(&demand(1)),
        Generation::Serving,
        Key::of(key),
        usize::MAX,
    );
    let waiting = waiting.await.expect("it can be read").into_iter();
    waiting.map(|position| position.offset().get()).collect()
}

async fn behind(models: &Models, first: u64, last: u64) -> Option<Key> {
    let (first, last) = (Position::new(first), Position::new(last));
    let select = SelectParked::Behind { first, last };
    let found = models.parked(id(&demand(1)), Generation::Serving, select);
    let (_, parked) = found.await.expect("it can be read");
    assert!(parked.len() <= 1);
    parked.into_iter().next().map(|parked| parked.key)
}

/// Otherwise a parked event would never be retried, or be counted twice.
pub(super) async fn keys_are_parked_with_rows_and_checkpoint_or_not_at_all(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let main = (&model, Generation::Serving);
    let from = filled(&models, &model, 1, vec![put("tea", "1")]).await;
    assert_eq!(parked(&models, &table, Generation::Serving).await, []);
    let late = Checkpoint::new(from.at, from.epoch + 1);
    let refused = park(&models, main, late, vec![failed("tea", 7, 1)]).await;
    assert!(is_taken_over(&refused), "{refused:?}");
    let mut wrong = Write::new(model.clone(), Generation::Serving, from, horizon(9));
    wrong.parking = vec![failed("tea", 7, 1)];
    wrong.rows = vec![put(&("tea", "milk"), "2")];
    models.write(wrong).await.unwrap_err();
    assert_eq!(parked(&models, &table, Generation::Serving).await, []);
    assert_eq!(
        at(&models, &table, Generation::Serving)
            .await
            .unwrap()
            .checkpoint,
        from
    );

    let mut write = Write::new(model.clone(), Generation::Serving, from, horizon(9));
    write.parking = vec![failed("tea", 7, 1), queued("tea", 9)];
    write.rows = vec![put("milk", "2")];
    let to = models.write(write).await.unwrap();
    let mut tea = Parked::new(Key::of("tea"), Position::new(7));
    tea.reason = reason_of(7);
    (tea.attempts, tea.waiting) = (1, 2);
    tea.next_attempt = Timestamp::from_micros(1_000);
    assert_eq!(parked(&models, &table, Generation::Serving).await, [tea]);
    let progress = at(&models, &table, Generation::Serving).await.unwrap();
    assert_eq!((progress.checkpoint, progress.parked), (to, 1));
    assert_eq!(all(&models, &table).await.len(), 2);
    assert_eq!(claim(&models, &model, Generation::Serving).await.parked, 1);
}

/// The parked events of a key are given in order, each once, whenever they came.
pub(super) async fn what_waits_is_given_in_order_until_it_is_done(models: Models) {
    let model = model(&demand(1));
    let main = (&model, Generation::Serving);
    let from = filled(&models, &model, 1, Vec::new()).await;
    let parking = vec![
        failed("tea", 7, 1),
        queued("tea", 100),
        queued("tea", 9),
        queued("milk", 8),
        queued("tea", 9),
    ];
    let from = park(&models, main, from, parking).await.unwrap();
    assert_eq!(waiting(&models, "tea").await, [7, 9, 100]);
    let two = models.waiting(id(&demand(1)), Generation::Serving, Key::of("tea"), 2);
    assert_eq!(two.await.unwrap(), [7, 9].map(Position::new));
    // Nothing is lost though nobody said that it failed.
    assert_eq!(waiting(&models, "milk").await, [8]);
    assert_eq!(waiting(&models, "honey").await, [0; 0]);

    let parking = vec![done("tea", 8), done("milk", 8), done("honey", 8)];
    let from = park(&models, main, from, parking).await.unwrap();
    assert_eq!(waiting(&models, "tea").await, [9, 100]);
    let now = parked(&models, &demand(1), Generation::Serving)
        .await
        .remove(0);
    assert_eq!(
        (now.position, now.attempts, now.waiting),
        (Position::new(9), 0, 2)
    );
    assert_eq!(
        keys(&models, &demand(1), Generation::Serving).await,
        [Key::of("tea")]
    );

    let parking = vec![done("tea", 9), failed("tea", 100, 3)];
    let from = park(&models, main, from, parking).await.unwrap();
    let now = parked(&models, &demand(1), Generation::Serving)
        .await
        .remove(0);
    assert_eq!(
        (now.position, now.attempts, now.waiting),
        (Position::new(100), 3, 1)
    );
    let from = park(&models, main, from, vec![done("tea", 100)])
        .await
        .unwrap();
    assert_eq!(parked(&models, &demand(1), Generation::Serving).await, []);
    park(&models, main, from, vec![failed("tea", 120, 1)])
        .await
        .unwrap();
    assert_eq!(waiting(&models, "tea").await, [120]);
}

/// A reader that waits for an event gets the key behind which the event is parked.
pub(super) async fn it_is_told_behind_which_key_an_event_waits(models: Models) {
    let model = model(&demand(1));
    let from = filled(&models, &model, 1, Vec::new()).await;
    let parking = vec![
        failed("tea", 7, 1),
        queued("tea", 11),
        failed("milk", 9, 1),
        queued("milk", 11),
    ];
    park(&models, (&model, Generation::Serving), from, parking)
        .await
        .unwrap();
    for (first, last, key) in [
        (1, 6, None),
        (7, 7, Some("tea")),
        (8, 8, None),
        (8, 10, Some("milk")),
        (11, 11, Some("milk")),
        (12, u64::MAX, None),
        (8, 7, None),
        (1, u64::MAX, Some("milk")),
    ] {
        let key = key.map(Key::of);
        assert_eq!(behind(&models, first, last).await, key, "{first} to {last}");
    }
}

/// The store counts the requests to unpark a key until the key is free.
pub(super) async fn unparking_is_counted(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let main = (&model, Generation::Serving);
    let unparked = async || {
        let found = models.parked(id(&table), Generation::Serving, SelectParked::Unparked);
        let (_, unparked) = found.await.unwrap();
        let unparked = unparked.into_iter();
        unparked
            .map(|parked| (parked.key, parked.unparked))
            .collect::<Vec<_>>()
    };
    let unknown = models.unpark(id(&table), None).await;
    assert!(is_unknown(&unknown), "{unknown:?}");
    let from = filled(&models, &model, 1, Vec::new()).await;
    let parking = vec![failed("tea", 7, 1), failed("milk", 8, 1)];
    let from = park(&models, main, from, parking).await.unwrap();
    assert_eq!(unparked().await, []);
    let mut moved = models.watch_models();
    moved.mark_seen();
    let tea = Some(Key::of("tea"));
    assert_eq!(models.unpark(id(&table), tea).await.unwrap(), 1);
    assert!(moved.has_changed());
    let honey = Some(Key::of("honey"));
    assert_eq!(models.unpark(id(&table), honey).await.unwrap(), 0);
    assert_eq!(unparked().await, [(Key::of("tea"), 1)]);
    assert_eq!(models.unpark(id(&table), None).await.unwrap(), 2);
    // Who asks while it is being tried is heard afterwards.
    let from = park(&models, main, from, vec![failed("tea", 7, 2)])
        .await
        .unwrap();
    assert_eq!(
        unparked().await,
        [(Key::of("milk"), 1), (Key::of("tea"), 2)]
    );
    let parking = vec![done("tea", 7), failed("tea", 30, 1)];
    park(&models, main, from, parking).await.unwrap();
    assert_eq!(unparked().await, [(Key::of("milk"), 1)]);
}

/// Texts are the keys of people.
pub(super) async fn parked_keys_of_any_text_come_in_their_order(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let texts = [
        "",
        "a",
        "a\u{0}b",
        "\"",
        "\\",
        "[\"a\"]",
        "'; DROP TABLE parked_keys; --",
        "%",
        "_",
        "A",
        "\u{e9}",
        "\u{10ffff}",
        "\n",
        "1",
    ];
    let mut expected: Vec<Key> = texts.into_iter().map(Key::of).collect();
    expected.extend([i64::MIN, -1, 0, 1, i64::MAX].map(|number| Key::of(&number)));
    expected.push(Key::of(&("a", 1, "b", -2)));
    let from = filled(&models, &model, 1, Vec::new()).await;
    let parking = expected
        .iter()
        .flat_map(|key| [failed(key, 7, 1), queued(key, 9)]);
    let from = park(
        &models,
        (&model, Generation::Serving),
        from,
        parking.collect(),
    );
    let from = from.await.unwrap();
    expected.sort_unstable();
    assert_eq!(keys(&models, &table, Generation::Serving).await, expected);
    for limit in 1..=expected.len() {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let select = SelectParked::After { after, limit };
            let page = models
                .parked(id(&table), Generation::Serving, select)
                .await
                .unwrap();
            let Some(last) = page.1.last() else { break };
            assert!(page.1.len() <= limit);
            after = Some(last.key.clone());
            found.extend(page.1.into_iter().map(|parked| parked.key));
        }
        assert_eq!(found, expected, "in pages of {limit}");
    }
    for key in &expected {
        assert_eq!(waiting(&models, key).await, [7, 9], "{key:?}");
    }
    let parking = expected.iter().map(|key| done(key, 9)).collect();
    park(&models, (&model, Generation::Serving), from, parking)
        .await
        .unwrap();
    assert_eq!(keys(&models, &table, Generation::Serving).await, []);
}

/// The new rows are there with what waits for them.
pub(super) async fn what_is_parked_beside_is_switched_with_the_rows(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let (main, beside) = (
        (&model, Generation::Serving),
        (&model, Generation::Rebuilding),
    );
    let from = filled(&models, &model, 1, Vec::new()).await;
    let parking = vec![failed("old", 3, 1), queued("old", 4), failed("both", 3, 1)];
    park(&models, main, from, parking).await.unwrap();
    let from = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let parking = vec![failed("new", 5, 1), queued("new", 6), failed("both", 6, 1)];
    let there = park(&models, beside, from, parking.clone()).await.unwrap();
    let is_old = [Key::of("both"), Key::of("old")];
    assert_eq!(keys(&models, &table, Generation::Serving).await, is_old);
    assert_eq!(keys(&models, &table, Generation::Rebuilding).await.len(), 2);

    // Who begins again beside, begins with nothing.
    let from = claim(&models, &model, Generation::Rebuilding).await;
    assert_eq!(
        (from.parked, there.epoch < from.checkpoint.epoch),
        (0, true)
    );
    assert_eq!(keys(&models, &table, Generation::Rebuilding).await, []);
    let there = park(&models, beside, from.checkpoint, parking)
        .await
        .unwrap();
    let there = write(&models, beside, there, 11, Vec::new()).await.unwrap();
    let now = models
        .switch(model.id.clone(), there, None)
        .await
        .unwrap()
        .unwrap();
    let is_new = [Key::of("both"), Key::of("new")];
    assert_eq!(keys(&models, &table, Generation::Serving).await, is_new);
    assert_eq!(waiting(&models, "new").await, [5, 6]);
    assert_eq!(waiting(&models, "old").await, [0; 0]);
    assert_eq!(waiting(&models, "both").await, [6]);
    let parking = vec![done("new", 6), done("both", 6)];
    park(&models, main, now, parking).await.unwrap();
    assert_eq!(keys(&models, &table, Generation::Serving).await, []);
}

/// Readers would miss more than before.
pub(super) async fn a_switch_is_refused_while_more_keys_are_parked_beside(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let (main, beside) = (
        (&model, Generation::Serving),
        (&model, Generation::Rebuilding),
    );
    let from = filled(&models, &model, 1, vec![put("tea", "1")]).await;
    park(&models, main, from, vec![failed("tea", 3, 1)])
        .await
        .unwrap();
    let from = claim(&models, &model, Generation::Rebuilding)
        .await
        .checkpoint;
    let parking = vec![failed("tea", 3, 1), failed("milk", 4, 1)];
    let there = park(&models, beside, from, parking).await.unwrap();
    let there = park(&models, beside, there, Vec::new()).await.unwrap();
    let refused = models.switch(model.id.clone(), there, None).await;
    let is_refused = matches!(
        refused,
        Err(MaintainError::MoreParked {
            beside: 2,
            main: 1,
            ..
        })
    );
    assert!(is_refused, "{refused:?}");
    assert_eq!(
        keys(&models, &table, Generation::Serving).await,
        [Key::of("tea")]
    );
    assert_eq!(all(&models, &table).await[0].1, "1");
    let there = park(&models, beside, there, vec![done("milk", 4)])
        .await
        .unwrap();
    assert!(
        models
            .switch(model.id.clone(), there, None)
            .await
            .unwrap()
            .is_some()
    );
    assert_eq!(
        keys(&models, &table, Generation::Serving).await,
        [Key::of("tea")]
    );
}

/// The one that serves has the rows that the other one lacks.
pub(super) async fn a_new_version_with_more_parked_keys_does_not_serve(models: Models) {
    let serves = async |version| {
        at(&models, &demand(version), Generation::Serving)
            .await
            .unwrap()
            .serving
    };
    let version = |version| model(&demand(version));
    let from = filled(&models, &version(1), 1, Vec::new()).await;
    let parking = vec![failed("a", 1, 1), failed("b", 1, 1), failed("c", 1, 1)];
    park(&models, (&version(1), Generation::Serving), from, parking)
        .await
        .unwrap();
    let from = filled(&models, &version(2), 1, Vec::new()).await;
    park(
        &models,
        (&version(2), Generation::Serving),
        from,
        vec![failed("a", 1, 1)],
    )
    .await
    .unwrap();
    claim(&models, &version(3), Generation::Serving).await;

    let new = version(4);
    let mut from = claim(&models, &new, Generation::Serving).await.checkpoint;
    let steps = [
        (vec![failed("a", 1, 1), failed("b", 1, 1)], false),
        (Vec::new(), false),
        (vec![done("a", 1)], true),
        (vec![failed("a", 9, 1), failed("c", 9, 1)], true),
    ];
    for (number, (parking, expected)) in steps.into_iter().enumerate() {
        from = park(&models, (&new, Generation::Serving), from, parking)
            .await
            .unwrap();
        assert_eq!(serves(4).await, expected, "after step {number}");
    }
    assert!(serves(1).await && serves(2).await && !serves(3).await);
    assert_eq!(
        models.remove_older(new.id.clone()).await.unwrap(),
        [1, 2, 3]
    );
    // What waited there is gone with it.
    claim(&models, &version(1), Generation::Serving).await;
    assert_eq!(keys(&models, &demand(1), Generation::Serving).await, []);
    assert_eq!(waiting(&models, "a").await, [0; 0]);
    assert_eq!(
        keys(&models, &demand(4), Generation::Serving).await.len(),
        3
    );
}

/// The name of the model stands for it, and the store does not look for its rows.
pub(super) async fn a_model_without_tables_parks_keys(models: Models) {
    let model = Model::new("mails", 1, Vec::new());
    let id = || model.id.clone();
    let unknown = models
        .waiting(id(), Generation::Serving, Key::of("tea"), 1)
        .await;
    assert!(is_unknown(&unknown), "{unknown:?}");
    let from = claim(&models, &model, Generation::Serving).await.checkpoint;
    let at_ten = park(
        &models,
        (&model, Generation::Serving),
        from,
        vec![failed("tea", 3, 1)],
    );
    let at_ten = at_ten.await.unwrap();
    let parked = parked_of(&models, &id(), Generation::Serving).await;
    assert_eq!((parked.len(), &parked[0].key), (1, &Key::of("tea")));
    assert_eq!(models.unpark(id(), None).await.unwrap(), 1);
    let progress = models.progress(id(), Generation::Serving).await.unwrap();
    assert_eq!(progress.unwrap().checkpoint, at_ten);
    let waiting = models.waiting(id(), Generation::Serving, Key::of("tea"), 9);
    assert_eq!(waiting.await.unwrap(), [Position::new(3)]);
    let table = Table::new("mails", 1, &["sku"][..]);
    let rows = models.rows(table, Generation::Serving, Select::Count).await;
    assert!(is_unknown(&rows), "{rows:?}");
}

/// A projection that follows another one has its keys parked in the model of that one.
pub(super) async fn the_id_of_a_follower_finds_the_model_that_it_follows(models: Models) {
    let model = Model::new("demand", 1, vec![demand(1), pairs()]);
    let from = filled(&models, &model, 1, Vec::new()).await;
    let main = (&model, Generation::Serving);
    let parking = vec![failed("tea", 7, 1), queued("tea", 9)];
    let to = park(&models, main, from, parking).await.unwrap();
    let follower = || id(&pairs());
    let found = parked(&models, &pairs(), Generation::Serving).await;
    assert_eq!(
        found,
        parked(&models, &demand(1), Generation::Serving).await
    );
    assert_eq!(found.len(), 1);
    let waiting = models.waiting(follower(), Generation::Serving, Key::of("tea"), 9);
    assert_eq!(waiting.await.unwrap(), [7, 9].map(Position::new));
    assert_eq!(models.unpark(follower(), None).await.unwrap(), 1);
    let progress = at(&models, &pairs(), Generation::Serving).await.unwrap();
    assert_eq!((progress.checkpoint, progress.parked), (to, 1));
    let beside = models.progress(follower(), Generation::Rebuilding).await;
    assert_eq!(beside.unwrap(), None);
    let reactor = ModelId::reactor("bought-together");
    assert_eq!(
        models.progress(reactor, Generation::Serving).await.unwrap(),
        None
    );
}
