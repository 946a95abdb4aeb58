//! Images: files named by the hash of what is in them, in a folder beside the database, and the
//! rows that say which image of which object has which bytes.
//!
//! A file gets its name when it is whole and on the disk, and its row after that: neither a crash
//! nor a lost connection leaves a half file under a name, or a row without its file. Equal bytes
//! are one file. This module must never know where an image came from, nor change a file.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use tempfile::NamedTempFile;

use super::fault::Fault;
use super::verify::{Depth, Problem};
use super::{Error, Vault, files, heads};
use crate::model::VersionNumber;

/// How files begin that are not whole yet.
const PART: &str = "part-";

/// The hash of an image's bytes (BLAKE3).
pub type MediaHash = [u8; 32];

/// The folder of a vault's media: `abc123.media` beside `abc123.db`.
#[derive(Debug, Clone)]
pub struct Media {
    folder: PathBuf,
}

/// An image on its way in: a file without a name yet. Dropped, it leaves nothing.
#[derive(Debug)]
pub struct Draft {
    file: NamedTempFile,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl Draft {
    /// Forgets what was written: another attempt begins.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    pub fn restart(&mut self) -> io::Result<()> {
        use std::io::Seek;
        self.file.as_file().set_len(0)?;
        self.file.as_file_mut().rewind()?;
        self.hasher.reset();
        self.bytes = 0;
        Ok(())
    }

    /// Adds a piece.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    pub fn write(&mut self, piece: &[u8]) -> io::Result<()> {
        self.file.write_all(piece)?;
        self.hasher.update(piece);
        self.bytes += piece.len() as u64;
        Ok(())
    }
}

impl Media {
    /// A new file.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    pub fn draft(&self) -> Result<Draft, Error> {
        let made = tempfile::Builder::new()
            .prefix(PART)
            .tempfile_in(&self.folder);
        Ok(Draft {
            file: made.map_err(|e| Error::io("creating a file in", &self.folder, e))?,
            hasher: blake3::Hasher::new(),
            bytes: 0,
        })
    }

    /// Gives a whole file its name; answers the hash that it is named by, and its bytes.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    pub fn keep(&self, draft: Draft) -> Result<(MediaHash, u64), Error> {
        let hash = *draft.hasher.finalize().as_bytes();
        let path = place(&self.folder, &hash);
        let failed = |e| Error::io("keeping an image", &path, e);
        files::make_folder(&path)?;
        draft.file.as_file().sync_all().map_err(failed)?;
        // One that is there is written over: it may be damaged.
        draft.file.persist(&path).map_err(|e| failed(e.error))?;
        if let Some(folder) = path.parent() {
            sync_folder(folder).map_err(failed)?;
        }
        Ok((hash, draft.bytes))
    }
}

/// A folder is synced so that a name in it survives a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}

pub(super) fn place(folder: &Path, hash: &MediaHash) -> PathBuf {
    let name = blake3::Hash::from_bytes(*hash).to_hex();
    folder.join(&name.as_str()[..2]).join(name.as_str())
}

/// The folder beside a vault's file, the file itself where `path` is a link to it.
pub(super) fn folder_of(path: &Path) -> PathBuf {
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    real.with_extension("media")
}

/// An image of an object whose bytes are held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldImage {
    /// The hash of its bytes.
    pub hash: MediaHash,
    /// How many they are.
    pub bytes: u64,
    /// Their type as it was served (`image/png`).
    pub content_type: String,
    /// Which rendition they are.
    pub rendition: String,
}

/// An image to be entered.
#[derive(Debug, Clone)]
pub struct NewImage<'a> {
    /// Entity of the object that has it.
    pub entity: &'a str,
    /// The object's id.
    pub id: &'a str,
    /// What stays the same as long as the picture does.
    pub key: &'a str,
    /// Its bytes.
    pub held: HeldImage,
}

/// An object of which not all images are known to be held.
#[derive(Debug, Clone)]
pub struct Unpictured {
    /// Its id.
    pub id: String,
    /// Its newest version.
    pub version: VersionNumber,
}

/// Walks the index of ids from where it was left: no page costs more than the one before.
pub(super) const UNPICTURED: &str = "SELECT o.id, o.version FROM objects o
     WHERE o.entity = ?1 AND (o.rank, o.digits, o.id) > (?2, ?3, ?4) AND o.live = 1
       AND (?5 OR NOT EXISTS (
           SELECT 1 FROM pictured p
           WHERE p.object = o.object AND p.version = o.version AND p.places = ?6))
     ORDER BY o.rank, o.digits, o.id LIMIT ?7";

