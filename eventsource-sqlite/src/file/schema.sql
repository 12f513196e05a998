-- Version 1 of the store, described in schema.md.

CREATE TABLE store (
    id         TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE streams (
    stream   INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    category TEXT NOT NULL,
    root_id  TEXT NOT NULL,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    UNIQUE (tenant, category, root_id)
) STRICT;

CREATE TABLE commits (
    first_position INTEGER PRIMARY KEY,
    events         INTEGER NOT NULL,
    stream         INTEGER NOT NULL,
    id             TEXT NOT NULL,
    recorded_at    INTEGER NOT NULL,
    metadata       TEXT,
    digest         BLOB NOT NULL,
    checksum       INTEGER NOT NULL,
    UNIQUE (stream, id)
) STRICT;

CREATE TABLE types (
    type     INTEGER PRIMARY KEY,
    name     TEXT NOT NULL,
    schema   INTEGER NOT NULL,
    codec    TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (name, schema, codec)
) STRICT;

CREATE TABLE events (
    position INTEGER PRIMARY KEY,
    "commit" INTEGER NOT NULL,
    stream   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    type     INTEGER NOT NULL,
    payload  ANY NOT NULL,
    tags     TEXT,
    checksum INTEGER NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TABLE tags (
    tag      TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE snapshots (
    stream      INTEGER NOT NULL,
    fingerprint BLOB NOT NULL,
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    state       ANY NOT NULL,
    PRIMARY KEY (stream, fingerprint)
) STRICT;

CREATE TABLE models (
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    place    TEXT NOT NULL,
    source   TEXT NOT NULL,
    position INTEGER NOT NULL,
    epoch    INTEGER NOT NULL,
    serving  INTEGER NOT NULL,
    state    TEXT NOT NULL,
    error    TEXT,
    created  INTEGER NOT NULL,
    tables   TEXT NOT NULL,
    owner    TEXT,
    beat     INTEGER NOT NULL,
    ttl      INTEGER NOT NULL,
    inline   TEXT,
    PRIMARY KEY (name, version, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked_keys (
    name         TEXT NOT NULL,
    version      INTEGER NOT NULL,
    place        TEXT NOT NULL,
    key          TEXT NOT NULL,
    position     INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    unparked     INTEGER NOT NULL,
    PRIMARY KEY (name, version, place, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked_events (
    name     TEXT NOT NULL,
    version  INTEGER NOT NULL,
    place    TEXT NOT NULL,
    key      TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (name, version, place, key, position)
) STRICT, WITHOUT ROWID;

CREATE INDEX parked_events_by_position ON parked_events (name, version, place, position);

CREATE INDEX inline_models ON models (name, version) WHERE inline = 'registered';

CREATE VIEW history AS
SELECT
    events.position,
    strftime('%Y-%m-%dT%H:%M:%S', commits.recorded_at / 1000000, 'unixepoch')
        || printf('.%06dZ', commits.recorded_at % 1000000) AS recorded_at,
    streams.tenant,
    streams.category,
    streams.root_id,
    events.version,
    types.name,
    types.schema,
    types.codec,
    events.payload,
    events.tags,
    commits.id AS commit_id,
    json_extract(commits.metadata, '$.actor') AS actor,
    json_extract(commits.metadata, '$.reason') AS reason,
    commits.metadata
FROM events
JOIN types ON types.type = events.type
JOIN streams ON streams.stream = events.stream
JOIN commits ON commits.first_position = events."commit";

CREATE TRIGGER commits_are_not_updated BEFORE UPDATE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are never changed'); END;
CREATE TRIGGER commits_are_not_deleted BEFORE DELETE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are never deleted'); END;
CREATE TRIGGER types_are_not_updated BEFORE UPDATE ON types
BEGIN SELECT RAISE(ABORT, 'the types of events are never changed'); END;
CREATE TRIGGER types_are_not_deleted BEFORE DELETE ON types
BEGIN SELECT RAISE(ABORT, 'the types of events are never deleted'); END;
CREATE TRIGGER events_are_not_updated BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'events are never changed'); END;
CREATE TRIGGER events_are_not_deleted BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'events are never deleted'); END;
CREATE TRIGGER streams_are_not_renamed
BEFORE UPDATE OF stream, tenant, category, root_id ON streams
BEGIN SELECT RAISE(ABORT, 'the names of streams are never changed'); END;
CREATE TRIGGER streams_are_not_deleted BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END;
CREATE TRIGGER tags_are_not_updated BEFORE UPDATE ON tags
BEGIN SELECT RAISE(ABORT, 'tags are never changed'); END;
CREATE TRIGGER tags_are_not_deleted BEFORE DELETE ON tags
BEGIN SELECT RAISE(ABORT, 'tags are never deleted'); END;
