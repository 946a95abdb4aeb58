//! The sandbox's state: tables of JSON documents, and nothing about HTTP.
//!
//! A document is kept as the API would send it with everything included; routes cut it down. Rows
//! of a large sample are not stored at all until they are edited: a maker builds them from their
//! id, so that a hundred thousand products cost a few megabytes.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Bound;
use std::sync::Arc;

use jiff::Timestamp;
use serde_json::Value;

use crate::model::{Clock, SystemClock};

/// What a row is found by: numbers in their order, then names in theirs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An id that BigCommerce counts up.
    Number(u64),
    /// An id that is a name (an e-mail template's `type_id`).
    Text(String),
}

impl Key {
    /// The key that a path segment or a query value spells.
    pub fn parse(text: &str) -> Self {
        match text.parse() {
            Ok(number) if !text.starts_with('+') => Self::Number(number),
            _ => Self::Text(text.to_owned()),
        }
    }

    /// The key that a document's member holds, if it is a number or a string.
    pub fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Number(number) => number.as_u64().map(Self::Number),
            Value::String(text) => Some(Self::parse(text)),
            _ => None,
        }
    }

    /// The number, or 0 for a name.
    pub fn number(&self) -> u64 {
        match self {
            Self::Number(number) => *number,
            Self::Text(_) => 0,
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl From<u64> for Key {
    fn from(number: u64) -> Self {
        Self::Number(number)
    }
}

impl From<&str> for Key {
    fn from(text: &str) -> Self {
        Self::parse(text)
    }
}

/// Builds the document of a row that was never edited, the same at every call.
pub type Maker = fn(u64) -> Value;

#[derive(Debug, Clone)]
enum Row {
    Kept(Value),
    Made(Maker),
}

/// Documents of one kind in the order of their ids.
#[derive(Debug, Clone, Default)]
pub struct Table {
    rows: BTreeMap<Key, Row>,
    highest: u64,
    /// Rows as they were before they were touched; none while nobody watches.
    before: Option<BTreeMap<Key, Option<Row>>>,
}

/// A row that was touched, as it was and as it is now.
#[derive(Debug, Clone)]
pub struct Change {
    /// The table's name.
    pub table: &'static str,
    /// The row's key.
    pub key: Key,
    /// The document before; none for a new row.
    pub before: Option<Value>,
    /// The document now; none when it was taken out.
    pub after: Option<Value>,
}

impl Table {
    const fn new() -> Self {
        Self {
            rows: BTreeMap::new(),
            highest: 0,
            before: None,
        }
    }

    /// Begins or ends to keep what rows were before they are touched.
    fn watch(&mut self, on: bool) {
        if on != self.before.is_some() {
            self.before = on.then(BTreeMap::new);
        }
    }

    /// Keeps what a row is, before the first touch of it. A made row is kept as its maker.
    fn touch(&mut self, key: &Key) {
        if let Some(before) = &mut self.before
            && !before.contains_key(key)
        {
            before.insert(key.clone(), self.rows.get(key).cloned());
        }
    }

    /// What was touched since the last call.
    fn changes(&mut self, table: &'static str) -> Vec<Change> {
        let Some(before) = &mut self.before else {
            return Vec::new();
        };
        let document = |key: &Key, row: &Row| read(key, row).into_owned();
        std::mem::take(before)
            .into_iter()
            .map(|(key, row)| Change {
                table,
                before: row.as_ref().map(|row| document(&key, row)),
                after: self.rows.get(&key).map(|row| document(&key, row)),
                key,
            })
            .filter(|change| change.before != change.after)
            .collect()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// True without rows.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The awkward sample's ids next to 2^53 are for reading: most descriptions of requests take no
    /// such, so what is made goes on below them.
    fn saw(&mut self, id: u64) {
        if id < 1 << 52 {
            self.highest = self.highest.max(id);
        }
    }

    /// Puts a document in, over an earlier one of the same key.
    pub fn insert(&mut self, key: impl Into<Key>, document: Value) {
        let key = key.into();
        self.touch(&key);
        self.saw(key.number());
        self.rows.insert(key, Row::Kept(document));
    }

    /// Adds a row that `maker` builds whenever it is read.
    pub fn insert_made(&mut self, id: u64, maker: Maker) {
        self.touch(&Key::Number(id));
        self.saw(id);
        self.rows.insert(Key::Number(id), Row::Made(maker));
    }

    /// Takes a document out.
    pub fn remove(&mut self, key: &Key) -> Option<Value> {
        self.touch(key);
        self.rows.remove(key).map(|row| match row {
            Row::Kept(document) => document,
            Row::Made(maker) => maker(key.number()),
        })
    }

    /// One document.
    pub fn get(&self, key: &Key) -> Option<Cow<'_, Value>> {
        self.rows.get(key).map(|row| read(key, row))
    }

    /// One document, to be edited in place.
    pub fn get_mut(&mut self, key: &Key) -> Option<&mut Value> {
        self.touch(key);
        let row = self.rows.get_mut(key)?;
        if let Row::Made(maker) = row {
            *row = Row::Kept(maker(key.number()));
        }
        match row {
            Row::Kept(document) => Some(document),
            Row::Made(_) => None,
        }
    }

    /// True if there is such a row.
    pub fn contains(&self, key: &Key) -> bool {
        self.rows.contains_key(key)
    }

    /// All keys in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &Key> {
        self.rows.keys()
    }

    /// The documents that were put in or edited, in order: all but the rows that makers build.
    pub fn kept(&self) -> impl Iterator<Item = (&Key, &Value)> {
        self.rows.iter().filter_map(|(key, row)| match row {
            Row::Kept(document) => Some((key, document)),
            Row::Made(_) => None,
        })
    }

    /// The document of a row that was never edited; none when it was, or when there is no row.
    pub fn made(&self, key: &Key) -> Option<Value> {
        match self.rows.get(key)? {
            Row::Made(maker) => Some(maker(key.number())),
            Row::Kept(_) => None,
        }
    }

    /// The keys between two bounds, in order.
    pub fn keys_between(&self, from: Bound<Key>, to: Bound<Key>) -> impl Iterator<Item = &Key> {
        self.rows.range((from, to)).map(|(key, _)| key)
    }

    /// All documents in order of their keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&Key, Cow<'_, Value>)> {
        self.rows.iter().map(|(key, row)| (key, read(key, row)))
    }

    /// The documents whose keys lie between two bounds, in order.
    pub fn range(
        &self,
        from: Bound<Key>,
        to: Bound<Key>,
    ) -> impl DoubleEndedIterator<Item = (&Key, Cow<'_, Value>)> {
        self.rows
            .range((from, to))
            .map(|(key, row)| (key, read(key, row)))
    }

    /// Copies of the documents that `wanted` takes, in order.
    pub fn select(&self, mut wanted: impl FnMut(&Value) -> bool) -> Vec<Value> {
        self.iter()
            .filter(|(_, row)| wanted(row))
            .map(|(_, row)| row.into_owned())
            .collect()
    }

    /// Edits every document that `edit` says it changed, and counts them. Rows that were never
    /// edited stay unmade when nothing changes in them.
    pub fn edit_all(&mut self, mut edit: impl FnMut(&mut Value) -> bool) -> usize {
        let mut changed = 0;
        for (key, row) in &mut self.rows {
            let old = self.before.is_some().then(|| row.clone());
            let edited = match row {
                Row::Kept(document) => edit(document),
                Row::Made(maker) => {
                    let mut document = maker(key.number());
                    let edited = edit(&mut document);
                    if edited {
                        *row = Row::Kept(document);
                    }
                    edited
                }
            };
            changed += usize::from(edited);
            if let (true, Some(before)) = (edited, &mut self.before) {
                before.entry(key.clone()).or_insert(old);
            }
        }
        changed
    }

    /// Removes the documents that `wanted` takes and gives them back.
    pub fn take(&mut self, mut wanted: impl FnMut(&Value) -> bool) -> Vec<Value> {
        let keys: Vec<Key> = self
            .iter()
            .filter(|(_, row)| wanted(row))
            .map(|(key, _)| key.clone())
            .collect();
        keys.iter().filter_map(|key| self.remove(key)).collect()
    }
}

