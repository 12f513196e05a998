//! The read models and reactors, with their progress.

use std::fmt::Debug;

use eventsource_core::projection::KeyPart;
use eventsource_core::read_model::{
    Generation, ModelId, Parked, Progress, Reactions, Select, Table,
};
use eventsource_core::{Key, Position, Projection, ReadModel, ReadModelStore};
use eventsource_sqlite::SqliteStore;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::{ALL, Text};
use crate::readers::{Demand, Emails, Receipts, Shelf};
use crate::then;

pub(super) async fn describe(store: &SqliteStore, file: &Connection) -> String {
    let mut text = Text::default();
    text.model::<then::Demand>(store).await;
    text.model::<Demand>(store).await;
    text.model::<Shelf>(store).await;
    text.model::<then::Emails>(store).await;
    text.model::<Emails>(store).await;
    text.rebuild(store).await;
    text.reactions(store).await;
    for (title, select) in SELECTS {
        text.line(format_args!("\n{title}"));
        text.rows(file, select);
    }
    text.0
}

/// Queries that users write in SQL.
const SELECTS: [(&str, &str); 6] = [
    (
        "all models",
        "SELECT name, iif(kind = 'reactor', 0, version), iif(generation = 'serving', 'main', 'beside'),
            position, serving, state, error, created, inline FROM models
            ORDER BY name, iif(kind = 'reactor', 0, version), generation",
    ),
    ("view demand", "SELECT * FROM demand ORDER BY sku"),
    (
        "view shelves",
        "SELECT * FROM shelves ORDER BY letter, length",
    ),
    ("view emails", "SELECT * FROM emails ORDER BY email"),
    ("table sold", "SELECT * FROM sold ORDER BY at"),
    (
        "view history",
        "SELECT position, recorded_at, tenant, category, version, name, schema, codec, actor, reason
            FROM history ORDER BY position",
    ),
];

impl Text {
    async fn model<P: Projection + Debug>(&mut self, store: &SqliteStore) {
        self.line(format_args!("\n{} version {}", P::NAME, P::VERSION));
        let model = ReadModel::<P>::new(store.clone(), store.clone());
        self.progress(&model.progress().await.unwrap().unwrap());
        for (key, row) in model.page(None, ALL).await.unwrap() {
            self.line(format_args!("  {}: {row:?}", parts(&key)));
        }
        for parked in model.parked(None, ALL).await.unwrap() {
            self.parked(store, ModelId::of::<P>(), &parked).await;
        }
    }

    fn progress(&mut self, progress: &Progress) {
        let Progress {
            source,
            checkpoint,
            serving,
            parked,
            state,
            ..
        } = progress;
        let (at, epoch) = (checkpoint.at.position(), checkpoint.epoch);
        self.line(format_args!("  at {at} of {source} in epoch {epoch}"));
        self.line(format_args!(
            "  serving {serving}, {state:?}, {parked} parked"
        ));
        if let Some(lease) = &progress.lease {
            self.line(format_args!(
                "  lease of {} for {:?}, beat {}",
                lease.owner, lease.ttl, lease.heartbeat
            ));
        }
    }

    async fn parked(&mut self, store: &SqliteStore, id: ModelId, parked: &Parked) {
        let Parked {
            key,
            position,
            reason,
            attempts,
            next_attempt,
            unparked,
            ..
        } = parked;
        let waiting = store
            .waiting(id, Generation::Serving, key.clone(), ALL)
            .await;
        let waiting: Vec<_> = waiting.unwrap().iter().map(Position::to_string).collect();
        let waiting = waiting.join(" ");
        let key = parts(key);
        self.line(format_args!("  parked {key}: {reason}, from {position} on"));
        self.line(format_args!(
            "    tried {attempts} times, again at {next_attempt}, unparked {unparked} times, waiting {waiting}"
        ));
    }

    async fn rebuild(&mut self, store: &SqliteStore) {
        self.line("\ndemand beside");
        let progress = store
            .progress(ModelId::of::<Demand>(), Generation::Rebuilding)
            .await
            .unwrap();
        self.progress(&progress.unwrap());
        let keys = ["milk", "tea"].map(Key::of);
        let select = Select::Keys(keys.to_vec());
        let found = store.rows(Table::of::<Demand>(), Generation::Rebuilding, select);
        let found = found.await.unwrap().rows;
        let row = |key| found.iter().find(|(it, _)| *it == key).map(|(_, row)| row);
        let rows = keys.map(row);
        self.line(format_args!("  milk, tea: {rows:?}"));
    }

    async fn reactions(&mut self, store: &SqliteStore) {
        self.line("\nreactor receipts");
        let receipts = Reactions::<Receipts>::new(store.clone());
        self.progress(&receipts.progress().await.unwrap().unwrap());
        let id = ModelId::reactor("receipts");
        for parked in receipts.parked(None, ALL).await.unwrap() {
            self.parked(store, id.clone(), &parked).await;
        }
    }

    fn rows(&mut self, file: &Connection, select: &str) {
        let mut select = file.prepare(select).unwrap();
        let columns = select.column_count();
        let mut rows = select.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells = (0..columns).map(|column| match row.get(column).unwrap() {
                Value::Null => String::new(),
                Value::Integer(integer) => integer.to_string(),
                Value::Text(text) => text,
                other => format!("{other:?}"),
            });
            let cells: Vec<_> = cells.collect();
            self.line(format_args!("  {}", cells.join(" | ")));
        }
    }
}

/// The parts of a key, separated by commas.
fn parts(key: &Key) -> String {
    let part = |part: &KeyPart| match part {
        KeyPart::Integer(integer) => integer.to_string(),
        KeyPart::Text(text) => text.clone(),
    };
    let parts: Vec<String> = key.parts().iter().map(part).collect();
    parts.join(", ")
}
