//! What a type can do without, and what it makes of what it does not know.

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::{Is, OthersAt, ROOT};
use super::run::{Picks, Script};
use super::tracer::Tracer;

impl Tracer<'_> {
    /// Each experiment is one reading, and begins with one that was taken.
    pub(crate) fn experiment(&mut self) {
        let mut known = BTreeMap::new();
        for at in self.reading.places.places() {
            if let Is::Fields(fields) = self.reading.places.is(at) {
                let of = (fields.of, self.reading.places.content_of(at));
                if fields.is_open {
                    self.try_fields(at);
                    continue;
                }
                match known.get(&of) {
                    Some(other) => self.reading.places.copy_fields(*other, at),
                    None => self.try_fields(at),
                }
                known.insert(of, at);
            }
        }
        for reading in 0..self.kept.len() {
            self.try_zeros(reading);
        }
    }

    /// Leaves each field out, and gives one that nobody knows.
    fn try_fields(&mut self, at: usize) {
        let fields = self.reading.places.fields_of(at);
        let Some(picks) = fields.shown_by.map(|reading| self.kept[reading].clone()) else {
            return;
        };
        let numbers: Vec<_> = fields.real().map(|(number, _)| number).collect();
        let script = Script {
            picks,
            ..Script::default()
        };
        for number in numbers {
            let without = Some((at, number));
            let script = Script {
                without,
                ..script.clone()
            };
            let refused = self.read(script).is_err();
            self.reading.places.fields_of(at).fields[number].required = refused;
        }
        if self.reading.places.fields_of(at).others == OthersAt::Unknown {
            let unknown = Some(at);
            let refused = self.read(Script { unknown, ..script }).is_err();
            self.reading.places.fields_of(at).others = if refused {
                OthersAt::Refused
            } else {
                OthersAt::Ignored
            };
        }
    }

    /// Hands out 0 and empty texts in all places that take them.
    fn try_zeros(&mut self, reading: usize) {
        let picks = self.kept[reading].clone();
        let mut zeros: BTreeSet<_> = picks.keys().copied().collect();
        loop {
            let script = Script {
                picks: picks.clone(),
                zeros: zeros.clone(),
                ..Script::default()
            };
            let Err(refused) = self.read(script) else {
                return;
            };
            let places = &mut self.reading.places;
            let mut at = refused.at.unwrap_or(ROOT);
            if !zeros.iter().any(|zero| places.is_inside(*zero, at)) {
                // It is blamed for a zero that stands elsewhere.
                at = ROOT;
            }
            let (inside, outside) = zeros
                .into_iter()
                .partition(|zero| places.is_inside(*zero, at));
            zeros = outside;
            match places.is_mut(at) {
                Is::Scalar(scalar) => scalar.refuses_zero = true,
                _ => self.try_each_zero(&picks, inside),
            }
            if zeros.is_empty() {
                return;
            }
        }
    }

    /// Where nobody says which place it was that refused, because all were read before any was
    /// looked at.
    fn try_each_zero(&mut self, picks: &Picks, zeros: BTreeSet<usize>) {
        for at in zeros {
            if self.reading.places.is_guessed(at) {
                let script = Script {
                    picks: picks.clone(),
                    zeros: BTreeSet::from([at]),
                    ..Script::default()
                };
                let refused = self.read(script).is_err();
                if let Is::Scalar(scalar) = self.reading.places.is_mut(at) {
                    scalar.refuses_zero = refused;
                }
            }
        }
    }
}
