//! What BigCommerce says of single endpoints: how many requests may run at once, as data.

use crate::model::ApiVersion;

/// A documented limit on requests running at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cap {
    /// Which generation of the API.
    pub api: ApiVersion,
    /// The path, `{id}` standing for any one segment.
    pub path: &'static str,
    /// Requests at once.
    pub at_once: usize,
}

const fn cap(api: ApiVersion, path: &'static str, at_once: usize) -> Cap {
    Cap { api, path, at_once }
}

/// Reading only. Source: the endpoints' own pages in BigCommerce's API reference (category trees,
/// categories, promotions, price lists, segments, customer groups, locations).
pub const CAPS: &[Cap] = &[
    cap(ApiVersion::V3, "/catalog/trees/{id}/categories", 1),
    cap(ApiVersion::V3, "/catalog/categories", 40),
    cap(ApiVersion::V3, "/catalog/categories/{id}", 40),
    cap(ApiVersion::V3, "/promotions/{id}/codes", 10),
    cap(ApiVersion::V3, "/promotions", 40),
    cap(ApiVersion::V3, "/promotions/{id}", 40),
    cap(ApiVersion::V3, "/pricelists/{id}/records", 10),
    cap(ApiVersion::V3, "/pricelists/{id}/records/{id}", 40),
    cap(ApiVersion::V3, "/pricelists/{id}/records/{id}/{id}", 50),
    cap(ApiVersion::V3, "/segments", 10),
    cap(ApiVersion::V3, "/inventory/locations", 50),
    cap(ApiVersion::V2, "/customer_groups", 40),
    cap(ApiVersion::V2, "/customer_groups/{id}", 40),
];

/// The cap on a path, by its place in [`CAPS`].
pub(super) fn find(api: ApiVersion, path: &str) -> Option<usize> {
    CAPS.iter()
        .position(|cap| cap.api == api && matches(cap.path, path))
}

fn matches(pattern: &str, path: &str) -> bool {
    let mut pattern = pattern.split('/');
    let mut path = path.split('/');
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some("{id}"), Some(segment)) if !segment.is_empty() => {}
            (Some(wanted), Some(segment)) if wanted == segment => {}
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cap_is_found_by_its_whole_path() {
        let at_once = |api, path| find(api, path).map(|at| CAPS[at].at_once);
        let v3 = ApiVersion::V3;
        assert_eq!(at_once(v3, "/catalog/trees/7/categories"), Some(1));
        assert_eq!(at_once(v3, "/catalog/trees/categories"), None);
        assert_eq!(at_once(v3, "/promotions/12/codes"), Some(10));
        assert_eq!(at_once(v3, "/promotions"), Some(40));
        assert_eq!(at_once(v3, "/promotions/"), None);
        assert_eq!(at_once(ApiVersion::V2, "/customer_groups"), Some(40));
        assert_eq!(at_once(v3, "/customer_groups"), None);
        assert_eq!(at_once(v3, "/pricelists/1/records/2/USD"), Some(50));
    }
}
