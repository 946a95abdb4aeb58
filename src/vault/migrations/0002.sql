-- Layout 2: objects that were made anew under another id, and the journal of restores.

-- Ids that an object had before. The object itself holds the one that it has now.
CREATE TABLE former_ids (
    entity INTEGER NOT NULL REFERENCES entities,
    id     TEXT NOT NULL,
    object INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    PRIMARY KEY (entity, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_ids_object ON former_ids (object);

-- What a restore set out to do (JSON), and each of its steps as it stands (JSON).
CREATE TABLE journals (
    run  INTEGER PRIMARY KEY REFERENCES runs,
    what TEXT NOT NULL
) STRICT;

CREATE TABLE journal_steps (
    run  INTEGER NOT NULL REFERENCES journals,
    n    INTEGER NOT NULL,
    step TEXT NOT NULL,
    PRIMARY KEY (run, n)
) STRICT, WITHOUT ROWID;
