//! How an entity is written: part of its description. Plain data; the restore engine reads it.
//!
//! Nothing here can say a deletion without naming what goes.

use serde_json::Value;

use super::entity::{Hanging, Omission, Reference};
use crate::model::{ApiVersion, Paging};

/// The members of a request's body.
pub type Body = serde_json::Map<String, Value>;

/// How the objects of an entity are written.
#[derive(Debug)]
pub struct Writes {
    /// How a living object is changed.
    pub update: Option<Sending>,
    /// How a new one is made.
    pub create: Option<Sending>,
    /// How one is deleted.
    pub delete: Option<Deleting>,
    /// Top-level members that both a create and an update take.
    pub members: &'static [&'static str],
    /// Top-level members that only a create takes.
    pub create_only: &'static [&'static str],
    /// Members that are sent with every update, changed or not: BigCommerce would reset them, or
    /// refuses the update without them.
    pub always: &'static [&'static str],
    /// True where an update clears what it leaves out: all `members` are sent.
    pub whole: bool,
    /// Members sent with every create that no document has: name and JSON.
    pub fixed: &'static [(&'static str, &'static str)],
    /// Values that are read and that nobody can set.
    pub unsettable: &'static [Unsettable],
    /// What goes with a create only when it is asked for.
    pub on_request: &'static [OnRequest],
    /// From the members to be sent, as they are read, to how they are written. The second value is
    /// true for a create.
    pub shape: fn(&mut Body, bool),
    /// Lists within the object that are written one row at a time, in the order of the work.
    pub rows: &'static [Rows],
    /// What its documents tell of others that are no entity of their own.
    pub nested: &'static [Nested],
    /// What hangs on its objects, or on what its documents tell of, and that no version holds.
    pub hanging: &'static [Hanging],
    /// What does not come back, and why: for `docs/restore.md` and the plan.
    pub lost: &'static [Omission],
    /// Objects that can't be made anew, told by a member's text, and why.
    pub unmakeable: &'static [(&'static str, &'static str, &'static str)],
    /// Why a deleted one can't be made anew, where it can't.
    pub no_create: Option<&'static str>,
    /// True where an element of a batch names the object's id; false where a natural key does.
    pub takes_id: bool,
    /// Members (dotted, `[]` for any row) of which no two objects hold the same text, those of a group
    /// together: looked for in planning, so that a request is not refused half-way through a restore.
    pub unique: &'static [&'static [&'static str]],
    /// The one of these that is an address within the shop, which no object of another entity may have.
    pub address: Option<&'static str>,
    /// How a hidden twin is made to be looked at, or why none can be.
    pub twin: Result<Twin, &'static str>,
    /// How a twin takes the place of one that can never come back, where some can't.
    pub stand_in: Option<StandIn>,
    /// Entity in whose objects its own stand, where their ids say so (`2/invoice_email`).
    pub within: Option<&'static str>,
    /// True where its references are pointed to a re-created object only when that is asked for.
    pub relink_named: bool,
    /// Ids that mean the same in every store (the first channel).
    pub everywhere: &'static [&'static str],
    /// Members any of which alone, where it has a text, tells the object in another store; else the
    /// natural key does.
    pub alike: &'static [&'static str],
    /// Members that name things which are no objects: their ids mean nothing in another store.
    pub local: &'static [Local],
    /// Members of which null, an empty text, an empty list and an empty object say the same: none.
    pub blank: &'static [&'static str],
}

/// Nothing can be written.
pub const NO_WRITES: Writes = Writes {
    update: None,
    create: None,
    delete: None,
    members: &[],
    create_only: &[],
    always: &[],
    whole: false,
    fixed: &[],
    unsettable: &[],
    on_request: &[],
    shape: as_read,
    rows: &[],
    nested: &[],
    hanging: &[],
    lost: &[],
    unmakeable: &[],
    no_create: None,
    takes_id: true,
    unique: &[],
    address: None,
    twin: Err("there can be no second one beside it that shoppers do not see"),
    stand_in: None,
    within: None,
    relink_named: false,
    everywhere: &[],
    alike: &[],
    local: &[],
    blank: &[],
};

impl Writes {
    /// How one is made, or a twin of one.
    pub fn making(&self, twin: bool) -> Option<&Sending> {
        let stand_in = self.stand_in.as_ref().filter(|_| twin);
        self.create.as_ref().or(stand_in.map(|twin| &twin.create))
    }
}

/// A text that the store gives a member by itself.
#[derive(Debug)]
pub struct Unsettable {
    /// The member.
    pub member: &'static str,
    /// The text.
    pub text: &'static str,
    /// What is written in its place, with any change of the object.
    pub becomes: &'static str,
}

