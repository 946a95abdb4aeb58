//! Bodies in their table: stored once per object by content, as a whole copy or as a difference
//! from the version before, and read back along a chain of bounded length.
//!
//! A chain never leaves its object: a body leans on bodies of the same object or on its entity's
//! dictionary, so an object's bytes can be taken away without touching another's.

use rusqlite::{Connection, OptionalExtension, params};

use super::encoding::{Codec, With};
use super::fault::Fault;

/// A whole copy at least every so many bodies: a chain has at most this many links, so any version
/// opens in constant time and one damaged body takes few others with it.
pub(super) const CHAIN_MAX: u32 = 16;

/// A difference larger than this share of the body is compared with a whole copy.
const POOR_DIFFERENCE: usize = 8;

/// A body's bytes, and how many links its chain has.
pub(super) struct Loaded {
    pub bytes: Vec<u8>,
    pub links: u32,
}

/// A row of the table.
pub(super) struct Stored {
    pub hash: [u8; 32],
    pub size: usize,
    pub base: Option<i64>,
    pub dictionary: Option<i64>,
    pub data: Vec<u8>,
}

pub(super) fn row(db: &Connection, body: i64) -> Result<Stored, Fault> {
    let found = db
        .prepare_cached("SELECT hash, size, base, dictionary, data FROM bodies WHERE body = ?1")?
        .query_row([body], |r| {
            Ok(Stored {
                hash: r.get(0)?,
                size: r.get::<_, i64>(1)?.try_into().unwrap_or(usize::MAX),
                base: r.get(2)?,
                dictionary: r.get(3)?,
                data: r.get(4)?,
            })
        })
        .optional()?;
    found.ok_or_else(|| Fault::Damaged(format!("body {body} is missing")))
}

/// Reads a body along its chain and checks it against its hash.
pub(super) fn load(db: &Connection, codec: &mut Codec, body: i64) -> Result<Loaded, Fault> {
    let mut chain = vec![(body, row(db, body)?)];
    while let Some((number, base)) = chain.last().map(|(n, s)| (*n, s.base))
        && let Some(base) = base
    {
        if base >= number || chain.len() as u32 >= CHAIN_MAX {
            return Err(Fault::Damaged(format!(
                "the chain of body {body} does not end"
            )));
        }
        chain.push((base, row(db, base)?));
    }
    let links = chain.len() as u32;
    let mut bytes: Option<Vec<u8>> = None;
    let mut hash = [0; 32];
    for (number, stored) in chain.into_iter().rev() {
        bytes = Some(decode(db, codec, number, &stored, bytes.as_deref())?);
        hash = stored.hash;
    }
    let bytes = bytes.unwrap_or_default(); // the chain has at least the body itself
    if *blake3::hash(&bytes).as_bytes() != hash {
        return Err(Fault::Damaged(format!(
            "body {body} does not match its hash"
        )));
    }
    Ok(Loaded { bytes, links })
}

/// One link: the bytes of a body, given those of its base.
pub(super) fn decode(
    db: &Connection,
    codec: &mut Codec,
    body: i64,
    stored: &Stored,
    base: Option<&[u8]>,
) -> Result<Vec<u8>, Fault> {
    let with = match (stored.base, base, stored.dictionary) {
        (Some(_), Some(bytes), _) => With::Bytes(bytes),
        (Some(base), None, _) => {
            return Err(Fault::Damaged(format!("body {body} lacks its base {base}")));
        }
        (None, _, Some(number)) => {
            learn(db, codec, number)?;
            With::Dictionary(number)
        }
        (None, _, None) => With::Nothing,
    };
    codec
        .decompress(&stored.data, stored.size, with)
        .map_err(|why| Fault::Damaged(format!("body {body}: {why}")))
}

/// Makes the codec know a stored dictionary.
pub(super) fn learn(db: &Connection, codec: &mut Codec, number: i64) -> Result<(), Fault> {
    if codec.knows(number) {
        return Ok(());
    }
    let bytes: Option<Vec<u8>> = db
        .prepare_cached("SELECT data FROM dictionaries WHERE dictionary = ?1")?
        .query_row([number], |r| r.get(0))
        .optional()?;
    let bytes = bytes.ok_or_else(|| Fault::Damaged(format!("dictionary {number} is missing")))?;
    codec.learn(number, bytes).map_err(Fault::Damaged)
}

/// Stores a body of an object and answers its number. The same bytes among the object's last
/// versions are not stored again.
pub(super) fn store(
    db: &Connection,
    codec: &mut Codec,
    object: Option<i64>,
    dictionary: Option<i64>,
    bytes: &[u8],
) -> Result<i64, Fault> {
    let hash = *blake3::hash(bytes).as_bytes();
    let previous = match object {
        Some(object) => match same_or_newest(db, object, &hash)? {
            Before::Same(body) => return Ok(body),
            Before::Newest(body) => body,
        },
        None => None,
    };
    let (data, base, dictionary) = encode(db, codec, previous, dictionary, bytes)?;
    db.prepare_cached(
        "INSERT INTO bodies (hash, size, base, dictionary, data) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![hash, bytes.len() as i64, base, dictionary, data])?;
    Ok(db.last_insert_rowid())
}

/// What an object has had.
enum Before {
    /// The very bytes, in this body.
    Same(i64),
    /// Others; the newest body, if there is any.
    Newest(Option<i64>),
}

fn same_or_newest(db: &Connection, object: i64, hash: &[u8; 32]) -> Result<Before, Fault> {
    let mut statement = db.prepare_cached(
        "SELECT b.body, b.hash FROM versions v JOIN bodies b ON b.body = v.body
         WHERE v.object = ?1 ORDER BY v.version DESC LIMIT ?2",
    )?;
    let mut rows = statement.query(params![object, CHAIN_MAX])?;
    let mut newest = None;
    while let Some(row) = rows.next()? {
        let body: i64 = row.get(0)?;
        if row.get_ref(1)?.as_blob().ok() == Some(hash) {
            return Ok(Before::Same(body));
        }
        newest.get_or_insert(body);
    }
    Ok(Before::Newest(newest))
}

type Encoded = (Vec<u8>, Option<i64>, Option<i64>);

fn encode(
    db: &Connection,
    codec: &mut Codec,
    previous: Option<i64>,
    dictionary: Option<i64>,
    bytes: &[u8],
) -> Result<Encoded, Fault> {
    let mut difference = None;
    if let Some(previous) = previous {
        match load(db, codec, previous) {
            Ok(loaded) if loaded.links < CHAIN_MAX => {
                let data = codec.compress(bytes, With::Bytes(&loaded.bytes));
                let data = data.map_err(Fault::Internal)?;
                if data.len() * POOR_DIFFERENCE <= bytes.len() {
                    return Ok((data, Some(previous), None));
                }
                difference = Some((data, Some(previous), None));
            }
            // Nothing new leans on damaged bytes; `verify` tells of them.
            Ok(_) | Err(Fault::Damaged(_)) => {}
            Err(fault) => return Err(fault),
        }
    }
    let with = match dictionary {
        Some(number) => {
            learn(db, codec, number)?;
            With::Dictionary(number)
        }
        None => With::Nothing,
    };
    let whole = codec.compress(bytes, with).map_err(Fault::Internal)?;
    Ok(match difference {
        Some(difference) if difference.0.len() < whole.len() => difference,
        _ => (whole, None, dictionary),
    })
}
