//! Small words: numbers, sizes, times and text from the store, as people read them.

use jiff::Timestamp;
use jiff::tz::TimeZone;

/// A number with thin groups: `12,024`.
pub fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.char_indices() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 product`, `2 products`.
pub fn counted(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", count(number), if number == 1 { one } else { many })
}

/// A size: `812 B`, `20.4 kB`, `7.0 MB`.
pub fn bytes(number: u64) -> String {
    const STEP: f64 = 1000.0;
    if number < 1000 {
        return format!("{number} B");
    }
    let mut size = number as f64 / STEP;
    for unit in ["kB", "MB", "GB"] {
        if size < STEP {
            return format!("{size:.1} {unit}");
        }
        size /= STEP;
    }
    format!("{size:.1} TB")
}

/// A time as a person at this machine reads it: local, to the second.
pub fn local(at: Timestamp) -> String {
    at.to_zoned_datetime(TimeZone::system())
        .strftime("%Y-%m-%d %H:%M:%S")
        .to_string()
}

/// Text from the store on one line of a terminal: what would move the cursor, colour the screen or
/// turn the reading direction is shown as a blank.
pub fn visible(text: &str) -> String {
    text.chars()
        .map(|c| if drives(c) { ' ' } else { c })
        .collect()
}

/// Text of several lines for a terminal: what would drive it is spelt out (`\u{1b}`).
pub fn spelt_out(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let ends_line = c == '\r' && chars.peek() == Some(&'\n');
        match c {
            '\n' | '\t' => shown.push(c),
            c if drives(c) && !ends_line => shown.extend(c.escape_unicode()),
            c => shown.push(c),
        }
    }
    shown
}

/// JSON for a terminal. Its writer has escaped the old control characters; the others can stand
/// within strings only, where `\u009b` means the same.
pub fn json_spelt_out(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if drives(c) && !c.is_ascii_whitespace() => {
                shown.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => shown.push(c),
        }
    }
    shown
}

/// Would this character move the cursor, colour the screen or turn the reading direction?
fn drives(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{FEFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_sizes_rounded() {
        assert_eq!(count(7), "7");
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(counted(1, "product", "products"), "1 product");
        assert_eq!(bytes(812), "812 B");
        assert_eq!(bytes(20_440), "20.4 kB");
        assert_eq!(bytes(7_000_000), "7.0 MB");
    }

    #[test]
    fn a_name_from_the_store_can_not_drive_the_terminal() {
        assert_eq!(visible("a\u{1b}[31mb\nc\u{202E}d"), "a [31mb c d");
        assert_eq!(visible("Zoë 👕"), "Zoë 👕");
    }

    #[test]
    fn a_value_on_a_terminal_is_spelt_out_line_by_line() {
        assert_eq!(
            spelt_out("a\tb\r\nc\rd\u{1b}[2J"),
            "a\tb\r\nc\\u{d}d\\u{1b}[2J"
        );
        let shown = json_spelt_out("{\n  \"a\": \"\u{9b}2J\u{7f}é\"\n}");
        assert_eq!(shown, "{\n  \"a\": \"\\u009b2J\\u007fé\"\n}");
        let value: serde_json::Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(value["a"], "\u{9b}2J\u{7f}é");
    }
}
