//! What is committed under `completions/` and `man/` is what the binary prints.
//!
//! After a change of the command line: `VORTEX_BLESS=1 cargo test --test it generated`.

use std::collections::BTreeMap;
use std::path::Path;

use clap_complete::Shell;
use vortex::cli::generate;

// A switch of the test run, not a setting of vortex.
#[allow(clippy::disallowed_methods)]
fn agree(folder: &str, expected: BTreeMap<String, String>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    if std::env::var_os("VORTEX_BLESS").is_some() {
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).unwrap();
        for (name, text) in &expected {
            std::fs::write(folder.join(name), text).unwrap();
        }
    }
    let committed: BTreeMap<String, String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap().to_owned();
            (
                name,
                std::fs::read_to_string(&path)
                    .unwrap()
                    .replace("\r\n", "\n"),
            )
        })
        .collect();
    let names = |files: &BTreeMap<String, String>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&committed), names(&expected), "{}", folder.display());
    for (name, text) in expected {
        assert!(
            committed[&name] == text,
            "{name} is out of date: run with VORTEX_BLESS=1"
        );
    }
}

#[test]
fn the_completions_are_what_the_binary_prints() {
    let shells = [
        Shell::Bash,
        Shell::Zsh,
        Shell::Fish,
        Shell::PowerShell,
        Shell::Elvish,
    ];
    let scripts = shells.map(|shell| {
        (
            generate::completions_file(shell).to_owned(),
            generate::completions(shell),
        )
    });
    agree("completions", scripts.into());
}

/// README's tables and the lists in `docs/` are made from the descriptions.
// A switch of the test run, not a setting of vortex.
#[allow(clippy::disallowed_methods)]
#[test]
fn the_tables_in_readme_are_what_the_descriptions_say() {
    holds(
        "README.md",
        &[
            ("backed-up", vortex::entities::table::backed_up()),
            ("not-backed-up", vortex::entities::table::not_backed_up()),
            ("scopes", vortex::entities::table::scopes()),
        ],
    );
    holds(
        "docs/restore.md",
        &[("restored", vortex::entities::table::restored())],
    );
    holds(
        "docs/watch.md",
        &[("watched", vortex::entities::table::watched())],
    );
}

// As above.
#[allow(clippy::disallowed_methods)]
fn holds(file: &str, tables: &[(&str, String)]) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let committed = std::fs::read_to_string(&path).unwrap();
    let mut text = committed.clone();
    for (name, table) in tables {
        let (begin, end) = (
            format!("<!-- {name}: begin -->"),
            format!("<!-- {name}: end -->"),
        );
        let from = text.find(&begin).unwrap() + begin.len();
        let to = text.find(&end).unwrap();
        text.replace_range(from..to, &format!("\n\n{table}\n"));
    }
    if std::env::var_os("VORTEX_BLESS").is_some() {
        std::fs::write(&path, &text).unwrap();
        return;
    }
    assert!(
        committed == text,
        "{file} is out of date: run with VORTEX_BLESS=1"
    );
}

#[test]
fn the_manual_is_what_the_binary_prints() {
    agree("man", generate::pages().unwrap().into_iter().collect());
}
