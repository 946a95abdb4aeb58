//! What is asked for and isn't there, and files that are no version stores: one line, a hint, the
//! right exit code.

use std::time::Duration;

use vortex::vault::JobLock;

use crate::support::{Home, Shop, says};

#[test]
fn reading_commands_make_no_version_store() {
    let home = Home::empty().with("VORTEX_STORE_HASH", "abc123");
    for line in [
        "list",
        "list brands",
        "runs",
        "show brand 1",
        "diff brand 1",
        "status",
        "verify",
    ] {
        says(&home.fails(line, 1), "no_version_store", "vortex backup");
    }
    assert!(!home.path("data").exists());
}

#[test]
fn an_id_never_seen_exits_1_and_says_so() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    for line in [
        "show brand 999999",
        "list brand 999999",
        "diff brand 999999",
    ] {
        let error = shop.home.fails(line, 1);
        says(&error, "unknown_object", "vortex list brands");
        assert!(
            error["message"].as_str().unwrap().contains("999999"),
            "{error}"
        );
    }
}

#[test]
fn a_version_that_is_not_there_exits_1_and_names_those_that_are() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    let id = shop.first("brands");
    let missing = |line: String, told: &str| {
        let error = shop.home.fails(&line, 1);
        says(&error, "unknown_version", "vortex ");
        assert!(error["message"].as_str().unwrap().contains(told), "{error}");
    };
    missing(format!("show brand {id} v9"), "it has v1");
    missing(format!("show brand {id} @2001-01-01"), "run 1");
    missing(format!("diff brand {id} v1 v9"), "it has v1");
    missing(format!("show brand {id} run:9"), "the newest is run 1");
    missing(format!("diff brand {id}"), "only v1");
}

#[test]
fn a_deleted_object_is_shown_only_by_its_earlier_versions() {
    let shop = Shop::demo();
    let id = shop.first("brands");
    shop.home.ok("backup --entity brands");
    shop.delete("brands", &id);
    shop.home.ok("backup --entity brands");
    says(
        &shop.home.fails(&format!("show brand {id}"), 1),
        "deleted",
        "v1",
    );
    says(
        &shop.home.fails(&format!("show brand {id} v2"), 1),
        "deleted",
        "v1",
    );
    shop.home.ok(&format!("show brand {id} v1"));
    says(
        &shop.home.fails(&format!("show brand {id} live"), 1),
        "deleted",
        "vortex list brand",
    );
}

#[test]
fn a_field_that_is_not_there_exits_1() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands");
    let id = shop.first("brands");
    let error = shop
        .home
        .fails(&format!("show brand {id} --field no.such"), 1);
    says(&error, "unknown_field", &format!("vortex show brand {id}"));
}

#[test]
fn a_file_that_is_no_version_store_is_never_touched() {
    let shop = Shop::demo();
    let text = "just some notes, longer than a hundred bytes, so that it could be a database: ";
    let path = shop.home.write("notes.txt", &text.repeat(9));
    for line in [
        "list --db notes.txt",
        "backup --db notes.txt",
        "verify --db notes.txt",
    ] {
        says(&shop.home.fails(line, 1), "not_a_version_store", "--db");
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), text.repeat(9));
}

#[test]
fn a_version_store_of_another_store_is_refused() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands --db here.db");
    for command in ["list", "backup"] {
        let line = format!("{command} --db here.db --store other1");
        says(&shop.home.fails(&line, 2), "other_store", "sandbox");
    }
    let mut home = shop.home;
    home.set("VORTEX_STORE_HASH", "");
    home.ok("list --db here.db");
}

#[cfg(unix)]
#[test]
fn a_folder_that_can_not_be_written_to_is_named() {
    use std::os::unix::fs::PermissionsExt;
    if rustix::process::geteuid().is_root() {
        // Nothing is read-only to root.
        return;
    }
    let shop = Shop::demo();
    let folder = shop.home.path("locked");
    std::fs::create_dir(&folder).unwrap();
    std::fs::set_permissions(&folder, std::fs::Permissions::from_mode(0o500)).unwrap();
    let error = shop.home.fails("backup --db locked/store.db", 1);
    says(&error, "read_only", "--db");
}

#[test]
fn a_second_vortex_on_one_version_store_exits_5_unless_it_may_wait() {
    let shop = Shop::demo();
    shop.home.ok("backup --entity brands --db one.db");
    let lock = JobLock::acquire(&shop.home.path("one.db"), "a test", None).unwrap();
    says(
        &shop.home.fails("backup --entity brands --db one.db", 5),
        "busy",
        "--wait",
    );
    says(
        &shop
            .home
            .fails("backup --entity brands --db one.db --wait=1s", 5),
        "busy",
        "--wait",
    );
    // Readers go on meanwhile.
    shop.home.ok("list --db one.db");

    let waiting = std::thread::scope(|scope| {
        let backup = scope.spawn(|| {
            shop.home
                .run(["backup", "--db", "one.db", "--wait=60s", "-v"])
        });
        // However the two meet, the lock is let go and the backup must come to its end.
        std::thread::park_timeout(Duration::from_millis(300));
        drop(lock);
        backup.join().unwrap()
    });
    assert_eq!(waiting.code, 0, "{waiting:?}");
}
