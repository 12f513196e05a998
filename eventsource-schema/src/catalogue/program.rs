//! The aggregates, commands and subscribers of a catalogue.

use eventsource_core::event::EventType;
use eventsource_core::schema::{AggregateItem, CommandItem, ProjectionItem, ReactorItem};

use crate::program::Located;

/// An aggregate.
#[derive(Debug)]
pub(super) struct Aggregate {
    /// The name in the code.
    pub(super) ident: &'static str,
    pub(super) docs: &'static str,
    pub(super) category: &'static str,
    /// The stored names of its events.
    pub(super) events: Vec<&'static str>,
    pub(super) ignores: &'static [&'static str],
    pub(super) commands: Vec<Command>,
}

/// A command of an aggregate.
#[derive(Debug)]
pub(super) struct Command {
    pub(super) ident: &'static str,
    /// The stored names of the events to which it may lead.
    pub(super) events: Vec<&'static str>,
}

/// A projection or a reactor.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) kind: Kind,
    pub(super) name: &'static str,
    pub(super) docs: &'static str,
    /// The stored names of the events that it reads.
    pub(super) events: Vec<&'static str>,
    /// The projection whose rows it reads instead of events.
    pub(super) follows: Option<&'static str>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Projection,
    Reactor,
}

impl Aggregate {
    pub(super) fn new(located: &Located<AggregateItem>) -> Self {
        let Located { at, item } = located;
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

    /// Whether it may lead to every event of `aggregate`: then the code does not say to which.
    pub(super) fn is_open(&self, aggregate: &Aggregate) -> bool {
        let follows = |event: &&str| self.events.contains(event);
        self.events.len() > 1 && aggregate.events.iter().all(follows)
    }
}

impl Subscriber {
    /// Lists projections, then reactors. Versions of one read model, which exist side by side during a
    /// rebuild, are one subscriber.
    pub(super) fn all(
        projections: &[Located<ProjectionItem>],
        reactors: &[Located<ReactorItem>],
    ) -> Vec<Self> {
        let projections = projections.iter().map(Self::projection);
        let mut all: Vec<Self> = Vec::new();
        for subscriber in projections.chain(reactors.iter().map(Self::reactor)) {
            match all.last_mut() {
                Some(older) if older.same_as(&subscriber) => older.merge(subscriber),
                _ => all.push(subscriber),
            }
        }
        all
    }

    fn projection(located: &Located<ProjectionItem>) -> Self {
        let Located { at, item } = located;
        Self {
            kind: Kind::Projection,
            name: item.name,
            docs: at.docs,
            events: names(item.events.iter().copied().flatten()),
            follows: item.follows,
        }
    }

    fn reactor(located: &Located<ReactorItem>) -> Self {
        let Located { at, item } = located;
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

    fn merge(&mut self, newer: Self) {
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
