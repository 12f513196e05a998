//! Where and how aggregates are kept.

use std::borrow::Cow;
use std::sync::Arc;

use super::cache::Cache;
use crate::aggregate::ShapeError;
use crate::codec::Codec;
use crate::read_model::ReadModelStore;
use crate::store::{EventLog, Fingerprint, StreamStore};
use crate::values::Environment;

/// Where and how the aggregates are kept.
#[derive(Clone)]
pub struct Settings {
    pub(super) store: Arc<dyn StreamStore>,
    pub(super) tenant: Cow<'static, str>,
    pub(super) codec: Codec,
    pub(super) environment: Arc<dyn Environment>,
    /// Of the aggregate's snapshots, if it has any.
    pub(super) fingerprint: Option<Result<Fingerprint, ShapeError>>,
    pub(super) cache: Option<Arc<Cache>>,
    pub(super) read_models: Option<(Arc<dyn EventLog>, Arc<dyn ReadModelStore>)>,
}
