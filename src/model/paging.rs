//! How a list of BigCommerce's is walked: data that a description states and the API layer obeys.

/// Which of BigCommerce's two REST generations a path belongs to. It settles the envelope: v3 wraps
/// a list in `{data, meta}`, v2 sends a bare array and answers an empty one with 204.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ApiVersion {
    /// `/stores/{hash}/v2/...`
    V2,
    /// `/stores/{hash}/v3/...`
    V3,
}

impl ApiVersion {
    /// `v2` or `v3`, as it stands in the path.
    pub fn segment(self) -> &'static str {
        match self {
            Self::V2 => "v2",
            Self::V3 => "v3",
        }
    }
}

/// How one list ends and how its next page is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paging {
    /// The whole list comes in one answer (e-mail templates, category trees, a tree snapshot).
    Unpaged,
    /// v3 `page`/`limit` with `meta.pagination`: ends at `total_pages` of the last answer.
    Offset,
    /// v3 `after={end_cursor}` with `meta.cursor_pagination`: ends without `links.next` or on a
    /// short page.
    Cursor,
    /// By id, always page 1: `param` carries the last id seen (`id:greater`), or, when `inclusive`,
    /// the last id plus one (`id:min`, v2's `min_id`).
    Keyset {
        /// The filter that takes the id.
        param: &'static str,
        /// True when the filter means "at least", not "more than".
        inclusive: bool,
        /// The member of a row that holds the id.
        id: &'static str,
    },
    /// Windows of ids (`id:min=a&id:max=b`), each with at most `limit` rows, whatever their order.
    IdWindow {
        /// The lower filter, inclusive.
        min: &'static str,
        /// The upper filter, inclusive.
        max: &'static str,
        /// The member of a row that holds the id.
        id: &'static str,
    },
    /// v2 `page`/`limit` without any total: ends on 204, an empty page or a short one.
    Until204,
}
