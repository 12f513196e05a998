//! Folding one stream.

use rusqlite::Connection;
use uuid::Uuid;

use super::Event;
use crate::Result;
use crate::events::Basket;

const SELECT: &str = "SELECT version, position, type, payload FROM events
    WHERE stream = (SELECT stream FROM streams WHERE category = 1 AND root_id = ?1)
    ORDER BY version";

/// A basket, and where it was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub(crate) basket: Basket,
    pub(crate) version: i64,
    pub(crate) position: i64,
}

/// Folds a stream with one statement.
pub(crate) fn load(
    connection: &Connection,
    names: &[String],
    root_id: Uuid,
    decode: impl Fn(&str, &[u8]) -> Result<Event>,
) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let mut select = connection.prepare_cached(SELECT)?;
    let mut rows = select.query([&root_id.as_bytes()[..]])?;
    while let Some(row) = rows.next()? {
        (loaded.version, loaded.position) = (row.get(0)?, row.get(1)?);
        let event = decode(&names[row.get::<_, usize>(2)?], row.get_ref(3)?.as_bytes()?)?;
        event.apply_to(&mut loaded.basket);
    }
    Ok(loaded)
}
