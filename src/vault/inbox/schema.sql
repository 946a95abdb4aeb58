-- The inbox, layout 1. Times are milliseconds since 1970 in UTC.

CREATE TABLE inbox (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    store_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- What has arrived and is not yet worked off: a row per object, however many events told of it.
-- `id` empty: the whole entity is to be listed again. `child`: the id is a child's, and this is the
-- scope by whose description the parent is asked for.
CREATE TABLE due (
    entity     TEXT NOT NULL,
    id         TEXT NOT NULL,
    child      TEXT NOT NULL DEFAULT '',
    since      INTEGER NOT NULL,           -- when the first of the events arrived
    last       INTEGER NOT NULL,           -- when the newest did
    events     INTEGER NOT NULL,           -- how many; tells whether more came meanwhile
    scope      TEXT NOT NULL,              -- of the newest
    tries      INTEGER NOT NULL DEFAULT 0,
    not_before INTEGER NOT NULL DEFAULT 0,
    parked     INTEGER NOT NULL DEFAULT 0 CHECK (parked IN (0, 1)),
    error      TEXT,
    PRIMARY KEY (entity, id, child)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_since ON due (parked, since);

-- Hashes by which a repeat is known: of a `webhook-id` (for days), or of the body where there is
-- none (until its object is worked off).
CREATE TABLE marks (
    mark   BLOB PRIMARY KEY,
    at     INTEGER NOT NULL,
    entity TEXT,
    id     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX marks_at ON marks (at);
CREATE INDEX marks_object ON marks (entity, id) WHERE entity IS NOT NULL;

CREATE TABLE settings (
    key   TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Entities whose events are not to be captured, and since when.
CREATE TABLE disabled (
    entity TEXT PRIMARY KEY,
    since  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Spans in which events may have been lost, until a whole listing has closed them.
CREATE TABLE gaps (
    gap    INTEGER PRIMARY KEY,
    entity TEXT NOT NULL,
    since  INTEGER NOT NULL,
    found  INTEGER NOT NULL,
    why    TEXT NOT NULL
) STRICT;
