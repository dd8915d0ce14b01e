//! The keyed hash of every table: `SipHash`-1-3 of a byte string.
//!
//! Clients choose keys, so an unkeyed hash would let them choose collisions too. Source: Aumasson
//! and Bernstein, "`SipHash`: a fast short-input PRF", with one compression and three finalisation
//! rounds, as in the standard library's maps.

/// The secret that makes hashes unpredictable, one per process.
#[derive(Clone, Copy)]
pub struct Seed([u64; 2]);

impl Seed {
    /// A seed from its two halves. For tests and reproducible runs: others must not know them.
    pub const fn new(low: u64, high: u64) -> Self {
        Self([low, high])
    }

    /// A seed from the operating system's randomness.
    ///
    /// # Errors
    ///
    /// When the operating system has none to give.
    pub fn random() -> Result<Self, getrandom::Error> {
        Ok(Self([getrandom::u64()?, getrandom::u64()?]))
    }

    /// The 64-bit hash of `bytes`. O(length), about 6 ns for 16 bytes.
    #[inline]
    pub fn hash(&self, bytes: &[u8]) -> u64 {
        let mut state = State::new(self.0);
        let (words, tail) = bytes.as_chunks::<8>();
        for word in words {
            state.absorb(u64::from_le_bytes(*word));
        }
        state.absorb(final_word(tail) | (bytes.len() as u64) << 56);
        state.finish()
    }
}

/// The up to seven last bytes in the low part of a word.
#[inline]
fn final_word(tail: &[u8]) -> u64 {
    match tail.as_chunks::<4>() {
        ([low], rest) => u64::from(u32::from_le_bytes(*low)) | small_word(rest) << 32,
        (_, rest) => small_word(rest),
    }
}

/// Up to three bytes as a little-endian number.
#[inline]
fn small_word(bytes: &[u8]) -> u64 {
    bytes
        .iter()
        .rev()
        .fold(0, |word, byte| word << 8 | u64::from(*byte))
}

struct State {
    v0: u64,
    v1: u64,
    v2: u64,
    v3: u64,
}

impl State {
    /// The initial values are the ASCII of "somepseudorandomlygeneratedbytes".
    #[inline]
    fn new([low, high]: [u64; 2]) -> Self {
        Self {
            v0: low ^ 0x736f_6d65_7073_6575,
            v1: high ^ 0x646f_7261_6e64_6f6d,
            v2: low ^ 0x6c79_6765_6e65_7261,
            v3: high ^ 0x7465_6462_7974_6573,
        }
    }

    #[inline]
    fn absorb(&mut self, word: u64) {
        self.v3 ^= word;
        self.round();
        self.v0 ^= word;
    }

    #[inline]
    fn finish(mut self) -> u64 {
        self.v2 ^= 0xff;
        self.round();
        self.round();
        self.round();
        self.v0 ^ self.v1 ^ self.v2 ^ self.v3
    }

    #[inline]
    fn round(&mut self) {
        self.v0 = self.v0.wrapping_add(self.v1);
        self.v2 = self.v2.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(13) ^ self.v0;
        self.v3 = self.v3.rotate_left(16) ^ self.v2;
        self.v0 = self.v0.rotate_left(32);
        self.v2 = self.v2.wrapping_add(self.v1);
        self.v0 = self.v0.wrapping_add(self.v3);
        self.v1 = self.v1.rotate_left(17) ^ self.v2;
        self.v3 = self.v3.rotate_left(21) ^ self.v0;
        self.v2 = self.v2.rotate_left(32);
    }
}

#[cfg(test)]
mod tests {
    use std::hash::Hasher as _;

    use siphasher::sip::SipHasher13;

    use super::*;

    #[test]
    fn agrees_with_the_reference_at_every_length() {
        let bytes: Vec<u8> = (0..=255).collect();
        for (low, high) in [
            (0, 0),
            (0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908),
            (u64::MAX, 1),
        ] {
            let seed = Seed::new(low, high);
            for len in 0..bytes.len() {
                let mut reference = SipHasher13::new_with_keys(low, high);
                reference.write(&bytes[..len]);
                assert_eq!(seed.hash(&bytes[..len]), reference.finish(), "length {len}");
            }
        }
    }

    #[test]
    fn random_seeds_differ() {
        let hashes = [(); 2].map(|()| Seed::random().unwrap().hash(b"key"));
        assert_ne!(hashes[0], hashes[1]);
    }
}
