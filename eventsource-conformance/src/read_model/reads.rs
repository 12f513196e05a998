//! Cases of reads.

use eventsource_core::Key;
use eventsource_core::read_model::{Checkpoint, Generation, Select, Table, Write};

use super::Models;
use super::support::{
    SOURCE, all, at, demand, filled, found, horizon, is_unknown, model, put, texts,
};

/// The model is reported as unknown, not as empty, so that a runner that was never started is noticed.
pub(super) async fn a_model_that_nobody_claimed_is_unknown(models: Models) {
    for generation in [Generation::Serving, Generation::Rebuilding] {
        assert_eq!(at(&models, &demand(1), generation).await, None);
        let keys = Select::Keys(vec![Key::of("tea")]);
        assert!(is_unknown(&models.rows(demand(1), generation, keys).await));
        let write = Write::new(
            model(&demand(1)),
            generation,
            Checkpoint::default(),
            horizon(1),
        );
        assert!(is_unknown(&models.write(write).await));
    }
    filled(&models, &model(&demand(2)), 1, Vec::new()).await;
    let other_key = Table::new("demand", 2, &["tea"][..]);
    for (table, generation) in [
        (demand(1), Generation::Serving),
        (demand(2), Generation::Rebuilding),
        (other_key, Generation::Serving),
    ] {
        let counted = models.rows(table, generation, Select::Count).await;
        assert!(is_unknown(&counted), "{counted:?}");
    }
}

/// The rows come in the order of the requested keys.
pub(super) async fn rows_are_found_by_their_keys(models: Models) {
    let rows = ["a", "b", "c"].map(|key| put(key, &format!("\"{key}{key}\"")));
    let to = filled(&models, &model(&demand(1)), 4, rows.to_vec()).await;
    let keys: Vec<Key> = ["c", "x", "a", "c"].into_iter().map(Key::of).collect();
    let found = models
        .rows(demand(1), Generation::Serving, Select::Keys(keys))
        .await
        .unwrap();
    let there = [("c", "\"cc\""), ("a", "\"aa\""), ("c", "\"cc\"")];
    assert_eq!(
        texts(found.rows),
        there.map(|(key, row)| (Key::of(key), row.to_owned()))
    );
    assert_eq!(
        (found.progress.checkpoint, found.progress.source),
        (to, SOURCE)
    );
    let none = models
        .rows(demand(1), Generation::Serving, Select::Keys(Vec::new()))
        .await
        .unwrap();
    assert_eq!(none.rows, []);
}

/// The store counts rows without reading them.
pub(super) async fn rows_are_counted(models: Models) {
    let rows = (0..100).map(|key| put(&key, "1")).collect();
    filled(&models, &model(&demand(1)), 4, rows).await;
    let counted = models
        .rows(demand(1), Generation::Serving, Select::Count)
        .await
        .unwrap();
    assert_eq!((counted.count, counted.rows.len()), (100, 0));
}

/// The rows are as many as a page of events may change, with a long one among them.
pub(super) async fn thousands_of_rows_come_back(models: Models) {
    let row = |number: i64| match number {
        700 => format!("\"{}\"", "x".repeat(3_000_000)),
        _ => format!("{{\"number\":{number}}}"),
    };
    let rows = (0..5_000)
        .map(|number| put(&number, &row(number)))
        .collect();
    filled(&models, &model(&demand(1)), 4, rows).await;
    let keys: Vec<Key> = (0..5_001).map(|number: i64| Key::of(&number)).collect();
    let found = found(&models, &demand(1), Generation::Serving, keys).await;
    let expected = (0..5_000).map(|number| (Key::of(&number), row(number)));
    assert!(found.into_iter().eq(expected));
    assert_eq!(all(&models, &demand(1)).await.len(), 5_000);
}
