//! Folding one stream.

use std::sync::LazyLock;

use rusqlite::{Connection, params};
use uuid::Uuid;

use super::{Event, Standing, rows};
use crate::Result;
use crate::events::Basket;

static STREAM: LazyLock<String> = LazyLock::new(|| {
    let columns = rows::STREAM;
    format!("SELECT {columns} FROM streams WHERE category = 1 AND root_id = ?1")
});
static EVENTS: LazyLock<String> = LazyLock::new(|| {
    let columns = rows::EVENT;
    format!("SELECT {columns} FROM events WHERE stream = ?1 AND version > ?2 ORDER BY version")
});

/// A basket, and where it was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Loaded {
    pub(crate) basket: Basket,
    /// `None` where there is no stream.
    pub(crate) at: Option<Standing>,
}

impl Loaded {
    /// The number of its events.
    pub(crate) fn version(&self) -> i64 {
        self.at.map_or(0, |at| at.version)
    }
}

/// Folds a stream.
pub(crate) fn load(
    connection: &Connection,
    names: &[String],
    root_id: Uuid,
    decode: impl Fn(&str, &[u8]) -> Result<Event>,
) -> Result<Loaded> {
    let mut loaded = Loaded::default();
    let at = find(connection, root_id)?;
    if let Some(mut at) = at {
        (at.version, at.position) = (0, 0);
        loaded.at = Some(at);
        fold_on(connection, names, &mut loaded, decode)?;
    }
    Ok(loaded)
}

/// Finds the place of the end of a stream.
pub(crate) fn find(connection: &Connection, root_id: Uuid) -> Result<Option<Standing>> {
    let mut find = connection.prepare_cached(&STREAM)?;
    let mut found = find.query([&root_id.as_bytes()[..]])?;
    let Some(row) = found.next()? else {
        return Ok(None);
    };
    let row = rows::stream(row)?;
    Ok(Some(Standing {
        stream: row.stream,
        version: row.version,
        position: row.position,
    }))
}

/// Folds the events that a known stream has got since.
pub(crate) fn fold_on(
    connection: &Connection,
    names: &[String],
    loaded: &mut Loaded,
    decode: impl Fn(&str, &[u8]) -> Result<Event>,
) -> Result<()> {
    let at = loaded.at.as_mut().ok_or("a stream that is not known")?;
    let basket = &mut loaded.basket;
    events_after(connection, names, at, |name, payload| {
        decode(name, payload)?.apply_to(basket);
        Ok(())
    })
}

/// Gives out the stored names and payloads of the events that a stream has got since, and moves on to
/// where it stands.
pub(crate) fn events_after(
    connection: &Connection,
    names: &[String],
    at: &mut Standing,
    mut each: impl FnMut(&str, &[u8]) -> Result<()>,
) -> Result<()> {
    let mut select = connection.prepare_cached(&EVENTS)?;
    let mut found = select.query(params![at.stream, at.version])?;
    while let Some(row) = found.next()? {
        let row = rows::event(row)?;
        (at.version, at.position) = (row.version, row.position);
        each(&names[usize::try_from(row.of)?], row.payload)?;
    }
    Ok(())
}
