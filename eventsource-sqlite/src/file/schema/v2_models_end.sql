-- The second part of version 2 of read models, after the rows of version 1 were moved.

DROP TABLE old_models;
DROP TABLE old_parked_keys;
DROP TABLE old_parked_events;

CREATE INDEX parked_events_by_position ON parked_events (model, position);

CREATE INDEX inline_models ON models (name, version) WHERE inline = 'registered';
