//! Listing: the overview, one object's row, and all objects of an entity as a stream.

use std::collections::HashMap;
use std::ops::ControlFlow;

use jiff::Timestamp;
use rusqlite::ToSql;

use super::fault::Fault;
use super::heads::{State, place};
use super::runs::last_where;
use super::{Error, Vault, moment, search};
use crate::model::{ObjectId, RunId, VersionNumber};

/// An entity in the overview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntityOverview {
    /// Its plural name.
    pub entity: String,
    /// Objects that are there.
    pub live: u64,
    /// Objects that are proven gone.
    pub deleted: u64,
    /// Versions of both, tombstones included.
    pub versions: u64,
    /// When its last whole listing ended.
    pub last_seen_at: Option<Timestamp>,
    /// The last run that looked at it.
    pub last_run: Option<RunId>,
}

/// An object in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectRow {
    /// Its id.
    pub id: ObjectId,
    /// What people call it (when last seen alive).
    pub label: String,
    /// How many versions are held.
    pub versions: u64,
    /// The newest one's number.
    pub version: VersionNumber,
    /// Whether that is a tombstone.
    pub state: State,
    /// When the newest version was captured.
    pub changed_at: Timestamp,
    /// In which run.
    pub run: RunId,
    /// When it was last seen alive: by the last whole listing, or by its newest version's capture.
    pub seen_at: Option<Timestamp>,
    /// Its deep parts still wait for their first reading.
    pub pending: bool,
}

/// Which objects, by state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum StateFilter {
    /// Those that are there.
    #[default]
    Live,
    /// Those that are gone.
    Deleted,
    /// Both.
    All,
}

/// Which objects to list.
#[derive(Debug, Clone, Default)]
pub struct ObjectFilter {
    /// By state.
    pub state: StateFilter,
    /// Only those whose newest version was captured at this time or later.
    pub changed_since: Option<Timestamp>,
    /// Only those with words that begin with each word of this text; without a word, nothing.
    pub search: Option<String>,
    /// Only those with every word of this text, whole; without a word, nothing. Where text and object
    /// are ASCII, those that are found by this very text are among them.
    pub words: Option<String>,
    /// At most so many.
    pub limit: Option<u64>,
}

impl Vault {
    /// A row for each entity that the vault has met, by name.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn overview(&self) -> Result<Vec<EntityOverview>, Error> {
        self.reading(
            || "counting what is held".to_owned(),
            || {
                let mut statement = self.db.prepare_cached(
                    "SELECT e.entity, e.name, count(o.object), coalesce(sum(o.live), 0),
                            coalesce(sum(o.versions), 0)
                     FROM entities e LEFT JOIN objects o USING (entity)
                     GROUP BY e.entity ORDER BY e.name",
                )?;
                let mut rows = statement.query([])?;
                let mut all = Vec::new();
                while let Some(row) = rows.next()? {
                    let entity: i64 = row.get(0)?;
                    let (objects, live): (i64, i64) = (row.get(2)?, row.get(3)?);
                    let last_whole = last_where(&self.db, entity, i64::MAX, "whole = 1")?;
                    let last_run = last_where(&self.db, entity, i64::MAX, "1")?;
                    all.push(EntityOverview {
                        entity: row.get(1)?,
                        live: live.unsigned_abs(),
                        deleted: (objects - live).unsigned_abs(),
                        versions: row.get::<_, i64>(4)?.unsigned_abs(),
                        last_seen_at: last_whole.map(|(_, at)| at),
                        last_run: last_run.map(|(run, _)| run),
                    });
                }
                Ok(all)
            },
        )
    }

    /// One object's row; `None` when it was never seen.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn object(&self, entity: &str, id: &str) -> Result<Option<ObjectRow>, Error> {
        self.reading(
            || format!("reading {entity}/{id}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(None);
                };
                let id = &self.now_called(number, id)?;
                let (rank, digits) = place(id);
                let sql = format!(
                    "{OBJECT} FROM objects o {HEAD}
                     WHERE o.entity = ?1 AND o.rank = ?2 AND o.digits = ?3 AND o.id = ?4"
                );
                let mut statement = self.db.prepare_cached(&sql)?;
                let mut rows = statement.query((number, rank, digits, id))?;
                let mut sightings = Sightings::of(self, number)?;
                rows.next()?
                    .map(|row| object_row(row, &mut sightings))
                    .transpose()
            },
        )
    }

    /// Shows `visit` an entity's objects one by one, in the order of their ids, until it has had
    /// enough. Nothing is gathered in memory.
    ///
    /// # Errors
    ///
    /// When the file can't be read.
    pub fn objects(
        &self,
        entity: &str,
        filter: &ObjectFilter,
        visit: &mut dyn FnMut(ObjectRow) -> ControlFlow<()>,
    ) -> Result<(), Error> {
        self.reading(
            || format!("listing {entity}"),
            || {
                let Some(number) = self.entity(entity)? else {
                    return Ok(());
                };
                let Some((sql, given)) = listing(number, filter) else {
                    return Ok(());
                };
                let given: Vec<&dyn ToSql> = given.iter().map(Box::as_ref).collect();
                let mut statement = self.db.prepare_cached(&sql)?;
                let mut rows = statement.query(given.as_slice())?;
                let mut sightings = Sightings::of(self, number)?;
                while let Some(row) = rows.next()? {
                    if visit(object_row(row, &mut sightings)?).is_break() {
                        break;
                    }
                }
                Ok(())
            },
        )
    }
}

