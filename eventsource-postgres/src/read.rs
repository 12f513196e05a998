//! Reading the tables.

pub(crate) mod log;
pub(crate) mod receipt;
pub(crate) mod rows;
pub(crate) mod selection;
pub(crate) mod stream;

use eventsource_core::store::StoreError;
use eventsource_core::{Horizon, Timestamp};
use tokio_postgres::{Client, Error};

use crate::database::statements::Statements;
use crate::failure::failed;
use rows::commit_header;

pub(crate) fn not_read(error: Error) -> StoreError {
    failed("the events were not read", error)
}

/// The end of the log.
pub(crate) async fn head(client: &Client, statements: &Statements) -> Result<Horizon, StoreError> {
    let row = client.query_typed_opt(&statements.end, &[]).await;
    let row = row.map_err(not_read)?;
    let end = row.map(|row| commit_header(&row, 0)).transpose()?;
    Ok(end.map_or(Horizon::START, |end| end.horizon()))
}

/// When the last commit was recorded.
pub(crate) async fn last_time(
    client: &Client,
    statements: &Statements,
) -> Result<Timestamp, StoreError> {
    let row = client.query_typed_opt(&statements.end, &[]).await;
    let row = row.map_err(not_read)?;
    let end = row.map(|row| commit_header(&row, 0)).transpose()?;
    Ok(end.map_or_else(Timestamp::default, |end| end.recorded_at))
}
