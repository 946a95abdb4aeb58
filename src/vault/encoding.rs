//! Bodies into compressed frames and back: plain zstd, nothing of our own in the bytes.
//!
//! A frame stands alone, or leans on a trained dictionary (first versions: objects of an entity
//! resemble each other), or on the previous version's bytes (later ones: a price change then costs
//! about a hundred bytes). This module knows frames, not tables.

use std::cell::OnceCell;
use std::collections::HashMap;

use zstd::zstd_safe::{self, CCtx, CDict, DCtx, DDict};

/// Level of frames that stand alone or lean on a dictionary: higher ones cost more processor time
/// than a backup of 5,000 products may take, for a few per cent.
const WHOLE_LEVEL: i32 = 3;

/// Level of frames that lean on the previous version: nearly all is one long match, which the
/// fastest levels find too.
const DELTA_LEVEL: i32 = 1;

/// Size of a trained dictionary: where `zstd --train` stops too; beyond, it gains next to nothing.
const DICTIONARY_BYTES_MAX: usize = 110 << 10;

/// Training looks at so many bytes of samples: its time grows with them, its gain hardly.
const TRAINING_BYTES_MAX: usize = 2 << 20;

/// Of one sample only so much is looked at.
const SAMPLE_BYTES_MAX: usize = 32 << 10;

/// Fewer samples, or fewer bytes of them, don't pay for a dictionary.
const SAMPLES_MIN: usize = 20;
const SAMPLES_BYTES_MIN: usize = 96 << 10;

/// A dictionary takes at most this share of what it was trained on.
const DICTIONARY_SHARE: usize = 10;

/// No document is larger; a size beyond it is damage, not a reason to ask for that much memory.
const BODY_BYTES_MAX: usize = 1 << 30;

/// What a frame leans on.
#[derive(Debug, Clone, Copy)]
pub(super) enum With<'a> {
    /// It stands alone.
    Nothing,
    /// The bytes of another body.
    Bytes(&'a [u8]),
    /// A trained dictionary, by number, that was [`Codec::learn`]ed.
    Dictionary(i64),
}

/// Compression contexts and digested dictionaries, kept because making them costs more than using
/// them.
pub(super) struct Codec {
    compressor: CCtx<'static>,
    decompressor: DCtx<'static>,
    dictionaries: HashMap<i64, Dictionary>,
}

struct Dictionary {
    bytes: Vec<u8>,
    for_writing: OnceCell<CDict<'static>>,
    for_reading: DDict<'static>,
}

impl Codec {
    pub fn new() -> Self {
        Self {
            compressor: CCtx::create(),
            decompressor: DCtx::create(),
            dictionaries: HashMap::new(),
        }
    }

    /// Takes a dictionary in under its number.
    pub fn learn(&mut self, number: i64, bytes: Vec<u8>) -> Result<(), String> {
        let for_reading = DDict::try_create(&bytes).ok_or("a dictionary is damaged")?;
        let for_writing = OnceCell::new();
        self.dictionaries.insert(
            number,
            Dictionary {
                bytes,
                for_writing,
                for_reading,
            },
        );
        Ok(())
    }

    pub fn knows(&self, number: i64) -> bool {
        self.dictionaries.contains_key(&number)
    }

    /// Forgets all dictionaries: after a transaction that may have taken one back.
    pub fn forget(&mut self) {
        self.dictionaries.clear();
    }

    pub fn compress(&mut self, body: &[u8], with: With<'_>) -> Result<Vec<u8>, String> {
        let mut out = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
        let done = match with {
            With::Nothing => self.compressor.compress(&mut out, body, WHOLE_LEVEL),
            With::Bytes(bytes) => {
                self.compressor
                    .compress_using_dict(&mut out, body, bytes, DELTA_LEVEL)
            }
            With::Dictionary(number) => {
                let dictionary = self
                    .dictionaries
                    .get(&number)
                    .ok_or("an unknown dictionary")?;
                let digested = dictionary
                    .for_writing
                    .get_or_init(|| CDict::create(&dictionary.bytes, WHOLE_LEVEL));
                self.compressor
                    .compress_using_cdict(&mut out, body, digested)
            }
        };
        done.map_err(|code| zstd_safe::get_error_name(code).to_owned())?;
        Ok(out)
    }

