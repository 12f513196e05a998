//! What was read once and never changes.

/// Values under their numbers, as many as there are places: the newest of those that share one.
#[derive(Debug)]
pub(crate) struct Remembered<T> {
    places: Vec<Option<(i64, T)>>,
    most: usize,
}

impl<T> Remembered<T> {
    /// Remembers so many values at most.
    pub(crate) const fn new(most: usize) -> Self {
        let places = Vec::new();
        Self { places, most }
    }

    pub(crate) fn get(&self, number: i64) -> Option<&T> {
        let place = self.places.get(self.place(number))?.as_ref();
        place
            .filter(|(found, _)| *found == number)
            .map(|(_, value)| value)
    }

    pub(crate) fn put(&mut self, number: i64, value: T) {
        let place = self.place(number);
        if place >= self.places.len() {
            self.places.resize_with(place + 1, || None);
        }
        self.places[place] = Some((number, value));
    }

    pub(crate) fn forget(&mut self) {
        self.places.clear();
    }

    /// SQLite numbers rows one after the other, so that few share a place.
    fn place(&self, number: i64) -> usize {
        let most = self.most as u64;
        usize::try_from(number.cast_unsigned() % most).expect("less than a size")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_found_under_its_number_until_another_takes_its_place() {
        let mut remembered = Remembered::new(4);
        remembered.put(1, "one");
        remembered.put(-2, "minus two");
        assert_eq!(
            (remembered.get(1), remembered.get(-2)),
            (Some(&"one"), Some(&"minus two"))
        );
        remembered.put(5, "five");
        assert_eq!(
            (remembered.get(1), remembered.get(5)),
            (None, Some(&"five"))
        );
        remembered.forget();
        assert_eq!(remembered.get(5), None);
    }
}
