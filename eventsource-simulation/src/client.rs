//! A client that sends a command.

use std::fmt::{self, Debug};
use std::time::Duration;

use eventsource_core::store::ReadStream;
use eventsource_core::{
    Aggregate, Horizon, Id, MemoryStore, Projection, Receipt, Repository, StreamStore,
};

use crate::disk::at_once;
use crate::draw::{Draw, hash_text};
use crate::process::Process;
use crate::reached::reached;

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
    /// The number of times that the log had been rolled back when the command was sent.
    losses: u64,
}

/// A moment at which a client began to ask for a decision. See [`Client::moment`].
///
/// [Example](crate#example).
pub struct DecisionMoment<A> {
    id: Id<A>,
    /// The version then.
    version: u64,
    /// The number of times that the log had been rolled back.
    losses: u64,
    /// The time since the start of the run.
    elapsed: Duration,
}

impl Client {
    pub(crate) fn new(process: Process, seed: u64, sender: u16, number: u64) -> Self {
        Self {
            losses: process.world().events.losses(),
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
        DecisionMoment {
            elapsed: world.elapsed(),
            id,
            version: version_of::<A>(&world.stored(), id),
            losses: world.events.losses(),
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
        let content = world.stored();
        let (id, now) = (moment.id, version_of::<A>(&content, moment.id));
        let repository = Repository::<A>::new(content);
        // A leader that was replaced may have answered from long before.
        let is_from_past = world.backend.has_answered_from_past(moment.elapsed);
        let from = if is_from_past { 0 } else { moment.version };
        let may_be_so = (from..=now).any(|version| {
            // An `apply` that fails on purpose fails here as well, and then nothing is known.
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

    /// Says on which state of an aggregate the commit of a receipt was decided, which has events of no
    /// other one: it has to be what the events before them come to, also where the repository keeps states.
    pub fn decided_on<A: Aggregate + Debug>(&self, id: Id<A>, state: &A, receipt: &Receipt) {
        let world = self.process.world();
        let repository = Repository::<A>::new(world.events.plain());
        let stream = repository.stream(id);
        let Some(revision) = receipt.revision_of(&stream) else {
            return;
        };
        if self.losses != world.events.losses() || receipt.repeated {
            return;
        }
        world.observer.count("decision");
        let before = revision.version().saturating_sub(u64::from(receipt.events));
        let Ok(folded) = at_once(repository.load_at(id, before)) else {
            return;
        };
        if format!("{:?}", *folded) != format!("{state:?}") {
            let process = self.process.id();
            let message = format!(
                "{process} decided on {stream} as {state:?}, and at version {before} it was {:?}",
                *folded
            );
            world.observer.fail(world.elapsed(), "states", message);
        }
    }

    /// Says that the program was told [`Reached`](eventsource_core::WaitOutcome::Reached) of a read model:
    /// the rows must hold everything up to there, of the history that the log has.
    pub fn reached<P: Projection>(&self, horizon: Horizon) {
        reached::<P>(&self.process, self.losses, horizon);
    }
}

fn version_of<A: Aggregate>(content: &MemoryStore, id: Id<A>) -> u64 {
    let stream = Repository::<A>::new(content.clone()).stream(id);
    let last = ReadStream::backward(stream, u64::MAX).limit(1);
    let page = at_once(content.read_stream(last)).unwrap_or_default();
    page.get(0).map_or(0, |last| last.version)
}

impl Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Client({}, command {})", self.sender, self.number)
    }
}

impl<A> Debug for DecisionMoment<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DecisionMoment(version {})", self.version)
    }
}
