//! How a reactor is doing.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use super::error::{MaintainError, ReadModelError};
use super::model::Generation;
use super::model_id::ModelId;
use super::parked::ParkedOf;
use super::parking::Parked;
use super::progress::Progress;
use super::store::ReadModelStore;
use crate::projection::{Key, ToKey};
use crate::reactor::Reactor;

/// How the reactor `R` is doing, to be asked in any process. Cheap to clone.
///
/// ```
/// use eventsource_core::{
///     Aggregate, Apply, Delivery, Id, MemoryReadModels, MemoryStore, React, Reactor, Recorded,
///     Repository, Runner, event,
/// };
/// use eventsource_core::read_model::Reactions;
///
/// # #[event] pub enum CartEvent { CheckedOut { email: String } }
/// # #[derive(Aggregate, Default)] #[aggregate(event = CartEvent)] pub struct Cart;
/// # impl Apply<CartEvent> for Cart { fn apply(&mut self, _: CartEvent) {} }
/// #[derive(Reactor)]
/// #[reactor(name = "receipts", event = CartEvent(CheckedOut))]
/// struct Receipts {
///     is_online: bool,
/// }
///
/// impl React<CartEvent> for Receipts {
///     type Error = String;
///
///     async fn react(&self, _: &Recorded<CartEvent>, _: &Delivery) -> Result<(), String> {
///         if self.is_online { Ok(()) } else { Err("nobody answers".to_owned()) }
///     }
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (store, models) = (MemoryStore::new(), MemoryReadModels::new());
/// let runner = |is_online| {
///     Runner::new(store.clone(), models.clone()).react(Receipts { is_online })
/// };
/// runner(false).catch_up().await?; // from now on
/// let carts = Repository::<Cart>::new(store.clone());
/// let (id, email) = (Id::new(), "ann@example.org".to_owned());
/// let checked_out = CartEvent::CheckedOut { email };
/// carts.execute(id, |_| Ok::<_, std::fmt::Error>(checked_out.clone())).await?;
/// runner(false).catch_up().await?;
///
/// let receipts = Reactions::<Receipts>::new(models.clone());
/// let parked = receipts.parked(None, 10).await?;
/// assert_eq!((parked[0].reason.as_str(), parked[0].attempts), ("nobody answers", 1));
/// receipts.unpark(&carts.stream(id)).await?; // for a runner that is there: now, not in a second
/// runner(true).catch_up().await?;
/// assert_eq!(receipts.parked(None, 10).await?, []);
/// # Ok(()) }
/// ```
pub struct Reactions<R> {
    models: Arc<dyn ReadModelStore>,
    reactor: PhantomData<fn() -> R>,
}

impl<R: Reactor> Reactions<R> {
    /// Of the reactor whose place is stored in `models`.
    pub fn new(models: impl ReadModelStore) -> Self {
        Self {
            models: Arc::new(models),
            reactor: PhantomData,
        }
    }

    /// How far it is, and what became of it; `None` if it was never started.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub async fn progress(&self) -> Result<Option<Progress>, ReadModelError> {
        let id = ModelId::reactor(R::NAME);
        self.models.progress(id, Generation::Serving).await
    }

    /// At most `limit` parked streams, from the first one after `after` on: what failed, and how many
    /// events wait. Their keys have three parts: tenant, category and root id.
    ///
    /// # Errors
    ///
    /// [`ReadModelError::NotFound`], or that the store failed.
    pub async fn parked(
        &self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Parked>, ReadModelError> {
        self.parked_keys().page(after, limit).await
    }

    /// Lets a parked stream be tried now, and not only when its time has come: by its
    /// [`StreamId`](crate::StreamId) or its key. The runner of the reactor retries it within a second. A
    /// program with mended code tries all of them when it starts. The answer is whether the stream is
    /// parked.
    ///
    /// # Errors
    ///
    /// [`MaintainError::NotFound`], or that the store failed.
    pub async fn unpark<K: ToKey + ?Sized>(&self, stream: &K) -> Result<bool, MaintainError> {
        let key = Some(Key::of(stream));
        Ok(self.parked_keys().unpark(key).await? > 0)
    }

    /// The same for every parked stream. The answer is how many are parked.
    ///
    /// # Errors
    ///
    /// See [`unpark`](Self::unpark).
    pub async fn unpark_all(&self) -> Result<u64, MaintainError> {
        self.parked_keys().unpark(None).await
    }

    fn parked_keys(&self) -> ParkedOf<'_> {
        ParkedOf {
            models: &*self.models,
            id: ModelId::reactor(R::NAME),
        }
    }
}

impl<R> Clone for Reactions<R> {
    fn clone(&self) -> Self {
        Self {
            models: Arc::clone(&self.models),
            reactor: PhantomData,
        }
    }
}

impl<R: Reactor> fmt::Debug for Reactions<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Reactions").field(&R::NAME).finish()
    }
}
