//! Images of an object: part of its description. Plain data; the engines fetch, keep and send them.
//!
//! Nothing here says what an image is worth: a document that names one says that it is there.

/// Places of one kind that name an image.
#[derive(Debug)]
pub struct Pictures {
    /// The place in the document (`variants[]`); empty for the document itself.
    pub at: &'static str,
    /// Members of the place that hold an address of it, dotted, the best rendition first.
    pub urls: &'static [&'static str],
    /// Member that is the picture's own name: with the place's id it stays the same as long as the
    /// picture does. Empty where only the address tells.
    pub file: &'static str,
    /// The address of the original, made of the first of `urls`: tried before them.
    pub original: fn(&str) -> Option<String>,
    /// How one is sent, where the place has a request for it. A list whose rows are images has its
    /// own ([`super::entity::Rows::picture`]).
    pub upload: Option<Upload>,
}

/// Places with the usual values.
pub const PICTURES: Pictures = Pictures {
    at: "",
    urls: &[],
    file: "",
    original: none,
    upload: None,
};

fn none(_: &str) -> Option<String> {
    None
}

/// The form that sends the one image of a place.
#[derive(Debug)]
pub struct Upload {
    /// Path of the POST (v3); `{id}` is the object's id, `{1}`, `{2}` those of the rows on the way.
    pub path: &'static str,
    /// Path of the DELETE that takes it away, where there is one.
    pub remove: Option<&'static str>,
    /// The largest file that is taken, in bytes.
    pub bytes_max: u64,
}

/// Member under which a document at hand has beside an image what is held of it. No document of a
/// store has such a name, and none is kept with it.
pub const HELD: &str = "\u{0}held";

/// The field that takes the file in every upload.
pub const FILE_FIELD: &str = "image_file";