fn read<'a>(key: &Key, row: &'a Row) -> Cow<'a, Value> {
    match row {
        Row::Kept(document) => Cow::Borrowed(document),
        Row::Made(maker) => Cow::Owned(maker(key.number())),
    }
}

/// The whole store: its tables by name, its clock, and where it is served.
#[derive(Clone)]
pub struct Store {
    tables: BTreeMap<&'static str, Table>,
    /// Tells the time of every write.
    pub clock: Arc<dyn Clock>,
    /// The store hash in every path.
    pub hash: String,
    /// What a list of orders makes of `is_deleted`.
    pub archived_orders: ArchivedOrders,
    /// What `GET /hooks/admin` shows of domains that get nothing at present.
    pub blocked_domains: Vec<Value>,
    /// Are changes of all tables recorded? Those of `hooks` always are.
    watched: bool,
    /// Uploaded images by where they are kept (`cdn` says where).
    pub files: BTreeMap<String, Vec<u8>>,
    /// No id is given that is not above this one.
    floor: u64,
}

/// How the store treats `is_deleted` in the list of orders. It was documented once and is no
/// longer, so a client has to find out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ArchivedOrders {
    /// `is_deleted=true` lists the archived orders.
    #[default]
    Listed,
    /// The parameter is taken and does nothing: the plain list comes.
    Ignored,
    /// The parameter is refused with 400.
    Refused,
}

