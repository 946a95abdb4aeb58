//! The descriptions: all that vortex knows of each kind of thing in a store, one file each.
//!
//! Adding an entity touches its file, its name in the list below, and its fixture. Nothing here
//! does any I/O, and no other module names an entity.

mod dates;
pub mod entity;
pub mod hanging;
pub mod images;
pub mod table;
mod templates;
pub mod webhooks;
pub mod writes;

pub use entity::Entity;

macro_rules! entities {
    ($($file:ident :: $name:ident),+ $(,)?) => {
        $(pub mod $file;)+
        static ALL: &[&Entity] = &[$(&$file::$name),+];
    };
}

// In the order of the work: what others point to comes first.
entities! {
    channels::CHANNELS,
    categories::CATEGORIES,
    brands::BRANDS,
    products::PRODUCTS,
    customers::CUSTOMERS,
    orders::ORDERS,
    pages::PAGES,
    email_templates::EMAIL_TEMPLATES,
    blog_posts::BLOG_POSTS,
    redirects::REDIRECTS,
    promotions::PROMOTIONS,
    coupons::COUPONS,
    gift_certificates::GIFT_CERTIFICATES,
}

/// Every entity, in the order of the work.
pub fn all() -> &'static [&'static Entity] {
    ALL
}

/// The entity that a word means: singular or plural, `_` as good as `-`, whatever the case.
pub fn find(word: &str) -> Option<&'static Entity> {
    let word = word.to_lowercase().replace('_', "-");
    ALL.iter()
        .copied()
        .find(|e| e.name == word || e.singular == word)
}

