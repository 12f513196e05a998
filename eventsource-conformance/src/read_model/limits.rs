//! Keys, names and writes at their limits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use eventsource_core::read_model::{
    ClaimError, Generation, ModelId, Parked, Parking, RowWrite, Select, SelectParked, Table,
    TableKeyError, Write, WriteError,
};
use eventsource_core::store::{Limits, LogId};
use eventsource_core::{Horizon, Key, Position, Timestamp};
use uuid::Uuid;

use super::Models;
use super::support::{
    SOURCE, all, at, claim, demand, filled, found, horizon, id, model, page, pairs, put,
    refused_key, try_claim, write,
};

/// A text whose key has this many bytes.
fn text_of(bytes: usize) -> String {
    "k".repeat(bytes - 3)
}

/// The length is that of the encoded key. A store that truncates it finds another row, or none.
pub(super) async fn a_key_of_1024_bytes_is_kept(models: Models) {
    let keys = ["a", "b"].map(|last| format!("{}{last}", text_of(Limits::DEFAULT.key_bytes - 1)));
    assert_eq!(
        Key::of(&keys[0]).as_bytes().len(),
        Limits::DEFAULT.key_bytes
    );
    let rows = vec![put(&keys[0], "1"), put(&keys[1], "2")];
    let model = model(&demand(1));
    let from = filled(&models, &model, 1, rows).await;
    let expected = [(Key::of(&keys[0]), "1"), (Key::of(&keys[1]), "2")];
    let expected = expected.map(|(key, row)| (key, row.to_owned()));
    assert_eq!(all(&models, &demand(1)).await, expected);
    let after = Some(Key::of(&keys[0]));
    assert_eq!(page(&models, &demand(1), after, 5).await, expected[1..]);

    let mut write = Write::new(model, Generation::Serving, from, horizon(2));
    write.parking = keys.iter().map(|key| failed(Key::of(key), 2)).collect();
    models.write(write).await.unwrap();
    let parked = parked(&models, None, 5).await;
    assert!(
        parked
            .iter()
            .map(|parked| &parked.key)
            .eq(expected.iter().map(|(key, _)| key))
    );
}

/// No row is kept under it, and events are parked under it.
pub(super) async fn a_longer_key_parks_and_has_no_row(models: Models) {
    let (table, model) = (demand(1), model(&demand(1)));
    let from = filled(&models, &model, 1, vec![put("tea", "1")]).await;
    let long = Key::of(&text_of(Limits::DEFAULT.key_bytes + 1));
    assert!(long.is_shortened());
    let is_too_long =
        |key: Option<&TableKeyError>| matches!(key, Some(TableKeyError::TooLong { .. }));
    let rows = vec![put("tea", "2"), put(&long, "2")];
    let written = write(&models, (&model, Generation::Serving), from, 2, rows).await;
    assert!(is_too_long(refused_key(&written)), "{written:?}");
    for generation in [Generation::Serving, Generation::Rebuilding] {
        let keys = Select::Keys(vec![long.clone()]);
        let rows = models.rows(table.clone(), generation, keys).await;
        assert!(is_too_long(refused_key(&rows)), "{rows:?}");
    }

    let mut write = Write::new(model, Generation::Serving, from, horizon(2));
    write.parking = vec![failed(long.clone(), 2), failed(Key::of("tea"), 2)];
    models.write(write).await.unwrap();
    let found = parked(&models, None, 5).await;
    let keys: Vec<_> = found.into_iter().map(|parked| parked.key).collect();
    assert_eq!(keys, [Key::of("tea"), long.clone()]);
    let waiting = models.waiting(id(&table), Generation::Serving, long.clone(), 5);
    assert_eq!(waiting.await.unwrap(), [Position::new(2)]);
    assert_eq!(models.unpark(id(&table), Some(long)).await.unwrap(), 1);
}

