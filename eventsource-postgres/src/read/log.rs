//! Reading across streams.

use eventsource_core::engine::PageFiller;
use eventsource_core::store::{Page, ReadLog, StoreError};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Horizon, Query, ReadError};
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::rows::{EventRows, columns};
use super::selection::Selection;
use super::{head, not_read};
use crate::database::statements::Statements;
use crate::shared::Shared;

/// Reads a page of the events that match a query.
///
/// The statements are sent together, and the head is read first. Commits appear in the order of their
/// positions, so that everything up to this head is seen by the statements behind it.
pub(crate) async fn read(
    client: &Client,
    shared: &Shared,
    read: &ReadLog,
) -> Result<Page, ReadError> {
    let statements = &shared.statements;
    let limit = i64::try_from(read.max_events.max(1)).unwrap_or(i64::MAX);
    let Some(selection) = Selection::of(&read.query, &statements.schema) else {
        let head = checked_head(client, statements, read).await?;
        return Ok(PageFiller::of_log(read).finish(head, true));
    };
    let after = read.start.position().offset().get().cast_signed();
    let (head, mut rows) = tokio::try_join!(
        biased;
        checked_head(client, statements, read),
        async { Ok(select(client, shared, &selection, (after, i64::MAX), (limit, read.max_bytes)).await?) },
    )?;
    let is_large =
        rows.len() as u64 >= limit.cast_unsigned() || rows.payload_bytes() >= read.max_bytes;
    if let Some(last) = rows.last()?
        && last.position != last.commit.last()
    {
        let bounds = [last.position, last.commit.last()].map(|it| it.offset().get().cast_signed());
        let rest = select(
            client,
            shared,
            &selection,
            bounds.into(),
            (i64::MAX, usize::MAX),
        );
        rows.extend(rest.await?);
    }
    let mut filler = PageFiller::of_log(read);
    let query = (read.query != Query::all()).then_some(&read.query);
    let had_room = rows.fill(&mut filler, head.position(), query, &shared.types)?;
    let is_at_head = filler.through() == head;
    Ok(filler.finish(head, had_room && (is_at_head || !is_large)))
}

/// The head, if the log has the history that the reader has seen.
async fn checked_head(
    client: &Client,
    statements: &Statements,
    read: &ReadLog,
) -> Result<Horizon, ReadError> {
    let position = read.start.position().offset().get().cast_signed();
    let (head, containing) = tokio::try_join!(
        biased;
        head(client, statements),
        containing(client, statements, position),
    )?;
    ReadError::check_freshness(read.min_freshness, head.position())?;
    ReadError::check_horizon(read.start, head, |_| Ok::<_, ReadError>(containing))??;
    Ok(head)
}

/// The commit of the event at a position.
async fn containing(
    client: &Client,
    statements: &Statements,
    position: i64,
) -> Result<Option<Uuid>, StoreError> {
    let values: [(&(dyn ToSql + Sync), Type); 1] = [(&position, Type::INT8)];
    let row = client
        .query_typed_opt(&statements.containing, &values)
        .await;
    let row = row.map_err(not_read)?;
    Ok(row.and_then(|row| {
        let (first, events): (i64, i32) = (row.get(0), row.get(1));
        (position < first + i64::from(events)).then(|| row.get(2))
    }))
}

/// The matches after one position up to another, up to a number and a size.
async fn select(
    client: &Client,
    shared: &Shared,
    selection: &Selection,
    (after, last): (i64, i64),
    (limit, bytes): (i64, usize),
) -> Result<EventRows, StoreError> {
    let schema = &shared.statements.schema;
    let values = selection.values([&after, &last, &limit]);
    // A large payload is measured without being read.
    let bytes_number = values.len() + 1;
    let sql = format!(
        "SELECT {} FROM (SELECT e.*, sum(octet_length(e.payload)) OVER (ORDER BY e.position) \
             - octet_length(e.payload) AS before \
             FROM ({}) AS found(position) JOIN {schema}.events e ON e.position = found.position) e \
         JOIN {schema}.streams s ON s.stream = e.stream \
         JOIN {schema}.commits c ON c.first_position = e.first_position \
         WHERE e.before < ${bytes_number} ORDER BY e.position",
        columns(true),
        selection.sql,
    );
    let bytes = i64::try_from(bytes.max(1)).unwrap_or(i64::MAX);
    let mut values = values;
    values.push((&bytes, Type::INT8));
    let rows = client.query_typed(&sql, &values).await.map_err(not_read)?;
    EventRows::new(rows, client, shared).await
}
