//! Reads of a store that was harmed: an error or right, and never silently wrong.
//!
//! Two reads are left out, for which only `verify` is promised: by a tag whose entry is lost, and by the
//! id of a commit that is lost or whose entry is.

use super::bed::Bed;
use super::content::{Content, Read, harmed_row};
use super::harm::Harm;

pub(super) async fn no_read_believes_a_changed_payload(bed: Bed) {
    let harm = |content: &Content| Harm::PayloadChanged(content.harmed_tagged_event());
    are_right_or_errors(bed, harm, all).await;
}

pub(super) async fn no_read_believes_a_lost_event(bed: Bed) {
    let harm = |content: &Content| Harm::EventLost(content.harmed_tagged_event());
    are_right_or_errors(bed, harm, all).await;
}

pub(super) async fn no_read_believes_changed_metadata(bed: Bed) {
    let harm = |content: &Content| Harm::MetadataChanged(content.harmed_commit());
    are_right_or_errors(bed, harm, all).await;
}

pub(super) async fn no_read_believes_a_lost_commit(bed: Bed) {
    let harm = |content: &Content| Harm::CommitLost(content.harmed_commit());
    are_right_or_errors(bed, harm, all_but_receipts).await;
}

pub(super) async fn no_read_believes_a_moved_end_of_a_stream(bed: Bed) {
    let harm = |content: &Content| Harm::StreamEndMoved(content.end_of_stream());
    are_right_or_errors(bed, harm, all).await;
}

pub(super) async fn no_other_read_misses_a_lost_entry_of_a_tag(bed: Bed) {
    let harm = |content: &Content| Harm::TagEntryLost(content.harmed_tagged_event());
    are_right_or_errors(bed, harm, |read| *read != Read::Tagged).await;
}

pub(super) async fn no_other_read_misses_a_lost_commit_id(bed: Bed) {
    let harm = |content: &Content| Harm::CommitIdLost(content.harmed_commit());
    are_right_or_errors(bed, harm, all_but_receipts).await;
}

pub(super) async fn no_read_believes_a_changed_row(bed: Bed) {
    are_right_or_errors(bed, |_| Harm::RowChanged(harmed_row()), all).await;
}

fn all(_: &Read) -> bool {
    true
}

fn all_but_receipts(read: &Read) -> bool {
    !matches!(read, Read::Receipt(..))
}

async fn are_right_or_errors(
    bed: Bed,
    harm: impl Fn(&Content) -> Harm,
    is_promised: fn(&Read) -> bool,
) {
    let handle = bed.open().await;
    let content = Content::fill(&handle).await;
    let mut right = Vec::new();
    for read in content.reads() {
        let answer = read.answer(&handle).await;
        right.push((read, answer.expect("nothing is harmed yet")));
    }
    handle.close().await;
    if !bed.harm(harm(&content)).await {
        return;
    }
    let harmed = bed.open().await;
    for (read, right) in right.iter().filter(|(read, _)| is_promised(read)) {
        if let Ok(answer) = read.answer(&harmed).await {
            assert!(answer == *right, "{read:?} is silently wrong");
        }
    }
}
