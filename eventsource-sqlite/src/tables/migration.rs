//! Rows of older versions of the schema, on their way into today's tables.

use eventsource_core::store::TagBuffer;
use eventsource_core::uuid::Uuid;
use rusqlite::types::FromSqlError;
use rusqlite::{Connection, Row, params};

use super::commit_row::{self, CommitRow};
use super::event_row::parse_tags;
use super::snapshots::{self, SnapshotRow};
use super::stream_row::{StreamRow, revision_check};
use super::{categories, streams, tags};
use crate::fault::{RESTORE, SqliteFault};
use crate::file::checksum::{length, optional, sum};
use crate::file::store_id;

/// The encoding of all digests of version 1.
const ENCODING: u8 = 1;

const CATEGORIES: &str =
    "SELECT tenant, category FROM old_streams GROUP BY tenant, category ORDER BY min(stream)";
/// Each stream with its last event, and the commit that this came with.
const STREAMS: &str = "SELECT stream.stream, stream_categories.category, stream.root_id,
        stream.version, stream.position, commits.recorded_at, commits.id
    FROM old_streams AS stream
    JOIN stream_categories ON stream_categories.tenant = stream.tenant
        AND stream_categories.name = stream.category
    LEFT JOIN events ON events.position = stream.position
        AND events.stream = stream.stream AND events.version = stream.version
    LEFT JOIN commits ON commits.first_position = events.\"commit\"
    ORDER BY stream.stream";
const COMMITS: &str = "SELECT first_position, events, stream, id, recorded_at, metadata, digest,
    checksum FROM old_commits ORDER BY first_position";
/// Each snapshot with the id of the commit that it was taken after, if there is one.
const SNAPSHOTS: &str = "SELECT snapshots.rowid, snapshots.stream, snapshots.fingerprint,
        snapshots.version, snapshots.position, snapshots.state, commits.id
    FROM snapshots
    LEFT JOIN events ON events.position = snapshots.position
        AND events.stream = snapshots.stream AND events.version = snapshots.version
    LEFT JOIN commits ON commits.first_position = events.\"commit\"";

/// Moves the log's rows from the version before to this one, in the transaction in which its SQL
/// was run. A row that is damaged ends the migration, so that no new checksum hides the damage.
pub(crate) fn move_rows(connection: &Connection, version: usize) -> Result<(), SqliteFault> {
    if version != 2 {
        return Ok(());
    }
    move_commits(connection)?;
    move_streams(connection)?;
    complete_snapshots(connection)?;
    collect_tags(connection)?;
    store_id::complete(connection)?;
    connection.execute_batch(include_str!("../file/schema/v2_log_end.sql"))?;
    Ok(())
}

fn move_commits(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(COMMITS)?;
    let mut insert = connection.prepare(commit_row::INSERT)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let first = row.get(0)?;
        old_commit(first, row)
            .map_err(|error| damaged_commit(first, &error))?
            .ok_or_else(|| damaged_commit(first, &"it does not match its checksum"))?
            .write(&mut insert)?;
    }
    Ok(())
}

/// Reads a row of version 1, whose ids were texts; `None` if it is not as it was written.
fn old_commit<'r>(first: u64, row: &'r Row<'_>) -> Result<Option<CommitRow<'r>>, FromSqlError> {
    let column = |index| row.get_ref_unwrap(index);
    let events = u32::try_from(column(1).as_i64()?);
    let id = column(3).as_str()?;
    let commit = CommitRow {
        first,
        events: events.map_err(|error| FromSqlError::Other(error.into()))?,
        stream: column(2).as_i64()?,
        id: Uuid::try_parse(id).map_err(|error| FromSqlError::Other(error.into()))?,
        recorded_at: column(4).as_i64()?,
        metadata: column(5).as_str_or_null()?,
        encoding: ENCODING,
        digest: column(6).as_bytes()?,
    };
    let numbers = [
        first,
        u64::from(commit.events),
        commit.stream.cast_unsigned(),
        commit.recorded_at.cast_unsigned(),
        length(id.as_bytes()),
        optional(commit.metadata),
    ];
    let metadata = commit.metadata.unwrap_or_default().as_bytes();
    let checksum = sum(numbers, [id.as_bytes(), metadata, commit.digest]);
    Ok((column(7).as_i64()? == i64::from(checksum)).then_some(commit))
}