/// A store that cuts names would take one for the other.
pub(super) async fn names_that_are_too_long_are_refused(models: Models) {
    let name = "n".repeat(Limits::DEFAULT.model_name_bytes);
    let part = "p".repeat(Limits::DEFAULT.key_part_bytes);
    let longest = Table::new(name.clone(), 1, std::slice::from_ref(&part));
    filled(&models, &model(&longest), 1, vec![put("tea", "1")]).await;
    assert_eq!(all(&models, &longest).await.len(), 1);
    let tables = [
        Table::new(format!("{name}a"), 1, &["sku"]),
        Table::new(format!("{name}b"), 1, &["sku"]),
        Table::new("demand", 1, &[format!("{part}a")]),
        // 21 letters of two bytes.
        Table::new("é".repeat(21), 1, &["sku"]),
    ];
    for table in tables {
        let claimed = try_claim(&models, &model(&table), Generation::Serving, SOURCE).await;
        let is_refused = matches!(claimed, Err(ClaimError::Names(_)));
        assert!(is_refused, "{claimed:?}");
        assert_eq!(at(&models, &table, Generation::Serving).await, None);
    }
}

/// More parameters than a statement takes on most servers.
pub(super) async fn forty_thousand_keys_are_written_at_once(models: Models) {
    let key = |number: u32| (format!("product-{}", number % 200), i64::from(number / 200));
    let rows = |row: &'static str| {
        let put = |number| put(&key(number), row);
        (0..40_000).map(put).collect::<Vec<RowWrite>>()
    };
    let model = model(&pairs());
    let from = filled(&models, &model, 1, rows("1")).await;
    let keys: Vec<Key> = (0..40_000).map(|number| Key::of(&key(number))).collect();
    let found = found(&models, &pairs(), Generation::Serving, keys).await;
    assert_eq!(found.len(), 40_000);
    assert!(found.iter().all(|(_, row)| row == "1"));
    let mut rows = rows("2");
    for row in rows.iter_mut().step_by(2) {
        row.row = None;
    }
    write(&models, (&model, Generation::Serving), from, 2, rows)
        .await
        .unwrap();
    let found = all(&models, &pairs()).await;
    assert_eq!(found.len(), 20_000);
    assert!(found.iter().all(|(_, row)| row == "2"));
}

/// The number is the greatest that a runner parks.
pub(super) async fn ten_thousand_keys_are_parked(models: Models) {
    let model = model(&demand(1));
    let from = filled(&models, &model, 1, Vec::new()).await;
    let mut write = Write::new(model, Generation::Serving, from, horizon(2));
    write.parking = (0..10_000)
        .map(|key: i64| failed(Key::of(&key), 2))
        .collect();
    models.write(write).await.unwrap();
    let progress = at(&models, &demand(1), Generation::Serving).await.unwrap();
    assert_eq!(progress.parked, 10_000);
    let (mut after, mut found) = (None, 0);
    loop {
        let page = parked(&models, after.take(), 1_500).await;
        assert!(page.len() <= 1_500);
        let in_order = page
            .iter()
            .zip(found..)
            .all(|(parked, key)| parked.key.integer(0) == Some(key));
        assert!(in_order, "after {found}");
        found += i64::try_from(page.len()).unwrap();
        let Some(last) = page.last() else { break };
        after = Some(last.key.clone());
    }
    assert_eq!(found, 10_000);
}

/// A model follows one log, and a position of another log is never taken for one of its own.
pub(super) async fn a_position_in_another_log_is_not_forgotten(models: Models) {
    let model = model(&demand(1));
    let source = LogId::new(SOURCE.store(), 1);
    let claimed = try_claim(&models, &model, Generation::Serving, source).await;
    let from = claimed.unwrap().checkpoint;
    let to = Horizon::new(Position::new(7).in_log(1), Uuid::from_u128(7));
    let write = Write::new(model.clone(), Generation::Serving, from, to);
    let from = models.write(write).await.unwrap();
    assert_eq!(from.at, to);
    let progress = at(&models, &demand(1), Generation::Serving).await.unwrap();
    assert_eq!((progress.source, progress.checkpoint), (source, from));

    let to = horizon(8);
    match models
        .write(Write::new(model, Generation::Serving, from, to))
        .await
    {
        Ok(checkpoint) => {
            assert_eq!(checkpoint.at, to);
            let progress = at(&models, &demand(1), Generation::Serving).await.unwrap();
            assert_eq!(progress.checkpoint.at, to);
        }
        Err(WriteError::Store(_)) => {
            let progress = at(&models, &demand(1), Generation::Serving).await.unwrap();
            assert_eq!(progress.checkpoint, from);
        }
        Err(error) => panic!("{error}"),
    }
}

