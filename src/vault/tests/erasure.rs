//! Nothing that was erased is left in the file: not readable, not compressed, not in the index.

use super::*;
use crate::vault::erase::Remains;

const SECRETS: [&str; 4] = ["Lovelace", "ada.lovelace", "Ockham Park", "5550199"];

fn customer(n: usize, night: usize) -> String {
    format!(
        "{{\"id\":{n},\"last_name\":\"Customer{n}\",\"email\":\"person{n}@example.com\",\
         \"logins\":{night}}}"
    )
}

fn ada(night: usize) -> String {
    format!(
        "{{\"id\":77,\"last_name\":\"Lovelace\",\"email\":\"ada.lovelace@example.com\",\
         \"street\":\"Ockham Park\",\"phone\":\"5550199\",\"logins\":{night}}}"
    )
}

/// Everything that the vault has on disk.
fn on_disk(place: &Place) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(place.dir.path()).unwrap() {
        all.extend(std::fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

fn holds(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window.eq_ignore_ascii_case(needle))
}

#[test]
fn no_byte_of_an_erased_customer_is_left_in_the_file() {
    let place = place();
    let mut vault = place.vault();
    // Twenty nights with neighbours, so that pages split, indexes merge and chains grow.
    for night in 0..20 {
        let others: Vec<(String, String)> = (0..150)
            .filter(|n| *n != 77 && (night == 0 || n % 20 == night))
            .map(|n| (n.to_string(), customer(n, night)))
            .collect();
        let mut rows: Vec<(&str, &str, &str)> = others
            .iter()
            .map(|(id, body)| ("customers", id.as_str(), body.as_str()))
            .collect();
        let ada = ada(night);
        rows.push(("customers", "77", &ada));
        run_of(&mut vault, night as i64, &rows);
    }
    let frames: Vec<Vec<u8>> = vault
        .db
        .prepare(
            "SELECT data FROM bodies WHERE body IN (
                 SELECT body FROM versions JOIN objects USING (object) WHERE id = '77')",
        )
        .unwrap()
        .query_map([], |r| r.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(frames.len(), 20);
    let before = on_disk(&place);
    assert!(
        SECRETS
            .iter()
            .any(|secret| holds(&before, secret.as_bytes()))
    );
    assert!(frames.iter().all(|frame| holds(&before, frame)));

    let remains = Remains {
        label: "erased",
        search: "",
        document: &|version, _| format!("{{\"erased\":{version}}}").into_bytes(),
    };
    assert_eq!(
        vault.rewrite_history("customers", "77", &remains).unwrap(),
        20
    );

    let after = on_disk(&place);
    for secret in SECRETS {
        assert!(!holds(&after, secret.as_bytes()), "{secret} is still there");
    }
    for frame in &frames {
        assert!(
            !holds(&after, frame),
            "a compressed document is still there"
        );
        // Nor a piece of one: any sixteen bytes past the header, which all frames share.
        for piece in frame[frame.len().min(12)..].chunks_exact(16) {
            assert!(
                !holds(&after, piece),
                "a piece of a compressed document is still there"
            );
        }
    }
    // The history keeps its shape, the others theirs.
    assert_eq!(vault.versions("customers", "77").unwrap().len(), 20);
    assert_eq!(
        vault.document("customers", "77", 20).unwrap().unwrap(),
        b"{\"erased\":20}"
    );
    assert_eq!(
        vault.document("customers", "78", 1).unwrap().unwrap(),
        customer(78, 0).as_bytes()
    );
    let find = |text: &str| {
        let filter = ObjectFilter {
            search: Some(text.into()),
            ..ObjectFilter::default()
        };
        listed(&vault, "customers", &filter).len()
    };
    assert_eq!(
        (find("lovelace"), find("ada"), find("customer78")),
        (0, 0, 1)
    );
    let report = verified(&vault, Depth::Deep);
    assert!(report.ok, "{:?}", report.problems);
    // And it is append-only again.
    drop(vault);
    assert!(place.raw().execute("DELETE FROM bodies", []).is_err());
}

#[test]
fn an_object_that_was_never_seen_cannot_be_rewritten() {
    let place = place();
    let mut vault = place.vault();
    let remains = Remains {
        label: "",
        search: "",
        document: &|_, _| Vec::new(),
    };
    assert!(vault.rewrite_history("customers", "1", &remains).is_err());
}
