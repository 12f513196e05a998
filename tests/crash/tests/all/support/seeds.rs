//! Seeds of randomised tests.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::{env, thread};

/// Draws new seeds, or returns the one in `CRASH_SEED`.
pub(crate) fn seeds(test: &str, count: u64) -> Vec<u64> {
    if let Ok(seed) = env::var("CRASH_SEED") {
        return vec![seed.parse().expect("CRASH_SEED is a number")];
    }
    let first = RandomState::new().hash_one(test) >> 32;
    println!("{test}: seeds {first} to {}", first + count - 1);
    (first..first + count).collect()
}

/// Whether a single seed is repeated, so that counts over many seeds are not checked.
pub(crate) fn is_repeated() -> bool {
    env::var_os("CRASH_SEED").is_some()
}

/// Draws a single new seed, or returns the one in `CRASH_SEED`.
pub(crate) fn seed(test: &str) -> u64 {
    let seed = seeds(test, 1)[0];
    println!("{test}: run again with CRASH_SEED={seed}");
    seed
}

/// Runs `one` for every seed, on all processors, and returns the failed seeds with their errors.
pub(crate) fn failures(
    seeds: &[u64],
    one: impl Fn(u64) -> Result<(), String> + Sync,
) -> Vec<(u64, String)> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let share = seeds.len().div_ceil(threads).max(1);
    let run = |seeds: &[u64]| -> Vec<_> {
        let failed = seeds.iter().map(|seed| (*seed, one(*seed)));
        failed
            .filter_map(|(seed, result)| Some((seed, result.err()?)))
            .collect()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = seeds
            .chunks(share)
            .map(|seeds| scope.spawn(|| run(seeds)))
            .collect();
        let failed = threads.into_iter().map(|thread| thread.join().unwrap());
        failed.flatten().collect()
    })
}
