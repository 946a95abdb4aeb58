//! Dictionaries from samples: which stretches of an entity's documents are worth having at hand
//! when the next one is compressed.
//!
//! zstd's own trainer tries several settings and takes 0.3 s for a thousand products; this takes
//! a tenth of that for the same sizes, since it knows what it is for. The samples are cut into as
//! many parts as the dictionary has room for stretches; from each part comes the stretch whose
//! eight-byte pieces occur most often in all samples, counting no piece twice (the idea of the
//! "cover" method of Liao, Petri, Moffat and Wirth). zstd then adds its statistics.

/// Size of a dictionary: beyond, zstd's fast levels gain nothing.
const DICTIONARY_BYTES_MAX: usize = 110 << 10;

/// A dictionary takes at most this share of what it was trained on.
const DICTIONARY_SHARE: usize = 10;

/// Training looks at so many bytes of samples: its time grows with them, its gain hardly.
const TRAINING_BYTES_MAX: usize = 4 << 20;

/// Of one sample only so much is looked at.
const SAMPLE_BYTES_MAX: usize = 32 << 10;

/// Fewer samples, or fewer bytes of them, don't pay for a dictionary.
const SAMPLES_MIN: usize = 20;
const SAMPLES_BYTES_MIN: usize = 96 << 10;

/// Length of a stretch: a few members of a document.
const STRETCH: usize = 800;

/// Length of the pieces that are counted.
const PIECE: usize = 8;

/// Pieces are counted by hash, in so many bits of it.
const HASH_BITS: u32 = 18;

/// So many samples are enough for statistics.
const STATISTICS_SAMPLES: usize = 60;

/// Trains a dictionary on samples of an entity, if that would pay. The same samples always give the
/// same dictionary.
pub(super) fn train(samples: &[&[u8]], level: i32) -> Option<Vec<u8>> {
    let total: usize = samples.iter().map(|s| s.len()).sum();
    if samples.len() < SAMPLES_MIN || total < SAMPLES_BYTES_MIN {
        return None;
    }
    // Evenly over all of them, since neighbours are often of one kind.
    let chosen = evenly(
        samples,
        samples.len().div_ceil(total.div_ceil(TRAINING_BYTES_MAX)),
    );
    let size = DICTIONARY_BYTES_MAX.min(total / DICTIONARY_SHARE);
    let content = cover(&chosen, size);
    finalize(&content, &evenly(&chosen, STATISTICS_SAMPLES), size, level)
}

/// At most so many of the samples, and of each its beginning.
fn evenly<'a>(samples: &[&'a [u8]], wanted: usize) -> Vec<&'a [u8]> {
    let step = samples.len().div_ceil(wanted.max(1)).max(1);
    samples
        .iter()
        .step_by(step)
        .map(|s| &s[..s.len().min(SAMPLE_BYTES_MAX)])
        .collect()
}

/// The stretches, the most telling part of the samples last: nearest to what will be compressed.
fn cover(samples: &[&[u8]], size: usize) -> Vec<u8> {
    let all = samples.concat();
    let hashes: Vec<u32> = all.windows(PIECE).map(hash).collect();
    let mut worth = vec![0_u32; 1 << HASH_BITS];
    for hash in &hashes {
        worth[*hash as usize] += 1;
    }
    let parts = (size / STRETCH).max(1);
    let part = hashes.len().div_ceil(parts).max(1);
    let mut within = vec![0_u16; 1 << HASH_BITS];
    let mut stretches = Vec::with_capacity(parts);
    for (number, hashes) in hashes.chunks(part).enumerate() {
        let best = best_stretch(hashes, &worth, &mut within);
        let end = (best + STRETCH - PIECE + 1).min(hashes.len());
        for hash in &hashes[best..end] {
            worth[*hash as usize] = 0; // had now: no stretch gains by it again
        }
        let start = number * part + best;
        stretches.push(&all[start..(start + STRETCH).min(all.len())]);
    }
    stretches.reverse();
    stretches.concat()
}

