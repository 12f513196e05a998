-- Version 2 of the log, described in schema.md. `tables/migration` moves the rows of version 1 into the
-- new tables and runs v2_log_end.sql after that.

DROP VIEW IF EXISTS history;
DROP TRIGGER IF EXISTS commits_are_not_updated;
DROP TRIGGER IF EXISTS commits_are_not_deleted;
DROP TRIGGER IF EXISTS tags_are_not_updated;
DROP TRIGGER IF EXISTS tags_are_not_deleted;
DROP TRIGGER IF EXISTS streams_are_not_renamed;
DROP TRIGGER IF EXISTS streams_are_not_deleted;

-- A view that a user made keeps the names that it was made with, and so shows the new tables.
PRAGMA legacy_alter_table = ON;
ALTER TABLE streams RENAME TO old_streams;
ALTER TABLE commits RENAME TO old_commits;
PRAGMA legacy_alter_table = OFF;

ALTER TABLE store ADD COLUMN effects TEXT NOT NULL DEFAULT 'run';
ALTER TABLE store ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;
ALTER TABLE events ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN "check" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE snapshots ADD COLUMN checksum INTEGER NOT NULL DEFAULT 0;

-- It is made anew of the tags that are in the rows of the events, by way of a table without order.
DROP TABLE tags;

CREATE TABLE tags (
    tag      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    type     INTEGER NOT NULL,
    PRIMARY KEY (tag, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE unsorted_tags (
    tag      INTEGER NOT NULL,
    position INTEGER NOT NULL,
    type     INTEGER NOT NULL
) STRICT;

CREATE TABLE stream_categories (
    category INTEGER PRIMARY KEY,
    tenant   TEXT NOT NULL,
    name     TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    UNIQUE (tenant, name)
) STRICT;

CREATE TABLE streams (
    stream      INTEGER PRIMARY KEY,
    category    INTEGER NOT NULL,
    root_id     BLOB NOT NULL,
    version     INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    recorded_at INTEGER NOT NULL,
    "check"     INTEGER NOT NULL,
    checksum    INTEGER NOT NULL
) STRICT;

CREATE TABLE commits (
    first_position INTEGER PRIMARY KEY,
    events         INTEGER NOT NULL,
    stream         INTEGER NOT NULL,
    id             BLOB NOT NULL,
    recorded_at    INTEGER NOT NULL,
    metadata       TEXT,
    encoding       INTEGER NOT NULL,
    digest         BLOB NOT NULL,
    checksum       INTEGER NOT NULL
) STRICT;