impl Vault {
    /// The folder for new media, made where it isn't there. What a killed run left half is removed.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    pub fn media(&self) -> Result<Media, Error> {
        self.must_be_writable("keeping images")?;
        let folder = folder_of(&self.path);
        let failed = |e| Error::io("making room for images in", &folder, e);
        files::make_folder(&folder.join("x"))?;
        for entry in fs::read_dir(&folder).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            if entry.file_name().to_string_lossy().starts_with(PART) {
                fs::remove_file(entry.path()).map_err(failed)?;
            }
        }
        Ok(Media { folder })
    }

    /// Lets this vault read the media of another file where its own are lacking: a copy for a
    /// rehearsal need not double them.
    pub fn borrow_media(&mut self, of: &Path) {
        self.lender = Some(folder_of(of));
    }

    /// Has the bytes of an image that another vault holds: the same file under a second name where
    /// the disk can do that, else a copy. Without a word where that one lacks it, too.
    ///
    /// # Errors
    ///
    /// What a disk can do.
    pub fn share_media(&self, of: &Self, image: &HeldImage) -> Result<(), Error> {
        self.must_be_writable("keeping images")?;
        let own = place(&folder_of(&self.path), &image.hash);
        let Some(theirs) = of.media_file(&image.hash).filter(|_| !own.is_file()) else {
            return Ok(());
        };
        files::make_folder(&own)?;
        if fs::hard_link(&theirs, &own).is_ok() {
            return Ok(());
        }
        let mut draft = self.media()?.draft()?;
        let failed = |e| Error::io("copying an image from", &theirs, e);
        draft
            .write(&fs::read(&theirs).map_err(failed)?)
            .map_err(failed)?;
        let folder = folder_of(&self.path);
        Media { folder }.keep(draft).map(drop)
    }

    /// The image with this key, of whichever object.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn image(&self, key: &str) -> Result<Option<HeldImage>, Error> {
        self.reading(
            || format!("looking up the image {key}"),
            || {
                let mut statement = self.db.prepare_cached(
                    "SELECT m.hash, m.bytes, m.content_type, i.rendition
                     FROM images i JOIN media m USING (hash) WHERE i.key = ?1 LIMIT 1",
                )?;
                let found = statement.query_row([key], |r| {
                    Ok(HeldImage {
                        hash: r.get(0)?,
                        bytes: r.get::<_, i64>(1)?.unsigned_abs(),
                        content_type: r.get(2)?,
                        rendition: r.get(3)?,
                    })
                });
                Ok(found.optional()?)
            },
        )
    }

    /// How many images are held, each counted once whatever names it.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn images_held(&self) -> Result<u64, Error> {
        self.reading(
            || "counting images".to_owned(),
            || {
                let sql = "SELECT count(DISTINCT key) FROM images";
                let count: i64 = self.db.query_row(sql, [], |r| r.get(0))?;
                Ok(count.unsigned_abs())
            },
        )
    }

    /// True where the file of these bytes is there and as long as it should be.
    pub fn has_media(&self, image: &HeldImage) -> bool {
        self.media_file(&image.hash)
            .and_then(|path| fs::metadata(path).ok())
            .is_some_and(|facts| facts.len() == image.bytes)
    }

    pub(super) fn media_file(&self, hash: &MediaHash) -> Option<PathBuf> {
        let own = place(&folder_of(&self.path), hash);
        let lent = self.lender.as_ref().map(|folder| place(folder, hash));
        std::iter::once(own).chain(lent).find(|path| path.is_file())
    }

    /// The bytes of an image, proven by their hash.
    ///
    /// # Errors
    ///
    /// [`Error::Corrupt`] where the file is missing or is not what it was.
    pub fn media_bytes(&self, image: &HeldImage) -> Result<Vec<u8>, Error> {
        let path = self
            .media_file(&image.hash)
            .unwrap_or_else(|| place(&folder_of(&self.path), &image.hash));
        let damaged = |what: &str| Error::Corrupt {
            doing: "reading an image".to_owned(),
            path: path.clone(),
            what: what.to_owned(),
        };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => {
                return Err(damaged("the file is missing"));
            }
            Err(e) => return Err(Error::io("reading an image", &path, e)),
        };
        match *blake3::hash(&bytes).as_bytes() == image.hash {
            true => Ok(bytes),
            false => Err(damaged("the file does not match its hash")),
        }
    }

    /// Enters images whose files are kept, and objects all of whose images are held: their id and
    /// the version looked at. One transaction.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn keep_images(
        &self,
        at: Timestamp,
        images: &[NewImage<'_>],
        pictured: &[(&str, &str, VersionNumber)],
        places: &str,
    ) -> Result<(), Error> {
        self.must_be_writable("keeping images")?;
        let work = |vault: &Self, db: &Connection| {
            for new in images {
                let Some(object) = vault.object_number(new.entity, new.id)? else {
                    continue; // an object that no version is held of has no images
                };
                db.prepare_cached("INSERT OR IGNORE INTO media VALUES (?1, ?2, ?3)")?
                    .execute(params![
                        new.held.hash,
                        new.held.bytes as i64,
                        new.held.content_type
                    ])?;
                db.prepare_cached(
                    "INSERT OR IGNORE INTO images (object, key, hash, rendition, captured_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![
                    object,
                    new.key,
                    new.held.hash,
                    new.held.rendition,
                    at.as_millisecond()
                ])?;
            }
            for (entity, id, version) in pictured {
                if let Some(object) = vault.object_number(entity, id)? {
                    db.prepare_cached("INSERT OR REPLACE INTO pictured VALUES (?1, ?2, ?3)")?
                        .execute(params![object, version, places])?;
                }
            }
            Ok(())
        };
        self.transact(work)
            .map_err(|fault| fault.at(&self.path, "keeping images"))
    }

    /// Live objects of an entity of whose newest version not all images are known to be held, a
    /// few at a time in the order of their ids: those behind `after` (empty at first), `most` at
    /// most. With `all`, every live object.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn unpictured(
        &self,
        entity: &str,
        places: &str,
        all: bool,
        after: &str,
        most: usize,
    ) -> Result<Vec<Unpictured>, Error> {
        self.reading(
            || format!("looking for images of {entity}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(Vec::new());
                };
                let (rank, digits) = match after {
                    "" => (-1, ""),
                    after => heads::place(after),
                };
                let mut statement = self.db.prepare_cached(UNPICTURED)?;
                let values = params![number, rank, digits, after, all, places, most as i64];
                let rows = statement.query_map(values, |r| {
                    Ok(Unpictured {
                        id: r.get(0)?,
                        version: r.get(1)?,
                    })
                })?;
                Ok(rows.collect::<Result<_, _>>()?)
            },
        )
    }

    /// Whether every image's file is there, and with [`Depth::Deep`] is what it was.
    pub(super) fn verify_media(
        &self,
        depth: Depth,
        problems: &mut Vec<Problem>,
    ) -> Result<(), Fault> {
        let mut statement = self.db.prepare(
            "SELECT m.hash, m.bytes, e.name, o.id, i.key, min(i.image)
             FROM media m LEFT JOIN images i USING (hash)
             LEFT JOIN objects o USING (object) LEFT JOIN entities e USING (entity)
             GROUP BY m.hash",
        )?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let hash: MediaHash = row.get(0)?;
            let bytes = row.get::<_, i64>(1)?.unsigned_abs();
            let key: Option<String> = row.get(4)?;
            let name = blake3::Hash::from_bytes(hash).to_hex();
            let what = match self.media_file(&hash) {
                None => "is missing",
                Some(path) => match sound(&path, &hash, bytes, depth) {
                    Ok(true) => continue,
                    Ok(false) => "does not match its hash",
                    Err(_) => "can't be read",
                },
            };
            problems.push(Problem {
                entity: row.get(2)?,
                id: row.get(3)?,
                version: None,
                what: format!("the image {} ({name}) {what}", key.unwrap_or_default()),
                image: true,
            });
        }
        Ok(())
    }

    /// Takes an object's images away, and the files that nothing else has: part of an erasure.
    /// Answers the files to be removed once that is committed.
    pub(super) fn forget_images(
        &self,
        db: &Connection,
        object: i64,
    ) -> Result<Vec<PathBuf>, Fault> {
        db.execute("DELETE FROM images WHERE object = ?1", [object])?;
        db.execute("DELETE FROM pictured WHERE object = ?1", [object])?;
        let mut statement = db.prepare(
            "SELECT hash FROM media m WHERE NOT EXISTS (SELECT 1 FROM images i WHERE i.hash = m.hash)",
        )?;
        let unused = statement.query_map([], |r| r.get::<_, MediaHash>(0))?;
        let unused = unused.collect::<Result<Vec<_>, _>>()?;
        let folder = folder_of(&self.path);
        let mut paths = Vec::new();
        for hash in unused {
            db.execute("DELETE FROM media WHERE hash = ?1", [hash])?;
            paths.push(place(&folder, &hash));
        }
        Ok(paths)
    }
}

/// Whether a file is as long as it should be and, deeply, what it was.
pub(super) fn sound(path: &Path, hash: &MediaHash, bytes: u64, depth: Depth) -> io::Result<bool> {
    if fs::metadata(path)?.len() != bytes {
        return Ok(false);
    }
    if depth < Depth::Deep {
        return Ok(true);
    }
    let mut file = File::open(path)?;
    let mut hasher = blake3::Hasher::new();
    let mut piece = vec![0; 64 * 1024];
    loop {
        match file.read(&mut piece)? {
            0 => return Ok(*hasher.finalize().as_bytes() == *hash),
            read => hasher.update(&piece[..read]),
        };
    }
}