/// Where the stretch begins whose distinct pieces are worth most. `within` is all zero before and
/// after.
fn best_stretch(hashes: &[u32], worth: &[u32], within: &mut [u16]) -> usize {
    let window = STRETCH - PIECE + 1;
    let (mut sum, mut best, mut at) = (0_u64, 0, 0);
    for (index, hash) in hashes.iter().enumerate() {
        let hash = *hash as usize;
        if within[hash] == 0 {
            sum += u64::from(worth[hash]);
        }
        within[hash] += 1;
        if let Some(left) = index.checked_sub(window) {
            let gone = hashes[left] as usize;
            within[gone] -= 1;
            if within[gone] == 0 {
                sum -= u64::from(worth[gone]);
            }
        }
        if sum > best {
            (best, at) = (sum, (index + 1).saturating_sub(window));
        }
    }
    for hash in &hashes[hashes.len().saturating_sub(window)..] {
        within[*hash as usize] = 0;
    }
    at
}

fn hash(piece: &[u8]) -> u32 {
    let mut bytes = [0; PIECE];
    bytes.copy_from_slice(piece);
    let mixed = u64::from_le_bytes(bytes).wrapping_mul(0xcf1b_bcdc_b7a5_6463);
    (mixed >> (64 - HASH_BITS)) as u32
}

/// Puts zstd's header and statistics before a dictionary's content. No safe wrapper of this
/// function exists; without it a dictionary's frames are a tenth larger.
#[allow(unsafe_code)]
fn finalize(content: &[u8], samples: &[&[u8]], size: usize, level: i32) -> Option<Vec<u8>> {
    let all = samples.concat();
    let sizes: Vec<usize> = samples.iter().map(|s| s.len()).collect();
    let count = u32::try_from(sizes.len()).ok()?;
    let parameters = zstd_sys::ZDICT_params_t {
        compressionLevel: level,
        notificationLevel: 0,
        dictID: DICTIONARY_ID,
    };
    let mut out = vec![0_u8; size.max(content.len())];
    // SAFETY: each pointer is to a live slice of the length given with it, `out` is the only one
    // written to and no other reference to it exists, and `sizes` adds up to the length of `all`.
    let written = unsafe {
        zstd_sys::ZDICT_finalizeDictionary(
            out.as_mut_ptr().cast(),
            out.len(),
            content.as_ptr().cast(),
            content.len(),
            all.as_ptr().cast(),
            sizes.as_ptr(),
            count,
            parameters,
        )
    };
    if written > out.len() {
        return None; // zstd's error codes are sizes beyond any possible one
    }
    out.truncate(written);
    Some(out)
}

/// All our dictionaries have this number within zstd, a small one that takes one byte in a frame:
/// which one a frame leans on stands in its row.
const DICTIONARY_ID: u32 = 1;

#[cfg(test)]
mod tests {
    use super::*;

    fn documents(count: usize) -> Vec<Vec<u8>> {
        (0..count)
            .map(|n| {
                let fields: String = (0..40)
                    .map(|k| format!(",\"field_{k}\":\"kind {}\"", (n * k) % 13))
                    .collect();
                format!("{{\"id\":{n}{fields}}}").into_bytes()
            })
            .collect()
    }

    #[test]
    fn the_same_samples_give_the_same_dictionary() {
        let documents = documents(300);
        let samples: Vec<&[u8]> = documents.iter().map(Vec::as_slice).collect();
        let dictionary = train(&samples, 3).unwrap();
        assert_eq!(train(&samples, 3), Some(dictionary.clone()));
        let total: usize = samples.iter().map(|s| s.len()).sum();
        assert!(dictionary.len() <= total / DICTIONARY_SHARE);
    }

    #[test]
    fn few_samples_train_nothing() {
        assert!(train(&[b"{}".as_slice(); 1000], 3).is_none());
        let big = vec![b'x'; 50_000];
        assert!(train(&[big.as_slice(); 5], 3).is_none());
    }

    #[test]
    fn odd_samples_do_no_harm() {
        let lengths = [0, 1, 7, 8, 9, 799, 800, 801, 40_000];
        let bytes: Vec<u8> = (0..40_000_u32)
            .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        let samples: Vec<&[u8]> = lengths
            .iter()
            .cycle()
            .take(90)
            .map(|n| &bytes[..*n])
            .collect();
        if let Some(dictionary) = train(&samples, 3) {
            assert!(zstd::zstd_safe::DDict::try_create(&dictionary).is_some());
        }
        assert!(cover(&[b"", b"short"], 5).len() <= 5);
    }
}
