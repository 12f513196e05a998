//! Harm that `verify` finds.

use eventsource_core::ReadError;
use eventsource_core::store::StoreErrorKind;

use super::bed::Bed;
use super::content::{Content, harmed_row};
use super::harm::Harm;

pub(super) async fn a_changed_payload_is_found(bed: Bed) {
    is_found(bed, |content| {
        Harm::PayloadChanged(content.harmed_tagged_event())
    })
    .await;
}

pub(super) async fn a_lost_event_is_found(bed: Bed) {
    is_found(bed, |content| {
        Harm::EventLost(content.harmed_tagged_event())
    })
    .await;
}

pub(super) async fn changed_metadata_is_found(bed: Bed) {
    is_found(bed, |content| {
        Harm::MetadataChanged(content.harmed_commit())
    })
    .await;
}

pub(super) async fn a_lost_commit_is_found(bed: Bed) {
    is_found(bed, |content| Harm::CommitLost(content.harmed_commit())).await;
}

pub(super) async fn a_moved_end_of_a_stream_is_found(bed: Bed) {
    is_found(bed, |content| Harm::StreamEndMoved(content.end_of_stream())).await;
}

pub(super) async fn a_lost_entry_of_a_tag_is_found(bed: Bed) {
    is_found(bed, |content| {
        Harm::TagEntryLost(content.harmed_tagged_event())
    })
    .await;
}

pub(super) async fn a_lost_commit_id_is_found(bed: Bed) {
    is_found(bed, |content| Harm::CommitIdLost(content.harmed_commit())).await;
}

pub(super) async fn a_changed_row_is_found(bed: Bed) {
    is_found(bed, |_| Harm::RowChanged(harmed_row())).await;
}

/// Checks that `verify` reports the harm as damage.
async fn is_found(bed: Bed, harm: impl Fn(&Content) -> Harm) {
    let handle = bed.open().await;
    let content = Content::fill(&handle).await;
    handle.verify().await.expect("nothing is harmed yet");
    handle.close().await;
    if !bed.harm(harm(&content)).await {
        return;
    }
    let verified = bed.open().await.verify().await;
    let Err(ReadError::Store(error)) = &verified else {
        panic!("the harm was not found: {verified:?}");
    };
    assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{error}");
}