/// The name closest to a word that means none, if one is close.
pub fn nearest(word: &str) -> Option<&'static str> {
    let word = word.to_lowercase().replace('_', "-");
    let names = ALL.iter().flat_map(|e| [e.name, e.singular]);
    names
        .map(|name| (strsim::damerau_levenshtein(&word, name), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(1))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::entity::{Alone, Deleting, Lookup, Method, Over, Source};
    use super::*;

    #[test]
    fn the_thirteen_are_there_in_singular_and_plural() {
        for name in [
            "products",
            "categories",
            "brands",
            "customers",
            "orders",
            "channels",
            "pages",
            "email-templates",
            "coupons",
            "promotions",
            "blog-posts",
            "redirects",
            "gift-certificates",
        ] {
            let entity = find(name).unwrap_or_else(|| panic!("{name} is missing"));
            assert_eq!(find(entity.singular).map(|e| e.name), Some(name));
        }
        assert_eq!(
            find("Email_Template").map(|e| e.name),
            Some("email-templates")
        );
    }

    #[test]
    fn a_slip_of_the_pen_finds_its_entity_and_nonsense_none() {
        assert_eq!(nearest("prodcuts"), Some("products"));
        assert_eq!(nearest("catgories"), Some("categories"));
        assert_eq!(nearest("xyzzy"), None);
    }

    #[test]
    fn descriptions_agree_with_each_other() {
        let mut faults = Vec::new();
        let names: BTreeSet<_> = ALL.iter().map(|e| e.name).collect();
        if names.len() != ALL.len() {
            faults.push("two entities share a name".to_owned());
        }
        for entity in ALL {
            let mut say = |what: String| faults.push(format!("{}: {what}", entity.name));
            for reference in entity.references {
                if !names.contains(reference.to) {
                    say(format!(
                        "{} points to unknown {}",
                        reference.member, reference.to
                    ));
                }
            }
            if entity
                .writes
                .within
                .is_some_and(|within| !names.contains(within))
            {
                say("stands within what is unknown".into());
            }
            for (teller, held) in entity.writes.local.iter().filter_map(|l| l.told_by) {
                let teller = ALL.iter().find(|other| other.name == teller);
                let known = |other: &&&Entity| other.writes.nested.iter().any(|n| n.held == held);
                if teller.filter(known).is_none() {
                    say(format!("{held} is told by no entity"));
                }
            }
            if entity.listing.passes.is_empty() {
                say("no listing".into());
            }
            if entity.label.is_empty() || entity.cost.is_empty() || entity.holds.is_empty() {
                say("label, cost or holds is empty".into());
            }
            if entity.realtime() == entity.untold.starts_with("everything") {
                say("without webhooks everything is untold, and only then".into());
            }
            let mut seen = BTreeSet::new();
            for part in entity.parts {
                for member in part.members {
                    if !seen.insert((part.at, *member)) {
                        say(format!("two parts fill {}{member}", part.at));
                    }
                }
                let path = match &part.source {
                    Source::PerObject { path, .. } if !path.contains("{id}") => *path,
                    Source::Bulk { path, .. } if path.contains('{') => *path,
                    _ => "",
                };
                if !path.is_empty() {
                    say(format!("part path {path} has its {{id}} wrong"));
                }
            }
            if let Lookup::Path { path, .. } = &entity.lookup
                && !path.contains("{id}")
            {
                say("look-up path lacks {id}".into());
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// Every path that a description can make vortex ask for.
    fn paths(entity: &Entity) -> Vec<(&'static str, &'static str)> {
        let own = entity.listing.api.segment();
        let mut paths = Vec::new();
        for pass in entity.listing.passes {
            paths.push((own, pass.path));
            if let Over::Each { path, .. } = pass.over {
                paths.push(("v3", path));
            }
        }
        let (Lookup::Filter { path, .. } | Lookup::Path { path, .. } | Lookup::One { path, .. }) =
            &entity.lookup;
        paths.push((own, *path));
        paths.extend(entity.counts.iter().map(|c| (c.api.segment(), c.path)));
        for part in entity.parts {
            let api = part.api.segment();
            match &part.source {
                Source::Bulk { path, alone, .. } => {
                    paths.push((api, *path));
                    if let Alone::Path(path) | Alone::Single(path) | Alone::Within(path) = alone {
                        paths.push((api, *path));
                    }
                }
                Source::Include { path, .. }
                | Source::Overflow { path, .. }
                | Source::PerObject { path, .. } => paths.push((api, *path)),
            }
        }
        paths
    }

    /// Every request that a description can make vortex send to change something.
    fn writes(entity: &Entity) -> Vec<(&'static str, &'static str, &'static str)> {
        let mut all = Vec::new();
        let twins = entity.writes.stand_in.iter().map(|twin| &twin.create);
        let usual = entity.writes.update.iter().chain(&entity.writes.create);
        for sending in usual.chain(twins) {
            let method = match sending.method {
                Method::Post => "POST",
                Method::Put => "PUT",
            };
            all.push((method, sending.api.segment(), sending.path));
        }
        if let Some(Deleting::Path(path) | Deleting::Filter { path, .. }) = &entity.writes.delete {
            all.push(("DELETE", entity.listing.api.segment(), *path));
        }
        for hanging in entity.writes.hanging {
            let api = hanging.api.segment();
            all.extend(hanging.over.iter().map(|over| ("GET", api, over.path)));
            all.push(("GET", api, hanging.list));
            all.push(("PUT", api, hanging.set));
        }
        for nested in entity.writes.nested {
            all.push(("GET", nested.api.segment(), nested.list));
            all.push(("POST", nested.api.segment(), nested.list));
            all.push(("DELETE", nested.api.segment(), nested.one));
        }
        for rows in entity.writes.rows {
            let requests = [
                (if rows.upsert { "PUT" } else { "POST" }, rows.create),
                ("PUT", rows.update),
                ("DELETE", rows.delete),
            ];
            all.extend(
                requests
                    .into_iter()
                    .filter_map(|(m, path)| Some((m, "v3", path?))),
            );
        }
        for upload in entity.pictures.iter().filter_map(|p| p.upload.as_ref()) {
            all.push(("POST", "v3", upload.path));
            all.extend(upload.remove.map(|path| ("DELETE", "v3", path)));
        }
        all
    }

    #[test]
    fn nothing_is_written_that_the_api_never_takes() {
        let mut faults = Vec::new();
        for entity in ALL {
            let members = entity
                .writes
                .members
                .iter()
                .chain(entity.writes.create_only);
            for member in members {
                if entity.read_only.contains(member) || entity.volatile.contains(member) {
                    faults.push(format!(
                        "{}: {member} is read-only or volatile",
                        entity.name
                    ));
                }
            }
            if entity.restorable() && entity.writes.update.is_none() {
                faults.push(format!(
                    "{} is said to be restorable, and is not",
                    entity.name
                ));
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn every_path_is_an_operation_that_bigcommerce_documents() {
        let known: BTreeSet<&str> = include_str!("../../fixtures/operations.txt")
            .lines()
            .collect();
        let mut unknown = Vec::new();
        for entity in ALL {
            let reads = paths(entity)
                .into_iter()
                .map(|(api, path)| ("GET", api, path));
            for (method, api, path) in reads.chain(writes(entity)) {
                let path = path.split('?').next().unwrap_or_default();
                let named = path
                    .split('/')
                    .map(|segment| match segment.starts_with('{') {
                        true => "{}",
                        false => segment,
                    });
                let path = named.collect::<Vec<_>>().join("/");
                let operation = format!("{method} {api} {path}");
                if !known.contains(operation.as_str()) {
                    unknown.push(format!("{}: {operation}", entity.name));
                }
            }
        }
        assert!(unknown.is_empty(), "{}", unknown.join("\n"));
    }
}
