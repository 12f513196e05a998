//! Tests of the code that `#[derive(Projection)]` generates.

use std::fmt::Debug;

use eventsource_core::__private::VariantNames;
use eventsource_core::projection::{EventProjection, KeyPart};
use eventsource_core::runner::{Pipeline, ProjectionError};
use eventsource_core::{
    Aggregate, Apply, EventSet, Follow, Id, Key, MemoryReadModels, MemoryStore, Project, ProjectAt,
    Projection, ReadModel, Recorded, Repository, Row, RowChange, Runner, event,
};
use serde::{Deserialize, Serialize};

/// All that happens in these tests, so that one aggregate can cause it.
mod events {
    use super::event;

    #[event(name = "shop.sold", version = 2, from = SoldV1, alias = "shop.given-away")]
    pub(crate) struct Sold {
        pub(crate) product: String,
        pub(crate) week: u32,
        pub(crate) count: u32,
    }

    #[event(name = "shop.sold")]
    pub(crate) struct SoldV1 {
        pub(crate) product: String,
        pub(crate) week: u32,
    }

    impl From<SoldV1> for Sold {
        fn from(SoldV1 { product, week }: SoldV1) -> Self {
            Self {
                product,
                week,
                count: 1,
            }
        }
    }

    #[event(name = "shop.returned")]
    pub(crate) struct Returned {
        pub(crate) product: String,
        pub(crate) week: u32,
    }

    #[event(name = "shop.given-away")]
    pub(crate) struct GivenAway {
        pub(crate) product: String,
        pub(crate) week: u32,
        pub(crate) count: u32,
    }
}
use events::{GivenAway, Returned, Sold, SoldV1};

#[event]
enum CartEvent {
    #[cfg(any())]
    NeverThere(Line),
    Added(Line),
    Removed {
        sku: String,
    },
    Moved {
        from: String,
        to: String,
    },
    Noted {
        text: String,
    },
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Line {
    sku: String,
    count: u32,
}

/// Anything can happen to it: stored events are written by their own types.
macro_rules! aggregates {
    ($($name:ident: $event:ty),*) => {$(
        #[derive(Aggregate, Default)]
        #[aggregate(event = $event)]
        struct $name;

        impl Apply<$event> for $name {
            fn apply(&mut self, _: $event) {}
        }
    )*};
}

aggregates!(Cart: CartEvent, Till: Sold, OldTill: SoldV1, Gifts: GivenAway, Returns: Returned);

#[derive(Aggregate, Default)]
#[aggregate(events(Sold, Returned))]
struct Desk;

impl Apply<Sold> for Desk {
    fn apply(&mut self, _: Sold) {}
}

impl Apply<Returned> for Desk {
    fn apply(&mut self, _: Returned) {}
}

/// A store, and what is made of it.
#[derive(Default)]
struct Shop {
    store: MemoryStore,
    models: MemoryReadModels,
}

impl Shop {
    async fn happened<A: Aggregate<Event: Clone>>(&self, id: Id<A>, event: A::Event) {
        let repository = Repository::<A>::new(self.store.clone());
        let decide = |_: &A| Ok::<_, std::fmt::Error>(event.clone());
        repository.execute(id, decide).await.unwrap();
    }

    async fn carts(&self, events: impl IntoIterator<Item = CartEvent>) -> Id<Cart> {
        let id = Id::new();
        for event in events {
            self.happened::<Cart>(id, event).await;
        }
        id
    }

    async fn rows<P: EventProjection>(&self) -> Vec<(String, P)> {
        self.run(Pipeline::of::<P>().into()).await.unwrap();
        self.read().await
    }

    async fn run(&self, pipeline: Pipeline) -> Result<(), ProjectionError> {
        let runner = Runner::new(self.store.clone(), self.models.clone());
        runner.run(pipeline).catch_up().await
    }

