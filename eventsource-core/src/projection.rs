//! Projections: folds of events into the rows of read models.

mod change;
mod key;
pub(crate) mod key_argument;
mod row;
mod rows;
mod steps;
mod stored_row;
mod user_code;

use crate::codec::DecodeError;
use crate::event::{EventType, Recorded};
use crate::store::StoredEvent;
pub use change::RowChange;
pub use key::{IntoKeys, Key, KeyBuilder, KeyError, KeyPart, ToKey};
pub(crate) use row::BoxError;
pub use row::{IntoRow, Row};
pub(crate) use rows::{ChangeRows, EventRows, JsonChange, Rows, SourceChanges, TypedRows};
pub(crate) use steps::StepList;
pub use steps::Steps;
pub use stored_row::StoredRow;
pub(crate) use user_code::{catch_decode, ensure_printable, read_row, run_step, write_row};

/// A fold over the events of many streams into the rows of a read model. The type is one row, found by
/// a key. Implemented by [`#[derive(Projection)]`](macro@crate::Projection).
///
/// Before the first event of its key, a row is the `Default`.
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
///     fn project(&mut self, recorded: &Recorded<CartEvent>) {
///         match &recorded.event {
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
    /// The name of the read model.
    const NAME: &'static str;

    /// The version of the projection. A new version is built beside the old one.
    const VERSION: u32;

    /// The names of the parts of the key.
    const KEY: &'static [&'static str];

    /// The key as in the attribute, such as `key = Self::key`. It is a part of the
    /// [fingerprint](crate::read_model::ModelFingerprint) of the model.
    const KEY_SOURCE: &'static str = "";

    /// Whether an event that fails stops the projection, instead of
    /// [parking](crate::read_model::Parked) its key.
    const STOP_ON_ERROR: bool = false;
}

/// A type that can be built anew from the first event on: every [`Projection`], and nothing with side
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
    /// The events that are projected, by their sets.
    const EVENTS: &'static [&'static [EventType]];

    /// Adds the steps of a stored event, if it is projected.
    ///
    /// # Errors
    ///
    /// [`DecodeError`]; then no step is added.
    fn read(event: &StoredEvent<'_>, steps: &mut Steps<Self>) -> Result<(), DecodeError>;
}

/// A projection of the changed rows of another one. Implemented by
/// [`#[derive(Projection)]`](macro@crate::Projection) with `follows = ..`.
pub trait RowProjection: Projection {
    /// The projection whose rows it follows.
    type Source: Projection;

    /// Adds the steps of a changed row.
    fn read(change: &RowChange<Self::Source>, steps: &mut Steps<Self>);
}

/// Applies an event, or each event of a set, to the row of its key.
///
/// [`project`](Self::project) returns nothing, a [`Row`], or a `Result` of one of these. Another return
/// type than `()` is named in the trait: `impl Project<ItemAdded, Result<(), MyError>> for Demand`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` means to it",
    label = "no `impl Project<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl Project<{E}> for {Self} {{\n    \
                fn project(&mut self, recorded: &Recorded<{E}>) {{ .. }}\n\
            }}"
)]
pub trait Project<E, O = ()>: ProjectsEvent<E> {
    /// Applies the event to the row.
    fn project(&mut self, recorded: &Recorded<E>) -> O;
}

/// Applies an event, or each event of a set, to a row, where the event may have several keys: the trait
/// for `keys = ..`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` means to it",
    label = "no `impl ProjectAt<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl ProjectAt<{E}> for {Self} {{\n    \
                fn project_at(&mut self, key: &Key, recorded: &Recorded<{E}>) {{ .. }}\n\
            }}"
)]
pub trait ProjectAt<E, O = ()>: ProjectsEvent<E> {
    /// Applies the event to the row of this key.
    fn project_at(&mut self, key: &Key, recorded: &Recorded<E>) -> O;
}

/// Applies a changed row of the projection `S` to a row that follows it: the trait for `follows = ..`.
///
/// The number of changes depends on the size of the batches; only their sum does not. So subtract the
/// contribution of the row [before](RowChange::before), and add that of the row
/// [after](RowChange::after) the change.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what a changed row of `{S}` means to it",
    label = "no `impl Follow<{S}> for {Self}`",
    note = "write one:\n\
            impl Follow<{S}> for {Self} {{\n    \
                fn follow(&mut self, key: &Key, change: &RowChange<{S}>) {{ .. }}\n\
            }}"
)]
pub trait Follow<S, O = ()> {
    /// Applies the change to the row of this key.
    fn follow(&mut self, key: &Key, change: &RowChange<S>) -> O;
}

/// Marks that `Self` projects `E`. Implemented by
/// [`#[derive(Projection)]`](macro@crate::Projection).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[projection(.., events(.., {E}))]` on `{Self}`"
)]
pub trait ProjectsEvent<E> {}