/// A member that a create takes and that no version tells: sent when a flag asks for it.
#[derive(Debug)]
pub struct OnRequest {
    /// The flag, without its dashes.
    pub flag: &'static str,
    /// The member.
    pub member: &'static str,
    /// The JSON that it is set to.
    pub json: &'static str,
}

/// A member that names a thing of the store which is no object of an entity.
#[derive(Debug)]
pub struct Local {
    /// The member, dotted, `[]` for any element.
    pub member: &'static str,
    /// What people call such a thing.
    pub what: &'static str,
    /// Ids that mean the same in every store.
    pub same: &'static [&'static str],
    /// True where the object can't be without it.
    pub needed: bool,
    /// The entity whose documents tell of such a thing, and the member under which they do
    /// ([`Nested::held`]): a restore of those may have made it anew. Else none does.
    pub told_by: Option<(&'static str, &'static str)>,
}

/// One that the object can be without, and of which no id means the same elsewhere.
pub const LOCAL: Local = Local {
    member: "",
    what: "",
    same: &[],
    needed: false,
    told_by: None,
};

/// Written as it is read.
pub fn as_read(_: &mut Body, _: bool) {}

/// A method that writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Makes something: never sent twice without looking first.
    Post,
    /// Sets something: harmless when repeated.
    Put,
}

/// A request that writes objects.
#[derive(Debug)]
pub struct Sending {
    /// Which generation of the API.
    pub api: ApiVersion,
    /// The method.
    pub method: Method,
    /// The path; `{id}` is the object's id.
    pub path: &'static str,
    /// Objects in one request: 0 for one object as the body itself, else an array of so many.
    pub batch: usize,
    /// Parameter that takes the channel of an id like `2/invoice_email`, if ids are like that.
    pub channel: Option<&'static str>,
}

/// How objects are deleted. Both forms name what goes: there is none that could name nothing.
#[derive(Debug)]
pub enum Deleting {
    /// A path with `{id}`.
    Path(&'static str),
    /// A list filter that takes ids.
    Filter {
        /// The list's path.
        path: &'static str,
        /// The filter.
        param: &'static str,
        /// Ids in one request at most.
        chunk: usize,
    },
}

/// What makes another object of a document: a twin that shoppers do not see.
#[derive(Debug)]
pub struct Twin {
    /// Members (dotted) that hide it, and the JSON that they are set to. Those of the top level are set
    /// also where the document lacks them.
    pub hidden: &'static [(&'static str, &'static str)],
    /// Texts (dotted, `[]` for any row) of which there is one each.
    pub renamed: &'static [(&'static str, Rename)],
}