    async fn read<P: Projection>(&self) -> Vec<(String, P)> {
        let model = ReadModel::<P>::new(self.store.clone(), self.models.clone());
        let rows = model.page(None, 100).await.unwrap().into_iter();
        rows.map(|(key, row)| (text(&key), row)).collect()
    }
}

fn text(key: &Key) -> String {
    let part = |part: &KeyPart| match part {
        KeyPart::Integer(integer) => integer.to_string(),
        KeyPart::Text(text) => text.clone(),
    };
    let parts: Vec<String> = key.parts().iter().map(part).collect();
    parts.join(", ")
}

fn rows<P: Debug>(rows: &[(String, P)]) -> Vec<String> {
    let row = |(key, row): &(String, P)| format!("{key}: {row:?}");
    rows.iter().map(row).collect()
}

fn added(sku: &str, count: u32) -> CartEvent {
    let sku = sku.to_owned();
    CartEvent::Added(Line { sku, count })
}

fn removed(sku: &str) -> CartEvent {
    let sku = sku.to_owned();
    CartEvent::Removed { sku }
}

fn noted(text: &str) -> CartEvent {
    let text = text.to_owned();
    CartEvent::Noted { text }
}

fn sold(product: &str, week: u32, count: u32) -> Sold {
    let product = product.to_owned();
    Sold {
        product,
        week,
        count,
    }
}

fn returned(product: &str, week: u32) -> Returned {
    let product = product.to_owned();
    Returned { product, week }
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "sales", version = 3, key = product, events(Sold, Returned))]
struct Sales(i64);

impl Project<Sold> for Sales {
    fn project(&mut self, recorded: &Recorded<Sold>) {
        self.0 += i64::from(recorded.event.count);
    }
}

impl Project<Returned, Row> for Sales {
    fn project(&mut self, _: &Recorded<Returned>) -> Row {
        self.0 -= 1;
        if self.0 == 0 { Row::Delete } else { Row::Keep }
    }
}

#[test]
fn the_keys_are_constants_of_the_projection() {
    assert_eq!((Sales::NAME, Sales::VERSION), ("sales", 3));
    assert_eq!(Sales::KEY, ["product"]);
    assert_eq!(Sales::EVENTS, [Sold::EVENTS, Returned::EVENTS]);
}

#[tokio::test]
async fn a_field_is_the_key_and_a_row_can_be_deleted() {
    let shop = Shop::default();
    shop.happened::<Till>(Id::new(), sold("tea", 1, 2)).await;
    shop.happened::<Till>(Id::new(), sold("mugs", 1, 1)).await;
    shop.happened::<Returns>(Id::new(), returned("mugs", 1))
        .await;
    shop.happened::<Returns>(Id::new(), returned("tea", 1))
        .await;
    assert_eq!(rows(&shop.rows::<Sales>().await), ["tea: Sales(1)"]);
}

#[tokio::test]
async fn aliases_and_old_versions_are_read_as_the_event() {
    let shop = Shop::default();
    let old = SoldV1 {
        product: "tea".into(),
        week: 1,
    };
    shop.happened::<OldTill>(Id::new(), old).await;
    let gift = GivenAway {
        product: "mugs".into(),
        week: 1,
        count: 7,
    };
    let version_of_the_gift = gift.clone();
    shop.happened::<Till>(Id::new(), sold("tea", 2, 2)).await;
    assert_eq!(rows(&shop.rows::<Sales>().await), ["tea: Sales(3)"]);
    // An alias is the same event under another name, so version 1 of it is upcast too.
    shop.happened::<Gifts>(Id::new(), version_of_the_gift).await;
    let sales = shop.rows::<Sales>().await;
    assert_eq!(rows(&sales), ["mugs: Sales(1)", "tea: Sales(3)"]);
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "weeks", key = (week, product), events(Sold, Returned), columns(week, sku))]
struct Weeks(u32);

impl<E> Project<E> for Weeks
where
    Self: eventsource_core::projection::ProjectsEvent<E>,
{
    fn project(&mut self, _: &Recorded<E>) {
        self.0 += 1;
    }
}

#[tokio::test]
async fn several_fields_are_a_key_of_several_parts() {
    let shop = Shop::default();
    for week in [2, 1, 2] {
        shop.happened::<Till>(Id::new(), sold("tea", week, 1)).await;
    }
    shop.happened::<Returns>(Id::new(), returned("mugs", 2))
        .await;
    assert_eq!((Weeks::KEY, Weeks::VERSION), (&["week", "sku"][..], 1));
    assert_eq!(
        rows(&shop.rows::<Weeks>().await),
        ["1, tea: Weeks(1)", "2, mugs: Weeks(1)", "2, tea: Weeks(2)"]
    );
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "carts", key = root_id, event = CartEvent)]
struct Carts(Vec<String>);

