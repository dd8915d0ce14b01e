//! Writing LZF: one pass, remembering where each three bytes were seen last.

use super::{DISTANCE_MAX, LITERALS_MAX, REPEAT_MAX, REPEAT_MIN};

/// Every so many bytes without a repetition, the search begins to skip one byte more: data that
/// does not compress is passed over quickly.
const PATIENCE: usize = 64;

/// Compresses `content`, or gives up when the stream would exceed `len_max` bytes.
///
/// O(n), and faster the less there is to gain.
pub fn compress(content: &[u8], len_max: usize) -> Option<Vec<u8>> {
    // The memory of places seen has to be cleared first, so it is as large as it pays.
    match content.len() {
        0..=512 => Compressor::<256>::new(content, len_max).run(),
        513..=8192 => Compressor::<2048>::new(content, len_max).run(),
        _ => Compressor::<16_384>::new(content, len_max).run(),
    }
}

struct Compressor<'a, const PLACES: usize> {
    content: &'a [u8],
    stream: Vec<u8>,
    len_max: usize,
    /// Where bytes with a hash were seen last, plus one; 0 stands for never.
    seen: [u32; PLACES],
}

impl<'a, const PLACES: usize> Compressor<'a, PLACES> {
    fn new(content: &'a [u8], len_max: usize) -> Self {
        let stream = Vec::with_capacity(len_max.min(content.len()));
        Self {
            content,
            stream,
            len_max,
            seen: [0; PLACES],
        }
    }

    fn run(mut self) -> Option<Vec<u8>> {
        let (mut at, mut literals_from) = (0, 0);
        while let Some(key) = self.key(at) {
            let Some(from) = self.last_seen(key, at) else {
                at += 1 + (at - literals_from) / PATIENCE;
                continue;
            };
            self.literals(literals_from..at)?;
            let len = self.common_len(from, at);
            self.repeat(at - from, len)?;
            // The end of a repetition is the likely beginning of another.
            for place in [at + len - 2, at + len - 1] {
                if let Some(key) = self.key(place) {
                    self.seen[hash::<PLACES>(key)] = place as u32 + 1;
                }
            }
            at += len;
            literals_from = at;
        }
        self.literals(literals_from..self.content.len())?;
        Some(self.stream)
    }

    /// The three bytes at `at`.
    fn key(&self, at: usize) -> Option<[u8; REPEAT_MIN]> {
        self.content.get(at..)?.first_chunk().copied()
    }

    /// Where the three bytes at `at` were before, if near enough; remembers that they are here.
    fn last_seen(&mut self, key: [u8; REPEAT_MIN], at: usize) -> Option<usize> {
        let slot = &mut self.seen[hash::<PLACES>(key)];
        // Places past 4 GiB wrap around and are then found to be different or too far.
        let from = (*slot as usize).checked_sub(1);
        *slot = at as u32 + 1;
        from.filter(|&from| from < at && at - from <= DISTANCE_MAX && self.key(from) == Some(key))
    }

    /// How many bytes from `from` and from `at` on are the same, as far as one repetition goes.
    fn common_len(&self, from: usize, at: usize) -> usize {
        let len_max = REPEAT_MAX.min(self.content.len() - at);
        let (one, two) = (
            &self.content[from..from + len_max],
            &self.content[at..at + len_max],
        );
        let words = one.as_chunks::<8>().0.iter().zip(two.as_chunks::<8>().0);
        let mut len = 0;
        for (one, two) in words {
            let difference = u64::from_le_bytes(*one) ^ u64::from_le_bytes(*two);
            if difference != 0 {
                return len + difference.trailing_zeros() as usize / 8;
            }
            len += 8;
        }
        len + one[len..]
            .iter()
            .zip(&two[len..])
            .take_while(|(one, two)| one == two)
            .count()
    }

    fn literals(&mut self, range: std::ops::Range<usize>) -> Option<()> {
        for run in self.content[range].chunks(LITERALS_MAX) {
            self.stream.push(run.len() as u8 - 1);
            self.stream.extend_from_slice(run);
        }
        self.within_bound()
    }

    fn repeat(&mut self, distance: usize, len: usize) -> Option<()> {
        let offset = distance - 1;
        let (high, low) = ((offset >> 8) as u8, offset as u8);
        if len <= 8 {
            self.stream
                .extend_from_slice(&[(len as u8 - 2) << 5 | high, low]);
        } else {
            self.stream
                .extend_from_slice(&[7 << 5 | high, (len - 9) as u8, low]);
        }
        self.within_bound()
    }

    fn within_bound(&self) -> Option<()> {
        (self.stream.len() <= self.len_max).then_some(())
    }
}

/// Multiplicative hashing of three bytes to `PLACES`, a power of two.
fn hash<const PLACES: usize>(key: [u8; REPEAT_MIN]) -> usize {
    let [a, b, c] = key;
    let product = u32::from_le_bytes([a, b, c, 0]).wrapping_mul(0x9E37_79B1);
    (product >> (u32::BITS - PLACES.ilog2())) as usize
}
