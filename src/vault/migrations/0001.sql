-- Layout 1. Times are milliseconds since 1970 in UTC; hashes are 32 bytes of BLAKE3.

-- One row: which store this file belongs to, for life.
CREATE TABLE vault (
    only       INTEGER PRIMARY KEY CHECK (only = 1),
    store_hash TEXT NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

CREATE TABLE entities (
    entity INTEGER PRIMARY KEY,
    name   TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE runs (
    run         INTEGER PRIMARY KEY,
    kind        TEXT NOT NULL,
    status      TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER,
    requests    INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What a run did with an entity. `whole`: its listing reached its end, so "last seen" may move.
-- By run first: a run's rows then land on one page, and an unchanged run writes next to nothing.
CREATE TABLE run_entities (
    run         INTEGER NOT NULL REFERENCES runs,
    entity      INTEGER NOT NULL REFERENCES entities,
    whole       INTEGER NOT NULL CHECK (whole IN (0, 1)),
    status      TEXT NOT NULL,
    started_at  INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    seen        INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    updated     INTEGER NOT NULL,
    deleted     INTEGER NOT NULL,
    unchanged   INTEGER NOT NULL,
    requests    INTEGER NOT NULL,
    pending     INTEGER NOT NULL,
    error       TEXT,
    details     TEXT, -- JSON: problems, notes, counts
    PRIMARY KEY (run, entity)
) STRICT, WITHOUT ROWID;

-- What a capture wants to remember about an entity from one run to the next.
CREATE TABLE state (
    entity INTEGER NOT NULL REFERENCES entities,
    key    TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (entity, key)
) STRICT, WITHOUT ROWID;

-- Versions are written in batches, which share a run and a time. The numbers of a batch's versions
-- lie in one range, so that "what changed between two times" is read by range. The row comes before
-- its versions, so the range may have room for some that turned out to be no change.
CREATE TABLE batches (
    batch       INTEGER PRIMARY KEY,
    run         INTEGER NOT NULL REFERENCES runs,
    captured_at INTEGER NOT NULL,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL
) STRICT;
CREATE INDEX batches_time ON batches (captured_at);

-- One row per object: where its history stands. The only table whose rows are changed in place.
-- `rank` and `digits` put ids into the order people expect: numbers by value, then names.
CREATE TABLE objects (
    object      INTEGER PRIMARY KEY,
    entity      INTEGER NOT NULL REFERENCES entities,
    id          TEXT NOT NULL,
    version     INTEGER NOT NULL,                -- number of the newest version
    head        INTEGER NOT NULL,                -- its seq
    versions    INTEGER NOT NULL,                -- how many are held
    live        INTEGER NOT NULL CHECK (live IN (0, 1)),
    pending     INTEGER NOT NULL CHECK (pending IN (0, 1)),
    words       INTEGER NOT NULL,                -- hash of the text in `search`
    fingerprint BLOB NOT NULL CHECK (length(fingerprint) = 32),
    shallow     BLOB NOT NULL CHECK (length(shallow) = 32),
    label       TEXT NOT NULL,
    stamp       TEXT,
    rank        INTEGER GENERATED ALWAYS AS (
                    CASE WHEN id = '' OR id GLOB '*[^0-9]*' OR length(ltrim(id, '0')) > 38
                         THEN 99 ELSE length(ltrim(id, '0')) END) VIRTUAL,
    digits      TEXT GENERATED ALWAYS AS (
                    CASE WHEN rank < 99 THEN ltrim(id, '0') ELSE '' END) VIRTUAL
) STRICT;
CREATE UNIQUE INDEX objects_id ON objects (entity, rank, digits, id);
CREATE INDEX objects_pending ON objects (entity, rank, digits, id) WHERE pending = 1;
CREATE INDEX objects_deleted ON objects (entity) WHERE live = 0;

-- `change`: 0 created, 1 updated, 2 deleted (a tombstone: no body), 3 restored.
CREATE TABLE versions (
    seq     INTEGER PRIMARY KEY,
    object  INTEGER NOT NULL REFERENCES objects,
    version INTEGER NOT NULL,
    batch   INTEGER NOT NULL REFERENCES batches,
    change  INTEGER NOT NULL CHECK (change BETWEEN 0 AND 3),
    body    INTEGER REFERENCES bodies,
    CHECK ((change = 2) = (body IS NULL))
) STRICT;
CREATE UNIQUE INDEX versions_object ON versions (object, version);

-- A zstd frame that gives `size` bytes with hash `hash`: with `base`, that body's bytes are the
-- frame's dictionary; with `dictionary`, that trained one; with neither it stands alone.
CREATE TABLE bodies (
    body       INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL CHECK (length(hash) = 32),
    size       INTEGER NOT NULL,
    base       INTEGER REFERENCES bodies,
    dictionary INTEGER REFERENCES dictionaries,
    data       BLOB NOT NULL,
    CHECK (base IS NULL OR (base < body AND dictionary IS NULL))
) STRICT;

CREATE TABLE dictionaries (
    dictionary INTEGER PRIMARY KEY,
    entity     INTEGER NOT NULL REFERENCES entities,
    data       BLOB NOT NULL
) STRICT;

-- Words of names, SKUs, addresses, codes; rowid = object. Keeps no text, only the index. The text
-- arrives cut into words, so everything that a word may hold counts as a part of one.
CREATE VIRTUAL TABLE search USING fts5 (
    words,
    content = '', contentless_delete = 1, detail = 'none',
    tokenize = "unicode61 remove_diacritics 2 categories 'L* M* N* S* Co'"
);

-- Write-once, held by the database itself. The one exception is opened by a row in `rewriting`,
-- put there and taken away within the transaction of an erasure.
CREATE TABLE rewriting (reason TEXT NOT NULL CHECK (reason IN ('erase', 'prune'))) STRICT;

CREATE TRIGGER versions_stand BEFORE UPDATE ON versions
BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;
CREATE TRIGGER versions_stay BEFORE DELETE ON versions
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'versions are append-only'); END;
CREATE TRIGGER bodies_stand BEFORE UPDATE ON bodies
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'bodies are append-only'); END;
CREATE TRIGGER bodies_stay BEFORE DELETE ON bodies
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'bodies are append-only'); END;
CREATE TRIGGER batches_stand BEFORE UPDATE ON batches
BEGIN SELECT RAISE(ABORT, 'batches are append-only'); END;
CREATE TRIGGER batches_stay BEFORE DELETE ON batches
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'batches are append-only'); END;
CREATE TRIGGER objects_stay BEFORE DELETE ON objects
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'objects keep their history'); END;
