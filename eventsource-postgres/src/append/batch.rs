//! The rows of the plans of a group.

use std::collections::{HashMap, HashSet};

use eventsource_core::engine::Plan;
use eventsource_core::store::{NewEvent, StoreError, StoreErrorKind, StoredType};
use eventsource_core::uuid::Uuid;
use eventsource_core::{Metadata, StreamId, Tag};
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error};

use crate::database::statements::Statements;
use crate::tags::hash;
use crate::types::{Types, type_of};

/// The rows that are written next, column by column, and the numbers of what is new in the transaction.
pub(super) struct Batch<'g> {
    last_stream: i64,
    last_type: i32,
    /// The streams that begin in this transaction.
    begun: HashMap<&'g StreamId, i64>,
    pub(super) new_types: HashMap<StoredType, i32>,
    streams: Streams<'g>,
    types: NewTypes,
    commits: Commits,
    events: Events<'g>,
    tags: Tags,
}

#[derive(Default)]
struct Streams<'g> {
    stream: Vec<i64>,
    tenant: Vec<&'g str>,
    category: Vec<&'g str>,
    root_id: Vec<Uuid>,
}

#[derive(Default)]
struct NewTypes {
    number: Vec<i32>,
    name: Vec<String>,
    schema: Vec<i32>,
    codec: Vec<&'static str>,
}

#[derive(Default)]
struct Commits {
    first: Vec<i64>,
    events: Vec<i32>,
    stream: Vec<i64>,
    id: Vec<Uuid>,
    recorded_at: Vec<i64>,
    metadata: Vec<Option<String>>,
    encoding: Vec<i16>,
    digest: Vec<Vec<u8>>,
}

#[derive(Default)]
struct Events<'g> {
    position: Vec<i64>,
    first: Vec<i64>,
    stream: Vec<i64>,
    version: Vec<i64>,
    of_type: Vec<i32>,
    payload: Vec<&'g [u8]>,
    tags: Vec<Option<String>>,
}

#[derive(Default)]
struct Tags {
    tag: Vec<i64>,
    position: Vec<i64>,
    of_type: Vec<i32>,
}

