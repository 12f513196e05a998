//! Read models of the stored events, and a fold of the events to compare them with.

use std::collections::BTreeMap;
use std::time::Duration;

use eventsource_core::runner::Pipeline;
use eventsource_core::store::ReadLog;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, EventSet, Follow, Horizon, Key, Position, Project, Projection, Query, ReadModel,
    Recorded, Row, RowChange, Runner, event,
};
use eventsource_sqlite::SqliteStore;
use serde::{Deserialize, Serialize};

/// The event of [`commit`](crate::commit).
#[event(name = "cart.filled")]
pub struct Filled {
    /// The commit of the event.
    pub commit: Uuid,
    /// The index of the event in its commit.
    pub index: u64,
    /// A text that makes the payload longer.
    pub filler: String,
}

/// The totals of a cart.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "carts", version = 1, key = root_id, events(Filled))]
pub struct Cart {
    /// The number of events.
    pub events: u64,
    /// The number of letters.
    pub letters: u64,
    /// The position of the last event.
    pub last: u64,
}

impl Project<Filled> for Cart {
    fn project(&mut self, recorded: &Recorded<Filled>) {
        self.events += 1;
        self.letters += recorded.event.filler.len() as u64;
        self.last = recorded.position().offset().get();
    }
}

/// The number of carts by their number of events, in tens.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "sizes", version = 1, follows = Cart, keys = Self::tens)]
pub struct Size {
    /// The number of carts.
    pub carts: i64,
}

impl Size {
    fn tens(change: &RowChange<Cart>) -> Vec<i64> {
        let rows = [change.before(), change.after()];
        rows.into_iter().flatten().map(tens).collect()
    }
}

impl Follow<Cart, Row> for Size {
    fn follow(&mut self, key: &Key, change: &RowChange<Cart>) -> Row {
        let is_here = |cart: &Cart| key.integer(0) == Some(tens(cart));
        self.carts += i64::from(change.after().is_some_and(is_here));
        self.carts -= i64::from(change.before().is_some_and(is_here));
        if self.carts == 0 {
            Row::Delete
        } else {
            Row::Keep
        }
    }
}

fn tens(cart: &Cart) -> i64 {
    i64::try_from(cart.events / 10).expect("a cart is small")
}

/// Builds a runner of both projections with this page size. Its lease is short, so that it takes
/// over from a killed process at once.
#[must_use]
pub fn runner(store: &SqliteStore, page: usize) -> Runner {
    Runner::new(store.clone(), store.clone())
        .run(Pipeline::of::<Cart>().followed_by::<Size>())
        .in_pages_of(page)
        .lease(Duration::from_millis(10))
}

/// Rows by key.
pub type Rows<P> = Vec<(Key, P)>;

/// Reads the stored rows and the position of their checkpoint.
///
/// # Errors
///
/// Fails if the rows cannot be read.
pub async fn kept(store: &SqliteStore) -> Result<(Position, Rows<Cart>, Rows<Size>), String> {
    let carts = ReadModel::<Cart>::new(store.clone(), store.clone());
    let sizes = ReadModel::<Size>::new(store.clone(), store.clone());
    let text = |error: eventsource_core::ReadModelError| error.to_string();
    let progress = carts.progress().await.map_err(text)?;
    let Some(progress) = progress.filter(|progress| progress.serving) else {
        return Ok((Position::START, Vec::new(), Vec::new()));
    };
    Ok((
        progress.checkpoint.at.position(),
        carts.page(None, usize::MAX).await.map_err(text)?,
        sizes.page(None, usize::MAX).await.map_err(text)?,
    ))
}

/// Folds the events up to a position into rows.
///
/// # Errors
///
/// Fails if an event cannot be read or decoded.
pub async fn folded(
    store: &SqliteStore,
    until: Position,
) -> Result<(Rows<Cart>, Rows<Size>), String> {
    let (mut carts, mut sizes) = (BTreeMap::<Key, Cart>::new(), BTreeMap::<Key, Size>::new());
    let mut after = Horizon::START;
    while after.position().offset() < until.offset() {
        let page = store
            .read(ReadLog::new(Query::all()).after(after).limit(10_000))
            .await;
        let page = page.map_err(|error| error.to_string())?;
        for event in page
            .events()
            .filter(|event| event.position.offset() <= until.offset())
        {
            let cart = carts.entry(Key::of(&event.stream.root_id())).or_default();
            let each = &mut |filled: Filled| {
                cart.events += 1;
                cart.letters += filled.filler.len() as u64;
                cart.last = event.position.offset().get();
            };
            let decoded = EventSet::decode(&event.context(), event.payload, each);
            decoded.map_err(|error| error.to_string())?;
        }
        after = page.through();
    }
    for cart in carts.values() {
        sizes.entry(Key::of(&tens(cart))).or_default().carts += 1;
    }
    Ok((carts.into_iter().collect(), sizes.into_iter().collect()))
}
