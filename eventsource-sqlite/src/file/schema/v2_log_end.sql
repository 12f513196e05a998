-- The second part of version 2 of the log, after the rows of version 1 were moved. Indexes that are made
-- of rows which are there are sorted once, and not written at random.

DROP TABLE old_streams;
DROP TABLE old_commits;

INSERT OR IGNORE INTO tags SELECT tag, position, type FROM unsorted_tags ORDER BY tag, position;
DROP TABLE unsorted_tags;

CREATE UNIQUE INDEX streams_by_root_id ON streams (category, root_id);
CREATE UNIQUE INDEX commits_by_id ON commits (stream, id);

CREATE VIEW history AS
SELECT
    events.position,
    strftime('%Y-%m-%dT%H:%M:%S', commits.recorded_at / 1000000, 'unixepoch')
        || printf('.%06dZ', commits.recorded_at % 1000000) AS recorded_at,
    stream_categories.tenant,
    stream_categories.name AS category,
    lower(substr(hex(streams.root_id), 1, 8) || '-' || substr(hex(streams.root_id), 9, 4)
        || '-' || substr(hex(streams.root_id), 13, 4) || '-' || substr(hex(streams.root_id), 17, 4)
        || '-' || substr(hex(streams.root_id), 21)) AS root_id,
    events.version,
    types.name,
    types.schema,
    types.codec,
    events.payload,
    events.tags,
    lower(substr(hex(commits.id), 1, 8) || '-' || substr(hex(commits.id), 9, 4)
        || '-' || substr(hex(commits.id), 13, 4) || '-' || substr(hex(commits.id), 17, 4)
        || '-' || substr(hex(commits.id), 21)) AS commit_id,
    json_extract(commits.metadata, '$.actor') AS actor,
    json_extract(commits.metadata, '$.reason') AS reason,
    commits.metadata
FROM events
JOIN types ON types.type = events.type
JOIN streams ON streams.stream = events.stream
JOIN stream_categories ON stream_categories.category = streams.category
JOIN commits ON commits.first_position = events."commit";

CREATE TRIGGER commits_are_not_updated BEFORE UPDATE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are never changed'); END;
CREATE TRIGGER commits_are_not_deleted BEFORE DELETE ON commits
BEGIN SELECT RAISE(ABORT, 'commits are never deleted'); END;
CREATE TRIGGER tags_are_not_updated BEFORE UPDATE ON tags
BEGIN SELECT RAISE(ABORT, 'tags are never changed'); END;
CREATE TRIGGER tags_are_not_deleted BEFORE DELETE ON tags
BEGIN SELECT RAISE(ABORT, 'tags are never deleted'); END;
CREATE TRIGGER streams_are_not_renamed BEFORE UPDATE OF stream, category, root_id ON streams
BEGIN SELECT RAISE(ABORT, 'the names of streams are never changed'); END;
CREATE TRIGGER streams_are_not_deleted BEFORE DELETE ON streams
BEGIN SELECT RAISE(ABORT, 'streams are never deleted'); END;
CREATE TRIGGER categories_are_not_updated BEFORE UPDATE ON stream_categories
BEGIN SELECT RAISE(ABORT, 'the names of categories are never changed'); END;
CREATE TRIGGER categories_are_not_deleted BEFORE DELETE ON stream_categories
BEGIN SELECT RAISE(ABORT, 'categories are never deleted'); END;
