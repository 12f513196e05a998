//! A description of a store, as text.

mod history;
mod models;
mod states;

use std::fmt::{self, Display, Write as _};
use std::path::Path;

use eventsource_core::store::{NewEvent, StoredEvent};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;

/// A limit above every count in the store.
const ALL: usize = 1_000;

/// The contents of a store, as today's code reads them.
#[derive(Debug, PartialEq)]
pub(crate) struct Description {
    /// The events, as they are stored.
    pub(crate) history: String,
    /// The states of the aggregates.
    pub(crate) states: String,
    /// The read models and reactors, with their progress.
    pub(crate) models: String,
}

impl Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            history,
            states,
            models,
        } = self;
        write!(f, "{history}\n{states}\n{models}")
    }
}

impl Description {
    /// Opens the store and describes it.
    pub(crate) async fn of(path: &Path) -> Self {
        let store = SqliteStore::open(path).await.unwrap();
        let file = Connection::open(path).unwrap();
        let description = Self {
            history: history::describe(&store).await,
            states: states::describe(&store, &file).await,
            models: models::describe(&store, &file).await,
        };
        drop(file);
        store.close().await;
        description
    }
}

/// The lines of a description.
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

/// Shortens a text that is longer than a line; the digest of the commit covers all of it.
fn cut(text: &str) -> String {
    match text.char_indices().nth(120) {
        Some((end, _)) => format!("{} .. ({} in all)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
