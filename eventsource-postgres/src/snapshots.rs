//! States that save folding.

use eventsource_core::store::{
    BoxFuture, Fingerprint, Limits, Snapshot, SnapshotStore, StoreError,
};
use eventsource_core::{Position, ReadError, Revision, StreamId};
use tokio_postgres::Error;
use tokio_postgres::types::{ToSql, Type};

use crate::failure::failed;
use crate::read::selection::is_impossible;
use crate::store::PostgresStore;

impl SnapshotStore for PostgresStore {
    fn newest(
        &self,
        stream: StreamId,
        fingerprint: Fingerprint,
    ) -> BoxFuture<'_, Result<Option<Snapshot>, ReadError>> {
        Box::pin(async move {
            if is_impossible(&stream) {
                return Ok(None);
            }
            let shared = self.shared();
            let client = shared.connection().await?;
            let fingerprint_bytes = &fingerprint.as_bytes()[..];
            let values: [(&(dyn ToSql + Sync), Type); 4] = [
                (&stream.tenant(), Type::TEXT),
                (&stream.category(), Type::TEXT),
                (&stream.root_id(), Type::UUID),
                (&fingerprint_bytes, Type::BYTEA),
            ];
            let row = client
                .query_typed_opt(&shared.statements.newest_snapshot, &values)
                .await;
            let row = row.map_err(|error| failed("the snapshot was not read", error))?;
            Ok(row.map(|row| {
                let (version, position): (i64, i64) = (row.get(0), row.get(1));
                let check: i64 = row.get(2);
                let revision = Revision::with_check(
                    version.cast_unsigned(),
                    Position::new(position.cast_unsigned()),
                    u32::try_from(check).unwrap_or_default(),
                );
                Snapshot::new(stream, fingerprint, revision, row.get(3))
            }))
        })
    }

    /// A snapshot at a revision that the stream does not have is of another history, and is not kept.
    fn keep(&self, snapshot: Snapshot) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            Limits::DEFAULT.check_snapshot(&snapshot)?;
            if is_impossible(&snapshot.stream) {
                return Ok(());
            }
            let shared = self.shared();
            let client = shared.connection().await?;
            let (stream, revision) = (&snapshot.stream, snapshot.revision);
            let version = revision.version().cast_signed();
            let position = revision.position().offset().get().cast_signed();
            let values: [(&(dyn ToSql + Sync), Type); 5] = [
                (&stream.tenant(), Type::TEXT),
                (&stream.category(), Type::TEXT),
                (&stream.root_id(), Type::UUID),
                (&version, Type::INT8),
                (&position, Type::INT8),
            ];
            let row = client
                .query_typed_opt(&shared.statements.commit_at_revision, &values)
                .await;
            let Some(row) = row.map_err(not_kept)? else {
                return Ok(());
            };
            let number: i64 = row.get(0);
            let stored = Revision::new(revision.version(), revision.position(), row.get(1));
            if stored != revision {
                return Ok(());
            }
            let (fingerprint, check) = (
                &snapshot.fingerprint.as_bytes()[..],
                i64::from(revision.check()),
            );
            let state = &snapshot.state[..];
            let values: [(&(dyn ToSql + Sync), Type); 6] = [
                (&number, Type::INT8),
                (&fingerprint, Type::BYTEA),
                (&version, Type::INT8),
                (&position, Type::INT8),
                (&check, Type::INT8),
                (&state, Type::BYTEA),
            ];
            let kept = client
                .execute_typed(&shared.statements.keep_snapshot, &values)
                .await;
            kept.map(drop).map_err(not_kept)
        })
    }
}

fn not_kept(error: Error) -> StoreError {
    failed("the snapshot was not kept", error)
}