    /// Gives back exactly `size` bytes, or says why it can't.
    pub fn decompress(
        &mut self,
        data: &[u8],
        size: usize,
        with: With<'_>,
    ) -> Result<Vec<u8>, String> {
        if size > BODY_BYTES_MAX {
            return Err(format!("a body of {size} bytes is impossible"));
        }
        let mut out = Vec::with_capacity(size);
        let done = match with {
            With::Nothing => self.decompressor.decompress(&mut out, data),
            With::Bytes(bytes) => self
                .decompressor
                .decompress_using_dict(&mut out, data, bytes),
            With::Dictionary(number) => {
                let dictionary = self
                    .dictionaries
                    .get(&number)
                    .ok_or("an unknown dictionary")?;
                let digested = &dictionary.for_reading;
                self.decompressor
                    .decompress_using_ddict(&mut out, data, digested)
            }
        };
        done.map_err(|code| zstd_safe::get_error_name(code).to_owned())?;
        if out.len() != size {
            return Err(format!("{} bytes where {size} were stored", out.len()));
        }
        Ok(out)
    }
}

/// Trains a dictionary on samples of an entity, if that would pay.
pub(super) fn train(samples: &[&[u8]]) -> Option<Vec<u8>> {
    let total: usize = samples.iter().map(|s| s.len()).sum();
    if samples.len() < SAMPLES_MIN || total < SAMPLES_BYTES_MIN {
        return None;
    }
    // Evenly over all of them, since neighbours are often of one kind.
    let stride = total.div_ceil(TRAINING_BYTES_MAX).max(1);
    let chosen: Vec<&[u8]> = samples
        .iter()
        .step_by(stride)
        .map(|s| &s[..s.len().min(SAMPLE_BYTES_MAX)])
        .collect();
    let size = DICTIONARY_BYTES_MAX.min(total / DICTIONARY_SHARE);
    zstd::dict::from_samples(&chosen, size).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn product(n: u32) -> Vec<u8> {
        let mut body = format!(
            r#"{{"id":{n},"name":"Product {n}","description":"<p>A fine thing for every day</p>","#
        );
        for k in 0..40 {
            body += &format!(r#""custom_field_{k}":"value {}","#, (n * 31 + k * 17) % 97);
        }
        (body + r#""availability":"available"}"#).into_bytes()
    }

    #[test]
    fn a_change_of_price_costs_next_to_nothing() {
        let before = product(5);
        let after = String::from_utf8(before.clone()).unwrap();
        let after = after.replace(r#""name":"Product 5""#, r#""name":"Product 5, now larger""#);
        let mut codec = Codec::new();
        let data = codec
            .compress(after.as_bytes(), With::Bytes(&before))
            .unwrap();
        assert!(data.len() < 100, "{} bytes", data.len());
        let back = codec
            .decompress(&data, after.len(), With::Bytes(&before))
            .unwrap();
        assert_eq!(back, after.as_bytes());
    }

    #[test]
    fn a_dictionary_makes_first_versions_smaller() {
        let bodies: Vec<Vec<u8>> = (0..500).map(product).collect();
        let samples: Vec<&[u8]> = bodies.iter().map(Vec::as_slice).collect();
        let mut codec = Codec::new();
        codec.learn(1, train(&samples).unwrap()).unwrap();
        let fresh = product(9_999);
        let plain = codec.compress(&fresh, With::Nothing).unwrap().len();
        let data = codec.compress(&fresh, With::Dictionary(1)).unwrap();
        assert!(data.len() * 4 < plain * 3, "{} against {plain}", data.len());
        assert_eq!(
            codec
                .decompress(&data, fresh.len(), With::Dictionary(1))
                .unwrap(),
            fresh
        );
    }

    #[test]
    fn few_samples_train_nothing() {
        assert!(train(&[b"{}".as_slice(); 1000]).is_none());
        let big = product(1);
        assert!(train(&[big.as_slice(); 5]).is_none());
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(a in any::<Vec<u8>>(), b in any::<Vec<u8>>()) {
            let mut codec = Codec::new();
            for with in [With::Nothing, With::Bytes(&a)] {
                let data = codec.compress(&b, with).unwrap();
                prop_assert_eq!(&codec.decompress(&data, b.len(), with).unwrap(), &b);
            }
        }

        #[test]
        fn damaged_frames_are_refused_not_believed(mut data in any::<Vec<u8>>(), size in 0_usize..4096) {
            let mut codec = Codec::new();
            if let Ok(out) = codec.decompress(&data, size, With::Nothing) {
                prop_assert_eq!(out.len(), size);
            }
            data.truncate(3);
            prop_assert!(codec.decompress(&data, 1, With::Nothing).is_err());
        }
    }
}
