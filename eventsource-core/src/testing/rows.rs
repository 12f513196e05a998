//! Tests of projections: given some events, then these rows.

use std::fmt::{self, Debug, Write as _};

use uuid::Uuid;

use crate::aggregate::Aggregate;
use crate::codec::Codec;
use crate::event::encode::encode;
use crate::event::{EventSet, IntoEvents, Recorded};
use crate::memory::{MemoryReadModels, MemoryStore};
use crate::projection::{EventProjection, Key, KeyPart, Projection, ToKey};
use crate::read_model::ReadModel;
use crate::runner::{Pipeline, Runner};
use crate::store::{Commit, Imported, NewEvent, StreamStore};
use crate::values::error_text::with_causes;
use crate::values::{Environment, Id, Metadata, StreamId, SystemEnvironment, Timestamp};

/// A test of a projection: given some events, then these rows. It processes the events in batches of every
/// size, without and with a restart after each batch, and expects the same rows each time.
///
/// ```
/// use eventsource_core::testing::RowsScenario;
/// use eventsource_core::{Id, Project, Projection, Recorded};
/// # use eventsource_core::{Aggregate, Apply, event};
/// # use serde::{Deserialize, Serialize};
/// # #[event] pub enum CartEvent { ItemAdded { sku: String } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
///
/// #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
/// #[projection(name = "demand", version = 1, key = sku, event = CartEvent(ItemAdded))]
/// struct Demand {
///     added: u64,
/// }
///
/// impl Project<CartEvent> for Demand {
///     fn project(&mut self, _: &Recorded<CartEvent>) {
///         self.added += 1;
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let tea = || CartEvent::ItemAdded { sku: "tea".into() };
/// RowsScenario::of::<Demand>()
///     .given(Id::<Cart>::new(), [tea(), tea()])
///     .given(Id::<Cart>::new(), tea())
///     .then_rows([("tea", Demand { added: 3 })])
///     .await;
/// # }
/// ```
#[must_use = "call `then_rows`"]
#[doc(alias("given when then", "test kit"))]
pub struct RowsScenario<P> {
    pipeline: Pipeline,
    commits: Vec<Given>,
    projection: std::marker::PhantomData<fn() -> P>,
}

/// A commit with its time; `None` is the time of the commit before it.
struct Given {
    commit: Commit,
    recorded_at: Option<Timestamp>,
}

impl RowsScenario<()> {
    /// A test of the projection `P`.
    pub fn of<P: EventProjection>() -> RowsScenario<P> {
        RowsScenario::in_pipeline(Pipeline::of::<P>())
    }
}

impl<P: Projection> RowsScenario<P> {
    /// A test of a projection in a pipeline, for one that follows another.
    pub fn in_pipeline(pipeline: impl Into<Pipeline>) -> Self {
        Self {
            pipeline: pipeline.into(),
            commits: Vec::new(),
            projection: std::marker::PhantomData,
        }
    }

    /// Adds events of an aggregate, in one commit. A batch never splits a commit, so call this once for each
    /// commit: with a single one, batches of every size are the same.
    ///
    /// # Panics
    ///
    /// If an event cannot be stored.
    #[track_caller]
    pub fn given<A: Aggregate>(mut self, id: Id<A>, events: impl IntoEvents<A::Event>) -> Self {
        let stream = StreamId::new(A::CATEGORY, id.uuid());
        let mut decided = Vec::new();
        events.append_to(&mut decided);
        let encoded = decided.iter().map(|event| stored(&stream, event));
        let commit = Commit::new(Uuid::now_v7(), encoded.collect());
        let recorded_at = None;
        self.commits.push(Given {
            commit,
            recorded_at,
        });
        self
    }

    /// Adds recorded events, such as a [history](crate::Repository::history), in their commits, with times
    /// and metadata.
    ///
    /// # Panics
    ///
    /// If an event cannot be stored.
    #[track_caller]
    pub fn given_recorded<E: EventSet>(
        mut self,
        history: impl IntoIterator<Item = Recorded<E>>,
    ) -> Self {
        let mut last = None;
        for recorded in history {
            let header = recorded.commit();
            let commit = (header.id, header.first);
            if last.replace(commit) != Some(commit) {
                let commit = Commit::new(Uuid::now_v7(), Vec::new());
                self.commits.push(Given {
                    commit: commit.metadata(header.metadata().clone()),
                    recorded_at: Some(header.recorded_at),
                });
            }
            let event = stored(recorded.stream(), &recorded.event);
            self.last_given().commit.events.push(event);
        }
        self
    }

