//! The statements on the tables of one schema.

/// The statements. They are sent without a name, so that they also pass through a pool that gives each
/// transaction another connection.
#[derive(Debug)]
pub(crate) struct Statements {
    /// Locks the log for a transaction. No row changes, so that old snapshots cost nothing.
    pub(crate) lock: String,
    pub(crate) end: String,
    pub(crate) numbers: String,
    pub(crate) types: String,
    pub(crate) streams: String,
    pub(crate) commits: String,
    pub(crate) insert_streams: String,
    pub(crate) insert_types: String,
    pub(crate) insert_commits: String,
    pub(crate) insert_events: String,
    pub(crate) insert_tags: String,
    pub(crate) containing: String,
    pub(crate) commit_under_id: String,
    pub(crate) streams_of_commit: String,
    pub(crate) root_ids: String,
    pub(crate) newest_snapshot: String,
    pub(crate) commit_at_revision: String,
    pub(crate) keep_snapshot: String,
    /// The quoted name of the schema.
    pub(crate) schema: String,
}

/// The columns of a commit, in the order in which they are read.
pub(crate) const COMMIT: &str =
    "c.first_position, c.events, c.id, c.recorded_at, c.encoding, c.digest";

impl Statements {
    pub(crate) fn new(schema: &str) -> Self {
        let s = &quoted(schema);
        Self {
            lock: format!(
                "BEGIN ISOLATION LEVEL READ COMMITTED; \
                 SET LOCAL lock_timeout = '5s'; \
                 SET LOCAL idle_in_transaction_session_timeout = '5s'; \
                 SET LOCAL enable_seqscan = off; \
                 SET LOCAL enable_hashjoin = off; \
                 SET LOCAL enable_mergejoin = off; \
                 SELECT schema_version, current_setting('fsync'), current_setting('synchronous_commit') \
                 FROM {s}.log FOR UPDATE"
            ),
            end: format!(
                "SELECT {COMMIT} FROM {s}.commits c ORDER BY c.first_position DESC LIMIT 1"
            ),
            numbers: format!(
                "SELECT coalesce((SELECT max(stream) FROM {s}.streams), 0), \
                 coalesce((SELECT max(type) FROM {s}.types), 0)"
            ),
            types: format!("SELECT type, name, schema, codec FROM {s}.types"),
            streams: format!(
                "SELECT w.n, s.stream, e.version, e.position, c.id, c.recorded_at \
                 FROM unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[]) AS w(n, tenant, category, root_id) \
                 JOIN {s}.streams s ON s.tenant = w.tenant AND s.category = w.category AND s.root_id = w.root_id \
                 CROSS JOIN LATERAL (SELECT version, position, first_position FROM {s}.events \
                     WHERE events.stream = s.stream ORDER BY version DESC LIMIT 1) e \
                 JOIN {s}.commits c ON c.first_position = e.first_position"
            ),
            commits: format!(
                "SELECT w.n, {COMMIT} \
                 FROM unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[], $5::uuid[]) \
                     AS w(n, tenant, category, root_id, id) \
                 JOIN {s}.streams s ON s.tenant = w.tenant AND s.category = w.category AND s.root_id = w.root_id \
                 JOIN {s}.commits c ON c.stream = s.stream AND c.id = w.id"
            ),
            insert_streams: format!(
                "INSERT INTO {s}.streams (stream, tenant, category, root_id) \
                 SELECT * FROM unnest($1::bigint[], $2::text[], $3::text[], $4::uuid[])"
            ),
            insert_types: format!(
                "INSERT INTO {s}.types (type, name, schema, codec) SELECT * FROM unnest($1::integer[], $2::text[], $3::integer[], $4::text[])"
            ),
            insert_commits: format!(
                "INSERT INTO {s}.commits \
                 (first_position, events, stream, id, recorded_at, metadata, encoding, digest) \
                 SELECT first_position, events, stream, id, recorded_at, metadata::json, encoding, digest \
                 FROM unnest($1::bigint[], $2::integer[], $3::bigint[], $4::uuid[], $5::bigint[], \
                     $6::text[], $7::smallint[], $8::bytea[]) \
                 AS new(first_position, events, stream, id, recorded_at, metadata, encoding, digest)"
            ),
            // Arrays of arrays are flattened by `unnest`, so that tags come as the text of an array.
            insert_events: format!(
                "INSERT INTO {s}.events (position, first_position, stream, version, type, payload, tags) \
                 SELECT position, first_position, stream, version, type, payload, tags::text[] \
                 FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::integer[], \
                     $6::bytea[], $7::text[]) \
                 AS new(position, first_position, stream, version, type, payload, tags)"
            ),
            insert_tags: format!(
                "INSERT INTO {s}.tags (tag, position, type) \
                 SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::integer[])"
            ),
            containing: format!(
                "SELECT c.first_position, c.events, c.id FROM {s}.commits c \
                 WHERE c.first_position <= $1 ORDER BY c.first_position DESC LIMIT 1"
            ),
            commit_under_id: format!(
                "SELECT {COMMIT} FROM {s}.streams s JOIN {s}.commits c ON c.stream = s.stream AND c.id = $4 \
                 WHERE s.tenant = $1 AND s.category = $2 AND s.root_id = $3"
            ),
            streams_of_commit: format!(
                "SELECT e.stream, e.version, s.tenant, s.category, s.root_id \
                 FROM {s}.events e JOIN {s}.streams s ON s.stream = e.stream \
                 WHERE e.position BETWEEN $1 AND $2 ORDER BY e.position"
            ),
            root_ids: format!(
                "SELECT root_id FROM {s}.streams \
                 WHERE tenant = $1 AND category = $2 AND ($3::uuid IS NULL OR root_id > $3) \
                 ORDER BY root_id LIMIT $4"
            ),
            newest_snapshot: format!(
                "SELECT n.version, n.position, n.revision_check, n.state FROM {s}.streams s \
                 JOIN {s}.snapshots n ON n.stream = s.stream AND n.fingerprint = $4 \
                 WHERE s.tenant = $1 AND s.category = $2 AND s.root_id = $3"
            ),
            commit_at_revision: format!(
                "SELECT s.stream, c.id FROM {s}.streams s \
                 JOIN {s}.events e ON e.stream = s.stream AND e.version = $4 AND e.position = $5 \
                 JOIN {s}.commits c ON c.first_position = e.first_position \
                 WHERE s.tenant = $1 AND s.category = $2 AND s.root_id = $3"
            ),
            keep_snapshot: format!(
                "INSERT INTO {s}.snapshots AS old (stream, fingerprint, version, position, revision_check, state) \
                 VALUES ($1, $2, $3, $4, $5, $6) \
                 ON CONFLICT (stream, fingerprint) DO UPDATE SET version = excluded.version, \
                     position = excluded.position, revision_check = excluded.revision_check, \
                     state = excluded.state \
                 WHERE excluded.version > old.version"
            ),
            schema: s.clone(),
        }
    }
}

/// An identifier, quoted.
pub(crate) fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
