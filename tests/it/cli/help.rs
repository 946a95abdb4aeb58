//! The help, page by page.

use crate::support::Home;

#[test]
fn every_page_of_help_is_as_it_was() {
    let home = Home::empty();
    let mut pages = vec![home.ok("--help")];
    let commands = [
        "login",
        "entities",
        "backup",
        "list",
        "runs",
        "show",
        "diff",
        "restore",
        "undo",
        "drill",
        "watch",
        "hooks",
        "hooks list",
        "hooks enable",
        "hooks disable",
        "hooks test",
        "status",
        "verify",
        "sandbox",
        "demo",
        "completions",
        "man",
    ];
    for command in commands {
        pages.push(home.ok(&format!("{command} --help")));
    }
    insta::assert_snapshot!(pages.join("\n──────────\n\n"));
}

#[test]
fn version_and_manual_are_printed() {
    let home = Home::empty();
    assert_eq!(
        home.ok("--version"),
        format!("vortex {}\n", env!("CARGO_PKG_VERSION"))
    );
    assert!(home.ok("man").contains(".TH vortex 1"));
    assert!(home.ok("man backup").contains(".TH vortex-backup 1"));
    assert!(home.ok("completions bash").contains("complete -F _vortex"));
    home.ok("man --out pages");
    assert!(home.path("pages/vortex-diff.1").is_file());
}
