//! The names of the variants of a set, for the catalogue and for lists of variants.

use super::Event;

/// The names of the variants in the code, each at the place of its event in
/// [`EventSet::EVENTS`](super::EventSet::EVENTS); none where the set is a single event.
#[doc(hidden)]
pub trait VariantNames {
    /// The names.
    const VARIANTS: &'static [&'static str] = &[];
}

#[diagnostic::do_not_recommend]
impl<E: Event> VariantNames for E {}
