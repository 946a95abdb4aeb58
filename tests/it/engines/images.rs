//! Images: their bytes are fetched once, without the token, kept by what is in them, and come back
//! with what they belong to.

use std::path::{Path, PathBuf};

use serde_json::json;
use tokio_util::sync::CancellationToken;
use vortex::model::{ImagesReport, RunReport, RunStatus};
use vortex::sandbox::{Fault, What, When};
use vortex::vault::{Depth, Vault};

use super::Rig;

fn rig() -> Rig {
    let mut rig = Rig::new("demo");
    rig.images = true;
    rig
}

fn told(report: &RunReport) -> &ImagesReport {
    report.images.as_ref().unwrap()
}

/// The files of a vault's media.
fn files(rig: &Rig, vault: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    walk(&rig.db(vault).with_extension("media"), &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            walk(&path, found);
        } else {
            found.push(path);
        }
    }
}

/// Every file is named by its hash, in a folder of the hash's beginning, and nobody else reads it.
fn assert_sound(files: &[PathBuf]) {
    for path in files {
        let name = path.file_name().unwrap().to_str().unwrap();
        let bytes = std::fs::read(path).unwrap();
        assert_eq!(blake3::hash(&bytes).to_hex().as_str(), name, "{path:?}");
        let folder = path.parent().unwrap();
        assert_eq!(folder.file_name().unwrap().to_str().unwrap(), &name[..2]);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = |p: &Path| std::fs::metadata(p).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(path), mode(folder)), (0o600, 0o700));
        }
    }
}

#[test]
fn all_images_are_fetched_once_and_no_token_is_sent_for_them() {
    let rig = rig();
    let first = rig.backup("a");
    assert_eq!(first.status, RunStatus::Ok, "{:?}", first.images);
    let images = told(&first);
    assert!(
        images.fetched > 10 && images.failed.is_empty(),
        "{images:?}"
    );
    assert_eq!(images.held, images.fetched);
    let log = rig.sandbox.cdn_log();
    assert_eq!(
        log.len() as u64,
        images.fetched,
        "each was asked for once, at its best"
    );
    assert!(
        log.iter()
            .all(|entry| entry.token == "none" && entry.status == 200)
    );
    assert!(
        log.iter()
            .any(|entry| entry.path.contains("/stencil/original/"))
    );
    let kept = files(&rig, "a");
    assert_sound(&kept);

    rig.sandbox.clear_cdn_log();
    let second = rig.backup("a");
    assert_eq!((second.status, told(&second).fetched), (RunStatus::Ok, 0));
    assert_eq!(told(&second).held, images.held);
    assert!(rig.sandbox.cdn_log().is_empty());
    assert_eq!(files(&rig, "a"), kept);
}

#[test]
fn equal_bytes_are_one_file_and_a_later_run_fetches_only_what_is_new() {
    let rig = rig();
    rig.backup("a");
    let before = files(&rig, "a").len();
    rig.sandbox.clear_cdn_log();
    // The sandbox makes a picture of its name: the same name is the same picture.
    rig.sandbox.edit(|store| {
        let picture = store.document("products", 105).unwrap()["images"][0].clone();
        store.edit("products", 104, |product| {
            let mut twin = picture;
            twin["id"] = json!(10_401);
            let own = twin
                .to_string()
                .replace("/105/images/10501/", "/104/images/10401/");
            product["images"] = json!([serde_json::from_str::<serde_json::Value>(&own).unwrap()]);
        })
    });
    let report = rig.backup("a");
    assert_eq!(told(&report).fetched, 1, "{:?}", report.images);
    assert_eq!(rig.sandbox.cdn_log().len(), 1);
    assert_eq!(files(&rig, "a").len(), before);
}

#[test]
fn a_lesser_rendition_is_taken_where_there_is_no_original() {
    let rig = rig();
    let refuse = |status| {
        let path = "/cdn/s-sandbox/images/stencil/original/";
        rig.sandbox
            .set_faults(vec![Fault::on(path, 0, What::Status(status))]);
    };
    refuse(403);
    let report = rig.backup_of("a", &["products"], true);
    assert_eq!(report.status, RunStatus::Ok, "{:?}", report.images);
    assert_sound(&files(&rig, "a"));
    // What is only late must not be kept as less than it is.
    refuse(503);
    let report = rig.backup_of("b", &["products"], true);
    assert_eq!(report.status, RunStatus::Partial);
    assert!(told(&report).fetched == 0 && !told(&report).failed.is_empty());
    rig.sandbox.set_faults(Vec::new());
    let report = rig.backup_of("b", &["products"], true);
    assert_eq!(report.status, RunStatus::Ok);
    assert!(told(&report).fetched > 0);
}

