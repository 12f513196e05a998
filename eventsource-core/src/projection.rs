//! What readers make of the facts.

mod caught;
mod change;
mod key;
mod row;
mod rows;
mod steps;
mod stored_row;

use crate::codec::DecodeError;
use crate::event::{EventType, Recorded};
use crate::store::StoredEvent;
pub(crate) use caught::{caught_reading, printable, read_row, run_step, write_row};
pub use change::RowChange;
pub use key::{IntoKeys, Key, KeyBuilder, KeyError, KeyPart, ToKey};
pub(crate) use row::BoxError;
pub use row::{IntoRow, Row};
pub(crate) use rows::{ChangeRows, EventRows, JsonChange, Rows, SourceChanges, TypedRows};
pub(crate) use steps::StepList;
pub use steps::Steps;
pub use stored_row::StoredRow;

/// A fold over the events of many streams, keyed by anything: the type is one row of the read
/// model that it keeps. Implemented by [`#[derive(Projection)]`](macro@crate::Projection).
///
/// A row starts as the `Default`, before the first event of its key.
///
/// ```
/// use eventsource_core::{Project, Projection, Recorded, event};
/// use serde::{Deserialize, Serialize};
///
/// #[event]
/// pub enum CartEvent {
///     ItemAdded { sku: String, quantity: u32 },
///     ItemRemoved { sku: String },
/// }
///
/// #[derive(Projection, Default, Serialize, Deserialize)]
/// #[projection(name = "demand", version = 1, key = sku, event = CartEvent(ItemAdded, ItemRemoved))]
/// pub struct Demand {
///     in_carts: i64,
///     ever_removed: u64,
/// }
///
/// impl Project<CartEvent> for Demand {
///     fn project(&mut self, event: &Recorded<CartEvent>) {
///         match &event.event {
///             CartEvent::ItemAdded { quantity, .. } => self.in_carts += i64::from(*quantity),
///             CartEvent::ItemRemoved { .. } => self.ever_removed += 1,
///         }
///     }
/// }
///
/// assert_eq!((Demand::NAME, Demand::VERSION), ("demand", 1));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection",
    label = "not a projection",
    note = "add `#[derive(Projection)]` to `{Self}`"
)]
pub trait Projection: Default + StoredRow + Send + Sync + 'static {
    /// What the read model is called.
    const NAME: &'static str;

    /// The version of what is projected. A new one is built beside the old one.
    const VERSION: u32;

    /// What the parts of the key are called.
    const KEY: &'static [&'static str];

    /// The key as the attribute says it, such as `key = Self::key`. It is a part of the
    /// [fingerprint](crate::read_model::ModelFingerprint) of the model.
    const KEY_SOURCE: &'static str = "";

    /// Whether an event that fails stops the projection, instead of [parking](crate::read_model::Parked) its key.
    const STOP_ON_ERROR: bool = false;
}

/// What can be built anew from the first event on: every [`Projection`], and nothing that has side
/// effects.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be rebuilt",
    label = "not a projection",
    note = "a reactor is never replayed: its side effects would happen again",
    note = "what can be rebuilt is the rows of a projection: `#[derive(Projection)]`"
)]
pub trait Rebuild: Projection {}

#[diagnostic::do_not_recommend]
impl<P: Projection> Rebuild for P {}

/// A projection of events. Implemented by [`#[derive(Projection)]`](macro@crate::Projection) with
/// `events(..)` or `event = ..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection of events",
    label = "not a projection of events",
    note = "a projection with `follows = ..` is kept together with the one that it follows:\n\
            `Pipeline::of::<..>().followed_by::<{Self}>()`",
    note = "a reactor is run by `Runner::react`"
)]
pub trait EventProjection: Projection {
    /// The events that are projected, each of their sets.
    const EVENTS: &'static [&'static [EventType]];

    /// Adds what is to be done with a stored event, if it is projected.
    ///
    /// # Errors
    ///
    /// [`DecodeError`], and then nothing was added.
    fn read(event: &StoredEvent<'_>, steps: &mut Steps<Self>) -> Result<(), DecodeError>;
}

/// A projection of the changed rows of another one. Implemented by
/// [`#[derive(Projection)]`](macro@crate::Projection) with `follows = ..`.
pub trait RowProjection: Projection {
    /// The projection whose rows it follows.
    type Source: Projection;

    /// Adds what is to be done with a changed row.
    fn read(change: &RowChange<Self::Source>, steps: &mut Steps<Self>);
}

/// What one event, or any of a set, means to the row of its key.
///
/// It returns nothing, a [`Row`], or a `Result` of one of these, which is then named:
/// `impl Project<ItemAdded, Result<(), MyError>> for Demand`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` means to it",
    label = "no `impl Project<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl Project<{E}> for {Self} {{\n    \
                fn project(&mut self, event: &Recorded<{E}>) {{ .. }}\n\
            }}"
)]
pub trait Project<E, O = ()>: ProjectsEvent<E> {
    /// Takes the event into the row.
    fn project(&mut self, event: &Recorded<E>) -> O;
}

/// What one event, or any of a set, means to a row, where it may belong to several: the trait for
/// `keys = ..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` means to it",
    label = "no `impl ProjectAt<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl ProjectAt<{E}> for {Self} {{\n    \
                fn project_at(&mut self, key: &Key, event: &Recorded<{E}>) {{ .. }}\n\
            }}"
)]
pub trait ProjectAt<E, O = ()>: ProjectsEvent<E> {
    /// Takes the event into the row of this key.
    fn project_at(&mut self, key: &Key, event: &Recorded<E>) -> O;
}

/// What a changed row of the projection `S` means to a row that follows it: the trait for
/// `follows = ..`.
///
/// Which changes there are depends on how many events were taken at once; only their sum does not.
/// So take away what the row [was](RowChange::before), and add what it [is](RowChange::after).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a changed row of `{S}` means to it",
    label = "no `impl Follow<{S}> for {Self}`",
    note = "write one:\n\
            impl Follow<{S}> for {Self} {{\n    \
                fn follow(&mut self, key: &Key, change: &RowChange<{S}>) {{ .. }}\n\
            }}"
)]
pub trait Follow<S, O = ()> {
    /// Takes the change into the row of this key.
    fn follow(&mut self, key: &Key, change: &RowChange<S>) -> O;
}

/// Says that `Self` projects `E`. Implemented by
/// [`#[derive(Projection)]`](macro@crate::Projection).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[projection(.., events(.., {E}))]` on `{Self}`"
)]
pub trait ProjectsEvent<E> {}
