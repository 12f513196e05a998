//! The side effect: a line in a file, and a command.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use eventsource_core::uuid::Uuid;
use eventsource_core::{Delivery, Id, React, Reactor, Recorded, Repository};
use eventsource_sqlite::SqliteStore;

use super::{Loaded, load};
use crate::reactions::{Counted, Tally};

/// Writes a line for each load, and counts it.
#[derive(Reactor)]
#[reactor(name = "dispatch", events(Loaded))]
pub struct Dispatch {
    lines: PathBuf,
    tallies: Repository<Tally>,
}

/// A line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The id of the delivery.
    pub id: Uuid,
    /// The position of the event.
    pub position: u64,
    /// The wagon.
    pub wagon: Uuid,
    /// The version of the event.
    pub version: u64,
}

impl Dispatch {
    pub(super) fn new(store: &SqliteStore, path: &Path) -> Self {
        load::in_store(path);
        Self {
            lines: file(path),
            tallies: Repository::new(store.clone()),
        }
    }

    /// All at once, so that nobody else's line is torn.
    fn write(&self, event: &Recorded<Loaded>, delivery: &Delivery) -> std::io::Result<()> {
        let (position, wagon) = (event.position.offset().get(), event.root_id());
        let line = format!("{} {position} {wagon} {}\n", delivery.id, event.version);
        let mut file = OpenOptions::new();
        let file = file.create(true).append(true).open(&self.lines);
        file?.write_all(line.as_bytes())
    }
}

impl React<Loaded> for Dispatch {
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn react(
        &self,
        event: &Recorded<Loaded>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        event.check()?;
        self.write(event, delivery)?;
        let position = event.position.offset().get();
        let count = |_: &Tally| Ok::<_, std::fmt::Error>(Counted { position });
        let tally = Id::from_uuid(event.root_id());
        let counted = self.tallies.execute(tally, count);
        counted.on_delivery(delivery, 0).await?;
        Ok(())
    }
}

/// What was written beside a store.
///
/// # Errors
///
/// What is no line.
pub fn lines(store: &Path) -> Result<Vec<Line>, String> {
    let text = fs::read_to_string(file(store)).map_err(|error| error.to_string())?;
    let read = |line: &str| parse(line).ok_or_else(|| format!("`{line}` is no line"));
    text.lines().map(read).collect()
}

fn parse(line: &str) -> Option<Line> {
    let words: Vec<&str> = line.split(' ').collect();
    let [id, position, wagon, version] = words[..] else {
        return None;
    };
    Some(Line {
        id: id.parse().ok()?,
        position: position.parse().ok()?,
        wagon: wagon.parse().ok()?,
        version: version.parse().ok()?,
    })
}

fn file(store: &Path) -> PathBuf {
    store.with_file_name("lines")
}
