//! Which choices were part of a value that was taken.

use super::{Is, OptionalAt, Places};

impl Places {
    pub(crate) fn is_taken(&self, at: usize) -> bool {
        self.all[at].taken
    }

    /// Forgets what was shown, but not what is known.
    pub(crate) fn begin_again(&mut self) {
        for place in &mut self.all {
            (place.done, place.taken) = (false, false);
            match &mut place.is {
                Is::Optional(optional) => optional.shown = [false; 2],
                Is::OneOf(one_of) => one_of.variants.iter_mut().for_each(|v| v.shown = false),
                Is::Fields(fields) => fields.shown_by = None,
                _ => {}
            }
        }
    }

    /// Something new is known, so that nothing is done.
    pub(crate) fn reopen(&mut self) {
        self.all.iter_mut().for_each(|place| place.done = false);
    }

    /// Whether to show that an optional value is there, or else that it is not.
    pub(crate) fn next_optional(&mut self, at: usize) -> usize {
        let OptionalAt { inner, shown } = *self.optional(at);
        usize::from(shown[0] && !shown[1] && self.is_done(inner))
    }

    /// Notes that a choice was part of a value that was taken, or never will be. Answers whether that
    /// is new.
    pub(crate) fn show(&mut self, at: usize, choice: usize) -> bool {
        let is_new = !std::mem::replace(&mut self.all[at].taken, true);
        let shown = match self.is_mut(at) {
            Is::Optional(optional) => &mut optional.shown[choice],
            Is::OneOf(one_of) => &mut one_of.variants[choice].shown,
            Is::Scalar(scalar) => {
                scalar.pick = choice;
                return is_new;
            }
            _ => return is_new,
        };
        !std::mem::replace(shown, true)
    }

    /// Whether each choice here and inside was shown.
    pub(crate) fn is_done(&mut self, at: usize) -> bool {
        if !self.all[at].done {
            self.all[at].done = self.choices_are_done(at) && self.parts_are_done(at);
        }
        self.all[at].done
    }

    pub(super) fn choices_are_done(&self, at: usize) -> bool {
        match self.is(at) {
            Is::Unknown => false,
            _ if self.is_guessed(at) && !self.is_taken(at) => false,
            Is::Optional(optional) => optional.shown == [true; 2],
            Is::OneOf(one_of) => {
                let mut variants = one_of.variants.iter();
                variants.all(|variant| variant.shown || variant.alias_of.is_some())
            }
            _ => true,
        }
    }

    fn parts_are_done(&mut self, at: usize) -> bool {
        let parts = self.parts(at);
        parts.into_iter().all(|part| self.is_done(part))
    }

    /// What else could be handed out at a place.
    pub(crate) fn choices(&self, at: usize) -> Vec<usize> {
        match self.is(at) {
            Is::Scalar(scalar) => (0..scalar.count()).collect(),
            Is::Optional(_) | Is::List(_) | Is::Map(..) => vec![0, 1],
            Is::OneOf(one_of) => one_of.real().map(|(index, _)| index).collect(),
            _ => Vec::new(),
        }
    }
}
