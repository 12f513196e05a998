//! The watch on the models of a store.

use tokio::sync::watch::{Receiver, Sender};

/// Waits for changes of the models of a store. It tells that there were changes since the last look, neither
/// which nor how many. [`ReadModelStore::watch_models`](super::ReadModelStore::watch_models) begins a watch; a
/// store has a [`ModelNotifier`].
///
/// ```
/// use eventsource_core::read_model::{Claim, Generation, Model, Table};
/// use eventsource_core::uuid::Uuid;
/// use eventsource_core::{EventLog, MemoryReadModels, MemoryStore, ReadModelStore};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let models = MemoryReadModels::new();
/// let mut watch = models.watch_models();
/// assert!(!watch.has_changed());
///
/// let model = Model::new("demand", 1, vec![Table::new("demand", 1, &["sku"])]);
/// let source = MemoryStore::new().log_id();
/// models.claim(Claim::new(model, Generation::Serving, source, Uuid::now_v7())).await?;
/// assert!(watch.changed().await);
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ModelWatch(Receiver<()>);

impl ModelWatch {
    /// Waits until a model changes; changes since the last call, or since [`mark_seen`](Self::mark_seen), count.
    /// `false` if the store is closed, so that no change comes any more. No change is lost if the future is
    /// dropped.
    pub async fn changed(&mut self) -> bool {
        self.0.changed().await.is_ok()
    }

    /// Whether there was a change that is not marked as seen. `false` if the store is closed.
    #[must_use]
    pub fn has_changed(&self) -> bool {
        self.0.has_changed().unwrap_or(false)
    }

    /// Marks the changes until now as seen.
    pub fn mark_seen(&mut self) {
        self.0.mark_unchanged();
    }
}

/// Tells watches that a model has changed, for a store that keeps models. The watches end when this is
/// dropped.
///
/// ```
/// use eventsource_core::read_model::ModelNotifier;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() {
/// let notifier = ModelNotifier::new();
/// let mut watch = notifier.watch();
/// notifier.notify();
/// assert!(watch.changed().await);
/// drop(notifier);
/// assert!(!watch.changed().await);
/// # }
/// ```
#[derive(Debug, Default)]
pub struct ModelNotifier(Sender<()>);

impl ModelNotifier {
    /// A notifier without watches.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Tells all watches that a model has changed.
    pub fn notify(&self) {
        self.0.send_replace(());
    }

    /// Begins a watch, which sees later changes.
    #[must_use]
    pub fn watch(&self) -> ModelWatch {
        ModelWatch(self.0.subscribe())
    }
}