impl Project<CartEvent> for Carts {
    fn project(&mut self, recorded: &Recorded<CartEvent>) {
        let name = event::AnyEvent::event_type(&recorded.event).name;
        self.0.push(name.to_owned());
    }
}

#[tokio::test]
async fn the_id_of_the_aggregate_can_be_the_key() {
    let shop = Shop::default();
    let first = shop.carts([added("tea", 1), noted("hello")]).await;
    let second = shop.carts([removed("tea")]).await;
    let carts = shop.rows::<Carts>().await;
    let of = |id: Id<Cart>| carts.iter().find(|(key, _)| *key == id.uuid().to_string());
    assert_eq!(of(first).unwrap().1.0, ["cart.added", "cart.noted"]);
    assert_eq!(of(second).unwrap().1.0, ["cart.removed"]);
    assert_eq!(Carts::KEY, ["root_id"]);
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "demand", key = sku, event = CartEvent(Added(_), Removed))]
struct Demand(i64);

impl Project<CartEvent> for Demand {
    fn project(&mut self, recorded: &Recorded<CartEvent>) {
        match &recorded.event {
            CartEvent::Added(line) => self.0 += i64::from(line.count),
            CartEvent::Removed { .. } => self.0 -= 1,
            _ => unreachable!("only the variants that are listed"),
        }
    }
}

#[tokio::test]
async fn variants_with_fields_and_those_that_wrap_a_type_are_projected() {
    let shop = Shop::default();
    let events = [
        added("tea", 2),
        noted("hello"),
        removed("tea"),
        removed("mugs"),
    ];
    shop.carts(events).await;
    let demand = shop.rows::<Demand>().await;
    assert_eq!(rows(&demand), ["mugs: Demand(-1)", "tea: Demand(1)"]);
    let wanted = [&CartEvent::EVENTS[..2]];
    assert_eq!(Demand::EVENTS, wanted);
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "texts", key = Self::first, event = CartEvent(Noted), columns(letter), stop_on_error)]
struct Texts(u32);

impl Texts {
    fn first(recorded: &Recorded<CartEvent>) -> Option<&str> {
        match &recorded.event {
            CartEvent::Noted { text } => text.get(..1),
            _ => unreachable!("only the variants that are listed"),
        }
    }
}

impl Project<CartEvent, Result<(), String>> for Texts {
    fn project(&mut self, recorded: &Recorded<CartEvent>) -> Result<(), String> {
        match &recorded.event {
            CartEvent::Noted { text } if text == "fail" => Err("it says so".into()),
            _ => {
                self.0 += 1;
                Ok(())
            }
        }
    }
}

#[tokio::test]
async fn a_function_gives_the_key_or_none() {
    let shop = Shop::default();
    shop.carts([noted("hello"), added("tea", 1), noted(""), noted("hi")])
        .await;
    assert_eq!(rows(&shop.rows::<Texts>().await), ["h: Texts(2)"]);
    assert_eq!(Texts::KEY, ["letter"]);
    const { assert!(Texts::STOP_ON_ERROR && !Demand::STOP_ON_ERROR) };
    assert_eq!(Texts::EVENTS, [&CartEvent::EVENTS[3..]]);
}

#[tokio::test]
async fn an_error_stops_the_projection_that_is_to_stop() {
    let shop = Shop::default();
    shop.carts([noted("hello"), noted("fail"), noted("hi")])
        .await;
    let error = shop.run(Pipeline::of::<Texts>().into()).await.unwrap_err();
    assert!(
        matches!(&error, ProjectionError::Failed { key, .. } if key.text(0).as_deref() == Some("f"))
    );
    let cause = std::error::Error::source(&error).unwrap();
    assert_eq!(cause.to_string(), "it says so");
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "balances", keys = Self::both, event = CartEvent(Moved))]
struct Balance(i64);

impl Balance {
    fn both(recorded: &Recorded<CartEvent>) -> Vec<String> {
        match &recorded.event {
            CartEvent::Moved { from, to } => vec![from.clone(), to.clone()],
            _ => Vec::new(),
        }
    }
}

impl ProjectAt<CartEvent> for Balance {
    fn project_at(&mut self, key: &Key, recorded: &Recorded<CartEvent>) {
        if let CartEvent::Moved { from, .. } = &recorded.event {
            self.0 += if key.text(0).as_deref() == Some(from) {
                -1
            } else {
                1
            };
        }
    }
}

