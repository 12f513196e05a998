//! Until every choice was seen.

use std::collections::VecDeque;

use super::nodes::{Is, ROOT};
use super::rejection::{Refused, Why};
use super::run::{Picks, Script};
use super::tracer::Tracer;
use super::user_samples;
use crate::shape::Untraceable;

/// A place that refused what stands in it, although each part for itself was taken.
struct Repair {
    refused: Refused,
    at: usize,
    /// What was handed out in it.
    picked: Vec<(usize, usize)>,
    /// What to hand out instead, one after the other.
    attempts: VecDeque<Picks>,
}

impl Tracer<'_> {
    /// Reads until every variant of every enum was seen, and every optional value there and not
    /// there. The first value shows most, because what is there is shown first.
    pub(crate) fn explore(&mut self) -> Result<(), Untraceable> {
        let mut repair: Option<Repair> = None;
        while self.kept.is_empty() || !self.reading.places.is_done(ROOT) {
            if self.is_tired() {
                return Err(self.untraceable(ROOT, &"it has no end of variants"));
            }
            let mut script = Script::default();
            if let Some(repair) = &mut repair {
                script.picks = repair.attempts.pop_front().unwrap_or_default();
            }
            repair = match (self.read(script), repair) {
                (Ok(()), repair) => match (self.keep(), repair) {
                    // What was to be shown had to be given up for it.
                    (false, Some(repair)) => self.give_up(&repair)?,
                    (false, None) => {
                        return Err(
                            self.untraceable(ROOT, &"it reads itself in another way each time")
                        );
                    }
                    (true, _) => None,
                },
                (Err(refused), repair) => self.learn(refused, repair)?,
            };
        }
        Ok(())
    }

    /// Keeps the value that was read, if it shows something new.
    fn keep(&mut self) -> bool {
        let picks: Picks = self.reading.picked.iter().copied().collect();
        let mut is_new = self.kept.is_empty();
        for (at, choice) in &picks {
            is_new |= self.reading.places.show(*at, *choice);
        }
        if is_new {
            self.subject.keep();
            for at in std::mem::take(&mut self.reading.passed) {
                let fields = self.reading.places.fields_of(at);
                fields.shown_by.get_or_insert(self.kept.len());
                self.reading.asked_for(at);
            }
            self.kept.push(picks);
        }
        is_new
    }

    /// Learns from what was refused; answers what is being tried instead, if that has more than one
    /// place.
    fn learn(
        &mut self,
        refused: Refused,
        repair: Option<Repair>,
    ) -> Result<Option<Repair>, Untraceable> {
        let at = refused.at.unwrap_or(ROOT);
        match &refused.why {
            Why::Again => return Ok(repair),
            Why::Endless(_) | Why::UnknownInternal(_) => return Err(self.untraceable(at, &refused)),
            Why::Duplicate(name) if self.reading.places.learn_alias(at, name) => return Ok(repair),
            _ if repair.is_none() && self.guess_again(at, &refused) => return Ok(None),
            _ => {}
        }
        match repair {
            Some(repair) if repair.attempts.is_empty() => self.give_up(&repair),
            Some(repair) => Ok(Some(repair)),
            None => self.try_another(at, refused),
        }
    }

    fn try_another(&mut self, at: usize, refused: Refused) -> Result<Option<Repair>, Untraceable> {
        let places = &mut self.reading.places;
        places.load_samples(at, &self.samples);
        if let Is::Scalar(scalar) = places.is_mut(at) {
            return if scalar.try_another() {
                Ok(None)
            } else {
                Err(self.untraceable(at, &refused))
            };
        }
        let repair = self.repair(at, refused);
        if repair.attempts.is_empty() {
            return self.give_up(&repair);
        }
        Ok(Some(repair))
    }

    /// What may be taken instead: what a sample has in all places at once, or something else in one.
    fn repair(&mut self, at: usize, refused: Refused) -> Repair {
        let picked = std::mem::take(&mut self.reading.picked).into_iter();
        let places = &mut self.reading.places;
        let picked: Vec<_> = picked
            .filter(|(part, _)| places.is_inside(*part, at))
            .collect();
        for (part, _) in &picked {
            places.load_samples(*part, &self.samples);
        }
        let of_sample = |sample| {
            let picks = picked
                .iter()
                .filter_map(|(part, _)| match places.is(*part) {
                    Is::Scalar(scalar) => Some((*part, scalar.of_sample(sample)?)),
                    _ => None,
                });
            picks.collect::<Picks>()
        };
        let mut attempts: VecDeque<_> = (0..self.samples.0.len()).map(of_sample).collect();
        attempts.retain(|picks| !picks.is_empty());
        let mut single = Vec::new();
        for (part, pick) in &picked {
            let others = places
                .choices(*part)
                .into_iter()
                .filter(|other| other != pick);
            single.extend(others.map(|other| (other, *part)));
        }
        // The likelier ones first.
        single.sort_by_key(|(other, _)| *other);
        attempts.extend(
            single
                .into_iter()
                .map(|(other, part)| Picks::from([(part, other)])),
        );
        Repair {
            refused,
            at,
            picked,
            attempts,
        }
    }

    /// An optional value that has to be there is none that is shown without it.
    fn give_up(&mut self, repair: &Repair) -> Result<Option<Repair>, Untraceable> {
        let places = &mut self.reading.places;
        let mut absent = repair
            .picked
            .iter()
            .filter(|(part, pick)| *pick == 1 && matches!(places.is(*part), Is::Optional(_)));
        match absent.next().copied() {
            Some((part, pick)) => {
                places.show(part, pick);
                Ok(None)
            }
            None => Err(self.untraceable(repair.at, &repair.refused)),
        }
    }

    fn untraceable(&self, at: usize, reason: &dyn ToString) -> Untraceable {
        Untraceable {
            at: self.reading.places.told(at),
            reason: reason.to_string(),
        }
    }

    /// Of several names of a variant, its own is the one under which it is written.
    pub(crate) fn name_variants(&mut self) {
        let mut written = None;
        for at in self.reading.places.places() {
            for names in self.reading.places.names_of_variants(at) {
                let written = written.get_or_insert_with(|| self.subject.json());
                let places = &self.reading.places;
                let is_written = |name: &&usize| {
                    let steps = places.steps(**name);
                    written
                        .iter()
                        .any(|json| !user_samples::at(json, &steps).is_empty())
                };
                if let Some(own) = names.iter().find(is_written).copied() {
                    self.reading.places.name_variant(at, names[0], own);
                }
            }
        }
    }
}
