//! The schema of a program: the items that its macros registered.

mod lookup;

use eventsource_core::event::EventType;
use eventsource_core::schema::{
    AggregateItem, EventItem, EventsItem, Item, ProjectionItem, ReactorItem, Registered,
    TracedSample,
};
use eventsource_shape::{Shape, Untraceable};

/// The events, aggregates, projections and reactors that are linked into the program, each kind sorted
/// by name.
#[derive(Debug)]
pub(crate) struct Schema {
    pub(crate) events: Vec<EventSchema>,
    pub(crate) aggregates: Vec<Located<AggregateItem>>,
    pub(crate) projections: Vec<Located<ProjectionItem>>,
    pub(crate) reactors: Vec<Located<ReactorItem>>,
}

/// An event in one version.
#[derive(Debug)]
pub(crate) struct EventSchema {
    pub(crate) at: &'static Registered,
    pub(crate) item: &'static EventsItem,
    pub(crate) event: &'static EventItem,
    pub(crate) shape: Result<Shape, Untraceable>,
    pub(crate) samples: Vec<TracedSample>,
}

/// An item with its location in the code.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Located<T: 'static> {
    pub(crate) at: &'static Registered,
    pub(crate) item: &'static T,
}

impl Schema {
    /// The schema of this program.
    pub(crate) fn of_program() -> Self {
        Self::of(|_| true)
    }

    /// The schema of those items that belong to a part of the program. Other items are not traced.
    pub(crate) fn of(is_part: impl Fn(&Registered) -> bool) -> Self {
        let (mut events, mut aggregates) = (Vec::new(), Vec::new());
        let (mut projections, mut reactors) = (Vec::new(), Vec::new());
        let items = Registered::all();
        for at in items.filter(|at| is_part(at)) {
            match &at.item {
                Item::Events(item) => events.extend(EventSchema::all(at, item)),
                Item::Aggregate(item) => aggregates.push(Located { at, item }),
                Item::Projection(item) => projections.push(Located { at, item }),
                Item::Reactor(item) => reactors.push(Located { at, item }),
            }
        }
        events.sort_by_key(|event| (event.of().name, event.of().version, event.path()));
        aggregates.sort_by_key(|located| (located.item.category, located.path()));
        projections
            .sort_by_key(|located| (located.item.name, located.item.version, located.path()));
        reactors.sort_by_key(|located| (located.item.name, located.path()));
        Self {
            events,
            aggregates,
            projections,
            reactors,
        }
    }
}

impl EventSchema {
    fn all(at: &'static Registered, item: &'static EventsItem) -> Vec<Self> {
        let mut traced = item.trace();
        let schema = |(index, event): (usize, &'static EventItem)| {
            let shape = match &traced {
                Ok(traced) => Ok(traced.shapes[index].clone()),
                Err(untraceable) => Err(untraceable.clone()),
            };
            let samples = traced.as_mut().map_or_else(
                |_| Vec::new(),
                |traced| {
                    let of_this = |sample: &mut TracedSample| sample.event == index;
                    traced.samples.extract_if(.., of_this).collect()
                },
            );
            Self {
                at,
                item,
                event,
                shape,
                samples,
            }
        };
        item.events.iter().enumerate().map(schema).collect()
    }

    /// The stored names and the version.
    pub(crate) fn of(&self) -> EventType {
        self.event.of
    }

    /// The path in the code.
    pub(crate) fn path(&self) -> String {
        let Registered { module, ident, .. } = self.at;
        match self.event.variant {
            "" => format!("{module}::{ident}"),
            variant => format!("{module}::{ident}::{variant}"),
        }
    }

    /// The crate that defines it.
    pub(crate) fn crate_name(&self) -> &'static str {
        self.at.crate_name()
    }
}

impl<T> Located<T> {
    /// The path in the code.
    pub(crate) fn path(&self) -> String {
        format!("{}::{}", self.at.module, self.at.ident)
    }
}
