//! Keys, and the order they make.

use eventsource_core::Key;
use eventsource_core::projection::KeyPart;
use eventsource_core::read_model::{Generation, Select, TableKeyError};

use super::Models;
use super::support::{all, demand, filled, found, model, page, pairs, put, refused_key, write};

/// Parts that are easily mixed up, in their order.
fn parts() -> Vec<KeyPart> {
    let integers = [i64::MIN, -1, 0, 1, 2, 10, 1 << 53, (1 << 53) + 1, i64::MAX];
    let texts = [
        "",
        "\0",
        "\0\0",
        "\0a",
        " ",
        "\"",
        "%",
        "'",
        "'; DROP TABLE x; --",
        "-1",
        "0",
        "00",
        "1",
        "1.0",
        "10",
        "1e0",
        "2",
        "A",
        "Z",
        "_",
        "a",
        "a\0",
        "a\0b",
        "a ",
        "aa",
        "b",
        "\u{7f}",
        "ß",
        "ä",
        "\u{7ff}",
        "\u{800}",
        "ﬀ",
        "\u{ffff}",
        "\u{10000}",
        "😀",
        "\u{10ffff}",
    ];
    let integers = integers.into_iter().map(KeyPart::Integer);
    integers
        .chain(texts.into_iter().map(|text| KeyPart::Text(text.to_owned())))
        .collect()
}

fn keys() -> Vec<Key> {
    let parts = parts();
    let pair = |one: &KeyPart, other: &KeyPart| Key::from_parts(vec![one.clone(), other.clone()]);
    parts
        .iter()
        .flat_map(|one| parts.iter().map(|other| pair(one, other)))
        .collect()
}

/// Integers before texts, integers by their size and texts by their bytes, part by part.
pub(super) async fn rows_come_in_the_order_of_their_keys(models: Models) {
    let keys = keys();
    assert!(keys.is_sorted());
    let mut rows: Vec<_> = keys.iter().map(|key| put(key, &row_of(key))).collect();
    rows.reverse();
    rows.sort_by_key(|row| row.row.as_ref().map(|row| row.len() * 7 % 13));
    filled(&models, &model(&pairs()), 1, rows).await;
    let expected: Vec<_> = keys.into_iter().map(|key| (row_of(&key), key)).collect();
    let found = all(&models, &pairs()).await;
    assert!(found.into_iter().map(|(key, row)| (row, key)).eq(expected));
}

fn row_of(key: &Key) -> String {
    format!("{:?}", key.as_bytes())
}

/// Pages of every size, from every key on, have the same rows.
pub(super) async fn pages_of_every_size_hold_the_same_rows(models: Models) {
    let keys: Vec<Key> = keys().into_iter().step_by(23).collect();
    let rows = keys.iter().map(|key| put(key, "1")).collect();
    filled(&models, &model(&pairs()), 1, rows).await;
    for limit in 1..=keys.len() + 1 {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = page(&models, &pairs(), after.clone(), limit).await;
            assert!(page.len() <= limit);
            let is_last = page.len() < limit;
            found.extend(page.into_iter().map(|(key, _)| key));
            if is_last {
                break;
            }
            after = found.last().cloned();
        }
        assert_eq!(found, keys, "in pages of {limit}");
    }
    assert_eq!(page(&models, &pairs(), None, 0).await, []);
    // The key to go on after need not be there.
    let between = Key::from_parts(vec![KeyPart::Integer(1), KeyPart::Integer(1)]);
    let rest = page(&models, &pairs(), Some(between.clone()), usize::MAX).await;
    assert!(
        rest.iter()
            .map(|(key, _)| key)
            .eq(keys.iter().filter(|key| **key > between))
    );
}

/// Each is found under itself alone, and comes back as it was.
pub(super) async fn hostile_texts_come_back_and_mean_nothing(models: Models) {
    let parts = parts();
    let key = |part: &KeyPart| Key::from_parts(vec![part.clone()]);
    let row = |index: usize| format!("{{\"n\":{index},\"text\":\"%_'\\\"\\u0000\u{10ffff}\"}}");
    let rows = parts.iter().enumerate();
    let rows = rows
        .map(|(index, part)| put(&key(part), &row(index)))
        .collect();
    filled(&models, &model(&demand(1)), 1, rows).await;
    for (index, part) in parts.iter().enumerate() {
        let keys = vec![key(part)];
        let found = found(&models, &demand(1), Generation::Serving, keys).await;
        assert_eq!(found, [(key(part), row(index))]);
    }
}

/// Such a key belongs to another table.
pub(super) async fn a_key_of_other_parts_is_refused(models: Models) {
    let (table, model) = (pairs(), model(&pairs()));
    let at = filled(&models, &model, 1, vec![put(&("a", "b"), "1")]).await;
    for wrong in [Key::default(), Key::of("a"), Key::of(&("a", "b", "c"))] {
        let expected = wrong.parts().len();
        let is_refused = |key: Option<&TableKeyError>| matches!(key, Some(TableKeyError::Parts { parts, wanted: 2, .. }) if *parts == expected);
        let rows = vec![put(&("a", "b"), "2"), put(&wrong, "2")];
        let main = (&model, Generation::Serving);
        let written = write(&models, main, at, 2, rows).await;
        assert!(is_refused(refused_key(&written)), "{written:?}");
        let keys = vec![Key::of(&("a", "b")), wrong.clone()];
        let after = Select::After {
            after: Some(wrong.clone()),
            limit: 1,
        };
        for select in [Select::Keys(keys), after] {
            let read = models.rows(table.clone(), Generation::Serving, select);
            let read = read.await;
            assert!(is_refused(refused_key(&read)), "{read:?}");
        }
    }
    assert_eq!(
        all(&models, &table).await,
        [(Key::of(&("a", "b")), "1".to_owned())]
    );
}
