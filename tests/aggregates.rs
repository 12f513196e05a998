//! Tests of the code that `#[derive(Aggregate)]` generates.

use std::collections::BTreeMap;

use eventsource_core::aggregate::SnapshotPolicy;
use eventsource_core::codec::{DecodeError, PayloadContext};
use eventsource_core::event::AnyEvent;
use eventsource_core::{Aggregate, Apply, Codec, EventSet, IntoEvents, StreamId, event};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

mod events {
    use super::event;

    #[event(name = "cart.item-added", alias = "cart.item-put")]
    pub(crate) struct ItemAdded {
        #[event(tag)]
        pub(crate) sku: String,
        pub(crate) quantity: u32,
    }

    #[event(name = "cart.checked-out")]
    pub(crate) struct CheckedOut;
}
use events::ItemAdded;

#[derive(Aggregate, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(
    category = "shopping-cart",
    events(ItemAdded, events::CheckedOut),
    snapshot(every = 100, version = 2),
    ignores("cart.painted", "cart.emptied")
)]
struct Cart {
    items: BTreeMap<String, u32>,
    checked_out: bool,
}

impl Apply<ItemAdded> for Cart {
    fn apply(&mut self, ItemAdded { sku, quantity }: ItemAdded) {
        *self.items.entry(sku).or_default() += quantity;
    }
}

impl Apply<events::CheckedOut> for Cart {
    fn apply(&mut self, _: events::CheckedOut) {
        self.checked_out = true;
    }
}

fn tea() -> ItemAdded {
    ItemAdded {
        sku: "tea".into(),
        quantity: 2,
    }
}

#[test]
fn the_set_applies_each_event() {
    let mut cart = Cart::default();
    cart.apply(CartEvent::from(tea()));
    cart.apply(CartEvent::CheckedOut(events::CheckedOut));
    assert_eq!(cart.items["tea"], 2);
    assert!(cart.checked_out);
}

#[test]
fn the_set_is_each_of_its_events() {
    let set = CartEvent::from(tea());
    assert_eq!(set.event_type(), tea().event_type());
    assert_eq!(CartEvent::EVENTS[0], tea().event_type());
    assert_eq!(format!("{set:?}"), format!("{:?}", tea()));
    assert_eq!(set.clone(), set);
    assert_ne!(set, CartEvent::from(events::CheckedOut));
    assert!(set.same(&set.clone()));

    let mut tags = Vec::new();
    set.tags(&mut |tag| tags.push(tag.to_string()));
    assert_eq!(tags, ["sku:tea"]);
}

#[test]
fn the_set_reads_what_it_wrote() {
    let (stream, mut read) = (StreamId::new("cart", Uuid::nil()), Vec::new());
    let context = |name| PayloadContext::new(&stream, name, 1, Codec::Json);
    let payload = CartEvent::from(tea())
        .encode(&context("cart.item-added"))
        .unwrap();
    for name in ["cart.item-added", "cart.item-put"] {
        CartEvent::decode(&context(name), &payload, &mut |event| read.push(event)).unwrap();
    }
    assert_eq!(read, [CartEvent::from(tea()), CartEvent::from(tea())]);
    let unknown = CartEvent::decode(&context("cart.painted"), &payload, &mut drop).unwrap_err();
    assert_eq!(
        unknown,
        DecodeError::UnknownName {
            name: "cart.painted".into()
        }
    );
}

#[test]
fn events_and_the_set_are_returned_in_any_mixture() {
    let mut events: Vec<CartEvent> = Vec::new();
    (tea(), [CartEvent::from(tea())], Some(events::CheckedOut)).append_to(&mut events);
    assert_eq!(
        events,
        [tea().into(), tea().into(), events::CheckedOut.into()]
    );
}

#[test]
fn the_keys_are_constants_of_the_aggregate() {
    assert_eq!(Cart::CATEGORY, "shopping-cart");
    assert_eq!(Cart::IGNORES, ["cart.painted", "cart.emptied"]);
    let snapshots = Cart::SNAPSHOTS.as_ref();
    assert_eq!(
        snapshots.map(|taken| (taken.every().get(), taken.version())),
        Some((100, 2))
    );
}

#[event]
enum DoorEvent {
    Opened,
    Closed,
}

#[derive(Aggregate, Default, PartialEq, Debug)]
#[aggregate(event = DoorEvent)]
enum FrontDoor {
    #[default]
    Shut,
    Open,
}

impl Apply<DoorEvent> for FrontDoor {
    fn apply(&mut self, event: DoorEvent) {
        *self = match event {
            DoorEvent::Opened => Self::Open,
            DoorEvent::Closed => Self::Shut,
        };
    }
}

#[test]
fn an_enum_can_be_a_state() {
    let mut door = FrontDoor::default();
    door.apply(DoorEvent::Opened);
    assert_eq!(door, FrontDoor::Open);
    door.apply(DoorEvent::Closed);
    assert_eq!((door, FrontDoor::CATEGORY), (FrontDoor::Shut, "front-door"));
    assert!(FrontDoor::SNAPSHOTS.is_none());
}

#[derive(Aggregate, Default)]
#[aggregate(event = ItemAdded)]
struct Shelf<T: Default + Send + Sync + 'static> {
    sku: String,
    rest: T,
}

impl<T: Default + Send + Sync + 'static> Apply<ItemAdded> for Shelf<T> {
    fn apply(&mut self, event: ItemAdded) {
        self.sku = event.sku;
    }
}

#[test]
fn a_state_can_be_generic_and_have_one_event() {
    let mut shelf = Shelf::<u8>::default();
    shelf.apply(tea());
    assert_eq!((&*shelf.sku, shelf.rest), ("tea", 0));
    assert_eq!(<Shelf<u8> as Aggregate>::Event::EVENTS.len(), 1);
}

#[derive(Aggregate, Default)]
#[aggregate(events())]
struct Stone;

#[test]
fn nothing_need_happen() {
    assert!(StoneEvent::EVENTS.is_empty());
    let _: Option<SnapshotPolicy<Stone>> = Stone::SNAPSHOTS;
    assert_eq!(Stone::CATEGORY, "stone");
}

mod visits {
    use eventsource_core::event;

    #[event(name = "visit.begun")]
    pub(crate) struct Begun {
        #[event(tag = "guest")]
        pub(crate) guest: String,
        pub(crate) room: u8,
    }

    #[event(name = "visit.ended")]
    pub(crate) struct Ended {
        pub(crate) room: u8,
        #[event(tag)]
        pub(crate) guest: String,
    }
}

#[derive(Aggregate, Default)]
#[aggregate(events(visits::Begun, visits::Ended), fields(room: u8, guest: String))]
struct Visit;

impl Apply<visits::Begun> for Visit {
    fn apply(&mut self, _: visits::Begun) {}
}

impl Apply<visits::Ended> for Visit {
    fn apply(&mut self, _: visits::Ended) {}
}

#[test]
fn the_set_gives_the_fields_and_tags_that_all_its_events_have() {
    let (guest, room) = ("ann".to_owned(), 7);
    let begun = VisitEvent::from(visits::Begun { guest, room });
    let (guest, room) = ("bob".to_owned(), 9);
    let ended = VisitEvent::from(visits::Ended { room, guest });
    for (event, room, guest) in [(begun, 7, "ann"), (ended, 9, "bob")] {
        assert_eq!((*event.room(), &**event.guest()), (room, guest));
        assert_eq!(event.find_tag("guest").unwrap().value(), guest);
        assert_eq!(event.find_tag("room"), None);
        Visit.apply(event);
    }
}
