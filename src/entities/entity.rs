//! The shape of a description: one value of [`Entity`] is all that vortex knows of one kind of
//! thing in the store. Plain data; the engines read it, and no engine knows an entity by name.
//!
//! Paths are those behind `/stores/{hash}/v2` or `/v3` in BigCommerce's API reference. `{id}` in a
//! path is the object's own id. Member patterns are dotted, `[]` is any list element, a segment may
//! end in `*` (`images[].url_*`), a pattern of what is volatile in `?` (`notes?`: only where it is
//! empty, so that a part that older versions lack makes no new one of what has none of it).

pub use super::hanging::{Hanging, Lists};
pub use super::images::*;
pub use super::webhooks::Webhook;
pub use super::writes::*;
use crate::model::{ApiVersion, Paging};

/// A query parameter as it is sent: name, value.
pub type Query = &'static [(&'static str, &'static str)];

/// One kind of thing in the store, described.
#[derive(Debug)]
pub struct Entity {
    /// Plural name: the one in tables, JSON and the version store.
    pub name: &'static str,
    /// Singular name, accepted wherever the plural is.
    pub singular: &'static str,
    /// Part of the store it belongs to: `catalog`, `customers`, `orders`, `marketing`, `content`,
    /// `channels`.
    pub group: &'static str,
    /// What is captured, for people: one line.
    pub holds: &'static str,
    /// How its objects are listed.
    pub listing: Listing,
    /// How one object is asked for by id, to prove that it is gone or to read it live.
    pub lookup: Lookup,
    /// Member that holds the id.
    pub id: &'static str,
    /// Members that name it to people, joined by a space; empty ones are left out.
    pub label: &'static [&'static str],
    /// Members that `list --search` finds it by, beside the label.
    pub search: &'static [&'static str],
    /// Members by which a human would know it again when its id is new.
    pub natural_key: &'static [&'static str],
    /// Member that moves when the object is edited, where the API has one. A hint to read deep
    /// parts again, never a proof that nothing changed.
    pub modified: Option<&'static str>,
    /// What the API serves elsewhere and the document nests.
    pub parts: &'static [Part],
    /// Objects whose deep parts are read once and then only when `modified` moves.
    pub settled: Option<Settled>,
    /// Members that change without a merchant's edit: kept in the document, left out of the
    /// fingerprint, hidden in `diff`.
    pub volatile: &'static [&'static str],
    /// Members with a CDN address: its host and query are stamps, only its file name counts.
    pub stamped: &'static [&'static str],
    /// Lists whose order means nothing.
    pub unordered: &'static [&'static str],
    /// Members moved by trade rather than by the merchant: versions, restored only when named.
    pub moving: &'static [&'static str],
    /// Members that BigCommerce sets and never takes.
    pub read_only: &'static [&'static str],
    /// Members with a person's data. `&[""]` means the whole document. Compression dictionaries are
    /// never trained on them.
    pub personal: &'static [&'static str],
    /// Members that point at other entities.
    pub references: &'static [Reference],
    /// Webhook scopes that tell of changes; empty for none.
    pub webhooks: &'static [Webhook],
    /// What happens to it that no webhook tells, so that it has to be swept.
    pub untold: &'static str,
    /// Whether BigCommerce lets it be brought back.
    pub restore: Restore,
    /// Its images: where its documents name them, and how one is sent back.
    pub pictures: &'static [Pictures],
    /// How it is written.
    pub writes: Writes,
    /// OAuth scope that reading it takes.
    pub scope_read: &'static str,
    /// OAuth scope that writing it takes.
    pub scope_write: &'static str,
    /// Member that names the channel or site it belongs to, if any.
    pub channel: Option<&'static str>,
    /// A count that the API gives by itself, shown beside what vortex holds.
    pub counts: Option<Counts>,
    /// What of it is not backed up, and why: said in README and by `vortex entities`.
    pub omits: &'static [Omission],
    /// What a backup costs in requests for N objects, for people.
    pub cost: &'static str,
}

impl Entity {
    /// True when some webhook tells of changes of the objects themselves.
    pub fn realtime(&self) -> bool {
        self.webhooks.iter().any(|hook| hook.register && !hook.part)
    }

    /// True unless nothing of it can be written back.
    pub fn restorable(&self) -> bool {
        !matches!(self.restore, Restore::Never(_))
    }

    /// Why it can't be brought back, or what of it can't.
    pub fn why_not(&self) -> Option<&'static str> {
        match self.restore {
            Restore::Whole => None,
            Restore::InPart(why) | Restore::Never(why) => Some(why),
        }
    }

    /// The deep parts: those with a freshness of their own.
    pub fn deep_parts(&self) -> impl Iterator<Item = &'static Part> + use<> {
        self.parts.iter().filter(|part| part.deep)
    }

    /// Names of the members that deep parts fill, for those nested in the document itself.
    pub fn deep_members(&self) -> Vec<&'static str> {
        self.deep_parts()
            .flat_map(|part| part.members.iter().copied())
            .collect()
    }
}

