//! Receipts of stored commits.

use std::collections::HashMap;

use eventsource_core::engine::ReceiptBuilder;
use eventsource_core::store::{CommitHeader, StoreError, StoreErrorKind};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Receipt, StreamId};
use tokio_postgres::Client;
use tokio_postgres::types::Type;

use super::not_read;
use super::rows::{commit_header, stream_id};
use crate::database::statements::Statements;

/// The receipt of the commit under an id whose first event went to a stream.
pub(crate) async fn find(
    client: &Client,
    statements: &Statements,
    first: &StreamId,
    id: Uuid,
) -> Result<Option<Receipt>, StoreError> {
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] = [
        (&first.tenant(), Type::TEXT),
        (&first.category(), Type::TEXT),
        (&first.root_id(), Type::UUID),
        (&id, Type::UUID),
    ];
    let row = client
        .query_typed_opt(&statements.commit_under_id, &values)
        .await;
    match row.map_err(not_read)? {
        Some(row) => of(client, statements, commit_header(&row, 0)?)
            .await
            .map(Some),
        None => Ok(None),
    }
}

/// The receipt of a commit.
pub(crate) async fn of(
    client: &Client,
    statements: &Statements,
    commit: CommitHeader,
) -> Result<Receipt, StoreError> {
    let bounds = [commit.first, commit.last()].map(|it| it.offset().get().cast_signed());
    let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 2] =
        [(&bounds[0], Type::INT8), (&bounds[1], Type::INT8)];
    let rows = client
        .query_typed(&statements.streams_of_commit, &values)
        .await;
    let rows = rows.map_err(not_read)?;
    if rows.len() != commit.events as usize {
        let first = commit.first;
        let message =
            format!("events of the commit at position {first} are missing; restore a backup");
        return Err(StoreError::new(StoreErrorKind::Corrupt, message));
    }
    let mut names = HashMap::new();
    let mut builder = ReceiptBuilder::<i64>::new(commit);
    for row in &rows {
        let stream = row.get(0);
        names.entry(stream).or_insert_with(|| stream_id(row, 2));
        builder.add(stream, row.get::<_, i64>(1).cast_unsigned());
    }
    builder.finish(|stream| Ok(names[&stream].clone()))
}
