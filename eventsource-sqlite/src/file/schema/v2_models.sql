-- Version 2 of read models, described in schema.md. `models/migration` moves the rows of version 1 into
-- the new tables and runs v2_models_end.sql after that.

DROP INDEX parked_events_by_position;
DROP INDEX inline_models;

-- A view that a user made keeps the names that it was made with, and so shows the new tables.
PRAGMA legacy_alter_table = ON;
ALTER TABLE models RENAME TO old_models;
ALTER TABLE parked_keys RENAME TO old_parked_keys;
ALTER TABLE parked_events RENAME TO old_parked_events;
PRAGMA legacy_alter_table = OFF;

CREATE TABLE models (
    model       INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    name        TEXT NOT NULL,
    version     INTEGER NOT NULL,
    generation  TEXT NOT NULL,
    source      TEXT NOT NULL,
    log         INTEGER NOT NULL,
    slice       INTEGER NOT NULL,
    position    INTEGER NOT NULL,
    commit_id   BLOB,
    epoch       INTEGER NOT NULL,
    starts      INTEGER NOT NULL,
    serving     INTEGER NOT NULL,
    state       TEXT NOT NULL,
    error       TEXT,
    created     INTEGER NOT NULL,
    tables      TEXT NOT NULL,
    fingerprint BLOB,
    owner       TEXT,
    heartbeat   INTEGER NOT NULL,
    ttl         INTEGER NOT NULL,
    inline      TEXT,
    checksum    INTEGER NOT NULL,
    UNIQUE (name, version, kind, generation, log, slice)
) STRICT;

CREATE TABLE parked_keys (
    model        INTEGER NOT NULL,
    key          BLOB NOT NULL,
    parts        TEXT NOT NULL,
    position     INTEGER NOT NULL,
    reason       TEXT NOT NULL,
    attempts     INTEGER NOT NULL,
    next_attempt INTEGER NOT NULL,
    unparked     INTEGER NOT NULL,
    checksum     INTEGER NOT NULL,
    PRIMARY KEY (model, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked_events (
    model    INTEGER NOT NULL,
    key      BLOB NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (model, key, position)
) STRICT, WITHOUT ROWID;
