//! What a type can do without, and what it makes of what it does not know.

use std::collections::BTreeMap;

use super::places::Is;
use super::reading::Script;
use super::tracer::Tracer;

impl Tracer<'_> {
    /// Each experiment is one reading, and begins with one that was taken.
    pub(super) fn experiment(&mut self) {
        let mut known = BTreeMap::new();
        for at in self.reading.places.places() {
            if let Is::Fields(fields) = self.reading.places.is(at) {
                let of = fields.of;
                match known.get(of).filter(|_| !of.is_empty()) {
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
        let unknown = Some(at);
        let refused = self.read(Script { unknown, ..script }).is_err();
        self.reading.places.fields_of(at).refuses_others = refused;
    }

    /// Hands out 0 and empty texts in all places that take them.
    fn try_zeros(&mut self, reading: usize) {
        let mut script = Script {
            picks: self.kept[reading].clone(),
            zeros: true,
            ..Script::default()
        };
        while let Err(refused) = self.read(script.clone()) {
            let Some(at) = refused.at else { return };
            let is_new = script.no_zeros.insert(at);
            match self.reading.places.is_mut(at) {
                Is::Scalar(scalar) if is_new => scalar.refuses_zero = true,
                _ => return,
            }
        }
    }
}