fn move_streams(connection: &Connection) -> Result<(), SqliteFault> {
    let mut all = connection.prepare(CATEGORIES)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        categories::add(
            connection,
            row.get_ref(0)?.as_str()?,
            row.get_ref(1)?.as_str()?,
        )?;
    }
    let mut all = connection.prepare(STREAMS)?;
    // The index that tells of a conflict is made at the end.
    let mut insert = connection.prepare(streams::INSERT)?;
    let mut rows = all.query([])?;
    while let Some(row) = rows.next()? {
        let number = row.get(0)?;
        let moved = old_stream(number, row).map_err(|error| damaged_stream(number, &error))?;
        let none = "its last event is not the one that it names";
        let moved = moved.ok_or_else(|| damaged_stream(number, &none))?;
        streams::add_with(&mut insert, &moved)?;
    }
    Ok(())
}

/// Reads a row of version 1; `None` if its last event is not there.
fn old_stream(number: i64, row: &Row<'_>) -> Result<Option<StreamRow>, FromSqlError> {
    let column = |index| row.get_ref_unwrap(index);
    let other = |error: eventsource_core::uuid::Error| FromSqlError::Other(error.into());
    let Some(id) = column(6).as_blob_or_null()? else {
        return Ok(None);
    };
    Ok(Some(StreamRow {
        number,
        category: column(1).as_i64()?,
        root_id: Uuid::try_parse(column(2).as_str()?).map_err(other)?,
        version: column(3).as_i64()?.cast_unsigned(),
        position: column(4).as_i64()?.cast_unsigned(),
        recorded_at: column(5).as_i64()?,
        check: revision_check(Uuid::from_slice(id).map_err(other)?),
    }))
}

/// A snapshot of which it cannot be told what it was taken after is removed: its stream is folded.
fn complete_snapshots(connection: &Connection) -> Result<(), SqliteFault> {
    let mut complete = connection
        .prepare("UPDATE snapshots SET \"check\" = ?2, checksum = ?3 WHERE rowid = ?1")?;
    let mut remove = connection.prepare("DELETE FROM snapshots WHERE rowid = ?1")?;
    // A row that changes while the table is read may be met again.
    let mut numbers = connection.prepare("SELECT rowid FROM snapshots")?;
    let numbers = numbers.query_map([], |row| row.get(0))?;
    let numbers: Vec<i64> = numbers.collect::<Result<_, _>>()?;
    let mut one = connection.prepare(&format!("{SNAPSHOTS} WHERE snapshots.rowid = ?1"))?;
    for number in numbers {
        let mut rows = one.query([number])?;
        let found = rows.next()?.map(old_snapshot).transpose()?.flatten();
        drop(rows);
        match found {
            Some((check, checksum)) => complete.execute(params![number, check, checksum])?,
            None => remove.execute([number])?,
        };
    }
    Ok(())
}

fn old_snapshot(row: &Row<'_>) -> Result<Option<(u32, u32)>, SqliteFault> {
    let Some(id) = row.get_ref(6)?.as_blob_or_null()? else {
        return Ok(None);
    };
    let Ok(id) = Uuid::from_slice(id) else {
        return Ok(None);
    };
    let check = revision_check(id);
    let snapshot = SnapshotRow {
        stream: row.get(1)?,
        fingerprint: row.get_ref(2)?.as_bytes()?,
        version: row.get(3)?,
        position: row.get(4)?,
        check,
        state: row.get_ref(5)?.as_bytes()?,
    };
    Ok(Some((check, snapshots::of_snapshot(&snapshot))))
}

fn collect_tags(connection: &Connection) -> Result<(), SqliteFault> {
    let all = "SELECT position, type, tags FROM events WHERE tags IS NOT NULL ORDER BY position";
    let mut all = connection.prepare(all)?;
    let insert = "INSERT INTO unsorted_tags (tag, position, type) VALUES (?1, ?2, ?3)";
    let mut insert = connection.prepare(insert)?;
    let mut rows = all.query([])?;
    let mut buffer = TagBuffer::default();
    while let Some(row) = rows.next()? {
        let (position, of): (u64, i64) = (row.get(0)?, row.get(1)?);
        let own = row.get_ref(2)?.as_str_or_null()?;
        for tag in parse_tags(position, own, &mut buffer)?.to_vec() {
            insert.execute(params![tags::hash(&tag), position, of])?;
        }
    }
    Ok(())
}

fn damaged_commit(first: u64, why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the store was not migrated: the commit at position {first} is damaged: {why}; {RESTORE}"
    ))
}

