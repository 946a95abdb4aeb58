//! Search over names, SKUs, e-mail addresses and codes: each word of the query must begin a word of
//! the object's text, upper or lower case, with or without accents.
//!
//! Text is cut into words here, the same way for the index and for a query. Scripts without spaces
//! have no words to cut at: there each character counts as one, so that a part of a name is found.
//! The index keeps which objects have a word, not where: a tenth of the size.

use rusqlite::{Connection, params};

use super::fault::Fault;
use super::{Error, Vault, heads};

/// A document with more words is indexed by its first so many; names and codes come first.
const WORDS_MAX: usize = 4096;

/// Cuts text into words.
pub(super) fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        let lone = is_unspaced(c);
        if (lone || !is_part(c)) && !word.is_empty() {
            words.push(std::mem::take(&mut word));
        }
        if lone {
            words.push(c.to_string());
        } else if is_part(c) {
            word.extend(c.to_lowercase().filter(|c| !is_mark(*c)));
        }
        if words.len() >= WORDS_MAX {
            return words;
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// Letters, digits and the marks that go on letters.
fn is_part(c: char) -> bool {
    c.is_alphanumeric() || is_mark(c)
}

/// Accents that follow their letter: dropped, as the index drops those that are part of one.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}')
}

/// Letters of scripts that are written without spaces between words.
fn is_unspaced(c: char) -> bool {
    matches!(c,
        '\u{0e00}'..='\u{0e7f}'     // Thai
        | '\u{3040}'..='\u{30ff}'   // kana
        | '\u{3400}'..='\u{9fff}'   // Han
        | '\u{f900}'..='\u{faff}'
        | '\u{20000}'..='\u{3ffff}')
}

/// A query as FTS5 takes it: every word a quoted prefix, all of them wanted. `None` for a query
/// without a word.
pub(super) fn query(text: &str) -> Option<String> {
    let terms: Vec<String> = words(text).iter().map(|w| format!("\"{w}\"*")).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// A query for the words of a text as they are, all of them wanted. `None` for one without a word.
///
/// Where both are ASCII, an object with that text is always among what is found.
pub(super) fn whole(text: &str) -> Option<String> {
    let terms: Vec<String> = words(text).iter().map(|w| format!("\"{w}\"")).collect();
    (!terms.is_empty()).then(|| terms.join(" AND "))
}

/// Tells one text from another, so that an unchanged one isn't indexed again. Never 0.
pub(super) fn mark(text: &str) -> i64 {
    let hash = blake3::hash(text.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hash.as_bytes()[..8]);
    match i64::from_le_bytes(bytes) {
        0 => 1,
        mark => mark,
    }
}

/// Indexes an object's text in place of the one it had.
pub(super) fn put(db: &Connection, object: i64, text: &str, had: bool) -> Result<(), Fault> {
    if had {
        remove(db, object)?;
    }
    db.prepare_cached("INSERT INTO search (rowid, words) VALUES (?1, ?2)")?
        .execute(params![object, words(text).join(" ")])?;
    Ok(())
}

/// Takes an object out of the index.
pub(super) fn remove(db: &Connection, object: i64) -> Result<(), Fault> {
    db.prepare_cached("DELETE FROM search WHERE rowid = ?1")?
        .execute([object])?;
    Ok(())
}

impl Vault {
    /// Indexes what objects are found by in place of what they were: ids and texts. Objects that are
    /// not there are passed over.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn fill_words(&self, entity: &str, texts: &[(&str, String)]) -> Result<(), Error> {
        self.must_be_writable("indexing words")?;
        let work = |vault: &Self, db: &Connection| {
            let Some(entity) = vault.entity(entity)? else {
                return Ok(());
            };
            for (id, text) in texts {
                let Some(row) = heads::find(db, entity, id)? else {
                    continue;
                };
                let mark = mark(text);
                if row.words != mark {
                    put(db, row.object, text, true)?;
                    db.prepare_cached("UPDATE objects SET words = ?2 WHERE object = ?1")?
                        .execute(params![row.object, mark])?;
                }
            }
            Ok(())
        };
        self.transact(work)
            .map_err(|fault| fault.at(&self.path, "indexing words"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_where_people_would_cut_it() {
        assert_eq!(words("Blue T-Shirt (XL)"), ["blue", "t", "shirt", "xl"]);
        assert_eq!(words("SKU-00123/B"), ["sku", "00123", "b"]);
        assert_eq!(words("ada@example.com"), ["ada", "example", "com"]);
        assert_eq!(words("Ünïcode ÉTÉ"), ["ünïcode", "été"]);
        assert_eq!(words("Cafe\u{301} İ"), ["cafe", "i"]);
        assert_eq!(words("茶碗 set"), ["茶", "碗", "set"]);
        assert_eq!(words(" -- "), Vec::<String>::new());
    }

    #[test]
    fn every_text_has_a_mark_of_its_own() {
        let marks: std::collections::HashSet<i64> =
            (0..1_000).map(|n| mark(&format!("text {n}"))).collect();
        assert_eq!(marks.len(), 1_000);
    }

    #[test]
    fn a_query_cannot_be_anything_but_words() {
        assert_eq!(
            query("O'Neil \"x\" OR *").as_deref(),
            Some("\"o\"* AND \"neil\"* AND \"x\"* AND \"or\"*")
        );
        assert_eq!(query("***"), None);
    }
}
