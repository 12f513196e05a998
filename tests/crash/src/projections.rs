//! Read models of what is stored, and what they have to be.

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
    /// The commit it came in.
    pub commit: Uuid,
    /// Its place there.
    pub index: u64,
    /// Makes it longer.
    pub filler: String,
}

/// What a cart was filled with.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "carts", version = 1, key = root_id, events(Filled))]
pub struct Cart {
    /// How many events.
    pub events: u64,
    /// How many letters.
    pub letters: u64,
    /// The position of the last event.
    pub last: u64,
}

impl Project<Filled> for Cart {
    fn project(&mut self, filled: &Recorded<Filled>) {
        self.events += 1;
        self.letters += filled.filler.len() as u64;
        self.last = filled.position.offset().get();
    }
}

/// How many carts have how many events, in tens.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "sizes", version = 1, follows = Cart, keys = Self::tens)]
pub struct Size {
    /// So many.
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

/// Keeps both, taking so many events at once. It waits for nobody who is gone.
#[must_use]
pub fn runner(store: &SqliteStore, page: usize) -> Runner {
    Runner::new(store.clone(), store.clone())
        .run(Pipeline::of::<Cart>().followed_by::<Size>())
        .in_pages_of(page)
        .lease(Duration::from_millis(10))
}

/// Rows by key.
pub type Rows<P> = Vec<(Key, P)>;

/// The rows as they are, and up to where.
///
/// # Errors
///
/// What is wrong with them.
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

/// The rows as a fold of the events up to a position gives them.
///
/// # Errors
///
/// What is wrong with the events.
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
