//! Reads that miss something.

use std::collections::HashMap;

use eventsource_core::Horizon;
use eventsource_core::store::{Freshness, Page, PageBuilder, StoredEvent};

use crate::caller::Caller;
use crate::fault::FaultKind;
use crate::flaw::Flaw;

/// At most so many commits are missed.
const BEHIND: u64 = 5;

/// The end of what a read of a stream sees where the store has the flaw to miss the newest commits.
pub(crate) fn flawed_end(caller: &Caller) -> Option<Horizon> {
    let Caller { world, process } = caller;
    let is_flawed = world.is_flawed(Flaw::StaleReads, *process, 3);
    is_flawed.then(|| behind(caller))
}

/// The end of what a read sees that misses the newest commits: where its freshness allows that and a
/// fault is open.
pub(crate) fn end(caller: &Caller, freshness: Freshness) -> Option<Horizon> {
    let Caller { world, process } = caller;
    if freshness == Freshness::Latest || !world.is_struck(FaultKind::StaleRead, *process, 2) {
        return None;
    }
    let view = behind(caller);
    match freshness {
        Freshness::AtLeast(position) if view.position().offset() < position.offset() => None,
        _ => Some(view),
    }
}

fn behind(Caller { world, process }: &Caller) -> Horizon {
    let behind = world.draw(*process, "behind").within(1..BEHIND);
    let behind = usize::try_from(behind).expect("it is small");
    world.events.end(behind)
}

/// The events of a page up to the end of what is seen; what the reader has seen stays seen.
pub(crate) fn cut(page: &Page, view: Horizon, after: Horizon) -> Page {
    let end = if is_before(view, after) { after } else { view };
    let seen = filtered(page, |event| !is_before(end, event.horizon()));
    if is_before(end, page.through()) {
        return seen.finish(end, true);
    }
    seen.finish(page.through(), page.is_complete())
}

/// The page without its first commit.
pub(crate) fn without_one(page: &Page) -> Page {
    let first = page.get(0).map(|event| event.commit.id);
    let rest = filtered(page, |event| Some(event.commit.id) != first);
    rest.finish(page.through(), page.is_complete())
}

/// The page, with its last event as its end.
pub(crate) fn short(page: &Page, after: Horizon) -> Page {
    let end = page.last().map_or(after, |event| event.horizon());
    filtered(page, |_| true).finish(end, page.is_complete())
}

/// The page, with the payload of each event that of the one of its type before it.
pub(crate) fn with_wrong_payloads(page: &Page) -> Page {
    let (mut wrong, mut last) = (PageBuilder::new(), HashMap::new());
    for mut event in page.events() {
        event.payload = last
            .insert(event.name, event.payload)
            .unwrap_or(event.payload);
        wrong.copy(&event);
    }
    wrong.finish(page.through(), page.is_complete())
}

fn filtered(page: &Page, keeps: impl Fn(&StoredEvent<'_>) -> bool) -> PageBuilder {
    let mut seen = PageBuilder::new();
    for event in page.events().filter(keeps) {
        seen.copy(&event);
    }
    seen
}

fn is_before(one: Horizon, other: Horizon) -> bool {
    one.position().offset() < other.position().offset()
}
