//! Which keys of a model are parked, and letting them be tried again.

use super::error::{MaintainError, ReadModelError};
use super::model::Generation;
use super::model_id::ModelId;
use super::parking::{Parked, SelectParked};
use super::store::ReadModelStore;
use crate::projection::Key;

/// The parked keys of a model.
pub(crate) struct ParkedOf<'a> {
    pub(crate) models: &'a dyn ReadModelStore,
    pub(crate) id: ModelId,
}

impl ParkedOf<'_> {
    pub(crate) async fn page(
        self,
        after: Option<&Key>,
        limit: usize,
    ) -> Result<Vec<Parked>, ReadModelError> {
        let after = after.cloned();
        let select = SelectParked::After { after, limit };
        let parked = self.models.parked(self.id, Generation::Serving, select);
        Ok(parked.await?.1)
    }

    /// How many keys are tried at once: all, if none is given.
    pub(crate) async fn unpark(self, key: Option<Key>) -> Result<u64, MaintainError> {
        self.models.unpark(self.id, key).await
    }
}
