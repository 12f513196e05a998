//! Where and how aggregates are kept.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::cache::Cache;
use crate::aggregate::ShapeError;
use crate::codec::Codec;
use crate::read_model::ReadModelStore;
use crate::store::{EventStore, Fingerprint};
use crate::values::Environment;

/// Where and how the aggregates are kept.
#[derive(Clone)]
pub struct Settings {
    pub(super) store: Arc<dyn EventStore>,
    pub(super) tenant: Cow<'static, str>,
    pub(super) codec: Codec,
    pub(super) environment: Arc<dyn Environment>,
    /// Of the aggregate's snapshots, if it has any.
    pub(super) fingerprint: Option<Result<Fingerprint, ShapeError>>,
    pub(super) cache: Option<Arc<Cache>>,
    pub(super) read_models: Option<Arc<dyn ReadModelStore>>,
    /// Until the store says that it knows no [`Expect::Follows`](crate::store::Expect::Follows).
    pub(super) may_follow: Arc<AtomicBool>,
}
