//! The descriptions as a table in Markdown: README holds it, and a test holds README to it, so that
//! what is promised and what is done can't drift apart.

use std::fmt::Write;

use super::all;
use super::entity::{Omission, Rows};

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

/// What a restore does to each entity, and what does not come back: the part of `docs/restore.md`
/// that the descriptions tell.
pub fn restored() -> String {
    let mut out = String::new();
    for entity in all() {
        let writes = &entity.writes;
        let yes = |there: bool| if there { "yes" } else { "no" };
        let _ = writeln!(out, "### `{}`\n", entity.name); // to a String: can't fail
        let _ = writeln!(
            out,
            "Changed in place: {}. Made anew under a new id: {}. Deleted again by undo: {}. Scope: `{}`.\n",
            yes(writes.update.is_some()),
            yes(writes.create.is_some()),
            yes(writes.delete.is_some()),
            entity.scope_write,
        ); // as above
        let members = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            names.join(", ")
        };
        let _ = writeln!(out, "Fields: {}.\n", members(writes.members)); // as above
        let once = writes
            .create_only
            .iter()
            .filter(|name| !writes.members.contains(name));
        let once: Vec<&str> = once.copied().collect();
        if !once.is_empty() {
            let _ = writeln!(out, "Only when it is made anew: {}.\n", members(&once)); // as above
        }
        let rows: Vec<String> = writes
            .rows
            .iter()
            .filter(|r| !r.named_only)
            .map(Rows::place)
            .collect();
        let rows: Vec<&str> = rows.iter().map(String::as_str).collect();
        if !rows.is_empty() {
            let _ = writeln!(out, "Row by row: {}.\n", members(&rows)); // as above
        }
        let named: Vec<String> = writes
            .rows
            .iter()
            .filter(|r| r.named_only)
            .map(Rows::place)
            .collect();
        let named: Vec<&str> = named.iter().map(String::as_str).collect();
        if !named.is_empty() {
            let _ = writeln!(
                out,
                "Row by row, and only when named by `--field`: {}.\n",
                members(&named)
            ); // as above
        }
        let hanging: Vec<&str> = writes.hanging.iter().map(|hanging| hanging.what).collect();
        if !hanging.is_empty() {
            let hanging = hanging.join(", ");
            let _ = writeln!(
                out,
                "Read in the store when one is made anew, and set for the new id: {hanging}.\n"
            ); // as above
        }
        if !entity.moving.is_empty() {
            let _ = writeln!(
                out,
                "Moved by trade, so only when named by `--field`: {}.\n",
                members(entity.moving)
            ); // as above
        }
        let _ = match &writes.twin {
            Ok(_) => writeln!(out, "`--as-copy`: yes.\n"),
            Err(why) => writeln!(out, "`--as-copy`: no; {why}.\n"),
        }; // as above
        let mut lost: Vec<String> = Vec::new();
        if let Some(twin) = &writes.stand_in {
            let (member, texts) = twin.over;
            let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
            let _ = writeln!(
                out,
                "Where one is over for good (`{member}` is {}, or it is gone) the copy takes its place: \
                 what pointed to it is pointed to the copy.\n",
                texts.join(" or "),
            ); // as above
        }
        lost.extend(
            writes
                .no_create
                .map(|why| format!("- a deleted one: {why}")),
        );
        for (member, text, why) in writes.unmakeable {
            lost.push(match *text {
                "" => format!("- one without `{member}`: {why}"),
                text => format!("- one with {member} `{text}`: {why}"),
            });
        }
        for nested in writes.nested {
            let _ = writeln!(
                out,
                "Made anew with it where it is gone: the {} (`{}`): {}.\n",
                nested.singular,
                nested.pointer,
                members(nested.members)
            ); // as above
        }
        for omission in writes
            .nested
            .iter()
            .flat_map(|nested| nested.lost)
            .chain(writes.lost)
        {
            lost.push(format!("- {}: {}", omission.what, omission.why));
        }
        if let Some(twin) = &writes.stand_in {
            let of = |all: &[Omission], how: &str| {
                let lines = all.iter();
                let lines = lines.map(|o| format!("- {how}, {}: {}", o.what, o.why));
                lines.collect::<Vec<_>>()
            };
            lost.extend(of(twin.lost, "in a copy"));
            lost.extend(of(twin.left, "with a copy in its place"));
        }
        if !lost.is_empty() {
            let _ = writeln!(out, "Does not come back:\n\n{}\n", lost.join("\n")); // as above
        }
    }
    out.truncate(out.trim_end().len());
    out.push('\n');
    out
}

/// What webhooks tell of each entity, and what only a sweep finds: for `docs/watch.md`.
pub fn watched() -> String {
    let mut out = String::from("| entity | hooks | only a sweep finds |\n|---|---|---|\n");
    for entity in all() {
        let mut scopes: Vec<String> = Vec::new();
        for hook in entity.webhooks.iter().filter(|hook| hook.register) {
            scopes.push(format!("`{}`", hook.scope.trim_start_matches("store/")));
        }
        let scopes = match scopes.as_slice() {
            [] => "none".to_owned(),
            scopes => scopes.join(", "),
        };
        let _ = writeln!(out, "| `{}` | {scopes} | {} |", entity.name, entity.untold); // as above
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
