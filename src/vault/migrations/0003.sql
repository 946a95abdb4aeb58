-- Layout 3: images. Their bytes are files beside the database, named by their hash.

-- What the files are, a row each.
CREATE TABLE media (
    hash         BLOB PRIMARY KEY CHECK (length(hash) = 32),
    bytes        INTEGER NOT NULL,
    content_type TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Which image of an object has which bytes. `key` is what stays the same as long as the picture
-- does; `rendition` says where the bytes came from (the original, a resized one, or sent by us).
CREATE TABLE images (
    image       INTEGER PRIMARY KEY,
    object      INTEGER NOT NULL REFERENCES objects ON DELETE CASCADE,
    key         TEXT NOT NULL,
    hash        BLOB NOT NULL REFERENCES media,
    rendition   TEXT NOT NULL,
    captured_at INTEGER NOT NULL,
    UNIQUE (object, key)
) STRICT;
CREATE INDEX images_key ON images (key);
CREATE INDEX images_hash ON images (hash);

-- Up to which version all images of an object are held, and by which description of their places.
CREATE TABLE pictured (
    object  INTEGER PRIMARY KEY REFERENCES objects ON DELETE CASCADE,
    version INTEGER NOT NULL,
    places  TEXT NOT NULL
) STRICT;

CREATE TRIGGER media_stand BEFORE UPDATE ON media
BEGIN SELECT RAISE(ABORT, 'media are append-only'); END;
CREATE TRIGGER media_stay BEFORE DELETE ON media
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'media are append-only'); END;
CREATE TRIGGER images_stand BEFORE UPDATE ON images
BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;
CREATE TRIGGER images_stay BEFORE DELETE ON images
WHEN NOT EXISTS (SELECT 1 FROM rewriting)
BEGIN SELECT RAISE(ABORT, 'images are append-only'); END;
