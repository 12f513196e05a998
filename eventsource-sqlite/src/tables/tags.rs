//! The index of tags. It holds hashes: a match is compared with the tags of its event, so that two
//! tags with the same hash cost time and bring nothing wrong.

use eventsource_core::Tag;
use eventsource_core::store::TagBuffer;
use rusqlite::{Rows, params};

use super::event_row::parse_tags;
use crate::fault::{RESTORE, SqliteFault};
use crate::file::connection::Connection;

/// An event can have two tags with the same hash, and one of them twice.
pub(crate) const ADD: &str = "INSERT OR IGNORE INTO tags (tag, position, type) VALUES (?1, ?2, ?3)";
const FIND: &str = "SELECT 1 FROM tags WHERE tag = ?1 AND position = ?2 AND type = ?3";
const ALL: &str = "SELECT tags.tag, tags.position, tags.type, events.type, events.tags
    FROM tags LEFT JOIN events ON events.position = tags.position";

/// The hash by which a tag is found.
pub(crate) fn hash(tag: &Tag) -> i64 {
    let hash = tag.hash64();
    #[cfg(test)]
    let hash = collisions::masked(tag, hash);
    hash.cast_signed()
}

/// Adds the tags of an event of this type.
pub(crate) fn add(
    connection: &Connection,
    tags: &[Tag],
    position: u64,
    of: i64,
) -> Result<(), SqliteFault> {
    for tag in tags {
        let mut add = connection.prepare_cached(ADD)?;
        add.execute(params![hash(tag), position, of])?;
    }
    Ok(())
}

/// Whether the event at this position, which is of a type with this name, is found by this tag.
pub(crate) fn has(
    connection: &Connection,
    tag: &Tag,
    position: u64,
    of: i64,
) -> Result<bool, SqliteFault> {
    let mut find = connection.prepare_cached(FIND)?;
    Ok(find.exists(params![hash(tag), position, of])?)
}

/// Compares every entry with the event that it leads to.
pub(crate) fn check_all(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(ALL)?;
    let mut rows = all.query([])?;
    check_rows(&mut rows)
}

fn check_rows(rows: &mut Rows<'_>) -> Result<(), SqliteFault> {
    let mut buffer = TagBuffer::default();
    while let Some(row) = rows.next()? {
        let (tag, position): (i64, u64) = (row.get(0)?, row.get(1)?);
        let of: i64 = row.get(2)?;
        let types_agree = row.get_ref(3)?.as_i64_or_null()? == Some(of);
        let tags = parse_tags(position, row.get_ref(4)?.as_str_or_null()?, &mut buffer)?.to_vec();
        if !types_agree || !tags.iter().any(|own| hash(own) == tag) {
            return Err(SqliteFault::corrupt(format!(
                "the index of tags is damaged: it has an entry for position {position} which is not \
                of the event there; {RESTORE}"
            )));
        }
    }
    Ok(())
}

/// Tags that have the same hash, for tests.
#[cfg(test)]
pub(crate) mod collisions {
    use eventsource_core::Tag;

    /// Under this key all tags have one hash.
    pub(crate) const ONE_HASH: &str = "one-hash";
    /// Under this key all tags have one of two hashes.
    pub(crate) const TWO_HASHES: &str = "two-hashes";

    /// Leaves as many bits of a hash as the key of the tag says.
    pub(super) fn masked(tag: &Tag, hash: u64) -> u64 {
        match tag.key() {
            ONE_HASH => 0,
            TWO_HASHES => hash & 1,
            _ => hash,
        }
    }
}
