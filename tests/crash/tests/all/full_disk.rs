//! The disk is full for a while, and then has room again.

use eventsource_core::Horizon;
use eventsource_sqlite::SqliteStore;
use fastrand::Rng;

use crate::support::check::check;
use crate::support::faulty::{Faulty, run_faulty};
use crate::support::history::read;
use crate::support::strace::can_trace;
use crate::support::{block_on, seeds};
use crate::trace::cut::cut;
use crate::trace::disk::Ignored;

/// The number of writes that find the disk full.
const WITHOUT_ROOM: u32 = 3;
const APPENDS: usize = 12;

#[test]
fn what_finds_no_room_is_refused_and_the_store_goes_on_when_there_is_some() {
    if !can_trace() {
        return;
    }
    let mut random = Rng::with_seed(seeds::seed("no room"));
    for _ in 0..12 {
        // The fault hits the writes of commits, not those of opening or closing the store.
        let first = random.u32(12..90);
        let last = first + WITHOUT_ROOM - 1;
        let inject = format!("pwrite64:error=ENOSPC:when={first}..{last}");
        let faulty = run_faulty(&inject, false, (1, APPENDS as u64));
        let Faulty { report, steps, .. } = &faulty;

        // An append fails at its first write that finds no room.
        assert_eq!(report.refused.len(), WITHOUT_ROOM as usize, "{inject}");
        assert!(
            report.refused.values().all(|kind| kind == "Full"),
            "{report:?}"
        );
        assert_eq!(
            report.stored.len(),
            APPENDS - WITHOUT_ROOM as usize,
            "{inject}"
        );
        let checked = block_on(async {
            let store = SqliteStore::open(faulty.store()).await.unwrap();
            store.verify().await.unwrap();
            check(&read(&store, Horizon::START).await.unwrap(), report)
        });
        assert_eq!(checked, Ok(()), "{inject}");

        let seeds = seeds::seeds(&inject, 8);
        let failures = seeds::failures(&seeds, |seed| cut(steps, seed, Ignored::Nothing));
        assert!(
            failures.is_empty(),
            "{inject} and a power cut: {failures:?}"
        );
    }
}
