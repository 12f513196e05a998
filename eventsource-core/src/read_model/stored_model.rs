//! The models that a store of read models has.

use super::model::Generation;
use super::model_id::ModelId;
use super::progress::Progress;

/// A model that a store of read models has, at one place: for tools that list or check what is
/// there, without knowing the projections of a program.
///
/// ```
/// use eventsource_core::{MemoryReadModels, ReadModelStore};
/// use eventsource_core::read_model::{Claim, Generation, Model, ModelId};
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
/// assert_eq!(stored[0].id, ModelId::reactor("receipts"));
/// # Ok(()) }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredModel {
    /// The name, with the version of a projection.
    pub id: ModelId,
    /// Which generation it is: the one that readers read, or the one that is being rebuilt.
    pub generation: Generation,
    /// How far it is, and who writes it.
    pub progress: Progress,
}

impl StoredModel {
    /// The generation of a model with its progress.
    #[must_use]
    pub const fn new(id: ModelId, generation: Generation, progress: Progress) -> Self {
        Self {
            id,
            generation,
            progress,
        }
    }
}
