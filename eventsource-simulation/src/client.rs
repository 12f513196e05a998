//! A client that sends a command.

use std::fmt;
use std::time::Duration;

use eventsource_core::{Aggregate, Id, Loaded, MemoryStore, Repository};

use crate::disk::at_once;
use crate::draw::{Draw, hash_text};
use crate::process::Process;

/// A client of the simulated program, with one command to send. What it draws depends on the seed, the
/// client and the number of the command, and so stays the same when a script is shrunk.
///
/// ```
/// use eventsource_simulation::Client;
///
/// fn is_large(client: &Client) -> bool {
///     client.draw("quantity").below(100) > 90
/// }
/// ```
#[derive(Clone)]
pub struct Client {
    process: Process,
    seed: u64,
    sender: u16,
    number: u64,
}

/// A moment at which a client began to ask for a decision. See [`Client::moment`].
pub struct DecisionMoment<A> {
    id: Id<A>,
    /// The version then; `None` if it was not to be found out.
    version: Option<u64>,
    /// How often the log had been taken back.
    losses: u64,
    /// How much of the run had passed.
    elapsed: Duration,
}

impl Client {
    pub(crate) fn new(process: Process, seed: u64, sender: u16, number: u64) -> Self {
        Self {
            process,
            seed,
            sender,
            number,
        }
    }

    /// The process that gets the command.
    #[must_use]
    pub fn process(&self) -> &Process {
        &self.process
    }

    /// The number of the client, from 0 on.
    #[must_use]
    pub fn number(&self) -> usize {
        usize::from(self.sender)
    }

    /// The number of the command among those of the client, from 0 on.
    #[must_use]
    pub fn command(&self) -> u64 {
        self.number
    }

    /// A draw of this command at a site.
    #[must_use]
    pub fn draw(&self, site: &str) -> Draw {
        let of_client = Draw::of(self.seed, "client").with(u64::from(self.sender));
        of_client.with(self.number).with(hash_text(site))
    }

    /// One of `count` ids at a site, the same ids for every client.
    #[must_use]
    pub fn id<A>(&self, site: &str, count: u64) -> Id<A> {
        let number = self.draw(site).below(count);
        Id::from_uuid(Draw::of(number, site).uuid())
    }

    /// The moment before a decision on an aggregate is asked for.
    #[must_use]
    pub fn moment<A: Aggregate>(&self, id: Id<A>) -> DecisionMoment<A> {
        let world = self.process.world();
        let events = &world.events;
        DecisionMoment {
            elapsed: world.elapsed(),
            id,
            version: version_of::<A>(&events.plain(), id),
            losses: events.losses(),
        }
    }

    /// Says that a decision refused, or that nothing happened, because of something that was so: it
    /// must have been so at some version between the moment and now.
    pub fn refused<A: Aggregate>(&self, moment: &DecisionMoment<A>, reason: impl Fn(&A) -> bool) {
        let world = self.process.world();
        world.observer.count("refusal");
        if moment.losses != world.events.losses() {
            return;
        }
        let content = world.events.plain();
        let (id, now) = (moment.id, version_of::<A>(&content, moment.id));
        let (Some(from), Some(now)) = (moment.version, now) else {
            return;
        };
        let repository = Repository::<A>::new(content);
        // A leader that was replaced may have answered from long before.
        let is_from_past = world.backend.has_answered_from_past(moment.elapsed);
        let from = if is_from_past { 0 } else { from };
        // A state that a fault keeps from being folded is not judged.
        let may_be_so = (from..=now).any(|version| {
            let state = at_once(repository.load_at(id, version));
            state.map_or(true, |state| reason(&state))
        });
        if !may_be_so {
            let stream = repository.stream(id);
            let process = self.process.id();
            let message = format!(
                "{process} refused a decision on {stream} for a reason that was not so at any \
                 version from {from} to {now}"
            );
            world.observer.fail(world.elapsed(), "refusals", message);
        }
    }
}

/// The version of an aggregate; `None` while a fault keeps it from being loaded.
fn version_of<A: Aggregate>(content: &MemoryStore, id: Id<A>) -> Option<u64> {
    let repository = Repository::<A>::new(content.clone());
    let found = at_once(repository.find(id)).ok()?;
    Some(found.map_or(0, |loaded| Loaded::revision(&loaded).version()))
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, command {})", self.sender, self.number)
    }
}

impl<A> fmt::Debug for DecisionMoment<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecisionMoment(version {:?})", self.version)
    }
}