/// The table of webhooks.
pub const HOOKS: &str = "hooks";

static EMPTY: Table = Table::new();

impl Store {
    /// A store without anything in it.
    pub fn empty(hash: impl Into<String>) -> Self {
        Self {
            tables: BTreeMap::new(),
            clock: Arc::new(SystemClock),
            hash: hash.into(),
            archived_orders: ArchivedOrders::default(),
            blocked_domains: Vec::new(),
            watched: false,
            files: BTreeMap::new(),
            floor: 0,
        }
    }

    /// Begins or ends to record the changes of every table.
    pub fn watch(&mut self, on: bool) {
        self.watched = on;
        for (name, table) in &mut self.tables {
            table.watch(on || *name == HOOKS);
        }
    }

    /// The rows that changed since the last call, of the tables that are watched.
    pub fn changes(&mut self) -> Vec<Change> {
        let tables = self.tables.iter_mut();
        tables
            .flat_map(|(name, table)| table.changes(name))
            .collect()
    }

    /// From now on every id that is given, whatever for, is above this one.
    pub fn ids_above(&mut self, floor: u64) {
        self.floor = self.floor.max(floor);
    }

    /// The next id BigCommerce would give to a row of a table: ids are never used twice.
    pub fn next_id(&self, table: &str) -> u64 {
        self.id_above(self.table(table).highest)
    }

    /// The next id of what has no table of its own and whose highest id so far is this one. Ids
    /// come from here or from [`Store::next_id`], so that none can be below the floor.
    pub fn id_above(&self, highest: u64) -> u64 {
        highest.max(self.floor) + 1
    }

    /// A table to read; one that was never written to is empty.
    pub fn table(&self, name: &str) -> &Table {
        self.tables.get(name).unwrap_or(&EMPTY)
    }

    /// A table to write to.
    pub fn table_mut(&mut self, name: &'static str) -> &mut Table {
        let table = self.tables.entry(name).or_default();
        if table.before.is_none() && (self.watched || name == HOOKS) {
            table.watch(true);
        }
        table
    }

    /// A table to write to by a name that came from outside; only tables that exist are found.
    pub fn existing_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.get_mut(name)
    }

    /// The names of the tables that exist.
    pub fn table_names(&self) -> impl Iterator<Item = &'static str> {
        self.tables.keys().copied()
    }

    /// One document, for tests: panics are theirs to make.
    pub fn document(&self, table: &str, key: impl Into<Key>) -> Option<Value> {
        self.table(table).get(&key.into()).map(Cow::into_owned)
    }

    /// Edits one document in place; false when there is none.
    pub fn edit(
        &mut self,
        table: &'static str,
        key: impl Into<Key>,
        edit: impl FnOnce(&mut Value),
    ) -> bool {
        match self.table_mut(table).get_mut(&key.into()) {
            Some(document) => {
                edit(document);
                true
            }
            None => false,
        }
    }

    /// The moment of a write as v3 spells it: seconds and `Z`.
    pub fn stamp(&self) -> String {
        self.now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sizes: BTreeMap<_, _> = self
            .tables
            .iter()
            .map(|(name, t)| (name, t.len()))
            .collect();
        f.debug_struct("Store")
            .field("hash", &self.hash)
            .field("rows", &sizes)
            .finish()
    }
}
