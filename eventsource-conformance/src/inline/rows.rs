//! Rows that change in the transaction of the append.

use eventsource_core::store::{Imported, NewEvent};
use eventsource_core::{Codec, Timestamp};

use super::bed::{Bed, Ruled};
use super::emails::{account, owners, take, taking};
use crate::store::support::commit;

/// The rows are visible to each handle as soon as the append is acknowledged.
pub(super) async fn rows_change_with_the_append(bed: Bed) {
    let (one, other) = (bed.open().await, bed.open().await);
    for number in 0..20_u32 {
        let (writer, reader) = if number % 2 == 0 {
            (&one, &other)
        } else {
            (&other, &one)
        };
        let (stream, email) = (account(), format!("{number}@example.org"));
        writer.append(take(&stream, &email)).await.unwrap();
        let row = (stream.root_id(), 1);
        assert_eq!(owners(writer).await.get(&email), Some(&row));
        assert_eq!(owners(reader).await.get(&email), Some(&row));
    }
    let new = bed.open().await;
    assert_eq!(owners(&new).await, owners(&one).await);
    assert_eq!(owners(&new).await.len(), 20);
}

/// The rows of earlier events of the commit are visible before they are stored.
pub(super) async fn events_of_a_commit_see_the_rows_of_those_before(store: Ruled) {
    let stream = account();
    let twice = vec![
        taking(&stream, "ann"),
        taking(&stream, "bob"),
        taking(&stream, "ann"),
    ];
    store.append(commit(twice)).await.unwrap();
    let id = stream.root_id();
    let expected = [("ann", (id, 2)), ("bob", (id, 1))];
    let expected = expected.map(|(email, row)| (email.to_owned(), row));
    assert_eq!(owners(&store).await, expected.into());
}

/// Their payloads need not be readable.
pub(super) async fn events_that_no_rule_wants_are_stored_as_they_are(store: Ruled) {
    let stream = account();
    let other = NewEvent::new(stream.clone(), "other", 1, Codec::Json, b"\xff".to_vec());
    store.append(commit(vec![other.clone()])).await.unwrap();
    assert!(owners(&store).await.is_empty());
    let both = vec![other, taking(&stream, "ann")];
    let receipt = store.append(commit(both)).await.unwrap();
    assert_eq!(receipt.revision().version(), 3);
    assert_eq!(owners(&store).await.len(), 1);
}

/// The repeated commit gets its receipt, and is not refused due to its own row.
pub(super) async fn a_repeated_commit_is_counted_once(store: Ruled) {
    let (stream, other) = (account(), account());
    let new = take(&stream, "ann");
    let first = store.append(new.clone()).await.unwrap();
    for _ in 0..3 {
        store.append(take(&other, "bob")).await.unwrap();
        let again = store.append(new.clone()).await.unwrap();
        assert_eq!(again, first.clone().into_repeated());
    }
    assert_eq!(owners(&store).await["ann"], (stream.root_id(), 1));
    assert_eq!(owners(&store).await["bob"], (other.root_id(), 3));
}

/// A rule is asked about imported commits as well.
pub(super) async fn an_import_changes_rows_as_well(store: Ruled) {
    let stream = account();
    let time = Timestamp::from_micros(1_000_000);
    let import = ["ann", "bob"].map(|email| Imported::new(take(&stream, email), time));
    store.import(import.to_vec()).await.unwrap();
    store.import(import.to_vec()).await.unwrap();
    let owners = owners(&store).await;
    assert_eq!(owners.len(), 2);
    assert!(owners.values().all(|row| *row == (stream.root_id(), 1)));
}
