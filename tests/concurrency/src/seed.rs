//! Repeatable random numbers.

use fastrand::Rng;

const SEED: &str = "EVENTSOURCE_SEED";

/// Draws the seed of this run, or reads it from `EVENTSOURCE_SEED`.
///
/// # Panics
///
/// When the variable holds something else than a number.
#[must_use]
pub fn seed() -> u64 {
    let seed = std::env::var(SEED).map_or_else(
        |_| fastrand::u64(..),
        |text| text.parse().expect("the seed is a number"),
    );
    println!("{SEED}={seed}");
    seed
}

/// The random numbers of one part of a run, so that the parts do not depend on each other.
#[must_use]
pub fn part(seed: u64, number: u64) -> Rng {
    // Adjacent seeds would give similar first numbers.
    Rng::with_seed(Rng::with_seed(seed.wrapping_add(number)).u64(..))
}
