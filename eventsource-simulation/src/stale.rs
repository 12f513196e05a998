//! Reads that miss something.

use eventsource_core::Horizon;
use eventsource_core::store::{Freshness, Page, PageBuilder, StoredEvent};

use crate::caller::Caller;
use crate::fault::FaultKind;
use crate::flaw::Flaw;

/// At most so many commits are missed.
const BEHIND: u64 = 5;

/// The end of what a read sees that misses the newest commits: where its freshness allows that and a
/// fault is open, or where the store has the flaw to do so always.
pub(crate) fn end(caller: &Caller, freshness: Freshness) -> Option<Horizon> {
    let Caller { world, process } = caller;
    let behind = || {
        let behind = world.draw(*process, "behind").within(1..BEHIND);
        world
            .events
            .end(usize::try_from(behind).expect("it is small"))
    };
    if world.is_flawed(Flaw::StaleReads, *process, 3) {
        return Some(behind());
    }
    if freshness == Freshness::Latest || !world.is_struck(FaultKind::StaleRead, *process, 2) {
        return None;
    }
    let view = behind();
    match freshness {
        Freshness::AtLeast(position) if view.position().offset() < position.offset() => None,
        _ => Some(view),
    }
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