/// How the objects of an entity are listed: one pass or several over the API.
#[derive(Debug)]
pub struct Listing {
    /// Which generation of the API.
    pub api: ApiVersion,
    /// The passes, in order. An object met in two passes is taken from the first.
    pub passes: &'static [Pass],
}

/// One walk over a list.
#[derive(Debug)]
pub struct Pass {
    /// The list's path.
    pub path: &'static str,
    /// Parameters sent with every page.
    pub query: Query,
    /// How its pages follow each other.
    pub paging: Paging,
    /// Rows a page asks for; 0 where the list takes no `limit`.
    pub limit: u32,
    /// Whether it is walked once or once for each row of another list.
    pub over: Over,
    /// When the pass is made at all.
    pub when: When,
    /// What makes an id of a row.
    pub ids: Ids,
    /// Another way of paging, dearer but proof against shifting rows: taken when the list would
    /// not stand still.
    pub steady: Option<Paging>,
}

/// A pass that is walked once.
pub const PASS: Pass = Pass {
    path: "",
    query: &[],
    paging: Paging::Offset,
    limit: 250,
    over: Over::Once,
    when: When::Always,
    ids: Ids::Plain,
    steady: None,
};

/// Once, or once for each row of another list.
#[derive(Debug)]
pub enum Over {
    /// Once.
    Once,
    /// Once for each row of this list, with the row's id as a parameter.
    Each {
        /// Path of the outer list (v3).
        path: &'static str,
        /// Its parameters.
        query: Query,
        /// How it is paged.
        paging: Paging,
        /// Rows a page; 0 where it takes no `limit`.
        limit: u32,
        /// Member of the outer row that holds the id.
        id: &'static str,
        /// Parameter that takes the id.
        param: &'static str,
    },
}

/// When a pass is made.
#[derive(Debug)]
pub enum When {
    /// Always.
    Always,
    /// Tried: the filter is not in today's API reference, so the first page must prove that it is
    /// honoured (each row has `member` true). Otherwise the pass is left out, and the run says so.
    Probe {
        /// Member that has to be true in every row.
        member: &'static str,
        /// What to tell the user when the store does not offer it.
        otherwise: &'static str,
    },
    /// Only for a status that the API counts but of which the passes before listed none.
    Uncounted {
        /// Parameter that takes the status' id.
        param: &'static str,
        /// The status.
        status: &'static str,
    },
}

/// What makes an object's id of a row.
#[derive(Debug)]
pub enum Ids {
    /// The member named by [`Entity::id`].
    Plain,
    /// Outer id, a slash, the member (`2/invoice_email`). Kept only where it differs from the
    /// object of that id in the first pass, for the list answers inherited values as well.
    Override,
}

/// How one object is asked for by id.
#[derive(Debug)]
pub enum Lookup {
    /// A list filter that takes several ids, comma-separated.
    Filter {
        /// The list's path.
        path: &'static str,
        /// The filter (`id:in`).
        param: &'static str,
        /// Ids in one request at most (URL length).
        chunk: usize,
        /// Parameters for a mere proof of existence, to make the answer small.
        light: Query,
        /// Parameters for reading it whole.
        full: Query,
    },
    /// A path with `{id}`; 404 means gone.
    Path {
        /// The path.
        path: &'static str,
        /// Parameters for reading it whole.
        full: Query,
        /// Parameter that takes the channel of an id like `2/invoice_email`, if ids are like that.
        channel: Option<&'static str>,
    },
    /// A list filter that takes one id; an empty list means gone.
    One {
        /// The list's path.
        path: &'static str,
        /// The filter.
        param: &'static str,
        /// Further parameters.
        full: Query,
    },
}

/// Something of an object that the API serves elsewhere.
#[derive(Debug)]
pub struct Part {
    /// Members that it fills: the include's names, else the last path segment with `_` for `-`.
    pub members: &'static [&'static str],
    /// Where they are nested: empty for the document itself, `variants[]` for each variant.
    pub at: &'static str,
    /// Which generation of the API serves it.
    pub api: ApiVersion,
    /// Where it comes from.
    pub source: Source,
    /// Read only for objects that can have any.
    pub only: Only,
    /// True for what costs a request per object or a small page: read first for what is new or
    /// changed, then in rotation.
    pub deep: bool,
    /// Set where a store may lack the feature: what to tell the user on a 403, 404 or 405.
    pub feature: Option<&'static str>,
    /// Scope for reading, where it is not the entity's.
    pub scope_read: Option<&'static str>,
}

/// A part with the usual values: nested in the document, v3, always, not deep.
pub const PART: Part = Part {
    members: &[],
    at: "",
    api: ApiVersion::V3,
    source: Source::PerObject {
        path: "",
        query: &[],
        paging: Paging::Offset,
        limit: 250,
    },
    only: Only::Always,
    deep: false,
    feature: None,
    scope_read: None,
};

