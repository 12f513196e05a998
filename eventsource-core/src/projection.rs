//! Projections: folds of events into the rows of read models.
//!
//! # Example
//!
//! The rows of three projections change in one transaction: one row for each product, one for each label of a
//! product, and one with the sum of the products, which follows the first projection.
//!
//! ```
//! use eventsource_core::testing::RowsScenario;
//! use eventsource_core::runner::Pipeline;
//! use eventsource_core::{
//!     Aggregate, Apply, Follow, Id, Key, Project, ProjectAt, Projection, Recorded, Row, RowChange, event,
//! };
//! use serde::{Deserialize, Serialize};
//!
//! #[event]
//! pub struct ItemAdded {
//!     sku: String,
//!     labels: Vec<String>,
//! }
//! # #[derive(Aggregate, Default)] #[aggregate(category = "cart", events(ItemAdded))] pub struct Cart;
//! # impl Apply<ItemAdded> for Cart { fn apply(&mut self, _: ItemAdded) {} }
//!
//! #[derive(Projection, Default, Debug, PartialEq, Serialize, Deserialize)]
//! #[projection(name = "demand", version = 1, key = sku, events(ItemAdded))]
//! struct Demand {
//!     added: u64,
//! }
//!
//! impl Project<ItemAdded> for Demand {
//!     fn project(&mut self, _: &Recorded<ItemAdded>) {
//!         self.added += 1;
//!     }
//! }
//!
//! #[derive(Projection, Default, Debug, PartialEq, Serialize, Deserialize)]
//! #[projection(name = "labels", version = 1, keys = Self::labels, columns(label), events(ItemAdded))]
//! struct Label {
//!     added: u64,
//! }
//!
//! impl Label {
//!     fn labels(recorded: &Recorded<ItemAdded>) -> Vec<String> {
//!         recorded.event.labels.clone()
//!     }
//! }
//!
//! impl ProjectAt<ItemAdded> for Label {
//!     fn project_at(&mut self, _: &Key, _: &Recorded<ItemAdded>) {
//!         self.added += 1;
//!     }
//! }
//!
//! #[derive(Projection, Default, Debug, PartialEq, Serialize, Deserialize)]
//! #[projection(name = "total", version = 1, follows = Demand, keys = Self::keys, columns(of))]
//! struct Total {
//!     added: u64,
//! }
//!
//! impl Total {
//!     fn keys(_: &RowChange<Demand>) -> &'static str {
//!         "all"
//!     }
//! }
//!
//! impl Follow<Demand> for Total {
//!     fn follow(&mut self, _: &Key, change: &RowChange<Demand>) {
//!         self.added -= change.before().map_or(0, |row| row.added);
//!         self.added += change.after().map_or(0, |row| row.added);
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() {
//! let added = |sku: &str, label: &str| ItemAdded { sku: sku.into(), labels: vec![label.into()] };
//! let events = [added("tea", "hot"), added("tea", "hot"), added("juice", "cold")];
//! RowsScenario::of::<Label>()
//!     .given::<Cart>(Id::new(), events.clone())
//!     .then_rows([("cold", Label { added: 1 }), ("hot", Label { added: 2 })])
//!     .await;
//! RowsScenario::<Total>::in_pipeline(Pipeline::of::<Demand>().followed_by::<Total>())
//!     .given::<Cart>(Id::new(), events)
//!     .then_rows([("all", Total { added: 3 })])
//!     .await;
//! # }
//! ```
//!
//! # What the derive implements
//!
//! The derive implements the traits below. A program may implement them itself, as for a key that depends
//! on a configuration:
//!
//! ```
//! use eventsource_core::codec::DecodeError;
//! use eventsource_core::event::{EventSet, EventType};
//! use eventsource_core::projection::{EventProjection, ProjectsEvent, RowProjection, Steps};
//! use eventsource_core::store::StoredEvent;
//! use eventsource_core::{
//!     Follow, Id, Key, MemoryReadModels, MemoryStore, Project, Projection, ReadModel, Recorded,
//!     Repository, RowChange, Runner, event,
//! };
//! use eventsource_core::runner::Pipeline;
//! # use eventsource_core::{Aggregate, Apply};
//! use serde::{Deserialize, Serialize};
//!
//! #[event]
//! pub struct ItemAdded {
//!     sku: String,
//! }
//! # #[derive(Aggregate, Default)] #[aggregate(events(ItemAdded))] pub struct Cart;
//! # impl Apply<ItemAdded> for Cart { fn apply(&mut self, _: ItemAdded) {} }
//!
//! #[derive(Default, Serialize, Deserialize)]
//! struct Demand {
//!     added: u64,
//! }
//!
//! impl Projection for Demand {
//!     const NAME: &'static str = "demand";
//!     const VERSION: u32 = 1;
//!     const KEY: &'static [&'static str] = &["sku"];
//! }
//!
//! impl ProjectsEvent<ItemAdded> for Demand {}
//!
//! impl Project<ItemAdded> for Demand {
//!     fn project(&mut self, _: &Recorded<ItemAdded>) {
//!         self.added += 1;
//!     }
//! }
//!
//! impl EventProjection for Demand {
//!     const EVENTS: &'static [&'static [EventType]] = &[<ItemAdded as EventSet>::EVENTS];
//!
//!     fn read(event: &StoredEvent<'_>, steps: &mut Steps<Self>) -> Result<(), DecodeError> {
//!         if Steps::<Self>::wants::<ItemAdded>(event) {
//!             steps.project(event, |recorded: &Recorded<ItemAdded>| recorded.event.sku.clone())?;
//!         }
//!         Ok(())
//!     }
//! }
//!
//! #[derive(Default, Serialize, Deserialize)]
//! struct Total {
//!     added: u64,
//! }
//!
//! impl Projection for Total {
//!     const NAME: &'static str = "total";
//!     const VERSION: u32 = 1;
//!     const KEY: &'static [&'static str] = &["of"];
//! }
//!
//! impl Follow<Demand> for Total {
//!     fn follow(&mut self, _: &Key, change: &RowChange<Demand>) {
//!         self.added -= change.before().map_or(0, |row| row.added);
//!         self.added += change.after().map_or(0, |row| row.added);
//!     }
//! }
//!
//! impl RowProjection for Total {
//!     type Source = Demand;
//!
//!     fn read(change: &RowChange<Demand>, steps: &mut Steps<Self>) {
//!         steps.follow(change, |_, each| each(Key::of("all")));
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
//! let carts = Repository::<Cart>::new(store.clone());
//! for sku in ["tea", "juice"] {
//!     let added = ItemAdded { sku: sku.into() };
//!     carts.execute(Id::new(), |_| Ok::<_, std::fmt::Error>(added.clone())).await?;
//! }
//! let pipeline = Pipeline::of::<Demand>().followed_by::<Total>();
//! Runner::new(store.clone(), models.clone()).run(pipeline).catch_up().await?;
//! let total = ReadModel::<Total>::new(store, models).get("all").await?;
//! assert_eq!(total.unwrap().added, 2);
//! # Ok(()) }
//! ```

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
pub use row::{IntoBoxError, IntoRow, Row};
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
#[doc(alias("materialized view", "projector", "query model", "read model", "view"))]
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
///
/// [Example](crate::runner#example).
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
///
/// [Example](crate::projection#example).
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
///
/// [Example](crate::projection#example).
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
///
/// [Example](crate::projection#example).
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say what `{E}` means to it",
    label = "no `impl Project<{E}> for {Self}`",
    note = "every event that `{Self}` lists needs one:\n\
            impl Project<{E}> for {Self} {{\n    \
                fn project(&mut self, recorded: &Recorded<{E}>) {{ .. }}\n\
            }}"
)]
#[doc(alias("denormalizer", "event handler", "projector"))]
pub trait Project<E, O = ()>: ProjectsEvent<E> {
    /// Applies the event to the row.
    fn project(&mut self, recorded: &Recorded<E>) -> O;
}

/// Applies an event, or each event of a set, to a row, where the event may have several keys: the trait
/// for `keys = ..`.
///
/// [Example](crate::projection#example).
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
///
/// [Example](crate::projection#example).
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
///
/// [Example](crate::projection#example).
#[diagnostic::on_unimplemented(
    message = "`{E}` is not one of the events of `{Self}`",
    label = "`{Self}` does not list `{E}`",
    note = "list it: `#[projection(.., events(.., {E}))]` on `{Self}`"
)]
pub trait ProjectsEvent<E> {}
