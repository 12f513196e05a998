//! Inline projections of a store that is open.

use std::sync::Arc;

use eventsource_core::engine::inline::{InlineProjection, Registering};
use eventsource_core::projection::EventProjection;

use super::SqliteStore;
use crate::failure::Failure;
use crate::models::{self, InlineError};

impl SqliteStore {
    /// Builds an inline projection anew in the same version, beside the rows that are there, and
    /// puts them in their place once they are at the head. Appends go on meanwhile, and obey the
    /// old rows until then.
    ///
    /// ```
    /// # use eventsource_core::{Project, Projection, Recorded, event};
    /// # use eventsource_sqlite::SqliteStore;
    /// # use serde::{Deserialize, Serialize};
    /// # #[event] pub struct Opened { email: String }
    /// # #[derive(Projection, Default, Serialize, Deserialize)]
    /// # #[projection(name = "emails", version = 1, key = email, events(Opened))]
    /// # struct Emails { accounts: u32 }
    /// # impl Project<Opened> for Emails {
    /// #     fn project(&mut self, _: &Recorded<Opened>) { self.accounts += 1; }
    /// # }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let path = directory.path().join("shop.db");
    /// let store = SqliteStore::builder().inline::<Emails>().open(path).await?;
    /// store.rebuild_inline::<Emails>().await?;
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// `Unsupported` if it is not registered in this version, [`InlineError::Rule`] if it refuses
    /// something of the history by now, [`InlineError::Mismatch`], or that the store failed; then the
    /// old rows stay.
    pub async fn rebuild_inline<P: EventProjection>(&self) -> Result<(), InlineError> {
        let projection = (InlineProjection::of::<P>(), Registering::Anew);
        self.register(vec![projection]).await
    }

    pub(crate) async fn register(
        &self,
        projections: Vec<(InlineProjection, Registering)>,
    ) -> Result<(), InlineError> {
        let shared = &self.opened().shared;
        let of_task = Arc::clone(shared);
        let register =
            move || async move { Failure::part(models::register(&of_task, &projections).await) };
        let registered = shared.execution.run("building", register).await;
        registered.map_err(|fault| shared.error(fault))?
    }
}
