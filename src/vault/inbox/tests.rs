//! The inbox keeps what it acknowledged, once, until it is worked off.

use super::*;
use crate::model::SystemClock;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(1_700_000_000_000 + ms).unwrap()
}

fn event(mark: u8, entity: &str, id: &str) -> Arrival {
    Arrival {
        mark: [mark; 16],
        lasting: true,
        leads: vec![(entity.to_owned(), id.to_owned(), String::new())],
        scope: format!("store/{entity}/updated"),
    }
}

fn inbox(folder: &tempfile::TempDir) -> Inbox {
    Inbox::create(&folder.path().join("v.db"), "abc", &SystemClock).unwrap()
}

const NONE: Duration = Duration::ZERO;

#[test]
fn events_of_one_object_are_one_row_and_a_repeat_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    let events = [
        event(1, "products", "5"),
        event(2, "products", "5"),
        event(1, "products", "5"),
    ];
    let taken = inbox.arrive(at(0), &events).unwrap();
    assert_eq!(taken, [Taken::New, Taken::New, Taken::Again]);
    let due = inbox.due(at(10), NONE, NONE, 10).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!((due[0].id.as_str(), due[0].events), ("5", 2));
    inbox.done(&due).unwrap();
    assert_eq!(inbox.waiting().unwrap().due, 0);
    // The same message again, days later or now: it was worked off.
    assert_eq!(inbox.arrive(at(20), &events[..1]).unwrap(), [Taken::Again]);
    assert_eq!(inbox.waiting().unwrap().due, 0);
}

#[test]
fn a_body_without_an_id_is_a_repeat_only_until_it_is_worked_off() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    let nameless = Arrival {
        lasting: false,
        ..event(7, "orders", "9")
    };
    let twice = [nameless.clone(), nameless.clone()];
    assert_eq!(
        inbox.arrive(at(0), &twice).unwrap(),
        [Taken::New, Taken::Again]
    );
    let due = inbox.due(at(1), NONE, NONE, 10).unwrap();
    inbox.done(&due).unwrap();
    assert_eq!(inbox.arrive(at(2), &twice[..1]).unwrap(), [Taken::New]);
}

#[test]
fn the_same_bytes_while_their_object_is_read_may_be_another_change() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    let nameless = Arrival {
        lasting: false,
        ..event(7, "orders", "9")
    };
    inbox
        .arrive(at(0), std::slice::from_ref(&nameless))
        .unwrap();
    let read = inbox.due(at(1), NONE, NONE, 10).unwrap();
    let taken = inbox
        .arrive(at(2), std::slice::from_ref(&nameless))
        .unwrap();
    assert_eq!(taken, [Taken::Again]);
    inbox.done(&read).unwrap();
    assert_eq!(inbox.waiting().unwrap().due, 1);
    // Off and on again, and the same once more: nothing is left of what was known.
    inbox.disable("orders", at(3)).unwrap();
    inbox.enable("orders", at(4)).unwrap();
    let taken = inbox
        .arrive(at(5), std::slice::from_ref(&nameless))
        .unwrap();
    assert_eq!(taken, [Taken::New]);
}

#[test]
fn what_is_not_watched_any_more_is_kept_and_not_due() {
    let folder = tempfile::tempdir().unwrap();
    let all = inbox(&folder);
    all.arrive(at(0), &[event(1, "products", "5"), event(2, "orders", "1")])
        .unwrap();
    let some = inbox(&folder).watching(&["orders", "pages"]);
    let due = some.due(at(1), NONE, NONE, 10).unwrap();
    assert_eq!((due.len(), due[0].entity.as_str()), (1, "orders"));
    assert_eq!(some.unwatched().unwrap(), [("products".to_owned(), 1)]);
    some.done(&due).unwrap();
    assert_eq!(some.next_due(NONE, NONE).unwrap(), None);
    assert_eq!(some.waiting().unwrap().due, 0);
    // Acknowledged: it is there for whoever reads it.
    assert_eq!(all.due(at(1), NONE, NONE, 10).unwrap()[0].id, "5");
}

#[test]
fn marks_are_forgotten_a_few_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    let many: Vec<Arrival> = (0..2_500_u32)
        .map(|n| {
            let mut one = event(0, "products", "5");
            one.mark[..4].copy_from_slice(&n.to_le_bytes());
            one
        })
        .collect();
    inbox.arrive(at(0), &many).unwrap();
    assert!(inbox.forget_marks(at(1)).unwrap());
    assert!(!inbox.forget_marks(at(1)).unwrap());
    assert_eq!(inbox.arrive(at(2), &many[..1]).unwrap(), [Taken::New]);
}

