//! The tour, as a newcomer takes it.

use crate::support::Home;

#[test]
fn the_tour_runs_to_its_end_in_a_pipe_and_leaves_nothing_behind() {
    let home = Home::empty();
    let began = std::time::Instant::now();
    let outcome = home.run(["demo"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(began.elapsed().as_secs() < 60, "took {:?}", began.elapsed());
    for said in [
        "$ vortex backup",
        "$ vortex list",
        "$ vortex list brands --deleted",
        "$ vortex diff --since",
        "$ vortex diff product",
        "$ vortex restore brand",
        "$ vortex drill",
        "$ vortex status",
        "$ vortex verify",
        "→",
    ] {
        assert!(
            outcome.stdout.contains(said),
            "'{said}' is missing:\n{}",
            outcome.stdout
        );
    }
    assert!(!outcome.stdout.contains('\u{1b}'));
    assert!(!home.path("data").exists() && !home.path("config").exists());
}

#[test]
fn the_tour_keeps_its_files_when_asked() {
    let home = Home::empty();
    let outcome = home.run(["demo", "--keep", "kept"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    home.ok("list --db kept/sandbox.db");
    let again = home.fails("demo --keep kept", 2);
    assert!(
        again["message"].as_str().unwrap().contains("kept"),
        "{again}"
    );
}