/// What takes the place of an object that is over for good, though the store may still list it: on
/// request, a twin of how it stood before. What pointed to the old one is pointed to the twin.
#[derive(Debug)]
pub struct StandIn {
    /// The member that tells that an object is over, and the texts of it that do, whatever the case.
    pub over: (&'static str, &'static [&'static str]),
    /// How the twin is made: nothing but a twin is.
    pub create: Sending,
    /// What hides it from shoppers, where that depends on what it is.
    pub hide: fn(&mut Body),
    /// What of the object the twin does not have, and why.
    pub lost: &'static [Omission],
    /// What stays with the old one, and why.
    pub left: &'static [Omission],
    /// Why an undo leaves the twin where it is.
    pub stays: &'static str,
}

impl StandIn {
    /// Whether a document is that of an object that is over.
    pub fn is_over(&self, doc: &Value) -> bool {
        let (member, texts) = self.over;
        let told = doc.get(member).and_then(Value::as_str);
        told.is_some_and(|told| texts.iter().any(|text| told.eq_ignore_ascii_case(text)))
    }
}

/// How a text is made another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rename {
    /// Words for people: `Kettle (copy)`.
    Words,
    /// A code without spaces: `K-1-copy`.
    Code,
    /// A path: `/kettle-copy/`.
    Path,
    /// Words of Latin letters, digits, dashes and underscores: `Old-shop-copy`.
    Plain,
}

/// A list within the object whose rows are written by requests of their own.
#[derive(Debug)]
pub struct Rows {
    /// The list's member (`custom_fields`).
    pub member: &'static str,
    /// Member that holds a row's id.
    pub id: &'static str,
    /// Members by which a row is known again when its id is new (`["namespace", "key"]`).
    pub key: &'static [&'static str],
    /// Members of a row that are sent.
    pub members: &'static [&'static str],
    /// Path of a POST (with `upsert` a PUT) that makes a row; `{id}` is the object's id.
    pub create: Option<&'static str>,
    /// Path of a PUT that changes one; `{row}` is the row's id.
    pub update: Option<&'static str>,
    /// Path of a DELETE: of one, whose members may stand in it (`{resource_id}`); or of a list with
    /// the filter that takes the rows' ids (`?id:in`), after the one that takes the object's where
    /// both are needed (`?product_id:in&channel_id:in`).
    pub delete: Option<&'static str>,
    /// True where the row is sent in a list and carries `owner` (and, in an update, its id).
    pub listed: bool,
    /// True where the body of an update has no id: the row is known by its key.
    pub keyed: bool,
    /// Rows in one request at most, where they are sent in a list; 0 for one.
    pub batch: usize,
    /// True where rows are made by a PUT as well: harmless when repeated, and rows of several objects
    /// go together.
    pub upsert: bool,
    /// Member of the body that takes the object's id, where it is not in the path.
    pub owner: Option<&'static str>,
    /// The list whose rows hold this one (`variants`); empty where the object itself does.
    pub within: &'static str,
    /// What the member is in the document.
    pub form: Form,
    /// From a row as it is read to how it is written; true for a create.
    pub shape: fn(&mut Body, bool),
    /// Ids in a row that are those of rows (or of values within them) of lists made before: the
    /// place in the row, then the place that it points to, both dotted from the document.
    pub inner: &'static [(&'static str, &'static str)],
    /// Members of a row, dotted from it, that repeat what rows made before say: those are compared,
    /// these are not.
    pub echoes: &'static [&'static str],
    /// True where making or removing its rows may make, change or remove rows of lists that come
    /// after it (options do so with variants): the object is then read again before those.
    pub stirs: bool,
    /// Why a row that is gone can't be made anew, where it can't. Such a row is not removed either:
    /// an undo could not bring it back.
    pub unmakeable: fn(&Value) -> Option<&'static str>,
    /// True where the object can't be deleted before these rows are.
    pub before_delete: bool,
    /// True for rows that are written only when named by `--field`.
    pub named_only: bool,
    /// How rows of several objects are set in one request, where the API has that.
    pub together: Option<Together>,
    /// True for images: a row is made by a form with its file, the first in order first, and only
    /// what differs is set.
    pub picture: bool,
}

/// A PUT of a list of rows, each with its id, whosoever's they are.
#[derive(Debug)]
pub struct Together {
    /// The path.
    pub path: &'static str,
    /// Rows in one request at most.
    pub batch: usize,
    /// Members that it takes, and no null in any of them: a row of which others differ is set by
    /// itself.
    pub members: &'static [&'static str],
}

impl Rows {
    /// The list's place in the document: `custom_fields`, `variants[].metafields`.
    pub fn place(&self) -> String {
        match self.within {
            "" => self.member.to_owned(),
            within => format!("{within}[].{}", self.member),
        }
    }
}

/// What the member of [`Rows`] is in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A list of rows.
    List,
    /// A list of other objects' ids: an assignment a row, with the id in [`Rows::id`]. What a new
    /// object is assigned to by itself is not wanted.
    Ids,
    /// One row, or null.
    Single,
}

/// Something that has no entity of its own: it stands in the documents of those that point to it,
/// and is made anew with them.
#[derive(Debug)]
pub struct Nested {
    /// What people call one.
    pub singular: &'static str,
    /// Member of the object that holds its id.
    pub pointer: &'static str,
    /// Member of the object with its document.
    pub held: &'static str,
    /// Member of its document that names it.
    pub label: &'static str,
    /// Which generation of the API serves it.
    pub api: ApiVersion,
    /// Path of its list, and of the POST that makes one.
    pub list: &'static str,
    /// How the list is paged, at 250 a page.
    pub paging: Paging,
    /// Path of a DELETE of one, with `{id}`.
    pub one: &'static str,
    /// Members that are sent.
    pub members: &'static [&'static str],
    /// Members of its document that point at entities.
    pub references: &'static [Reference],
    /// Members of its document that name things which are no objects.
    pub local: &'static [Local],
    /// What of it does not come back, and why.
    pub lost: &'static [Omission],
}

/// Any row can be made.
pub fn any_row(_: &Value) -> Option<&'static str> {
    None
}

/// Rows with the usual values.
pub const ROWS: Rows = Rows {
    member: "",
    id: "id",
    key: &[],
    members: &[],
    create: None,
    update: None,
    delete: None,
    listed: false,
    keyed: false,
    batch: 0,
    upsert: false,
    owner: None,
    within: "",
    form: Form::List,
    shape: as_read,
    inner: &[],
    echoes: &[],
    stirs: false,
    unmakeable: any_row,
    before_delete: false,
    named_only: false,
    together: None,
    picture: false,
};
