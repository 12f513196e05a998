//! Reading one stream.

use eventsource_core::engine::PageFiller;
use eventsource_core::store::{Page, ReadLog, ReadStream, StoreError, Versions};
use eventsource_core::{ReadError, StreamId};
use tokio_postgres::Client;
use tokio_postgres::types::{ToSql, Type};

use super::rows::{EventRows, columns};
use super::selection::is_impossible;
use super::{head, not_read};
use crate::shared::Shared;

/// Reads a page of the events of a stream.
///
/// The head is read first; see [`log::read`](super::log::read).
pub(crate) async fn read(
    client: &Client,
    shared: &Shared,
    read: &ReadStream,
) -> Result<Page, ReadError> {
    // One more, which tells whether the page is complete.
    let limit = i64::try_from(read.max_events.saturating_add(1)).unwrap_or(i64::MAX);
    let scan = Scan::of(read);
    let (head, mut rows) = tokio::try_join!(
        biased;
        head(client, &shared.statements),
        scan.select(client, shared, limit, ReadLog::BYTES),
    )?;
    ReadError::check_freshness(read.min_freshness, head.position())?;
    let is_large =
        rows.len() as u64 >= limit.cast_unsigned() || rows.payload_bytes() >= ReadLog::BYTES;
    if is_large && let Some(rest) = scan.rest_of_commit(&rows)? {
        rows.extend(rest.select(client, shared, i64::MAX, usize::MAX).await?);
    }
    let mut filler = PageFiller::of_stream(read);
    let had_room = rows.fill(&mut filler, head.position(), None, &shared.types)?;
    Ok(filler.finish(head, had_room && !is_large))
}

/// The events of a stream from a version on, perhaps of one commit only.
struct Scan<'r> {
    stream: &'r StreamId,
    versions: Versions,
    first_position: Option<i64>,
    with_metadata: bool,
}

impl<'r> Scan<'r> {
    fn of(read: &'r ReadStream) -> Self {
        Self {
            stream: &read.stream,
            versions: read.versions,
            first_position: None,
            with_metadata: read.wants_metadata,
        }
    }

    /// The scan of the events that the last commit has behind these; `None` if it has no more events.
    fn rest_of_commit(&self, rows: &EventRows) -> Result<Option<Self>, StoreError> {
        let Some(last) = rows.last()? else {
            return Ok(None);
        };
        if last.commit.events == 1 {
            return Ok(None);
        }
        let versions = match self.versions {
            Versions::After(_) => Versions::After(last.version),
            Versions::Before(_) => Versions::Before(last.version),
        };
        Ok(Some(Self {
            versions,
            first_position: Some(last.commit.first.offset().get().cast_signed()),
            ..*self
        }))
    }

    async fn select(
        &self,
        client: &Client,
        shared: &Shared,
        limit: i64,
        bytes: usize,
    ) -> Result<EventRows, StoreError> {
        if is_impossible(self.stream) {
            return Ok(EventRows::default());
        }
        let schema = &shared.statements.schema;
        let (condition, order, version) = match self.versions {
            Versions::After(version) => ("e.version > $4", "e.version", version),
            Versions::Before(version) => ("e.version < $4", "e.version DESC", version),
        };
        let sql = format!(
            "SELECT {} FROM {schema}.streams s CROSS JOIN LATERAL (\
                 SELECT n.*, sum(octet_length(n.payload)) OVER (ORDER BY {}) - octet_length(n.payload) AS before \
                 FROM (SELECT * FROM {schema}.events e WHERE e.stream = s.stream AND {condition} \
                     AND ($7::bigint IS NULL OR e.first_position = $7) ORDER BY {order} LIMIT $5) n\
             ) e JOIN {schema}.commits c ON c.first_position = e.first_position \
             WHERE s.tenant = $1 AND s.category = $2 AND s.root_id = $3 AND e.before < $6 ORDER BY {order}",
            columns(self.with_metadata),
            order.replace("e.", "n."),
        );
        let version = i64::try_from(version).unwrap_or(i64::MAX);
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        let values: [(&(dyn ToSql + Sync), Type); 7] = [
            (&self.stream.tenant(), Type::TEXT),
            (&self.stream.category(), Type::TEXT),
            (&self.stream.root_id(), Type::UUID),
            (&version, Type::INT8),
            (&limit, Type::INT8),
            (&bytes, Type::INT8),
            (&self.first_position, Type::INT8),
        ];
        let rows = client.query_typed(&sql, &values).await.map_err(not_read)?;
        EventRows::new(rows, client, shared).await
    }
}
