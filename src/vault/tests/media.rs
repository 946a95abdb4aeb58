//! Images: whole or not there, entered once, proven, and gone with what is erased.

use super::*;
use crate::vault::erase::Remains;

fn add(vault: &Vault, id: &str, key: &str, bytes: &[u8]) -> HeldImage {
    let media = vault.media().unwrap();
    let mut draft = media.draft().unwrap();
    draft.write(b"an attempt that was cut").unwrap();
    draft.restart().unwrap();
    draft.write(bytes).unwrap();
    let (hash, bytes) = media.keep(draft).unwrap();
    let held = HeldImage {
        hash,
        bytes,
        content_type: "image/png".into(),
        rendition: "original".into(),
    };
    let new = NewImage {
        entity: "brands",
        id,
        key,
        held: held.clone(),
    };
    vault
        .keep_images(hour(1), &[new], &[("brands", id, 1)], "places")
        .unwrap();
    held
}

/// A vault with two brands.
fn two() -> (Place, Vault) {
    let place = place();
    let mut vault = place.vault();
    run_of(
        &mut vault,
        1,
        &[("brands", "1", "{\"a\":1}"), ("brands", "2", "{\"a\":2}")],
    );
    (place, vault)
}

fn files(place: &Place) -> usize {
    let folders = std::fs::read_dir(place.dir.path().join("store.media")).unwrap();
    let folders = folders
        .map(|folder| folder.unwrap().path())
        .filter(|path| path.is_dir());
    folders
        .map(|folder| std::fs::read_dir(folder).unwrap().count())
        .sum()
}

#[test]
fn what_was_kept_is_found_by_its_key_and_read_back() {
    let (_place, vault) = two();
    let held = add(&vault, "1", "/a.png", b"picture");
    assert_eq!(vault.image("/a.png").unwrap(), Some(held.clone()));
    assert_eq!(vault.image("/b.png").unwrap(), None);
    assert!(vault.has_media(&held));
    assert_eq!(vault.media_bytes(&held).unwrap(), b"picture");
    let left = vault.unpictured("brands", "places", false, "", 9).unwrap();
    let left: Vec<_> = left.iter().map(|object| object.id.as_str()).collect();
    assert_eq!(left, ["2"]);
    assert_eq!(
        vault
            .unpictured("brands", "others", false, "", 9)
            .unwrap()
            .len(),
        2
    );
    assert_eq!(
        vault
            .unpictured("brands", "places", true, "", 9)
            .unwrap()
            .len(),
        2
    );
}

#[test]
fn the_walk_over_unpictured_objects_looks_up_where_it_was_left() {
    let (_place, vault) = two();
    let next = |after: &str| {
        vault
            .unpictured("brands", "places", false, after, 1)
            .unwrap()
    };
    assert_eq!(next("")[0].id, "1");
    assert_eq!(next("1")[0].id, "2");
    assert!(next("2").is_empty());
    let sql = format!("EXPLAIN QUERY PLAN {}", crate::vault::media::UNPICTURED);
    let mut plan = vault.db.prepare(&sql).unwrap();
    let values = params![1, 1, "1", "1", false, "places", 9];
    let lines = plan.query_map(values, |r| r.get::<_, String>(3)).unwrap();
    let plan = lines.collect::<Result<Vec<_>, _>>().unwrap().join("\n");
    assert!(
        plan.contains("objects_id (entity=? AND (rank,digits,id)>"),
        "{plan}"
    );
    assert!(!plan.contains("TEMP B-TREE"), "{plan}");
}

#[test]
fn a_draft_that_is_dropped_or_left_behind_leaves_nothing() {
    let (place, vault) = two();
    let media = vault.media().unwrap();
    let mut draft = media.draft().unwrap();
    draft.write(b"half").unwrap();
    drop(draft);
    let folder = place.dir.path().join("store.media");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
    // As a killed process leaves it.
    std::fs::write(folder.join("part-abc"), b"half").unwrap();
    vault.media().unwrap();
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0);
}

#[test]
fn equal_bytes_are_one_file_and_rows_can_not_be_changed() {
    let (place, vault) = two();
    add(&vault, "1", "/a.png", b"picture");
    add(&vault, "2", "/b.png", b"picture");
    assert_eq!(files(&place), 1);
    assert_eq!(vault.images_held().unwrap(), 2);
    let raw = place.raw();
    for sql in [
        "UPDATE images SET key = 'x'",
        "DELETE FROM images",
        "UPDATE media SET bytes = 1",
        "DELETE FROM media",
    ] {
        let error = raw.execute(sql, []).unwrap_err().to_string();
        assert!(error.contains("append-only"), "{sql}: {error}");
    }
}

