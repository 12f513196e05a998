//! Thousands of harms to the file of a store, each of which follows from a seed: everything is read,
//! `verify` is run, and decisions are made. What is read is right or an error, or `verify` finds the
//! damage; nothing panics or never ends; and no decision is wrong, but where an entry of an index
//! leads to nothing.
//!
//! A fourth of the harms is done, which the seed chooses; `DAMAGE_SHARE=1` does all 3,100, as
//! `scripts/large damage` does. `DAMAGE_SEED` is another seed than 1, and `DAMAGE_ONLY=17` does that
//! harm and shows what is wrong. `--nocapture` shows the table.

mod deciding;
mod harm;
mod pages;
mod prepared;
mod random;
mod reading;
#[path = "../support/mod.rs"]
mod support;
mod table;
mod verdict;

use std::panic;
use std::str::FromStr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use eventsource_core::Position;
use prepared::Prepared;
use random::Random;
use table::Table;
use verdict::{Answered, Class, Verdict};

const THREADS: usize = 2;
/// One of so many harms is done.
const SHARE: usize = 4;

/// Panics on any thread, also on those of the store, which answers with an error then.
static PANICS: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[test]
fn harms_to_the_file_are_errors_or_found_by_verify() {
    note_panics();
    let seed = number("DAMAGE_SEED").unwrap_or(1);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let prepared = runtime.block_on(Prepared::new());
    let truth = verdict::truth(&prepared);
    let campaign = Campaign {
        prepared,
        truth,
        seed,
        next: AtomicUsize::new(0),
        numbers: numbers(seed),
        results: Mutex::default(),
    };
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| campaign.work());
        }
    });
    campaign.end();
}

fn number<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

/// The harms that are done.
fn numbers(seed: u64) -> Vec<usize> {
    let share = number("DAMAGE_SHARE").unwrap_or(SHARE);
    let mut random = Random::new(seed);
    if let Some(only) = number("DAMAGE_ONLY") {
        return vec![only];
    }
    let is_chosen = |_: &usize| random.below(share) == 0;
    (0..harm::count()).filter(is_chosen).collect()
}

fn note_panics() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        PANICS.lock().unwrap().push(panic.to_string());
        before(panic);
    }));
}

struct Campaign {
    prepared: Prepared,
    truth: (Answered, Position),
    seed: u64,
    next: AtomicUsize,
    numbers: Vec<usize>,
    /// The table of the verdicts, and the descriptions of those that need a repair.
    results: Mutex<(Table, Vec<String>)>,
}

impl Campaign {
    fn work(&self) {
        while let Some(number) = self.numbers.get(self.next.fetch_add(1, Ordering::Relaxed)) {
            let harmed = harm::harm(&self.prepared, self.seed, *number);
            let path = self.prepared.path(&format!("{number}.db"));
            let verdict = verdict::judge(&harmed, &path, &self.truth);
            self.tell(&harmed, &verdict);
        }
    }

    fn tell(&self, harmed: &harm::Harmed, verdict: &Verdict) {
        let mut results = self.results.lock().unwrap();
        results.0.count(harmed.kind, verdict);
        let (number, what, owners) = (harmed.number, &harmed.what, &harmed.owners);
        let kind = harmed.kind.name();
        let line = format!(
            "{number}: {kind}, {what} of {owners:?}: {:?}",
            verdict.class
        );
        if self.numbers.len() == 1 {
            println!("{line}\n{}", verdict.wrong.join("\n"));
        }
        if verdict.is_to_be_mended() {
            let wrong: String = verdict.wrong.join("; ").chars().take(600).collect();
            results.1.push(format!("{line}: {wrong}"));
        }
    }

    fn end(self) {
        let (table, to_be_mended) = self.results.into_inner().unwrap();
        let seed = self.seed;
        println!("{} harms of seed {seed}\n{table}", self.numbers.len());
        let panics = std::mem::take(&mut *PANICS.lock().unwrap());
        assert!(panics.is_empty(), "seed {seed}: {}", panics.join("\n"));
        assert!(
            to_be_mended.is_empty(),
            "seed {seed}: {} harms:\n{}",
            to_be_mended.len(),
            to_be_mended.join("\n")
        );
        if self.numbers.len() > 100 {
            for class in [Class::Refused, Class::Errors, Class::Right, Class::Found] {
                assert!(table.total(class) > 0, "no harm ends so: {class:?}");
            }
        }
    }
}
