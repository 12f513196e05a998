//! The index of tags, which has hashes.

use eventsource_core::Tag;

/// The hash by which a tag is found.
pub(crate) fn hash(tag: &Tag) -> i64 {
    tag.hash64().cast_signed()
}
