//! Documented caps on how many requests of one kind may be under way at once.

use std::collections::BTreeMap;

/// Requests under way, by the kind of path that has a cap.
#[derive(Debug, Default)]
pub struct Crowd(BTreeMap<&'static str, u32>);

/// The kind of a path and its cap, if the documents give it one.
fn cap(method: &str, path: &str) -> Option<(&'static str, u32)> {
    let segs: Vec<&str> = path.trim_start_matches('/').split('/').collect();
    match (method, segs.as_slice()) {
        ("GET", ["v3", "catalog", "trees", _, "categories"]) => Some(("tree snapshot", 1)),
        ("GET", ["v3", "pricelists", _, "records", ..]) => Some(("price records", 10)),
        // the guide says one at a time, the reference two
        ("PUT", ["v3", "pricelists", _, "records"]) => Some(("price record upserts", 1)),
        ("PUT", ["v3", "pricelists", _, "assignments"]) => Some(("price list assignments", 25)),
        ("GET", ["v3", "promotions", _, "codes"]) => Some(("promotion codes", 10)),
        ("GET", ["v3", "promotions", ..]) => Some(("promotions", 40)),
        ("PUT", ["v3", "customers", ..]) => Some(("customer updates", 3)),
        ("GET", ["v2", "customer_groups", ..]) => Some(("customer groups", 40)),
        _ => None,
    }
}

impl Crowd {
    /// Lets one more in and says what it counts as; an error when there are too many already.
    pub fn enter(&mut self, method: &str, path: &str) -> Result<Option<&'static str>, u32> {
        let Some((kind, cap)) = cap(method, path) else {
            return Ok(None);
        };
        let inside = self.0.entry(kind).or_default();
        if *inside >= cap {
            return Err(cap);
        }
        *inside += 1;
        Ok(Some(kind))
    }

    /// Counts one out.
    pub fn leave(&mut self, kind: &'static str) {
        if let Some(inside) = self.0.get_mut(kind) {
            *inside = inside.saturating_sub(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_tree_snapshot_at_once_is_one_too_many() {
        let mut crowd = Crowd::default();
        let path = "/v3/catalog/trees/1/categories";
        assert_eq!(crowd.enter("GET", path), Ok(Some("tree snapshot")));
        assert_eq!(crowd.enter("GET", "/v3/catalog/trees/2/categories"), Err(1));
        crowd.leave("tree snapshot");
        assert!(crowd.enter("GET", path).is_ok());
        assert_eq!(crowd.enter("GET", "/v3/catalog/brands"), Ok(None));
    }
}
