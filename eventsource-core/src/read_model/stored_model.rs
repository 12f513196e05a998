//! The models that a store of read models has.

use super::model::{Generation, ModelKind};
use super::progress::Progress;

/// A model that a store of read models has, at one place: for tools that list or check what is
/// there, without knowing the projections of a program.
///
/// ```
/// use eventsource_core::{MemoryReadModels, ReadModelStore};
/// use eventsource_core::read_model::{Claim, Model, ModelKind, Generation};
/// use eventsource_core::uuid::Uuid;
///
/// # use eventsource_core::store::{LogId, StoreId};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let source = LogId::new(StoreId::new(Uuid::nil()), 0);
/// let models = MemoryReadModels::new();
/// let receipts = Model::reactor("receipts");
/// models.claim(Claim::new(receipts, Generation::Serving, source, Uuid::now_v7())).await?;
///
/// let stored = models.models().await?;
/// assert_eq!((stored[0].name.as_str(), stored[0].kind), ("receipts", ModelKind::Reactor));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_structs, reason = "a store has to fill all of it")]
pub struct StoredModel {
    /// The name.
    pub name: String,
    /// The version; 0 for a reactor, which has none.
    pub version: u32,
    /// Whether it is a projection or a reactor.
    pub kind: ModelKind,
    /// Which generation it is: the one that readers read, or the one that is being rebuilt.
    pub generation: Generation,
    /// How far it is, and who writes it.
    pub progress: Progress,
}