#[test]
fn what_can_not_be_had_is_named_and_what_is_lost_is_called_so() {
    let rig = rig();
    let brand = "/cdn/s-sandbox/product_images/brand-35.png";
    rig.sandbox
        .set_faults(vec![Fault::on(brand, 0, What::Status(404))]);
    let report = rig.backup_of("a", &["brands"], true);
    assert_eq!(
        report.status,
        RunStatus::Ok,
        "what is gone is no failure of the run"
    );
    let [lost] = told(&report).failed.as_slice() else {
        panic!("{:?}", report.images)
    };
    assert_eq!((lost.entity.as_str(), lost.id.as_str()), ("brands", "35"));
    assert!(
        lost.url.ends_with("/product_images/brand-35.png"),
        "{lost:?}"
    );
    assert!(lost.reason.starts_with("lost: "), "{lost:?}");

    rig.sandbox
        .set_faults(vec![Fault::on(brand, 0, What::Status(500))]);
    let report = rig.backup_of("a", &["brands"], true);
    assert_eq!(report.status, RunStatus::Partial);
    assert!(
        told(&report).failed[0].reason.contains("500"),
        "{:?}",
        report.images
    );

    // A web page with 200 is no image.
    rig.sandbox
        .set_faults(vec![Fault::on(brand, 0, What::OddJson)]);
    let report = rig.backup_of("a", &["brands"], true);
    assert!(
        told(&report).failed[0].reason.contains("no image"),
        "{:?}",
        report.images
    );

    rig.sandbox.set_faults(Vec::new());
    let report = rig.backup_of("a", &["brands"], true);
    assert_eq!((report.status, told(&report).fetched), (RunStatus::Ok, 1));
}

#[test]
fn cut_reset_and_throttled_images_are_asked_for_again_and_never_kept_half() {
    let rig = rig();
    let names = |vault: &str| -> Vec<_> {
        let files = files(&rig, vault);
        files
            .iter()
            .map(|path| path.file_name().unwrap().to_owned())
            .collect()
    };
    rig.backup_of("clean", &["brands"], true);
    let path = "/cdn/s-sandbox/product_images/brand-";
    for what in [
        What::CutBody,
        What::Reset,
        What::BareTooMany,
        What::HtmlBadGateway,
    ] {
        let name = format!("{what:?}");
        let faults = (1..=3).map(|nth| Fault::on(path, nth, what.clone()));
        rig.sandbox.set_faults(faults.collect());
        let report = rig.backup_of(&name, &["brands"], true);
        assert_eq!(report.status, RunStatus::Ok, "{name} {:?}", report.images);
        assert!(rig.sandbox.unreached_faults().is_empty());
        assert_sound(&files(&rig, &name));
        assert_eq!(names(&name), names("clean"));
    }
    rig.sandbox
        .set_faults(vec![Fault::on(path, 0, What::CutBody)]);
    let report = rig.backup_of("never", &["brands"], true);
    assert_eq!(report.status, RunStatus::Partial);
    assert!(files(&rig, "never").is_empty());
}

#[test]
fn a_run_that_is_stopped_goes_on_where_it_was() {
    let rig = rig();
    let all = told(&rig.backup("whole")).fetched;
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    rig.sandbox.edit_at(
        When::Path {
            path: "/cdn/".to_owned(),
            nth: 5,
        },
        move |_| stop.cancel(),
    );
    let token = rig.sandbox.token().to_owned();
    let report = rig.backup_with("cut", &[], true, &token, &cancel);
    assert_eq!(report.status, RunStatus::Interrupted);
    let had = told(&report).fetched;
    assert!(had < all, "{had} of {all}");
    assert_sound(&files(&rig, "cut"));
    let report = rig.backup_of("cut", &[], false);
    assert_eq!((report.status, told(&report).held), (RunStatus::Ok, all));
    assert_eq!(told(&report).fetched, all - had, "nothing twice");
}

#[test]
fn a_run_that_is_killed_keeps_no_half_image_and_the_next_goes_on() {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};
    for nth in [1, 4, 9] {
        let rig = rig();
        let victim = Arc::new(AtomicU32::new(0));
        let target = Arc::clone(&victim);
        let path = "/cdn/".to_owned();
        rig.sandbox.edit_at(When::Path { path, nth }, move |_| {
            let pid = i32::try_from(target.load(Ordering::SeqCst)).unwrap();
            let pid = rustix::process::Pid::from_raw(pid).unwrap();
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        });
        // The first request is answered under the same lock as this, so the pid is known by then.
        let mut child = rig.sandbox.edit(|_| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_vortex"));
            command.env_clear().env("HOME", rig.folder.path());
            command.env("VORTEX_API_URL", rig.sandbox.url());
            command.env("VORTEX_STORE_HASH", rig.sandbox.hash());
            command.env("VORTEX_TOKEN", rig.sandbox.token());
            command.args(["backup", "-q", "--db"]).arg(rig.db("a"));
            let child = command.spawn().unwrap();
            victim.store(child.id(), Ordering::SeqCst);
            child
        });
        assert!(!child.wait().unwrap().success());
        let named = |path: &PathBuf| !path.to_str().unwrap().contains("part-");
        let mut whole = files(&rig, "a");
        whole.retain(named);
        assert_sound(&whole);
        let report = rig.backup("a");
        assert_eq!(report.status, RunStatus::Ok, "{:?}", report.images);
        assert_sound(&files(&rig, "a"));
        assert_eq!(told(&report).held, files(&rig, "a").len() as u64);
    }
}

