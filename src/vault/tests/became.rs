//! What was made in the place of what has no history to go on with.

use super::*;

#[test]
fn what_became_of_a_thing_is_followed_and_forgotten_when_it_is_taken_back() {
    let place = place();
    let mut vault = place.vault();
    let became = |vault: &Vault, id: &str| vault.became("customers", "groups", id).unwrap();
    assert_eq!(became(&vault, "41"), "41");
    vault.becomes("customers", "groups", "41", "57").unwrap();
    vault.becomes("customers", "groups", "57", "60").unwrap();
    drop(vault);
    let mut vault = place.vault();
    assert_eq!(became(&vault, "41"), "60");
    assert_eq!(became(&vault, "57"), "60");
    // Other things of that number are others.
    assert_eq!(vault.became("customers", "", "41").unwrap(), "41");
    assert_eq!(vault.became("orders", "groups", "41").unwrap(), "41");
    vault.became_not("customers", "groups", "60").unwrap();
    assert_eq!(became(&vault, "41"), "57");
    // What comes back under the id that it had is itself again.
    vault.becomes("customers", "groups", "57", "41").unwrap();
    assert_eq!(became(&vault, "57"), "41");
    assert_eq!(became(&vault, "41"), "41");
    let reader = Vault::open(&place.path, None).unwrap();
    assert_eq!(became(&reader, "57"), "41");
}