#[test]
fn what_arrives_while_its_object_is_read_is_not_taken_away_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    inbox.arrive(at(0), &[event(1, "products", "5")]).unwrap();
    let read = inbox.due(at(1), NONE, NONE, 10).unwrap();
    inbox.arrive(at(2), &[event(2, "products", "5")]).unwrap();
    inbox.done(&read).unwrap();
    let due = inbox.due(at(3), NONE, NONE, 10).unwrap();
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].since, at(2));
}

#[test]
fn a_burst_waits_until_it_is_over_but_not_for_ever() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    let (quiet, longest) = (Duration::from_millis(500), Duration::from_millis(2_000));
    let due = |now: i64| inbox.due(at(now), quiet, longest, 10).unwrap().len();
    inbox.arrive(at(0), &[event(1, "products", "5")]).unwrap();
    assert_eq!(due(499), 0);
    assert_eq!(inbox.next_due(quiet, longest).unwrap(), Some(at(500)));
    assert_eq!(due(500), 1);
    for n in 1..=6_u8 {
        inbox
            .arrive(at(i64::from(n) * 300), &[event(n + 1, "products", "5")])
            .unwrap();
    }
    assert_eq!(due(1_900), 0);
    assert_eq!(due(2_000), 1);
}

#[test]
fn what_fails_waits_is_parked_and_comes_back_with_the_next_event() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    inbox.arrive(at(0), &[event(1, "products", "5")]).unwrap();
    let due = inbox.due(at(1), NONE, NONE, 10).unwrap();
    inbox.failed(&due, "500", Some(at(1_000))).unwrap();
    assert!(inbox.due(at(999), NONE, NONE, 10).unwrap().is_empty());
    let due = inbox.due(at(1_000), NONE, NONE, 10).unwrap();
    assert_eq!((due[0].tries, due[0].error.as_deref()), (1, Some("500")));
    inbox.failed(&due, "500 again", None).unwrap();
    assert!(inbox.due(at(9_999), NONE, NONE, 10).unwrap().is_empty());
    assert_eq!(inbox.parked().unwrap().len(), 1);
    assert_eq!(
        inbox.waiting().unwrap(),
        Waiting {
            due: 0,
            parked: 1,
            oldest: None
        }
    );
    inbox
        .arrive(at(10_000), &[event(2, "products", "5")])
        .unwrap();
    assert_eq!(inbox.due(at(10_000), NONE, NONE, 10).unwrap().len(), 1);
    assert!(inbox.parked().unwrap().is_empty());
}

#[test]
fn a_clock_that_is_set_back_holds_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    let (quiet, longest) = (Duration::from_millis(500), Duration::from_millis(2_000));
    inbox
        .arrive(at(7_200_000), &[event(1, "products", "5")])
        .unwrap();
    let due = inbox.due(at(0), quiet, longest, 10).unwrap();
    assert_eq!(due.len(), 1);
    inbox.failed(&due, "500", Some(at(7_300_000))).unwrap();
    assert_eq!(inbox.due(at(0), quiet, longest, 10).unwrap().len(), 1);
}

#[test]
fn a_disabled_entity_takes_nothing_in_and_lets_go_what_waits() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = inbox(&folder);
    inbox
        .arrive(at(0), &[event(1, "products", "5"), event(2, "orders", "1")])
        .unwrap();
    // By another process, as `hooks disable` is one.
    let other = Inbox::open(&folder.path().join("v.db"), Some("abc"))
        .unwrap()
        .unwrap();
    other.disable("products", at(1)).unwrap();
    assert_eq!(inbox.waiting().unwrap().due, 1);
    let taken = inbox
        .arrive(at(2), &[event(3, "products", "5"), event(4, "orders", "2")])
        .unwrap();
    assert_eq!(taken, [Taken::Ignored, Taken::New]);
    other.enable("products", at(3)).unwrap();
    other.enable("products", at(3)).unwrap();
    let gaps = inbox.open_gaps().unwrap();
    assert_eq!((gaps.len(), gaps[0].since), (1, at(1)));
    inbox.close_gaps("products", at(2)).unwrap();
    assert_eq!(
        inbox.open_gaps().unwrap().len(),
        1,
        "the listing began before it was found"
    );
    inbox.close_gaps("products", at(3)).unwrap();
    assert!(inbox.open_gaps().unwrap().is_empty());
}

#[test]
fn an_inbox_is_of_one_store_and_private() {
    let folder = tempfile::tempdir().unwrap();
    let vault = folder.path().join("v.db");
    drop(inbox(&folder));
    assert!(matches!(
        Inbox::open(&vault, Some("other")),
        Err(Error::OtherStore { .. })
    ));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(Inbox::place(&vault))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    std::fs::write(folder.path().join("w.db.inbox"), "not ours").unwrap();
    let foreign = Inbox::create(&folder.path().join("w.db"), "abc", &SystemClock);
    assert!(matches!(foreign, Err(Error::Foreign { .. })));
    assert!(
        Inbox::open(&folder.path().join("none.db"), None)
            .unwrap()
            .is_none()
    );
}
