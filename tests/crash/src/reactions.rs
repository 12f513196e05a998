//! A reactor that reports events and executes commands, and a check of its deliveries.

use std::collections::{BTreeMap, HashMap, HashSet};

use eventsource_core::store::ReadLog;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    Aggregate, Apply, Delivery, EventLog, ExecuteError, Id, Query, React, Reactor, Recorded,
    Repository, Runner, event,
};
use eventsource_sqlite::SqliteStore;

use crate::projections::Filled;

/// The event that a reaction to another event was recorded.
#[event(name = "tally.counted")]
pub struct Counted {
    /// The position of the other event.
    pub position: u64,
}

/// The aggregate of the reactions to one cart.
#[derive(Aggregate, Default)]
#[aggregate(events(Counted))]
pub struct Tally;

impl Apply<Counted> for Tally {
    fn apply(&mut self, _: Counted) {}
}

/// Reports each event, then counts it by a command. Fails the first attempt of some events.
#[derive(Reactor)]
#[reactor(name = "counter", events(Filled))]
pub struct Counter<T: Fn(Uuid, u64) + Send + Sync + 'static> {
    tallies: Repository<Tally>,
    record: T,
}

/// The reason why an event was not counted.
#[derive(Debug)]
pub enum Uncounted {
    /// The reactor fails the first attempt of this event on purpose.
    First,
    /// The command failed.
    Command(ExecuteError<std::convert::Infallible>),
}

impl std::fmt::Display for Uncounted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::First => f.write_str("the first attempt fails"),
            Self::Command(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for Uncounted {}

impl<T: Fn(Uuid, u64) + Send + Sync + 'static> React<Filled> for Counter<T> {
    type Error = Uncounted;

    async fn react(
        &self,
        recorded: &Recorded<Filled>,
        delivery: &Delivery,
    ) -> Result<(), Uncounted> {
        let position = recorded.position().offset().get();
        if position.is_multiple_of(13) && delivery.attempt == 1 {
            return Err(Uncounted::First);
        }
        (self.record)(delivery.id, position);
        let tally = Id::from_uuid(recorded.root_id());
        let count = self.tallies.execute(tally, |_| Ok(Counted { position }));
        let counted = count.on_delivery(delivery, 0).await;
        counted.map(drop).map_err(Uncounted::Command)
    }
}

/// Builds the runner of the reactor.
pub fn runner(store: &SqliteStore, record: impl Fn(Uuid, u64) + Send + Sync + 'static) -> Runner {
    let tallies = Repository::new(store.clone());
    Runner::new(store.clone(), store.clone()).react(Counter { tallies, record })
}

/// Checks that each event was delivered under one id of its own, in the order of its stream, and was
/// counted once. `deliveries` has, in order, the id of each delivery and the position of the event.
///
/// # Errors
///
/// Describes the first violation.
pub async fn check(store: &SqliteStore, deliveries: &[(Uuid, u64)]) -> Result<(), String> {
    let page = store
        .read(ReadLog::new(Query::all()).limit(usize::MAX))
        .await;
    let page = page.map_err(|error| error.to_string())?;
    let (mut streams, mut counted) = (BTreeMap::new(), HashMap::<u64, u32>::new());
    for event in page.events() {
        match event.name {
            "cart.filled" => {
                let place = (event.stream.root_id(), event.version);
                streams.insert(event.position.offset().get(), place);
            }
            _ => eventsource_core::EventSet::decode(
                &event.context(),
                event.payload,
                &mut |event: Counted| *counted.entry(event.position).or_default() += 1,
            )
            .map_err(|error| error.to_string())?,
        }
    }
    let (mut ids, mut used, mut next) = (HashMap::new(), HashSet::new(), HashMap::new());
    for (id, position) in deliveries {
        let Some((stream, version)) = streams.get(position) else {
            return Err(format!("there is no event at position {position}"));
        };
        let known = ids.insert(position, id);
        if known.is_some_and(|known| known != id) || known.is_none() && !used.insert(id) {
            return Err(format!(
                "the event at position {position} does not have one id of its own"
            ));
        }
        let next = next.entry(stream).or_insert(1);
        if version > next {
            return Err(format!("version {next} of {stream} comes after {version}"));
        }
        *next = (*next).max(version + 1);
    }
    for position in streams.keys() {
        if !ids.contains_key(position) {
            return Err(format!("the event at {position} was not delivered"));
        }
        match counted.remove(position) {
            Some(1) => (),
            times => {
                return Err(format!(
                    "the event at {position} was counted {times:?} times"
                ));
            }
        }
    }
    match counted.len() {
        0 => Ok(()),
        _ => Err("an event was counted that does not exist".to_owned()),
    }
}
