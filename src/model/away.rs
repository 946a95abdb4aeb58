//! Ids of another store, as they are kept beside those of the store that is restored into.
//!
//! Two stores number their objects alike: product 101 of one is not product 101 of the other. So
//! what comes from another store is kept under ids that no store gives: its own, so much higher.
//! No such id is ever sent: reading leaves it out, and a step that would still hold one is left.

use serde_json::Value;

/// No store gives an id above this one, and up to twice as much a JSON number is exact.
const ABOVE: u64 = 4_000_000_000_000_000;

/// The id under which an object of another store is kept. None for what is no number: a name is
/// the same in every store.
pub fn away(id: &str) -> Option<String> {
    if is_away(id) {
        return Some(id.to_owned());
    }
    let plain = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = id.parse().ok().filter(|number| plain && *number < ABOVE)?;
    Some((number + ABOVE).to_string())
}

/// The id that the other store gave, if this is one of another store.
pub fn home(id: &str) -> Option<String> {
    let number: u64 = id.parse().ok()?;
    let own = number.checked_sub(ABOVE).filter(|own| *own < ABOVE)?;
    Some(own.to_string())
}

/// Whether an id is one of another store.
pub fn is_away(id: &str) -> bool {
    home(id).is_some()
}

/// A text for people: with the ids that the other store gave.
pub fn told(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut digits = String::new();
    for c in text.chars().map(Some).chain([None]) {
        if let Some(digit) = c.filter(char::is_ascii_digit) {
            digits.push(digit);
            continue;
        }
        out.push_str(&home(&digits).unwrap_or_else(|| digits.clone()));
        digits.clear();
        out.extend(c);
    }
    out
}

/// A value for people: with the ids that the other store gave.
pub fn tell(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(own) = home(&number.to_string()).and_then(|own| own.parse::<u64>().ok()) {
                *value = Value::from(own);
            }
        }
        Value::String(text) if is_away(text) => *text = told(text),
        Value::Array(all) => all.iter_mut().for_each(tell),
        Value::Object(all) => all.values_mut().for_each(tell),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_goes_away_and_comes_home_as_it_was() {
        let kept = away("101").unwrap();
        assert_eq!(kept, "4000000000000101");
        assert!(is_away(&kept) && !is_away("101"));
        assert_eq!(away(&kept), Some(kept.clone()));
        assert_eq!(home(&kept).as_deref(), Some("101"));
        assert_eq!(away("invoice_email"), None);
        assert_eq!(away("2/invoice_email"), None);
    }

    #[test]
    fn people_see_the_ids_that_the_store_gave() {
        assert_eq!(
            told("brand 4000000000000007 is gone, 12"),
            "brand 7 is gone, 12"
        );
        let mut value = json!({"brand_id": 4_000_000_000_000_007_u64, "sku": "4000000000000007x",
            "ids": [4_000_000_000_000_001_u64, 2]});
        tell(&mut value);
        assert_eq!(
            value,
            json!({"brand_id": 7, "sku": "4000000000000007x", "ids": [1, 2]})
        );
    }
}
