use eventsource_core::read_model::{Claim, ClaimOutcome, Generation, Model, Parking, Table, Write};
use eventsource_core::store::StoreErrorKind;
use eventsource_core::uuid::Uuid;
use eventsource_core::{
    EventLog, Horizon, Key, MemoryReadModels, MemoryStore, Position, ReadModelStore, Runner,
};

use crate::flaky::Flaky;
use crate::ledger::{Entry, Ledger, append, booked, fail_account, found, repair_all, truth};

/// Numbers that a seed gives.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        // SplitMix64
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }
}

fn commit(random: &mut Random, number: &mut i64) -> Vec<Entry> {
    let names = ["ann", "bob", "cat", "dan", "eve"];
    let entry = |_| {
        if random.below(8) == 0 {
            return Entry::Noted {};
        }
        *number += 1;
        let accounts: Vec<&str> = (0..=random.below(3))
            .map(|_| names[usize::try_from(random.below(5)).unwrap()])
            .collect();
        if random.below(6) == 0 {
            fail_account(accounts[0], *number);
        }
        booked(&accounts, *number)
    };
    (0..5).map(entry).collect()
}

/// Events of which some fail until something is mended, pages of any size, restarts, and writes
/// that fail before they are done or after it.
async fn run(seed: u64) {
    let mut random = Random(seed);
    repair_all();
    let (store, models, mut number) = (MemoryStore::new(), MemoryReadModels::new(), 0);
    let mended = random.below(12);
    for round in 0..12 {
        if round == mended {
            repair_all();
        }
        for _ in 0..random.below(4) {
            let mut events = commit(&mut random, &mut number);
            events.truncate(usize::try_from(1 + random.below(5)).unwrap());
            append(&store, &events).await;
        }
        let page = usize::try_from(1 + random.below(9)).unwrap();
        let every = usize::try_from(1 + random.below(6)).unwrap();
        let flaky = Flaky::new(models.clone(), StoreErrorKind::Busy, every);
        for _ in 0..random.below(4) {
            let runner = Runner::new(store.clone(), flaky.clone()).in_pages_of(page);
            let _ = runner.project::<Ledger>().catch_up().await;
        }
        let runner = Runner::new(store.clone(), models.clone()).in_pages_of(page);
        runner.project::<Ledger>().catch_up().await.unwrap();
        let (found, truth) = (found(&models, &store).await, truth(&store).await);
        assert_eq!(found, truth, "seed {seed}, round {round}");
    }
    repair_all();
    let runner = Runner::new(store.clone(), models.clone()).project::<Ledger>();
    runner.catch_up().await.unwrap();
    let (found, truth) = (found(&models, &store).await, truth(&store).await);
    assert_eq!(found, truth, "seed {seed}");
    assert!(found.waiting.is_empty(), "seed {seed}");
}

/// The control of the comparison.
#[tokio::test]
async fn what_is_lost_behind_a_parked_key_is_seen() {
    let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
    fail_account("ann", 2);
    for number in 1..=3 {
        append(&store, &[booked(&["ann"], number)]).await;
    }
    let runner = Runner::new(store.clone(), models.clone()).project::<Ledger>();
    runner.catch_up().await.unwrap();
    assert_eq!(found(&models, &store).await, truth(&store).await);
    let model = Model::new("ledger", 1, vec![Table::of::<Ledger>()]);
    let claim = Claim::new(
        model.clone(),
        Generation::Serving,
        store.log_id(),
        Uuid::now_v7(),
    );
    let ClaimOutcome::Granted(progress) = models.claim(claim).await.unwrap() else {
        panic!("nobody else has it");
    };
    let at = progress.checkpoint;
    let mut write = Write::new(
        model,
        Generation::Serving,
        at,
        Horizon::unchecked(at.at.position()),
    );
    write.parking = vec![Parking::done(Key::of("ann"), Position::new(2))];
    models.write(write).await.unwrap();
    repair_all();
    runner.catch_up().await.unwrap();
    let (found, truth) = (found(&models, &store).await, truth(&store).await);
    assert_eq!(found.numbers["ann"], [1, 3]);
    assert_ne!(found, truth);
}

/// `PARKING_SEED=7 cargo test -p eventsource-core --test parking random` runs one again.
#[tokio::test]
async fn whatever_fails_and_whenever_it_is_mended_the_rows_are_a_fold_of_the_store() {
    let seed = std::env::var("PARKING_SEED").ok();
    let seeds = match seed.and_then(|seed| seed.parse().ok()) {
        Some(seed) => seed..=seed,
        None => 1..=300,
    };
    for seed in seeds {
        println!("seed {seed}");
        run(seed).await;
    }
}
