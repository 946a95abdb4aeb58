//! Texts compared by words: a changed price in a page of HTML is a changed word, not a changed page.

use std::collections::HashMap;

use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices};

/// A piece of two texts laid over one another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Piece<'t> {
    /// In both, in the first only, in the second only.
    pub tag: ChangeTag,
    /// The text.
    pub text: &'t str,
}

/// From so many words or lines on the algorithm that looks for rare ones is used: its time does not
/// grow with the square of what differs.
const LENGTH_FOR_PATIENCE: usize = 2_000;
/// A tag of HTML longer than this is taken apart into words.
const TAG_BYTES_MAX: usize = 80;

/// Lays two texts over one another. Gone words stand before the new ones that replace them.
pub(super) fn word_diff<'t>(old: &'t str, new: &'t str) -> Vec<Piece<'t>> {
    let (old_words, new_words) = (words(old), words(new));
    let ops = joined(sequence_diff(&old_words, &new_words), &old_words);
    let (old_ends, new_ends) = (ends(&old_words), ends(&new_words));
    let mut pieces = Vec::new();
    for (same, old_range, new_range) in ops {
        let gone = &old[old_ends[old_range.start]..old_ends[old_range.end]];
        let come = &new[new_ends[new_range.start]..new_ends[new_range.end]];
        let parts: &[(ChangeTag, &str)] = match same {
            true => &[(ChangeTag::Equal, gone)],
            false => &[(ChangeTag::Delete, gone), (ChangeTag::Insert, come)],
        };
        let parts = parts.iter().filter(|(_, text)| !text.is_empty());
        pieces.extend(parts.map(|&(tag, text)| Piece { tag, text }));
    }
    pieces
}

/// What two sequences of words or lines have in common.
pub(super) fn sequence_diff<'t>(old: &[&'t str], new: &[&'t str]) -> Vec<DiffOp> {
    // Numbers compare faster than the texts they stand for.
    let mut known: HashMap<&'t str, usize> = HashMap::new();
    let mut number = |text: &&'t str| {
        let next = known.len();
        *known.entry(text).or_insert(next)
    };
    let old: Vec<usize> = old.iter().map(&mut number).collect();
    let new: Vec<usize> = new.iter().map(&mut number).collect();
    let algorithm = match old.len().max(new.len()) {
        0..LENGTH_FOR_PATIENCE => Algorithm::Myers,
        _ => Algorithm::Patience,
    };
    capture_diff_slices(algorithm, &old, &new)
}

/// The share of the longer text that both have, in percent.
pub(super) fn common_percent(pieces: &[Piece<'_>]) -> usize {
    let length = |tag| -> usize {
        let of_tag = pieces.iter().filter(|piece| piece.tag == tag);
        of_tag.map(|piece| piece.text.len()).sum()
    };
    let same = length(ChangeTag::Equal);
    let other = length(ChangeTag::Delete).max(length(ChangeTag::Insert));
    (same * 100).checked_div(same + other).unwrap_or(100)
}

type Ranges = (bool, std::ops::Range<usize>, std::ops::Range<usize>);

/// Joins changes that only blanks divide: `[-red shirt-]`, not `[-red-] [-shirt-]`.
fn joined(ops: Vec<DiffOp>, old_words: &[&str]) -> Vec<Ranges> {
    let last = ops.len().saturating_sub(1);
    let mut out: Vec<Ranges> = Vec::with_capacity(ops.len());
    for (at, op) in ops.into_iter().enumerate() {
        let (old, new) = (op.old_range(), op.new_range());
        let blank = old_words[old.clone()]
            .iter()
            .all(|word| word.trim().is_empty());
        let inside = at > 0 && at < last;
        let same = op.tag() == similar::DiffTag::Equal && !(inside && blank);
        match out.last_mut() {
            Some(before) if !before.0 && !same => {
                before.1.end = old.end;
                before.2.end = new.end;
            }
            _ => out.push((same, old, new)),
        }
    }
    out
}

/// Byte positions between words, from 0 to the text's length.
fn ends(words: &[&str]) -> Vec<usize> {
    let mut end = 0;
    let mut ends = vec![0];
    ends.extend(words.iter().map(|word| {
        end += word.len();
        end
    }));
    ends
}

/// A text in words, runs of blanks, whole tags of HTML, and single other characters.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let run = |belongs: fn(char) -> bool| rest.find(|c| !belongs(c)).unwrap_or(rest.len());
        let length = if is_word(first) {
            run(is_word)
        } else if first.is_whitespace() {
            run(char::is_whitespace)
        } else if first == '<' {
            let end = rest.find('>').map(|end| end + 1);
            end.filter(|end| *end <= TAG_BYTES_MAX).unwrap_or(1)
        } else {
            first.len_utf8()
        };
        let (word, after) = rest.split_at(length);
        words.push(word);
        rest = after;
    }
    words
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '\'' | '’')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(old: &str, new: &str) -> String {
        let show = |piece: Piece<'_>| match piece.tag {
            ChangeTag::Equal => piece.text.to_owned(),
            ChangeTag::Delete => format!("[-{}-]", piece.text),
            ChangeTag::Insert => format!("{{+{}+}}", piece.text),
        };
        word_diff(old, new).into_iter().map(show).collect()
    }

    #[test]
    fn words_and_tags_are_told_apart() {
        assert_eq!(
            shown(
                "<p>Soft cotton, 19.99</p>",
                "<p class=\"x\">Soft linen, 24.99</p>"
            ),
            "[-<p>-]{+<p class=\"x\">+}Soft [-cotton-]{+linen+}, [-19-]{+24+}.99</p>"
        );
    }

    #[test]
    fn neighbouring_changes_are_one() {
        assert_eq!(
            shown("a red shirt", "a blue coat"),
            "a [-red shirt-]{+blue coat+}"
        );
    }

    proptest! {
        #[test]
        fn the_pieces_are_both_texts(old in "[ab<>é .]{0,30}", new in "[ab<>é .]{0,30}") {
            let pieces = word_diff(&old, &new);
            let side = |not: ChangeTag| -> String {
                pieces.iter().filter(|piece| piece.tag != not).map(|piece| piece.text).collect()
            };
            prop_assert_eq!(side(ChangeTag::Insert), old.as_str());
            prop_assert_eq!(side(ChangeTag::Delete), new.as_str());
        }
    }
}
