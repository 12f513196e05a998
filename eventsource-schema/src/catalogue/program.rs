//! Who does what with the events.

use eventsource_core::event::EventType;
use eventsource_core::schema::{AggregateItem, CommandItem, ProjectionItem, ReactorItem};

use crate::program::Found;

/// What events happen to.
#[derive(Debug)]
pub(super) struct Aggregate {
    /// What it is called in the code.
    pub(super) ident: &'static str,
    pub(super) docs: &'static str,
    pub(super) category: &'static str,
    /// The stored names of its events.
    pub(super) events: Vec<&'static str>,
    pub(super) ignores: &'static [&'static str],
    pub(super) commands: Vec<Command>,
}

/// What an aggregate may be asked for.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) ident: &'static str,
    /// The stored names of the events that may follow.
    pub(super) events: Vec<&'static str>,
}

/// A projection or a reactor.
#[derive(Debug)]
pub(super) struct Reader {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) docs: &'static str,
    /// The stored names of the events that it reads.
    pub(super) events: Vec<&'static str>,
    /// The projection whose rows it reads instead.
    pub(super) follows: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Projection,
    Reactor,
}

impl Aggregate {
    pub(super) fn new(found: &Found<AggregateItem>) -> Self {
        let Found { at, item } = found;
        Self {
            ident: at.ident,
            docs: at.docs,
            category: item.category,
            events: names(item.events),
            ignores: item.ignores,
            commands: item.commands.iter().map(Command::new).collect(),
        }
    }
}

impl Command {
    fn new(item: &CommandItem) -> Self {
        Self {
            ident: item.ident,
            events: names(&(item.events)()),
        }
    }

    /// Whether all that can happen to `aggregate` may follow: then the code does not say more.
    pub(super) fn is_open(&self, aggregate: &Aggregate) -> bool {
        let follows = |event: &&str| self.events.contains(event);
        self.events.len() > 1 && aggregate.events.iter().all(follows)
    }
}

impl Reader {
    /// Projections, then reactors; versions of one read model, of which one is rebuilt beside the
    /// other, together.
    pub(super) fn all(
        projections: &[Found<ProjectionItem>],
        reactors: &[Found<ReactorItem>],
    ) -> Vec<Self> {
        let projections = projections.iter().map(Self::projection);
        let mut all: Vec<Self> = Vec::new();
        for reader in projections.chain(reactors.iter().map(Self::reactor)) {
            match all.last_mut() {
                Some(older) if older.same_as(&reader) => older.become_also(reader),
                _ => all.push(reader),
            }
        }
        all
    }

    fn projection(found: &Found<ProjectionItem>) -> Self {
        let Found { at, item } = found;
        Self {
            kind: Kind::Projection,
            name: item.name,
            docs: at.docs,
            events: names(item.events.iter().copied().flatten()),
            follows: item.follows,
        }
    }

    fn reactor(found: &Found<ReactorItem>) -> Self {
        let Found { at, item } = found;
        Self {
            kind: Kind::Reactor,
            name: item.name,
            docs: at.docs,
            events: names(item.events.iter().copied().flatten()),
            follows: None,
        }
    }

    fn same_as(&self, other: &Self) -> bool {
        (self.kind, self.name) == (other.kind, other.name)
    }

    fn become_also(&mut self, newer: Self) {
        let mut events = std::mem::take(&mut self.events);
        events.retain(|event| !newer.events.contains(event));
        *self = newer;
        self.events.extend(events);
    }
}

fn names<'e>(events: impl IntoIterator<Item = &'e EventType>) -> Vec<&'static str> {
    let mut names = Vec::new();
    for event in events {
        if !names.contains(&event.name) {
            names.push(event.name);
        }
    }
    names
}
