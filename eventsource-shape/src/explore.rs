//! The search for values that together cover every choice in a type.

use std::collections::VecDeque;

use super::nodes::{NodeKind, ROOT};
use super::rejection::{Rejection, RejectionReason};
use super::run::{Picks, Script};
use super::tracer::Tracer;
use super::user_samples;
use crate::shape::Untraceable;

/// A node that rejected its value although it had accepted each child.
struct Repair {
    rejection: Rejection,
    at: usize,
    /// The picks that were made in it.
    picked: Vec<(usize, usize)>,
    /// The picks to try instead, one set after the other.
    attempts: VecDeque<Picks>,
}

impl Tracer<'_> {
    /// Reads until every variant of every enum is covered, and every optional value both present and
    /// absent. The first value covers most, because present is tried before absent.
    pub(crate) fn explore(&mut self) -> Result<(), Untraceable> {
        let mut repair: Option<Repair> = None;
        while self.kept.is_empty() || !self.run.nodes.is_covered(ROOT) {
            if self.has_reached_limit() {
                return Err(self.untraceable(ROOT, &"it has too many variants"));
            }
            let mut script = Script::default();
            if let Some(repair) = &mut repair {
                script.picks = repair.attempts.pop_front().unwrap_or_default();
            }
            repair = match (self.read(script), repair) {
                (Ok(()), repair) => match (self.keep(), repair) {
                    // The repair undid the choice that this run was to cover.
                    (false, Some(repair)) => self.give_up(&repair)?,
                    (false, None) => {
                        return Err(self.untraceable(ROOT, &"it reads a different shape each time"));
                    }
                    (true, _) => None,
                },
                (Err(rejection), repair) => self.learn(rejection, repair)?,
            };
        }
        Ok(())
    }

    /// Keeps the value that was read if it covers a new choice.
    fn keep(&mut self) -> bool {
        let picks: Picks = self.run.picked.iter().copied().collect();
        let mut is_new = self.kept.is_empty();
        for (at, choice) in &picks {
            is_new |= self.run.nodes.cover(*at, *choice);
        }
        if is_new {
            self.subject.keep();
            for at in std::mem::take(&mut self.run.visited_fields) {
                let fields = self.run.nodes.fields_of(at);
                fields.covered_by.get_or_insert(self.kept.len());
                self.run.confirm_fields(at);
            }
            self.kept.push(picks);
        }
        is_new
    }

    /// Learns from a rejection. Returns the repair to go on with, if there is one.
    fn learn(
        &mut self,
        rejection: Rejection,
        repair: Option<Repair>,
    ) -> Result<Option<Repair>, Untraceable> {
        let at = rejection.at.unwrap_or(ROOT);
        match &rejection.reason {
            RejectionReason::Restart => return Ok(repair),
            RejectionReason::Endless(_) | RejectionReason::UnknownInternal(_) => {
                return Err(self.untraceable(at, &rejection));
            }
            RejectionReason::Duplicate(name) if self.run.nodes.learn_alias(at, name) => {
                return Ok(repair);
            }
            _ if repair.is_none() && self.guess_again(at, &rejection) => return Ok(None),
            _ => {}
        }
        match repair {
            Some(repair) if repair.attempts.is_empty() => self.give_up(&repair),
            Some(repair) => Ok(Some(repair)),
            None => self.try_next(at, rejection),
        }
    }

    fn try_next(&mut self, at: usize, rejection: Rejection) -> Result<Option<Repair>, Untraceable> {
        let nodes = &mut self.run.nodes;
        nodes.load_samples(at, &self.samples);
        if let NodeKind::Scalar(scalar) = nodes.kind_mut(at) {
            return if scalar.try_next() {
                Ok(None)
            } else {
                Err(self.untraceable(at, &rejection))
            };
        }
        let repair = self.repair(at, rejection);
        if repair.attempts.is_empty() {
            return self.give_up(&repair);
        }
        Ok(Some(repair))
    }

    /// Collects what may be accepted instead: the values of one sample at all nodes at once, or
    /// another pick at one node.
    fn repair(&mut self, at: usize, rejection: Rejection) -> Repair {
        let picked = std::mem::take(&mut self.run.picked).into_iter();
        let nodes = &mut self.run.nodes;
        let picked: Vec<_> = picked
            .filter(|(part, _)| nodes.is_within(*part, at))
            .collect();
        for (part, _) in &picked {
            nodes.load_samples(*part, &self.samples);
        }
        let of_sample = |sample| {
            let picks = picked
                .iter()
                .filter_map(|(part, _)| match nodes.kind(*part) {
                    NodeKind::Scalar(scalar) => Some((*part, scalar.of_sample(sample)?)),
                    _ => None,
                });
            picks.collect::<Picks>()
        };
        let mut attempts: VecDeque<_> = (0..self.samples.0.len()).map(of_sample).collect();
        attempts.retain(|picks| !picks.is_empty());
        let mut single = Vec::new();
        for (part, pick) in &picked {
            let alternatives = nodes
                .choices(*part)
                .into_iter()
                .filter(|other| other != pick);
            single.extend(alternatives.map(|other| (other, *part)));
        }
        // The likely ones first.
        single.sort_by_key(|(other, _)| *other);
        attempts.extend(
            single
                .into_iter()
                .map(|(other, part)| Picks::from([(part, other)])),
        );
        Repair {
            rejection,
            at,
            picked,
            attempts,
        }
    }

    /// Stops trying to cover the absence of an optional value that the type requires; without one,
    /// the type is untraceable.
    fn give_up(&mut self, repair: &Repair) -> Result<Option<Repair>, Untraceable> {
        let nodes = &mut self.run.nodes;
        let mut absent = repair.picked.iter().filter(|(part, pick)| {
            *pick == 1 && matches!(nodes.kind(*part), NodeKind::Optional(_))
        });
        match absent.next().copied() {
            Some((part, pick)) => {
                nodes.cover(part, pick);
                Ok(None)
            }
            None => Err(self.untraceable(repair.at, &repair.rejection)),
        }
    }

    fn untraceable(&self, at: usize, reason: &dyn ToString) -> Untraceable {
        Untraceable {
            at: self.run.nodes.describe(at),
            reason: reason.to_string(),
        }
    }

    /// Finds the own name of each variant that has aliases: the one under which serde writes it.
    pub(crate) fn name_variants(&mut self) {
        let mut written = None;
        for at in self.run.nodes.ids() {
            for names in self.run.nodes.names_of_variants(at) {
                let written = written.get_or_insert_with(|| self.subject.json());
                let nodes = &self.run.nodes;
                let is_written = |name: &&usize| {
                    let path = nodes.path(**name);
                    written
                        .iter()
                        .any(|json| !user_samples::at(json, &path).is_empty())
                };
                if let Some(own) = names.iter().find(is_written).copied() {
                    self.run.nodes.name_variant(at, names[0], own);
                }
            }
        }
    }
}
