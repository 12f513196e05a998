//! Draws that depend on the seed and on who draws, and on nothing else.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use uuid::Uuid;

use crate::environment::uuid_of;

/// The draws of one run. Each is a hash of the seed, of who draws, of the site of the draw and of how
/// often this one drew there before. So a draw stays what it was when another part of a script is left
/// out, which a stream of random numbers does not give.
#[derive(Debug)]
pub(crate) struct Draws {
    seed: u64,
    counts: Mutex<HashMap<(u64, u64), u64>>,
}

/// A number that was drawn.
///
/// ```
/// use eventsource_simulation::Draw;
///
/// let draw = Draw::of(7, "coupon");
/// assert_eq!(draw, Draw::of(7, "coupon"));
/// assert!(draw.below(10) < 10);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            seed,
            counts: Mutex::default(),
        }
    }

    /// The next draw of `who` at a site.
    pub(crate) fn next(&self, who: u64, site: &'static str) -> Draw {
        let site = hash_text(site);
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((who, site)).or_default();
        *count += 1;
        Draw(mix(self.seed ^ mix(who ^ mix(site ^ mix(*count)))))
    }
}

impl Draw {
    /// The draw at a named site under a number, such as a seed.
    #[must_use]
    pub fn of(number: u64, site: &str) -> Self {
        Self(mix(number ^ mix(hash_text(site))))
    }

    /// Another draw that depends on this one and on a number.
    #[must_use]
    pub fn with(self, number: u64) -> Self {
        Self(mix(self.0 ^ mix(number.wrapping_add(0x9e37_79b9))))
    }

    /// The 64 bits of the draw.
    #[must_use]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// A number below `end`; 0 if `end` is 0.
    ///
    /// ```
    /// use eventsource_simulation::Draw;
    ///
    /// assert!((0..100).all(|n| Draw::of(n, "sku").below(3) < 3));
    /// ```
    #[must_use]
    pub fn below(self, end: u64) -> u64 {
        let product = u128::from(self.0) * u128::from(end);
        u64::try_from(product >> 64).unwrap_or(u64::MAX)
    }

    /// A number of a range; its start, if the range is empty.
    #[must_use]
    pub fn within(self, range: Range<u64>) -> u64 {
        range.start + self.below(range.end.saturating_sub(range.start))
    }

    /// Whether this is one of the `n` equally likely cases; never for 0.
    #[must_use]
    pub fn is_one_in(self, n: u64) -> bool {
        n > 0 && self.below(n) == 0
    }

    /// A duration of a range, in microseconds.
    #[must_use]
    pub fn duration(self, range: Range<Duration>) -> Duration {
        let micros = |it: Duration| u64::try_from(it.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.within(micros(range.start)..micros(range.end)))
    }

    /// An id that is made of the draw, to be the same whenever the run is played again.
    ///
    /// ```
    /// use eventsource_simulation::Draw;
    ///
    /// assert_eq!(Draw::of(7, "cart").uuid(), Draw::of(7, "cart").uuid());
    /// ```
    #[must_use]
    pub fn uuid(self) -> Uuid {
        uuid_of(self.0, self.with(1).0)
    }

    /// One of several values.
    ///
    /// ```
    /// use eventsource_simulation::Draw;
    ///
    /// let sku = Draw::of(7, "sku").pick(&["tea", "sugar"]);
    /// assert!(["tea", "sugar"].contains(sku));
    /// ```
    ///
    /// # Panics
    ///
    /// If there are none.
    #[must_use]
    pub fn pick<T>(self, values: &[T]) -> &T {
        let index = self.below(values.len() as u64);
        &values[usize::try_from(index).expect("it is below a length")]
    }
}

/// The finalizer of `MurmurHash3`: each bit of the input changes about half of those of the result.
pub(crate) const fn mix(mut bits: u64) -> u64 {
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xff51_afd7_ed55_8ccd);
    bits ^= bits >> 33;
    bits = bits.wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    bits ^ (bits >> 33)
}

/// FNV-1a.
pub(crate) const fn hash_text(text: &str) -> u64 {
    let (bytes, mut hash, mut index) = (text.as_bytes(), 0xcbf2_9ce4_8422_2325, 0);
    while index < bytes.len() {
        hash = (hash ^ bytes[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_does_not_depend_on_the_draws_of_others() {
        let alone = Draws::new(7);
        let expected = [alone.next(1, "read"), alone.next(1, "read")];
        let beside = Draws::new(7);
        let mut drawn = Vec::new();
        for _ in 0..2 {
            beside.next(2, "read");
            beside.next(1, "append");
            drawn.push(beside.next(1, "read"));
        }
        assert_eq!(drawn, expected);
        assert_ne!(expected[0], expected[1]);
    }

    #[test]
    fn draws_are_spread_evenly() {
        let draws = Draws::new(3);
        let mut counts = [0_u32; 10];
        for _ in 0..10_000 {
            let number = draws.next(1, "even").below(10);
            counts[usize::try_from(number).unwrap()] += 1;
        }
        assert!(
            counts.iter().all(|count| (850..1_150).contains(count)),
            "{counts:?}"
        );
    }
}
