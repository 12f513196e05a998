//! Cases of the number of times that a batch was begun.

use std::sync::Arc;

use eventsource_core::read_model::{Checkpoint, Generation, Model, Parking, Write, WriteError};
use eventsource_core::{Key, Position};

use super::Models;
use super::support::{claim, is_taken_over, is_unknown, write, writer};

fn receipts() -> Model {
    Model::reactor("receipts")
}

async fn begin(models: &Models, at: Checkpoint) -> Result<u32, WriteError> {
    let writer = writer(&receipts(), Generation::Serving, at.epoch);
    models.begin_batch(writer, at.at).await
}

/// A write that leaves the position, as of a parked key that was tried again, is no other batch.
pub(super) async fn starts_are_counted_until_the_checkpoint_moves(models: Models) {
    let receipts = receipts();
    let main = (&receipts, Generation::Serving);
    let mut at = claim(&models, &receipts, Generation::Serving)
        .await
        .checkpoint;
    for to in [3, 4] {
        for starts in 1..4 {
            assert_eq!(begin(&models, at).await.unwrap(), starts);
        }
        let mut parks = Write::new(receipts.clone(), Generation::Serving, at, at.at);
        let failed = Parking::failed(Key::of("ann"), Position::new(1), "nobody answers");
        parks.parking.push(failed);
        at = models.write(parks).await.unwrap();
        assert_eq!(begin(&models, at).await.unwrap(), 4);
        at = write(&models, main, at, to, Vec::new()).await.unwrap();
    }
    assert_eq!(begin(&models, at).await.unwrap(), 1);
}

/// The next writer goes on counting after a process that was killed.
pub(super) async fn starts_are_counted_over_claims(models: Models) {
    for starts in 1..4 {
        let at = claim(&models, &receipts(), Generation::Serving)
            .await
            .checkpoint;
        assert_eq!(begin(&models, at).await.unwrap(), starts);
    }
}

/// The writer that lost its lease gets the error before it has any effect.
pub(super) async fn who_was_taken_over_begins_no_batch(models: Models) {
    let never = begin(&models, Checkpoint::default()).await;
    assert!(is_unknown(&never), "{never:?}");
    let receipts = receipts();
    let first = claim(&models, &receipts, Generation::Serving)
        .await
        .checkpoint;
    let second = claim(&models, &receipts, Generation::Serving)
        .await
        .checkpoint;
    let late = begin(&models, first).await;
    assert!(is_taken_over(&late), "{late:?}");
    let main = (&receipts, Generation::Serving);
    let third = write(&models, main, second, 5, Vec::new()).await.unwrap();
    let late = begin(&models, second).await;
    assert!(is_taken_over(&late), "{late:?}");
    assert_eq!(begin(&models, third).await.unwrap(), 1);
}

/// No start is lost.
pub(super) async fn of_those_that_begin_a_batch_each_has_its_number(models: Models) {
    let at = claim(&models, &receipts(), Generation::Serving)
        .await
        .checkpoint;
    let begins = (0..16).map(|_| {
        let models = Arc::clone(&models);
        tokio::spawn(async move { begin(&models, at).await.unwrap() })
    });
    let begins: Vec<_> = begins.collect();
    let mut starts = Vec::new();
    for begun in begins {
        starts.push(begun.await.unwrap());
    }
    starts.sort_unstable();
    assert_eq!(starts, (1..=16).collect::<Vec<u32>>());
}