/// Where a part comes from.
#[derive(Debug)]
pub enum Source {
    /// One list for the whole store, joined by a member.
    Bulk {
        /// The list's path.
        path: &'static str,
        /// Its parameters.
        query: Query,
        /// How it is paged.
        paging: Paging,
        /// Rows a page; 0 where it takes no `limit`.
        limit: u32,
        /// Member of the host that is looked up (`id`, `customer_group_id`).
        host: &'static str,
        /// Member of the part's row that must equal it (`resource_id`).
        key: &'static str,
        /// True for a list of rows, false for the one row itself (or null).
        many: bool,
        /// How the rows of one host alone are read.
        alone: Alone,
    },
    /// The same list again with other includes, for some ids at a time; the named members are
    /// taken from its rows.
    Include {
        /// The list's path.
        path: &'static str,
        /// Its parameters.
        query: Query,
        /// Filter that takes the ids.
        param: &'static str,
        /// Ids in one request.
        chunk: usize,
    },
    /// A member list that an include cuts short: read whole where `count` says there are more.
    Overflow {
        /// Member that tells how many there are.
        count: &'static str,
        /// The list's path.
        path: &'static str,
        /// Its parameters.
        query: Query,
        /// Filter that takes the hosts' ids.
        param: &'static str,
        /// Member of a row that holds the host's id.
        key: &'static str,
        /// Hosts in one request.
        chunk: usize,
    },
    /// One list for each object.
    PerObject {
        /// Path with `{id}`.
        path: &'static str,
        /// Its parameters.
        query: Query,
        /// How it is paged.
        paging: Paging,
        /// Rows a page; 0 where it takes no `limit`.
        limit: u32,
    },
}

/// How the rows of one host are read when only that host is wanted.
#[derive(Debug)]
pub enum Alone {
    /// A path with `{id}`: the host's look-up value. Paged like the list.
    Path(&'static str),
    /// A path with `{id}` that answers the one row itself.
    Single(&'static str),
    /// The list with this filter.
    Filter(&'static str),
    /// Only by reading the list through.
    Through,
    /// A path with `{outer}`, the document's id, and `{id}`, that of the host within it. Where a
    /// document has many hosts, the list is read through.
    Within(&'static str),
}

/// For which objects a part is read.
#[derive(Debug)]
pub enum Only {
    /// For every object.
    Always,
    /// Where one of these lists is not empty, else the part is an empty list by itself.
    AnyOf(&'static [&'static str]),
    /// Where the member, a number or a number in text, is not zero.
    NotZero(&'static str),
    /// Where the numbers in these places don't add up to what the member tells: something that
    /// an include carries was cut short.
    Short {
        /// Member that tells how many there are.
        told: &'static str,
        /// Patterns of the numbers to add up.
        came: &'static [&'static str],
    },
    /// Where the member equals the text, whatever the case.
    Equals(&'static str, &'static str),
    /// Where the member differs from the text, whatever the case.
    Differs(&'static str, &'static str),
}

/// Objects at rest.
#[derive(Debug)]
pub struct Settled {
    /// Member with the state.
    pub member: &'static str,
    /// States at rest, as they print.
    pub values: &'static [&'static str],
}

/// A count by state that the API gives.
#[derive(Debug)]
pub struct Counts {
    /// The path.
    pub path: &'static str,
    /// Which generation.
    pub api: ApiVersion,
    /// The list of counts by state in the answer and the member of an object that holds its
    /// state's id; none where the API gives one number.
    pub by_state: Option<ByState>,
}

/// Counts by state.
#[derive(Debug)]
pub struct ByState {
    /// Member of the answer with the list of `{id, name, count}`.
    pub list: &'static str,
    /// Member of an object with its state's id.
    pub member: &'static str,
}

/// A pointer to another entity.
#[derive(Debug)]
pub struct Reference {
    /// The member; `..` stands for any depth (rule trees).
    pub member: &'static str,
    /// Entity it points to.
    pub to: &'static str,
    /// Only where this member holds this text, whatever the case.
    pub when: Option<(&'static str, &'static str)>,
    /// Without it the object would be something else: it is not made without.
    pub needed: bool,
}

impl Reference {
    /// One without which the object is not made.
    pub const fn needed(self) -> Self {
        Self {
            needed: true,
            ..self
        }
    }
}

/// A pointer that always points to that entity.
pub const fn points_to(member: &'static str, to: &'static str) -> Reference {
    Reference {
        member,
        to,
        when: None,
        needed: false,
    }
}

/// A pointer whose entity another member tells.
pub const fn points_where(
    member: &'static str,
    to: &'static str,
    when: (&'static str, &'static str),
) -> Reference {
    Reference {
        member,
        to,
        when: Some(when),
        needed: false,
    }
}

/// Whether an entity can be brought back.
#[derive(Debug)]
pub enum Restore {
    /// All of it that matters.
    Whole,
    /// With an exception, told here.
    InPart(&'static str),
    /// Not at all, for this reason.
    Never(&'static str),
}

/// Something that is not backed up.
#[derive(Debug)]
pub struct Omission {
    /// What.
    pub what: &'static str,
    /// Why.
    pub why: &'static str,
}
