//! The variant that is handed out.

use std::borrow::Cow;

use super::Reading;
use crate::rejection::{Refused, Why};
use crate::serde_internals::{is_derived_identifier, is_unknown_identifier};
use crate::shape::Tagging;

/// A variant that is handed out.
pub(crate) struct Chosen {
    /// Where the enum stands.
    pub(crate) of: usize,
    pub(crate) index: usize,
    pub(crate) name: Cow<'static, str>,
    pub(crate) at: usize,
    /// How often a type was there again before it.
    recursions: usize,
}

impl Reading {
    /// The variant to hand out, and its name and place.
    pub(crate) fn variant(
        &mut self,
        at: usize,
        names: &'static [&'static str],
    ) -> Result<Chosen, Refused> {
        if names.is_empty() {
            return Err(Refused::new(Why::Other("it has no variants".to_owned())));
        }
        self.places.one_of(at, names, Tagging::Outside);
        Ok(self.choose(at))
    }

    pub(super) fn choose(&mut self, at: usize) -> Chosen {
        let index = if self.is_again() {
            self.variant_that_ends(at)
        } else {
            let next = self.places.next_variant(at);
            self.pick(at, next)
        };
        let variant = &self.places.variants_of(at).variants[index];
        Chosen {
            of: at,
            index,
            name: variant.name.clone(),
            at: variant.at,
            recursions: self.recursions,
        }
    }

    /// Of a type that is read within itself: another variant at each level, until one comes which
    /// does not hold the type again.
    fn variant_that_ends(&mut self, at: usize) -> usize {
        if let Some(index) = self.places.ends(at) {
            return index;
        }
        let level = self.open.iter().filter(|open| open.at == at).count();
        let variants = self.places.variants_of(at);
        let real: Vec<_> = variants.real().map(|(index, _)| index).collect();
        real[level.saturating_sub(1) % real.len()]
    }

    /// Notes what a type made of the name of a variant, to see which names are those of one variant.
    /// Serde's derive makes an enum of it, which it calls so.
    pub(crate) fn identify(
        &mut self,
        chosen: &Chosen,
        made: &'static str,
        identity: u64,
    ) -> Result<(), Refused> {
        if is_unknown_identifier(made) {
            return Err(Refused::new(Why::UnknownInternal(made)));
        }
        let Chosen { of, index, .. } = *chosen;
        if is_derived_identifier(made) && !self.places.variants_of(of).identify(index, identity) {
            return Err(Refused::new(Why::Again));
        }
        Ok(())
    }

    /// A variant was read to its end.
    pub(crate) fn was_read(&mut self, chosen: &Chosen) {
        if self.recursions == chosen.recursions {
            self.places.has_end(chosen.of, chosen.index);
        }
    }
}
