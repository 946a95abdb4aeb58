//! What a restore made in the place of things that have no history to go on with: those that are no
//! objects (a customer's group), and those whose old id the store lists still (a deleted channel).
//!
//! Objects that go on under another id are not entered here but renumbered.

use rusqlite::{OptionalExtension, params};

use super::{Error, Vault};

/// Followed so far at most: a ring can't be made by a restore, but must not hang one either.
const STEPS_MAX: usize = 100;

/// What keys of the table `state` begin with that say this.
fn key(what: &str, id: &str) -> String {
    format!("became/{what}/{id}")
}

impl Vault {
    /// What the thing `id` is now: itself, unless a restore made another in its place. `what` tells
    /// things of one entity's documents apart; empty for its objects themselves.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn became(&self, entity: &str, what: &str, id: &str) -> Result<String, Error> {
        self.reading(
            || format!("looking up {entity}/{what}/{id}"),
            || {
                let mut now = id.to_owned();
                let Some(number) = self.entity(entity)? else {
                    return Ok(now);
                };
                let mut statement = self
                    .db
                    .prepare_cached("SELECT value FROM state WHERE entity = ?1 AND key = ?2")?;
                for _ in 0..STEPS_MAX {
                    let next: Option<String> = statement
                        .query_row(params![number, key(what, &now)], |row| row.get(0))
                        .optional()?;
                    match next {
                        Some(next) => now = next,
                        None => break,
                    }
                }
                Ok(now)
            },
        )
    }

    /// Remembers that `new` was made in the place of `old`. What was made in the place of `new` is
    /// forgotten: that is there again.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn becomes(&mut self, entity: &str, what: &str, old: &str, new: &str) -> Result<(), Error> {
        self.flush()?;
        self.writing(format!("noting what {entity}/{old} became"), |vault, db| {
            let number = vault.enter_entity(entity)?;
            db.execute(
                "DELETE FROM state WHERE entity = ?1 AND key = ?2",
                params![number, key(what, new)],
            )?;
            if old != new {
                db.execute(
                    "INSERT OR REPLACE INTO state (entity, key, value) VALUES (?1, ?2, ?3)",
                    params![number, key(what, old), new],
                )?;
            }
            Ok(())
        })
    }

    /// Forgets that anything became `new`: it is taken back.
    ///
    /// # Errors
    ///
    /// When the file can't be written.
    pub fn became_not(&mut self, entity: &str, what: &str, new: &str) -> Result<(), Error> {
        self.flush()?;
        self.writing(format!("forgetting {entity}/{new}"), |vault, db| {
            db.execute(
                "DELETE FROM state WHERE entity = ?1 AND value = ?2
                 AND substr(key, 1, length(?3)) = ?3",
                params![vault.enter_entity(entity)?, new, key(what, "")],
            )?;
            Ok(())
        })
    }
}
