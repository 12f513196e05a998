//! The variant that a run hands out.

use std::borrow::Cow;

use super::Run;
use crate::rejection::{Rejection, RejectionReason};
use crate::serde_internals::{is_derived_identifier, is_unknown_identifier};
use crate::shape::Tagging;

/// The variant that a run hands out.
pub(crate) struct ChosenVariant {
    /// The node of the enum.
    pub(crate) of: usize,
    pub(crate) index: usize,
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: usize,
    /// The run's count of recursive types when this variant was chosen.
    recursions: usize,
}

impl Run {
    /// Chooses the variant to hand out.
    pub(crate) fn variant(
        &mut self,
        at: usize,
        names: &'static [&'static str],
    ) -> Result<ChosenVariant, Rejection> {
        if names.is_empty() {
            return Err(Rejection::new(RejectionReason::Other(
                "it has no variants".to_owned(),
            )));
        }
        self.nodes.make_one_of(at, names, Tagging::External);
        Ok(self.choose(at))
    }

    pub(super) fn choose(&mut self, at: usize) -> ChosenVariant {
        let index = if self.is_recursive() {
            self.choose_terminal_variant(at)
        } else {
            let next = self.nodes.next_variant(at);
            self.pick(at, next)
        };
        let variant = &self.nodes.variants_of(at).variants[index];
        ChosenVariant {
            of: at,
            index,
            name: variant.name.clone(),
            at: variant.at,
            recursions: self.recursions,
        }
    }

    /// Chooses a variant of a recursive enum: another one at each level, until one ends the
    /// recursion.
    fn choose_terminal_variant(&mut self, at: usize) -> usize {
        if let Some(index) = self.nodes.terminal_variant(at) {
            return index;
        }
        let level = self.open_types.iter().filter(|open| open.at == at).count();
        let variants = self.nodes.variants_of(at);
        let indices: Vec<_> = variants.without_aliases().map(|(index, _)| index).collect();
        indices[level.saturating_sub(1) % indices.len()]
    }

    /// Notes the value that the type made of a variant's name. serde's derive makes an enum of the
    /// names, so two names of one variant give equal values.
    pub(crate) fn identify_variant(
        &mut self,
        choice: &ChosenVariant,
        made: &'static str,
        identity: u64,
    ) -> Result<(), Rejection> {
        if is_unknown_identifier(made) {
            return Err(Rejection::new(RejectionReason::UnknownInternal(made)));
        }
        let ChosenVariant { of, index, .. } = *choice;
        if is_derived_identifier(made) && !self.nodes.variants_of(of).identify(index, identity) {
            return Err(Rejection::new(RejectionReason::Restart));
        }
        Ok(())
    }

    /// Notes that a variant was read without recursion, so that it can end one.
    pub(crate) fn finish_variant(&mut self, choice: &ChosenVariant) {
        if self.recursions == choice.recursions {
            self.nodes.set_terminal_variant(choice.of, choice.index);
        }
    }
}