#[tokio::test]
async fn an_event_can_belong_to_several_rows() {
    let shop = Shop::default();
    let moved = |from: &str, to: &str| CartEvent::Moved {
        from: from.into(),
        to: to.into(),
    };
    shop.carts([moved("a", "b"), moved("b", "c"), moved("a", "a")])
        .await;
    let balances = shop.rows::<Balance>().await;
    assert_eq!(
        rows(&balances),
        ["a: Balance(-2)", "b: Balance(0)", "c: Balance(1)"]
    );
    assert_eq!(Balance::KEY, ["key"]);
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "everything", key = root_id, events(Sold, CartEvent(Added(_), Noted)))]
struct Everything(u32);

impl Project<Sold> for Everything {
    fn project(&mut self, recorded: &Recorded<Sold>) {
        self.0 += recorded.event.count;
    }
}

impl Project<CartEvent> for Everything {
    fn project(&mut self, _: &Recorded<CartEvent>) {
        self.0 += 100;
    }
}

#[tokio::test]
async fn a_list_can_have_variants_of_an_enum_in_it() {
    let shop = Shop::default();
    let events = [added("tea", 1), removed("tea"), noted("hello")];
    shop.carts(events).await;
    shop.happened::<Till>(Id::new(), sold("tea", 1, 7)).await;
    let mut all: Vec<u32> = shop
        .rows::<Everything>()
        .await
        .iter()
        .map(|row| row.1.0)
        .collect();
    all.sort_unstable();
    assert_eq!(all, [7, 200]);
    let [added, _, _, noted] = CartEvent::EVENTS else {
        unreachable!()
    };
    assert_eq!(Everything::EVENTS, [Sold::EVENTS, &[*added, *noted]]);
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "desk", key = week, event = DeskEvent(Returned(_)))]
struct ReturnedAtDesk(u32);

impl Project<DeskEvent> for ReturnedAtDesk {
    fn project(&mut self, _: &Recorded<DeskEvent>) {
        self.0 += 1;
    }
}

#[tokio::test]
async fn the_set_that_an_aggregate_wrote_can_be_projected() {
    let shop = Shop::default();
    let desk = Id::<Desk>::new();
    shop.happened(desk, sold("tea", 1, 1).into()).await;
    shop.happened(desk, returned("tea", 2).into()).await;
    let desk = shop.rows::<ReturnedAtDesk>().await;
    assert_eq!(rows(&desk), ["2: ReturnedAtDesk(1)"]);
    assert_eq!(ReturnedAtDesk::EVENTS, [Returned::EVENTS]);
    assert_eq!(DeskEvent::VARIANTS, ["Sold", "Returned"]);
}

#[derive(Projection, Debug, Default, Serialize, Deserialize)]
#[projection(name = "by-count", key = Self::count, follows = Sales, columns(count))]
struct ByCount(i64);

impl ByCount {
    fn count(change: &RowChange<Sales>) -> Vec<i64> {
        let rows = [change.before(), change.after()];
        rows.into_iter().flatten().map(|row| row.0).collect()
    }
}

impl Follow<Sales> for ByCount {
    fn follow(&mut self, key: &Key, change: &RowChange<Sales>) {
        let has = |row: Option<&Sales>| i64::from(row.map(|row| row.0) == key.integer(0));
        self.0 += has(change.after()) - has(change.before());
    }
}

#[tokio::test]
async fn rows_of_another_projection_are_followed() {
    let shop = Shop::default();
    for product in ["tea", "mugs"] {
        shop.happened::<Till>(Id::new(), sold(product, 1, 1)).await;
    }
    let pipeline = || Pipeline::of::<Sales>().followed_by::<ByCount>().into();
    shop.run(pipeline()).await.unwrap();
    let by_count = shop.read::<ByCount>().await;
    assert_eq!(rows(&by_count), ["1: ByCount(2)"]);

    shop.happened::<Till>(Id::new(), sold("tea", 1, 2)).await;
    shop.run(pipeline()).await.unwrap();
    let by_count = shop.read::<ByCount>().await;
    assert_eq!(rows(&by_count), ["1: ByCount(1)", "3: ByCount(1)"]);
}
