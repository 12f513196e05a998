//! The read models of the baskets.

use eventsource_core::runner::Pipeline;
use eventsource_core::{
    EventStore, Follow, Key, Project, Projection, ReadModelStore, Recorded, Row, RowChange, Runner,
    Timestamp,
};
use serde::{Deserialize, Serialize};

use super::{CheckedOut, ItemAdded, Opened};

const DAY: i64 = 24 * 60 * 60 * 1_000_000;
/// The largest basket of which pairs are counted. A larger one has very many pairs, which say little.
const TOGETHER: usize = 12;

/// The sales of a product in a week.
#[derive(Projection, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(
    name = "weekly-sales",
    version = 1,
    key = Self::product_and_week,
    columns(product, week),
    events(ItemAdded)
)]
pub struct WeeklySales {
    /// The number of pieces.
    pub units: u64,
    /// The sum of their prices.
    pub cents: u64,
}

impl WeeklySales {
    fn product_and_week(recorded: &Recorded<ItemAdded>) -> (u32, String) {
        let metadata = recorded.commit().metadata();
        let at = metadata
            .occurred_at
            .unwrap_or(recorded.commit().recorded_at);
        (recorded.event.product, week(at))
    }
}

impl Project<ItemAdded> for WeeklySales {
    fn project(&mut self, recorded: &Recorded<ItemAdded>) {
        self.units += recorded.event.quantity;
        self.cents += recorded.event.cents;
    }
}

/// The Monday of a week.
#[must_use]
pub fn week(at: Timestamp) -> String {
    let day = at.as_micros().div_euclid(DAY);
    // The first day of 1970 was a Thursday.
    let monday = day - (day + 3).rem_euclid(7);
    let mut text = Timestamp::from_micros(monday * DAY).to_string();
    text.truncate("2017-01-02".len());
    text
}

/// The visits of a household.
#[derive(Projection, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "households", version = 1, key = household, events(Opened))]
pub struct Household {
    /// The number of its baskets.
    pub baskets: u64,
    /// The time of the last visit.
    pub last: Timestamp,
}

impl Project<Opened> for Household {
    fn project(&mut self, recorded: &Recorded<Opened>) {
        self.baskets += 1;
        self.last = self.last.max(recorded.event.at);
    }
}

/// The content of a basket.
#[derive(Projection, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(name = "baskets", version = 1, key = root_id, events(ItemAdded, CheckedOut))]
pub struct Content {
    /// The distinct products.
    pub products: Vec<u32>,
    /// Whether it was paid.
    pub paid: bool,
}

impl Project<ItemAdded> for Content {
    fn project(&mut self, recorded: &Recorded<ItemAdded>) {
        if let Err(generation) = self.products.binary_search(&recorded.event.product) {
            self.products.insert(generation, recorded.event.product);
        }
    }
}

impl Project<CheckedOut> for Content {
    fn project(&mut self, _: &Recorded<CheckedOut>) {
        self.paid = true;
    }
}

/// The number of baskets that contained two products together.
#[derive(Projection, Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[projection(
    name = "bought-together",
    version = 1,
    follows = Content,
    keys = Self::pairs,
    columns(product, other)
)]
pub struct BoughtTogether {
    /// The number of baskets.
    pub baskets: u32,
}

impl BoughtTogether {
    fn pairs(change: &RowChange<Content>) -> Vec<(u32, u32)> {
        let contents = [change.before(), change.after()].into_iter().flatten();
        let pairs = contents
            .filter(|content| content.counts())
            .flat_map(Content::pairs);
        pairs.collect()
    }
}

impl Content {
    fn counts(&self) -> bool {
        self.paid && self.products.len() <= TOGETHER
    }

    /// Every pair of products, in both orders.
    fn pairs(&self) -> impl Iterator<Item = (u32, u32)> {
        let pairs = |product: &u32| {
            let product = *product;
            let others = self.products.iter().filter(move |other| **other != product);
            others
                .map(move |other| (product, *other))
                .collect::<Vec<_>>()
        };
        self.products.iter().flat_map(pairs)
    }
}

impl Follow<Content, Row> for BoughtTogether {
    fn follow(&mut self, _: &Key, change: &RowChange<Content>) -> Row {
        let counted = |content: Option<&Content>| content.is_some_and(Content::counts);
        // A basket keeps its products once it is paid: a pair is there before, or after, or both.
        self.baskets += u32::from(counted(change.after()));
        self.baskets -= u32::from(counted(change.before()));
        if self.baskets == 0 {
            Row::Delete
        } else {
            Row::Keep
        }
    }
}

/// A runner of all read models, from the events of one store into another one, which may be the same.
#[must_use]
pub fn runner(events: impl EventStore, models: impl ReadModelStore) -> Runner {
    Runner::new(events, models)
        .project::<WeeklySales>()
        .project::<Household>()
        .run(Pipeline::of::<Content>().followed_by::<BoughtTogether>())
}
