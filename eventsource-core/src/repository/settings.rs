//! The settings of a repository.

use std::borrow::Cow;
use std::sync::Arc;

use super::cache::Cache;
use crate::aggregate::ShapeError;
use crate::codec::Codec;
use crate::read_model::ReadModelStore;
use crate::store::{EventLog, Fingerprint, StreamStore};
use crate::values::Environment;

/// The settings of a repository.
#[derive(Clone)]
pub struct Settings {
    pub(super) store: Arc<dyn StreamStore>,
    pub(super) tenant: Cow<'static, str>,
    pub(super) codec: Codec,
    pub(super) environment: Arc<dyn Environment>,
    /// The fingerprint of the aggregate's snapshots, if it has snapshots.
    pub(super) fingerprint: Option<Result<Fingerprint, ShapeError>>,
    pub(super) cache: Option<Arc<Cache>>,
    /// The log that the read models follow, and their store.
    pub(super) read_models: Option<(Arc<dyn EventLog>, Arc<dyn ReadModelStore>)>,
}
