//! The look-ups of a group, many in one round trip.

use std::collections::HashMap;

use eventsource_core::engine::{Decider, Guard, Lookup, StreamState};
use eventsource_core::store::{CommitHeader, StoreError};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Position, Revision, StreamId, Timestamp};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Row};

use crate::database::statements::Statements;
use crate::failure::failed;
use crate::read::rows::commit_header;

/// Look-ups by their kind.
#[derive(Default)]
pub(super) struct Lookups<'g> {
    streams: Vec<&'g StreamId>,
    commits: Vec<(&'g StreamId, Uuid)>,
    pub(super) guards: Vec<Guard<'g>>,
}

/// The answers of the store.
pub(super) struct Found<'g> {
    lookups: Lookups<'g>,
    streams: Vec<Row>,
    commits: Vec<Row>,
}

impl<'g> Lookups<'g> {
    pub(super) fn add(&mut self, lookup: Lookup<'g>) {
        match lookup {
            Lookup::Stream(stream) => self.streams.push(stream),
            Lookup::Commit { first, id } => self.commits.push((first, id)),
            Lookup::Guard(guard) => self.guards.push(guard),
        }
    }

    /// Looks up the streams and commits in one round trip.
    pub(super) async fn find(
        self,
        client: &Client,
        statements: &Statements,
    ) -> Result<Found<'g>, StoreError> {
        let streams = async {
            if self.streams.is_empty() {
                return Ok(Vec::new());
            }
            let names = Names::of(self.streams.iter().copied());
            client
                .query_typed(&statements.streams, &names.values())
                .await
        };
        let commits = async {
            if self.commits.is_empty() {
                return Ok(Vec::new());
            }
            let names = Names::of(self.commits.iter().map(|(first, _)| *first));
            let ids: Vec<Uuid> = self.commits.iter().map(|(_, id)| *id).collect();
            let mut values = names.values().to_vec();
            values.push((&ids, Type::UUID_ARRAY));
            client.query_typed(&statements.commits, &values).await
        };
        let found = tokio::try_join!(biased; streams, commits);
        let (streams, commits) =
            found.map_err(|error| failed("the commit was not stored", error))?;
        Ok(Found {
            lookups: self,
            streams,
            commits,
        })
    }
}

impl<'g> Found<'g> {
    /// Tells the decider. Returns the guards, which are read one by one.
    pub(super) fn tell(self, decider: &mut Decider<'g, i64>) -> Result<Vec<Guard<'g>>, StoreError> {
        let mut streams = HashMap::new();
        for row in &self.streams {
            streams.insert(row.get::<_, i64>(0), stream_state(row));
        }
        for (number, stream) in (0..).zip(&self.lookups.streams) {
            decider.know_stream(stream, streams.remove(&number));
        }
        let mut commits: HashMap<i64, CommitHeader> = HashMap::new();
        for row in &self.commits {
            commits.insert(row.get(0), commit_header(row, 1)?);
        }
        for (number, (first, id)) in (0..).zip(&self.lookups.commits) {
            decider.know_commit(first, *id, commits.remove(&number));
        }
        Ok(self.lookups.guards)
    }
}

fn stream_state(row: &Row) -> StreamState<i64> {
    let (version, position): (i64, i64) = (row.get(2), row.get(3));
    let position = Position::new(position.cast_unsigned());
    StreamState {
        revision: Revision::new(version.cast_unsigned(), position, row.get(4)),
        recorded_at: Timestamp::from_micros(row.get(5)),
        row: row.get(1),
    }
}

/// The names of streams, column by column, each with its number in the look-up.
struct Names<'a> {
    number: Vec<i64>,
    tenant: Vec<&'a str>,
    category: Vec<&'a str>,
    root_id: Vec<Uuid>,
}

impl<'a> Names<'a> {
    fn of(streams: impl Iterator<Item = &'a StreamId>) -> Self {
        let mut names = Self {
            number: Vec::new(),
            tenant: Vec::new(),
            category: Vec::new(),
            root_id: Vec::new(),
        };
        for (number, stream) in (0..).zip(streams) {
            names.number.push(number);
            names.tenant.push(stream.tenant());
            names.category.push(stream.category());
            names.root_id.push(stream.root_id());
        }
        names
    }

    fn values(&self) -> [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 4] {
        [
            (&self.number, Type::INT8_ARRAY),
            (&self.tenant, Type::TEXT_ARRAY),
            (&self.category, Type::TEXT_ARRAY),
            (&self.root_id, Type::UUID_ARRAY),
        ]
    }
}
