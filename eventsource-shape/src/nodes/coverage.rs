//! Coverage: which choices were part of an accepted value.

use super::{NodeKind, Nodes, OptionalNode};

impl Nodes {
    pub(crate) fn is_accepted(&self, at: usize) -> bool {
        self.all[at].is_accepted
    }

    /// Clears the coverage, but keeps what is known of the type.
    pub(crate) fn reset_coverage(&mut self) {
        for node in &mut self.all {
            (node.is_covered, node.is_accepted) = (false, false);
            match &mut node.kind {
                NodeKind::Optional(optional) => optional.covered = [false; 2],
                NodeKind::OneOf(one_of) => {
                    one_of.variants.iter_mut().for_each(|v| v.covered = false);
                }
                NodeKind::Fields(fields) => fields.covered_by = None,
                _ => {}
            }
        }
    }

    /// Marks all nodes as not covered, after something new became known.
    pub(crate) fn reopen(&mut self) {
        self.all.iter_mut().for_each(|node| node.is_covered = false);
    }

    /// The choice to cover next at an optional value: 0 for present, 1 for absent.
    pub(crate) fn next_optional(&mut self, at: usize) -> usize {
        let OptionalNode { inner, covered } = *self.make_optional(at);
        usize::from(covered[0] && !covered[1] && self.is_covered(inner))
    }

    /// Notes that a choice was part of an accepted value, or never can be. Returns whether the choice
    /// was not covered before.
    pub(crate) fn cover(&mut self, at: usize, choice: usize) -> bool {
        let is_new = !std::mem::replace(&mut self.all[at].is_accepted, true);
        let covered = match self.kind_mut(at) {
            NodeKind::Optional(optional) => &mut optional.covered[choice],
            NodeKind::OneOf(one_of) => &mut one_of.variants[choice].covered,
            NodeKind::Scalar(scalar) => {
                scalar.pick = choice;
                return is_new;
            }
            _ => return is_new,
        };
        !std::mem::replace(covered, true)
    }

    /// Whether each choice at the node and its descendants is covered.
    pub(crate) fn is_covered(&mut self, at: usize) -> bool {
        if !self.all[at].is_covered {
            self.all[at].is_covered = self.choices_are_covered(at) && self.children_are_covered(at);
        }
        self.all[at].is_covered
    }

    pub(super) fn choices_are_covered(&self, at: usize) -> bool {
        match self.kind(at) {
            NodeKind::Unknown => false,
            _ if self.is_guessed(at) && !self.is_accepted(at) => false,
            NodeKind::Optional(optional) => optional.covered == [true; 2],
            NodeKind::OneOf(one_of) => {
                let mut variants = one_of.variants.iter();
                variants.all(|variant| variant.covered || variant.alias_of.is_some())
            }
            _ => true,
        }
    }

    fn children_are_covered(&mut self, at: usize) -> bool {
        let children = self.children(at);
        children.into_iter().all(|part| self.is_covered(part))
    }

    /// All choices at a node.
    pub(crate) fn choices(&self, at: usize) -> Vec<usize> {
        match self.kind(at) {
            NodeKind::Scalar(scalar) => (0..scalar.count()).collect(),
            NodeKind::Optional(_) | NodeKind::List(_) | NodeKind::Map(..) => vec![0, 1],
            NodeKind::OneOf(one_of) => one_of.without_aliases().map(|(index, _)| index).collect(),
            _ => Vec::new(),
        }
    }
}
