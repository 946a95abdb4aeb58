//! Which files are taken, which are refused, and that a refused one is left as it was.

use std::path::Path;

use super::*;

fn both(path: &Path) -> [Result<Vault, Error>; 2] {
    [
        Vault::open(path, Some("abc123")),
        Vault::create(path, "abc123", &Still),
    ]
}

#[test]
fn reading_creates_nothing() {
    let place = place();
    let error = Vault::open(&place.path, None).unwrap_err();
    assert!(matches!(error, Error::Missing { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("vortex backup"));
    assert!(!place.path.exists());
}

#[test]
fn an_empty_file_is_no_vault_yet() {
    let place = place();
    std::fs::write(&place.path, b"").unwrap();
    assert!(matches!(
        Vault::open(&place.path, None),
        Err(Error::Missing { .. })
    ));
    place.vault();
    Vault::open(&place.path, None).unwrap();
}

#[test]
fn foreign_files_are_refused_and_left_alone() {
    let place = place();
    let others = [
        (
            "text.db",
            b"This is a shopping list, not a database at all.\n".to_vec(),
        ),
        ("short.db", b"hi".to_vec()),
    ];
    for (name, bytes) in &others {
        let path = place.dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        for outcome in both(&path) {
            let error = outcome.unwrap_err();
            assert!(matches!(error, Error::Foreign { .. }), "{name}: {error:?}");
            assert!(error.to_string().contains(name), "{error}");
        }
        assert_eq!(&std::fs::read(&path).unwrap(), bytes);
    }
    let path = place.dir.path().join("other.db");
    let other = rusqlite::Connection::open(&path).unwrap();
    other
        .execute_batch("CREATE TABLE notes (text TEXT)")
        .unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    for outcome in both(&path) {
        assert!(matches!(outcome, Err(Error::Foreign { .. })));
    }
    assert_eq!(std::fs::read(&path).unwrap(), before);
    for outcome in both(place.dir.path()) {
        let error = outcome.unwrap_err();
        assert!(error.to_string().contains("folder"), "{error}");
    }
    let beneath = path.join("deeper.db");
    for outcome in both(&beneath) {
        assert!(matches!(outcome, Err(Error::Foreign { .. })));
    }
}

#[test]
fn a_file_cut_short_or_overwritten_is_told_as_damaged() {
    let place = place();
    let mut vault = place.vault();
    for n in 0..200 {
        run_of(
            &mut vault,
            n,
            &[("brands", &n.to_string(), &"x".repeat(3_000))],
        );
    }
    drop(vault);
    let bytes = std::fs::read(&place.path).unwrap();
    let mut ruined = bytes.clone();
    ruined[100..4_000].fill(0xa5);
    std::fs::write(&place.path, &ruined).unwrap();
    for outcome in both(&place.path) {
        let error = outcome.unwrap_err();
        assert!(
            matches!(error, Error::Corrupt { .. } | Error::Foreign { .. }),
            "{error:?}"
        );
        assert!(error.hint().is_some());
    }
}

#[test]
fn a_vault_belongs_to_one_store_for_life() {
    let place = place();
    place.vault();
    for outcome in [
        Vault::open(&place.path, Some("zzz999")),
        Vault::create(&place.path, "zzz999", &Still),
    ] {
        let error = outcome.unwrap_err();
        assert!(matches!(&error, Error::OtherStore { bound, .. } if bound == "abc123"));
        assert!(error.hint().unwrap().contains("abc123"));
    }
    assert_eq!(
        Vault::open(&place.path, None).unwrap().store_hash(),
        "abc123"
    );
}

#[test]
fn a_layout_of_the_future_is_refused() {
    let place = place();
    place.vault();
    place
        .raw()
        .execute_batch("PRAGMA user_version = 999")
        .unwrap();
    for outcome in both(&place.path) {
        let error = outcome.unwrap_err();
        assert!(
            matches!(error, Error::TooNew { found: 999, .. }),
            "{error:?}"
        );
        assert!(error.hint().unwrap().contains("update"));
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_its_owners_and_so_is_a_folder_made_for_it() {
    use std::os::unix::fs::PermissionsExt;
    let place = place();
    let path = place.dir.path().join("new/deeper/store.db");
    let mut vault = Vault::create(&path, "abc123", &Still).unwrap();
    run_of(&mut vault, 1, &[("brands", "1", "{}")]);
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(mode(&path.with_extension("db-wal")), 0o600);
    assert_eq!(mode(path.parent().unwrap()), 0o700);
}

#[cfg(target_os = "linux")]
#[test]
fn a_read_only_folder_is_told_as_such() {
    // Not even root makes files here.
    let path = Path::new("/proc/self/store.db");
    let error = Vault::create(path, "abc123", &Still).unwrap_err();
    assert!(
        matches!(error, Error::ReadOnlyFolder { .. } | Error::Io { .. }),
        "{error:?}"
    );
    let path = Path::new("/sys/vortex/store.db");
    let error = JobLock::acquire(path, "backup", None).unwrap_err();
    assert!(matches!(error, Error::ReadOnlyFolder { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("--db"));
}

#[test]
fn a_file_that_may_only_be_read_can_be_read() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "1", "{\"a\":1}")]);
    drop(vault);
    // As on a read-only disk, where SQLite can neither lock nor keep a log beside the file.
    let db = connect(
        &immutable(&place.path),
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
    );
    let vault = Vault::with(db.unwrap(), &place.path, None, false).unwrap();
    assert_eq!(
        vault.document("brands", "1", 1).unwrap().unwrap(),
        b"{\"a\":1}"
    );
    assert!(verified(&vault, Depth::Normal).ok);
}

#[test]
fn names_that_a_uri_would_misread_are_escaped() {
    let uri = immutable(Path::new("/tmp/a b?c#d%.db"));
    assert_eq!(
        uri.to_str().unwrap(),
        "file:/tmp/a%20b%3Fc%23d%25.db?immutable=1"
    );
}

#[test]
fn readers_read_while_a_writer_writes() {
    let place = place();
    let mut vault = place.vault();
    run_of(&mut vault, 1, &[("brands", "1", "{}")]);
    let reader = Vault::open(&place.path, None).unwrap();
    vault
        .transact(|_, tx| {
            tx.execute("INSERT INTO entities (name) VALUES ('pages')", [])?;
            assert_eq!(reader.overview().unwrap().len(), 1);
            Ok(())
        })
        .unwrap();
    assert_eq!(reader.overview().unwrap().len(), 2);
}
