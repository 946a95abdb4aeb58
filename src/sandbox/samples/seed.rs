//! Numbers and words that look random and are the same for the same seed, on every machine.

/// A sequence of its own for each seed (splitmix64).
#[derive(Debug)]
pub struct Seed(u64);

const WORDS: &[&str] = &[
    "alder", "amber", "basin", "beech", "birch", "bloom", "brass", "brook", "candle", "cedar",
    "clay", "clover", "copper", "cotton", "dusk", "ember", "fern", "field", "flint", "forge",
    "garden", "glass", "grain", "harbour", "hazel", "heather", "iron", "ivy", "kettle", "lantern",
    "larch", "leather", "linen", "maple", "meadow", "mill", "mint", "moss", "nettle", "oak",
    "olive", "orchard", "pebble", "pine", "plum", "quartz", "reed", "river", "rowan", "rust",
    "sage", "salt", "slate", "spruce", "stone", "thistle", "timber", "walnut", "willow", "wool",
];

impl Seed {
    /// A sequence that begins from this.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    /// A word.
    pub fn word(&mut self) -> &'static str {
        let place = self.below(WORDS.len() as u64);
        // The remainder of a division by the length fits an index.
        WORDS[usize::try_from(place).unwrap_or_default()]
    }
}
