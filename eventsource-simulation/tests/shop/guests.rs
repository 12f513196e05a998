//! Guests, whose state does not come back from a snapshot as it was.

use std::convert::Infallible;

use eventsource_core::{Aggregate, Apply, Repository, event};
use eventsource_simulation::{BoxError, Client};
use serde::{Deserialize, Serialize};

#[event]
pub(crate) enum GuestEvent {
    Visited { minutes: u32 },
}

/// Its snapshots lack what [`Minutes`] rounds off: the repository has to find that out, and to use none
/// of them.
#[derive(Aggregate, Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[aggregate(event = GuestEvent, snapshot(every = 2, version = 1))]
pub(crate) struct Guest {
    pub(crate) visits: u64,
    minutes: Minutes,
}

/// A time that is written in whole hours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "u64", into = "u64")]
struct Minutes(u64);

impl From<u64> for Minutes {
    fn from(hours: u64) -> Self {
        Self(hours * 60)
    }
}

impl From<Minutes> for u64 {
    fn from(Minutes(minutes): Minutes) -> Self {
        minutes / 60
    }
}

impl Apply<GuestEvent> for Guest {
    fn apply(&mut self, GuestEvent::Visited { minutes }: GuestEvent) {
        self.visits += 1;
        self.minutes.0 += u64::from(minutes);
    }
}

pub(crate) async fn visit(guests: Repository<Guest>, client: Client) -> Result<(), BoxError> {
    let minutes = u32::try_from(client.draw("minutes").within(1..60))?;
    let visited = guests.execute(client.id("guest", 4), |_| {
        Ok::<_, Infallible>(GuestEvent::Visited { minutes })
    });
    visited.await?;
    Ok(())
}
