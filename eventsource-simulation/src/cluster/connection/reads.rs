//! The state of the log that a process reads.

use eventsource_core::store::{Freshness, StoreError};
use eventsource_core::{Horizon, Position, ReadError};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};

use super::{ACKNOWLEDGED, Connection, PATIENCE};
use crate::backend::{Session, View};
use crate::caller::{Caller, unavailable};
use crate::cluster::entry::Entry;
use crate::cluster::quorum::SERVERS;
use crate::flaw::Flaw;
use crate::stale;

impl Connection {
    /// The state that a read sees which goes on after a horizon.
    pub(super) async fn read_view(
        &self,
        freshness: Freshness,
        after: Horizon,
    ) -> Result<View, ReadError> {
        let Caller { world, process } = &self.caller;
        let may_be_old = matches!(freshness, Freshness::AtLeast(_) | Freshness::Any);
        let wanted = match freshness {
            Freshness::AtLeast(position) if is_before(after.position(), position) => position,
            _ => after.position(),
        };
        if let Some(end) = self.servers.seen_cut_off(world, *process) {
            if may_be_old && !is_before(end.position(), wanted) {
                return Ok(self.up_to(end));
            }
            self.pause("read cut off", 100..1_000).await;
            return Err(unavailable().into());
        }
        if (may_be_old || self.is_flawed(Flaw::LatestOfAnyServer))
            && let Some(view) = self.of_a_server(freshness, wanted)
        {
            return Ok(view);
        }
        self.newest(wanted).await
    }

    /// The state that a leader shows, or one that was replaced and does not know it. It is asked for
    /// events up to `wanted`.
    async fn newest(&self, wanted: Position) -> Result<View, ReadError> {
        let Caller { world, .. } = &self.caller;
        let Some(end) = self.past() else {
            self.find_leader().await?;
            return Ok(self.whole());
        };
        if is_before(end.position(), wanted) {
            if self.is_flawed(Flaw::UnconfirmedHistory) {
                let (position, head) = (wanted, end.position());
                return Err(ReadError::BeyondHead { position, head });
            }
            self.write_guard().await?;
            return Ok(self.whole());
        }
        if is_before(end.position(), world.events.end(0).position()) {
            world.observer.count("answer from the past");
            self.servers.answered_from_past(world);
        }
        Ok(self.up_to(end))
    }

    async fn find_leader(&self) -> Result<(), StoreError> {
        let until = Instant::now() + PATIENCE;
        while self.servers.leader().is_none() {
            if Instant::now() >= until {
                return Err(unavailable());
            }
            self.pause("find leader", 20..400).await;
        }
        Ok(())
    }

    /// The state that some server shows, if that is enough for the read.
    fn of_a_server(&self, freshness: Freshness, wanted: Position) -> Option<View> {
        let Caller { world, process } = &self.caller;
        let server = world.draw(*process, "server").below(SERVERS as u64);
        let shown = self.servers.shown(world, usize::try_from(server).ok()?);
        let end = stale::end(&self.caller, freshness).or(shown)?;
        (!is_before(end.position(), wanted)).then(|| self.up_to(end))
    }

    /// Writes a message that changes nothing through the leader: when a majority has it, the leader was
    /// one, and has all that was acknowledged before.
    pub(super) async fn write_guard(&self) -> Result<(), StoreError> {
        let Caller { world, process } = &self.caller;
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            let (sender, confirmed) = oneshot::channel();
            if self.servers.seen_cut_off(world, *process).is_none()
                && self
                    .servers
                    .propose(world, *process, Entry::Guard(Some(sender)))
                && matches!(timeout(ACKNOWLEDGED, confirmed).await, Ok(Ok(())))
            {
                world.observer.count("quorum check");
                return Ok(());
            }
            self.pause("guard again", 20..400).await;
        }
        Err(unavailable())
    }

    /// The end of the log as the old leader shows it, if this process is still connected to it.
    pub(super) fn past(&self) -> Option<Horizon> {
        let Caller { world, process } = &self.caller;
        let past = self.servers.past(world)?;
        world
            .draw(*process, "old leader")
            .is_one_in(2)
            .then_some(past)
    }

    fn whole(&self) -> View {
        View {
            content: self.content(),
            end: None,
        }
    }

    fn up_to(&self, end: Horizon) -> View {
        View {
            content: self.content(),
            end: Some(end),
        }
    }
}

fn is_before(one: Position, other: Position) -> bool {
    one.offset() < other.offset()
}