const OBJECT: &str = "SELECT o.id, o.label, o.versions, o.version, o.live, o.pending,
       b.captured_at, b.run";

const HEAD: &str = "JOIN versions v ON v.seq = o.head JOIN batches b ON b.batch = v.batch";

/// The statement for a filter. Each kind starts from the index that narrows most (CROSS JOIN keeps
/// SQLite from turning it around): words, then times, then ids. `None` when nothing can match.
fn listing(entity: i64, filter: &ObjectFilter) -> Option<(String, Vec<Box<dyn ToSql>>)> {
    let mut given: Vec<Box<dyn ToSql>> = vec![Box::new(entity)];
    let mut conditions = String::from("o.entity = ?1");
    let mut from = format!("objects o {HEAD}");
    if let Some(since) = filter.changed_since {
        given.push(Box::new(since.as_millisecond()));
        conditions += " AND b.captured_at >= ?2";
        from = "batches b CROSS JOIN versions v ON v.seq BETWEEN b.first_seq AND b.last_seq
                CROSS JOIN objects o ON o.object = v.object AND o.head = v.seq"
            .to_owned();
    }
    let search = filter.search.as_deref().map(search::query);
    if let Some(query) = search.or_else(|| filter.words.as_deref().map(search::whole)) {
        given.push(Box::new(query?));
        conditions += &format!(" AND s.search MATCH ?{}", given.len());
        from = format!("search s CROSS JOIN objects o ON o.object = s.rowid {HEAD}");
    }
    conditions += match filter.state {
        StateFilter::Live => " AND o.live = 1",
        StateFilter::Deleted => " AND o.live = 0",
        StateFilter::All => "",
    };
    given.push(Box::new(
        filter.limit.map_or(-1, |n| i64::try_from(n).unwrap_or(-1)),
    ));
    let limit = given.len();
    let sql = format!(
        "{OBJECT} FROM {from} WHERE {conditions}
         ORDER BY o.rank, o.digits, o.id LIMIT ?{limit}"
    );
    Some((sql, given))
}

fn object_row(row: &rusqlite::Row<'_>, sightings: &mut Sightings<'_>) -> Result<ObjectRow, Fault> {
    let state = if row.get(4)? {
        State::Live
    } else {
        State::Deleted
    };
    let changed_at = moment(row.get(6)?)?;
    let run = RunId(row.get(7)?);
    let seen_at = match state {
        State::Live => Some(
            sightings
                .last
                .map_or(changed_at, |last| last.max(changed_at)),
        ),
        State::Deleted => sightings.before(run)?,
    };
    Ok(ObjectRow {
        id: ObjectId::new(row.get::<_, String>(0)?),
        label: row.get(1)?,
        versions: row.get::<_, i64>(2)?.unsigned_abs(),
        version: row.get(3)?,
        state,
        changed_at,
        run,
        seen_at,
        pending: row.get(5)?,
    })
}

/// When an entity's whole listings were: what "last seen" is derived from.
struct Sightings<'a> {
    vault: &'a Vault,
    entity: i64,
    last: Option<Timestamp>,
    before: HashMap<RunId, Option<Timestamp>>,
}

impl<'a> Sightings<'a> {
    fn of(vault: &'a Vault, entity: i64) -> Result<Self, Fault> {
        Ok(Self {
            vault,
            entity,
            last: last_where(&vault.db, entity, i64::MAX, "whole = 1")?.map(|(_, at)| at),
            before: HashMap::new(),
        })
    }

    /// The last whole listing before a run. Tombstones share runs, so there are few to look up.
    fn before(&mut self, run: RunId) -> Result<Option<Timestamp>, Fault> {
        if let Some(known) = self.before.get(&run) {
            return Ok(*known);
        }
        let found = last_where(&self.vault.db, self.entity, run.0, "whole = 1")?;
        let at = found.map(|(_, at)| at);
        self.before.insert(run, at);
        Ok(at)
    }
}
