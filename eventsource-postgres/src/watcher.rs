//! The watch of the head, which other processes move too.

use std::sync::Weak;
use std::time::Duration;

use crate::database::connection::Connection;
use crate::read;
use crate::shared::Shared;

/// A server that cannot be reached is tried again after this time.
const PAUSE: Duration = Duration::from_millis(500);

/// Asks for the head while it is watched, on a connection of its own, until the store is dropped.
pub(crate) async fn watch(store: Weak<Shared>) {
    let mut connection = None;
    loop {
        let Some(shared) = store.upgrade() else {
            return;
        };
        let pause = if ask(&shared, &mut connection).await.is_ok() {
            shared.poll_interval
        } else {
            connection = None;
            PAUSE.max(shared.poll_interval)
        };
        drop(shared);
        tokio::time::sleep(pause).await;
    }
}

async fn ask(shared: &Shared, connection: &mut Option<Connection>) -> Result<(), ()> {
    if !shared.head.is_watched() {
        return Ok(());
    }
    if connection.is_none() {
        let opened = Connection::open(&shared.config).await;
        *connection =
            Some(opened.map_err(|error| tracing::debug!(%error, "the head is not watched"))?);
    }
    let Some(open) = connection else {
        return Err(());
    };
    let head = read::head(&open.client, &shared.statements).await;
    let head = head.map_err(|error| tracing::debug!(%error, "the head is not watched"))?;
    shared.head.move_to(head.position());
    Ok(())
}