fn damaged_stream(number: i64, why: &dyn std::fmt::Display) -> SqliteFault {
    SqliteFault::corrupt(format!(
        "the store was not migrated: the row of stream number {number} is damaged: {why}; {RESTORE}"
    ))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use eventsource_core::values::SystemEnvironment;

    use super::*;
    use crate::file::write_lock::WriteLock;
    use crate::file::{connection, schema};
    use crate::pinned::in_place;
    use crate::tables::event_row::{self, EventRow, of_event};

    /// How many events the store has; `scripts/large migration` takes more.
    const EVENTS: &str = "MIGRATION_EVENTS";
    const OF_A_STREAM: u64 = 10;

    /// Fills a file of version 1: streams with random root ids, a commit and a tag for each event.
    fn fill(connection: &Connection, events: u64) {
        let transaction = connection.unchecked_transaction().unwrap();
        transaction
            .execute_batch(include_str!("../file/schema.sql"))
            .unwrap();
        transaction
            .execute_batch(
                "PRAGMA application_id = 0x65767374; PRAGMA user_version = 1;
                INSERT INTO store VALUES ('00000000-0000-0000-0000-000000000001', 1);
                INSERT INTO types VALUES (1, 'noted', 1, 'json', 0)",
            )
            .unwrap();
        let prepare = |sql: &str| transaction.prepare(sql).unwrap();
        let mut stream = prepare("INSERT INTO streams VALUES (?1, '', 'cart', ?2, ?3, ?4)");
        let mut commit = prepare("INSERT INTO commits VALUES (?1, 1, ?2, ?3, 1, NULL, ?4, ?5)");
        let mut event = prepare("INSERT INTO events VALUES (?1, ?1, ?2, ?3, 1, ?4, ?5, ?6)");
        let mut tag = prepare("INSERT INTO tags VALUES (?1, ?2)");
        let (payload, digest) = (br#"{"units":1234567890}"#, [7; 32]);
        for position in 1..=events {
            let number = (position - 1) / OF_A_STREAM + 1;
            let version = (position - 1) % OF_A_STREAM + 1;
            if version == OF_A_STREAM || position == events {
                let root_id = Uuid::new_v5(&Uuid::NAMESPACE_OID, &number.to_le_bytes());
                let row = params![number, root_id.to_string(), version, position];
                stream.execute(row).unwrap();
            }
            let id = Uuid::from_u128(position.into()).to_string();
            let numbers = [position, 1, number, 1, length(id.as_bytes()), u64::MAX];
            let checksum = sum(numbers, [id.as_bytes(), &[], &digest]);
            commit
                .execute(params![position, number, id, digest, checksum])
                .unwrap();
            let text = format!("number:{}", position.wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let tags = format!("[\"{text}\"]");
            let row = EventRow {
                position,
                commit: position,
                stream: number.cast_signed(),
                version,
                of: 1,
                payload,
                tags: Some(&tags),
            };
            let checksum = of_event(&row, 0);
            event
                .execute(params![position, number, version, payload, tags, checksum])
                .unwrap();
            tag.execute(params![text, position]).unwrap();
        }
        drop((stream, commit, event, tag));
        transaction.commit().unwrap();
    }

    #[test]
    fn a_store_of_many_events_is_migrated() {
        let events = std::env::var(EVENTS).map_or(5_000, |events| events.parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        let mut connection = connection::writer(&path).unwrap();
        connection::make_durable(&connection).unwrap();
        fill(&connection, events);
        let write_lock = WriteLock::open(&path).unwrap();
        let begun = Instant::now();
        in_place(schema::migrate(
            &mut connection,
            &write_lock,
            &SystemEnvironment,
            move_rows,
        ))
        .unwrap();
        println!("{events} events were migrated in {:?}", begun.elapsed());
        let count = |table: &str| {
            let count = format!("SELECT count(*) FROM {table}");
            connection.query_row(&count, [], |row| row.get::<_, u64>(0))
        };
        assert_eq!(count("commits"), Ok(events));
        assert_eq!(count("tags"), Ok(events));
        assert_eq!(count("streams"), Ok(events.div_ceil(OF_A_STREAM)));
        let connection = connection::Connection::new(connection);
        streams::check_all(&connection).unwrap();
        tags::check_all(&connection).unwrap();
        super::super::commits::check_all(&connection).unwrap();
        let mut all = connection.prepare(event_row::SELECT).unwrap();
        let mut rows = all.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            EventRow::read(row).unwrap();
        }
    }
}
