//! Reading the tables.

pub(crate) mod log;
pub(crate) mod receipt;
pub(crate) mod rows;
pub(crate) mod selection;
pub(crate) mod stream;

use eventsource_core::Horizon;
use eventsource_core::store::{CommitHeader, StoreError};
use tokio_postgres::{Client, Error};

use crate::database::statements::Statements;
use crate::failure::failed;
use rows::commit_header;

pub(crate) fn not_read(error: Error) -> StoreError {
    failed("the events were not read", error)
}

/// The end of the log, as a reader goes on from there.
pub(crate) async fn head(client: &Client, statements: &Statements) -> Result<Horizon, StoreError> {
    let end = end(client, statements).await?;
    Ok(end.map_or(Horizon::START, |end| end.horizon()))
}

/// The last commit of the log.
pub(crate) async fn end(
    client: &Client,
    statements: &Statements,
) -> Result<Option<CommitHeader>, StoreError> {
    let row = client.query_typed_opt(&statements.end, &[]).await;
    let row = row.map_err(not_read)?;
    row.map(|row| commit_header(&row, 0)).transpose()
}
