//! Given some events, then these rows.

use std::fmt::{self, Debug, Write as _};

use uuid::Uuid;

use crate::encode::encode;
use crate::error_text::with_causes;
use crate::{
    Aggregate, Codec, Commit, EventProjection, EventStore, Id, IntoEvents, Key, KeyPart,
    MemoryReadModels, MemoryStore, Pipeline, Projection, ReadModel, Runner, StreamId, ToKey,
};

/// Tests of projections: given some events, then these rows. The events are taken in pages of every
/// size, at once and with a new start after each page, and have to come to the same rows each time.
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
pub struct RowsScenario<P> {
    pipeline: Pipeline,
    commits: Vec<Commit>,
    projection: std::marker::PhantomData<fn() -> P>,
}

impl RowsScenario<()> {
    /// A test of the projection `P`.
    pub fn of<P: EventProjection>() -> RowsScenario<P> {
        RowsScenario::in_pipeline(Pipeline::of::<P>())
    }
}

impl<P: Projection> RowsScenario<P> {
    /// A test of a projection that follows another one, which the pipeline holds as well.
    pub fn in_pipeline(pipeline: impl Into<Pipeline>) -> Self {
        Self {
            pipeline: pipeline.into(),
            commits: Vec::new(),
            projection: std::marker::PhantomData,
        }
    }

    /// These events happened to an aggregate, in one commit. A page never splits a commit: give what
    /// happens one after the other in several of these, or pages of every size are all the same.
    ///
    /// # Panics
    ///
    /// When an event could not be stored.
    #[track_caller]
    pub fn given<A: Aggregate>(mut self, id: Id<A>, events: impl IntoEvents<A::Event>) -> Self {
        let stream = StreamId::new(A::CATEGORY, id.uuid());
        let mut decided = Vec::new();
        events.append_to(&mut decided);
        let encoded = decided.iter().map(|event| {
            let encoded = encode(&stream, Codec::Json, event);
            let (new, _) = encoded.unwrap_or_else(|error| panic!("{error}"));
            new
        });
        let commit = Commit::new(Uuid::now_v7(), encoded.collect());
        self.commits.push(commit);
        self
    }

    /// These rows are there then, and no others. That there are none is `then_rows::<Key>([])`.
    ///
    /// # Panics
    ///
    /// When they are not, or the projection fails; the message says with which pages.
    pub async fn then_rows<K: ToKey>(self, expected: impl IntoIterator<Item = (K, P)>)
    where
        P: Debug + PartialEq,
    {
        let expected = expected.into_iter().map(|(key, row)| (Key::of(&key), row));
        let mut expected: Vec<_> = expected.collect();
        expected.sort_by(|one, other| one.0.cmp(&other.0));
        let events: usize = self.commits.iter().map(|commit| commit.events.len()).sum();
        for page in 1..=events.max(1) {
            self.check(page, false, &expected).await;
            self.check(page, true, &expected).await;
        }
    }

    async fn check(&self, page: usize, restarts: bool, expected: &[(Key, P)])
    where
        P: Debug + PartialEq,
    {
        let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
        if restarts {
            for commits in self.commits.chunks(page) {
                append(&store, commits).await;
                self.run(&store, &models, page).await;
            }
        } else {
            append(&store, &self.commits).await;
        }
        // The second time there is nothing to do.
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

async fn append(store: &MemoryStore, commits: &[Commit]) {
    for commit in commits {
        let stored = store.append(commit.clone()).await;
        stored.unwrap_or_else(|error| panic!("{error}"));
    }
}

/// Expected rows (`-`) and those that are there (`+`), without those that are the same.
fn difference<P: Debug + PartialEq>(expected: &[(Key, P)], rows: &[(Key, P)]) -> String {
    let mut text = String::new();
    for (sign, these, those) in [('-', expected, rows), ('+', rows, expected)] {
        for (key, row) in these.iter().filter(|row| !those.contains(row)) {
            let _ = writeln!(text, "{sign} {}: {row:?}", shown(key));
        }
    }
    text
}

/// The parts of a key, which a test made up.
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
