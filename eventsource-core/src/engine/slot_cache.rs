//! A cache of values that never change.

/// A cache of values under consecutive numbers of a store, of which few share a slot. A slot keeps the
/// newest value.
///
/// ```
/// # #[cfg(feature = "store-author")] {
/// use eventsource_core::engine::SlotCache;
///
/// let mut names = SlotCache::new(1_024);
/// names.put(7, "cart.opened");
/// assert_eq!(names.get(7), Some(&"cart.opened"));
/// assert_eq!(names.get(8), None);
/// # }
/// ```
#[derive(Debug)]
pub struct SlotCache<T> {
    slots: Vec<Option<(i64, T)>>,
    /// One less than the number of slots, which is a power of two.
    mask: u64,
}

impl<T> SlotCache<T> {
    /// A cache of so many values at most, or of the next power of two.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self {
            slots: Vec::new(),
            mask: most.next_power_of_two() as u64 - 1,
        }
    }

    /// The value under a number, if it is kept.
    #[must_use]
    pub fn get(&self, number: i64) -> Option<&T> {
        match self.slots.get(self.slot(number))? {
            Some((found, value)) if *found == number => Some(value),
            _ => None,
        }
    }

    /// Keeps a value, instead of one that shares its slot.
    pub fn put(&mut self, number: i64, value: T) {
        let slot = self.slot(number);
        if slot >= self.slots.len() {
            self.slots.resize_with(slot + 1, || None);
        }
        self.slots[slot] = Some((number, value));
    }

    /// Removes all values.
    pub fn clear(&mut self) {
        self.slots.clear();
    }

    fn slot(&self, number: i64) -> usize {
        usize::try_from(number.cast_unsigned() & self.mask).expect("less than a size")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_under_its_number_until_another_takes_its_slot() {
        let mut cache = SlotCache::new(4);
        cache.put(1, "one");
        cache.put(-2, "minus two");
        assert_eq!(
            (cache.get(1), cache.get(-2)),
            (Some(&"one"), Some(&"minus two"))
        );
        cache.put(5, "five");
        assert_eq!((cache.get(1), cache.get(5)), (None, Some(&"five")));
        cache.clear();
        assert_eq!(cache.get(5), None);
    }
}
