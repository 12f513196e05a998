//! From one reading to the next.

use serde_json::Value as Json;

use super::deserializer::Reader;
use super::nodes::ROOT;
use super::rejection::Refused;
use super::run::{Picks, Reading, Script};
use super::subject::Subject;
use super::user_samples::Samples;
use crate::shape::{Shape, Untraceable};

/// More readings than any type needs that can be read at all.
const READINGS: usize = 20_000;

/// Reads a type again and again.
pub(crate) struct Tracer<'t> {
    pub(crate) subject: &'t mut dyn Subject,
    pub(crate) samples: Samples,
    pub(crate) reading: Reading,
    /// What was handed out in those readings whose values were kept.
    pub(crate) kept: Vec<Picks>,
    readings: usize,
}

impl<'t> Tracer<'t> {
    pub(crate) fn new(subject: &'t mut dyn Subject, samples: Vec<Json>) -> Self {
        Self {
            subject,
            samples: Samples(samples),
            reading: Reading::new(),
            kept: Vec::new(),
            readings: 0,
        }
    }

    pub(crate) fn trace(mut self) -> Result<Shape, Untraceable> {
        self.explore()?;
        self.explore_loose()?;
        self.experiment();
        Ok(self.shape())
    }

    /// What is only guessed may be more than was found: a fingerprint must not miss it.
    pub(crate) fn outline(mut self) -> Result<Shape, Untraceable> {
        self.explore()?;
        let places = &self.reading.places;
        match places.places().find(|at| places.is_loose(*at)) {
            Some(at) => Err(Untraceable {
                at: places.told(at),
                reason: "the type takes whatever it finds (`flatten`, `untagged`, a JSON value)"
                    .to_owned(),
            }),
            None => Ok(self.shape()),
        }
    }

    fn shape(mut self) -> Shape {
        self.name_variants();
        self.reading.places.shape(ROOT)
    }

    pub(crate) fn read(&mut self, script: Script) -> Result<(), Refused> {
        self.readings += 1;
        self.reading.begin(script);
        let reader = Reader::new(&mut self.reading, ROOT);
        let mut read = self.subject.read(reader);
        if let Err(refused) = &mut read {
            refused.blame(ROOT);
        }
        read
    }

    /// Whether there were so many readings that there is no end to be expected.
    pub(crate) fn is_tired(&self) -> bool {
        self.readings >= READINGS
    }
}
