//! Two stores, the same commits, the same answers.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use eventsource_core::store::{Commit, Expect};
use eventsource_core::{
    AppendError, EventStore, Filter, MemoryStore, Position, Query, Receipt, Revision, StreamId, Tag,
};
use uuid::Uuid;

use super::Store;
use super::support::{Seen, at, commit, event, read_all, read_stream};

/// A few hundred random commits, over few streams so that they collide, have the same outcome in
/// this store as in memory; and so have random queries.
///
/// The seed is printed; `EVENTSOURCE_SEED` in the environment repeats a run.
pub(super) async fn it_agrees_with_the_memory_store(store: Store) {
    let memory: Store = std::sync::Arc::new(MemoryStore::new());
    let seed = std::env::var("EVENTSOURCE_SEED")
        .ok()
        .and_then(|seed| seed.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| RandomState::new().hash_one("seed"));
    println!("EVENTSOURCE_SEED={seed}");
    let mut world = World::new(seed);
    for _ in 0..400 {
        let (mine, theirs) = world.commit();
        let (mine, theirs) = (store.append(mine).await, memory.append(theirs).await);
        world.learn(mine.as_ref().ok(), theirs.as_ref().ok());
        assert_eq!(outcome(mine), outcome(theirs));
    }
    for stream in &world.streams {
        let (mine, theirs) = (
            read_stream(&store, stream, 5).await,
            read_stream(&memory, stream, 5).await,
        );
        assert_eq!(comparable(&mine), comparable(&theirs));
    }
    for _ in 0..30 {
        let (query, limit) = (world.query(), world.below(9));
        let (mine, theirs) = (
            read_all(&store, &query, limit).await,
            read_all(&memory, &query, limit).await,
        );
        assert_eq!(comparable(&mine), comparable(&theirs), "{query:?}");
    }
}

/// What the commits are made of; and what each store answered, since revisions differ in their
/// positions.
struct World {
    state: u64,
    streams: Vec<StreamId>,
    revisions: Vec<[(StreamId, Revision); 2]>,
    /// The commits after which streams stood at their revisions.
    last: Vec<Expect>,
    commits: Vec<(Commit, Commit)>,
}

impl World {
    fn new(seed: u64) -> Self {
        let stream = |number: u128| {
            let category = ["cart", "shelf"][usize::from(number % 2 == 1)];
            let tenant = ["", "acme"][usize::from(number > 3)];
            StreamId::new(category, Uuid::from_u128(number)).in_tenant(tenant)
        };
        let streams = (0..6).map(stream).collect();
        Self {
            state: seed | 1,
            streams,
            revisions: Vec::new(),
            last: Vec::new(),
            commits: Vec::new(),
        }
    }

    /// The next number of a xorshift generator, below `bound`.
    fn below(&mut self, bound: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        usize::try_from(self.state >> 33).unwrap() % bound
    }

    fn commit(&mut self) -> (Commit, Commit) {
        if self.below(10) == 0 && !self.commits.is_empty() {
            let again = self.below(self.commits.len());
            return self.commits[again].clone();
        }
        let events = (0..=self.below(3)).map(|number| {
            let stream = self.stream();
            let tag = Tag::new("colour", ["red", "blue"][self.below(2)]);
            let mut event = event(&stream, &number.to_string()).tagged(vec![tag]);
            event.name = ["a", "b", "c"][self.below(3)].into();
            event
        });
        let mut mine = commit(events.collect());
        let mut theirs = mine.clone();
        for _ in 0..self.below(3) {
            let [for_mine, for_theirs] = self.expectation();
            mine.expect.push(for_mine);
            theirs.expect.push(for_theirs);
        }
        self.commits.push((mine.clone(), theirs.clone()));
        (mine, theirs)
    }

    fn expectation(&mut self) -> [Expect; 2] {
        match self.below(5) {
            0 => {
                let stream = self.stream();
                [Expect::NoStream(stream.clone()), Expect::NoStream(stream)]
            }
            1 => {
                let (query, after) = (self.query(), Position::START);
                let expect = Expect::NoneMatch { query, after };
                [expect.clone(), expect]
            }
            _ if self.revisions.is_empty() => {
                let stream = self.stream();
                [at(&stream, Revision::NONE), at(&stream, Revision::NONE)]
            }
            2 => {
                let back = 1 + self.below(self.last.len().min(6));
                let known = self.last[self.last.len() - back].clone();
                [known.clone(), known]
            }
            // Mostly late ones, so that some expectations hold.
            _ => {
                let back = 1 + self.below(self.revisions.len().min(6));
                let known = &self.revisions[self.revisions.len() - back];
                known
                    .each_ref()
                    .map(|(stream, revision)| at(stream, *revision))
            }
        }
    }

    fn query(&mut self) -> Query {
        let mut filter = Filter::new();
        if self.below(2) == 0 {
            filter = filter.category(["cart", "shelf"][self.below(2)]);
        }
        if self.below(2) == 0 {
            filter = filter.name(["a", "b", "c"][self.below(3)]);
        }
        if self.below(3) == 0 {
            filter = filter.tag(Tag::new("colour", ["red", "blue"][self.below(2)]));
        }
        let query = Query::from(filter);
        if self.below(3) == 0 {
            query.in_tenant(["", "acme"][self.below(2)])
        } else {
            query
        }
    }

    fn stream(&mut self) -> StreamId {
        let number = self.below(self.streams.len());
        self.streams[number].clone()
    }

    fn learn(&mut self, mine: Option<&Receipt>, theirs: Option<&Receipt>) {
        if let (Some(mine), Some(theirs)) = (mine, theirs) {
            let both = mine.revisions.iter().zip(&theirs.revisions);
            self.revisions
                .extend(both.map(|(mine, theirs)| [mine.clone(), theirs.clone()]));
            let last = |(stream, revision): &(StreamId, Revision)| Expect::Follows {
                stream: stream.clone(),
                commit: mine.commit_id,
                version: revision.version(),
            };
            self.last.extend(mine.revisions.iter().map(last));
        }
    }
}

/// What has to be the same: all but positions and times.
fn outcome(answer: Result<Receipt, AppendError>) -> String {
    match answer {
        Ok(receipt) => {
            let versions = receipt
                .revisions
                .iter()
                .map(|(stream, it)| (stream, it.version()));
            format!("{:?} {}", versions.collect::<Vec<_>>(), receipt.repeated)
        }
        Err(AppendError::Conflict(conflict)) => {
            let missed: Vec<_> = conflict
                .missed
                .events()
                .map(|it| (it.stream, it.version))
                .collect();
            let actual = conflict.actual.map(Revision::version);
            format!(
                "conflict {actual:?} {missed:?} {}",
                conflict.missed.is_complete()
            )
        }
        Err(error) => format!("{error:?}"),
    }
}

fn comparable(seen: &[Seen]) -> Vec<impl PartialEq + std::fmt::Debug> {
    let parts = |event: &Seen| {
        let commit = (event.commit.id, event.commit.digest);
        (
            event.stream.clone(),
            event.version,
            event.name.clone(),
            event.tags.clone(),
            commit,
        )
    };
    seen.iter().map(parts).collect()
}
