//! Durable appends.

mod by_hand;
mod ours;

use eventsource_core::{Project, Projection, Recorded, Tag};
use eventsource_sqlite::{SqliteBuilder, SqliteStore};
use serde::{Deserialize, Serialize};
use tokio::runtime::Runtime;
use uuid::Uuid;

use crate::Result;
use crate::check::Stored;
use crate::events::BasketEvent;
use crate::harness::{Cost, Sides, Unit, Workload};
use crate::seed::random_id;

pub(crate) fn workloads() -> Vec<Workload> {
    use Kind::{Conflicting, Existing, New, Repeated, Tagged, TwoStreams, Unmatched};
    let appends = [
        (
            "store.append.1",
            "commits to new streams, 1 task",
            New,
            1,
            1_000,
        ),
        ("store.append.16", "16 tasks", New, 16, 6_000),
        ("store.append.64", "64 tasks", New, 64, 20_000),
        ("store.append.256", "256 tasks", New, 256, 30_000),
        (
            "store.append.existing",
            "commits to streams that are there, each expected at its revision, 64 tasks",
            Existing,
            64,
            10_000,
        ),
        (
            "store.append.twostreams",
            "commits of an event to each of two new streams, 64 tasks",
            TwoStreams,
            64,
            10_000,
        ),
        (
            "store.append.tags",
            "commits of an event with two random tags, 64 tasks",
            Tagged,
            64,
            20_000,
        ),
        (
            "store.append.nonematch",
            "commits that expect no event with a random tag, and bring it, 64 tasks",
            Unmatched,
            64,
            20_000,
        ),
        (
            "store.append.conflict",
            "commits that expect an old revision, read what they missed, and are sent again, 64 tasks",
            Conflicting,
            64,
            5_000,
        ),
        (
            "store.append.repeated",
            "commits that are stored already, and are answered again, 64 tasks",
            Repeated,
            64,
            10_000,
        ),
    ];
    let workload = |(name, about, kind, tasks, commits)| {
        Workload::new(name, about, Unit::Commit, move || {
            Append::new(kind, tasks, commits, 1)
        })
    };
    let batches = Workload::new(
        "store.append.batch100",
        "commits of 100 events to new streams, 16 tasks",
        Unit::Event,
        || Append::new(New, 16, 1_000, 100),
    );
    let inline = Workload::new(
        "store.append.inline",
        "commits to new streams under an inline projection, 64 tasks; the limit is ours without it",
        Unit::Commit,
        || Append::new(New, 64, 20_000, 1).map(Inline),
    );
    let appends = appends.into_iter().map(workload);
    appends.chain([batches, inline]).collect()
}

/// One row for each basket.
#[derive(Projection, Default, Serialize, Deserialize)]
#[projection(name = "baskets", version = 1, key = root_id, event = BasketEvent)]
struct Baskets {
    events: u64,
}

impl Project<BasketEvent> for Baskets {
    fn project(&mut self, _: &Recorded<BasketEvent>) {
        self.events += 1;
    }
}

/// Appends with a projection in their transaction.
struct Inline(Append);

impl Sides for Inline {
    fn ours(&mut self) -> Result<Cost> {
        let builder = SqliteStore::builder().inline::<Baskets>();
        self.0.ours_with(builder)
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.0.ours().map(Some)
    }
}

/// The shape of a commit.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It begins a stream.
    New,
    /// It begins a stream, and its events have two tags.
    Tagged,
    /// It begins two streams.
    TwoStreams,
    /// It begins a stream, and brings a tag that it expects not to be there.
    Unmatched,
    /// The stream has an event.
    Existing,
    /// The stream has two, and one is expected.
    Conflicting,
    /// It is stored already.
    Repeated,
}

impl Kind {
    /// The number of commits that are stored before each measured one.
    const fn commits_before(self) -> usize {
        match self {
            Self::New | Self::Tagged | Self::TwoStreams | Self::Unmatched => 0,
            Self::Existing | Self::Repeated => 1,
            Self::Conflicting => 2,
        }
    }

    /// The number of tags of an event.
    const fn tags(self) -> u32 {
        match self {
            Self::Tagged => 2,
            Self::Unmatched => 1,
            _ => 0,
        }
    }
}

/// Tasks that append one commit after the other.
struct Append {
    kind: Kind,
    tasks: usize,
    commits: usize,
    /// In each commit, to each of its streams.
    events: u32,
    runtime: Runtime,
}

impl Append {
    fn new(kind: Kind, tasks: usize, commits: usize, events: u32) -> Result<Self> {
        let runtime = Runtime::new()?;
        Ok(Self {
            kind,
            tasks,
            commits,
            events,
            runtime,
        })
    }

    /// The numbers of the events of the `n`th commit.
    fn samples(&self, commit: usize) -> Result<impl Iterator<Item = u32>> {
        let first = u32::try_from(commit)? * self.events;
        Ok(first..first + self.events)
    }

    /// Root ids of the streams of a commit.
    fn root_ids(&self) -> impl Iterator<Item = Uuid> {
        let streams = if self.kind == Kind::TwoStreams { 2 } else { 1 };
        (0..streams).map(|_| Uuid::now_v7())
    }

    /// The tags of the `n`th event, which no other one has.
    fn random_tags(&self, n: u32) -> Vec<Tag> {
        let numbers = (0..self.kind.tags()).map(|tag| 2 * n + tag);
        numbers
            .map(|n| Tag::new("customer", random_id(n)))
            .collect()
    }

    /// The content that the file has to have after a round.
    fn stored(&self) -> Result<Stored> {
        let version = usize::try_from(self.events)?;
        let n = self.commits;
        let (streams, commits, version) = match self.kind {
            Kind::TwoStreams => (2 * n, n, version),
            Kind::Existing => (n, 2 * n, 2),
            Kind::Conflicting => (n, 3 * n, 3),
            _ => (n, n, version),
        };
        Ok(Stored {
            streams,
            commits,
            events: streams * version,
            version,
        })
    }

    /// The number of measured units: events if a commit has several to one stream, otherwise commits.
    fn units(&self) -> Result<usize> {
        Ok(self.commits * usize::try_from(self.events)?)
    }
}

impl Sides for Append {
    fn ours(&mut self) -> Result<Cost> {
        self.ours_with(SqliteStore::builder())
    }

    fn limit(&mut self) -> Result<Option<Cost>> {
        self.by_hand().map(Some)
    }
}

impl Append {
    fn ours_with(&self, builder: SqliteBuilder) -> Result<Cost> {
        ours::measure(self, builder)
    }

    fn by_hand(&self) -> Result<Cost> {
        by_hand::measure(self)
    }
}
