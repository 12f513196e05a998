//! The registrations that the macros write for the items of another crate, which this one does not use.

use eventsource_core::__private::inventory;
use eventsource_core::__private::{
    AggregateItem, CommandItem, EventItem, EventsItem, Item, ProjectionItem, ReactorItem,
    Registered,
};
use eventsource_core::event::EventType;
use eventsource_schema_tests as _;

fn find<T>(ident: &str, what: impl Fn(&'static Item) -> Option<&'static T>) -> &'static T {
    let registered = inventory::iter::<Registered>;
    let item = |at: &&Registered| at.ident == ident;
    let at = registered.into_iter().find(item).expect(ident);
    what(&at.item).expect("it is of another kind")
}

fn events(ident: &str) -> &'static EventsItem {
    find(ident, |item| match item {
        Item::Events(events) => Some(events),
        _ => None,
    })
}

fn event(ident: &str, variant: &str) -> &'static EventItem {
    let events = events(ident).events;
    let event = events.iter().find(|event| event.variant == variant);
    event.expect(variant)
}

fn cart() -> &'static AggregateItem {
    find("Cart", |item| match item {
        Item::Aggregate(aggregate) => Some(aggregate),
        _ => None,
    })
}

fn projection(ident: &str) -> &'static ProjectionItem {
    find(ident, |item| match item {
        Item::Projection(projection) => Some(projection),
        _ => None,
    })
}

fn receipts() -> &'static ReactorItem {
    find("Receipts", |item| match item {
        Item::Reactor(reactor) => Some(reactor),
        _ => None,
    })
}

fn names<'e>(events: impl IntoIterator<Item = &'e EventType>) -> Vec<&'static str> {
    events.into_iter().map(|event| event.name).collect()
}

fn fields(event: &EventItem) -> Vec<&'static str> {
    event.fields.iter().map(|field| field.ident).collect()
}

#[test]
fn every_item_of_a_linked_crate_is_there_once() {
    let registered = inventory::iter::<Registered>.into_iter();
    let mut idents: Vec<_> = registered.map(|at| at.ident).collect();
    idents.sort_unstable();
    let all = [
        "BestSellers",
        "Cart",
        "CheckedOut",
        "Demand",
        "ItemAdded",
        "ItemAddedV1",
        "LampEvent",
        "Posted",
        "Receipts",
    ];
    assert_eq!(idents, all);
}

#[test]
fn an_item_says_where_it_stands_and_what_is_written_above_it() {
    for at in inventory::iter::<Registered> {
        assert_eq!(at.module, "eventsource_schema_tests");
        assert!(at.docs.ends_with('.'), "{at:?}");
    }
}

#[test]
fn an_event_says_what_it_comes_from() {
    let today = event("ItemAdded", "");
    assert_eq!(today.from, Some("ItemAddedV1"));
    assert_eq!((today.of.name, today.of.version), ("cart.item-added", 2));
    assert_eq!(event("ItemAddedV1", "").from, None);
}

#[test]
fn an_event_says_why_nobody_reads_it() {
    assert_eq!(event("CheckedOut", "").unread, Some("the bank knows"));
    let flickered = event("LampEvent", "Flickered");
    assert_eq!(flickered.unread, Some("for the electrician"));
    assert_eq!(event("ItemAdded", "").unread, None);
    assert_eq!(event("LampEvent", "SwitchedOn").unread, None);
}

#[test]
fn what_is_configured_away_is_not_registered() {
    assert_eq!(fields(event("ItemAdded", "")), ["sku", "quantity"]);
    let variants = events("LampEvent").events.iter().map(|event| event.variant);
    let variants: Vec<_> = variants.collect();
    assert_eq!(variants, ["SwitchedOn", "SwitchedOff", "Flickered"]);
    assert_eq!(fields(event("LampEvent", "Flickered")), ["0"]);
}

#[test]
fn a_field_says_what_it_is_in_the_code() {
    let [field] = event("LampEvent", "SwitchedOff").fields else {
        panic!("there is one field");
    };
    assert_eq!((field.ident, field.of), ("in", "String"));
    assert_eq!(field.docs, "The room.");
}

#[test]
fn samples_show_what_nobody_guesses() {
    for ident in ["ItemAdded", "CheckedOut", "LampEvent", "Posted"] {
        assert!(events(ident).trace().is_ok(), "{ident}");
    }
}

#[test]
fn an_aggregate_says_what_can_happen_to_it() {
    let cart = cart();
    assert_eq!(cart.category, "cart");
    assert_eq!(names(cart.events), ["cart.item-added", "cart.checked-out"]);
    assert_eq!(cart.ignores, ["cart.painted"]);
}

#[test]
fn a_command_says_which_events_may_follow() {
    let follows = |CommandItem { ident, events }: &CommandItem| (*ident, names(&events()));
    let commands: Vec<_> = cart().commands.iter().map(follows).collect();
    let (added, checked_out) = ("cart.item-added", "cart.checked-out");
    let expected = [
        ("AddItem", vec![added]),
        ("CheckOut", vec![checked_out]),
        ("LookAround", vec![]),
        ("DoAnything", vec![added, checked_out]),
        ("AddAndCheckOut", vec![added, checked_out]),
    ];
    assert_eq!(commands, expected);
}

#[test]
fn a_projection_says_what_it_reads() {
    let demand = projection("Demand");
    assert_eq!((demand.name, demand.version), ("demand", 3));
    let events = demand.events.iter().copied().flatten();
    assert_eq!(names(events), ["cart.item-added", "lamp.switched-off"]);
    assert_eq!(demand.follows, None);
    let best_sellers = projection("BestSellers");
    assert!(best_sellers.events.is_empty());
    assert_eq!(best_sellers.follows, Some("demand"));
}

#[test]
fn a_reactor_with_a_type_parameter_says_what_it_is_told_of() {
    let events = receipts().events.iter().copied().flatten();
    let lamp = ["lamp.switched-on", "lamp.switched-off", "lamp.flickered"];
    assert_eq!(names(events), [&["cart.checked-out"][..], &lamp].concat());
}
