//! The descriptions as a table in Markdown: README holds it, and a test holds README to it, so that
//! what is promised and what is done can't drift apart.

use std::fmt::Write;

use super::all;

/// What is backed up, and at what cost in requests.
pub fn backed_up() -> String {
    let mut out =
        String::from("| entity | what is kept | requests for N objects |\n|---|---|---|\n");
    for entity in all() {
        let _ = writeln!(
            out,
            "| `{}` | {} | {} |",
            entity.name, entity.holds, entity.cost
        ); // to a String: can't fail
    }
    out
}

/// What is not backed up, and why.
pub fn not_backed_up() -> String {
    let mut out = String::from("| entity | what | why |\n|---|---|---|\n");
    for entity in all() {
        for omission in entity.omits {
            let _ = writeln!(
                out,
                "| `{}` | {} | {} |",
                entity.name, omission.what, omission.why
            ); // as above
        }
    }
    out
}

/// Which token scopes a whole backup takes, with the entities that need them.
pub fn scopes() -> String {
    let mut scopes: Vec<(&str, Vec<&str>)> = Vec::new();
    for entity in all() {
        let of_parts = entity.parts.iter().filter_map(|part| part.scope_read);
        for scope in std::iter::once(entity.scope_read).chain(of_parts) {
            match scopes.iter_mut().find(|(known, _)| *known == scope) {
                Some((_, names)) if names.contains(&entity.name) => {}
                Some((_, names)) => names.push(entity.name),
                None => scopes.push((scope, vec![entity.name])),
            }
        }
    }
    let mut out = String::from("| scope | for |\n|---|---|\n");
    for (scope, names) in scopes {
        let _ = writeln!(out, "| `{scope}` | {} |", names.join(", ")); // as above
    }
    out
}