#[test]
fn without_images_none_is_asked_for_and_the_next_run_makes_up_for_it() {
    let mut rig = rig();
    rig.images = false;
    let report = rig.backup("a");
    assert!(report.images.is_none() && rig.sandbox.cdn_log().is_empty());
    rig.images = true;
    let report = rig.backup("a");
    assert!(told(&report).fetched > 10);
}

/// Each file of the vault's media that this does something to: one the same length, one shorter and
/// one not at all.
fn spoil(files: &[PathBuf]) {
    let [swapped, cut, gone, ..] = files else {
        panic!("{files:?}")
    };
    let mut bytes = std::fs::read(swapped).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    std::fs::write(swapped, &bytes).unwrap();
    std::fs::write(cut, &std::fs::read(cut).unwrap()[1..]).unwrap();
    std::fs::remove_file(gone).unwrap();
}

#[test]
fn a_lost_file_is_fetched_by_any_run_and_a_damaged_one_by_a_full_one() {
    let rig = rig();
    rig.backup("a");
    let kept = files(&rig, "a");
    spoil(&kept);
    rig.sandbox.clear_cdn_log();
    let plain = rig.backup_of("a", &[], false);
    // An image may be named by two objects, and be two images of the same bytes.
    let asked = rig.sandbox.cdn_log().len() as u64;
    assert_eq!(told(&plain).fetched, asked);
    assert!((2..5).contains(&asked), "{:?}", plain.images);
    assert_eq!(files(&rig, "a"), kept);
    assert_sound(&kept[1..]);

    rig.sandbox.clear_cdn_log();
    let full = rig.backup("a");
    assert_eq!(full.status, RunStatus::Ok);
    assert!((1..3).contains(&told(&full).fetched), "{:?}", full.images);
    assert_eq!(files(&rig, "a"), kept);
    assert_sound(&kept);
    assert_eq!(told(&rig.backup("a")).fetched, 0);
    assert_eq!(told(&rig.backup_of("a", &[], false)).fetched, 0);
}

#[test]
fn a_damaged_file_stays_until_the_new_one_is_there_and_may_come_back_in_other_bytes() {
    let rig = rig();
    let brand = "s-sandbox/product_images/brand-35.png";
    rig.backup_of("a", &["brands"], true);
    let kept = files(&rig, "a");
    let named = kept.iter().find(|path| {
        let bytes = std::fs::read(path).unwrap();
        String::from_utf8_lossy(&bytes).contains("brand-35.png")
    });
    let path = named.unwrap();
    let mut bytes = std::fs::read(path).unwrap();
    bytes[9] ^= 1;
    std::fs::write(path, &bytes).unwrap();
    let at = format!("/cdn/{brand}");
    for (status, ends) in [(500, RunStatus::Partial), (404, RunStatus::Ok)] {
        rig.sandbox
            .set_faults(vec![Fault::on(&at, 0, What::Status(status))]);
        let report = rig.backup_of("a", &["brands"], true);
        assert_eq!(report.status, ends);
        assert_eq!(told(&report).failed.len(), 1, "{:?}", report.images);
        assert_eq!(std::fs::read(path).unwrap(), bytes);
    }
    rig.sandbox.set_faults(Vec::new());
    // The store has compressed it since.
    rig.sandbox.edit(|store| {
        let anew = [&[0xff, 0xd8, 0xff][..], b"smaller"].concat();
        store.files.insert(brand.to_owned(), anew);
    });
    let report = rig.backup_of("a", &["brands"], true);
    assert_eq!((report.status, told(&report).fetched), (RunStatus::Ok, 1));
    assert!(!path.exists());
    assert_sound(&files(&rig, "a"));
    assert_eq!(files(&rig, "a").len(), kept.len());
    let vault = Vault::open(&rig.db("a"), None).unwrap();
    assert!(vault.verify(Depth::Deep, &mut |_, _| {}).unwrap().ok);
    drop(vault);
    let again = rig.backup_of("a", &["brands"], true);
    assert_eq!(told(&again).fetched, 0);
}
