//! Experiments that find out which fields are required, what happens to unknown fields, and where zeros are rejected.

use std::collections::{BTreeMap, BTreeSet};

use super::nodes::{NodeKind, ROOT, UnknownFieldsNode};
use super::run::{Picks, Script};
use super::tracer::Tracer;

impl Tracer<'_> {
    /// Runs the experiments. Each is one run that changes one thing about a run that was accepted.
    pub(crate) fn experiment(&mut self) {
        let mut known = BTreeMap::new();
        for at in self.run.nodes.ids() {
            if let NodeKind::Fields(fields) = self.run.nodes.kind(at) {
                let of = (fields.of, self.run.nodes.content_of(at));
                if fields.is_open {
                    self.try_fields(at);
                    continue;
                }
                match known.get(&of) {
                    Some(other) => self.run.nodes.copy_fields(*other, at),
                    None => self.try_fields(at),
                }
                known.insert(of, at);
            }
        }
        for run in 0..self.kept.len() {
            self.try_zeros(run);
        }
    }

    /// Leaves out each field in turn, then adds an unknown one.
    fn try_fields(&mut self, at: usize) {
        let fields = self.run.nodes.fields_of(at);
        let Some(picks) = fields.covered_by.map(|run| self.kept[run].clone()) else {
            return;
        };
        let numbers: Vec<_> = fields.without_aliases().map(|(number, _)| number).collect();
        let script = Script {
            picks,
            ..Script::default()
        };
        for number in numbers {
            let omitted_field = Some((at, number));
            let script = Script {
                omitted_field,
                ..script.clone()
            };
            let is_rejected = self.read(script).is_err();
            self.run.nodes.fields_of(at).fields[number].required = is_rejected;
        }
        if self.run.nodes.fields_of(at).unknown_fields == UnknownFieldsNode::Unknown {
            let unknown = Some(at);
            let is_rejected = self.read(Script { unknown, ..script }).is_err();
            self.run.nodes.fields_of(at).unknown_fields = if is_rejected {
                UnknownFieldsNode::Denied
            } else {
                UnknownFieldsNode::Ignored
            };
        }
    }

    /// Hands out 0 and empty texts at all nodes that accept them.
    fn try_zeros(&mut self, run: usize) {
        let picks = self.kept[run].clone();
        let mut zeros: BTreeSet<_> = picks.keys().copied().collect();
        loop {
            let script = Script {
                picks: picks.clone(),
                zeros: zeros.clone(),
                ..Script::default()
            };
            let Err(rejection) = self.read(script) else {
                return;
            };
            let nodes = &mut self.run.nodes;
            let mut at = rejection.at.unwrap_or(ROOT);
            if !zeros.iter().any(|zero| nodes.is_within(*zero, at)) {
                // The zero that caused the rejection is at another node.
                at = ROOT;
            }
            let (inside, outside) = zeros
                .into_iter()
                .partition(|zero| nodes.is_within(*zero, at));
            zeros = outside;
            match nodes.kind_mut(at) {
                NodeKind::Scalar(scalar) => scalar.refuses_zero = true,
                _ => self.try_each_zero(&picks, inside),
            }
            if zeros.is_empty() {
                return;
            }
        }
    }

    /// Tries one zero after the other, where the type buffers its input and the rejection does not
    /// name the node that caused it.
    fn try_each_zero(&mut self, picks: &Picks, zeros: BTreeSet<usize>) {
        for at in zeros {
            if self.run.nodes.is_guessed(at) {
                let script = Script {
                    picks: picks.clone(),
                    zeros: BTreeSet::from([at]),
                    ..Script::default()
                };
                let is_rejected = self.read(script).is_err();
                if let NodeKind::Scalar(scalar) = self.run.nodes.kind_mut(at) {
                    scalar.refuses_zero = is_rejected;
                }
            }
        }
    }
}
