//! Stores without harm.

use eventsource_core::{Revision, StreamId};
use uuid::Uuid;

use super::bed::Bed;
use super::content::{Content, commit};
use crate::store::support::at;

pub(super) async fn an_empty_store_verifies(bed: Bed) {
    let handle = bed.open().await;
    handle.verify().await.expect("it is empty");
    handle.close().await;
    bed.open().await.verify().await.expect("it is empty");
}

/// The handle that wrote the store verifies it, another handle does, and so does one that is opened
/// later; commits that were repeated or refused do not matter.
pub(super) async fn an_unharmed_store_verifies(bed: Bed) {
    let (handle, other) = (bed.open().await, bed.open().await);
    Content::fill(&handle).await;
    handle.verify().await.expect("nothing is harmed");
    let stream = StreamId::new("verified", Uuid::now_v7());
    let new = commit(&stream, 1);
    let receipt = handle.store.append(new.clone()).await.unwrap();
    assert!(other.store.append(new).await.unwrap().repeated);
    let revision = receipt.revision();
    let wrong = Revision::new(revision.version() + 1, revision.position(), Uuid::now_v7());
    let refused = commit(&stream, 2).expect(at(&stream, wrong));
    other.store.append(refused).await.unwrap_err();
    other.verify().await.expect("nothing is harmed");
    other.close().await;
    handle.close().await;
    bed.open().await.verify().await.expect("nothing is harmed");
}