#[test]
fn a_damaged_or_missing_file_is_a_problem_by_name_and_is_never_handed_out() {
    let (_place, vault) = two();
    let held = add(&vault, "1", "/a.png", b"picture");
    assert!(vault.verify(Depth::Deep, &mut |_, _| {}).unwrap().ok);
    let path = vault.media_file(&held.hash).unwrap();
    let found = |depth| {
        let report = vault.verify(depth, &mut |_, _| {}).unwrap();
        report
            .problems
            .into_iter()
            .map(|p| (p.id, p.what))
            .collect::<Vec<_>>()
    };
    std::fs::write(&path, b"pictura").unwrap();
    assert_eq!(found(Depth::Normal), [], "the length is as it was");
    let problems = found(Depth::Deep);
    assert_eq!(problems.len(), 1);
    assert_eq!(problems[0].0.as_deref(), Some("1"));
    assert!(
        problems[0].1.contains("does not match its hash"),
        "{problems:?}"
    );
    assert!(matches!(
        vault.media_bytes(&held),
        Err(Error::Corrupt { .. })
    ));
    std::fs::remove_file(&path).unwrap();
    assert!(found(Depth::Normal)[0].1.contains("is missing"));
    assert!(!vault.has_media(&held));
    assert_eq!(found(Depth::Quick), []);
}

#[test]
fn an_erasure_takes_images_along_that_nothing_else_has() {
    let (place, mut vault) = two();
    let own = add(&vault, "1", "/own.png", b"own");
    let shared = add(&vault, "1", "/shared.png", b"shared");
    add(&vault, "2", "/shared.png", b"shared");
    let remains = Remains {
        label: "",
        search: "",
        document: &|_, _| b"{}".to_vec(),
    };
    vault.rewrite_history("brands", "1", &remains).unwrap();
    assert_eq!(vault.image("/own.png").unwrap(), None);
    assert!(!vault.has_media(&own));
    assert!(vault.has_media(&shared));
    assert_eq!(files(&place), 1);
    assert!(vault.verify(Depth::Deep, &mut |_, _| {}).unwrap().ok);
}

#[test]
fn a_copy_reads_the_files_of_the_vault_that_it_was_made_of() {
    let (place, vault) = two();
    let held = add(&vault, "1", "/a.png", b"picture");
    let path = place.dir.path().join("copy.db");
    vault.copy_to(&path).unwrap();
    let mut copy = Vault::open(&path, None).unwrap();
    assert!(!copy.has_media(&held));
    copy.borrow_media(vault.path());
    assert_eq!(copy.media_bytes(&held).unwrap(), b"picture");
    assert!(!place.dir.path().join("copy.media").exists());
}

#[test]
fn a_lost_file_is_looked_for_again_and_may_come_back_in_other_bytes() {
    let (_place, vault) = two();
    let held = add(&vault, "1", "/a.png", b"picture");
    add(&vault, "2", "/a.png", b"picture");
    let twin = add(&vault, "2", "/twin.png", b"picture");
    assert_eq!(twin.hash, held.hash);
    let other = add(&vault, "1", "/other.png", b"another");
    let path = vault.media_file(&held.hash).unwrap();
    assert_eq!(vault.unpicture_lost("brands").unwrap(), 0);
    assert_eq!(vault.unpicture_lost("nothing").unwrap(), 0);
    // As long as it was, it has to be read.
    std::fs::write(&path, b"pictura").unwrap();
    assert!(vault.has_media(&held) && !vault.media_sound(&held) && vault.media_sound(&other));
    assert_eq!(vault.unpicture_lost("brands").unwrap(), 0);
    std::fs::write(&path, b"pict").unwrap();
    assert_eq!(vault.unpicture_lost("brands").unwrap(), 2);
    let left = vault.unpictured("brands", "places", false, "", 9).unwrap();
    assert_eq!(left.len(), 2);
    assert_eq!(vault.unpicture_lost("brands").unwrap(), 0, "said once");

    let new = add(&vault, "1", "/new.png", b"the same picture");
    vault.replace_media(hour(2), "/a.png", &held, &new).unwrap();
    assert_eq!(vault.image("/a.png").unwrap().unwrap().hash, new.hash);
    assert!(path.is_file(), "another image names it still");
    assert_eq!(vault.image("/twin.png").unwrap(), Some(twin.clone()));
    vault
        .replace_media(hour(2), "/twin.png", &twin, &new)
        .unwrap();
    assert!(!path.exists());
    assert!(vault.verify(Depth::Deep, &mut |_, _| {}).unwrap().ok);
    assert!(vault.media_sound(&new) && vault.media_sound(&other));
}