impl<'g> Batch<'g> {
    /// A batch of a transaction that begins with these last numbers.
    pub(super) fn new(last_stream: i64, last_type: i32) -> Self {
        Self {
            last_stream,
            last_type,
            begun: HashMap::new(),
            new_types: HashMap::new(),
            streams: Streams::default(),
            types: NewTypes::default(),
            commits: Commits::default(),
            events: Events::default(),
            tags: Tags::default(),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.commits.first.is_empty()
    }

    /// Adds the rows of a plan.
    pub(super) fn add(&mut self, plan: &Plan<'g, i64>, types: &Types) -> Result<(), StoreError> {
        let streams: Vec<i64> = plan
            .streams
            .iter()
            .map(|planned| match planned.row {
                Some(number) => number,
                None => self.number_of(planned.stream),
            })
            .collect();
        let first = signed(plan.header.first.offset().get());
        for (event, planned) in plan.events() {
            let of_type = self.type_of(event, types);
            let position = signed(planned.position.offset().get());
            self.events.position.push(position);
            self.events.first.push(first);
            self.events.stream.push(streams[planned.stream]);
            self.events.version.push(signed(planned.version));
            self.events.of_type.push(of_type);
            self.events.payload.push(&event.payload);
            self.events.tags.push(array(&event.tags));
            self.tags.add(&event.tags, position, of_type);
        }
        let header = &plan.header;
        self.commits.first.push(first);
        self.commits.events.push(header.events.cast_signed());
        self.commits.stream.push(streams[0]);
        self.commits.id.push(header.id);
        self.commits
            .recorded_at
            .push(header.recorded_at.as_micros());
        self.commits.metadata.push(json(&plan.new.commit.metadata)?);
        let encoding = header.digest.encoding().number();
        self.commits.encoding.push(encoding.into());
        self.commits.digest.push(header.digest.as_bytes().to_vec());
        Ok(())
    }

    /// The number of a stream that begins in this transaction.
    fn number_of(&mut self, stream: &'g StreamId) -> i64 {
        if let Some(number) = self.begun.get(stream) {
            return *number;
        }
        self.last_stream += 1;
        self.begun.insert(stream, self.last_stream);
        self.streams.stream.push(self.last_stream);
        self.streams.tenant.push(stream.tenant());
        self.streams.category.push(stream.category());
        self.streams.root_id.push(stream.root_id());
        self.last_stream
    }

    fn type_of(&mut self, event: &NewEvent, types: &Types) -> i32 {
        let of_type = type_of(event);
        if let Some(number) = types.number_of(&of_type) {
            return number;
        }
        if let Some(number) = self.new_types.get(&of_type) {
            return *number;
        }
        self.last_type += 1;
        self.types.number.push(self.last_type);
        self.types.name.push(of_type.name.to_string());
        self.types.schema.push(of_type.schema.cast_signed());
        self.types.codec.push(of_type.codec.name());
        self.new_types.insert(of_type, self.last_type);
        self.last_type
    }

    /// Writes the rows in one round trip, and empties the batch.
    pub(super) async fn write(
        &mut self,
        client: &Client,
        statements: &Statements,
    ) -> Result<(), Error> {
        let streams = async {
            let new = std::mem::take(&mut self.streams);
            if new.stream.is_empty() {
                return Ok(());
            }
            insert(
                client,
                &statements.insert_streams,
                &[
                    (&new.stream, Type::INT8_ARRAY),
                    (&new.tenant, Type::TEXT_ARRAY),
                    (&new.category, Type::TEXT_ARRAY),
                    (&new.root_id, Type::UUID_ARRAY),
                ],
            )
            .await
        };
        let types = async {
            let new = std::mem::take(&mut self.types);
            if new.number.is_empty() {
                return Ok(());
            }
            insert(
                client,
                &statements.insert_types,
                &[
                    (&new.number, Type::INT4_ARRAY),
                    (&new.name, Type::TEXT_ARRAY),
                    (&new.schema, Type::INT4_ARRAY),
                    (&new.codec, Type::TEXT_ARRAY),
                ],
            )
            .await
        };
        let commits = async {
            let new = std::mem::take(&mut self.commits);
            if new.first.is_empty() {
                return Ok(());
            }
            insert(
                client,
                &statements.insert_commits,
                &[
                    (&new.first, Type::INT8_ARRAY),
                    (&new.events, Type::INT4_ARRAY),
                    (&new.stream, Type::INT8_ARRAY),
                    (&new.id, Type::UUID_ARRAY),
                    (&new.recorded_at, Type::INT8_ARRAY),
                    (&new.metadata, Type::TEXT_ARRAY),
                    (&new.encoding, Type::INT2_ARRAY),
                    (&new.digest, Type::BYTEA_ARRAY),
                ],
            )
            .await
        };
        let events = async {
            let new = std::mem::take(&mut self.events);
            if new.position.is_empty() {
                return Ok(());
            }
            insert(
                client,
                &statements.insert_events,
                &[
                    (&new.position, Type::INT8_ARRAY),
                    (&new.first, Type::INT8_ARRAY),
                    (&new.stream, Type::INT8_ARRAY),
                    (&new.version, Type::INT8_ARRAY),
                    (&new.of_type, Type::INT4_ARRAY),
                    (&new.payload, Type::BYTEA_ARRAY),
                    (&new.tags, Type::TEXT_ARRAY),
                ],
            )
            .await
        };
        let tags = async {
            let new = std::mem::take(&mut self.tags);
            if new.tag.is_empty() {
                return Ok(());
            }
            insert(
                client,
                &statements.insert_tags,
                &[
                    (&new.tag, Type::INT8_ARRAY),
                    (&new.position, Type::INT8_ARRAY),
                    (&new.of_type, Type::INT4_ARRAY),
                ],
            )
            .await
        };
        // They are polled in this order, so that they are sent in one round trip and in this order.
        tokio::try_join!(biased; streams, types, commits, events, tags)?;
        Ok(())
    }
}

impl Tags {
    /// An event can have two tags with the same hash, and one of them twice.
    fn add(&mut self, tags: &[Tag], position: i64, of_type: i32) {
        let hashes: HashSet<i64> = tags.iter().map(hash).collect();
        for hash in hashes {
            self.tag.push(hash);
            self.position.push(position);
            self.of_type.push(of_type);
        }
    }
}

async fn insert(
    client: &Client,
    statement: &str,
    values: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)],
) -> Result<(), Error> {
    client.execute_typed(statement, values).await.map(drop)
}

/// Tags as the text of an array.
fn array(tags: &[Tag]) -> Option<String> {
    if tags.is_empty() {
        return None;
    }
    let mut text = String::from("{");
    for (index, tag) in tags.iter().enumerate() {
        text.push_str(if index == 0 { "\"" } else { ",\"" });
        for character in tag.as_str().chars() {
            if matches!(character, '"' | '\\') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push('"');
    }
    text.push('}');
    Some(text)
}

fn json(metadata: &Metadata) -> Result<Option<String>, StoreError> {
    if metadata.is_empty() {
        return Ok(None);
    }
    let json = serde_json::to_string(metadata).map_err(|error| {
        StoreError::new(
            StoreErrorKind::Unsupported,
            "the metadata cannot be written as JSON",
        )
        .caused_by(error)
    })?;
    Ok(Some(json))
}

/// Positions and versions are at most `i64::MAX`.
fn signed(number: u64) -> i64 {
    number.cast_signed()
}