    /// Sets the time of the commit that was added last. Without it, a commit has the time of the one before.
    ///
    /// ```
    /// use eventsource_core::testing::RowsScenario;
    /// use eventsource_core::{Id, Metadata, Project, Projection, Recorded, Timestamp};
    /// # use eventsource_core::{Aggregate, Apply, event};
    /// # use serde::{Deserialize, Serialize};
    /// # #[event] pub enum CartEvent { CheckedOut }
    /// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
    /// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
    ///
    /// #[derive(Projection, Debug, Default, PartialEq, Serialize, Deserialize)]
    /// #[projection(name = "sales", version = 1, key = root_id, event = CartEvent)]
    /// struct Sale {
    ///     at: Timestamp,
    ///     by: Option<String>,
    /// }
    ///
    /// impl Project<CartEvent> for Sale {
    ///     fn project(&mut self, recorded: &Recorded<CartEvent>) {
    ///         self.at = recorded.commit().recorded_at;
    ///         self.by = recorded.commit().metadata().actor.clone();
    ///     }
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() {
    /// let (id, noon) = (Id::<Cart>::new(), "2017-01-01T12:00:00Z".parse().unwrap());
    /// RowsScenario::of::<Sale>()
    ///     .given(id, CartEvent::CheckedOut)
    ///     .recorded_at(noon)
    ///     .metadata(Metadata::new().actor("ann"))
    ///     .then_rows([(id, Sale { at: noon, by: Some("ann".into()) })])
    ///     .await;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// If no commit was added yet, or the time is before that of an earlier commit.
    #[track_caller]
    pub fn recorded_at(mut self, time: impl Into<Timestamp>) -> Self {
        let time = time.into();
        let mut times = self.commits.iter().rev().skip(1);
        let before = times.find_map(|given| given.recorded_at);
        assert!(
            before.is_none_or(|before| before <= time),
            "a store records one commit after the other: {time} lies before {}",
            before.unwrap_or(time)
        );
        self.last_given().recorded_at = Some(time);
        self
    }

    /// Sets the metadata of the commit that was added last.
    ///
    /// # Panics
    ///
    /// If no commit was added yet.
    #[track_caller]
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.last_given().commit.metadata = metadata;
        self
    }

    #[track_caller]
    fn last_given(&mut self) -> &mut Given {
        let last = self.commits.last_mut();
        last.expect("nothing is given yet: call `given` first")
    }

    /// The commits with their times, in order.
    fn imported(&self) -> Vec<Imported> {
        let first = self.commits.iter().find_map(|given| given.recorded_at);
        let mut time = first.unwrap_or_else(|| SystemEnvironment.now());
        let commits = self.commits.iter().map(|given| {
            time = given.recorded_at.unwrap_or(time);
            Imported::new(given.commit.clone(), time)
        });
        let mut commits: Vec<Imported> = commits.collect();
        commits.sort_by_key(|imported| imported.recorded_at);
        commits
    }

    /// Checks that the model has exactly these rows. For no rows, write `then_rows::<Key>([])`.
    ///
    /// # Panics
    ///
    /// If the rows differ, or the projection fails. The message has the size of the batches.
    pub async fn then_rows<K: ToKey>(self, expected: impl IntoIterator<Item = (K, P)>)
    where
        P: Debug + PartialEq,
    {
        let expected = expected.into_iter().map(|(key, row)| (Key::of(&key), row));
        let mut expected: Vec<_> = expected.collect();
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        let commits = self.imported();
        let events = commits.iter().map(|imported| imported.commit.events.len());
        for page in 1..=events.sum::<usize>().max(1) {
            self.check(&commits, page, false, &expected).await;
            self.check(&commits, page, true, &expected).await;
        }
    }

    async fn check(&self, commits: &[Imported], page: usize, restarts: bool, expected: &[(Key, P)])
    where
        P: Debug + PartialEq,
    {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        if restarts {
            for commits in commits.chunks(page) {
                import(&store, commits).await;
                self.run(&store, &models, page).await;
            }
        } else {
            import(&store, commits).await;
        }
        // The second run has nothing to do.
        self.run(&store, &models, page).await;
        self.run(&store, &models, page).await;
        let model = ReadModel::<P>::new(store, models);
        let parked = model.parked(None, 1).await;
        if let Some(parked) = parked.unwrap_or_else(|error| panic!("{error}")).first() {
            let (position, key, reason) = (parked.position, shown(&parked.key), &parked.reason);
            panic!("the projection failed at position {position}, key {key}: {reason}");
        }
        let rows = model.page(None, usize::MAX).await;
        let rows = rows.unwrap_or_else(|error| panic!("{error}"));
        let restarts = if restarts {
            " and a new start after each"
        } else {
            ""
        };
        assert!(
            rows == expected,
            "the rows are others, in pages of {page} events{restarts}\n{}",
            difference(expected, &rows)
        );
    }

    async fn run(&self, store: &MemoryStore, models: &MemoryReadModels, page: usize) {
        let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
        let run = runner.run(self.pipeline.clone()).catch_up().await;
        run.unwrap_or_else(|error| panic!("the projection failed: {}", with_causes(&error)));
    }
}

/// The event in its stored form.
#[track_caller]
fn stored<E: EventSet>(stream: &StreamId, event: &E) -> NewEvent {
    match encode(stream, Codec::Json, event) {
        Ok((new, _)) => new,
        Err(error) => panic!("{error}"),
    }
}

async fn import(store: &MemoryStore, commits: &[Imported]) {
    let stored = store.import(commits.to_vec()).await;
    stored.unwrap_or_else(|error| panic!("{error}"));
}

/// The expected rows (`-`) and the actual ones (`+`), without those that are equal.
fn difference<P: Debug + PartialEq>(expected: &[(Key, P)], rows: &[(Key, P)]) -> String {
    let mut text = String::new();
    for (sign, these, those) in [('-', expected, rows), ('+', rows, expected)] {
        for (key, row) in these.iter().filter(|row| !those.contains(row)) {
            let _ = writeln!(text, "{sign} {}: {row:?}", shown(key));
        }
    }
    text
}

/// The parts of a key. They may be shown, since a test has made them up.
fn shown(key: &Key) -> String {
    let part = |part: &KeyPart| match part {
        KeyPart::Integer(integer) => integer.to_string(),
        KeyPart::Text(text) => text.clone(),
    };
    let parts: Vec<String> = key.parts().iter().map(part).collect();
    parts.join(", ")
}

impl<P> Debug for RowsScenario<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowsScenario")
            .field("pipeline", &self.pipeline)
            .field("commits", &self.commits.len())
            .finish_non_exhaustive()
    }
}
