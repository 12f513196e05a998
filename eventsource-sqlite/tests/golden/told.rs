//! A store in words.

mod history;
mod models;
mod states;

use std::fmt::{self, Display, Write as _};
use std::path::Path;

use eventsource_core::store::{NewEvent, StoredEvent};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

/// More than there is of anything.
const ALL: usize = 1_000;

/// What is in a store, as today's code reads it.
#[derive(Debug, PartialEq)]
pub(crate) struct Told {
    /// The events, as they are stored.
    pub(crate) history: String,
    /// What they mean to aggregates.
    pub(crate) states: String,
    /// What was made of them, and how far that is.
    pub(crate) models: String,
}

impl Display for Told {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            history,
            states,
            models,
        } = self;
        write!(f, "{history}\n{states}\n{models}")
    }
}

impl Told {
    /// Opens the store, and tells of it.
    pub(crate) async fn of(path: &Path) -> Self {
        let store = SqliteStore::open(path).await.unwrap();
        let file = Connection::open(path).unwrap();
        let told = Self {
            history: history::told(&store).await,
            states: states::told(&store, &file).await,
            models: models::told(&store, &file).await,
        };
        drop(file);
        store.close().await;
        told
    }
}

/// Lines.
#[derive(Default)]
struct Text(String);

impl Text {
    fn line(&mut self, line: impl Display) {
        writeln!(self.0, "{line}").unwrap();
    }
}

pub(crate) fn new_event(event: &StoredEvent<'_>) -> NewEvent {
    let (name, payload) = (event.name.to_owned(), event.payload.to_vec());
    NewEvent::new(
        event.stream.clone(),
        name,
        event.schema,
        event.codec,
        payload,
    )
    .tagged(event.tags.to_vec())
}

/// The beginning of what is longer than a line; the digest of its commit tells all of it.
fn cut(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{} .. ({} in all)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
