//! The calls of generated code, for the events of projections and reactors.

use super::deliveries::Deliveries;
use super::{React, Reactor};
use crate::codec::DecodeError;
use crate::event::names::eq;
use crate::event::{EventSet, EventType, Recorded};
use crate::projection::{IntoRow, Key, KeyBuilder, Project, ProjectAt, Steps, ToKey};
use crate::store::StoredEvent;

/// An event, or a set of them, in `events(..)` or `event = ..` of a projection or a reactor. The
/// generated code calls only this trait, so that the compiler reports a type which is neither once.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an event",
    label = "not an event",
    note = "mark the struct or the enum `{Self}` with `#[event]`"
)]
pub trait Projected: Sized + Send + Sync + 'static {
    /// The events in the set.
    const TYPES: &'static [EventType];

    /// The names of the variants in the code.
    const VARIANTS: &'static [&'static str];

    /// See [`Recorded::decode`].
    ///
    /// # Errors
    ///
    /// The same.
    fn read(
        stored: &StoredEvent<'_>,
        each: &mut dyn FnMut(Recorded<Self>),
    ) -> Result<(), DecodeError>;

    /// See [`Steps::project`]. A key that is passed twice counts once.
    ///
    /// # Errors
    ///
    /// The same.
    fn project<P: Project<Self, O>, O: IntoRow>(
        event: &StoredEvent<'_>,
        steps: &mut Steps<P>,
        keys: impl Fn(&Recorded<Self>, &mut dyn FnMut(Key)),
    ) -> Result<(), DecodeError>;

    /// See [`Steps::project_at`]. A key that is passed twice counts once.
    ///
    /// # Errors
    ///
    /// The same.
    fn project_at<P: ProjectAt<Self, O>, O: IntoRow>(
        event: &StoredEvent<'_>,
        steps: &mut Steps<P>,
        keys: impl Fn(&Recorded<Self>, &mut dyn FnMut(Key)),
    ) -> Result<(), DecodeError>;

    /// Adds the parts of a stored event that are wanted to the deliveries.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; then no delivery is added.
    fn react<R: Reactor + React<Self>>(
        event: &StoredEvent<'_>,
        deliveries: &mut Deliveries<R>,
        wanted: impl Fn(&Self) -> bool,
    ) -> Result<(), DecodeError>;
}

#[diagnostic::do_not_recommend]
impl<E: EventSet> Projected for E {
    const TYPES: &'static [EventType] = E::EVENTS;
    const VARIANTS: &'static [&'static str] = E::VARIANTS;

    fn read(
        stored: &StoredEvent<'_>,
        each: &mut dyn FnMut(Recorded<Self>),
    ) -> Result<(), DecodeError> {
        Recorded::decode(stored, each)
    }

    fn project<P: Project<Self, O>, O: IntoRow>(
        event: &StoredEvent<'_>,
        steps: &mut Steps<P>,
        keys: impl Fn(&Recorded<Self>, &mut dyn FnMut(Key)),
    ) -> Result<(), DecodeError> {
        steps.each(event, keys, |recorded, _, row: &mut P| {
            row.project(recorded).into_row()
        })
    }

    fn project_at<P: ProjectAt<Self, O>, O: IntoRow>(
        event: &StoredEvent<'_>,
        steps: &mut Steps<P>,
        keys: impl Fn(&Recorded<Self>, &mut dyn FnMut(Key)),
    ) -> Result<(), DecodeError> {
        steps.each(event, keys, |recorded, key, row: &mut P| {
            row.project_at(key, recorded).into_row()
        })
    }

    fn react<R: Reactor + React<Self>>(
        event: &StoredEvent<'_>,
        deliveries: &mut Deliveries<R>,
        wanted: impl Fn(&Self) -> bool,
    ) -> Result<(), DecodeError> {
        deliveries.add(event, wanted)
    }
}

/// The event type of a variant of `E`. If there is no such variant, the `match` in the generated code
/// does not compile.
///
/// # Panics
///
/// If `E` has no names of its variants.
#[must_use]
pub const fn variant<E: Projected>(name: &str) -> EventType {
    assert!(
        E::VARIANTS.len() == E::TYPES.len(),
        "the set does not say what its variants are called: see `VariantNames::VARIANTS`"
    );
    let mut i = 0;
    while i < E::VARIANTS.len() {
        if eq(E::VARIANTS[i], name) {
            return E::TYPES[i];
        }
        i += 1;
    }
    EventType::new("", 1, &[])
}

/// The index of the set that has the event.
#[must_use]
pub fn set_of(sets: &[&[EventType]], event: &StoredEvent<'_>) -> Option<usize> {
    let has_event = |set: &&[EventType]| set.iter().any(|of| of.is_stored_as(event.name));
    sets.iter().position(has_event)
}

/// Whether an event of the set at `index` has a name of one in a set before it. It is `const`, so that
/// such a clash does not compile.
#[must_use]
pub const fn sets_clash(sets: &[&[EventType]], index: usize) -> bool {
    let mut before = 0;
    while before < index {
        let mut i = 0;
        while i < sets[index].len() {
            if crate::event::names::any_shares_a_name(sets[before], sets[index][i]) {
                return true;
            }
            i += 1;
        }
        before += 1;
    }
    false
}

/// A part of a key. Only this function requires [`ToKey`] of a field, so that the compiler reports a field
/// without it once, at the field.
pub const fn part<K: ToKey>(part: &K) -> &dyn ToKey {
    part
}

/// Passes the key of these parts to `each`.
pub fn key(parts: &[&dyn ToKey], each: &mut dyn FnMut(Key)) {
    let mut key = KeyBuilder::default();
    for part in parts {
        part.add_to(&mut key);
    }
    each(key.finish());
}
