//! The reactor, with two side effects: a line in a file, and a command.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use eventsource_core::uuid::Uuid;
use eventsource_core::{Delivery, Id, React, Reactor, Recorded, Repository};
use eventsource_sqlite::SqliteStore;

use super::{Loaded, load};
use crate::reactions::{Counted, Tally};

/// Writes a line for each load and records it by a command.
#[derive(Reactor)]
#[reactor(name = "dispatch", events(Loaded))]
pub struct Dispatch {
    lines: PathBuf,
    tallies: Repository<Tally>,
}

/// A line of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line {
    /// The id of the delivery.
    pub id: Uuid,
    /// The position of the event.
    pub position: u64,
    /// The vehicle.
    pub vehicle: Uuid,
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

    /// Appends a line in one write, so that lines of two processes do not mix.
    fn write(&self, recorded: &Recorded<Loaded>, delivery: &Delivery) -> std::io::Result<()> {
        let (position, vehicle) = (recorded.position().offset().get(), recorded.root_id());
        let line = format!(
            "{} {position} {vehicle} {}\n",
            delivery.id,
            recorded.version()
        );
        let mut file = OpenOptions::new();
        let file = file.create(true).append(true).open(&self.lines);
        file?.write_all(line.as_bytes())
    }
}

impl React<Loaded> for Dispatch {
    type Error = Box<dyn std::error::Error + Send + Sync>;

    async fn react(
        &self,
        recorded: &Recorded<Loaded>,
        delivery: &Delivery,
    ) -> Result<(), Self::Error> {
        recorded.event.check()?;
        self.write(recorded, delivery)?;
        let position = recorded.position().offset().get();
        let count = |_: &Tally| Ok::<_, std::fmt::Error>(Counted { position });
        let tally = Id::from_uuid(recorded.root_id());
        let counted = self.tallies.execute(tally, count);
        counted.on_delivery(delivery, 0).await?;
        Ok(())
    }
}

/// Reads the lines that were written beside a store.
///
/// # Errors
///
/// Fails if the file cannot be read or a line is malformed.
pub fn lines(store: &Path) -> Result<Vec<Line>, String> {
    let text = fs::read_to_string(file(store)).map_err(|error| error.to_string())?;
    let read = |line: &str| parse(line).ok_or_else(|| format!("`{line}` is no line"));
    text.lines().map(read).collect()
}

fn parse(line: &str) -> Option<Line> {
    let words: Vec<&str> = line.split(' ').collect();
    let [id, position, vehicle, version] = words[..] else {
        return None;
    };
    Some(Line {
        id: id.parse().ok()?,
        position: position.parse().ok()?,
        vehicle: vehicle.parse().ok()?,
        version: version.parse().ok()?,
    })
}

fn file(store: &Path) -> PathBuf {
    store.with_file_name("lines")
}
