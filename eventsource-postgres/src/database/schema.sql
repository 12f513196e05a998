-- Version 1 of the store, described in schema.md. `{schema}` is the quoted name of the schema.

CREATE TABLE {schema}.log (
    is_single      boolean PRIMARY KEY DEFAULT true CHECK (is_single),
    store_id       uuid NOT NULL,
    schema_version integer NOT NULL,
    created_at     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE {schema}.streams (
    stream   bigint PRIMARY KEY,
    tenant   text COLLATE "C" NOT NULL,
    category text COLLATE "C" NOT NULL,
    root_id  uuid NOT NULL,
    UNIQUE (tenant, category, root_id)
);

CREATE TABLE {schema}.types (
    type   integer PRIMARY KEY,
    name   text COLLATE "C" NOT NULL,
    schema integer NOT NULL,
    codec  text COLLATE "C" NOT NULL,
    UNIQUE (name, schema, codec)
);

CREATE TABLE {schema}.commits (
    first_position bigint PRIMARY KEY,
    events         integer NOT NULL,
    stream         bigint NOT NULL,
    id             uuid NOT NULL,
    recorded_at    bigint NOT NULL,
    metadata       json,
    encoding       smallint NOT NULL,
    digest         bytea NOT NULL,
    UNIQUE (stream, id)
);

CREATE TABLE {schema}.events (
    position       bigint PRIMARY KEY,
    first_position bigint NOT NULL,
    stream         bigint NOT NULL,
    version        bigint NOT NULL,
    type           integer NOT NULL,
    payload        bytea NOT NULL,
    tags           text[] COLLATE "C",
    UNIQUE (stream, version)
);

CREATE TABLE {schema}.tags (
    tag      bigint NOT NULL,
    position bigint NOT NULL,
    type     integer NOT NULL,
    PRIMARY KEY (tag, position) INCLUDE (type)
);

CREATE TABLE {schema}.snapshots (
    stream         bigint NOT NULL,
    fingerprint    bytea NOT NULL,
    version        bigint NOT NULL,
    position       bigint NOT NULL,
    revision_check bigint NOT NULL,
    state          bytea NOT NULL,
    PRIMARY KEY (stream, fingerprint)
);

CREATE FUNCTION {schema}.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER streams_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.streams
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER types_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.types
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER commits_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.commits
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER events_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.events
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();
CREATE TRIGGER tags_are_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON {schema}.tags
    FOR EACH STATEMENT EXECUTE FUNCTION {schema}.refuse_change();

CREATE VIEW {schema}.history AS
SELECT
    events.position,
    to_timestamp(commits.recorded_at / 1000000.0) AS recorded_at,
    streams.tenant,
    streams.category,
    streams.root_id,
    events.version,
    types.name,
    types.schema,
    types.codec,
    CASE WHEN types.codec = 'json' THEN convert_from(events.payload, 'UTF8')::json END AS payload,
    events.tags,
    commits.id AS commit_id,
    commits.metadata ->> 'actor' AS actor,
    commits.metadata ->> 'reason' AS reason,
    commits.metadata
FROM {schema}.events
JOIN {schema}.types ON types.type = events.type
JOIN {schema}.streams ON streams.stream = events.stream
JOIN {schema}.commits ON commits.first_position = events.first_position;

INSERT INTO {schema}.log (store_id, schema_version) VALUES ('{store_id}', 1);
