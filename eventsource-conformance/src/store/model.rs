//! Two stores, the same commits, the same answers.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use eventsource_core::store::{Capabilities, Commit, Expect, NoneMatchGuards};
use eventsource_core::{
    AppendError, Filter, MemoryStore, Position, Query, Receipt, Revision, StreamId, Tag,
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
    let mut world = World::new(seed, store.capabilities());
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

/// The source of the drawn commits, with the answers of each store, as revisions differ in their
/// positions.
struct World {
    state: u64,
    declared: Capabilities,
    streams: Vec<StreamId>,
    revisions: Vec<[(StreamId, Revision); 2]>,
    /// The commits after which streams stood at their revisions.
    last: Vec<(StreamId, Expect)>,
    commits: Vec<(Commit, Commit)>,
}

impl World {
    fn new(seed: u64, declared: Capabilities) -> Self {
        let stream = |number: u128| {
            let category = ["cart", "shelf"][usize::from(number % 2 == 1)];
            let tenant = ["", "acme"][usize::from(number > 3)];
            StreamId::new(category, Uuid::from_u128(number)).in_tenant(tenant)
        };
        // One in each tenant, where not all of them may share a commit.
        let step = if declared.commit_over_streams { 1 } else { 4 };
        let streams = (0..6).step_by(step).map(stream).collect();
        Self {
            state: seed | 1,
            declared,
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
        let tenant = ["", "acme"][usize::from(self.below(3) == 0)];
        let events = (0..=self.below(3)).map(|number| {
            let stream = self.stream(tenant);
            let tag = Tag::new("colour", ["red", "blue"][self.below(2)]);
            let mut event = event(&stream, &number.to_string()).tagged(vec![tag]);
            event.name = ["a", "b", "c"][self.below(3)].into();
            event
        });
        let mut mine = commit(events.collect());
        let mut theirs = mine.clone();
        for _ in 0..self.below(3) {
            let [for_mine, for_theirs] = self.expectation(tenant);
            mine.expectations.push(for_mine);
            theirs.expectations.push(for_theirs);
        }
        self.commits.push((mine.clone(), theirs.clone()));
        (mine, theirs)
    }

    fn expectation(&mut self, tenant: &'static str) -> [Expect; 2] {
        match self.below(5) {
            1 if self.declared.none_match == NoneMatchGuards::Exact => {
                let (query, after) = (self.query().in_tenant(tenant), Position::START);
                let expect = Expect::NoneMatch { query, after };
                [expect.clone(), expect]
            }
            2 if self.declared.follows => {
                let last = self.last.iter().rev();
                let known = last.filter(|(stream, _)| stream.tenant() == tenant);
                match self.one_of(known.take(6).cloned().collect()) {
                    Some((_, known)) => [known.clone(), known],
                    None => self.begins(tenant),
                }
            }
            // Mostly late ones, so that some expectations hold.
            3 | 4 => {
                let revisions = self.revisions.iter().rev();
                let known = revisions.filter(|[(stream, _), _]| stream.tenant() == tenant);
                match self.one_of(known.take(6).cloned().collect()) {
                    Some(known) => known.map(|(stream, revision)| at(&stream, revision)),
                    None => self.begins(tenant),
                }
            }
            _ => self.begins(tenant),
        }
    }

    fn begins(&mut self, tenant: &str) -> [Expect; 2] {
        let stream = self.stream(tenant);
        [Expect::NoStream(stream.clone()), Expect::NoStream(stream)]
    }

    fn one_of<T>(&mut self, mut known: Vec<T>) -> Option<T> {
        (!known.is_empty()).then(|| known.swap_remove(self.below(known.len())))
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

    fn stream(&mut self, tenant: &str) -> StreamId {
        loop {
            let number = self.below(self.streams.len());
            if self.streams[number].tenant() == tenant {
                return self.streams[number].clone();
            }
        }
    }

    fn learn(&mut self, mine: Option<&Receipt>, theirs: Option<&Receipt>) {
        if let (Some(mine), Some(theirs)) = (mine, theirs) {
            let both = mine.revisions.iter().zip(&theirs.revisions);
            self.revisions
                .extend(both.map(|(mine, theirs)| [mine.clone(), theirs.clone()]));
            let last = |(stream, revision): &(StreamId, Revision)| {
                let follows = Expect::Follows {
                    stream: stream.clone(),
                    commit: mine.commit_id,
                    version: revision.version(),
                };
                (stream.clone(), follows)
            };
            self.last.extend(mine.revisions.iter().map(last));
        }
    }
}

/// The part of an answer that has to be the same: all but positions and times.
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