/// For tools, which do not know the projections of a program.
pub(super) async fn all_models_are_listed(models: Models) {
    assert_eq!(models.models().await.unwrap(), []);
    let reactor = eventsource_core::read_model::Model::reactor("demand");
    claim(&models, &reactor, Generation::Serving).await;
    let (first, second) = (model(&demand(1)), model(&demand(2)));
    filled(&models, &second, 3, vec![put("tea", "1")]).await;
    claim(&models, &second, Generation::Rebuilding).await;
    claim(&models, &first, Generation::Serving).await;
    claim(&models, &model(&pairs()), Generation::Serving).await;
    let found = models.models().await.unwrap();
    let listed: Vec<_> = found
        .iter()
        .map(|it| (it.id.clone(), it.generation))
        .collect();
    let expected = [
        (id(&pairs()), Generation::Serving),
        (ModelId::reactor("demand"), Generation::Serving),
        (id(&demand(1)), Generation::Serving),
        (id(&demand(2)), Generation::Serving),
        (id(&demand(2)), Generation::Rebuilding),
    ];
    assert_eq!(listed, expected);
    let progress = at(&models, &demand(2), Generation::Serving).await;
    assert_eq!(Some(&found[3].progress), progress.as_ref());
    assert!(found[3].progress.serving && !found[2].progress.serving);
}

/// Twenty times the rows are built beside and switched, and no reader ever finds none.
pub(super) async fn readers_see_rows_during_every_switch(models: Models) {
    let model = model(&demand(1));
    filled(&models, &model, 1, vec![put("tea", "0")]).await;
    let stop = Arc::new(AtomicBool::new(false));
    let reads = Arc::new(AtomicU64::new(0));
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let (models, stop, reads) =
                (Arc::clone(&models), Arc::clone(&stop), Arc::clone(&reads));
            tokio::spawn(async move {
                let mut last = 0_u32;
                while !stop.load(Ordering::SeqCst) {
                    let (after, limit) = (None, 5);
                    let found = models.rows(
                        demand(1),
                        Generation::Serving,
                        Select::After { after, limit },
                    );
                    let found = found.await.unwrap();
                    assert!(found.progress.serving);
                    assert_eq!(found.rows.len(), 1, "after row {last}");
                    let row: u32 = found.rows[0].1.parse().unwrap();
                    assert!(row >= last, "it never goes back");
                    last = row;
                    reads.fetch_add(1, Ordering::SeqCst);
                    tokio::task::yield_now().await;
                }
            })
        })
        .collect();
    for number in 1..=20 {
        let from = claim(&models, &model, Generation::Rebuilding)
            .await
            .checkpoint;
        let rows = vec![put("tea", &number.to_string())];
        let beside = (&model, Generation::Rebuilding);
        let at = write(&models, beside, from, 1, rows).await.unwrap();
        let before = reads.load(Ordering::SeqCst);
        assert!(
            models
                .switch(model.id.clone(), at, None)
                .await
                .unwrap()
                .is_some()
        );
        // At least one that began after the switch.
        while reads.load(Ordering::SeqCst) < before + 8
            && !readers.iter().any(tokio::task::JoinHandle::is_finished)
        {
            tokio::task::yield_now().await;
        }
    }
    stop.store(true, Ordering::SeqCst);
    for reader in readers {
        reader.await.unwrap();
    }
}

fn failed(key: Key, position: u64) -> Parking {
    let failed = Parking::failed(key, Position::new(position), "no price");
    failed.next_attempt(Timestamp::from_micros(1))
}

async fn parked(models: &Models, after: Option<Key>, limit: usize) -> Vec<Parked> {
    let select = SelectParked::After { after, limit };
    models
        .parked(id(&demand(1)), Generation::Serving, select)
        .await
        .unwrap()
        .1
}
