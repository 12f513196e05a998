//! The faults that a seed draws.

use std::collections::BTreeSet;

use crate::deployment::Deployment;
use crate::draw::Draw;
use crate::fault::{Fault, FaultKind};

/// At most so many faults of a kind strike in a run of a few hundred commands.
const MOST: u64 = 4;

/// The kinds of faults that may strike. Each seed draws some of them, and how often they strike.
///
/// ```
/// use eventsource_simulation::{FaultKind, Faults};
///
/// let kills = Faults::only([FaultKind::Kill, FaultKind::PowerCut]);
/// let most = Faults::all().without([FaultKind::Rewind]);
/// # let _ = (kills, most);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(BTreeSet<FaultKind>);

impl Faults {
    /// Every kind that can [strike](FaultKind::strikes_in) where the log is kept.
    #[must_use]
    pub fn all() -> Self {
        Self(FaultKind::ALL.iter().copied().collect())
    }

    /// No fault.
    #[must_use]
    pub fn none() -> Self {
        Self(BTreeSet::new())
    }

    /// These kinds.
    #[must_use]
    pub fn only(kinds: impl IntoIterator<Item = FaultKind>) -> Self {
        Self(kinds.into_iter().collect())
    }

    /// All but these kinds.
    #[must_use]
    pub fn without(mut self, kinds: impl IntoIterator<Item = FaultKind>) -> Self {
        for kind in kinds {
            self.0.remove(&kind);
        }
        self
    }

    /// The kinds.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = FaultKind> {
        self.0.iter().copied()
    }

    /// The faults of a seed, near times at which something happens.
    pub(crate) fn draw(
        &self,
        seed: u64,
        deployment: Deployment,
        processes: u16,
        times: &[u64],
    ) -> Vec<(u64, Fault)> {
        let mut drawn = Vec::new();
        // Where much happens at once, one fault hides what another one would show.
        let rarity = *Draw::of(seed, "rarity").pick(&[2, 4, 8]);
        let kinds = self.kinds().filter(|kind| kind.strikes_in(deployment));
        for kind in kinds {
            let of_kind = Draw::of(seed, kind.name());
            // Of a single kind every seed draws some.
            let is_drawn = self.0.len() == 1 || of_kind.is_one_in(rarity);
            if !is_drawn || times.is_empty() {
                continue;
            }
            for number in 1..=of_kind.with(0).within(1..MOST + 1) {
                let draw = of_kind.with(number);
                let near = *draw.with(1).pick(times);
                let at = (near + draw.with(2).below(500)).saturating_sub(250);
                drawn.push((at, fault(kind, processes, draw)));
            }
        }
        drawn
    }
}

/// A fault of a kind, as strong and as long as it is drawn.
fn fault(kind: FaultKind, processes: u16, draw: Draw) -> Fault {
    let process = if kind.is_of_a_process() {
        draw.with(3).below(u64::from(processes))
    } else {
        0
    };
    let (strength, length) = (draw.with(4), draw.with(5));
    let by = match kind {
        FaultKind::RestoreBoth | FaultKind::RestoreEvents => strength.within(1..30),
        FaultKind::Rewind => strength.within(1..10),
        FaultKind::RestoreRows => strength.within(1..60),
        // Less than the day by which a stream may be ahead of the clock.
        FaultKind::Date => strength.within(1..80_000),
        FaultKind::SlowCommit => strength.within(10..3_000),
        FaultKind::SlowSync => strength.within(10..7_000),
        FaultKind::StandbyAhead => strength.within(10..2_000),
        _ => 0,
    };
    let by = i64::try_from(by).expect("it is small");
    let is_back = kind == FaultKind::Date && draw.with(6).is_one_in(2);
    let lasts = match kind {
        FaultKind::Kill | FaultKind::DeployOlder | FaultKind::DeployNewer => length.below(8_000),
        FaultKind::Freeze | FaultKind::BlockWork | FaultKind::BlockBackground => {
            length.within(100..20_000)
        }
        FaultKind::DropRuntime => length.within(100..12_000),
        FaultKind::Date => length.within(100..30_000),
        FaultKind::PowerCut
        | FaultKind::Failover
        | FaultKind::RestoreBoth
        | FaultKind::RestoreEvents
        | FaultKind::RestoreRows => length.below(3_000),
        FaultKind::Error | FaultKind::LostRequest | FaultKind::LostAnswer => {
            length.within(50..4_000)
        }
        FaultKind::Election | FaultKind::StaleLeader | FaultKind::DiskLoss => {
            length.within(500..12_000)
        }
        _ => length.within(100..8_000),
    };
    Fault {
        kind,
        process: u16::try_from(process).expect("it is one of the processes"),
        by: if is_back { -by } else { by },
        lasts,
    }
}
